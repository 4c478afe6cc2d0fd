// SPDX-License-Identifier: Apache-2.0
// Reads what `govc snapshot.tree -json -i -D -d` prints.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/snapshot.hpp>

namespace esxi::govc {

namespace detail {

[[nodiscard]] inline std::vector<snapshot_state> read_snapshots(boost::json::value const* list)
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
        snapshot.moid = text_of(member(&entry, "id"));
        if (snapshot.moid.starts_with("VirtualMachineSnapshot:")) {
            snapshot.moid.erase(0, snapshot.moid.find(':') + 1);
        }
        auto const* name = member(&entry, "name");
        if (snapshot.moid.empty() || name == nullptr || !name->is_string()) {
            refuse_output("a snapshot has no id or no name");
        }
        snapshot.stored_name = text_of(name);
        snapshot.name = shown_name(snapshot.stored_name);
        snapshot.description = text_of(member(&entry, "description"));
        snapshot.created = text_of(member(&entry, "createTime"));
        snapshot.current = flag_of(member(&entry, "current"));
        snapshot.children = read_snapshots(member(&entry, "childSnapshotList"));
        snapshots.push_back(std::move(snapshot));
    }
    return snapshots;
}

} // namespace detail

/// Reads the output of `snapshot.tree`; a VM without snapshots prints nothing at all. Throws `govc` where it is something else.
[[nodiscard]] inline std::vector<snapshot_state> read_snapshot_tree(std::string_view text)
{
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return {};
    }
    auto const document = detail::parse_output(text);
    return detail::read_snapshots(document.is_null() ? nullptr : &document);
}

} // namespace esxi::govc
