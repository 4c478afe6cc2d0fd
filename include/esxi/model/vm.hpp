// SPDX-License-Identifier: Apache-2.0
// What is observed of a VM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace esxi {

/// What a host knows of one VM. Empty text, zero and unset mean that the host did not say: an inaccessible VM has no config.
/// Source: vSphere API type `VirtualMachine`.
struct vm_state {
    std::string moid;             ///< `140` on a host, `vm-12` in the simulator.
    std::string name;             ///< As people write it: `/`, `\` and `%` unescaped.
    std::string instance_uuid;
    std::string power_state;      ///< `poweredOn`, `poweredOff` or `suspended`.
    std::string connection_state; ///< `connected`, `inaccessible`, `invalid`, ...
    std::string ip;               ///< What the guest reports first; may be link-local, may be absent.
    std::vector<std::string> addresses; ///< Every address that the guest reports, `ip` first.
    std::string guest_id;
    std::string annotation;
    std::optional<std::int64_t> cpu;
    std::optional<std::int64_t> memory_mb;
    bool cpu_hot_add = false;     ///< A running VM can be given more CPUs.
    bool memory_hot_add = false;  ///< A running VM can be given more memory.
    std::string question;         ///< The text of a question that the VM waits for an answer to.

    friend bool operator==(vm_state const&, vm_state const&) = default;
};

/// An OVA as `govc import.spec` describes it.
struct ova_spec {
    std::vector<std::string> property_keys;
    std::vector<std::string> networks;
    std::string annotation;

    friend bool operator==(ova_spec const&, ova_spec const&) = default;
};

/// Where a running import stands, from one line of its output.
struct import_progress {
    std::string what;   ///< As `Uploading disk1.vmdk`.
    int percent = 0;
    std::string detail; ///< As `250.8MiB/s`.

    friend bool operator==(import_progress const&, import_progress const&) = default;
};

} // namespace esxi
