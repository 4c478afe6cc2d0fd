// SPDX-License-Identifier: Apache-2.0
// What was recorded of a VM in earlier runs: its runtime properties, typed.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include <esxi/model/import_mark.hpp>
#include <esxi/model/vm.hpp>

namespace esxi {

/// The runtime properties of a VM. Empty: not recorded.
struct vm_record {
    std::string moid;          ///< As it was recorded.
    std::string instance_uuid; ///< Recorded with the moid.
    bool adopted = false;     ///< The VM was there before us.
    bool external = false;    ///< It was recorded to be used and never touched: see `vm_properties::use_external_resource`.
    bool power_cycle = false; ///< We stopped the VM to reshape it, and owe it its power-on: see `owes_power_on`.
    import_mark import;       ///< Of an import that was begun and, as far as is known, not ended.

    /// Whether anything is known by which the VM can be told to be ours.
    [[nodiscard]] bool empty() const { return moid.empty() && import.token.empty(); }

    /// Whether that is the VM recorded: a moid is believed only while its VM still has its instance uuid.
    [[nodiscard]] bool is_of(vm_state const& vm) const
    {
        return !moid.empty() && moid == vm.moid && instance_uuid == vm.instance_uuid;
    }

    /// Whether that VM was powered off by us and is still to be powered on. Without a record it goes by the name.
    [[nodiscard]] bool owes_power_on(vm_state const& vm) const { return power_cycle && (moid.empty() || is_of(vm)); }
};

/// Reads the runtime properties; what is missing or of another type is left empty.
[[nodiscard]] inline vm_record read_vm_record(boost::json::object const& runtime)
{
    auto const text = [&runtime](char const* key) {
        auto const* found = runtime.if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    auto const flag = [&runtime](char const* key) {
        auto const* found = runtime.if_contains(key);
        return found != nullptr && found->is_bool() && found->get_bool();
    };
    vm_record record;
    record.moid = text("moid");
    record.instance_uuid = text("instance_uuid");
    record.adopted = flag("adopted");
    record.external = flag("external");
    record.power_cycle = flag("power_cycle");
    record.import = read_import_mark(runtime.if_contains("import"));
    return record;
}

} // namespace esxi
