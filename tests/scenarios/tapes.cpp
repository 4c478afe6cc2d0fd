// SPDX-License-Identifier: Apache-2.0
// Each scenario on the tape that was recorded of it: no host, no govc, no password.
#include <ostream>
#include <string>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/transport/replay.hpp>

#include "scenarios.hpp"
#include "support/directory.hpp"
#include "support/simulator.hpp"

namespace test {

inline std::ostream& operator<<(std::ostream& out, scenario const& s)
{
    return out << s.name;
}

} // namespace test

BOOST_DATA_TEST_CASE(scenario_runs_on_its_tape, boost::unit_test::data::make(test::scenarios()), scenario)
{
    test::directory const files;
    auto const ova = test::make_ova(files / "small.ova");
    esxi::replay_transport player(esxi::load_tape(std::string(ESXI_TESTS_DIR) + "/tapes/" + scenario.name + ".json"),
                                  {.paths = {{"ova", ova}}});
    esxi::any_transport playing(player);
    test::world world(playing, {{"host", "esxi1.example"}, {"password", "not needed"}}, ova);
    scenario.run(world);
    player.finish();
}
