// SPDX-License-Identifier: Apache-2.0
// One `govc serve`: a govc that runs one command after another, for as long as it is wanted.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <esxi/command.hpp>
#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/byte_flow.hpp>
#include <esxi/detail/process_limits.hpp>
#include <esxi/detail/served_command.hpp>
#include <esxi/detail/served_documents.hpp>
#include <esxi/detail/start_process.hpp>
#include <esxi/detail/unforked_fd.hpp>

namespace esxi::detail {

/// Used by one thread at a time. It ends with this object, or with this process: its standard input ends then.
class govc_server {
    using clock = std::chrono::steady_clock;

public:
    /// Starts it. `request` names the program and its surroundings. Throws what `start_process` does.
    explicit govc_server(process_request request) : owner_(::getpid())
    {
        auto [own_end, its_end] = make_sockets(request);
        in_ = std::move(own_end);
        wake_ = checked(owned_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), request);
        request.in = its_end.get();
        request.outlives_thread = true;
        process_ = start_process(request);
    }
    govc_server(govc_server const&) = delete;
    govc_server& operator=(govc_server const&) = delete;

    ~govc_server()
    {
        if (owner_ == ::getpid()) { // a child by fork has no part in it
            close_input();
            kill(std::chrono::milliseconds(300));
        }
    }

    /// Waits for its greeting. False: it is a govc that cannot serve, or did not say so in time.
    [[nodiscard]] bool greet(clock::time_point deadline, std::stop_token const& stop)
    {
        std::stop_callback const when_stopped(stop, [this] { wake(); });
        while (!greeted_ && is_alive_ && clock::now() < deadline && !stop.stop_requested()) {
            exchange(deadline);
        }
        return greeted_ && is_alive_;
    }

    /// Runs a command. Throws what its sinks threw. Whatever comes of it, the server is then ready for another or not usable.
    [[nodiscard]] served_command::result run(command const& c, process_limits const& limits, bool login)
    {
        served_command current(++last_id_, limits);
        to_send_ = command_document(current.id(), c, login);
        current_ = &current;
        error_.clear();
        std::stop_callback const when_stopped(limits.stop, [this] { wake(); });
        std::optional<byte_flow> flow;
        if (limits.is_for_progress()) {
            flow.emplace(process_.pid, limits.timeout);
        }
        while (is_alive_ && !current.is_over()) {
            switch (current.wants(clock::now())) {
            case served_command::wish::nothing:
                exchange(flow ? std::min(current.deadline(), flow->next_look()) : current.deadline());
                if (auto const now = clock::now(); flow && now >= flow->next_look() && flow->look(now)) {
                    current.put_off(now);
                }
                break;
            case served_command::wish::cancel: to_send_ += cancel_document(current.id()); break;
            case served_command::wish::kill: kill(std::chrono::milliseconds(0)); break;
            }
        }
        current_ = nullptr;
        return current.take_result();
    }

    /// Whether it can be given another command: by this process, and not by a child of it, with which it would share the server.
    [[nodiscard]] bool is_usable() const noexcept { return is_alive_ && owner_ == ::getpid() && !ends_within({}); }
    /// How it ended, in words, once it has.
    [[nodiscard]] std::string const& obituary() const noexcept { return obituary_; }
    /// Whether a signal that is not from here ended it.
    [[nodiscard]] bool was_killed() const noexcept { return WIFSIGNALED(own_end_); }
    /// Its exit code, if it ended by itself, and what it said on standard error.
    [[nodiscard]] output last_words() const { return {WIFEXITED(own_end_) ? WEXITSTATUS(own_end_) : 0, {}, error_}; }

    /// Lets it end by itself; the destructor waits for that.
    void close_input() noexcept { in_ = unforked_fd(); }

private:
    void wake() const noexcept
    {
        std::uint64_t const one = 1;
        static_cast<void>(!::write(wake_.get(), &one, sizeof one));
    }

    // ---- What goes to and fro --------------------------------------------------------------------------------------------

