// SPDX-License-Identifier: Apache-2.0
// Tells the commands that only read from those that may change a host.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include <esxi/command.hpp>

namespace esxi::govc {

/// Whether the command may change something on the host. One that is not known to only read may, whatever its arguments; so a plain
/// question like `vm.power -h` counts as a change, and no change counts as a question.
[[nodiscard]] inline bool changes_host(command const& c)
{
    constexpr auto reads = std::to_array<std::string_view>({
        "about",       "about.cert",     "collect",       "datastore.info", "datastore.ls", "datastore.tail",
        "device.info", "device.ls",      "events",        "find",           "host.info",    "import.spec",
        "ls",          "object.collect", "session.ls",    "tasks",          "tree",         "version",
        "vm.info",     "vm.ip",          "snapshot.tree",
    });
    return c.argv.empty() || std::find(reads.begin(), reads.end(), c.argv.front()) == reads.end();
}

} // namespace esxi::govc
