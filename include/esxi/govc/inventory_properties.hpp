// SPDX-License-Identifier: Apache-2.0
// The properties that are asked for of each type of object, and where each one belongs in the model.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <esxi/govc/about.hpp>
#include <esxi/govc/guest_addresses.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/host.hpp>
#include <esxi/model/inventory.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc::detail {

/// One property: its path in the vSphere API, and how its value is stored. A null value means that the property is unset.
template <class State>
struct collected_property {
    std::string_view path;
    void (*set)(State&, boost::json::value const*);
};

[[nodiscard]] inline bool is_false(boost::json::value const* value)
{
    return value != nullptr && value->is_bool() && !value->get_bool();
}

/// A VM as it is being collected. Its addresses are known once all of its properties are.
struct collected_vm {
    vm_state state;
    guest_report guest{};
};

inline constexpr collected_property<host_about> about_properties[] = {
    {"content.about", [](host_about& host, auto const* value) { host = about_of(value); }},
};

inline constexpr collected_property<datastore_state> datastore_properties[] = {
    {"name",
     [](datastore_state& datastore, auto const* value) {
         datastore.stored_name = text_of(value);
         datastore.name = shown_name(datastore.stored_name);
     }},
    {"summary.type", [](datastore_state& datastore, auto const* value) { datastore.type = text_of(value); }},
    {"summary.capacity", [](datastore_state& datastore, auto const* value) { datastore.capacity = number_of(value); }},
    {"summary.freeSpace", [](datastore_state& datastore, auto const* value) { datastore.free = number_of(value); }},
    {"summary.accessible", [](datastore_state& datastore, auto const* value) { datastore.accessible = !is_false(value); }},
    {"summary.maintenanceMode", [](datastore_state& datastore, auto const* value) { datastore.maintenance = text_of(value); }},
};

inline constexpr collected_property<network_state> network_properties[] = {
    {"name",
     [](network_state& network, auto const* value) {
         network.stored_name = text_of(value);
         network.name = shown_name(network.stored_name);
     }},
    {"summary.accessible", [](network_state& network, auto const* value) { network.accessible = !is_false(value); }},
};

inline constexpr collected_property<collected_vm> vm_properties[] = {
    {"name", [](collected_vm& vm, auto const* value) { vm.state.name = shown_name(text_of(value)); }},
    {"runtime.powerState", [](collected_vm& vm, auto const* value) { vm.state.power_state = text_of(value); }},
    {"runtime.connectionState", [](collected_vm& vm, auto const* value) { vm.state.connection_state = text_of(value); }},
    {"config.hardware.numCPU", [](collected_vm& vm, auto const* value) { vm.state.cpu = number_of(value); }},
    {"config.hardware.memoryMB", [](collected_vm& vm, auto const* value) { vm.state.memory_mb = number_of(value); }},
    {"config.guestId", [](collected_vm& vm, auto const* value) { vm.state.guest_id = text_of(value); }},
    {"config.instanceUuid", [](collected_vm& vm, auto const* value) { vm.state.instance_uuid = text_of(value); }},
    {"guest.ipAddress", [](collected_vm& vm, auto const* value) { vm.guest.first = text_of(value); }},
    {"guest.net", [](collected_vm& vm, auto const* value) { vm.guest.set_cards(value); }},
};

/// Stores the changes that govc prints for one object; what is not asked for is ignored. `who` names the object in an error. Throws
/// `govc` if they are no list.
template <class State, class Properties>
void set_properties(State& state, Properties const& properties, boost::json::value const* changes, std::string const& who)
{
    if (changes == nullptr) {
        return; // nothing of the object is known
    }
    if (!changes->is_array()) {
        refuse_output("the properties of " + who + " are no list");
    }
    for (auto const& change : changes->get_array()) {
        auto const name = text_of(member(&change, "name"));
        auto const* value = member(&change, "val");
        // A scalar may stand in a `_value`, beside its type's name.
        if (auto const* inner = member(value, "_value"); inner != nullptr && !inner->is_array()) {
            value = inner;
        }
        for (auto const& property : properties) {
            if (property.path == name) {
                property.set(state, value);
            }
        }
    }
}

/// The VM with the addresses that its guest reports.
[[nodiscard]] inline vm_state finished(collected_vm vm)
{
    set_addresses(vm.state, vm.guest);
    return std::move(vm.state);
}

} // namespace esxi::govc::detail
