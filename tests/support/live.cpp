// SPDX-License-Identifier: Apache-2.0
// The one translation unit of the tests that compiles the transports over the real govc for them.
#include "live.hpp"

#include <cctype>
#include <filesystem>
#include <functional>
#include <memory>
#include <system_error>

#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>

namespace test {

esxi::any_transport real_govc(std::string const& path, unsigned commands_at_once)
{
    if (wanted_transport() == "served") {
        esxi::served_options options;
        options.govc = path;
        options.commands_at_once = commands_at_once;
        return esxi::any_transport(std::make_unique<esxi::served_transport>(options));
    }
    esxi::subprocess_options options;
    options.govc = path;
    options.commands_at_once = commands_at_once;
    return esxi::any_transport(std::make_unique<esxi::subprocess_transport>(options));
}

namespace {

/// How many processes there are of which this is true, given their directory in /proc.
int processes_that(std::function<bool(std::filesystem::path const&)> const& is_one)
{
    int count = 0;
    std::error_code gone;
    for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
        auto const name = entry.path().filename().string();
        if (std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
            count += is_one(entry.path()) ? 1 : 0;
        }
    }
    return count;
}

} // namespace

int processes_with(std::string const& text)
{
    return processes_that([&](auto const& process) { return read_file(process / "cmdline").find(text) != std::string::npos; });
}

int processes_of(std::string const& program)
{
    return processes_that([&](auto const& process) {
        std::error_code gone;
        return std::filesystem::read_symlink(process / "exe", gone) == program;
    });
}

int govcs_of(simulator const& host)
{
    return processes_that(
        [&](auto const& process) { return read_file(process / "environ").find("GOVC_URL=" + host.host()) != std::string::npos; });
}

} // namespace test
