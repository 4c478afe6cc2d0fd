// SPDX-License-Identifier: Apache-2.0
// A tool that is configured when it is compiled: one definition chooses the transport, and nothing of the other one is in the program.
// -DON_TAPE=\"examples/tapes/host-facts.json\" makes a tool that answers from that tape; without it, it asks ESXI_HOST.
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#if defined(ON_TAPE)
#include <esxi/transport/replay.hpp>
#else
#include <esxi/transport/subprocess.hpp>
#endif

/// The tool itself does not care.
template <esxi::transport Transport>
void list_vms(Transport& transport, esxi::plain_context& host)
{
    auto const result = esxi::record_host_facts(transport, host);
    for (auto const& vm : result.runtime.at("vms").as_object()) {
        std::cout << esxi::printable(vm.key()) << " " << vm.value().at("power_state") << "\n";
    }
}

int main()
{
    try {
#if defined(ON_TAPE)
        esxi::replay_transport transport(esxi::load_tape(ON_TAPE));
        esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
#else
        auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
        esxi::subprocess_transport transport;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
#endif
        list_vms(transport, host);
    } catch (esxi::error const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
