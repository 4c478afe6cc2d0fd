// SPDX-License-Identifier: Apache-2.0
// Reads what `govc import.spec` prints of an OVA.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/govc/json_fields.hpp>
#include <esxi/model/ovf.hpp>

namespace esxi::govc {

namespace detail {

/// An entry of `propertyMapping`: key and default, and with `-verbose` what the descriptor says of it.
[[nodiscard]] inline ovf_property read_spec_property(boost::json::value const& entry)
{
    auto const* spec = member(&entry, "spec");
    ovf_property property;
    property.key = text_of(member(&entry, "key"));
    property.type = text_of(member(spec, "type"));
    property.qualifiers = text_of(member(spec, "qualifiers"));
    property.user_configurable = flag_of(member(spec, "userConfigurable"));
    property.password = flag_of(member(spec, "password"));
    property.label = text_of(member(spec, "label"));
    if (auto const* value = member(spec == nullptr ? &entry : spec, spec == nullptr ? "value" : "default");
        value != nullptr && value->is_string()) {
        property.value = text_of(value);
    }
    if (auto configuration = text_of(member(spec, "configuration")); !configuration.empty()) {
        property.configurations.push_back(std::move(configuration));
    }
    auto const* values = member(spec, "value");
    if (values != nullptr && values->is_array()) {
        for (auto const& one : values->get_array()) {
            property.values.push_back({text_of(member(&one, "configuration")), text_of(member(&one, "value"))});
        }
    }
    return property;
}

} // namespace detail

/// Reads the output of `import.spec`: as much of a descriptor as it tells. Throws `govc` if it is not that.
[[nodiscard]] inline ovf_descriptor read_import_spec(std::string_view text)
{
    auto const document = detail::parse_output(text);
    if (detail::member(&document, "diskProvisioning") == nullptr && detail::member(&document, "networkMapping") == nullptr) {
        detail::refuse_output("it does not speak of an OVA");
    }
    auto const for_each = [&document](std::string_view list, auto const& visit) {
        auto const* entries = detail::member(&document, list);
        if (entries != nullptr && entries->is_array()) {
            for (auto const& entry : entries->get_array()) {
                visit(entry);
            }
        }
    };
    ovf_descriptor spec;
    for_each("propertyMapping", [&spec](boost::json::value const& entry) {
        if (auto property = detail::read_spec_property(entry); !property.key.empty()) {
            spec.properties.push_back(std::move(property));
        }
    });
    for_each("networkMapping", [&spec](boost::json::value const& entry) {
        if (auto name = detail::text_of(detail::member(&entry, "name")); !name.empty()) {
            spec.networks.push_back(std::move(name));
        }
    });
    if (auto option = detail::text_of(detail::member(&document, "deployment")); !option.empty()) {
        spec.deployment_options.push_back({std::move(option), {}, true});
    }
    spec.annotation = detail::text_of(detail::member(&document, "annotation"));
    return spec;
}

} // namespace esxi::govc
