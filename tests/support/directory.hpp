// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <esxi/detail/read_file.hpp>

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
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string const& name) const { return (path_ / name).string(); }

private:
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

} // namespace test
