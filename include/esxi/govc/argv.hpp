// SPDX-License-Identifier: Apache-2.0
// The govc commands that the operations send, each in one function.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/command.hpp>
#include <esxi/govc/inventory_filter.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/inventory.hpp>
#include <esxi/model/placement.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/model/vm_properties.hpp>

namespace esxi::govc {

/// Asks a host what it is. `-persist-session=false` makes govc log in anew, whatever session is cached.
[[nodiscard]] inline command about_with_fresh_login()
{
    return {{"about", "-json", "-persist-session=false"}};
}

/// Asks a host what it is.
[[nodiscard]] inline command about()
{
    return {{"about", "-json"}};
}

/// Asks for objects of a host as they are at one moment. Named `object.collect` for the sake of older govc; `-type` makes it say
/// which object each document is about.
[[nodiscard]] inline command collect_inventory(inventory_query const& query, std::string_view root = standalone_root)
{
    return {{"object.collect", "-json", "-type", "m", "-R", "-"}, inventory_filter(query, root)};
}

/// Asks for all that is known of one VM; `target` is a `name_argument` or a `moid_argument`.
[[nodiscard]] inline command vm_info(std::string target)
{
    return {{"vm.info", "-json", std::move(target)}};
}

/// Asks for what changes while one waits for a VM: its power state and the guest's addresses.
[[nodiscard]] inline command poll_vm(std::string_view moid)
{
    return {{"object.collect", "-json", moid_argument(moid), "runtime.powerState", "guest.ipAddress", "guest.net"}};
}

/// Powers a VM on.
[[nodiscard]] inline command power_on(std::string_view moid)
{
    return {{"vm.power", "-json", "-on", moid_argument(moid)}};
}

/// Powers off a VM; without `-force`, so that a VM which is off already is told apart.
[[nodiscard]] inline command power_off(std::string_view moid)
{
    return {{"vm.power", "-json", "-off", moid_argument(moid)}};
}

/// Asks the guest to shut down, and does not wait for it.
[[nodiscard]] inline command shut_down(std::string_view moid)
{
    return {{"vm.power", "-json", "-s", moid_argument(moid)}};
}

/// Destroys a VM, powering it off if need be.
[[nodiscard]] inline command destroy(std::string_view moid)
{
    return {{"vm.destroy", "-json", moid_argument(moid)}};
}

/// Changes what is set; an empty annotation is not one (govc would not send it). The OVF environment is what a guest reads from
/// `guestinfo.ovfEnv`; empty: it stays.
[[nodiscard]] inline command change(std::string_view moid, std::optional<std::int64_t> cpu, std::optional<std::int64_t> memory_mb,
                                    std::string const& annotation, std::string const& ovf_environment = {},
                                    std::string const& owner = {})
{
    command c{{"vm.change", "-json", "-vm=" + moid_argument(moid)}};
    if (cpu) {
        c.argv.push_back("-c=" + std::to_string(*cpu));
    }
    if (memory_mb) {
        c.argv.push_back("-m=" + std::to_string(*memory_mb));
    }
    if (!annotation.empty()) {
        c.argv.push_back("-annotation=" + annotation);
    }
    if (!owner.empty()) {
        c.argv.push_back("-e=" + std::string(owner_setting) + "=" + owner);
    }
    if (!ovf_environment.empty()) {
        c.files.emplace("guestinfo.ovfEnv", ovf_environment);
    }
    return c;
}

/// Asks what an OVA holds, properties that no person is asked for included. For a local file without any call to the host.
[[nodiscard]] inline command import_spec(std::string const& ova)
{
    return {{"import.spec", "-json", "-hidden", "-verbose", ova}};
}

/// Asks what the OVA at a URL holds, with its descriptor and the entries of its tar. Only the project's own govc knows
/// `-descriptor`: it fetches the headers and the descriptor alone, without the host's session. Prints the progress of a download
/// before the result.
[[nodiscard]] inline command import_spec_of_url(std::string const& url)
{
    return {{"import.spec", "-json", "-descriptor", url}};
}

/// Makes a command of a govc that is not the project's own fit for a URL: it logs in by itself. The session of such a login keeps
/// its `Secure`, and so does not go to a server without TLS; one that was kept in a file would.
[[nodiscard]] inline command with_own_login(command c)
{
    c.argv.insert(c.argv.begin() + 1, "-persist-session=false");
    return c;
}

/// What an import takes beside the properties of the VM.
struct import_details {
    std::string token; ///< The VM's annotation from its creation on.
    placement where; ///< Names as the host stores them.
    /// Those OVF properties that the host must know to make the VM; the guest is told of all by `change`.
    std::map<std::string, std::string> host_properties{};
    bool is_descriptor = false; ///< `ova_url` leads to an OVF descriptor, which has its files beside it.
};

/// Imports an OVA, or a descriptor with its files, under the desired name. As text, for its progress.
[[nodiscard]] inline command import_package(vm_properties const& vm, import_details const& details)
{
    boost::json::object options{
        {"Annotation", details.token}, {"MarkAsTemplate", false}, {"PowerOn", false}, {"WaitForIP", false}};
    if (!vm.disk_provisioning.empty()) {
        options["DiskProvisioning"] = vm.disk_provisioning;
    }
    boost::json::array networks;
    for (auto const& [network, stored] : details.where.networks) {
        networks.push_back(boost::json::object{{"Name", network}, {"Network", stored_name_argument(stored)}});
    }
    if (!networks.empty()) {
        options["NetworkMapping"] = std::move(networks);
    }
    boost::json::array mapping;
    for (auto const& [key, value] : details.host_properties) {
        mapping.push_back(boost::json::object{{"Key", key}, {"Value", value}});
    }
    if (!mapping.empty()) {
        options["PropertyMapping"] = std::move(mapping);
    }
    command c{{details.is_descriptor ? "import.ovf" : "import.ova", "-name=" + stored_name(vm.name)},
              boost::json::serialize(options)};
    if (!details.where.datastore.empty()) {
        c.argv.push_back("-ds=" + stored_name_argument(details.where.datastore));
    }
    if (vm.verify_manifest) {
        c.argv.emplace_back("-m");
    }
    c.argv.emplace_back("-options=-");
    c.argv.push_back(vm.ova_url);
    return c;
}

/// Takes a snapshot. The memory is included unless govc is told otherwise.
[[nodiscard]] inline command create_snapshot(std::string_view vm_moid, snapshot_properties const& snapshot)
{
    command c{{"snapshot.create", "-json", "-vm=" + moid_argument(vm_moid), snapshot.memory ? "-m=true" : "-m=false",
               snapshot.quiesce ? "-q=true" : "-q=false"}};
    if (!snapshot.description.empty()) {
        c.argv.push_back("-d=" + snapshot.description);
    }
    c.argv.emplace_back("--");
    c.argv.push_back(snapshot.name); // as it is: unlike a VM's, no client has to escape it
    return c;
}

/// Removes the snapshot with this id: a name could stand for several, and `*` for all.
[[nodiscard]] inline command remove_snapshot(std::string_view vm_moid, std::string const& moid, bool children)
{
    return {{"snapshot.remove", "-json", "-vm=" + moid_argument(vm_moid), children ? "-r=true" : "-r=false", "--", moid}};
}

} // namespace esxi::govc
