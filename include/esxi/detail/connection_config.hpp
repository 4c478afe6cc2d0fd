// SPDX-License-Identifier: Apache-2.0
// How a host is reached, if that is said in several places: one over the other, and in the words of other plugins.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/detail/property_reader.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

inline constexpr auto connection_config_names =
    std::to_array<std::string_view>({"host", "port", "username", "password", "allow_insecure", "certificate_path", "thumbprint"});

/// Whether a property of a host is left to an outer place. An empty user is not: it must not turn out to be root.
[[nodiscard]] inline bool is_left_open(std::string_view name, boost::json::value const& value)
{
    return value.is_null() || (name != "user" && value.is_string() && value.get_string().empty());
}

/// The properties of a host that a `connection_config` gives, as the plugin for vSphere has it. What is checked of them later is not
/// checked here. Throws `config` for an unknown key, a wrong port and a wrong `allow_insecure`.
[[nodiscard]] inline boost::json::object read_connection_config(boost::json::value const& config)
{
    if (!config.is_object()) {
        throw error(error_kind::config,
                    "property `connection_config` of Host is no map, and not shown here; allowed is a map of host, "
                    "port, username, password, allow_insecure, certificate_path and thumbprint");
    }
    auto const& given = config.get_object();
    property_reader const read(given, "connection_config of Host", connection_config_names);
    boost::json::object properties;
    auto const take = [&](char const* key, char const* property) {
        if (auto const* value = given.if_contains(key); value != nullptr && !is_left_open(property, *value)) {
            properties[property] = *value;
        }
    };
    take("host", "host");
    take("username", "user");
    take("password", "password");
    take("certificate_path", "ca_bundle");
    take("thumbprint", "thumbprint");
    auto const* const insecure = given.if_contains("allow_insecure");
    if (insecure != nullptr && !is_left_open("verify_tls", *insecure)) {
        properties["verify_tls"] = !read.flag("allow_insecure", false);
    }
    auto* const host = properties.if_contains("host");
    auto const port = read.integer("port", 1, 65535, "of a port");
    if (port && host == nullptr) {
        read.refuse("port", "a port with a host beside it, in the same map");
    }
    if (port && host->is_string()) {
        std::string name(host->get_string());
        bool const is_bare_ipv6 = name.find(':') != name.rfind(':') && name.front() != '[';
        *host = (is_bare_ipv6 ? "[" + name + "]" : name) + ":" + std::to_string(*port);
    }
    return properties;
}

/// The properties of a host: `inner`, and for what is left open in it `outer`. What says how the certificate is verified belongs
/// together: if `inner` says anything of that, `outer` says nothing.
[[nodiscard]] inline boost::json::object over(boost::json::object inner, boost::json::object const& outer)
{
    constexpr auto of_tls = std::to_array<std::string_view>({"verify_tls", "ca_bundle", "thumbprint"});
    bool inner_has_tls = false;
    for (auto const name : of_tls) {
        auto const* value = inner.if_contains(boost::json::string_view(name.data(), name.size()));
        inner_has_tls = inner_has_tls || (value != nullptr && !is_left_open(name, *value));
    }
    for (auto const& entry : outer) {
        std::string_view const name(entry.key().data(), entry.key().size());
        bool const is_tls = std::find(of_tls.begin(), of_tls.end(), name) != of_tls.end();
        auto const* own = inner.if_contains(entry.key());
        if ((own == nullptr || is_left_open(name, *own)) && !(is_tls && inner_has_tls)) {
            inner[entry.key()] = entry.value();
        }
    }
    return inner;
}

} // namespace esxi::detail
