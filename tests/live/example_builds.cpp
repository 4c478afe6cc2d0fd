// SPDX-License-Identifier: Apache-2.0
// The programs in examples/ that only ./dev verify builds do what they say.
// ctest: verify
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/examples.hpp"

BOOST_FIXTURE_TEST_SUITE(example_builds, test::example_host)

BOOST_AUTO_TEST_CASE(that_are_configured_tools)
{
    BOOST_TEST(run("facts", {"record_host_facts"}).out.find("ha-host_VM0") != std::string::npos);
    BOOST_TEST(run("everything", {"start_vm", "ha-host_VM0"}).out.find("poweredOn") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(that_are_unit_tests_and_record_their_tape)
{
    run("with_googletest", {}, {{"ESXI_TAPE_MODE", "once"}});
    BOOST_TEST(host.must({"snapshot.tree", "-vm", "ha-host_VM0"}).find("nightly") != std::string::npos);
    auto const calls = host.calls("CreateSnapshot_Task");
    BOOST_TEST(calls == 1);
    BOOST_TEST(test::read_file(home / "nightly.json").find(host.password()) == std::string::npos);
    run("with_googletest");
    run("with_googletest", {}, {{"ESXI_TAPE_MODE", "new_episodes"}});
    run("with_catch2");
    BOOST_TEST(host.calls("CreateSnapshot_Task") == calls);
}

BOOST_AUTO_TEST_SUITE_END()
