// SPDX-License-Identifier: Apache-2.0
// Text from outside, made safe for a terminal and a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <esxi/detail/utf8.hpp>

namespace esxi {

namespace detail {

/// Whether a character, given as UTF-8, moves the cursor, reorders the line or hides: C0 and C1 controls, bidi marks, separators.
[[nodiscard]] inline bool is_unprintable(std::string_view character)
{
    auto const byte = [character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    switch (character.size()) {
    case 1: return byte(0) < 0x20 || byte(0) == 0x7f;
    case 2: return (byte(0) == 0xc2 && byte(1) < 0xa0) || character == "\u061c";
    case 3:
        return (character >= "\u200b" && character <= "\u200f") || (character >= "\u2028" && character <= "\u202e") ||
               (character >= "\u2060" && character <= "\u206f") || character == "\ufeff";
    default: return false;
    }
}

} // namespace detail

/// The text with what would act on a terminal, and bytes that are no UTF-8, written as `\n`, `\x1b`, ...: on one line, as it is
/// read.
[[nodiscard]] inline std::string printable(std::string_view text)
{
    std::string shown;
    shown.reserve(text.size());
    auto const hex = [&shown](char c) {
        constexpr std::string_view digits = "0123456789abcdef";
        auto const byte = static_cast<unsigned char>(c);
        shown += "\\x";
        shown += digits[byte >> 4];
        shown += digits[byte & 15];
    };
    while (!text.empty()) {
        auto const length = detail::utf8_length(text);
        auto const character = text.substr(0, length == 0 ? 1 : length);
        if (character == "\n") {
            shown += "\\n";
        } else if (character == "\t") {
            shown += "\\t";
        } else if (character == "\r") {
            shown += "\\r";
        } else if (length == 0 || detail::is_unprintable(character)) {
            for (char c : character) {
                hex(c);
            }
        } else {
            shown += character;
        }
        text.remove_prefix(character.size());
    }
    return shown;
}

/// A name as it stands in messages.
[[nodiscard]] inline std::string in_quotes(std::string_view name)
{
    return "`" + printable(name) + "`";
}

} // namespace esxi
