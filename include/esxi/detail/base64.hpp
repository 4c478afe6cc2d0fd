// SPDX-License-Identifier: Apache-2.0
// Base64 as RFC 4648 has it, with padding: how a tape keeps bytes that are no text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esxi::detail {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[nodiscard]] inline std::string to_base64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            text += i + k > bytes.size() ? '=' : base64_alphabet[group >> (18 - 6 * k) & 0x3f];
        }
    }
    return text;
}

/// The bytes; nothing where the text is not exactly what `to_base64` makes of some bytes.
[[nodiscard]] inline std::optional<std::string> from_base64(std::string_view text)
{
    std::string bytes;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (char c : text.substr(0, text.find('='))) {
        auto const digit = base64_alphabet.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        group = group << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(group >> bits & 0xff));
        }
    }
    // Wrong padding and stray bits at the end show as a text that differs.
    if (to_base64(bytes) != text) {
        return std::nullopt;
    }
    return bytes;
}

} // namespace esxi::detail
