// SPDX-License-Identifier: Apache-2.0
// Waits that end because there is nothing to wait for any more, and a stop that asks a guest which cannot hear it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

BOOST_AUTO_TEST_SUITE(waits)

BOOST_AUTO_TEST_CASE(for_an_address_of_a_vm_that_does_not_run_any_more)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    for (auto const& [end, said] : {std::pair<std::vector<std::string>, std::vector<std::string>>{
                                        {"vm.power", "-off", "ha-host_VM0"}, {"was powered off while"}},
                                    {{"vm.power", "-suspend", "ha-host_VM0"}, {"was suspended while"}},
          // It powers off first, which may be seen.
                                    {{"vm.destroy", "ha-host_VM0"}, {"was there, and is gone", "was powered off while"}}}) {
        static_cast<void>(host.govc({"vm.power", "-off", "ha-host_VM0"}));
        auto const started = host.calls("PowerOnVM_Task");
        auto waiting = tool.start({"vm", "start", "ha-host_VM0", "--wait-for-ip", "--ip-timeout", "600"});
        BOOST_TEST_REQUIRE(test::eventually([&] { return host.calls("PowerOnVM_Task") > started; }));
        host.must(end);
        auto const ended = waiting.wait();
        BOOST_TEST(ended.exit_code == 75);
        BOOST_TEST(
            std::any_of(said.begin(), said.end(), [&](auto const& words) { return ended.err.find(words) != std::string::npos; }),
            ended.err);
    }
}

// A host that zeroes disks says so for longer than an import may stand still.
BOOST_AUTO_TEST_CASE(for_a_lease_that_prepares)
{
    test::simulator const host({"--vms", "0", "--lease-delay", "9000"});
    test::tool const tool(host);
    auto const ova = test::make_ova(tool.home() / "small.ova");
    auto const done = tool.run({"vm", "create", "web1", "--ova", ova, "--no-power-on", "--import-timeout", "6"});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(done.err.find("Preparing disks: ") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_of_a_suspended_vm_is_refused)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    host.must({"vm.power", "-suspend", "ha-host_VM0"});
    auto const refused = tool.run({"vm", "stop", "ha-host_VM0", "--graceful"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(refused.err.find("cannot stop VM `ha-host_VM0` gracefully while it is suspended") != std::string::npos,
               refused.err);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 0);
    BOOST_TEST(tool.run({"vm", "stop", "ha-host_VM0"}).exit_code == 0);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
