// SPDX-License-Identifier: Apache-2.0
// For how long a govc may run, how much it may print, and who wants to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/detail/output_text.hpp>

namespace esxi::detail {

/// For how long to run, and who wants to know: see `run_options`. Each line for which `on_line` says so puts the deadline off to
/// `timeout` from then.
struct process_limits {
    std::chrono::steady_clock::time_point deadline;
    std::chrono::milliseconds timeout{0};
    std::stop_token stop{};
    std::function<bool(std::string_view)> const* on_line = nullptr;
    std::chrono::milliseconds grace{500}; ///< Between TERM and KILL; 0: KILL at once.
    std::function<void(std::string_view)> const* on_output = nullptr;
    std::size_t max_output = longest_output;
};

/// The sinks of standard output that the limits name; limits and deadline outlive them. Progress puts `deadline` off. `on_throw` is
/// called where one of them has thrown, while the exception is handled.
[[nodiscard]] inline output_sinks sinks_of(process_limits const& limits, std::chrono::steady_clock::time_point& deadline,
                                           std::function<void()> on_flood, std::function<void()> const& on_throw)
{
    auto const guarded = [on_throw](auto const& action) {
        try {
            action();
        } catch (...) {
            on_throw();
        }
    };
    output_sinks all{{}, {}, std::move(on_flood)};
    if (limits.on_output != nullptr && *limits.on_output) {
        all.on_piece = [&limits, guarded](std::string_view piece) { guarded([&] { (*limits.on_output)(piece); }); };
    } else if (limits.on_line != nullptr && *limits.on_line) {
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
