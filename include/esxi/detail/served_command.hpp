// SPDX-License-Identifier: Apache-2.0
// One command that a server runs: what came of it so far, and until when it may take.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/detail/output_text.hpp>
#include <esxi/detail/process_limits.hpp>
#include <esxi/detail/served_documents.hpp>

namespace esxi::detail {

/// How a command ended.
enum class served_end {
    answered,
    alone, ///< Nothing was done: it needs a process of its own.
    timed_out,
    stopped,
    flooded,
    died, ///< The server has, or it speaks no sense.
};

/// Must not be moved, and the limits outlive it.
class served_command {
    using clock = std::chrono::steady_clock;

public:
    served_command(std::int64_t id, process_limits const& limits)
        : id_(id),
          limits_(limits),
          deadline_(limits.deadline),
          out_(limits.max_output, sinks_of_output()),
          err_(limits.max_output, {{}, {}, [this] { end_early(served_end::flooded); }})
    {
    }
    served_command(served_command const&) = delete;
    served_command& operator=(served_command const&) = delete;

    [[nodiscard]] std::int64_t id() const noexcept { return id_; }
    /// When to look at it again, if nothing comes of it before.
    [[nodiscard]] clock::time_point deadline() const noexcept { return deadline_; }
    /// Bytes flow: the deadline begins anew.
    void put_off(clock::time_point now) noexcept
    {
        if (!early_) {
            deadline_ = now + limits_.timeout;
        }
    }
    /// Whether the server has done with it.
    [[nodiscard]] bool is_over() const noexcept { return end_.has_value(); }

    /// What the server said of it.
    void take(served_reply const& reply)
    {
        out_.take(reply.out);
        err_.take(reply.err);
        if (reply.exit_code || reply.alone) {
            exit_code_ = reply.exit_code.value_or(0);
            end_ = reply.alone ? served_end::alone : served_end::answered;
        }
    }

    enum class wish { nothing, cancel, kill };
    /// What is to be done with it now. Each is said once.
    [[nodiscard]] wish wants(clock::time_point now)
    {
        if (!cancelled_ && !early_ && limits_.stop.stop_requested()) {
            end_early(served_end::stopped);
        } else if (!cancelled_ && !early_ && now >= deadline_) {
            end_early(served_end::timed_out);
        }
        if (early_ && !cancelled_) {
            cancelled_ = true;
            deadline_ = now + limits_.grace;
            return wish::cancel;
        }
        return cancelled_ && now >= deadline_ ? wish::kill : wish::nothing; // it does not hear
    }

    struct result {
        served_end end = served_end::died;
        output answer{};
    };
    /// What came of it, once it is over or its server died. Throws what `on_line` or `on_output` threw.
    [[nodiscard]] result take_result()
    {
        if (end_ == served_end::answered) {
            out_.end();
        }
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        return {early_ ? *early_ : end_.value_or(served_end::died), {exit_code_, out_.take_text(), err_.take_text()}};
    }

private:
    [[nodiscard]] output_sinks sinks_of_output()
    {
        return sinks_of(
            limits_, deadline_, [this] { end_early(served_end::flooded); },
            [this] {
                thrown_ = std::current_exception();
                end_early(served_end::stopped);
            });
    }

    void end_early(served_end why)
    {
        early_ = why;
        out_.ignore();
        err_.ignore();
    }

    std::int64_t const id_;
    process_limits const& limits_;
    clock::time_point deadline_;
    output_text out_;
    output_text err_;
    int exit_code_ = 0;
    std::optional<served_end> end_;   ///< As the server said.
    std::optional<served_end> early_; ///< It is to end, for this reason.
    bool cancelled_ = false;          ///< The server was told.
    std::exception_ptr thrown_;
};

} // namespace esxi::detail
