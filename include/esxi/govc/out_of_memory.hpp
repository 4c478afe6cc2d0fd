// SPDX-License-Identifier: Apache-2.0
// Whether a govc ended because it needed more memory than it may have.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <esxi/command.hpp>

namespace esxi::govc {

/// What a govc says if it took as much memory as it may: that line, or, of a crash that means the same, words for it; empty if it says
/// nothing of the kind. Go's runtime ends with 2 then.
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
    // Go 1.26's garbage collector does not look whether it was given the memory for its queue of spans, and reads from address 0.
    if (result.exit_code == 2 && result.err.find("SIGSEGV: segmentation violation") != std::string::npos &&
        result.err.find("runtime.(*spanQueue)") != std::string::npos) {
        return "its garbage collector ran out of memory (SIGSEGV in runtime.spanQueue)";
    }
    return {};
}

} // namespace esxi::govc
