// SPDX-License-Identifier: Apache-2.0
// What an import tells the guest: the OVF properties, checked against what is known of the OVA.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/concepts/context.hpp>
#include <esxi/govc/ovf_environment.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// What an import tells of the OVF properties.
struct guest_properties {
    std::string environment;                  ///< For the guest; empty: the OVA has no properties.
    std::map<std::string, std::string> hosts; ///< Given ones that the host needs, for the size of a disk.
};

/// Whether the value stands in what is shown of the VM anyway: a host name is often the VM's name.
[[nodiscard]] inline bool is_public(std::string_view value, vm_properties const& vm, host_connection const& connection)
{
    auto const& shown = {vm.name, vm.ova_url, vm.datastore, vm.annotation, connection.host, connection.user};
    return std::any_of(shown.begin(), shown.end(),
                       [value](std::string const& text) { return text.find(value) != std::string::npos; }) ||
           std::any_of(vm.network_map.begin(), vm.network_map.end(),
                       [value](auto const& entry) { return entry.second.find(value) != std::string::npos; });
}

/// Checks the given properties against the OVA, and makes of them and the OVA's defaults what the guest is told. From here on their
/// values are in no message. Throws `config`.
template <class Run>
[[nodiscard]] guest_properties tell_guest(Run& operation, vm_properties const& vm, ovf_descriptor const& ova)
{
    auto& client = operation.client();
    for (auto const& property : ova.properties) { // first of all: a message about another one may hold it
        auto const given = vm.ovf_properties.find(property.key);
        if ((property.password || property.type.starts_with("password")) && given != vm.ovf_properties.end()) {
            client.add_secret(given->second);
        }
    }
    auto const subject = "property `ovf_properties` of VM " + in_quotes(vm.name);
    auto const values = govc::resolve_ovf_values(ova, vm.ovf_properties, subject);
    guest_properties told{govc::ovf_environment(values.all, subject), {}};
    for (auto const& warning : values.warnings) {
        operation.log(log_level::warning, warning);
    }
    for (auto const& entry : vm.ovf_properties) {
        if (govc::redactor::can_be_told_apart(entry.second) && !is_public(entry.second, vm, client.connection())) {
            client.add_secret(entry.second);
        }
    }
    for (auto const& disk : ova.disks) {
        auto const given = vm.ovf_properties.find(disk.capacity_property);
        if (given != vm.ovf_properties.end()) {
            told.hosts.insert(*given);
        }
    }
    return told;
}

} // namespace esxi::detail
