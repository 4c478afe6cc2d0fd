// SPDX-License-Identifier: Apache-2.0
// The one translation unit of the tests that compiles the subprocess for them.
#include "live.hpp"

#include <cctype>
#include <filesystem>
#include <memory>
#include <system_error>

#include <esxi/transport/subprocess.hpp>

namespace test {

namespace {

/// How many processes have this text in that file of theirs.
int count_processes(char const* file, std::string const& text)
{
    int count = 0;
    std::error_code gone;
    for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
        auto const name = entry.path().filename().string();
        if (std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
            count += read_file(entry.path() / file).find(text) != std::string::npos ? 1 : 0;
        }
    }
    return count;
}

} // namespace

esxi::any_transport real_govc(std::string const& path, unsigned commands_at_once)
{
    esxi::subprocess_options options;
    options.govc = path;
    options.commands_at_once = commands_at_once;
    return esxi::any_transport(std::make_unique<esxi::subprocess_transport>(options));
}

int processes_with(std::string const& text)
{
    return count_processes("cmdline", text);
}

int govcs_of(simulator const& host)
{
    return count_processes("environ", "GOVC_URL=" + host.host());
}

} // namespace test
