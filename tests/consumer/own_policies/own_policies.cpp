// SPDX-License-Identifier: Apache-2.0
// Makes a VM with a transport and a context that the library does not know.
// usage: ESXI_HOST=... ESXI_PASSWORD=... ESXI_CA_BUNDLE=... ESXI_GOVC=... own_policies FOLDER OVA
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include <esxi/esxi.hpp>

#include "map_context.hpp"
#include "shell_transport.hpp"

int main(int argc, char** argv)
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    if (argc != 3) {
        std::cerr << "usage: own_policies FOLDER OVA\n";
        return 2;
    }
    std::map<std::string, node> nodes{
        {"host", {{{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}}}},
        {"web", {{{"name", "web1"}, {"ova_url", argv[2]}, {"cpu", 2}}, {}, "host"}},
        {"before", {{{"name", "before-upgrade"}}, {}, "host", "web"}},
    };
    try {
        shell_transport govc("sh", env("ESXI_GOVC"), argv[1]);
        map_context host{nodes, "host"};
        map_context vm{nodes, "web"};
        map_context snapshot{nodes, "before"};

        esxi::probe_host(govc, host);
        for (int round = 0; round < 2; ++round) {
            std::cout << (esxi::create_vm(govc, vm).changed ? "changed" : "nothing changed") << "\n";
        }
        esxi::create_snapshot(govc, snapshot);
        for (auto const& [name, node] : nodes) {
            std::cout << name << " " << node.runtime_properties << "\n";
        }
        esxi::delete_snapshot(govc, snapshot);
        esxi::delete_vm(govc, vm);
        return nodes.at("web").runtime_properties.empty() ? 0 : 1;
    } catch (esxi::error const& failed) {
        std::cerr << esxi::to_string(failed.kind()) << ": " << failed.what() << "\n";
        return 1;
    }
}
