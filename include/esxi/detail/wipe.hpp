// SPDX-License-Identifier: Apache-2.0
// Overwrites what is secret.
#pragma once

#include <cstddef>
#include <cstring>

namespace esxi::detail {

/// Overwrites memory, also if nothing reads it afterwards, which a compiler takes for a reason to leave it as it is. (glibc has
/// `explicit_bzero` for this only since 2.25.)
inline void wipe(void* memory, std::size_t bytes) noexcept
{
    std::memset(memory, 0, bytes);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

} // namespace esxi::detail
