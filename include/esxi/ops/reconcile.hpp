// SPDX-License-Identifier: Apache-2.0
// Finding the one VM or snapshot that is meant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/client.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/govc/inventory_filter.hpp>
#include <esxi/govc/inventory_reader.hpp>
#include <esxi/govc/vm_info.hpp>
#include <esxi/model/inventory.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/model/vm_record.hpp>
#include <esxi/plan/snapshot.hpp>
#include <esxi/plan/vm.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// The VMs that the argument stands for; none where govc says that there is no such VM. One `vm.info`.
template <transport Transport>
[[nodiscard]] std::vector<vm_state> look_up_vms(govc_client<Transport>& client, std::string argument)
{
    try {
        return client.read(govc::vm_info(std::move(argument)), [](std::string_view text) { return govc::read_vm_info(text); });
    } catch (govc_error const& failed) {
        if (failed.kind() == error_kind::absent) {
            return {};
        }
        throw;
    }
}

/// The objects of the host, as they were at one moment. One `object.collect`; two if the connection leads to a vCenter. Throws
/// `config` if the govc is so old that its answer may be incomplete, or if the server has neither root folder.
template <transport Transport>
[[nodiscard]] inventory look_up_inventory(govc_client<Transport>& client, inventory_query const& query)
{
    // Before v0.24 govc prints no more than a server's first answer, which may hold only so many objects.
    constexpr std::size_t first_answer = 100;
    for (auto const root : {govc::standalone_root, govc::vcenter_root}) {
        govc::inventory_reader reader(root);
        auto all = client.read_stream(govc::collect_inventory(query, root), reader);
        if (reader.count() >= first_answer) {
            if (auto const version = client.version_older_than(0, 24); !version.empty()) {
                throw error(error_kind::config,
                            "govc " + version + " prints no more than the first 100 objects of a host; use v0.24 or newer");
            }
        }
        if (reader.has_root()) {
            return all;
        }
    }
    throw error(error_kind::config, "the server has no folder ha-folder-root, as an ESXi host has, and no group-d1, as a vCenter "
                                    "has; check that it is an ESXi host, and the rights of the user");
}

/// All VMs of the host, as they were at one moment. See `look_up_inventory`.
template <transport Transport>
[[nodiscard]] std::vector<vm_state> look_up_all_vms(govc_client<Transport>& client)
{
    return look_up_inventory(client, {.datastores = false, .networks = false, .vms = true}).vms;
}

namespace detail {

/// Leaves those of the VMs that are what was asked for. Throws `govc` where the host answers with others and with none of them: that
/// is no way to say that there is none.
template <class Client, class Predicate>
void keep_asked_for(Client const& client, std::vector<vm_state>& vms, std::string const& asked_for, Predicate const& is_it)
{
    if (!vms.empty() && std::none_of(vms.begin(), vms.end(), is_it)) {
        throw error(error_kind::govc, client.redact()("the host was asked for VM " + asked_for + " and answered with " +
                                                      in_quotes(vms.front().name) + " (" + in_quotes(vms.front().moid) +
                                                      "); nothing is done on such an answer"));
    }
    std::erase_if(vms, [&is_it](vm_state const& vm) { return !is_it(vm); });
}

} // namespace detail

/// The VM of exactly this name; of two, the one recorded. Throws `config` where there are two and neither is, listing their moids,
/// and `govc` where the host answers with another VM. One `vm.info`.
template <transport Transport>
[[nodiscard]] std::optional<vm_state> find_vm_by_name(govc_client<Transport>& client, std::string const& name,
                                                      vm_record const& record = {})
{
    auto vms = look_up_vms(client, govc::name_argument(name));
    detail::keep_asked_for(client, vms, in_quotes(name), [&name](vm_state const& vm) { return vm.name == name; });
    auto const recorded = std::find_if(vms.begin(), vms.end(), [&record](vm_state const& vm) { return record.is_of(vm); });
    if (recorded != vms.end()) {
        return std::move(*recorded);
    }
    if (vms.size() > 1) {
        std::string moids;
        for (auto const& vm : vms) {
            moids += (moids.empty() ? "" : ", ") + printable(vm.moid);
        }
        throw error(error_kind::config, "the name " + in_quotes(name) + " stands for " + std::to_string(vms.size()) + " VMs (" +
                                            shortened(moids, 200) + "); rename all but one of them");
    }
    return vms.empty() ? std::nullopt : std::optional(std::move(vms.front()));
}

/// The VM with this moid. Throws `govc` where the host answers with another VM. One `vm.info`.
template <transport Transport>
[[nodiscard]] std::optional<vm_state> find_vm_by_moid(govc_client<Transport>& client, std::string const& moid)
{
    auto vms = look_up_vms(client, govc::moid_argument(moid));
    detail::keep_asked_for(client, vms, moid, [&moid](vm_state const& vm) { return vm.moid == moid; });
    return vms.empty() ? std::nullopt : std::optional(std::move(vms.front()));
}

/// The VM that was recorded; nothing if it is gone, or if another one has its moid now. One `vm.info`.
template <transport Transport>
[[nodiscard]] std::optional<vm_state> find_recorded_vm(govc_client<Transport>& client, vm_record const& record)
{
    auto vm = find_vm_by_moid(client, record.moid);
    if (vm && detail::is_readable(*vm) && !record.is_of(*vm)) {
        vm.reset();
    }
    return vm;
}

namespace detail {

/// The VM that was looked for by this name. Throws `absent` if it is not there, and `unavailable` if the host cannot read it, and so
/// knows of no snapshot.
[[nodiscard]] inline vm_state require_there(std::optional<vm_state> vm, std::string const& name)
{
    if (!vm) {
        throw error(error_kind::absent, "the host has no VM " + in_quotes(name));
    }
    require_readable(*vm);
    return *std::move(vm);
}

} // namespace detail

/// The VM of that name, with its snapshots: see `find_vm_by_name`. Throws `absent` if it is not there, and `unavailable` if the host
/// cannot read it, and so knows of no snapshot. One `vm.info`.
template <transport Transport>
[[nodiscard]] vm_state look_up_snapshots(govc_client<Transport>& client, std::string const& vm_name)
{
    return detail::require_there(find_vm_by_name(client, vm_name), vm_name);
}

/// The snapshot of this name of the VM of that name: see `match_snapshot` and `look_up_snapshots`. One `vm.info`.
template <transport Transport>
[[nodiscard]] std::optional<snapshot_state> find_snapshot_by_name(govc_client<Transport>& client, std::string const& vm_name,
                                                                  std::string const& name, std::string const& recorded_moid = {})
{
    return match_snapshot(look_up_snapshots(client, vm_name).snapshots, name, recorded_moid);
}

} // namespace esxi
