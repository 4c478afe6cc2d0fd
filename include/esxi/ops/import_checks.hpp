// SPDX-License-Identifier: Apache-2.0
// What is refused before an import: what govc would go on with, or fail on only after the upload.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/url_credentials.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/import_mark.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/model/placement.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/ops/guest_properties.hpp>
#include <esxi/ops/preflight.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/ops/remote_look.hpp>
#include <esxi/plan/placement.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// What an import needs to know beside the VM's properties.
struct checked_import {
    placement where;        ///< Names as the host stores them.
    std::string annotation; ///< That the VM is to have.
    guest_properties told;
    bool logs_in_itself = false; ///< The import is to use no session that was kept.
};

/// Throws `config` if the map names what the OVA does not have.
template <class Map>
void require_known(vm_properties const& vm, char const* property, Map const& given, std::vector<std::string> const& known)
{
    for (auto const& entry : given) {
        if (std::find(known.begin(), known.end(), entry.first) == known.end()) {
            std::string names;
            for (auto const& name : known) {
                names += (names.empty() ? "" : ", ") + printable(name);
            }
            throw error(error_kind::config, property_of_vm(property, vm) + " names " + printable(entry.first) +
                                                ", which the OVA does not have; it has " + (names.empty() ? "none" : names));
        }
    }
}

/// The annotation that the VM is to have; `own` is the OVA's. Throws `config` if that cannot be set.
[[nodiscard]] inline std::string choose_annotation(vm_properties const& vm, std::string const& own)
{
    if (!vm.annotation.empty()) {
        return vm.annotation;
    }
    if (!own.empty() && find_import_token(own).empty()) {
        if (own.size() > longest_annotation) {
            throw error(error_kind::config, "the OVA's annotation has " + std::to_string(own.size()) + " bytes, more than the " +
                                                std::to_string(longest_annotation) + " that can be set; give VM " +
                                                in_quotes(vm.name) + " another by property `annotation`");
        }
        return own;
    }
    // The mark can only be replaced, not emptied.
    auto const file = shown_source(vm.ova_url);
    auto const name = file.substr(file.find_last_of('/') + 1);
    return "Imported by esxi" + (name.empty() || !find_import_token(name).empty() ? "" : " from " + name);
}

/// The datastore and networks as they were given.
[[nodiscard]] inline placement place_as_given(vm_properties const& vm)
{
    placement where{govc::stored_name(vm.datastore), {}};
    for (auto const& [network, mapped] : vm.network_map) {
        where.networks.emplace(network, govc::stored_name(mapped));
    }
    return where;
}

/// Where the import goes, among what the host has. If that cannot be read, the host decides: a check must not keep anybody from an
/// import that would succeed.
template <class Run>
[[nodiscard]] placement look_for_place(Run& run, vm_properties const& vm, ovf_descriptor const* ovf)
{
    try {
        return place_import(vm, ovf, look_up_inventory(run.client(), {.datastores = true, .networks = true, .vms = false}));
    } catch (govc_error const& unreadable) {
        if (unreadable.returncode() != 0 || unreadable.kind() != error_kind::govc) {
            throw;
        }
        run.log(log_level::warning, std::string("where the import goes is not checked: ") + unreadable.what());
        return place_as_given(vm);
    }
}

template <class Run>
void warn(Run& run, checked_package const& package)
{
    for (auto const& warning : package.warnings) {
        run.log(log_level::warning, warning);
    }
}

/// An OVA that has just the properties that are given.
[[nodiscard]] inline ovf_descriptor as_given(vm_properties const& vm)
{
    ovf_descriptor assumed;
    for (auto const& entry : vm.ovf_properties) {
        assumed.properties.emplace_back().key = entry.first;
    }
    return assumed;
}

/// Checks an import of an OVA at a URL, as far as govc tells of it. One command; two with a govc that is not this project's.
template <class Run>
[[nodiscard]] checked_import check_remote_import(Run& run, vm_properties const& vm)
{
    auto look = look_at_remote_ova(run, vm.ova_url);
    if (look.ova) {
        auto package = read_package_of(vm, *look.ova);
        warn(run, package);
        look.spec = std::move(package.descriptor);
    }
    if (look.spec) {
        require_known(vm, "network_map", vm.network_map, look.spec->networks);
    } else {
        run.log(log_level::warning, "the OVA's name does not end in .ova: its properties and networks cannot be checked before "
                                    "the import, and its guest is told of those properties alone that are given");
        look.spec = as_given(vm);
    }
    return {place_as_given(vm), choose_annotation(vm, look.spec->annotation), tell_guest(run, vm, *look.spec), !look.ova};
}

/// Checks an import. `package` is null if the OVA is not on this machine. One command, for a place among what the host has.
template <class Run>
[[nodiscard]] checked_import check_import(Run& run, vm_properties const& vm, checked_package const* package)
{
    if (package == nullptr) {
        return check_remote_import(run, vm);
    }
    warn(run, *package);
    auto const& ovf = package->descriptor;
    require_known(vm, "network_map", vm.network_map, ovf.networks);
    auto annotation = choose_annotation(vm, ovf.annotation);
    auto told = tell_guest(run, vm, ovf);
    return {look_for_place(run, vm, &ovf), std::move(annotation), std::move(told)};
}

} // namespace esxi::detail
