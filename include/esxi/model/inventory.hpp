// SPDX-License-Identifier: Apache-2.0
// What a host has, as it was at one moment: its datastores, networks and VMs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <esxi/model/host.hpp>
#include <esxi/model/vm.hpp>

namespace esxi {

/// One datastore. Empty text and unset mean that the host did not say. Source: vSphere API type `DatastoreSummary`.
struct datastore_state {
    std::string moid;        ///< The volume's uuid on a host, `datastore-9` in the simulator.
    std::string name;        ///< As people write it.
    std::string stored_name; ///< As the host stores it, with `%2f`, `%5c` and `%25`.
    std::string type;        ///< `VMFS`, `NFS`, ...
    std::optional<std::int64_t> capacity; ///< In bytes.
    std::optional<std::int64_t> free;     ///< In bytes.
    bool accessible = true;  ///< False only if the host says so.
    std::string maintenance; ///< `normal`, `enteringMaintenance` or `inMaintenance`.

    friend bool operator==(datastore_state const&, datastore_state const&) = default;
};

/// One network that a VM's card can be connected to. Source: vSphere API type `Network`.
struct network_state {
    std::string moid;        ///< As `HaNetwork-VM Network`.
    std::string name;        ///< As people write it.
    std::string stored_name; ///< As the host stores it, with `%2f`, `%5c` and `%25`.
    bool accessible = true;  ///< False only if the host says so.

    friend bool operator==(network_state const&, network_state const&) = default;
};

/// Which objects a look at the inventory asks for. What the host is (`host_about`) is always part of it.
struct inventory_query {
    bool datastores = false; ///< Asks for all datastores.
    bool networks = false;   ///< Asks for all networks.
    bool vms = false;        ///< Asks for all VMs.
};

/// The answer. A list that was not asked for is empty.
struct inventory {
    host_about about;                        ///< What the host is.
    std::vector<datastore_state> datastores; ///< In the order in which the host lists them.
    std::vector<network_state> networks;     ///< Likewise.
    std::vector<vm_state> vms;               ///< Likewise.

    friend bool operator==(inventory const&, inventory const&) = default;
};

} // namespace esxi
