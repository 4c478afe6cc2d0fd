// SPDX-License-Identifier: Apache-2.0
// Makes sure that a VM is there and runs: imports it from an OVA unless it exists. What is learned is kept in a file, so that a run
// which was killed is taken up again by the next one.
// usage: ESXI_HOST=... ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] create_vm NAME OVA
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/context/plain.hpp>
#include <esxi/context/state_file.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

int main(int argc, char** argv)
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    if (argc != 3) {
        std::cerr << "usage: create_vm NAME OVA\n";
        return 2;
    }
    try {
        esxi::subprocess_transport govc;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
        esxi::plain_context vm({{"name", argv[1]}, {"ova_url", argv[2]}, {"cpu", 2}, {"memory_mb", 1024}}, host);

        esxi::state_file states("esxi-state.json");
        auto kept = states.open({env("ESXI_HOST"), "vm", argv[1]}, std::chrono::seconds(30)); // other runs on this VM wait
        vm.keep_in(kept);

        esxi::operation_options options;
        options.on_progress = [](esxi::import_progress const& p) { std::cerr << "\r" << p.what << " " << p.percent << " % "; };
        auto const result = esxi::create_vm(govc, vm, options);
        std::cout << (result.changed ? "changed" : "nothing changed") << ", " << result.commands
                  << " command(s): " << result.runtime << "\n";
    } catch (esxi::error const& failed) {
        std::cerr << esxi::to_string(failed.kind()) << (failed.recoverable() ? " (try again)" : "") << ": " << failed.what()
                  << "\n";
        return 1;
    }
}
