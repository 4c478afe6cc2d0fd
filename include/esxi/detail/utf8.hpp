// SPDX-License-Identifier: Apache-2.0
// UTF-8, as RFC 3629 has it: no overlong forms, no surrogates.
#pragma once

#include <cstddef>
#include <string_view>

namespace esxi::detail {

/// How many bytes the well-formed character at the text's start has; 0 where none is there.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) noexcept
{
    if (text.empty()) {
        return 0;
    }
    auto const at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto const follows = [at](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
    unsigned const first = at(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        bool const bad = (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f);
        return !bad && follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        bool const bad = (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
        return !bad && follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// Whether the whole text is well-formed UTF-8.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

/// Whether XML, in which a host is told of it, can carry the text: no control characters but tab and line ends.
[[nodiscard]] constexpr bool fits_xml(std::string_view text) noexcept
{
    for (char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            return false;
        }
    }
    return text.find("\xef\xbf\xbe") == std::string_view::npos && text.find("\xef\xbf\xbf") == std::string_view::npos;
}

} // namespace esxi::detail
