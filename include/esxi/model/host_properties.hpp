// SPDX-License-Identifier: Apache-2.0
// The properties of an `esxi.nodes.Host`, checked.
#pragma once

#include <cctype>
#include <fstream>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <esxi/detail/property_reader.hpp>
#include <esxi/model/connection.hpp>

namespace esxi {

namespace detail {

/// Whether the text is `name`, `1.2.3.4` or `[::1]`, with an optional `:port`.
[[nodiscard]] inline bool is_host_and_port(std::string_view text)
{
    auto const all = [](std::string_view part, auto&& good) {
        for (char c : part) {
            if (!good(c)) {
                return false;
            }
        }
        return !part.empty();
    };
    auto const digit = [](char c) { return c >= '0' && c <= '9'; };
    auto const hex = [digit](char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    auto const letter = [digit](char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_'; };

    std::string_view rest;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        auto const address = text.substr(1, end - 1);
        if (address.find(':') == std::string_view::npos || !all(address, [hex](char c) { return hex(c) || c == ':' || c == '.'; })) {
            return false;
        }
        rest = text.substr(end + 1);
    } else {
        auto const end = std::min(text.find(':'), text.size());
        auto const name = text.substr(0, end);
        if (name.size() > 253 || name.starts_with('-') || name.starts_with('.') || !all(name, letter)) {
            return false;
        }
        rest = text.substr(end);
    }
    if (rest.empty()) {
        return true;
    }
    rest.remove_prefix(rest.starts_with(':') ? 1 : 0);
    if (rest.size() > 5 || !all(rest, digit)) {
        return false;
    }
    auto const port = std::stoi(std::string(rest));
    return port >= 1 && port <= 65535;
}

/// `AA:BB:...` in upper case out of any spelling of a SHA-1 or SHA-256 sum; empty where the text is none.
[[nodiscard]] inline std::string normal_thumbprint(std::string_view text)
{
    std::string digits;
    for (char c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (std::isxdigit(byte) != 0) {
            digits += static_cast<char>(std::toupper(byte));
        } else if (c != ':' && c != ' ' && c != '-') {
            return {};
        }
    }
    if (digits.size() != 40 && digits.size() != 64) {
        return {};
    }
    std::string pairs;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        pairs += (i == 0 ? "" : ":") + digits.substr(i, 2);
    }
    return pairs;
}

} // namespace detail

/// Reads and checks the properties of a host. Throws `config`, naming the property; the password is never in the message.
[[nodiscard]] inline host_connection read_host_properties(boost::json::object const& properties)
{
    detail::property_reader const read(properties, "Host",
                                       {"host", "password", "user", "verify_tls", "ca_bundle", "thumbprint"});
    host_connection connection;

    constexpr std::string_view host_form = "a name, an IPv4 address or [IPv6], with an optional :port; no scheme, no path, no credentials";
    // Whatever stands there may hold credentials, so it is never shown whole.
    connection.host = read.required_text("host", host_form, true);
    if (!detail::is_host_and_port(connection.host)) {
        read.refuse("host", host_form, connection.host.find('@') != std::string::npos);
    }

    constexpr std::string_view not_a_path = "no absolute path: govc would read the file of that name and take what is in it";
    if (auto user = read.text("user"); !user.empty()) {
        connection.user = std::move(user);
    }
    if (connection.user.starts_with('/')) {
        read.refuse("user", not_a_path);
    }
    connection.password = read.required_text("password", "a text that is not empty", true);
    if (connection.password.starts_with('/')) {
        read.refuse("password", not_a_path, true);
    }

    connection.verify_tls = read.flag("verify_tls", true);
    if (auto const thumbprint = read.text("thumbprint"); !thumbprint.empty()) {
        connection.thumbprint = detail::normal_thumbprint(thumbprint);
        if (connection.thumbprint.empty()) {
            read.refuse("thumbprint", "a SHA-1 or SHA-256 sum: 20 or 32 pairs of hex digits, with or without colons");
        }
        if (!connection.verify_tls) {
            read.refuse("thumbprint", "none together with verify_tls: false, since govc then ignores it; drop one of the two");
        }
    }
    if (auto bundle = read.text("ca_bundle"); !bundle.empty()) {
        constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
        if (bundle.find(begin) == std::string::npos) {
            std::error_code failed;
            auto const path = std::filesystem::absolute(bundle, failed);
            std::ifstream file(path, std::ios::binary);
            std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
            if (failed || !file.is_open() || text.find(begin) == std::string::npos) {
                read.refuse("ca_bundle", "the path of a readable PEM file with certificates, or the PEM text itself");
            }
            bundle = path.string();
        }
        connection.ca_bundle = std::move(bundle);
    }
    return connection;
}

} // namespace esxi
