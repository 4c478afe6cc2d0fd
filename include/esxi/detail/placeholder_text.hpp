// SPDX-License-Identifier: Apache-2.0
// What a placeholder of a tape looks like in a text, and where a name in a text is a word of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include <esxi/model/import_mark.hpp>

namespace esxi::detail {

/// Something of a placeholder's shape: `{name}` or `{name:7}`. A text that has this shape by itself is written with one more `=`
/// after the brace, so that it is told from a placeholder: `{=name}`.
struct placeholder {
    std::string_view name{};
    std::size_t number = 0; ///< 0: none.
    bool literal = false;
    std::size_t length = 0; ///< Of the whole, braces included.
};

/// The placeholder, or what looks like one, that the text begins with.
[[nodiscard]] inline std::optional<placeholder> read_placeholder(std::string_view text)
{
    if (!text.starts_with('{')) {
        return std::nullopt;
    }
    auto const begin = std::min(text.find_first_not_of('=', 1), text.size());
    auto const is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto end = begin;
    while (end < text.size() && (is_lower(text[end]) || (end > begin && (is_digit(text[end]) || text[end] == '_')))) {
        ++end;
    }
    placeholder found{text.substr(begin, end - begin), 0, begin > 1, 0};
    if (end < text.size() && text[end] == ':') {
        auto const colon = end++;
        // Six digits number more than a tape holds, and cannot overflow.
        while (end < text.size() && is_digit(text[end]) && end - colon <= 6) {
            found.number = found.number * 10 + static_cast<std::size_t>(text[end++] - '0');
        }
        if (found.number == 0) {
            return std::nullopt;
        }
    }
    if (found.name.empty() || end >= text.size() || text[end] != '}') {
        return std::nullopt;
    }
    found.length = end + 1;
    return found;
}

/// The length of the import token that the text begins with; 0 where there is none.
[[nodiscard]] inline std::size_t token_length(std::string_view text)
{
    constexpr std::size_t length = import_token_prefix.size() + 32;
    bool const is_token =
        text.size() >= length && text.starts_with(import_token_prefix) &&
        text.substr(0, length).find_first_not_of("0123456789abcdef", import_token_prefix.size()) == std::string_view::npos;
    return is_token ? length : 0;
}

/// Whether what is at `at` is a word of its own there, and not a part of a longer name, address or path.
[[nodiscard]] inline bool stands_alone(std::string_view text, std::size_t at, std::size_t length)
{
    auto const is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    auto const joins = [is_word](char c) { return is_word(c) || c == '.' || c == '-'; };
    if (at > 0 && joins(text[at - 1])) {
        return false;
    }
    // A dot that ends a sentence joins nothing.
    auto after = at + length;
    while (after < text.size() && (text[after] == '.' || text[after] == '-')) {
        ++after;
    }
    return after >= text.size() || !is_word(text[after]);
}

/// A host without its port: `esxi1` of `esxi1:8443`, `[::1]` of `[::1]:443`.
[[nodiscard]] inline std::string_view without_port(std::string_view host)
{
    auto const colon = host.rfind(':');
    return colon == std::string_view::npos || host.ends_with(']') ? host : host.substr(0, colon);
}

} // namespace esxi::detail
