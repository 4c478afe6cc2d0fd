// SPDX-License-Identifier: Apache-2.0
// Which govc to run: the first that is named or found, of four places.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <esxi/error.hpp>

namespace esxi::detail {

/// Where to look, beside PATH; filled from the surroundings of this program by `govc_places_of`.
struct govc_places {
    std::string option;     ///< What the caller named.
    std::string variable;   ///< The value of ESXI_GOVC.
    std::string beside;     ///< The path of a govc beside the program.
    std::string path;       ///< The value of PATH.
};

[[nodiscard]] inline govc_places govc_places_of(std::string const& option)
{
    auto const variable = [](char const* name) {
        char const* value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
    };
    std::error_code unknown;
    auto const program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return {option, variable("ESXI_GOVC"), unknown ? std::string() : (program.parent_path() / "govc").string(), variable("PATH")};
}

/// Whether there is a file that this process may execute; `found` tells where there is one at all.
[[nodiscard]] inline bool is_executable_file(std::string const& path, std::optional<struct ::stat>& found)
{
    struct ::stat at{};
    found.reset();
    if (::stat(path.c_str(), &at) != 0 || S_ISDIR(at.st_mode)) {
        return false;
    }
    found = at;
    return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

/// Returns the path if it can be executed, and throws `config` if not. One of our own is made executable where `mend` says so.
[[nodiscard]] inline std::string require_executable(std::string const& named, std::string_view where, bool mend)
{
    std::error_code failed;
    auto const absolute = std::filesystem::absolute(named, failed).string();
    auto const& path = failed ? named : absolute;
    std::optional<struct ::stat> found;
    if (is_executable_file(path, found)) {
        return path;
    }
    auto const refuse = [&](std::string const& why) {
        return error(error_kind::config, "govc: `" + path + "`, from " + std::string(where) + ", " + why);
    };
    if (!found) {
        bool const directory = std::filesystem::is_directory(path, failed);
        throw refuse(directory ? "is a directory; name the program in it" : "is not there; name a govc that is");
    }
    bool const ours = found->st_uid == ::geteuid() && S_ISREG(found->st_mode);
    if (mend && ours && ::chmod(path.c_str(), (found->st_mode & 07777) | S_IXUSR) == 0 && is_executable_file(path, found)) {
        return path;
    }
    throw refuse("cannot be executed; run `chmod u+x` on it, or name another");
}

/// The absolute path of the govc to run. A place that is named (the option, ESXI_GOVC) is not passed over for another one.
/// Throws `config`, saying where it looked and what to do.
[[nodiscard]] inline std::string find_govc(govc_places const& places)
{
    if (!places.option.empty()) {
        return require_executable(places.option, "the option", false);
    }
    if (!places.variable.empty()) {
        return require_executable(places.variable, "ESXI_GOVC", false);
    }
    std::optional<struct ::stat> found;
    if (!places.beside.empty() && (is_executable_file(places.beside, found) || found)) {
        return require_executable(places.beside, "beside the program", true);
    }
    std::string unusable;
    std::string_view rest = places.path;
    while (!rest.empty()) {
        auto const directory = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
        if (!directory.starts_with('/')) {
            continue; // what PATH means by the working directory is not a place to take a program from
        }
        auto const candidate = std::string(directory) + "/govc";
        if (is_executable_file(candidate, found)) {
            return candidate;
        }
        if (found && unusable.empty()) {
            unusable = candidate;
        }
    }
    if (!unusable.empty()) {
        return require_executable(unusable, "PATH", false);
    }
    throw error(error_kind::config,
                "no govc was found: none is named by the option or by ESXI_GOVC, and there is none beside the program" +
                    (places.beside.empty() ? "" : " (`" + places.beside + "`)") + " or on PATH; install govc, or name one");
}

} // namespace esxi::detail
