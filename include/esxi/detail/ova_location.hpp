// SPDX-License-Identifier: Apache-2.0
// The spellings of where an OVA is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <esxi/detail/lower_case.hpp>

namespace esxi::detail {

/// The text with each `%20` and the like replaced by what it stands for.
[[nodiscard]] inline std::string url_decoded(std::string_view text)
{
    auto const digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// A path, or an http(s) URL with its scheme in small letters: govc knows no other spelling. A `file:` URL becomes its path. Unset if
/// it is of another scheme, or of a file on another machine.
[[nodiscard]] inline std::optional<std::string> plain_location(std::string_view text)
{
    auto const scheme = lower_case(text.substr(0, text.find(':')));
    auto rest = text.substr(scheme.size());
    if (scheme == "file" && !rest.empty()) {
        rest.remove_prefix(1);
        if (rest.starts_with("//")) {
            rest.remove_prefix(2);
            rest.remove_prefix(rest.starts_with("localhost/") ? 9 : 0);
        }
        auto path = url_decoded(rest);
        bool const is_path = path.starts_with('/') && path.find('\0') == std::string::npos;
        return is_path ? std::optional(std::move(path)) : std::nullopt;
    }
    if (!rest.starts_with("://")) {
        return std::string(text);
    }
    return scheme == "http" || scheme == "https" ? std::optional(scheme + std::string(rest)) : std::nullopt;
}

} // namespace esxi::detail
