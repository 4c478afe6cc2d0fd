// SPDX-License-Identifier: Apache-2.0
// Whether a govc ended because it needed more memory than it may have.
#pragma once

#include <algorithm>
#include <string_view>

#include <esxi/command.hpp>

namespace esxi::govc {

/// The line in which a govc says that it took as much memory as it may; empty if it does not say so. Go's runtime ends with 2 then.
[[nodiscard]] inline std::string_view out_of_memory(output const& result)
{
    std::string_view rest = result.exit_code == 2 ? std::string_view(result.err) : std::string_view();
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        bool const is_fatal = line.starts_with("fatal error: ") || line.starts_with("runtime: ");
        if (is_fatal && (line.find("out of memory") != line.npos || line.find("cannot allocate memory") != line.npos)) {
            return line;
        }
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return {};
}

} // namespace esxi::govc
