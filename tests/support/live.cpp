// SPDX-License-Identifier: Apache-2.0
// The one translation unit of the tests that compiles the subprocess for them.
#include "live.hpp"

#include <cctype>
#include <filesystem>
#include <memory>
#include <system_error>

#include <esxi/transport/subprocess.hpp>

namespace test {

esxi::any_transport real_govc(std::string const& path)
{
    esxi::subprocess_options options;
    options.govc = path;
    return esxi::any_transport(std::make_unique<esxi::subprocess_transport>(options));
}

int processes_with(std::string const& text)
{
    int count = 0;
    std::error_code gone;
    for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
        auto const name = entry.path().filename().string();
        if (std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
            count += read_file(entry.path() / "cmdline").find(text) != std::string::npos ? 1 : 0;
        }
    }
    return count;
}

} // namespace test
