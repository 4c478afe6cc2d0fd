// SPDX-License-Identifier: Apache-2.0
// A VM's snapshots out of vSphere API type VirtualMachineSnapshotInfo.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/snapshot.hpp>

namespace esxi::govc::detail {

/// The snapshots in a list of type VirtualMachineSnapshotTree; null is an empty one. `current` is a moid; empty: none is current.
[[nodiscard]] inline std::vector<snapshot_state> read_snapshot_list(boost::json::value const* list, std::string const& current)
{
    std::vector<snapshot_state> snapshots;
    if (list == nullptr) {
        return snapshots;
    }
    if (!list->is_array()) {
        refuse_output("its snapshots are no list");
    }
    for (auto const& entry : list->get_array()) {
        snapshot_state snapshot;
        snapshot.moid = text_of(member_at(&entry, "snapshot.value"));
        auto const* name = member(&entry, "name");
        if (snapshot.moid.empty() || name == nullptr || !name->is_string()) {
            refuse_output("a snapshot has no moid or no name");
        }
        snapshot.stored_name = text_of(name);
        snapshot.name = shown_name(shown_name(snapshot.stored_name)); // a client may escape what the host escapes once more
        snapshot.description = text_of(member(&entry, "description"));
        snapshot.created = text_of(member(&entry, "createTime"));
        snapshot.current = snapshot.moid == current;
        snapshot.children = read_snapshot_list(member(&entry, "childSnapshotList"), current);
        snapshots.push_back(std::move(snapshot));
    }
    return snapshots;
}

/// The snapshots of a VM. A host can have some although none of them is the current one. Throws `govc` if it is something else.
[[nodiscard]] inline std::vector<snapshot_state> read_snapshots(boost::json::value const* info)
{
    if (info != nullptr && !info->is_object()) {
        refuse_output("its snapshots are no object");
    }
    return read_snapshot_list(member(info, "rootSnapshotList"), text_of(member_at(info, "currentSnapshot.value")));
}

} // namespace esxi::govc::detail
