// SPDX-License-Identifier: Apache-2.0
// Probes a host that is on a tape.
#include "everything.hpp"
#include "greeting.hpp"

int main(int, char** argv)
{
    esxi::replay_transport transport(esxi::load_tape(argv[1]));
    esxi::plain_context host({{"host", "esxi1"}, {"password", "not needed"}});
    auto const probed = esxi::probe_host(transport, host);
    transport.finish();
    return probed.runtime.at("api_type") == "HostAgent" && greeting() == R"({"kind":"config"})" ? 0 : 1;
}
