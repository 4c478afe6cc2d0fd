// SPDX-License-Identifier: Apache-2.0
// Reads a file whole. (A stream throws where the path is a directory, and does not say why else it fails.)
#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/types.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// All that is to be read from an open descriptor; nothing, and `errno` set, where that fails.
[[nodiscard]] inline std::optional<std::string> read_to_end(int fd)
{
    std::string text;
    char buffer[65536];
    for (;;) {
        auto const got = ::read(fd, buffer, sizeof buffer);
        if (got == 0) {
            return text;
        }
        if (got < 0 && errno != EINTR) {
            return std::nullopt;
        }
        text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

/// All of a file; nothing, and `errno` set, where it cannot be read. Throws `unavailable` if no descriptor is left: that says nothing
/// about the file.
[[nodiscard]] inline std::optional<std::string> read_whole_file(std::string const& path)
{
    owned_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0 && is_shortage(errno)) {
        throw error(error_kind::unavailable, "cannot read `" + path + "`: " + errno_text(errno));
    }
    return file.get() < 0 ? std::nullopt : read_to_end(file.get());
}

} // namespace esxi::detail
