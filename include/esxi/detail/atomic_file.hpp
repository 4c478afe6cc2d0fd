// SPDX-License-Identifier: Apache-2.0
// Replaces a file as a whole, for its owner's eyes only: a reader sees the old content or the new, also after a crash.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/hash.hpp>
#include <esxi/detail/random.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// A file descriptor that is closed when it goes out of scope.
class owned_fd {
public:
    explicit owned_fd(int fd = -1) noexcept : fd_(fd) {}
    owned_fd(owned_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    owned_fd& operator=(owned_fd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~owned_fd()
    {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

[[noreturn]] inline void refuse_to_write(std::string const& path, std::string const& why)
{
    throw error(error_kind::config, "cannot write `" + path + "`: " + why);
}

[[noreturn]] inline void throw_errno_of_write(std::string const& path)
{
    throw error(errno_kind(errno), "cannot write `" + path + "`: " + errno_text(errno));
}

/// Refuses a target that is something else than a file of our own: what stands behind a link is not ours to judge.
inline void check_target(int directory, std::string const& name, std::string const& path)
{
    struct ::stat found{};
    if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return;
        }
        throw_errno_of_write(path);
    }
    if (S_ISLNK(found.st_mode)) {
        refuse_to_write(path, "it is a symbolic link");
    }
    if (!S_ISREG(found.st_mode)) {
        refuse_to_write(path, "it is not a regular file");
    }
    if (found.st_uid != ::geteuid()) {
        refuse_to_write(path, "it belongs to another user");
    }
}

/// Whether all of it was written; else errno says why not.
[[nodiscard]] inline bool try_write_all(int fd, std::string_view content)
{
    while (!content.empty()) {
        auto const written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        content.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

inline void write_all(int fd, std::string_view content, std::string const& path)
{
    if (!try_write_all(fd, content)) {
        throw_errno_of_write(path);
    }
}

/// What a file is called until it is whole: this, and a number. It tells for which file it is, however long that one's name.
[[nodiscard]] inline std::string temporary_prefix(std::string const& name)
{
    return ".esxi-new-" + std::to_string(fnv1a(name)) + "-";
}

/// Removes what killed writers of a file left beside it. Only for somebody who keeps other writers of it away meanwhile.
inline void sweep_temporary_files(std::filesystem::path const& of) noexcept
{
    try {
        auto const prefix = temporary_prefix(of.filename().string());
        std::error_code failed;
        auto const directory = of.has_parent_path() ? of.parent_path() : std::filesystem::path(".");
        for (std::filesystem::directory_iterator next(directory, failed), end; !failed && next != end; next.increment(failed)) {
            struct ::stat found{};
            if (next->path().filename().string().starts_with(prefix) && ::lstat(next->path().c_str(), &found) == 0 &&
                S_ISREG(found.st_mode) && found.st_uid == ::geteuid()) {
                ::unlink(next->path().c_str());
            }
        }
    } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; another time
    }
}

/// Where a file is to be written: its directory, open, and its name there.
struct file_target {
    owned_fd directory;
    std::string name;
};

/// Refuses a symbolic link, anything that is not a regular file, another user's file, and a directory that is not there.
[[nodiscard]] inline file_target open_target(std::string const& path)
{
    auto const slash = path.rfind('/');
    auto name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") {
        refuse_to_write(path, "it names no file");
    }
    auto const parent = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    owned_fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0) {
        throw_errno_of_write(path);
    }
    check_target(directory.get(), name, path);
    return {std::move(directory), std::move(name)};
}

/// Throws `config` where `write_private_file` would: for those who would rather know it before the work is done.
inline void check_private_file(std::string const& path)
{
    auto const target = open_target(path);
    if (::faccessat(target.directory.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        throw_errno_of_write(path);
    }
}

/// Writes the content to a file of mode 0600 and puts that in the place of `path`, as one step. Refuses what `open_target` does.
/// Throws `config`; what was at `path` then still is.
inline void write_private_file(std::string const& path, std::string_view content)
{
    auto const [directory, name] = open_target(path);
    unsigned long long number = 0;
    if (!fill_with_random(&number, sizeof number)) {
        throw_errno_of_write(path);
    }
    auto const temporary = temporary_prefix(name) + std::to_string(number);
    owned_fd file(::openat(directory.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        throw_errno_of_write(path);
    }
    try {
        write_all(file.get(), content, path);
        // The mode again, for a umask that took from it; the content must be on disk before the name says so.
        if (::fchmod(file.get(), 0600) != 0 || ::fsync(file.get()) != 0 ||
            ::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0) {
            throw_errno_of_write(path);
        }
    } catch (...) {
        ::unlinkat(directory.get(), temporary.c_str(), 0);
        throw;
    }
    // The rename itself outlives a crash only so. Some file systems cannot do it, and the file is in place either way.
    static_cast<void>(::fsync(directory.get()));
}

} // namespace esxi::detail
