// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, gone with it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include <esxi/detail/read_file.hpp>

#include "produced.hpp"

namespace test {

/// A new empty directory.
class directory {
public:
    directory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "esxi-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp " + pattern);
        }
        path_ = pattern;
    }
    directory(directory const&) = delete;
    directory& operator=(directory const&) = delete;
    ~directory()
    {
        keep_files();
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string const& name) const { return (path_ / name).string(); }

private:
    /// Not those that are an OVA or as large as one, nor what a test itself calls `password`, where it puts one.
    void keep_files() const
    {
        constexpr std::uintmax_t largest = 8 << 20;
        std::error_code gone;
        for (std::filesystem::recursive_directory_iterator next(path_, gone), end; !gone && next != end; next.increment(gone)) {
            std::error_code unreadable;
            if (next->is_regular_file(unreadable) && !next->is_symlink(unreadable) && next->file_size(unreadable) <= largest &&
                next->path().extension() != ".ova" && next->path().stem() != "password") {
                keep_produced(next->path().string(), esxi::detail::read_whole_file(next->path().string()).value_or(""));
            }
        }
    }

    std::filesystem::path path_;
};

/// All of a file; empty where it cannot be read.
inline std::string read_file(std::filesystem::path const& path)
{
    return esxi::detail::read_whole_file(path.string()).value_or("");
}

/// Writes a file whole.
inline void write_file(std::filesystem::path const& path, std::string const& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

/// A file that belongs to another user. Only root can give one away; to anybody else root's are others'.
inline std::string foreign_file(std::string const& path, std::string const& text)
{
    if (::geteuid() != 0) {
        return "/etc/passwd";
    }
    write_file(path, text);
    if (::chown(path.c_str(), 65534, 65534) != 0) {
        throw std::runtime_error("chown " + path);
    }
    return path;
}

} // namespace test
