// SPDX-License-Identifier: Apache-2.0
// Takes a snapshot of a VM, unless it has one of that name. The plan is printed first, from a dry run.
// usage: ESXI_HOST=... ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] snapshot VM NAME
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

int main(int argc, char** argv)
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    if (argc != 3) {
        std::cerr << "usage: snapshot VM NAME\n";
        return 2;
    }
    try {
        esxi::subprocess_transport govc;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
        esxi::plain_context vm({{"name", argv[1]}}, host);
        esxi::plain_context snapshot({{"name", argv[2]}, {"description", "before the upgrade"}}, vm);

        esxi::operation_options look;
        look.dry_run = true;
        for (auto const& step : esxi::create_snapshot(govc, snapshot, look).steps) {
            std::cout << "will " << esxi::describe(step) << "\n";
        }
        std::cout << "has " << esxi::create_snapshot(govc, snapshot).runtime.at("moid").as_string().c_str() << "\n";
    } catch (esxi::error const& failed) {
        std::cerr << esxi::to_string(failed.kind()) << ": " << failed.what() << "\n";
        return 1;
    }
}
