// SPDX-License-Identifier: Apache-2.0
// The ways in which one text can be spelled inside another: as it is, URL-encoded, JSON-escaped, XML-escaped, in base64.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <esxi/detail/base64.hpp>
#include <esxi/secret_text.hpp>

namespace esxi::govc::detail {

/// One character as it is spelled at the start of a text: what it stands for, in UTF-8, and how long its spelling is.
struct spelled {
    std::string meaning{};
    std::size_t length = 0; ///< 0: nothing is spelled here.
};

[[nodiscard]] inline int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The number that so many digits are; -1 where they are not there.
[[nodiscard]] inline std::int64_t number_at(std::string_view text, std::size_t at, std::size_t digits, int base = 16)
{
    if (at + digits > text.size() || digits == 0) {
        return -1;
    }
    std::int64_t number = 0;
    for (char c : text.substr(at, digits)) {
        auto const value = hex_value(c);
        if (value < 0 || value >= base) {
            return -1;
        }
        number = number * base + value;
    }
    return number;
}

[[nodiscard]] inline std::string utf8(std::int64_t code)
{
    auto const byte = [](std::int64_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) {
        return {byte(code)};
    }
    if (code < 0x800) {
        return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
    }
    if (code < 0x10000) {
        return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
    }
    return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)),
            byte(0x80 | (code & 0x3f))};
}

/// `%40`: a byte, not a character.
[[nodiscard]] inline spelled percent_spelled(std::string_view text)
{
    auto const value = text.starts_with('%') ? number_at(text, 1, 2) : -1;
    return value < 0 ? spelled{} : spelled{{static_cast<char>(static_cast<unsigned char>(value))}, 3};
}

/// `\n`, `\"`, `\x1b`, `\u00e9`, `\ud83d\ude00`: as JSON has it, and Go and C.
[[nodiscard]] inline spelled backslash_spelled(std::string_view text)
{
    if (text.size() < 2 || text[0] != '\\') {
        return {};
    }
    switch (text[1]) {
    case 'n': return {"\n", 2};
    case 't': return {"\t", 2};
    case 'r': return {"\r", 2};
    case 'b': return {"\b", 2};
    case 'f': return {"\f", 2};
    case 'a': return {"\a", 2};
    case 'v': return {"\v", 2};
    case 'x': {
        auto const value = number_at(text, 2, 2);
        return value < 0 ? spelled{} : spelled{{static_cast<char>(static_cast<unsigned char>(value))}, 4};
    }
    case 'u': {
        auto const code = number_at(text, 2, 4);
        if (code >= 0xd800 && code < 0xdc00 && text.substr(6, 2) == "\\u") {
            auto const low = number_at(text, 8, 4);
            return low < 0xdc00 || low > 0xdfff ? spelled{}
                                                : spelled{utf8(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)), 12};
        }
        return code < 0 ? spelled{} : spelled{utf8(code), 6};
    }
    default: return {{text[1]}, 2};
    }
}

/// `&amp;`, `&#34;`, `&#x22;`.
[[nodiscard]] inline spelled entity_spelled(std::string_view text)
{
    auto const end = text.substr(0, 12).find(';');
    if (!text.starts_with('&') || end == std::string_view::npos) {
        return {};
    }
    auto const name = text.substr(1, end - 1);
    auto const length = end + 1;
    if (name.starts_with("#")) {
        bool const is_hex = name.substr(1, 1) == "x" || name.substr(1, 1) == "X";
        auto const from = std::size_t{is_hex ? 2u : 1u};
        auto const code = from > name.size() ? -1 : number_at(name, from, name.size() - from, is_hex ? 16 : 10);
        return code < 0 || code > 0x10ffff ? spelled{} : spelled{utf8(code), length};
    }
    return name == "amp"    ? spelled{"&", length}
           : name == "lt"   ? spelled{"<", length}
           : name == "gt"   ? spelled{">", length}
           : name == "quot" ? spelled{"\"", length}
           : name == "apos" ? spelled{"'", length}
                            : spelled{};
}

