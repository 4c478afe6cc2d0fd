// SPDX-License-Identifier: Apache-2.0
// For how long a govc may run, how much it may print, and who wants to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <esxi/command.hpp>
#include <esxi/detail/output_text.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// For how long to run, and who wants to know: see `run_options`. Each line for which `on_line` says so puts the deadline off to
/// `timeout` from then; a flow of bytes does the same.
struct process_limits {
    std::chrono::steady_clock::time_point deadline;
    std::chrono::milliseconds timeout{0};
    std::stop_token stop{};
    std::function<bool(std::string_view)> const* on_line = nullptr;
    std::chrono::milliseconds grace{500}; ///< Between TERM and KILL; 0: KILL at once.
    std::function<void(std::string_view)> const* on_output = nullptr;
    std::size_t max_output = longest_output;

    /// Whether the deadline is one for progress: bytes that flow put it off too.
    [[nodiscard]] bool is_for_progress() const { return on_line != nullptr && *on_line; }
};

/// The sinks of standard output that the limits name; limits and deadline outlive them. Progress puts `deadline` off. `on_throw` is
/// called where one of them has thrown, while the exception is handled.
[[nodiscard]] inline output_sinks sinks_of(process_limits const& limits, std::chrono::steady_clock::time_point& deadline,
                                           std::function<void()> on_flood, std::function<void()> const& on_throw)
{
    auto const guarded = [on_throw, caller = ::getpid()](auto const& action) {
        try {
            action();
        } catch (...) {
            if (caller == ::getpid()) {
                on_throw();
            }
        }
        if (caller != ::getpid()) { // the command, and what is left of its output, is the parent's
            throw error(error_kind::config,
                        "a child by fork has returned from a callback of its parent's command; let it end there");
        }
    };
    output_sinks all{{}, {}, std::move(on_flood)};
    if (limits.on_output != nullptr && *limits.on_output) {
        all.on_piece = [&limits, guarded](std::string_view piece) { guarded([&] { (*limits.on_output)(piece); }); };
    } else if (limits.is_for_progress()) {
        all.on_line = [&limits, &deadline, guarded](std::string_view line) {
            guarded([&] {
                if ((*limits.on_line)(line)) {
                    deadline = std::chrono::steady_clock::now() + limits.timeout;
                }
            });
        };
    }
    return all;
}

} // namespace esxi::detail
