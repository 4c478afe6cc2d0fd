// SPDX-License-Identifier: Apache-2.0
// For how long a govc may run, how much it may print, and who wants to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>

#include <esxi/command.hpp>

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

} // namespace esxi::detail
