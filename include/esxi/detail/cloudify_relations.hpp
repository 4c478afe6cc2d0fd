// SPDX-License-Identifier: Apache-2.0
// The nodes that a Cloudify node instance is related to, found by their types, whatever the relationships are called.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

inline constexpr std::string_view cloudify_host_type = "esxi.nodes.Host";
inline constexpr std::string_view cloudify_vm_type = "esxi.nodes.VM";
/// A VM as well, derived from the engine's Compute.
inline constexpr std::string_view cloudify_server_type = "esxi.nodes.Server";
inline constexpr std::string_view cloudify_snapshot_type = "esxi.nodes.Snapshot";

/// What the names of these types begin with: on Cloudify, on NativeEdge and on the Dell Automation Platform.
inline constexpr std::array<std::string_view, 3> cloudify_type_prefixes{"esxi.nodes.", "nativeedge.nodes.esxi.",
                                                                        "dell.nodes.esxi."};

/// A type's name that begins with this prefix, as `dell.nodes.esxi.VM`.
[[nodiscard]] inline std::string with_prefix(std::string_view prefix, std::string_view type)
{
    return std::string(prefix) + std::string(type.substr(cloudify_type_prefixes.front().size()));
}

/// The prefix of the name by which a node is of that type, or of one derived from it; empty if it is not. A server is a VM.
[[nodiscard]] inline std::string_view prefix_of_type(pybind11::handle node, std::string_view type)
{
    if (type == cloudify_vm_type) {
        if (auto const prefix = prefix_of_type(node, cloudify_server_type); !prefix.empty()) {
            return prefix;
        }
    }
    auto const hierarchy = pybind11::getattr(node, "type_hierarchy", pybind11::none());
    auto const own = pybind11::getattr(node, "type", pybind11::none());
    for (auto const prefix : cloudify_type_prefixes) {
        pybind11::str const name(with_prefix(prefix, type));
        if (own.equal(name) || (!hierarchy.is_none() && hierarchy.contains(name))) {
            return prefix;
        }
    }
    return {};
}

/// Whether a node is of that type, or of one derived from it, whatever the engine calls the type.
[[nodiscard]] inline bool is_of_type(pybind11::handle node, std::string_view type)
{
    return !prefix_of_type(node, type).empty();
}

/// A node and the instance of it that is meant: `ctx` itself, or a relationship's target.
struct cloudify_related {
    pybind11::object node;
    pybind11::object instance;

    [[nodiscard]] std::string id() const { return pybind11::str(instance.attr("id")); }
};

/// Adds the targets of that type, each instance once.
inline void add_related(std::vector<cloudify_related>& found, pybind11::handle instance, std::string_view type)
{
    for (auto relationship : instance.attr("relationships")) {
        auto const target = relationship.attr("target");
        cloudify_related related{target.attr("node"), target.attr("instance")};
        if (!is_of_type(related.node, type)) {
            continue;
        }
        auto const id = related.id();
        bool known = false;
        for (auto const& other : found) {
            known = known || other.id() == id;
        }
        if (!known) {
            found.push_back(std::move(related));
        }
    }
}

/// The one related node of that type, by its name on this engine. Throws `config` where there is none, or are several.
[[nodiscard]] inline cloudify_related the_one(std::vector<cloudify_related> found, std::string const& whose,
                                              std::string const& what, std::string const& type)
{
    if (found.empty()) {
        throw error(error_kind::config,
                    whose + " is related to no " + what + "; give it one relationship to a node of type " + type);
    }
    if (found.size() > 1) {
        std::string ids;
        for (auto const& one : found) {
            ids += (ids.empty() ? "" : ", ") + printable(one.id());
        }
        throw error(error_kind::config, whose + " is related to " + std::to_string(found.size()) + " " + what + "s (" + ids +
                                            "); leave it one relationship to a node of type " + type);
    }
    return std::move(found.front());
}

/// The VM of a snapshot.
[[nodiscard]] inline cloudify_related related_vm(cloudify_related const& snapshot)
{
    std::vector<cloudify_related> vms;
    add_related(vms, snapshot.instance, cloudify_vm_type);
    return the_one(std::move(vms), "this snapshot", "VM",
                   with_prefix(prefix_of_type(snapshot.node, cloudify_snapshot_type), cloudify_vm_type));
}

/// The host of a VM, or of a snapshot: its own, or its VM's. Two ways to the same host are one host.
[[nodiscard]] inline cloudify_related related_host(cloudify_related const& of)
{
    auto const of_snapshot = prefix_of_type(of.node, cloudify_snapshot_type);
    std::vector<cloudify_related> hosts;
    add_related(hosts, of.instance, cloudify_host_type);
    if (!of_snapshot.empty()) {
        std::vector<cloudify_related> vms;
        add_related(vms, of.instance, cloudify_vm_type);
        for (auto const& vm : vms) {
            add_related(hosts, vm.instance, cloudify_host_type);
        }
    }
    auto const prefix = of_snapshot.empty() ? prefix_of_type(of.node, cloudify_vm_type) : of_snapshot;
    return the_one(std::move(hosts), of_snapshot.empty() ? "this VM" : "this snapshot", "host",
                   with_prefix(prefix, cloudify_host_type));
}

} // namespace esxi::detail
