// SPDX-License-Identifier: Apache-2.0
// Which process this is, whether another one still lives, and tokens that nobody can guess.
#pragma once

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

#include <unistd.h>

#include <esxi/concepts/context.hpp>
#include <esxi/detail/hash.hpp>
#include <esxi/detail/random.hpp>
#include <esxi/detail/read_file.hpp>

namespace esxi::detail {

/// Empty if there is no such file. Throws `unavailable` if no descriptor is left.
[[nodiscard]] inline std::string first_line(std::string const& path)
{
    auto const text = read_whole_file(path).value_or("");
    return text.substr(0, text.find('\n'));
}

/// Tells one life of a pid from another, across reboots too: made of the boot's id and the start time; 0 where there is no such process.
[[nodiscard]] inline std::int64_t process_started(std::int64_t pid)
{
    // /proc/PID/stat: the name in parentheses may hold anything; the start time is the 20th field after it.
    auto const stat = first_line("/proc/" + std::to_string(pid) + "/stat");
    auto const after_name = stat.rfind(')');
    if (after_name == std::string::npos) {
        return 0;
    }
    std::istringstream fields(stat.substr(after_name + 1));
    std::string field;
    for (int i = 0; i < 20; ++i) {
        fields >> field;
        if (i == 0 && (field == "Z" || field == "X")) {
            return 0; // dead, though its parent has not noticed
        }
    }
    auto const hash = fnv1a(first_line("/proc/sys/kernel/random/boot_id") + ":" + field);
    return static_cast<std::int64_t>(hash >> 1) | 1;
}

/// This machine, as far as pids go. Containers of one image share its id, and those of one machine its kernel, but not the name and
/// the space of their pids.
[[nodiscard]] inline std::string machine_identity()
{
    auto id = first_line("/etc/machine-id");
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) == 0) {
        id += std::string("/") + name;
    }
    char space[64] = {};
    if (::readlink("/proc/self/ns/pid", space, sizeof space - 1) > 0) {
        id += std::string("/") + space;
    }
    return id;
}

/// The calling process.
[[nodiscard]] inline process_identity this_process()
{
    auto const pid = static_cast<std::int64_t>(::getpid());
    return {machine_identity(), pid, process_started(pid)};
}

/// Whether that process, of this machine, still lives.
[[nodiscard]] inline bool process_is_running(process_identity const& process)
{
    return process.pid > 0 && process.started != 0 && process_started(process.pid) == process.started;
}

/// 32 hex digits from the kernel's random source.
[[nodiscard]] inline std::string random_hex_digits()
{
    unsigned char bytes[16];
    if (!fill_with_random(bytes, sizeof bytes)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    std::string digits;
    for (unsigned char byte : bytes) {
        digits += "0123456789abcdef"[byte >> 4];
        digits += "0123456789abcdef"[byte & 15];
    }
    return digits;
}

} // namespace esxi::detail
