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
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/json/object.hpp>

#include <esxi/detail/pem.hpp>
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

inline constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

/// Pairs of hex digits with `:`, ` `, `-` or nothing between, as `AA:BB:...` in upper case; empty if the text is no SHA-1 or SHA-256
/// sum.
[[nodiscard]] inline std::string hex_pairs(std::string_view text)
{
    std::string digits;
    for (char c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (std::isxdigit(byte) != 0) {
            digits += static_cast<char>(std::toupper(byte));
        } else if (c != ':' && c != '-' && std::isspace(byte) == 0) {
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

/// `AA:BB:...` in upper case out of any spelling of a SHA-1 or SHA-256 sum, also as openssl (`sha256 Fingerprint=...`), a browser
/// (`SHA-256 Fingerprint: ...`), Windows (behind an invisible mark) or `govc about.cert -thumbprint` (behind the host) prints it;
/// empty if the text is none.
[[nodiscard]] inline std::string normal_thumbprint(std::string_view text)
{
    for (std::string_view const mark : {"\xef\xbb\xbf", "\xe2\x80\x8e"}) { // a byte order mark, a left-to-right mark
        text.remove_prefix(text.starts_with(mark) ? mark.size() : 0);
    }
    for (char const quote : {'"', '\''}) {
        if (text.size() > 1 && text.front() == quote && text.back() == quote) {
            text = text.substr(1, text.size() - 2);
        }
    }
    constexpr std::string_view between = "=: \t\r\n";
    auto pairs = hex_pairs(text);
    for (auto end = text.find_first_of(between); pairs.empty() && end != std::string_view::npos;
         end = text.find_first_of(between)) {
        bool const is_pair =
            end == 2 && hex_digits.find(text[0]) != std::string_view::npos && hex_digits.find(text[1]) != std::string_view::npos;
        if (is_pair) { // the sum has begun, and is none
            break;
        }
        text.remove_prefix(end + 1);
        pairs = hex_pairs(text);
    }
    return pairs;
}

/// The host in what people paste in its place, `https://esxi1/ui/#/login`; empty if there is none, or it may hold a password.
[[nodiscard]] inline std::string host_meant(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    if (auto const scheme = text.find("://"); scheme != std::string_view::npos) {
        text.remove_prefix(scheme + 3);
    }
    text = text.substr(0, std::min(text.find_first_of("/?#"), text.find_last_not_of(space) + 1));
    std::string const bracketed = "[" + std::string(text) + "]";
    return is_host_and_port(text) ? std::string(text) : is_host_and_port(bracketed) ? bracketed : std::string();
}

} // namespace detail

/// The properties that a host has.
inline constexpr auto host_property_names = std::to_array<std::string_view>(
    {"host", "password", "user", "verify_tls", "ca_bundle", "thumbprint", "use_external_resource"});

/// Reads and checks the properties of a host. Throws `config`, naming the property; the password is never in the message.
[[nodiscard]] inline host_connection read_host_properties(boost::json::object const& properties)
{
    detail::property_reader const read(properties, "Host", host_property_names);
    host_connection connection;
    if (!read.flag("use_external_resource", true)) {
        read.refuse("use_external_resource", "true: a host is not made, and never changed");
    }

    constexpr std::string_view host_form =
        "a name, an IPv4 address or [IPv6], with an optional :port; no scheme, no path, no credentials";
    connection.host = std::string_view(read.required_secret("host", host_form)); // somebody may have put credentials there
    if (!detail::is_host_and_port(connection.host)) {
        bool const secret = detail::may_hold_credentials(connection.host);
        auto const meant = secret ? std::string() : detail::host_meant(connection.host);
        read.refuse("host", std::string(host_form) + (meant.empty() ? "" : ": write " + meant), secret);
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
    if (auto const last = std::string_view(connection.password).back(); last == '\n' || last == '\r') {
        read.refuse("password", "a text without an end of line at its end, as one that was read from a file can have", true);
    }

    connection.verify_tls = read.flag("verify_tls", true);
    if (auto const thumbprint = read.text("thumbprint"); !thumbprint.empty()) {
        connection.thumbprint = detail::normal_thumbprint(thumbprint);
        if (connection.thumbprint.empty()) {
            read.refuse("thumbprint", "a SHA-1 or SHA-256 sum: 20 or 32 pairs of hex digits, with or without colons, as openssl "
                                      "prints it or alone");
        }
        if (!connection.verify_tls) {
            read.refuse("thumbprint", "none together with verify_tls: false, since govc then ignores it; drop one of the two");
        }
    }
    if (auto bundle = read.text("ca_bundle"); !bundle.empty()) {
        constexpr std::string_view form = "the path of a readable PEM file with certificates, or the PEM text itself";
        bool const is_text = bundle.find("-----BEGIN") != std::string::npos;
        if (!is_text) {
            std::error_code failed;
            auto const path = std::filesystem::absolute(bundle, failed);
            bool const is_file = !failed && std::filesystem::is_regular_file(path, failed); // a pipe or device might never end
            auto const text = is_file ? detail::read_whole_file(path.string()) : std::nullopt;
            if (!text || detail::certificates_in(*text).value_or("").empty()) {
                read.refuse("ca_bundle", form);
            }
            bundle = path.string();
        } else if (auto certificates = detail::certificates_in(bundle); certificates && !certificates->empty()) {
            bundle = std::move(*certificates);
        } else {
            read.refuse("ca_bundle", form);
        }
        if (!connection.thumbprint.empty()) {
            read.refuse("ca_bundle", "none together with thumbprint, which is to be trusted alone; drop one of the two");
        }
        connection.ca_bundle = std::move(bundle);
    }
    return connection;
}

} // namespace esxi
