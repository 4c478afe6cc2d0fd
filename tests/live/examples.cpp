// SPDX-License-Identifier: Apache-2.0
// The small programs in examples/ do what they say.
// ctest: verify
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

struct fixture {
    test::simulator host{{"--vms", "1", "--guest-ip", "100=10.1.2.3"}};
    test::directory home;

    test::finished run(std::string const& example, std::vector<std::string> arguments = {},
                       std::map<std::string, std::string> environment = {}) const
    {
        // One of them keeps its state where it is run.
        arguments.insert(arguments.begin(),
                         {"/usr/bin/env", "-C", home.path().string(), std::string(ESXI_EXAMPLES_DIR) + "/" + example});
        environment.insert({{"HOME", home / ""},
                            {"ESXI_HOST", host.host()},
                            {"ESXI_PASSWORD", host.password()},
                            {"ESXI_CA_BUNDLE", host.ca_file()},
                            {"ESXI_GOVC", test::bin("govc")}});
        auto done = test::run_program(arguments, environment);
        BOOST_TEST(done.exit_code == 0, example << ": " << done.out << done.err);
        return done;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(examples, fixture)

BOOST_AUTO_TEST_CASE(that_only_read)
{
    BOOST_TEST(run("probe").out.starts_with("ESXi "));
    BOOST_TEST(run("unit_test_on_tape", {std::string(ESXI_SOURCE_DIR) + "/examples/tapes/snapshot-create.json"}).out ==
               "passed\n");
    run("own_transport");
}

BOOST_AUTO_TEST_CASE(that_make_a_vm_and_a_snapshot)
{
    auto const ova = test::make_ova(host.files() / "small.ova");
    for (int round = 0; round < 2; ++round) {
        run("create_vm", {"web1", ova});
        BOOST_TEST(host.vms().size() == 2u);
        BOOST_TEST(host.calls("ImportVApp") == 1);
    }
    run("snapshot", {"web1", "before-upgrade"});
    BOOST_TEST(host.must({"snapshot.tree", "-vm", "web1"}).find("before-upgrade") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(that_take_nightly_snapshots)
{
    BOOST_TEST(run("nightly").out == "ha-host_VM0\n");
    BOOST_TEST(run("nightly").out.empty());
    BOOST_TEST(host.must({"snapshot.tree", "-vm", "ha-host_VM0"}).find("nightly") != std::string::npos);
}

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
