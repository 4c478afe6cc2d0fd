// SPDX-License-Identifier: Apache-2.0
// The properties of an `esxi.nodes.VM`, checked.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/json/object.hpp>

#include <esxi/detail/ova_location.hpp>
#include <esxi/detail/property_reader.hpp>
#include <esxi/model/import_mark.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// Which addresses of a guest count.
enum class ip_version {
    any, ///< Either.
    v4,  ///< IPv4 alone.
    v6,  ///< IPv6 alone.
};

/// How a running VM is stopped.
enum class stop_mode {
    graceful, ///< The guest is asked to shut down; one that cannot, or does not in time, is powered off.
    hard,     ///< Powered off at once.
};

/// Whether a VM of the wished name that this node has not recorded is adopted.
enum class adopt_policy {
    always,  ///< Adopted, whoever made it.
    if_ours, ///< Adopted if it has the mark of an import by the same owner: see `owner` of a context. Else an error.
    never,   ///< An error.
};

/// What is wished of a VM. Empty text and unset mean that it does not matter.
struct vm_properties {
    std::string name;      ///< 1 to 80 characters; no pattern.
    std::string ova_url;   ///< An absolute path, or an http(s) URL; may hold credentials.
    std::string datastore; ///< Where an import goes; empty: the host's only one.
    std::optional<std::int64_t> cpu;       ///< 1 to 768.
    std::optional<std::int64_t> memory_mb; ///< A multiple of 4.
    bool power_on = true;                  ///< It is to run after `create_vm`.
    bool wait_for_ip = false;              ///< `create_vm` and `start_vm` await an address.
    std::chrono::seconds ip_timeout{600};  ///< For how long.
    esxi::ip_version ip_version = esxi::ip_version::any; ///< Which addresses count.
    std::map<std::string, std::string> network_map; ///< Network of the OVF -> network of the host.
    std::string disk_provisioning; ///< As `thin`; empty: the OVA's.
    std::map<std::string, std::string> ovf_properties; ///< Key -> value, of an import.
    std::string annotation;                            ///< The VM's notes; empty: any.
    bool verify_manifest = false;                      ///< Check the sums in the OVA's manifest.
    esxi::stop_mode stop_mode = esxi::stop_mode::hard; ///< How it is stopped.
    std::chrono::seconds stop_timeout{120};            ///< How long a graceful stop may take.
    bool allow_power_cycle = false;                    ///< Stop and start it for a change that it does not take while it runs.
    bool use_external_resource = false; ///< It must exist, and is never changed, started, stopped or destroyed.
    adopt_policy adopt = adopt_policy::always; ///< What is done about a VM of that name that exists.
    bool stop_adopted = false;                         ///< An engine's uninstall stops it even if we did not import it.
    bool delete_adopted = false;                       ///< A delete destroys it even where we did not import it.
    bool replace_abandoned_import = false;             ///< Destroy what another run's import left.

    /// Whether the OVA is fetched from a server, by govc.
    [[nodiscard]] bool ova_is_remote() const { return detail::is_http_url(ova_url); }
};

/// The most bytes that an annotation can have: govc is given it as one argument, of which an operating system takes 128 KiB.
inline constexpr std::size_t longest_annotation = std::size_t{128} * 1024 - sizeof "-annotation=";

/// The properties that a VM has.
inline constexpr auto vm_property_names = std::to_array<std::string_view>({"name",
                                                                           "ova_url",
                                                                           "datastore",
                                                                           "cpu",
                                                                           "memory_mb",
                                                                           "power_on",
                                                                           "wait_for_ip",
                                                                           "ip_timeout",
                                                                           "ip_version",
                                                                           "network_map",
                                                                           "disk_provisioning",
                                                                           "ovf_properties",
                                                                           "annotation",
                                                                           "verify_manifest",
                                                                           "stop_mode",
                                                                           "stop_timeout",
                                                                           "allow_power_cycle",
                                                                           "use_external_resource",
                                                                           "adopt",
                                                                           "stop_adopted",
                                                                           "delete_adopted",
                                                                           "replace_abandoned_import"});

