// SPDX-License-Identifier: Apache-2.0
// Where on a host an import goes: pure decisions, out of what is desired, the descriptor and what the host has.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/model/inventory.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/model/placement.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/printable.hpp>

namespace esxi {

namespace detail {

/// The names of what the host has, for a message.
template <class State>
[[nodiscard]] std::string list_names(std::vector<State> const& all)
{
    std::string names;
    for (auto const& one : all) {
        names += (names.empty() ? "" : ", ") + in_quotes(one.name);
    }
    return names.empty() ? "none" : shortened(names, 500);
}

/// The one of this name: as people see it, else as the host stores it. Null if there is none. Throws `config` if there are several.
template <class State>
[[nodiscard]] State const* find_by_name(std::vector<State> const& all, std::string const& name, std::string const& property)
{
    for (auto const member : {&State::name, &State::stored_name}) {
        auto const is_it = [&name, member](State const& one) { return one.*member == name; };
        auto const found = std::find_if(all.begin(), all.end(), is_it);
        if (found == all.end()) {
            continue;
        }
        if (auto const second = std::find_if(found + 1, all.end(), is_it); second != all.end()) {
            throw error(error_kind::config, property + " is " + in_quotes(name) + ", and the host has two of that name (" +
                                                in_quotes(found->moid) + ", " + in_quotes(second->moid) +
                                                "); rename one of them");
        }
        return &*found;
    }
    return nullptr;
}

[[nodiscard]] inline std::string property_of_vm(char const* property, vm_properties const& vm)
{
    return std::string("property `") + property + "` of VM " + in_quotes(vm.name);
}

/// The datastore that the import goes to. Throws `config` if it cannot be told, `unavailable` if nothing can be written to it now.
[[nodiscard]] inline datastore_state const& choose_datastore(vm_properties const& vm, std::vector<datastore_state> const& all)
{
    auto const property = property_of_vm("datastore", vm);
    if (all.empty()) {
        throw error(error_kind::config, "the host has no datastore to import VM " + in_quotes(vm.name) + " to; add one");
    }
    if (vm.datastore.empty() && all.size() > 1) {
        throw error(error_kind::config,
                    property + " is missing, and the host has several; set datastore to one of " + list_names(all));
    }
    auto const* found = vm.datastore.empty() ? &all.front() : find_by_name(all, vm.datastore, property);
    if (found == nullptr) {
        throw error(error_kind::config, property + " is " + in_quotes(vm.datastore) +
                                            ", which the host does not have; set datastore to one of " + list_names(all));
    }
    if (!found->accessible) {
        throw error(error_kind::unavailable, "datastore " + in_quotes(found->name) + " of VM " + in_quotes(vm.name) +
                                                 " is not accessible on its host; bring it back, or name another");
    }
    if (!found->maintenance.empty() && found->maintenance != "normal") {
        throw error(error_kind::unavailable, "datastore " + in_quotes(found->name) + " of VM " + in_quotes(vm.name) +
                                                 " is in maintenance (" + printable(found->maintenance) +
                                                 "); end that, or name another");
    }
    return *found;
}

/// The network of the host for each network that the OVA's cards are connected to: the one that `network_map` names, else the one of
/// the same name, else the host's only one. Throws `config` if there is none of these.
[[nodiscard]] inline std::map<std::string, std::string> choose_networks(vm_properties const& vm, ovf_descriptor const* ovf,
                                                                        std::vector<network_state> const& all)
{
    auto const property = property_of_vm("network_map", vm);
    std::map<std::string, std::string> chosen;
    for (auto const& [network, mapped] : vm.network_map) {
        auto const* found = find_by_name(all, mapped, property);
        if (found == nullptr) {
            throw error(error_kind::config, property + " connects " + in_quotes(network) + " to " + in_quotes(mapped) +
                                                ", which the host does not have; set network_map to one of " + list_names(all));
        }
        chosen.emplace(network, found->stored_name);
    }
    if (ovf == nullptr) {
        return chosen;
    }
    for (auto const& network : ovf->connections) {
        bool const is_listed = std::find(ovf->networks.begin(), ovf->networks.end(), network) != ovf->networks.end();
        if (!is_listed || chosen.contains(network)) {
            continue; // a card of an unknown network is the host's to refuse
        }
        auto const* found = find_by_name(all, network, property);
        if (found == nullptr && all.size() == 1) {
            found = &all.front();
        }
        if (found == nullptr) {
            throw error(error_kind::config, property + " does not name the OVA's network " + in_quotes(network) +
                                                ", and the host has none of that name; set network_map " +
                                                in_quotes(network + "=NETWORK") + ", to one of " + list_names(all));
        }
        chosen.emplace(network, found->stored_name);
    }
    return chosen;
}

/// Whether the disks are created with all their room. Without a word, that is what a host does on VMFS.
[[nodiscard]] inline bool is_thick(vm_properties const& vm, datastore_state const& datastore)
{
    constexpr auto growing =
        std::to_array<std::string_view>({"thin", "seSparse", "sparse", "monolithicSparse", "twoGbMaxExtentSparse"});
    constexpr auto always_growing = std::to_array<std::string_view>({"NFS", "NFS41", "vsan", "VVOL", "PMEM"});
    return std::find(growing.begin(), growing.end(), vm.disk_provisioning) == growing.end() &&
           std::find(always_growing.begin(), always_growing.end(), datastore.type) == always_growing.end();
}

/// How large the disk can get, in bytes; unset: not said. It may be a property, whose value may be given.
[[nodiscard]] inline std::optional<std::uint64_t> capacity_of(ovf_disk const& disk, vm_properties const& vm)
{
    auto const given = vm.ovf_properties.find(disk.capacity_property);
    if (given == vm.ovf_properties.end()) {
        return disk.capacity;
    }
    std::uint64_t number = 0;
    auto const* const last = given->second.data() + given->second.size();
    auto const [end, failed] = std::from_chars(given->second.data(), last, number);
    bool const fits = failed == std::errc() && end == last && disk.capacity_unit != 0 &&
                      number <= std::numeric_limits<std::uint64_t>::max() / disk.capacity_unit;
    return fits ? std::optional(number * disk.capacity_unit) : std::nullopt;
}

/// The least room that the OVA's disks take: all of a thick one's, and of another what the descriptor says is in it, or else the
/// bytes that are uploaded, which are compressed.
[[nodiscard]] inline std::uint64_t least_room(vm_properties const& vm, ovf_descriptor const& ovf, bool thick)
{
    std::uint64_t sum = 0;
    for (auto const& disk : ovf.disks) {
        if (!ovf.uses(disk)) {
            continue;
        }
        auto const file = std::find_if(ovf.files.begin(), ovf.files.end(), [&disk](ovf_file const& one) {
            return !disk.file_ref.empty() && one.id == disk.file_ref;
        });
        auto const uploaded = file == ovf.files.end() ? 0 : file->size.value_or(0);
        auto const capacity = capacity_of(disk, vm);
        auto const most = capacity.value_or(std::numeric_limits<std::uint64_t>::max());
        auto const room = thick && capacity ? most : std::min(disk.populated_size.value_or(uploaded), most);
        sum = room > std::numeric_limits<std::uint64_t>::max() - sum ? std::numeric_limits<std::uint64_t>::max() : sum + room;
    }
    return sum;
}

/// Bytes, for people.
[[nodiscard]] inline std::string in_bytes(std::uint64_t bytes)
{
    constexpr std::string_view units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    std::uint64_t whole = bytes;
    for (; whole >= 10 * 1024 && unit + 1 < std::size(units); ++unit) {
        whole /= 1024;
    }
    return std::to_string(whole) + " " + std::string(units[unit]);
}

inline void check_room(vm_properties const& vm, ovf_descriptor const& ovf, datastore_state const& datastore)
{
    bool const thick = is_thick(vm, datastore);
    auto const room = least_room(vm, ovf, thick);
    if (!datastore.free || *datastore.free < 0 || room <= static_cast<std::uint64_t>(*datastore.free)) {
        return;
    }
    throw error(error_kind::config,
                "datastore " + in_quotes(datastore.name) + " has " + in_bytes(static_cast<std::uint64_t>(*datastore.free)) +
                    " free, and the disks of VM " + in_quotes(vm.name) + " take " + in_bytes(room) +
                    "; make room, or set datastore to another" + (thick ? ", or set disk_provisioning to thin" : ""));
}

} // namespace detail

/// Decides where an import goes. `ovf` is null if the descriptor could not be read. Throws `config` or `unavailable` if it can go
/// nowhere, with the names that there are and the option to use.
[[nodiscard]] inline placement place_import(vm_properties const& vm, ovf_descriptor const* ovf, inventory const& host)
{
    auto const& datastore = detail::choose_datastore(vm, host.datastores);
    placement chosen{vm.datastore.empty() ? std::string() : datastore.stored_name,
                     detail::choose_networks(vm, ovf, host.networks)};
    if (ovf != nullptr) {
        detail::check_room(vm, *ovf, datastore);
    }
    return chosen;
}

} // namespace esxi
