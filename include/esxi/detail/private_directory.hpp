// SPDX-License-Identifier: Apache-2.0
// A directory for our eyes only, gone with its owner; what a killed owner left is removed by the next.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
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
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/read_file.hpp>
#include <esxi/detail/safe_path.hpp>
#include <esxi/detail/unforked_fd.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// It is called `esxi-UID-XXXXXX`, and locked (flock) while it is in use; systemd-tmpfiles leaves a locked directory alone as well.
/// Once it is locked, and before anything else, a file with a known content is made in it: by that mark a sweep knows it as ours.
class private_directory {
public:
    /// Is told what a person may want to know.
    using note_sink = std::function<void(std::string_view)>;

    /// Makes one in `parent`, or, if that is empty, in XDG_RUNTIME_DIR, TMPDIR or /tmp; sweeps there first. A place where others could
    /// rename it is passed over. Throws `config`, and `unavailable` if no descriptor is left.
    explicit private_directory(std::string const& parent = {}, note_sink const& note = ignore_note) : owner_(::getpid())
    {
        bool kind_is_config = true;
        std::string refusals;
        for (auto const& place : parent.empty() ? usual_parents() : std::vector<std::string>{parent}) {
            auto const made = make_in(place, note);
            if (made.why.empty()) {
                return;
            }
            kind_is_config = kind_is_config && !is_shortage(made.failure);
            refusals += (refusals.empty() ? "in `" : "; nor in `") + place + "`: " + made.why;
            note("no private directory is made in `" + place + "`: " + made.why);
        }
        throw error(kind_is_config ? error_kind::config : error_kind::unavailable,
                    "cannot make a private directory " + refusals +
                        "; set TMPDIR to a directory of your own, below none that others may write to");
    }
    private_directory(private_directory const&) = delete;
    private_directory& operator=(private_directory const&) = delete;

    /// Removes it with all that is in it; not in a child process that inherited this object by fork.
    ~private_directory()
    {
        if (owned_by_this_process()) {
            remove(path_);
        }
    }

    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    [[nodiscard]] bool owned_by_this_process() const noexcept { return owner_ == ::getpid(); }

    /// Makes a directory in it, and returns its path. Throws `config`, or `unavailable`.
    [[nodiscard]] std::string make_subdirectory(std::string const& name, ::mode_t mode = 0700) const
    {
        auto path = path_ + "/" + name;
        if (::mkdir(path.c_str(), 0700) != 0 || ::chmod(path.c_str(), mode) != 0) { // whatever the umask is
            throw error(errno_kind(errno), "cannot make `" + path + "`: " + errno_text(errno));
        }
        return path;
    }

    /// Removes the private directories of this user in `parent` whose owner is gone. What only looks like one stays, and `note` is
    /// told of it.
    static void sweep(std::string const& parent, note_sink const& note = ignore_note) noexcept
    {
        try {
            std::error_code failed;
            for (std::filesystem::directory_iterator next(parent, failed), end; !failed && next != end; next.increment(failed)) {
                std::error_code unknown;
                if (next->path().filename().string().starts_with(prefix()) &&
                    next->symlink_status(unknown).type() == std::filesystem::file_type::directory) {
                    sweep_one(next->path(), note);
                }
            }
        } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; another time
        }
    }

