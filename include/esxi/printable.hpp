// SPDX-License-Identifier: Apache-2.0
// Text from outside, made safe for a terminal and a log line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include <esxi/detail/utf8.hpp>

namespace esxi {

namespace detail {

/// What moves the cursor, reorders the line or is not to be seen, first and last of each range: controls, separators of lines,
/// and what Unicode calls default ignorable, bidi marks among them.
inline constexpr char32_t unprintable_ranges[][2] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/// The number of a character that is given as well-formed UTF-8.
[[nodiscard]] inline char32_t code_point(std::string_view character)
{
    auto const first = static_cast<unsigned char>(character.front());
    char32_t code = character.size() == 1 ? first : first & (0xffu >> (character.size() + 1));
    for (char const c : character.substr(1)) {
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fu);
    }
    return code;
}

/// Whether a character, given as well-formed UTF-8, is one of them.
[[nodiscard]] inline bool is_unprintable(std::string_view character)
{
    auto const code = code_point(character);
    return std::any_of(std::begin(unprintable_ranges), std::end(unprintable_ranges),
                       [code](auto const& range) { return code >= range[0] && code <= range[1]; });
}

/// The four digits of a number below 0x10000, as JSON writes one.
inline void append_json_escape(std::string& text, char32_t unit)
{
    text += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        text += "0123456789abcdef"[unit >> shift & 15u];
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

/// JSON, as a serializer writes it, with what would act on a terminal written as `\u009b`: it reads as the same value. A line feed
/// stays: it stands between values alone.
[[nodiscard]] inline std::string printable_json(std::string_view json)
{
    std::string shown;
    shown.reserve(json.size());
    while (!json.empty()) {
        // Nearly all is plain ASCII; a char may be signed.
        auto const special = std::find_if(json.begin(), json.end(), [](char c) { return (c < ' ' && c != '\n') || c >= '\x7f'; });
        shown.append(json.begin(), special);
        json.remove_prefix(static_cast<std::size_t>(special - json.begin()));
        if (json.empty()) {
            break;
        }
        auto const length = std::max<std::size_t>(1, detail::utf8_length(json));
        auto const character = json.substr(0, length);
        json.remove_prefix(length);
        if (detail::utf8_length(character) == 0 || !detail::is_unprintable(character)) {
            shown += character;
            continue;
        }
        auto const code = detail::code_point(character);
        if (code < 0x10000) {
            detail::append_json_escape(shown, code);
        } else { // two halves, as in UTF-16
            detail::append_json_escape(shown, 0xd800 + ((code - 0x10000) >> 10));
            detail::append_json_escape(shown, 0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
    return shown;
}

/// The text, or, where it has more than `most` characters, its beginning and `...`, which are that many together.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t most)
{
    constexpr std::string_view dots = "...";
    std::size_t kept = 0; // bytes of what is left once the dots are put there
    std::size_t bytes = 0;
    for (std::size_t count = 0; bytes < text.size(); ++count) {
        if (count == most) {
            return std::string(text.substr(0, kept)).append(dots);
        }
        bytes += std::max<std::size_t>(1, detail::utf8_length(text.substr(bytes)));
        kept = count + dots.size() < most ? bytes : kept;
    }
    return std::string(text);
}

/// A name as it stands in messages. One that is longer than a host lets any be is cut.
[[nodiscard]] inline std::string in_quotes(std::string_view name)
{
    constexpr std::size_t longest = 200;
    return "`" + shortened(printable(name), longest) + "`";
}

} // namespace esxi
