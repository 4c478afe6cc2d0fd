// SPDX-License-Identifier: Apache-2.0
// A directory for our eyes only, gone with its owner; what a killed owner left is removed by the next.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// The directory itself is locked (flock) while it is in use. So that there is never one that is not locked yet, it is made under
/// another name, locked, and renamed. (systemd-tmpfiles leaves a locked directory alone as well.)
class private_directory {
public:
    /// Makes one in `parent`, or, where that is empty, in XDG_RUNTIME_DIR, TMPDIR or /tmp; sweeps there first. Throws `config`.
    explicit private_directory(std::string const& parent = {}) : owner_(::getpid())
    {
        auto const parents = parent.empty() ? usual_parents() : std::vector<std::string>{parent};
        int failure = 0;
        for (auto const& candidate : parents) {
            if (is_usable(candidate)) {
                sweep(candidate);
                if (make(candidate)) {
                    return;
                }
            }
            failure = errno;
        }
        throw error(error_kind::config, "cannot make a private directory in `" + parents.back() + "`: " +
                                            std::system_category().message(failure) + "; set TMPDIR to a directory of your own");
    }
    private_directory(private_directory const&) = delete;
    private_directory& operator=(private_directory const&) = delete;

    /// Removes it with all that is in it; not in a child process that inherited this object by fork.
    ~private_directory()
    {
        if (owned_by_this_process()) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }

    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    [[nodiscard]] bool owned_by_this_process() const noexcept { return owner_ == ::getpid(); }

    /// Makes a directory in it, and returns its path. Throws `config`.
    [[nodiscard]] std::string make_subdirectory(std::string const& name, ::mode_t mode = 0700) const
    {
        auto path = path_ + "/" + name;
        if (::mkdir(path.c_str(), mode) != 0) {
            throw error(error_kind::config, "cannot make `" + path + "`: " + std::system_category().message(errno));
        }
        return path;
    }

    /// Removes the directories of this user in `parent` whose owner is gone. What cannot be removed is left.
    static void sweep(std::string const& parent) noexcept
    {
        try {
            std::error_code failed;
            for (std::filesystem::directory_iterator next(parent, failed), end; !failed && next != end; next.increment(failed)) {
                auto const name = next->path().filename().string();
                if (name.starts_with(prefix()) || name.starts_with(unfinished)) {
                    sweep_one(next->path());
                }
            }
        } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; another time
        }
    }

private:
    /// What it is called until it is locked. One of those that is swept by another process in that moment is made once more.
    static constexpr std::string_view unfinished = ".esxi-new-";
    [[nodiscard]] static std::string prefix() { return "esxi-" + std::to_string(::geteuid()) + "-"; }

    [[nodiscard]] static std::vector<std::string> usual_parents()
    {
        std::vector<std::string> parents;
        for (char const* name : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
            if (char const* value = std::getenv(name); value != nullptr && *value == '/') {
                parents.emplace_back(value);
            }
        }
        parents.emplace_back("/tmp");
        return parents;
    }

    /// Absolute, without a colon (govc takes its files for a list of them), and not one where somebody else may rename what is ours:
    /// its owner, but root, or anybody.
    [[nodiscard]] static bool is_usable(std::string const& parent)
    {
        struct ::stat at{};
        if (::stat(parent.c_str(), &at) != 0) {
            return false;
        }
        errno = S_ISDIR(at.st_mode) ? EPERM : ENOTDIR;
        return S_ISDIR(at.st_mode) && parent.starts_with('/') && parent.find(':') == std::string::npos &&
               (at.st_uid == ::geteuid() || at.st_uid == 0) && ((at.st_mode & S_IWOTH) == 0 || (at.st_mode & S_ISVTX) != 0);
    }

    [[nodiscard]] static owned_fd open_directory(std::string const& path)
    {
        return owned_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }

    [[nodiscard]] bool make(std::string const& parent)
    {
        for (int attempt = 0; attempt < 8; ++attempt) {
            auto made = parent + "/" + std::string(unfinished) + "XXXXXX";
            if (::mkdtemp(made.data()) == nullptr) {
                return false;
            }
            auto lock = open_directory(made);
            auto path = parent + "/" + prefix() + made.substr(made.size() - 6);
            if (lock.get() >= 0 && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && ::rename(made.c_str(), path.c_str()) == 0) {
                path_ = std::move(path);
                lock_ = std::move(lock);
                return true;
            }
            int const failure = errno;
            ::rmdir(made.c_str());
            errno = failure;
        }
        return false;
    }

    static void sweep_one(std::filesystem::path const& path)
    {
        auto const directory = open_directory(path.string());
        struct ::stat locked{};
        struct ::stat named{};
        // The name may stand for another directory by the time the lock is ours.
        if (directory.get() >= 0 && ::fstat(directory.get(), &locked) == 0 && locked.st_uid == ::geteuid() &&
            ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0 && ::lstat(path.c_str(), &named) == 0 &&
            named.st_dev == locked.st_dev && named.st_ino == locked.st_ino) {
            std::error_code ignored;
            std::filesystem::remove_all(path, ignored);
        }
    }

    pid_t owner_;
    std::string path_;
    owned_fd lock_;
};

} // namespace esxi::detail