private:
    static constexpr char const* mark_name = "esxi-private-directory";
    static constexpr std::string_view mark_text = "esxi removes this directory once no process has it locked.\n";
    static void ignore_note(std::string_view) {}
    static constexpr std::size_t random_characters = 6; // as mkdtemp puts them
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

    // ---- Making one ------------------------------------------------------------------------------------------------------

    struct refusal {
        std::string why{}; ///< Empty: it is made.
        int failure = 0;
    };

    [[nodiscard]] refusal make_in(std::string const& place, note_sink const& note)
    {
        if (!place.starts_with('/')) {
            return {"it is not absolute"};
        }
        auto const parent = check_directory(place);
        if (!parent.why.empty()) {
            return {parent.why, parent.failure};
        }
        if (parent.path.find(':') != std::string::npos) {
            return {"a colon is in its path, which govc takes for the end of a file's name"};
        }
        sweep(parent.path, note);
        int const failure = make(parent.path);
        return failure == 0 ? refusal{} : refusal{errno_text(failure), failure};
    }

    /// Returns what went wrong as an errno.
    [[nodiscard]] int make(std::string const& parent)
    {
        auto made = parent + "/" + prefix() + std::string(random_characters, 'X');
        if (::mkdtemp(made.data()) == nullptr) {
            return errno;
        }
        // The mode again: for a umask that took from it, and a parent that hands its group down.
        if (::chmod(made.c_str(), 0700) == 0) {
            lock_ = unforked_fd([&made] { return open_directory(made.c_str()); });
        }
        // Waits: a sweep may have it locked for a moment, until it does not find the mark.
        if (lock_.get() >= 0 && ::flock(lock_.get(), LOCK_EX) == 0 && put_mark(lock_.get())) {
            path_ = std::move(made);
            return 0;
        }
        int const failure = errno;
        remove(made);
        return failure;
    }

    [[nodiscard]] static int open_directory(char const* path)
    {
        return ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }

    [[nodiscard]] static bool put_mark(int directory)
    {
        owned_fd const mark(::openat(directory, mark_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        return mark.get() >= 0 &&
               ::write(mark.get(), mark_text.data(), mark_text.size()) == static_cast<::ssize_t>(mark_text.size());
    }

    // ---- Removing them -----------------------------------------------------------------------------------------------------

    static void sweep_one(std::filesystem::path const& path, note_sink const& note)
    {
        owned_fd const directory(open_directory(path.c_str()));
        struct ::stat found{};
        auto why = why_not_like_ours(path.filename().string(), directory.get(), found);
        if (why.empty()) {
            struct ::stat named{};
            // The name may stand for another directory by the time the lock is ours.
            if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0 || ::lstat(path.c_str(), &named) != 0 ||
                named.st_dev != found.st_dev || named.st_ino != found.st_ino) {
                return;
            }
            why = has_mark(directory.get()) ? "" : "the mark of esxi is not in it";
        }
        if (why.empty()) {
            remove(path);
        } else {
            note("`" + path.string() + "` is called like a private directory of esxi, and is not removed: " + why);
        }
    }

    [[nodiscard]] static std::string why_not_like_ours(std::string const& name, int directory, struct ::stat& found)
    {
        auto const random = std::string_view(name).substr(prefix().size());
        bool const as_mkdtemp = random.size() == random_characters && std::all_of(random.begin(), random.end(), [](char c) {
                                    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                                });
        if (!as_mkdtemp) {
            return "its name has another form";
        }
        if (directory < 0 || ::fstat(directory, &found) != 0) {
            return errno_text(errno);
        }
        if (found.st_uid != ::geteuid()) {
            return "it belongs to another user";
        }
        return (found.st_mode & 07777u) == 0700u ? "" : "its mode is not 0700";
    }

    [[nodiscard]] static bool has_mark(int directory)
    {
        owned_fd const mark(::openat(directory, mark_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct ::stat found{};
        return mark.get() >= 0 && ::fstat(mark.get(), &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == ::geteuid() &&
               found.st_size == static_cast<::off_t>(mark_text.size()) && read_to_end(mark.get()) == mark_text;
    }

    /// The mark last: a removal that is killed is made good by a sweep.
    static void remove(std::filesystem::path const& path) noexcept
    {
        try {
            std::error_code failed;
            for (std::filesystem::directory_iterator next(path, failed), end; !failed && next != end; next.increment(failed)) {
                if (next->path().filename() != mark_name) {
                    std::error_code stays;
                    std::filesystem::remove_all(next->path(), stays);
                    if (stays) {
                        return;
                    }
                }
            }
            ::unlink((path / mark_name).c_str());
            ::rmdir(path.c_str());
        } catch (...) { // NOLINT(bugprone-empty-catch): a sweep, another time
        }
    }

    pid_t owner_;
    std::string path_;
    unforked_fd lock_;
};

} // namespace esxi::detail
