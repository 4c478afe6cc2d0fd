// SPDX-License-Identifier: Apache-2.0
// The document that tells a host which objects and which of their properties are asked for: a CreateFilter request of the vSphere API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <esxi/govc/inventory_properties.hpp>
#include <esxi/model/inventory.hpp>

namespace esxi::govc {

/// The root folder of each standalone host.
inline constexpr std::string_view standalone_root = "ha-folder-root";
/// The root folder of a vCenter.
inline constexpr std::string_view vcenter_root = "group-d1";

namespace detail {

[[nodiscard]] inline std::string element(std::string_view name, std::string_view content)
{
    return "<" + std::string(name) + ">" + std::string(content) + "</" + std::string(name) + ">";
}

/// Asks for these properties of each object of this type.
template <class Properties>
[[nodiscard]] std::string properties_of(std::string_view type, Properties const& properties)
{
    auto wanted = element("type", type) + element("all", "false");
    for (auto const& property : properties) {
        wanted += element("pathSet", property.path);
    }
    return element("propSet", wanted);
}

/// Leads from each object of this type to those in this property of it, and from there on along the traversals of these names.
[[nodiscard]] inline std::string traversal(std::string_view name, std::string_view type, std::string_view path,
                                           std::vector<std::string_view> const& next = {})
{
    auto steps = element("name", name) + element("type", type) + element("path", path) + element("skip", "false");
    for (auto const step : next) {
        steps += element("selectSet", element("name", step));
    }
    return "<selectSet xsi:type=\"TraversalSpec\">" + steps + "</selectSet>";
}

/// An object to begin with. `from_there` are the traversals.
[[nodiscard]] inline std::string beginning(std::string_view type, std::string_view moid, std::string const& from_there = {})
{
    return element("objectSet", "<obj type=\"" + std::string(type) + "\">" + std::string(moid) + "</obj>" +
                                    element("skip", "false") + from_there);
}

inline constexpr collected_property<bool> root_properties[] = {{"name", [](bool& is_there, auto const*) { is_there = true; }}};

} // namespace detail

/// The request: what the host is, the root folder, and all objects of the types that the query names below that folder. A host that
/// does not have this folder leaves it out of its answer.
[[nodiscard]] inline std::string inventory_filter(inventory_query const& query, std::string_view root)
{
    using namespace detail;
    auto spec = properties_of("ServiceInstance", about_properties) + properties_of("Folder", root_properties);
    std::vector<std::string_view> from_folder{"folder"};
    std::string ways;
    if (query.datastores) {
        spec += properties_of("Datastore", datastore_properties);
        ways += traversal("datastore", "Datacenter", "datastore");
        from_folder.emplace_back("datastore");
    }
    if (query.networks) {
        spec += properties_of("Network", network_properties);
        ways += traversal("network", "Datacenter", "network");
        from_folder.emplace_back("network");
    }
    if (query.vms) {
        spec += properties_of("VirtualMachine", vm_properties);
        ways += traversal("vmFolder", "Datacenter", "vmFolder", {"folder"});
        from_folder.emplace_back("vmFolder");
        if (root == vcenter_root) { // a standalone host has none
            ways += traversal("vApp", "VirtualApp", "vm");
            from_folder.emplace_back("vApp");
        }
    }
    ways += traversal("folder", "Folder", "childEntity", from_folder);
    spec += beginning("ServiceInstance", "ServiceInstance") + beginning("Folder", root, ways) +
            element("reportMissingObjectsInResults", "true");
    return "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
           "<Body><CreateFilter xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">ha-property-collector</_this>" +
           element("spec", spec) + element("partialUpdates", "false") + "</CreateFilter></Body></Envelope>\n";
}

} // namespace esxi::govc
