// SPDX-License-Identifier: Apache-2.0
// Facts of a host with many VMs, and what a legacy govc makes of one with few.
// ctest: served
#include <atomic>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/hold.hpp"
#include "support/live.hpp"

namespace {

std::vector<std::vector<std::string>> const looks{{"vm", "list"}, {"host", "facts"}};

} // namespace

BOOST_AUTO_TEST_SUITE(facts)

BOOST_AUTO_TEST_CASE(a_thousand_vms_in_one_command)
{
    test::simulator const host({"--vms", "1000"});
    test::tool const tool(host);
    auto const done = tool.run({"--output", "json", "host", "facts"});
    BOOST_TEST(done.exit_code == 0, done.err);
    auto const result = test::json_of(done.out);
    BOOST_TEST(result.at("commands").as_int64() == 1);
    BOOST_TEST(result.at("changed").as_bool() == false);
    auto const& vms = result.at("runtime").at("vms").as_object();
    BOOST_TEST(vms.size() == 1000u);
    for (int i : {0, 1, 499, 999}) {
        auto const* vm = vms.if_contains("ha-host_VM" + std::to_string(i));
        BOOST_REQUIRE(vm != nullptr);
        BOOST_TEST(vm->at("power_state").as_string() == "poweredOn");
        BOOST_TEST(vm->at("config").at("memory_mb").as_int64() > 0);
    }
}

// With nothing to report, govc's collect would wait for ever.
BOOST_AUTO_TEST_CASE(a_host_without_vms_answers_at_once)
{
    test::simulator const host({"--vms", "0"});
    test::tool const tool(host);
    auto const done = tool.run({"--output", "json", "--timeout", "20", "host", "facts"});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(test::json_of(done.out).at("runtime").at("vms").as_object().empty());
}

// What is listed is what the host had at one moment, and the list ends although there is always something new to report.
BOOST_AUTO_TEST_CASE(a_list_ends_however_much_changes)
{
    test::simulator const host({"--vms", "4", "--delay", "WaitForUpdatesEx=200"});
    test::tool const tool(host);
    std::atomic<int> changes = 0;
    std::jthread const churn([&](std::stop_token const& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
            auto const made = "churn" + std::to_string(i);
            static_cast<void>(host.govc({"vm.create", "-on=false", made}));
            static_cast<void>(host.govc({"vm.power", i % 2 == 0 ? "-off" : "-on", "ha-host_VM0"}));
            static_cast<void>(host.govc({"vm.destroy", made}));
            ++changes;
        }
    });
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(test::eventually([&] { return changes > round; }));
        for (auto const& look : looks) {
            std::vector<std::string> arguments{"--no-state", "--output", "json", "--timeout", "60"};
            arguments.insert(arguments.end(), look.begin(), look.end());
            auto const done = tool.run(arguments);
            BOOST_TEST(done.exit_code == 0, done.err);
            int kept = 0;
            for (auto const* name : {"ha-host_VM1", "ha-host_VM2", "ha-host_VM3"}) {
                kept += done.out.find(name) != std::string::npos ? 1 : 0;
            }
            BOOST_TEST(kept == 3, done.out);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_vm_that_is_destroyed_before_the_answer_is_not_listed)
{
    for (auto const& look : looks) {
        test::hold const first_answer("WaitForUpdatesEx");
        test::simulator const host({"--vms", "3", "--delay", first_answer.option()});
        test::tool const tool(host);
        std::vector<std::string> arguments{"--no-state", "--output", "json"};
        arguments.insert(arguments.end(), look.begin(), look.end());
        auto listing = tool.start(arguments);
        BOOST_TEST_REQUIRE(test::eventually([&] { return host.calls("WaitForUpdatesEx") > 0; }));
        host.must({"vm.destroy", "ha-host_VM1"});
        first_answer.release();
        auto const done = listing.wait();
        BOOST_TEST(done.exit_code == 0, done.err);
        BOOST_TEST(done.out.find("ha-host_VM0") != std::string::npos, done.out);
        BOOST_TEST(done.out.find("ha-host_VM1") == std::string::npos, done.out);
        BOOST_TEST(done.out.find("ha-host_VM2") != std::string::npos, done.out);
    }
}

BOOST_AUTO_TEST_CASE(datastores_and_networks_are_read_with_the_vms)
{
    test::simulator const host(
        {"--vms", "2", "--datastore", "slow/1,free=500M", "--datastore", "gone,inaccessible", "--network", "50%"});
    auto govc = test::real_govc();
    esxi::govc_client client(govc, esxi::read_host_properties(host.host_properties()));
    auto const all = esxi::look_up_inventory(client, {.datastores = true, .networks = true, .vms = true});
    BOOST_TEST(client.count() == 1);
    BOOST_TEST(all.about.api_type == "HostAgent");
    BOOST_TEST(all.vms.size() == 2u);
    std::map<std::string, esxi::datastore_state> datastores;
    for (auto const& datastore : all.datastores) {
        datastores[datastore.name] = datastore;
    }
    BOOST_TEST(datastores.size() == 3u);
    BOOST_TEST(datastores["slow/1"].stored_name == "slow%2f1");
    BOOST_TEST(datastores["slow/1"].free.value_or(0) == 500 << 20);
    BOOST_TEST(datastores["slow/1"].accessible);
    BOOST_TEST(!datastores["gone"].accessible);
    std::set<std::string> networks;
    for (auto const& network : all.networks) {
        networks.insert(network.name);
    }
    BOOST_TEST(networks == (std::set<std::string>{"VM Network", "50%"}));
    auto const none = esxi::look_up_inventory(client, {});
    BOOST_TEST((none.datastores.empty() && none.networks.empty() && none.vms.empty()));
}

// The simulator, as a vCenter, gives 100 objects at once; that govc does not ask for more.
BOOST_AUTO_TEST_CASE(a_legacy_govc_is_refused_a_host_of_which_it_shows_a_part)
{
    test::simulator const host({"--vms", "150"});
    auto govc = test::real_govc(test::bin("govc-0.18"));
    esxi::plain_context node(host.host_properties());
    BOOST_CHECK_EXCEPTION(esxi::record_host_facts(govc, node), esxi::error, [](auto const& failed) {
        return failed.kind() == esxi::error_kind::config &&
               std::string(failed.what()).find("0.18.0 prints no more than the first 100 objects") != std::string::npos;
    });
    BOOST_TEST(node.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(a_legacy_govc_serves_probe_and_facts_and_is_refused_for_more)
{
    test::simulator const host;
    auto govc = test::real_govc(test::bin("govc-0.18"));
    BOOST_TEST(govc.govc_version() == "0.18.0");
    esxi::plain_context node(host.host_properties());
    BOOST_TEST(esxi::probe_host(govc, node).runtime.at("api_type").as_string() == "HostAgent");
    auto const facts = esxi::record_host_facts(govc, node);
    auto current = test::real_govc();
    esxi::plain_context same(host.host_properties());
    BOOST_TEST(esxi::record_host_facts(current, same).runtime == facts.runtime);

    esxi::plain_context vm({{"name", "ha-host_VM0"}}, node);
    BOOST_CHECK_EXCEPTION(esxi::stop_vm(govc, vm), esxi::error, [](auto const& failed) {
        return failed.kind() == esxi::error_kind::config &&
               std::string(failed.what()).find("0.18.0 is too old") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
