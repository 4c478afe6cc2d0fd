// SPDX-License-Identifier: Apache-2.0
// Which of a guest's addresses one can reach it by.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>

#include <esxi/model/vm_properties.hpp>

namespace esxi {

/// Whether the text is an IPv4 or IPv6 address, of the wished family, and not one that only the guest's own link or the guest itself
/// knows.
[[nodiscard]] inline bool is_usable_address(std::string_view address, ip_version version)
{
    if (address.empty()) {
        return false;
    }
    std::string lower(address);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    bool const v6 = lower.find(':') != std::string::npos;
    unsigned char parsed[sizeof(in6_addr)];
    if (lower.find('\0') != std::string::npos || ::inet_pton(v6 ? AF_INET6 : AF_INET, lower.c_str(), parsed) != 1) {
        return false;
    }
    if ((version == ip_version::v4 && v6) || (version == ip_version::v6 && !v6)) {
        return false;
    }
    if (v6) {
        bool const link_local =
            lower.size() > 3 && lower.starts_with("fe") && std::string_view("89ab").find(lower[2]) != std::string_view::npos;
        return !link_local && lower != "::1" && lower != "::" && !lower.starts_with("ff");
    }
    return !lower.starts_with("169.254.") && !lower.starts_with("127.") && !lower.starts_with("0.");
}

/// The first usable address; empty where there is none.
[[nodiscard]] inline std::string first_usable_address(std::vector<std::string> const& addresses, ip_version version)
{
    auto const found =
        std::find_if(addresses.begin(), addresses.end(), [version](auto const& a) { return is_usable_address(a, version); });
    return found == addresses.end() ? std::string() : *found;
}

} // namespace esxi
