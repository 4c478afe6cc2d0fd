// SPDX-License-Identifier: Apache-2.0
// Makes an OVA out of a descriptor: each of its files is small, and of the size that the descriptor then says.
#pragma once

#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

#include "support/package.hpp"

namespace test {

/// Writes an OVA with this descriptor and the files that it names; a file that it names by a URL is left out.
inline void write_small_ova(std::string const& path, std::string const& descriptor)
{
    static std::regex const file_element(R"(<(?:[\w.-]+:)?File\b[^>]*>)");
    static std::regex const href(R"re((\bhref\s*=\s*["'])([^"']*))re");
    static std::regex const size(R"re((\bsize\s*=\s*["'])[^"']*)re");
    std::set<std::string> names;
    std::string rewritten, members;
    auto rest = descriptor.cbegin();
    for (std::sregex_iterator next(rest, descriptor.cend(), file_element), end; next != end; ++next) {
        auto element = next->str();
        if (std::smatch named; std::regex_search(element, named, href) && named.str(2).find("://") == std::string::npos) {
            auto const name = named.str(2).substr(named.str(2).rfind('/') + 1);
            auto const content = name.ends_with(".vmdk") ? stream_optimised() : std::string(512, '\0');
            element = std::regex_replace(element, size, "$01" + std::to_string(content.size()));
            element = std::regex_replace(element, href, "$01" + name);
            if (!name.empty() && names.insert(name).second) {
                members += tar_member(name, content);
            }
        }
        rewritten.append(rest, next->prefix().second).append(element);
        rest = next->suffix().first;
    }
    std::ofstream out(path, std::ios::binary);
    out << tar_member("package.ovf", rewritten.append(rest, descriptor.cend())) << members << tar_end;
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

} // namespace test
