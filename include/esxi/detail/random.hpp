// SPDX-License-Identifier: Apache-2.0
// Bytes from the kernel's random source.
#pragma once

#include <cerrno>
#include <cstddef>

#include <sys/syscall.h>
#include <unistd.h>

namespace esxi::detail {

/// Fills up to 256 bytes, so many come whole; false, with errno, if there are none to be had. This is the system call itself: the C
/// library has `getrandom` only since glibc 2.25.
[[nodiscard]] inline bool fill_with_random(void* bytes, std::size_t size) noexcept
{
    long got = -1;
    do {
        got = ::syscall(SYS_getrandom, bytes, size, 0);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<long>(size);
}

} // namespace esxi::detail
