// SPDX-License-Identifier: Apache-2.0
// What a host says of itself and of its VMs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/model/vm.hpp>

namespace esxi {

/// What `govc about` says: vSphere API type `AboutInfo`.
struct host_about {
    std::string version;  ///< As `8.0.2`.
    std::string build;    ///< As `22380479`.
    std::string api_type; ///< `HostAgent` for a standalone host, `VirtualCenter` for a vCenter.
    std::string full_name; ///< As `VMware ESXi 8.0.2 build-22380479`.

    friend bool operator==(host_about const&, host_about const&) = default;
};

/// What the host says of one VM, as JSON; null where it does not say.
[[nodiscard]] inline boost::json::object to_json(vm_state const& vm)
{
    auto const text = [](std::string const& s) { return s.empty() ? boost::json::value() : boost::json::value(s); };
    auto const number = [](std::optional<std::int64_t> n) { return n ? boost::json::value(*n) : boost::json::value(); };
    return {{"moid", vm.moid},
            {"power_state", text(vm.power_state)},
            {"connection_state", text(vm.connection_state)},
            {"ip", text(vm.ip)},
            {"config",
             {{"cpu", number(vm.cpu)},
              {"memory_mb", number(vm.memory_mb)},
              {"guest_id", text(vm.guest_id)},
              {"instance_uuid", text(vm.instance_uuid)}}}};
}

/// The runtime property `vms`: each VM under its name; of VMs that share a name, the second and further are keyed `name (moid)`.
[[nodiscard]] inline boost::json::object vms_to_json(std::vector<vm_state> const& vms)
{
    boost::json::object all(vms.size());
    for (auto const& vm : vms) {
        auto key = vm.name;
        while (all.contains(key)) { // again, where another VM is really named `name (moid)`
            key += " (" + vm.moid + ")";
        }
        all.emplace(key, to_json(vm));
    }
    return all;
}

} // namespace esxi
