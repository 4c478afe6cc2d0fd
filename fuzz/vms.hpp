// SPDX-License-Identifier: Apache-2.0
// A VM as `object.collect` prints it.
#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <esxi/govc/names.hpp>
#include <esxi/model/vm.hpp>

namespace fuzz {

inline boost::json::array properties_of(esxi::vm_state const& vm)
{
    boost::json::array changes;
    auto const add = [&changes](char const* name, boost::json::value_ref const& value) {
        changes.push_back({{"name", name}, {"op", "assign"}, {"val", value}});
    };
    add("name", esxi::govc::stored_name(vm.name));
    add("runtime.powerState", vm.power_state);
    add("runtime.connectionState", {{"_typeName", "string"}, {"_value", vm.connection_state}});
    add("config.guestId", vm.guest_id);
    add("config.instanceUuid", vm.instance_uuid);
    if (vm.cpu) {
        add("config.hardware.numCPU", {{"_typeName", "int"}, {"_value", *vm.cpu}});
    }
    if (vm.memory_mb) {
        add("config.hardware.memoryMB", *vm.memory_mb);
    }
    add("guest.ipAddress", vm.addresses.empty() ? std::string() : vm.addresses.front());
    boost::json::array const addresses(vm.addresses.begin(), vm.addresses.end());
    add("guest.net", {{"_typeName", "ArrayOfGuestNicInfo"}, {"_value", {{{"ipAddress", addresses}}}}});
    return changes;
}

} // namespace fuzz
