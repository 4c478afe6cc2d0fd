// SPDX-License-Identifier: Apache-2.0
// What the descriptor of an OVF package says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esxi {

/// A file of the package.
struct ovf_file {
    std::string id;   ///< What a disk names it by.
    std::string href; ///< Path relative to the descriptor, as written there: it may be URL-encoded, or a URL.
    std::optional<std::uint64_t> size;       ///< In bytes, before compression; unset: not said.
    std::optional<std::uint64_t> chunk_size; ///< In bytes; set: the file is split into `href.000000000` and so on.
    std::string compression;                 ///< As `gzip`; empty or `identity`: none.

    /// Whether the file is stored compressed.
    [[nodiscard]] bool is_compressed() const { return !compression.empty() && compression != "identity"; }

    friend bool operator==(ovf_file const&, ovf_file const&) = default;
};

/// A virtual disk of the package.
struct ovf_disk {
    std::string id;         ///< `ovf:diskId`.
    std::string file_ref;   ///< The id of its file; empty: the disk is made empty.
    std::string parent_ref; ///< The id of the disk that it is a delta of; empty: none.
    std::string format;     ///< A URL that names the format; `...vmdk.html#streamOptimized` is what hosts take.
    std::optional<std::uint64_t> capacity; ///< In bytes; unset: not said, or it is a property that has no number as default.
    std::string capacity_property;         ///< The key of the property that holds the capacity; empty: it is a number.
    std::uint64_t capacity_unit = 1;       ///< Bytes in one unit of that property.
    std::optional<std::uint64_t> populated_size; ///< In bytes; unset: not said.

    friend bool operator==(ovf_disk const&, ovf_disk const&) = default;
};

/// A size of the appliance that can be chosen when it is deployed.
struct ovf_deployment_option {
    std::string id;          ///< As `small`.
    std::string label;       ///< For people.
    bool is_default = false; ///< Used if none is chosen.

    friend bool operator==(ovf_deployment_option const&, ovf_deployment_option const&) = default;
};

/// A default of a property that holds in one deployment option.
struct ovf_configured_value {
    std::string configuration; ///< The id of the deployment option; empty: any.
    std::string value;         ///< The default.

    friend bool operator==(ovf_configured_value const&, ovf_configured_value const&) = default;
};

/// A property that the guest is given.
struct ovf_property {
    std::string key;        ///< As the guest reads it: `class.key.instance`, without a part that the descriptor does not name.
    std::string type;       ///< As written: `string`, `uint8`, `boolean`, ...; may be empty.
    std::string qualifiers; ///< As written, those of other namespaces too: `MinLen(1),MaxLen(8) Ip('VM Network')`.
    bool user_configurable = false; ///< A person is to be asked for it.
    bool password = false;          ///< Its value is not to be shown.
    bool required = false;          ///< The descriptor says outright that it needs a value.
    std::optional<std::string> value;         ///< The default; unset: none.
    std::vector<ovf_configured_value> values; ///< Defaults in deployment options, which come before `value`.
    std::vector<std::string> configurations;  ///< The deployment options that have it; empty: all.
    std::string label;                        ///< For people.

    /// Whether it is there in this deployment option.
    [[nodiscard]] bool exists_in(std::string_view option) const
    {
        return configurations.empty() || std::find(configurations.begin(), configurations.end(), option) != configurations.end();
    }

    /// Its default in this deployment option.
    [[nodiscard]] std::optional<std::string> default_in(std::string_view option) const
    {
        auto const says = [this](std::string_view configuration) {
            return std::find_if(values.begin(), values.end(),
                                [configuration](auto const& one) { return one.configuration == configuration; });
        };
        if (auto const own = says(option); own != values.end()) {
            return own->value;
        }
        if (value) {
            return value;
        }
        auto const any = says("");
        return any != values.end() ? std::optional(any->value) : std::nullopt;
    }

    friend bool operator==(ovf_property const&, ovf_property const&) = default;
};

/// The descriptor of an OVF package. Empty text and empty lists mean that it does not say.
struct ovf_descriptor {
    std::vector<ovf_file> files;           ///< All that it refers to.
    std::vector<ovf_disk> disks;           ///< All its disks.
    std::vector<std::string> networks;     ///< The names of its networks.
    std::vector<std::string> resources;    ///< What its devices are backed by, as `/disk/ID` and `/file/ID`; see `uses`.
    std::vector<std::string> connections;  ///< The networks that its cards are connected to.
    std::vector<ovf_deployment_option> deployment_options; ///< Its sizes.
    std::vector<ovf_property> properties;  ///< Of all its products, in order. A key may repeat: the first one counts.
    std::vector<std::string> transports;   ///< How the guest expects its properties: `iso`, `com.vmware.guestInfo`.
    std::vector<std::string> eulas;        ///< The texts of its licences.
    std::string annotation;                ///< As written.
    std::string name;                      ///< Of its virtual system, or collection.
    std::string product;                   ///< The product's name.
    std::size_t systems = 0;               ///< How many virtual machines it describes.
    bool is_collection = false;            ///< It is a vApp, even of one machine.

    /// Whether a device is backed by the disk.
    [[nodiscard]] bool uses(ovf_disk const& disk) const
    {
        return std::find(resources.begin(), resources.end(), "/disk/" + disk.id) != resources.end();
    }

    /// Whether a disk is made of the file.
    [[nodiscard]] bool is_disk(ovf_file const& file) const
    {
        return !file.id.empty() &&
               std::any_of(disks.begin(), disks.end(), [&file](ovf_disk const& disk) { return disk.file_ref == file.id; });
    }

    /// Whether a disk is made of the file, or a device or setting refers to it. A host asks for no other file.
    [[nodiscard]] bool uses(ovf_file const& file) const
    {
        return is_disk(file) || std::find(resources.begin(), resources.end(), "/file/" + file.id) != resources.end();
    }

    /// The deployment option that holds if none is chosen: the default, else the first; empty: there is none.
    [[nodiscard]] std::string default_option() const
    {
        auto const chosen = std::find_if(deployment_options.begin(), deployment_options.end(),
                                         [](ovf_deployment_option const& option) { return option.is_default; });
        return chosen != deployment_options.end() ? chosen->id
               : deployment_options.empty()       ? std::string()
                                                  : deployment_options.front().id;
    }

    friend bool operator==(ovf_descriptor const&, ovf_descriptor const&) = default;
};

} // namespace esxi
