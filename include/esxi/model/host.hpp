// SPDX-License-Identifier: Apache-2.0
// What a host says of itself and of its VMs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include <esxi/model/vm.hpp>

namespace esxi {

/// What `govc about` says: vSphere API type `AboutInfo`.
struct host_about {
    std::string version;  ///< As `8.0.2`.
    std::string build;    ///< As `22380479`.
    std::string api_type; ///< `HostAgent` for a standalone host, `VirtualCenter` for a vCenter.
    std::string full_name;

    friend bool operator==(host_about const&, host_about const&) = default;
};

/// The runtime property `vms`: each VM under its name; of VMs that share a name, the second and further are keyed `name (moid)`.
[[nodiscard]] boost::json::object vms_to_json(std::vector<vm_state> const& vms);

} // namespace esxi
