// SPDX-License-Identifier: Apache-2.0
// Reads the descriptor of an OVF package. No entity is expanded, and nothing but the text is read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/xml_tree.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/ovf_units.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// The most bytes that a descriptor may have; hosts take no more than 4 MiB either.
inline constexpr std::size_t longest_ovf_descriptor = std::size_t{4} << 20;

namespace detail {

using esxi::detail::attribute;
using esxi::detail::attribute_text;
using esxi::detail::for_each_element;
using esxi::detail::is_true;
using esxi::detail::local_name;
using esxi::detail::text_in;
using esxi::detail::trimmed;
using esxi::detail::xml_element;

class ovf_reader {
public:
    explicit ovf_reader(xml_element const& envelope)
    {
        for_each_element(envelope, "References", [this](xml_element const& references) {
            for_each_element(references, "File", [this](xml_element const& file) { add_file(file); });
        });
        for_each_element(envelope, "NetworkSection", [this](xml_element const& section) {
            for_each_element(section, "Network",
                             [this](xml_element const& network) { read_.networks.push_back(attribute_text(network, "name")); });
        });
        for_each_element(envelope, "DeploymentOptionSection", [this](xml_element const& section) {
            for_each_element(section, "Configuration", [this](xml_element const& option) {
                read_.deployment_options.push_back(
                    {attribute_text(option, "id"), trimmed(text_in(option, "Label")), is_true(option, "default")});
            });
        });
        for_each_element(envelope, "VirtualSystemCollection", [this](xml_element const& content) {
            read_.is_collection = true;
            add_content(content);
        });
        for_each_element(envelope, "VirtualSystem", [this](xml_element const& content) { add_system(content); });
        // Last: a disk's capacity may be a property.
        for_each_element(envelope, "DiskSection", [this](xml_element const& section) {
            for_each_element(section, "Disk", [this](xml_element const& disk) { add_disk(disk); });
        });
    }

    [[nodiscard]] ovf_descriptor take() { return std::move(read_); }

private:
    void add_file(xml_element const& file)
    {
        read_.files.push_back({attribute_text(file, "id"), attribute_text(file, "href"),
                               whole_number(attribute_text(file, "size")), whole_number(attribute_text(file, "chunkSize")),
                               attribute_text(file, "compression")});
    }

    void add_disk(xml_element const& element)
    {
        ovf_disk disk{attribute_text(element, "diskId"),
                      attribute_text(element, "fileRef"),
                      attribute_text(element, "parentRef"),
                      attribute_text(element, "format"),
                      std::nullopt,
                      {},
                      1,
                      whole_number(attribute_text(element, "populatedSize"))};
        auto const unit = bytes_in_unit(attribute_text(element, "capacityAllocationUnits"));
        auto capacity = trimmed(attribute_text(element, "capacity"));
        if (capacity.starts_with("${") && capacity.ends_with("}")) {
            disk.capacity_property = capacity.substr(2, capacity.size() - 3);
            disk.capacity_unit = unit.value_or(1);
            capacity.clear();
            for (auto const& property : read_.properties) {
                if (property.key == disk.capacity_property) {
                    capacity = property.default_in(read_.default_option()).value_or("");
                    break;
                }
            }
        }
        disk.capacity = product_of(whole_number(capacity), unit);
        read_.disks.push_back(std::move(disk));
    }

    void add_system(xml_element const& system)
    {
        ++read_.systems;
        add_content(system);
    }

    /// Of a virtual machine, or of a collection of them.
    void add_content(xml_element const& content)
    {
        if (read_.name.empty()) {
            read_.name = trimmed(text_in(content, "Name"));
        }
        if (read_.name.empty()) {
            read_.name = attribute_text(content, "id");
        }
        for_each_element(content, "ProductSection", [this](xml_element const& section) { add_product(section); });
        for_each_element(content, "AnnotationSection", [this](xml_element const& section) {
            if (read_.annotation.empty()) {
                read_.annotation = text_in(section, "Annotation");
            }
        });
        for_each_element(content, "EulaSection",
                         [this](xml_element const& section) { read_.eulas.push_back(trimmed(text_in(section, "License"))); });
        for_each_element(content, "VirtualHardwareSection", [this](xml_element const& section) {
            add_hardware(section);
            for (auto& word : words_of(attribute_text(section, "transport"))) {
                if (std::find(read_.transports.begin(), read_.transports.end(), word) == read_.transports.end()) {
                    read_.transports.push_back(std::move(word));
                }
            }
        });
        for_each_element(content, "VirtualSystem", [this](xml_element const& inner) { add_system(inner); });
        for_each_element(content, "VirtualSystemCollection", [this](xml_element const& inner) { add_content(inner); });
    }

