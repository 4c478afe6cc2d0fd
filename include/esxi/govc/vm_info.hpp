// SPDX-License-Identifier: Apache-2.0
// Reads what `govc vm.info -json` prints.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/monotonic_resource.hpp>

#include <esxi/govc/guest_addresses.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/govc/snapshots.hpp>
#include <esxi/model/import_mark.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc {

namespace detail {

/// Whether a VM's `config.extraConfig` has a setting that a host writes when it powers the VM on for the first time.
[[nodiscard]] inline bool shows_power_on(boost::json::value const* extra_config)
{
    constexpr std::string_view written[] = {"migrate.hostLogState", "monitor.phys_bits_used", "sched.swap.derivedName",
                                            "softPowerOff", "vmotion.checkpointFBSize"};
    auto const* const list = extra_config == nullptr ? nullptr : extra_config->if_array();
    return list != nullptr && std::any_of(list->begin(), list->end(), [&written](boost::json::value const& setting) {
               return std::find(std::begin(written), std::end(written), text_of(member(&setting, "key"))) != std::end(written);
           });
}

/// The value of an advanced setting in a VM's `config.extraConfig`; empty if it has none.
[[nodiscard]] inline std::string setting_of(boost::json::value const* extra_config, std::string_view key)
{
    if (auto const* const list = extra_config == nullptr ? nullptr : extra_config->if_array(); list != nullptr) {
        for (auto const& setting : *list) {
            if (text_of(member(&setting, "key")) == key) {
                return text_of(member(&setting, "value"));
            }
        }
    }
    return {};
}

/// One VM, vSphere API type VirtualMachine. `config` is absent where its connection state is `inaccessible` or `invalid`.
[[nodiscard]] inline vm_state read_vm(boost::json::value const& value)
{
    auto const text = [&value](std::string_view path) { return text_of(member_at(&value, path)); };
    auto const number = [&value](std::string_view path) { return number_of(member_at(&value, path)); };
    auto const flag = [&value](std::string_view path) { return flag_of(member_at(&value, path)); };
    vm_state vm;
    vm.moid = text("self.value");
    auto const* name = member(&value, "name");
    if (vm.moid.empty() || name == nullptr || !name->is_string()) {
        refuse_output("a VM has no moid or no name");
    }
    vm.name = shown_name(text_of(name));
    vm.instance_uuid = text("config.instanceUuid");
    vm.power_state = text("runtime.powerState");
    vm.connection_state = text("runtime.connectionState");
    guest_report guest{text("guest.ipAddress"), {}, false};
    guest.set_cards(member_at(&value, "guest.net"));
    set_addresses(vm, std::move(guest));
    vm.guest_id = text("config.guestId");
    vm.annotation = text("config.annotation");
    vm.cpu = number("config.hardware.numCPU");
    vm.memory_mb = number("config.hardware.memoryMB");
    vm.is_template = flag("config.template");
    vm.cpu_hot_add = flag("config.cpuHotAddEnabled");
    vm.memory_hot_add = flag("config.memoryHotAddEnabled");
    auto const* const settings = member_at(&value, "config.extraConfig");
    vm.was_powered_on = shows_power_on(settings);
    vm.imported_by = find_owner(setting_of(settings, owner_setting), vm.instance_uuid);
    vm.question = text("runtime.question.text");
    vm.snapshots = read_snapshots(member(&value, "snapshot"));
    return vm;
}

} // namespace detail

/// Reads the output of `vm.info`: none where there is no such VM. Throws `govc` where it is something else.
[[nodiscard]] inline std::vector<vm_state> read_vm_info(std::string_view text)
{
    boost::json::monotonic_resource memory;
    auto const document = detail::parse_output(text, &memory);
    auto const* object = document.if_object();
    if (object == nullptr || (!object->contains("virtualMachines") && !object->contains("VirtualMachines"))) {
        detail::refuse_output("it does not speak of VMs");
    }
    std::vector<vm_state> vms;
    auto const* list = detail::member(&document, "virtualMachines");
    if (list == nullptr) {
        return vms;
    }
    if (!list->is_array()) {
        detail::refuse_output("its VMs are no list");
    }
    for (auto const& entry : list->get_array()) {
        vms.push_back(detail::read_vm(entry));
    }
    return vms;
}

} // namespace esxi::govc
