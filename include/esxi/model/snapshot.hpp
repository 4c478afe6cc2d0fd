// SPDX-License-Identifier: Apache-2.0
// What is observed of a VM's snapshots.
#pragma once

#include <string>
#include <vector>

namespace esxi {

/// One snapshot of a VM, with those taken on top of it. Source: `govc snapshot.tree`.
struct snapshot_state {
    std::string moid;        ///< As `12-snapshot-3` on a host, `snapshot-20` in the simulator.
    std::string name;        ///< As people write it; a host stores it with `%2f`, `%5c` and `%25`.
    std::string stored_name; ///< As the host has it: whether it escapes the names of snapshots depends on who took them.
    std::string description; ///< As it was given; may be empty.
    std::string created;     ///< RFC 3339.
    bool current = false;    ///< The VM runs on top of this one.
    std::vector<snapshot_state> children; ///< Those taken on top of it.

    friend bool operator==(snapshot_state const&, snapshot_state const&) = default;
};

} // namespace esxi