/// Reads and checks the properties of a VM. Throws `config`, naming the property.
[[nodiscard]] inline vm_properties read_vm_properties(boost::json::object const& properties)
{
    detail::property_reader const read(properties, "VM", vm_property_names);
    vm_properties vm;
    vm.name = read.entity_name("name");
    vm.datastore = read.argument("datastore", "-ds=");
    vm.cpu = read.integer("cpu", 1, 768, "of CPUs");
    vm.memory_mb = read.integer("memory_mb", 4, 24 * 1024 * 1024, "of MB", 4);
    vm.power_on = read.flag("power_on", true);
    vm.wait_for_ip = read.flag("wait_for_ip", false);
    vm.ip_timeout = read.seconds("ip_timeout", vm.ip_timeout);
    vm.ip_version = static_cast<ip_version>(read.one_of("ip_version", {"any", "v4", "v6"}, 0));
    vm.network_map = read.text_map("network_map");
    vm.ovf_properties = read.text_map("ovf_properties");
    vm.verify_manifest = read.flag("verify_manifest", false);
    vm.stop_mode = static_cast<stop_mode>(read.one_of("stop_mode", {"graceful", "hard"}, 1));
    vm.stop_timeout = read.seconds("stop_timeout", vm.stop_timeout);
    vm.allow_power_cycle = read.flag("allow_power_cycle", false);
    vm.use_external_resource = read.flag("use_external_resource", false);
    vm.adopt = static_cast<adopt_policy>(read.one_of("adopt", {"always", "if_ours", "never"}, 0));
    vm.stop_adopted = read.flag("stop_adopted", false);
    vm.delete_adopted = read.flag("delete_adopted", false);
    if (vm.use_external_resource && vm.delete_adopted) {
        read.refuse("delete_adopted", "false together with use_external_resource, which lets nothing be destroyed");
    }
    vm.replace_abandoned_import = read.flag("replace_abandoned_import", false);

    for (auto const& [network, mapped] : vm.network_map) {
        if (mapped.empty()) {
            read.refuse("network_map", "a host network for each network of the OVF; that of " + in_quotes(network) + " is empty");
        }
    }
    // vSphere API type OvfCreateImportSpecParamsDiskProvisioningType.
    static_cast<void>(read.one_of("disk_provisioning",
                                  {"monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "thin",
                                   "thick", "seSparse", "eagerZeroedThick", "sparse", "flat"},
                                  0));
    vm.disk_provisioning = read.text("disk_provisioning");

    vm.annotation = read.argument("annotation", "-annotation=");
    if (!find_import_token(vm.annotation).empty()) {
        read.refuse("annotation",
                    "a text without " + std::string(import_token_prefix) + "..., which marks a VM that is being imported");
    }
    auto const location = detail::plain_location(read.argument("ova_url", ""));
    if (!location) {
        read.refuse("ova_url", "a local path, or an http:// or https:// URL");
    }
    vm.ova_url = *location;
    if (!vm.ova_is_remote() && detail::may_hide_credentials(read.text("ova_url"))) {
        read.refuse("ova_url", "an http:// or https:// URL, or a local path, which begins with ./ if it holds `@` and `:`", true);
    }
    if (vm.ova_is_remote() && !detail::is_encoded_url(vm.ova_url)) {
        // Where such a URL's password ends nobody can tell: it is not shown.
        read.refuse("ova_url", "a URL with spaces, quotes and all that is not ASCII encoded as %20 and so on", true);
    }
    if (vm.ova_is_remote() && !detail::url_has_host(vm.ova_url)) {
        read.refuse("ova_url", "a URL with a host in it, or a local path");
    }
    if (!vm.ova_url.empty() && !vm.ova_is_remote()) {
        std::error_code failed;
        vm.ova_url = std::filesystem::absolute(vm.ova_url, failed).string();
    }
    return vm;
}

} // namespace esxi
