// SPDX-License-Identifier: Apache-2.0
// The files of one command, in a private directory for as long as it runs.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <esxi/command.hpp>
#include <esxi/detail/atomic_file.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// Writes them, mode 0600, and removes them when it goes.
class command_files {
public:
    /// The directory is to be nobody else's. Throws `config` for a key that govc would cut, and `unavailable` if a file cannot be
    /// written.
    command_files(command const& c, std::string const& directory) : plain_(c)
    {
        if (c.files.empty()) {
            return;
        }
        named_ = c;
        named_->files.clear();
        try {
            for (auto const& [key, text] : c.files) {
                if (key.empty() || key.find_first_of(std::string("=\0", 2)) != std::string::npos) {
                    throw error(error_kind::config, "a file's key " + in_quotes(key) + " is empty, or has a = or NUL byte in it");
                }
                named_->argv.push_back("-f=" + key + "=" + write(text, directory));
            }
        } catch (...) {
            remove_all();
            throw;
        }
    }
    command_files(command_files const&) = delete;
    command_files& operator=(command_files const&) = delete;
    ~command_files() { remove_all(); }

    /// The command as govc is given it.
    [[nodiscard]] command const& named() const noexcept { return named_ ? *named_ : plain_; }

private:
    [[nodiscard]] std::string const& write(std::string const& text, std::string const& directory)
    {
        static std::atomic<std::uint64_t> count{0};
        auto const path = directory + "/file-" + std::to_string(++count);
        owned_fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (file.get() >= 0) {
            paths_.push_back(path);
        }
        if (file.get() < 0 || !try_write_all(file.get(), text)) {
            throw error(error_kind::unavailable,
                        "cannot write `" + path + "`, which govc is to read: " + std::generic_category().message(errno));
        }
        return paths_.back();
    }

    void remove_all() noexcept
    {
        for (auto const& path : paths_) {
            ::unlink(path.c_str());
        }
    }

    command const& plain_;
    std::optional<command> named_;
    std::vector<std::string> paths_;
};

} // namespace esxi::detail
