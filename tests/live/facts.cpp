// SPDX-License-Identifier: Apache-2.0
// Facts of a host with many VMs, and what a legacy govc makes of one with few.
// ctest: served
#include <string>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/live.hpp"

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
