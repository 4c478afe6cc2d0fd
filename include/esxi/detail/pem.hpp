// SPDX-License-Identifier: Apache-2.0
// The certificates in a text that people paste: with CR LF, indented, on one line, or with other text around them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <esxi/detail/base64.hpp>

namespace esxi::detail {

/// The certificates in the text, as PEM that Go reads: each line at its beginning, nothing around. Empty: none. Nothing: one of them
/// is cut short, or is none.
[[nodiscard]] inline std::optional<std::string> certificates_in(std::string_view text)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    constexpr std::size_t line = 64;
    std::string found;
    for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin)) {
        text.remove_prefix(at + begin.size());
        auto const length = text.find(end);
        if (length == std::string_view::npos) {
            return std::nullopt;
        }
        std::string digits;
        for (auto rest = text.substr(0, length); !rest.empty();) {
            // Of a text that was kept as JSON: an end of line as two characters.
            bool const escaped = rest.starts_with("\\n") || rest.starts_with("\\r") || rest.starts_with("\\t");
            if (!escaped && std::string_view(" \t\r\n").find(rest.front()) == std::string_view::npos) {
                digits += rest.front();
            }
            rest.remove_prefix(escaped ? 2 : 1);
        }
        if (digits.empty() || !from_base64(digits)) {
            return std::nullopt;
        }
        found.append(begin).append("\n");
        for (std::size_t i = 0; i < digits.size(); i += line) {
            found.append(digits, i, line).append("\n");
        }
        found.append(end).append("\n");
        text.remove_prefix(length + end.size());
    }
    return found;
}

} // namespace esxi::detail
