// SPDX-License-Identifier: Apache-2.0
// ASCII letters in small.
#pragma once

#include <string>
#include <string_view>

namespace esxi::detail {

/// The text with its ASCII letters in small.
[[nodiscard]] inline std::string lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower;
}

} // namespace esxi::detail
