// SPDX-License-Identifier: Apache-2.0
// Reads a file that nobody else may have put there: no symbolic link, no pipe or device, of an owner who is trusted.
#pragma once

#include <cerrno>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/read_file.hpp>

namespace esxi::detail {

/// Whose files are read.
enum class file_owners {
    user,  ///< This user's own.
    placed ///< Those of whoever could replace the file anyway: this user, root, and the owner of the directory.
};

/// Whether a file of this owner is read. In a directory that all may write to, as /tmp, the owner of a file is anybody.
[[nodiscard]] constexpr bool is_trusted_owner(file_owners allowed, ::uid_t owner, ::uid_t of_directory, ::uid_t user) noexcept
{
    return owner == user || (allowed == file_owners::placed && (owner == 0 || owner == of_directory));
}

/// What came of it: the text, or why there is none.
struct guarded_text {
    std::optional<std::string> text{};
    std::string why{};
    bool absent = false; ///< Whether there is no such file.
    int failure = 0;     ///< An errno, if the system refused it.
};

/// Reads a whole file. Nothing is read of one that is refused.
[[nodiscard]] inline guarded_text read_guarded_file(std::string const& path, file_owners allowed)
{
    auto const failed = [] {
        bool const absent = errno == ENOENT;
        return guarded_text{{}, errno == ELOOP ? "it is a symbolic link" : errno_text(errno), absent, errno};
    };
    auto const slash = path.rfind('/');
    auto const parent = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    owned_fd const directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct ::stat around{};
    // One that may be gone through, but not listed, has an owner all the same.
    if (directory.get() >= 0 ? ::fstat(directory.get(), &around) != 0 : ::stat(parent.c_str(), &around) != 0) {
        return failed();
    }
    auto const name = directory.get() >= 0 && slash != std::string::npos ? path.substr(slash + 1) : path;
    int const at = directory.get() >= 0 ? directory.get() : AT_FDCWD;
    // Non-blocking: a pipe that nobody writes to would keep us waiting.
    owned_fd const file(
        ::openat(at, name.empty() ? "." : name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct ::stat found{};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0) {
        return failed();
    }
    if (!S_ISREG(found.st_mode)) {
        return {{}, "it is not a regular file"};
    }
    if (!is_trusted_owner(allowed, found.st_uid, around.st_uid, ::geteuid())) {
        return {{}, "it belongs to another user"};
    }
    auto text = read_to_end(file.get());
    return text ? guarded_text{std::move(text)} : failed();
}

} // namespace esxi::detail
