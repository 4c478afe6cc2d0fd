// SPDX-License-Identifier: Apache-2.0
// The properties of an `esxi.nodes.Snapshot`, checked.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <esxi/detail/property_reader.hpp>

namespace esxi {

/// What is wished of a snapshot.
struct snapshot_properties {
    std::string name;             ///< 1 to 80 characters.
    std::string description;      ///< Empty: none.
    bool memory = false;          ///< With the memory of a running VM.
    bool quiesce = false;         ///< With the guest's file systems at rest; needs VMware Tools.
    bool use_external_resource = false; ///< It must exist, and is never removed.
    bool remove_children = false; ///< A delete takes the snapshots on top of it along.
};

/// The properties that a snapshot has.
inline constexpr auto snapshot_property_names =
    std::to_array<std::string_view>({"name", "description", "memory", "quiesce", "use_external_resource", "remove_children"});

/// Reads and checks the properties of a snapshot. Throws `config`, naming the property.
[[nodiscard]] inline snapshot_properties read_snapshot_properties(boost::json::object const& properties)
{
    detail::property_reader const read(properties, "Snapshot", snapshot_property_names);
    snapshot_properties snapshot;
    snapshot.name = read.entity_name("name");
    snapshot.description = read.argument("description", "-d=");
    snapshot.memory = read.flag("memory", false);
    snapshot.quiesce = read.flag("quiesce", false);
    snapshot.use_external_resource = read.flag("use_external_resource", false);
    snapshot.remove_children = read.flag("remove_children", false);
    return snapshot;
}

} // namespace esxi
