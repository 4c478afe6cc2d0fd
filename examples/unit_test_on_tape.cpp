// SPDX-License-Identifier: Apache-2.0
// A unit test of code that uses the library. It runs on a tape: no host, no govc, no password, no Boost.Process.
// usage: unit_test_on_tape [TAPE], from the top of the source tree
#include <cstdlib>
#include <iostream>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/replay.hpp>

/// The code under test. In production it is given a subprocess_transport.
template <esxi::transport Transport>
bool protect(Transport& transport, esxi::plain_context& snapshot)
{
    return esxi::create_snapshot(transport, snapshot).changed;
}

int main(int argc, char** argv)
{
    try {
        esxi::replay_transport tape(esxi::load_tape(argc > 1 ? argv[1] : "examples/tapes/snapshot-create.json"));
        esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
        esxi::plain_context vm({{"name", "web1"}}, host);
        esxi::plain_context snapshot({{"name", "before-upgrade"}, {"description", "as delivered"}}, vm);

        bool const changed = protect(tape, snapshot);
        tape.finish(); // throws if the code sent another command, or fewer than are on the tape
        bool const good = changed && snapshot.runtime_properties().at("vm_name") == "web1";
        std::cout << (good ? "passed" : "FAILED") << "\n";
        return good ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (esxi::error const& failed) {
        std::cerr << failed.what() << "\n";
        return EXIT_FAILURE;
    }
}
