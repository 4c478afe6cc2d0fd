// SPDX-License-Identifier: Apache-2.0
// The nodes that a Cloudify node instance is related to, found by their types, whatever the relationships are called.
#pragma once

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
inline constexpr std::string_view cloudify_snapshot_type = "esxi.nodes.Snapshot";

/// Whether a node is of that type, or of one derived from it.
[[nodiscard]] inline bool is_of_type(pybind11::handle node, std::string_view type)
{
    pybind11::str const name(type.data(), type.size());
    auto const hierarchy = pybind11::getattr(node, "type_hierarchy", pybind11::none());
    if (!hierarchy.is_none() && hierarchy.contains(name)) {
        return true;
    }
    return pybind11::getattr(node, "type", pybind11::none()).equal(name);
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

/// The one related node of that type. Throws `config` where there is none, or are several.
[[nodiscard]] inline cloudify_related the_one(std::vector<cloudify_related> found, std::string const& whose,
                                              std::string const& what, std::string_view type)
{
    if (found.empty()) {
        throw error(error_kind::config,
                    whose + " is related to no " + what + "; give it one relationship to a node of type " + std::string(type));
    }
    if (found.size() > 1) {
        std::string ids;
        for (auto const& one : found) {
            ids += (ids.empty() ? "" : ", ") + printable(one.id());
        }
        throw error(error_kind::config, whose + " is related to " + std::to_string(found.size()) + " " + what + "s (" + ids +
                                            "); leave it one relationship to a node of type " + std::string(type));
    }
    return std::move(found.front());
}

/// The VM of a snapshot.
[[nodiscard]] inline cloudify_related related_vm(pybind11::handle instance, std::string const& whose)
{
    std::vector<cloudify_related> vms;
    add_related(vms, instance, cloudify_vm_type);
    return the_one(std::move(vms), whose, "VM", cloudify_vm_type);
}

/// The host of a VM, or of a snapshot: its own, or its VM's. Two ways to the same host are one host.
[[nodiscard]] inline cloudify_related related_host(pybind11::handle instance, std::string const& whose, bool through_vm)
{
    std::vector<cloudify_related> hosts;
    add_related(hosts, instance, cloudify_host_type);
    if (through_vm) {
        std::vector<cloudify_related> vms;
        add_related(vms, instance, cloudify_vm_type);
        for (auto const& vm : vms) {
            add_related(hosts, vm.instance, cloudify_host_type);
        }
    }
    return the_one(std::move(hosts), whose, "host", cloudify_host_type);
}

} // namespace esxi::detail
