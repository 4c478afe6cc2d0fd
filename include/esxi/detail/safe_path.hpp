// SPDX-License-Identifier: Apache-2.0
// Whether other users can replace what is in a directory, by any part of the way to it; the rule is that of sshd for its files.
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <esxi/detail/errno_text.hpp>

namespace esxi::detail {

/// A directory without links in the way to it, and why it is not to be used; empty: it may be.
struct checked_directory {
    std::string path;
    std::string why{};
    int failure = 0; ///< An errno, if it cannot be looked at.
};

/// Why others can rename what is in this directory; empty: they cannot. Whoever owns a directory can, and so can who may write to
/// it, unless its sticky bit leaves that to the owners of what is in it. An access list shows in the bits of the group.
[[nodiscard]] inline std::string why_others_can_rename(std::string const& path, struct ::stat const& found, ::uid_t user)
{
    if (!S_ISDIR(found.st_mode)) {
        return std::generic_category().message(ENOTDIR);
    }
    if (found.st_uid != user && found.st_uid != 0) {
        return "`" + path + "` belongs to another user (" + std::to_string(found.st_uid) + ")";
    }
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0) {
        return std::string((found.st_mode & S_IWOTH) != 0 ? "everybody" : "its group") + " may write to `" + path + "`";
    }
    return {};
}

/// Checks the directory and all above it.
[[nodiscard]] inline checked_directory check_directory(std::string const& named)
{
    std::error_code failed;
    auto const resolved = std::filesystem::canonical(named, failed);
    if (failed) {
        return {named, errno_text(failed.value()), failed.value()};
    }
    std::filesystem::path above;
    for (auto const& part : resolved) {
        above /= part;
        struct ::stat found{};
        if (::lstat(above.c_str(), &found) != 0) {
            return {named, errno_text(errno), errno};
        }
        if (auto why = why_others_can_rename(above.string(), found, ::geteuid()); !why.empty()) {
            return {named, std::move(why)};
        }
    }
    return {resolved.string()};
}

} // namespace esxi::detail
