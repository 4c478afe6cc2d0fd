// SPDX-License-Identifier: Apache-2.0
// The address of a VM is one of its own cards, wherever it is said or awaited, although its guest names a bridge's.
// ctest: served
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

struct fixture {
    // The bridge is up before the guest has asked for an address of its own.
    test::simulator host{{"--vms", "1", "--bridge-ip", "0=172.17.0.1", "--guest-ip", "700=10.0.0.5"}};
    test::tool tool{host};

    boost::json::object run(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"--no-state", "--output", "json"});
        auto const done = tool.run(arguments);
        BOOST_TEST(done.exit_code == 0, done.err);
        BOOST_TEST(done.out.find("172.17.") == std::string::npos, done.out);
        return test::json_of(done.out);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(addresses, fixture)

BOOST_AUTO_TEST_CASE(of_a_bridge_are_not_the_vms)
{
    run({"vm", "stop", "ha-host_VM0"});
    BOOST_TEST(run({"vm", "start", "ha-host_VM0", "--wait-for-ip"}).at("runtime").at("ip") == "10.0.0.5");
    BOOST_TEST(host.must({"vm.ip", "ha-host_VM0"}) == "172.17.0.1\n"); // what the guest says
    BOOST_TEST(run({"vm", "start", "ha-host_VM0", "--wait-for-ip"}).at("commands") == 1);
    BOOST_TEST(run({"vm", "show", "ha-host_VM0"}).at("vm").at("ip") == "10.0.0.5");
    BOOST_TEST(run({"vm", "list"}).at("vms").at(0).at("ip") == "10.0.0.5");
    BOOST_TEST(run({"host", "facts"}).at("runtime").at("vms").at("ha-host_VM0").at("ip") == "10.0.0.5");
    run({"vm", "stop", "ha-host_VM0"});
    BOOST_TEST(run({"vm", "create", "ha-host_VM0", "--wait-for-ip"}).at("runtime").at("ip") == "10.0.0.5");
}

// Until the deadline: a bridge alone is no address of the VM.
BOOST_AUTO_TEST_CASE(of_a_bridge_alone_do_not_end_a_wait)
{
    test::simulator const other({"--vms", "1", "--bridge-ip", "0=172.17.0.1"});
    test::tool const esxi(other);
    BOOST_TEST(esxi.run({"--no-state", "vm", "stop", "ha-host_VM0"}).exit_code == 0);
    auto const waited = esxi.run({"--no-state", "vm", "start", "ha-host_VM0", "--wait-for-ip", "--ip-timeout", "2"});
    BOOST_TEST(waited.exit_code == 75);
    BOOST_TEST(waited.err.find("reported no usable address within 2 s") != std::string::npos, waited.err);
}

BOOST_AUTO_TEST_SUITE_END()
