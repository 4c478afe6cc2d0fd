// SPDX-License-Identifier: Apache-2.0
// Which texts name the same host.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace esxi::detail {

/// The same for every spelling of a host and its port: `esxi1.example:443` for `ESXi1.Example.`, `[::1]:443` for `[0:0::1]`.
/// Nobody is asked: a name and its address, or two names of one host, are two hosts.
[[nodiscard]] inline std::string normal_host(std::string_view host)
{
    auto const colon = host.rfind(':');
    auto const bracket = host.rfind(']');
    bool const has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    std::string port(has_port ? host.substr(colon + 1) : "443");
    port.erase(0, std::min(port.find_first_not_of('0'), port.size()));

    std::string name(host.substr(0, has_port ? colon : host.size()));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name.ends_with('.')) {
        name.pop_back();
    }
    ::in6_addr address{};
    char text[INET6_ADDRSTRLEN];
    if (name.starts_with('[') && name.ends_with(']') &&
        ::inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1 &&
        ::inet_ntop(AF_INET6, &address, text, sizeof text) != nullptr) {
        name = std::string("[") + text + "]";
    }
    return name + ":" + port;
}

} // namespace esxi::detail
