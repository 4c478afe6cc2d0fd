// SPDX-License-Identifier: Apache-2.0
// What is observed of a VM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <esxi/model/snapshot.hpp>

namespace esxi {

/// What a host knows of one VM. Empty text, zero and unset mean that the host did not say: an inaccessible VM has no config.
/// Source: vSphere API type `VirtualMachine`.
struct vm_state {
    std::string moid;             ///< `140` on a host, `vm-12` in the simulator.
    std::string name;             ///< As people write it; a host stores it with `%2f`, `%5c` and `%25`.
    std::string instance_uuid;    ///< Made by the host, and the VM's own for its life: `config.instanceUuid`.
    std::string power_state;      ///< `poweredOn`, `poweredOff` or `suspended`.
    std::string connection_state; ///< `connected`, `inaccessible`, `invalid`, ...
    std::string ip;               ///< The first of `addresses` that others can reach, else the first; may be empty.
    std::vector<std::string> addresses; ///< Those of the VM's own cards, the one that the guest names first before all others.
    std::string guest_id;         ///< As `debian11_64Guest`.
    std::string annotation;       ///< The VM's notes.
    std::string imported_by;      ///< The owner that our import marked it with; empty: none, or the mark is another VM's.
    std::optional<std::int64_t> cpu;       ///< Virtual CPUs.
    std::optional<std::int64_t> memory_mb; ///< Memory, in MB.
    bool is_template = false;     ///< It cannot be powered on; others are made of it, by a vCenter.
    bool cpu_hot_add = false;     ///< A running VM can be given more CPUs.
    bool memory_hot_add = false;  ///< A running VM can be given more memory.
    bool was_powered_on = false;  ///< The host has run it at some time.
    std::string question;         ///< The text of a question that the VM waits for an answer to.
    std::vector<snapshot_state>
        snapshots{}; ///< Those that were taken first, each with those on top of it. A list of VMs has none.

    friend bool operator==(vm_state const&, vm_state const&) = default;
};

/// Where a running import stands, from one line of its output.
struct import_progress {
    std::string what;   ///< As `Uploading disk1.vmdk`.
    int percent = 0;    ///< 0 to 100.
    std::string detail; ///< As `250.8MiB/s`.

    friend bool operator==(import_progress const&, import_progress const&) = default;
};

} // namespace esxi