    /// What the devices refer to that are there in the default deployment option.
    void add_hardware(xml_element const& section)
    {
        auto const add_setting = [this](xml_element const& setting) { add_resource(attribute_text(setting, "value")); };
        for_each_element(section, "Config", add_setting);
        for_each_element(section, "ExtraConfig", add_setting);
        for (char const* kind : {"Item", "StorageItem", "EthernetPortItem"}) {
            for_each_element(section, kind, [this, &add_setting](xml_element const& item) {
                auto const options = words_of(attribute_text(item, "configuration"));
                if (!options.empty() && std::find(options.begin(), options.end(), read_.default_option()) == options.end()) {
                    return;
                }
                for_each_element(item, "HostResource",
                                 [this](xml_element const& one) { add_resource(trimmed(esxi::detail::text_of(one))); });
                for_each_element(item, "Connection", [this](xml_element const& one) {
                    read_.connections.push_back(trimmed(esxi::detail::text_of(one)));
                });
                for_each_element(item, "Config", add_setting);
            });
        }
    }

    /// As `ovf:/disk/ID`, or without the prefix, as some writers have it.
    void add_resource(std::string text)
    {
        text.erase(0, text.starts_with("ovf:") ? 4 : 0);
        text.erase(0, text.starts_with("//") ? 1 : 0);
        if (text.starts_with("/disk/") || text.starts_with("/file/")) {
            read_.resources.push_back(std::move(text));
        }
    }

    void add_product(xml_element const& section)
    {
        if (read_.product.empty()) {
            read_.product = trimmed(text_in(section, "Product"));
        }
        auto const group = attribute_text(section, "class");
        auto const instance = attribute_text(section, "instance");
        for_each_element(section, "Property", [this, &group, &instance](xml_element const& element) {
            ovf_property property;
            property.key =
                (group.empty() ? "" : group + ".") + attribute_text(element, "key") + (instance.empty() ? "" : "." + instance);
            property.type = trimmed(attribute_text(element, "type"));
            property.qualifiers = qualifiers_of(element);
            property.user_configurable = is_true(element, "userConfigurable");
            property.password = is_true(element, "password");
            property.required = is_true(element, "required");
            property.value = attribute(element, "value");
            property.configurations = words_of(attribute_text(element, "configuration"));
            property.label = trimmed(text_in(element, "Label"));
            for_each_element(element, "Value", [&property](xml_element const& value) {
                property.values.push_back({attribute_text(value, "configuration"), attribute_text(value, "value")});
            });
            if (!attribute_text(element, "key").empty()) {
                read_.properties.push_back(std::move(property));
            }
        });
    }

    /// Those of every namespace: VMware has some of its own.
    [[nodiscard]] static std::string qualifiers_of(xml_element const& element)
    {
        std::string all;
        esxi::detail::for_each_attribute(element, [&all](std::string_view tag, std::string_view value) {
            if (local_name(tag) == "qualifiers" && !value.empty()) {
                all += (all.empty() ? "" : " ") + std::string(value);
            }
        });
        return all;
    }

    [[nodiscard]] static std::vector<std::string> words_of(std::string_view text)
    {
        std::vector<std::string> words;
        std::istringstream stream{std::string(text)};
        for (std::string word; stream >> word;) {
            words.push_back(word);
        }
        return words;
    }

    ovf_descriptor read_;
};

} // namespace detail

/// Reads the text of a descriptor. Throws `config` if it is no OVF descriptor in UTF-8 of bounded size and depth; the message
/// begins with `name`.
[[nodiscard]] inline ovf_descriptor read_ovf_descriptor(std::string_view text, std::string const& name = "the OVF descriptor")
{
    if (text.size() > longest_ovf_descriptor) {
        throw error(error_kind::config, name + " has " + std::to_string(text.size()) + " bytes; allowed are " +
                                            std::to_string(longest_ovf_descriptor));
    }
    esxi::detail::xml_document const document(text, name);
    auto const root = esxi::detail::name_of(document.root());
    if (esxi::detail::local_name(root) != "Envelope") {
        throw error(error_kind::config,
                    name + " is none: its root element is " + in_quotes(root) + ", that of an OVF descriptor is Envelope");
    }
    return detail::ovf_reader(document.root()).take();
}

} // namespace esxi::govc
