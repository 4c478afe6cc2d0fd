// SPDX-License-Identifier: Apache-2.0
// `vm.info -json`.
#include <esxi/govc/vm_info.hpp>

#include <set>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

namespace {

template <class T>
boost::json::value or_null(std::optional<T> const& value)
{
    return value ? boost::json::value(*value) : boost::json::value();
}

boost::json::array write(std::vector<esxi::snapshot_state> const& snapshots)
{
    boost::json::array list;
    for (auto const& one : snapshots) {
        fuzz::promise(!one.moid.empty(), "a snapshot has a moid");
        fuzz::promise(one.name == shown_name(shown_name(one.stored_name)), "a name is shown as people write it");
        list.push_back({{"snapshot", {{"type", "VirtualMachineSnapshot"}, {"value", one.moid}}},
                        {"name", one.stored_name},
                        {"description", one.description},
                        {"createTime", one.created},
                        {"childSnapshotList", write(one.children)}});
    }
    return list;
}

/// The moid of the current one; empty: there is none.
std::string current(std::vector<esxi::snapshot_state> const& snapshots)
{
    for (auto const& one : snapshots) {
        auto found = one.current ? one.moid : current(one.children);
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

boost::json::object write(esxi::vm_state const& vm)
{
    boost::json::array settings; // what a host writes when it powers a VM on
    if (vm.was_powered_on) {
        settings.push_back({{"key", "softPowerOff"}, {"value", "FALSE"}});
    }
    return {{"self", {{"type", "VirtualMachine"}, {"value", vm.moid}}},
            {"name", stored_name(vm.name)},
            {"config",
             {{"instanceUuid", vm.instance_uuid},
              {"guestId", vm.guest_id},
              {"annotation", vm.annotation},
              {"template", vm.is_template},
              {"extraConfig", settings},
              {"cpuHotAddEnabled", vm.cpu_hot_add},
              {"memoryHotAddEnabled", vm.memory_hot_add},
              {"hardware", {{"numCPU", or_null(vm.cpu)}, {"memoryMB", or_null(vm.memory_mb)}}}}},
            {"runtime",
             {{"powerState", vm.power_state}, {"connectionState", vm.connection_state}, {"question", {{"text", vm.question}}}}},
            {"snapshot", {{"currentSnapshot", {{"value", current(vm.snapshots)}}}, {"rootSnapshotList", write(vm.snapshots)}}},
            {"guest",
             {{"ipAddress", vm.addresses.empty() ? std::string() : vm.addresses.front()},
              {"net", {{{"ipAddress", boost::json::array(vm.addresses.begin(), vm.addresses.end())}}}}}}};
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const vms = read_or_refuse(esxi::error_kind::govc, [&] { return read_vm_info(input); });
    if (!vms) {
        return;
    }
    boost::json::array written;
    for (auto const& vm : *vms) {
        promise(!vm.moid.empty(), "a VM has a moid");
        promise(vm.ip.empty() == vm.addresses.empty(), "a VM that has addresses has one to be shown");
        promise(std::set(vm.addresses.begin(), vm.addresses.end()).size() == vm.addresses.size(), "no address stands twice");
        written.push_back(write(vm));
    }
    auto const text = boost::json::serialize(boost::json::object{{"virtualMachines", written}});
    promise(read_vm_info(text) == *vms, "what was read and written is read again as it was");
    if (auto const old = in_old_dialect(input)) {
        promise(read_vm_info(*old) == *vms, "both dialects say the same");
    }
}
