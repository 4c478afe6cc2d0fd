// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4: a hash that tells nothing of the text to whom does not know the key.
#pragma once

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

#include <esxi/detail/random.hpp>

namespace esxi::detail {

/// 128 bits.
struct hash_key {
    std::uint64_t low, high;
};

/// A key that nobody can guess.
[[nodiscard]] inline hash_key random_hash_key()
{
    hash_key key{};
    if (!fill_with_random(&key, sizeof key)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return key;
}

/// The SipHash-2-4 of a text.
[[nodiscard]] constexpr std::uint64_t keyed_hash(hash_key const& key, std::string_view text) noexcept
{
    std::uint64_t a = key.low ^ 0x736f6d6570736575u;
    std::uint64_t b = key.high ^ 0x646f72616e646f6du;
    std::uint64_t c = key.low ^ 0x6c7967656e657261u;
    std::uint64_t d = key.high ^ 0x7465646279746573u;
    auto const rounds = [&](int count) {
        for (; count > 0; --count) {
            a += b;
            b = std::rotl(b, 13) ^ a;
            a = std::rotl(a, 32);
            c += d;
            d = std::rotl(d, 16) ^ c;
            a += d;
            d = std::rotl(d, 21) ^ a;
            c += b;
            b = std::rotl(b, 17) ^ c;
            c = std::rotl(c, 32);
        }
    };
    auto const take = [&](std::uint64_t word) {
        d ^= word;
        rounds(2);
        a ^= word;
    };
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(text[i])} << 8u * (i % 8);
        if (i % 8 == 7) {
            take(word);
            word = 0;
        }
    }
    take(word | std::uint64_t{text.size()} << 56u);
    c ^= 0xff;
    rounds(4);
    return a ^ b ^ c ^ d;
}

} // namespace esxi::detail
