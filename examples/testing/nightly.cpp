// The tool itself: in production the transport runs the real govc.
// usage: ESXI_HOST=esxi1.example ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] nightly
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/transport/subprocess.hpp>

#include "nightly.hpp"

int main()
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    try {
        esxi::subprocess_transport govc;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
        for (auto const& name : take_nightly_snapshots(govc, host)) {
            std::cout << esxi::printable(name) << "\n";
        }
    } catch (esxi::error const& failed) {
        std::cerr << esxi::to_string(failed.kind()) << ": " << failed.what() << "\n";
        return 1;
    }
}
