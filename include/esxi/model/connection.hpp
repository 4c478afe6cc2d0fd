// SPDX-License-Identifier: Apache-2.0
// How to reach a host and log in. Plain data; reading it from properties is model/host_properties.hpp's part.
#pragma once

#include <string>

#include <esxi/secret_text.hpp>

namespace esxi {

/// Where a command goes and as whom. A value of this type has been checked: see `read_host_properties`.
struct host_connection {
    std::string host; ///< Name, IPv4 address or `[IPv6]`, with an optional `:port`. Never credentials, a scheme or a path.
    std::string user = "root"; ///< Not empty: govc would not log in, and report success.
    secret_text password;      ///< In clear. Never printed.
    bool verify_tls = true;    ///< False: any certificate will do.
    std::string ca_bundle; ///< Path of a PEM file, or the PEM text itself; empty: the system's roots.
    std::string thumbprint; ///< Upper-case pairs with colons, SHA-1 (20 pairs) or SHA-256 (32 pairs); empty: none.

    friend bool operator==(host_connection const&, host_connection const&) = default;
};

} // namespace esxi
