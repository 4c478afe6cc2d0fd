// SPDX-License-Identifier: Apache-2.0
// Hosts, thumbprints and certificates as people write them.
#include <esxi/model/host_properties.hpp>

#include "../support.hpp"

using namespace esxi::detail;

void fuzz::one_input(std::string_view input)
{
    if (is_host_and_port(input)) {
        promise(input.find_first_of("@/\\?#% \t\r\n\"'<>") == std::string_view::npos,
                "a host is no URL and holds no credentials");
        promise(!may_hold_credentials(input) || input.find(':') != std::string_view::npos, "a name holds no credentials");
        auto const text = std::string(input);
        bool const has_port = !is_host_and_port(text + ":443");
        auto const colon = input.rfind(':');
        promise(has_port == (colon != std::string_view::npos && !input.ends_with(']')), "a host has one port or none");
        promise(!has_port || is_host_and_port(input.substr(0, colon)), "a port can be left out");
    }
    auto const meant = host_meant(input);
    promise(meant.empty() || is_host_and_port(meant), "what is told to be written is a host");
    auto const certificates = certificates_in(input);
    promise(!certificates || certificates_in(*certificates) == certificates, "normal certificates are left as they are");
    auto const thumbprint = normal_thumbprint(input);
    if (!thumbprint.empty()) {
        promise(thumbprint.size() == 20 * 3 - 1 || thumbprint.size() == 32 * 3 - 1, "a thumbprint is a SHA-1 or SHA-256 sum");
        promise(thumbprint.find_first_not_of("0123456789ABCDEF:") == std::string::npos, "a thumbprint is in upper case");
        promise(normal_thumbprint(thumbprint) == thumbprint, "a normal thumbprint is left as it is");
    }
}
