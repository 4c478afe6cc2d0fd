// SPDX-License-Identifier: Apache-2.0
// The values of an OVA's properties, checked, and the OVF environment that hands them to the guest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/ovf_limits.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// The most bytes of an environment that a guest can read.
inline constexpr std::size_t longest_ovf_environment = std::size_t{64} << 10;

/// What a guest is told of one property.
struct ovf_value {
    std::string key;   ///< `class.key.instance`.
    std::string value; ///< Given, else the default; may be empty.

    friend bool operator==(ovf_value const&, ovf_value const&) = default;
};

/// What a guest is told, and what a person should be told.
struct ovf_values {
    std::vector<ovf_value> all;        ///< Every property of the OVA, in its order.
    std::vector<std::string> warnings; ///< Sentences: a guest may refuse what it is given.
};

namespace detail {

[[nodiscard]] inline std::string shown_value(ovf_property const& property, ovf_limits const& limits, std::string_view value)
{
    constexpr std::size_t longest = 80;
    if (property.password || !limits.is_telling()) { // a text may be a password although the OVA does not say so
        std::size_t length = 0;
        for (auto rest = value; !rest.empty(); ++length) {
            rest.remove_prefix(std::max<std::size_t>(esxi::detail::utf8_length(rest), 1));
        }
        return "a text of " + std::to_string(length) + (length == 1 ? " character" : " characters") + ", not shown here";
    }
    return "the value " + in_quotes(shortened(value, longest));
}

[[nodiscard]] inline std::string known_keys(ovf_descriptor const& ova)
{
    constexpr std::size_t longest = 2000;
    std::string keys;
    for (auto const& property : ova.properties) {
        keys += (keys.empty() ? "" : ", ") + printable(property.key);
    }
    return keys.empty() ? "none" : shortened(keys, longest);
}

[[nodiscard]] inline std::string xml_escaped(std::string_view text)
{
    std::string escaped;
    escaped.reserve(text.size());
    for (char const c : text) {
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        case '\'': escaped += "&apos;"; break;
        case '\t': escaped += "&#9;"; break; // else an attribute's reader makes a space of it
        case '\n': escaped += "&#10;"; break;
        case '\r': escaped += "&#13;"; break;
        default: escaped += c;
        }
    }
    return escaped;
}

} // namespace detail

/// The value of every property of the OVA: given, else its default in the default deployment option. Throws `config` for a given key
/// that the OVA does not have, a value that it does not allow, and a property that needs a value and has none. `subject` begins the
/// messages, as "property `ovf_properties` of VM `web1`".
[[nodiscard]] inline ovf_values resolve_ovf_values(ovf_descriptor const& ova, std::map<std::string, std::string> const& given,
                                                   std::string const& subject)
{
    auto const option = ova.default_option();
    ovf_values resolved;
    std::map<std::string_view, ovf_property const*> known;
    for (auto const& property : ova.properties) {
        if (!property.exists_in(option) && !given.contains(property.key)) {
            continue;
        }
        if (!known.emplace(property.key, &property).second) {
            continue;
        }
        ovf_limits const limits(property);
        auto const here = given.find(property.key);
        auto value = here != given.end() ? here->second : property.default_in(option).value_or("");
        if (here != given.end() && !limits.allow(value)) {
            throw error(error_kind::config, subject + " gives " + in_quotes(property.key) + " " +
                                                detail::shown_value(property, limits, value) + "; allowed is " +
                                                limits.allowed());
        }
        if (here == given.end() && value.empty() && property.user_configurable) {
            if (property.required || !limits.takes_empty()) {
                throw error(error_kind::config, subject + " lacks " + in_quotes(property.key) +
                                                    ", which the OVA needs and has no default for; allowed is " +
                                                    limits.allowed());
            }
            if (!limits.allow(value)) {
                resolved.warnings.push_back("the OVA's property " + in_quotes(property.key) +
                                            " has no value and no default, and its guest may not do without; allowed is " +
                                            limits.allowed());
            }
        }
        resolved.all.push_back({property.key, limits.normal(value)});
    }
    for (auto const& entry : given) {
        if (known.find(entry.first) == known.end()) {
            throw error(error_kind::config, subject + " names " + printable(entry.first) +
                                                ", which the OVA does not have; it has " + detail::known_keys(ova));
        }
    }
    bool const iso_alone = !ova.transports.empty() && std::all_of(ova.transports.begin(), ova.transports.end(),
                                                                  [](std::string const& way) { return way == "iso"; });
    if (iso_alone && !resolved.all.empty()) {
        resolved.warnings.emplace_back(
            "the OVA expects its properties on an ISO image (transport iso), which a standalone host does not "
            "make: its guest gets them only if it reads guestinfo.ovfEnv, as cloud-init does");
    }
    return resolved;
}

/// The document that a guest reads from `guestinfo.ovfEnv`; empty if there are no values. Throws `config` for a value that XML cannot
/// carry, and if it is longer than a guest can read.
[[nodiscard]] inline std::string ovf_environment(std::vector<ovf_value> const& values, std::string const& subject)
{
    if (values.empty()) {
        return {};
    }
    // cloud-init takes nothing that does not begin with `<?xml`.
    std::string document =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\""
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
        " xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\" oe:id=\"\">\n"
        "<PlatformSection><Kind>VMware ESXi</Kind><Vendor>VMware, Inc.</Vendor><Locale>en</Locale></PlatformSection>\n"
        "<PropertySection>\n";
    ovf_value const* longest = &values.front();
    for (auto const& one : values) {
        for (std::string_view const text : {std::string_view(one.key), std::string_view(one.value)}) {
            if (!esxi::detail::is_utf8(text) || !esxi::detail::fits_xml(text)) {
                throw error(error_kind::config,
                            subject + " cannot be handed to the guest: " + in_quotes(one.key) +
                                " holds characters that XML does not have; allowed is UTF-8 without control characters");
            }
        }
        document +=
            "<Property oe:key=\"" + detail::xml_escaped(one.key) + "\" oe:value=\"" + detail::xml_escaped(one.value) + "\"/>\n";
        longest = one.value.size() > longest->value.size() ? &one : longest;
    }
    document += "</PropertySection>\n</Environment>\n";
    if (document.size() > longest_ovf_environment) {
        throw error(error_kind::config, subject + " cannot be handed to the guest: all properties of the OVA come to " +
                                            std::to_string(document.size()) + " bytes, and a guest reads " +
                                            std::to_string(longest_ovf_environment) + "; the longest is " +
                                            in_quotes(longest->key) + ", of " + std::to_string(longest->value.size()) +
                                            " bytes: give it a shorter value");
    }
    return document;
}

} // namespace esxi::govc