    /// Waits until there is something to read, to write, or to look at, and does what can be done then.
    void exchange(clock::time_point deadline)
    {
        std::array<::pollfd, 4> ends{{{process_.out.get(), POLLIN, 0},
                                      {process_.err.get(), POLLIN, 0},
                                      {wake_.get(), POLLIN, 0},
                                      {to_send_.empty() ? -1 : in_.get(), POLLOUT, 0}}};
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
        ::poll(ends.data(), ends.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
        if (ends[2].revents != 0) {
            std::uint64_t count = 0;
            static_cast<void>(!::read(wake_.get(), &count, sizeof count));
        }
        if (ends[3].revents != 0) {
            send();
        }
        if (ends[1].revents != 0) {
            receive_error();
        }
        if (ends[0].revents != 0) {
            receive();
        }
    }

    void send()
    {
        auto const sent = ::send(in_.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            to_send_.erase(0, static_cast<std::size_t>(sent));
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            to_send_.clear(); // it is dying; what it said before is still to be read
        }
    }

    /// Less than nothing where there is nothing now.
    [[nodiscard]] ::ssize_t read_some(unforked_fd& from)
    {
        auto const got = ::read(from.get(), buffer_.data(), buffer_.size());
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            from = unforked_fd();
            return 0;
        }
        return got;
    }

    /// What a Go program says when it breaks down; the beginning is kept. False if there is nothing now.
    bool receive_error()
    {
        auto const got = read_some(process_.err);
        error_.append(buffer_.data(), std::min(got > 0 ? static_cast<std::size_t>(got) : 0, 4096 - error_.size()));
        return got > 0;
    }

    void receive()
    {
        auto const got = read_some(process_.out);
        if (got == 0) {
            kill(std::chrono::milliseconds(500)); // it is about to end, if it has not
            return;
        }
        auto const piece = std::string_view(buffer_.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
        if (!received_.take(piece, [this](std::string_view line) { return take(line); })) {
            obituary_ = "it said what makes no sense";
            kill(std::chrono::milliseconds(0));
        }
    }

    /// False where it makes no sense.
    [[nodiscard]] bool take(std::string_view line)
    {
        auto const reply = read_reply(line);
        if (reply && !greeted_ && reply->greeting == served_protocol) {
            greeted_ = true;
        } else if (reply && current_ != nullptr && !current_->is_over() && reply->greeting == 0 && reply->id == current_->id()) {
            current_->take(*reply);
        } else {
            return false;
        }
        return true;
    }

    // ---- Its end ---------------------------------------------------------------------------------------------------------

    /// Waits for its end so long, and no longer.
    void kill(std::chrono::milliseconds patience)
    {
        if (!is_alive_) {
            return;
        }
        is_alive_ = false;
        bool const ended = ends_within(patience);
        if (!ended) {
            signal_group(process_.pid, SIGKILL);
            // One that hangs in the kernel dies when it can; nobody waits for that.
            static_cast<void>(ends_within(std::chrono::seconds(2)));
        }
        signal_group(process_.pid, SIGKILL); // what it started
        int status = 0;
        auto const waited = ::waitpid(process_.pid, &status, WNOHANG);
        for (int i = 0; i < 16 && receive_error(); ++i) {} // another writer may go on for ever
        own_end_ = ended && waited == process_.pid ? status : 0;
        if (obituary_.empty()) {
            obituary_ = waited != process_.pid ? "it is gone"
                        : WIFSIGNALED(status)  ? "it was ended by signal " + std::to_string(WTERMSIG(status))
                                               : "it ended with exit code " + std::to_string(WEXITSTATUS(status));
        }
        in_ = unforked_fd();
    }

    [[nodiscard]] bool ends_within(std::chrono::milliseconds patience) const noexcept
    {
        auto const until = clock::now() + patience;
        for (;;) {
            ::pollfd end{process_.pidfd.get(), POLLIN, 0};
            auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
            auto const got = ::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
            if (got > 0 || left <= 0) {
                return got > 0;
            }
        }
    }

    ::pid_t const owner_;
    unforked_fd in_; ///< Its standard input.
    owned_fd wake_; ///< Readable once a stop is requested.
    started_process process_;
    bool is_alive_ = true;
    bool greeted_ = false;
    std::string obituary_;
    std::string error_; ///< What it said on standard error since the last command began.
    int own_end_ = 0; ///< As waitpid says it; 0 if this class has killed it, or it lives.

    std::string to_send_;
    served_lines received_;
    std::array<char, 65536> buffer_{};
    std::int64_t last_id_ = 0;
    served_command* current_ = nullptr; ///< The command that runs.
};

} // namespace esxi::detail
