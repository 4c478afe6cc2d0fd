// SPDX-License-Identifier: Apache-2.0
// The small programs in examples/ do what they say.
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/examples.hpp"

BOOST_FIXTURE_TEST_SUITE(examples, test::example_host)

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

BOOST_AUTO_TEST_SUITE_END()