/// A character spelled in any of these ways.
[[nodiscard]] inline spelled once_spelled(std::string_view text)
{
    switch (text.empty() ? '\0' : text.front()) {
    case '%': return percent_spelled(text);
    case '\\': return backslash_spelled(text);
    case '&': return entity_spelled(text);
    default: return {};
    }
}

/// A character whose spelling is spelled itself: `%2540`, or `\\u00e9` in a JSON text that is quoted in another.
[[nodiscard]] inline spelled twice_spelled(std::string_view text)
{
    if (once_spelled(text).length == 0) {
        return {};
    }
    constexpr std::size_t longest_spelling = 12;
    std::string inner;
    std::array<std::size_t, longest_spelling + 4> ends{}; // where in the text each byte of it is at its end
    for (std::size_t at = 0; at < text.size() && inner.size() < longest_spelling;) {
        auto part = once_spelled(text.substr(at));
        if (part.length == 0) {
            part = {{text[at]}, 1};
        }
        at += part.length;
        std::fill_n(ends.begin() + static_cast<std::ptrdiff_t>(inner.size()), part.meaning.size(), at);
        inner += part.meaning;
        if (inner[0] != '%' && inner[0] != '\\' && inner[0] != '&') {
            return {};
        }
    }
    auto outer = once_spelled(inner);
    if (outer.length != 0) {
        outer.length = ends[outer.length - 1];
    }
    return outer;
}

/// How many bytes of the text, from its start, spell the secret, each character of it in any of the ways; 0 where they do not.
/// Where a character may be meant as it is or begin a spelling, both are followed.
[[nodiscard]] inline std::size_t spelled_length(std::string_view text, std::string_view secret)
{
    std::size_t longest = 0;
    // Up to where in the secret, and up to where in the text; each pair is looked at once.
    std::set<std::pair<std::size_t, std::size_t>> open;
    std::size_t known = 0;
    std::size_t at = 0;
    auto const step = [&](spelled const& s) {
        bool const is_space = s.meaning == "+" && secret[known] == ' '; // `%2B`: a query's `+`, spelled once more
        if (s.length != 0 && (is_space || secret.substr(known).starts_with(s.meaning))) {
            open.emplace(known + s.meaning.size(), at + s.length);
        }
    };
    while (true) {
        if (known == secret.size()) {
            longest = std::max(longest, at);
        } else if (at < text.size()) {
            char const c = text[at];
            if (c == '%' || c == '\\' || c == '&') {
                step(once_spelled(text.substr(at)));
                step(twice_spelled(text.substr(at)));
            } else if (c == '+' && secret[known] == ' ') {
                step({" ", 1});
            }
            if (c == secret[known]) {
                if (open.empty()) {
                    ++known;
                    ++at;
                    continue;
                }
                open.emplace(known + 1, at + 1);
            }
        }
        if (open.empty()) {
            return secret.empty() ? 0 : longest;
        }
        std::tie(known, at) = *open.begin();
        open.erase(open.begin());
    }
}

/// The part of the secret's base64 that is the same whatever stands before it, with `before` bytes (0 to 2) since the last group of
/// three, and after it.
[[nodiscard]] inline secret_text inner_base64(std::string_view secret, std::size_t before)
{
    secret_text shifted;
    shifted.reserve(before + secret.size());
    shifted += std::string_view("\0\0", before);
    shifted += secret;
    auto const text = esxi::detail::to_base64<secret_text>(shifted);
    auto const begin = (before * 8 + 5) / 6; // characters that hold a bit of what stands before
    auto const end = (before + secret.size()) * 8 / 6; // characters that are full of the secret's bits
    return begin < end ? std::string_view(text).substr(begin, end - begin) : std::string_view();
}

/// The same in the alphabet of URLs: `-` for `+`, `_` for `/`.
[[nodiscard]] inline secret_text url_base64(std::string_view text)
{
    secret_text spelled;
    spelled.reserve(text.size());
    for (char c : text) {
        spelled += c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return spelled;
}

} // namespace esxi::govc::detail
