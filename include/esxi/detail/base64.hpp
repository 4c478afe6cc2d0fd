// SPDX-License-Identifier: Apache-2.0
// Base64 as RFC 4648 has it, with padding: how a tape keeps bytes that are no text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace esxi::detail {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// As a text of a type of the caller's: of what must be wiped, one that wipes itself.
template <class Text = std::string>
[[nodiscard]] Text to_base64(std::string_view bytes)
{
    Text text;
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

/// What each character stands for; 64: nothing.
inline constexpr auto base64_digits = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(64);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
        digits[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}();

/// The bytes; nothing where the text is not exactly what `to_base64` makes of some bytes.
[[nodiscard]] inline std::optional<std::string> from_base64(std::string_view text)
{
    auto const digits = text.substr(0, text.find('='));
    if (text.size() % 4 != 0 || text.size() - digits.size() > 2) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (char c : digits) {
        auto const digit = base64_digits[static_cast<unsigned char>(c)];
        if (digit == 64) {
            return std::nullopt;
        }
        group = (group << 6 | digit) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(group >> bits & 0xff));
        }
    }
    bool const padded = text.substr(digits.size()) == std::string_view("==").substr(0, text.size() - digits.size());
    bool const stray = (group & ((1u << bits) - 1)) != 0;
    return padded && !stray ? std::optional(std::move(bytes)) : std::nullopt;
}

} // namespace esxi::detail
