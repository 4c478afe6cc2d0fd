// SPDX-License-Identifier: Apache-2.0
// What is observed of a VM's snapshots.
#pragma once

#include <string>
#include <vector>

namespace esxi {

/// One snapshot of a VM, with those taken on top of it. Source: vSphere API type
/// `VirtualMachineSnapshotTree`.
struct snapshot_state {
    std::string moid;        ///< As `12-snapshot-3` on a host, `snapshot-20` in the simulator.
    std::string name;        ///< As people write it: `/`, where the host has `%2f` or `%252f`.
    std::string stored_name; ///< As the host has it. Whether it is escaped, and how often, depends on the client that took it.
    std::string description; ///< As it was given; may be empty.
    std::string created;     ///< RFC 3339.
    bool current = false;    ///< The VM runs on top of this one.
    std::vector<snapshot_state> children; ///< Those taken on top of it.

    friend bool operator==(snapshot_state const&, snapshot_state const&) = default;
};

} // namespace esxi
