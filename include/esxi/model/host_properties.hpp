// SPDX-License-Identifier: Apache-2.0
// The properties of an `esxi.nodes.Host`, checked.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/json/object.hpp>

#include <esxi/detail/property_reader.hpp>
#include <esxi/detail/read_file.hpp>
#include <esxi/model/connection.hpp>

namespace esxi {

namespace detail {

/// Whether the text is `name`, `1.2.3.4` or `[::1]`, with an optional `:port`.
[[nodiscard]] inline bool is_host_and_port(std::string_view text)
{
    constexpr std::string_view digits = "0123456789";
    std::string_view rest;
    if (text.starts_with('[')) {
        auto const end = std::min(text.find(']'), text.size());
        std::string const address(text.substr(1, end - 1));
        ::in6_addr ignored{};
        // inet_pton takes what stands before a NUL for all there is.
        if (end == text.size() || address.find('\0') != std::string::npos ||
            ::inet_pton(AF_INET6, address.c_str(), &ignored) != 1) {
            return false;
        }
        rest = text.substr(end + 1);
    } else {
        auto const end = std::min(text.find(':'), text.size());
        auto const name = text.substr(0, end);
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
        if (name.empty() || name.size() > 253 || name.starts_with('-') || name.starts_with('.') ||
            name.find_first_not_of(letters) != std::string_view::npos) {
            return false;
        }
        rest = text.substr(end);
    }
    if (rest.empty()) {
        return true;
    }
    if (rest.size() < 2 || rest.size() > 6 || !rest.starts_with(':') ||
        rest.find_first_not_of(digits, 1) != std::string_view::npos) {
        return false;
    }
    auto const port = std::stoi(std::string(rest.substr(1)));
    return port >= 1 && port <= 65535;
}

/// Whether what stands where a host belongs could hold a password: `user:password@host`, or `user:password` alone.
[[nodiscard]] inline bool may_hold_credentials(std::string_view text)
{
    if (text.find('@') != std::string_view::npos) {
        return true;
    }
    auto const scheme = text.find("://");
    text.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    auto const authority = text.substr(0, text.find_first_of("/?#"));
    return authority.find_first_not_of("0123456789abcdefABCDEF:.[]", std::min(authority.find(':'), authority.size())) !=
           std::string_view::npos;
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

/// The properties that a host has.
inline constexpr auto host_property_names =
    std::to_array<std::string_view>({"host", "password", "user", "verify_tls", "ca_bundle", "thumbprint"});

/// Reads and checks the properties of a host. Throws `config`, naming the property; the password is never in the message.
[[nodiscard]] inline host_connection read_host_properties(boost::json::object const& properties)
{
    detail::property_reader const read(properties, "Host", host_property_names);
    host_connection connection;

    constexpr std::string_view host_form =
        "a name, an IPv4 address or [IPv6], with an optional :port; no scheme, no path, no credentials";
    connection.host = std::string_view(read.required_secret("host", host_form)); // somebody may have put credentials there
    if (!detail::is_host_and_port(connection.host)) {
        read.refuse("host", host_form, detail::may_hold_credentials(connection.host));
    }

    constexpr std::string_view not_a_path = "no absolute path: govc would read the file of that name and take what is in it";
    if (read.is_empty_text("user")) { // not the same as none: a variable that was left empty must not turn out to be root
        read.refuse("user", "a name, or nothing at all for root: with an empty user govc does not log in, and reports success");
    }
    if (auto user = read.text("user"); !user.empty()) {
        connection.user = std::move(user);
    }
    if (connection.user.starts_with('/')) {
        read.refuse("user", not_a_path);
    }
    connection.password = read.required_secret("password", "a text that is not empty");
    if (std::string_view(connection.password).starts_with('/')) {
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
            bool const is_file = !failed && std::filesystem::is_regular_file(path, failed); // a pipe or device might never end
            auto const text = is_file ? detail::read_whole_file(path.string()) : std::nullopt;
            if (!text || text->find(begin) == std::string::npos) {
                read.refuse("ca_bundle", "the path of a readable PEM file with certificates, or the PEM text itself");
            }
            bundle = path.string();
        }
        if (!connection.thumbprint.empty()) {
            read.refuse("ca_bundle", "none together with thumbprint, which is to be trusted alone; drop one of the two");
        }
        connection.ca_bundle = std::move(bundle);
    }
    return connection;
}

} // namespace esxi
