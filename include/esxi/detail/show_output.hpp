// SPDX-License-Identifier: Apache-2.0
// Shows an answer that is there as a whole to those who want to see it arrive.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include <esxi/command.hpp>

namespace esxi::detail {

/// Passes standard output to `on_output`, and takes it from the answer; or calls `on_line` with each line. Lines end with CR, LF or
/// both; what is between two ends is no line.
inline void show_output(output& answer, run_options const& options)
{
    if (options.on_output) {
        options.on_output(std::exchange(answer.out, {}));
        return;
    }
    std::string_view text = answer.out;
    while (options.on_line && !text.empty()) {
        auto const end = std::min(text.find_first_of("\r\n"), text.size());
        if (end > 0) {
            options.on_line(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

} // namespace esxi::detail
