// SPDX-License-Identifier: Apache-2.0
// Each scenario on the real govc and the simulator, recorded; and at once on its tape, with the same results.
// With ESXI_RECORD_TAPES in the environment the tapes go to tests/tapes, where the unit tests find them.
// ctest: served
#include <cstdlib>
#include <ostream>
#include <string>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>

#include "scenarios/scenarios.hpp"
#include "support/live.hpp"

namespace test {

inline std::ostream& operator<<(std::ostream& out, scenario const& s)
{
    return out << s.name;
}

} // namespace test

BOOST_DATA_TEST_CASE(scenario_runs_live_and_on_its_tape, boost::unit_test::data::make(test::scenarios()), scenario)
{
    test::simulator const host(scenario.simulator_options);
    for (auto const& command : scenario.prepare) {
        host.must(command);
    }
    auto const ova = test::make_ova(host.files() / "small.ova");

    auto govc = test::real_govc(test::bin(scenario.legacy ? "govc-0.18" : "govc"));
    esxi::record_transport recorder(govc, {.paths = {{"ova", ova}}});
    esxi::any_transport recording(recorder);
    test::world live(recording, host.host_properties(), ova);
    scenario.run(live);

    bool const keep = std::getenv("ESXI_RECORD_TAPES") != nullptr;
    auto const tape = keep ? std::string(ESXI_TESTS_DIR) + "/tapes/" + scenario.name + ".json" : host.files() / "tape.json";
    recorder.save(tape);
    auto const text = test::read_file(tape);
    BOOST_TEST(text.find(host.password()) == std::string::npos);
    BOOST_TEST(text.find(host.host()) == std::string::npos);

    esxi::replay_transport player(esxi::load_tape(tape), {.paths = {{"ova", ova}}});
    esxi::any_transport playing(player);
    // The password is another one: a replay needs none.
    auto properties = host.host_properties();
    properties["password"] = "whatever else";
    test::world replayed(playing, properties, ova);
    scenario.run(replayed);
    player.finish();
    BOOST_TEST(replayed.results() == live.results(), boost::test_tools::per_element());
    BOOST_TEST(replayed.log() == live.log(), boost::test_tools::per_element());
}
