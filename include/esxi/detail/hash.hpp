// SPDX-License-Identifier: Apache-2.0
// FNV-1a: the same hash in every process, for what is kept or shared between them.
#pragma once

#include <cstdint>
#include <string_view>

namespace esxi::detail {

/// The hash of a text; given that of another text, the hash of the two, one after the other.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = 14695981039346656037u) noexcept
{
    for (char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    return hash;
}

} // namespace esxi::detail
