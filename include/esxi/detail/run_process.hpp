// SPDX-License-Identifier: Apache-2.0
// Runs a child to its end: reads what it prints, passes lines on, and ends it at its deadline or when a stop is requested.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process/v2/error.hpp> // first, or 1.81 does not compile
#include <boost/process/v2/process_handle.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/byte_flow.hpp>
#include <esxi/detail/child_output.hpp>
#include <esxi/detail/process_limits.hpp>
#include <esxi/detail/start_process.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// How it ended, and what it left behind.
enum class process_end { by_itself, timed_out, stopped, flooded };
struct process_result {
    process_end end = process_end::by_itself;
    output answer{};
};

/// One run. All is done by the thread that calls `run`; nothing of the process group is left when that returns or throws.
class process_run {
    using clock = std::chrono::steady_clock;
    using error_code = boost::system::error_code;
    // The handle alone: boost::process::v2::process brings a launcher that wants a C library with close_range, glibc 2.34.
    using handle = boost::process::v2::basic_process_handle<boost::asio::any_io_executor>;

public:
    /// Starts the child; throws what `start_process` does, and `boost::system::system_error`.
    process_run(process_request const& request, process_limits limits)
        : limits_(std::move(limits)),
          deadline_(limits_.deadline),
          out_(io_, limits_.max_output, sinks_of_output(), [this] { finish_if_over(); }),
          err_(io_, limits_.max_output, {{}, {}, [this] { end_early(process_end::flooded); }}, [this] { finish_if_over(); })
    {
        auto const child = start_process(request);
        pid_ = child.pid;
        int pidfd = -1;
        try {
            adopt(out_.pipe(), child.out.get(), request);
            adopt(err_.pipe(), child.err.get(), request);
            adopt(exit_, child.pidfd.get(), request);
            pidfd = duplicate(child.pidfd.get(), request);
            process_ = std::make_unique<handle>(boost::asio::any_io_executor(io_.get_executor()), pid_, pidfd);
        } catch (...) {
            ::kill(-pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            ::close(pidfd);
            throw;
        }
    }
    process_run(process_run const&) = delete;
    process_run& operator=(process_run const&) = delete;

    /// Leaves no child behind, whatever was thrown.
    ~process_run()
    {
        if (process_) {
            signal_group(pid_, SIGKILL);
            error_code ignored;
            int status = 0;
            process_->wait(status, ignored);
            release();
        }
    }

    /// Throws what `on_line` or `on_output` threw.
    [[nodiscard]] process_result run()
    {
        std::stop_callback const when_stopped(limits_.stop,
                                              [this] { boost::asio::post(io_, [this] { end_early(process_end::stopped); }); });
        out_.start();
        err_.start();
        // Not handle::async_wait: that waits for the pid at once, and what is left of the group could not be killed any more.
        exit_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](error_code const& failed) {
            if (!failed) {
                on_exit();
            }
        });
        await_deadline();
        if (limits_.is_for_progress()) {
            watch_flow({pid_, limits_.timeout});
        }
        io_.run();
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        result_.answer.out = out_.take_text();
        result_.answer.err = err_.take_text();
        return std::move(result_);
    }

private:
    [[nodiscard]] output_sinks sinks_of_output()
    {
        return sinks_of(
            limits_, deadline_, [this] { end_early(process_end::flooded); },
            [this] {
                thrown_ = std::current_exception();
                out_.ignore(); // also where the child has ended already
                end_early(process_end::stopped);
            });
    }

    // ---- Its end ---------------------------------------------------------------------------------------------------------

    void await_deadline()
    {
        timer_.expires_at(deadline_);
        timer_.async_wait([this](error_code const& failed) {
            // It may have been on its way here when the child ended, or when it showed progress.
            if (failed || !process_ || result_.end != process_end::by_itself) {
                return;
            }
            if (clock::now() < deadline_) {
                await_deadline();
            } else {
                end_early(process_end::timed_out);
            }
        });
    }

    void watch_flow(byte_flow flow)
    {
        flow_timer_.expires_at(flow.next_look());
        flow_timer_.async_wait([this, flow](error_code const& failed) mutable {
            if (failed || !process_ || result_.end != process_end::by_itself) {
                return;
            }
            if (auto const now = clock::now(); flow.look(now)) {
                deadline_ = now + limits_.timeout;
            }
            watch_flow(flow);
        });
    }

    void end_early(process_end why)
    {
        if (!process_ || result_.end != process_end::by_itself) {
            return;
        }
        result_.end = why;
        out_.ignore();
        err_.ignore();
        signal_group(pid_, limits_.grace.count() > 0 ? SIGTERM : SIGKILL);
        after(limits_.grace, [this] {
            if (process_) {
                signal_group(pid_, SIGKILL);
                await_death();
            }
        });
    }

    /// One that hangs in the kernel (a file server that is gone) dies when it can; nobody waits for that.
    void await_death()
    {
        after(std::chrono::seconds(2), [this] {
            if (process_) {
                release();
                finish_outputs();
            }
        });
    }

    void on_exit()
    {
        signal_group(pid_, SIGKILL); // what it started and left in its group
        error_code failed;
        int status = 0; // as of waitpid
        process_->wait(status, failed);
        release();
        if (failed) {
            throw error(error_kind::config,
                        "govc's exit code is lost: this program ignores SIGCHLD, or waits for every child of its own");
        }
        result_.answer.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        // What has left the group may hold the pipes for ever.
        after(std::chrono::milliseconds(result_.end == process_end::by_itself ? 250 : 0), [this] { finish_outputs(); });
        finish_if_over();
    }

    void release()
    {
        process_.reset();
        error_code ignored;
        exit_.close(ignored); // NOLINT(bugprone-unused-return-value): void in another Asio
    }

    template <class Action>
    void after(std::chrono::milliseconds time, Action action)
    {
        timer_.expires_after(time);
        timer_.async_wait([action](error_code const& cancelled) {
            if (!cancelled) {
                action();
            }
        });
    }

    void finish_outputs()
    {
        out_.finish();
        err_.finish();
    }

    void finish_if_over()
    {
        if (!process_ && out_.ended() && err_.ended()) {
            timer_.cancel();
            flow_timer_.cancel();
        }
    }

    process_limits const limits_;
    clock::time_point deadline_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer timer_{io_};
    boost::asio::steady_timer flow_timer_{io_};
    child_output out_;
    child_output err_;
    boost::asio::posix::stream_descriptor exit_{io_}; ///< Readable when the child has ended.
    std::unique_ptr<handle> process_; ///< Until it is waited for.
    pid_t pid_ = -1;
    process_result result_;
    std::exception_ptr thrown_;
};

} // namespace esxi::detail
