// The code under test: takes a snapshot of each running VM of a host. Everything that it knows of transports is the concept.
#pragma once

#include <string>
#include <vector>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

/// Returns the names of the VMs that were given a snapshot; one that had it is left alone.
template <esxi::transport Transport>
std::vector<std::string> take_nightly_snapshots(Transport& transport, esxi::plain_context& host)
{
    std::vector<std::string> taken;
    auto const facts = esxi::record_host_facts(transport, host).runtime;
    for (auto const& [name, vm] : facts.at("vms").as_object()) {
        if (vm.at("power_state") == "poweredOn") {
            esxi::plain_context node({{"name", name}}, host);
            esxi::plain_context snapshot({{"name", "nightly"}}, node);
            if (esxi::create_snapshot(transport, snapshot).changed) {
                taken.emplace_back(name);
            }
        }
    }
    return taken;
}
