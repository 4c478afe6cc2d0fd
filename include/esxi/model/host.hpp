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
    std::string full_name;

    friend bool operator==(host_about const&, host_about const&) = default;
};

/// The runtime property `vms`: each VM under its name; of VMs that share a name, the second and further are keyed `name (moid)`.
[[nodiscard]] inline boost::json::object vms_to_json(std::vector<vm_state> const& vms)
{
    auto const text = [](std::string const& s) { return s.empty() ? boost::json::value() : boost::json::value(s); };
    auto const number = [](std::optional<std::int64_t> n) { return n ? boost::json::value(*n) : boost::json::value(); };
    boost::json::object all(vms.size());
    for (auto const& vm : vms) {
        boost::json::object facts{{"moid", vm.moid},
                                  {"power_state", text(vm.power_state)},
                                  {"connection_state", text(vm.connection_state)},
                                  {"ip", text(vm.ip)},
                                  {"config",
                                   {{"cpu", number(vm.cpu)},
                                    {"memory_mb", number(vm.memory_mb)},
                                    {"guest_id", text(vm.guest_id)},
                                    {"instance_uuid", text(vm.instance_uuid)}}}};
        auto const key = all.contains(vm.name) ? vm.name + " (" + vm.moid + ")" : vm.name;
        all.emplace(key, std::move(facts));
    }
    return all;
}

} // namespace esxi
