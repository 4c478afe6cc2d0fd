// SPDX-License-Identifier: Apache-2.0
// Logs in to a host and prints what it is.
// usage: ESXI_HOST=esxi1.example ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] probe
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

int main()
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    try {
        esxi::subprocess_transport govc;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});

        auto const result = esxi::probe_host(govc, host);
        std::cout << "ESXi " << result.runtime.at("version").as_string().c_str() << ", build "
                  << result.runtime.at("build").as_string().c_str() << "\n";
    } catch (esxi::error const& failed) {
        std::cerr << esxi::to_string(failed.kind()) << ": " << failed.what() << "\n";
        return 1;
    }
}
