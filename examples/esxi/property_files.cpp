// SPDX-License-Identifier: Apache-2.0
#include "property_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace tool {

namespace {

/// The file's text: a byte order mark at its start and line ends at its end are an editor's, and not part of it. May be a pipe.
std::string read_value(std::string const& key, std::string const& path)
{
    auto const refuse = [&](std::string const& why) {
        throw esxi::error(esxi::error_kind::config, "cannot read " + esxi::in_quotes(path) + ", the file of --property-file " +
                                                        esxi::printable(key) + ": " + why);
    };
    esxi::detail::owned_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) {
        refuse(std::generic_category().message(errno));
    }
    constexpr std::size_t longest = std::size_t{64} << 10; // what never ends is no value
    std::string text;
    for (char buffer[4096];;) {
        auto const got = ::read(file.get(), buffer, sizeof buffer);
        if (got > 0) {
            text.append(buffer, static_cast<std::size_t>(got));
        } else if (got == 0) {
            break;
        } else if (errno != EINTR) {
            refuse(std::generic_category().message(errno));
        }
        if (text.size() > longest) {
            refuse("it is longer than " + std::to_string(longest) + " bytes, all that a guest can read");
        }
    }
    constexpr std::string_view mark = "\xef\xbb\xbf";
    text.erase(0, text.starts_with(mark) ? mark.size() : 0);
    text.erase(text.find_last_not_of("\r\n") + 1);
    return text;
}

} // namespace

settings with_property_files(settings s)
{
    for (auto const& pair : s.property_files) {
        auto const at = pair.find('=');
        if (at == std::string::npos || at == 0) {
            throw esxi::error(esxi::error_kind::config, "--property-file is given something that is not of the form KEY=FILE");
        }
        auto const beginning = pair.substr(0, at + 1);
        if (std::any_of(s.ovf_properties.begin(), s.ovf_properties.end(),
                        [&beginning](std::string const& given) { return given.starts_with(beginning); })) {
            throw esxi::error(esxi::error_kind::config, "the OVF property " + esxi::in_quotes(pair.substr(0, at)) +
                                                            " is given twice; give it by --property or by --property-file, once");
        }
        s.ovf_properties.push_back(beginning + read_value(pair.substr(0, at), pair.substr(at + 1)));
    }
    return s;
}

} // namespace tool
