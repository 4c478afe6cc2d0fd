// SPDX-License-Identifier: Apache-2.0
// Small shell scripts that stand where a program stands: for the mechanics of processes alone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "directory.hpp"
#include "eventually.hpp"

namespace test {

/// Writes an executable script, and returns its path.
inline std::string script(directory const& where, std::string const& name, std::string const& body)
{
    auto const path = where / name;
    // Under another name first: a file that is open for writing anywhere cannot be executed.
    write_file(path + ".new", "#!/bin/sh\n" + body);
    ::chmod((path + ".new").c_str(), 0755);
    std::filesystem::rename(path + ".new", path);
    return path;
}

/// How many descriptors this process has open.
inline std::ptrdiff_t open_descriptors()
{
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// Whether there is such a process, which has not ended.
inline bool is_alive(pid_t pid)
{
    auto const stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    auto const state = stat.rfind(") ");
    return state != std::string::npos && stat[state + 2] != 'Z' && stat[state + 2] != 'X';
}

} // namespace test
