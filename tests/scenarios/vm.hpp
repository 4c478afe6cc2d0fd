// SPDX-License-Identifier: Apache-2.0
// Scenarios of a VM node.
#pragma once

#include "world.hpp"

namespace test {

inline std::string text_of(json::object const& runtime, char const* key)
{
    auto const* value = runtime.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline void vm_lifecycle(world& w)
{
    auto& vm = w.vm({{"name", "web1"},
                     {"ova_url", w.ova()},
                     {"cpu", 2},
                     {"memory_mb", 1024},
                     {"ovf_properties", {{"hostname", "web1"}}},
                     {"network_map", {{"VM Network", "VM Network"}}}});
    w.options().dry_run = true;
    w.must(esxi::create_vm, vm, false, 2);
    BOOST_TEST(vm.runtime_properties().empty());
    w.options().dry_run = false;

    auto const created = w.must(esxi::create_vm, vm, true, 6);
    BOOST_TEST(text_of(created.runtime, "power_state") == "poweredOn");
    BOOST_TEST(text_of(created.runtime, "name") == "web1");
    BOOST_TEST(!text_of(created.runtime, "moid").empty());
    BOOST_TEST(!text_of(created.runtime, "instance_uuid").empty());
    BOOST_TEST(created.runtime.at("adopted").as_bool() == false);
    BOOST_TEST(!created.runtime.contains("import"));

    w.must(esxi::create_vm, vm, false, 1);
    w.must(esxi::configure_vm, vm, false, 1);
    w.must(esxi::start_vm, vm, false, 1);
    auto const stopped = w.must(esxi::stop_vm, vm, true, 2);
    BOOST_TEST(text_of(stopped.runtime, "power_state") == "poweredOff");
    w.must(esxi::stop_vm, vm, false, 1);
    w.must(esxi::start_vm, vm, true, 2);
    w.must(esxi::start_vm, vm, false, 1);
    auto const deleted = w.must(esxi::delete_vm, vm, true, 2);
    BOOST_TEST(deleted.runtime.empty());
    w.must(esxi::delete_vm, vm, false, 1);
    w.must(esxi::stop_vm, vm, false, 1);
    w.must_fail(esxi::start_vm, vm, esxi::error_kind::absent);
    w.must_fail(esxi::configure_vm, vm, esxi::error_kind::absent);

    // An engine that recorded nothing looks for nothing.
    vm.run_for(esxi::purpose::engine);
    w.must(esxi::delete_vm, vm, false, 0);
    w.must(esxi::stop_vm, vm, false, 0);
}

inline void vm_with_address(world& w)
{
    // Waits take no time here, and the guest its own: a long timeout gives it that.
    auto& vm = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"wait_for_ip", true}, {"ip_timeout", 600}});
    w.options().poll_interval = std::chrono::milliseconds(500);
    auto const created = w.must(esxi::create_vm, vm, true, 6);
    BOOST_TEST(text_of(created.runtime, "ip") == "10.1.2.3");
    w.must(esxi::create_vm, vm, false, 1);
    w.must(esxi::delete_vm, vm, true, 2);
}

inline void vm_without_address(world& w)
{
    auto& vm = w.vm({{"name", "slow"}, {"ova_url", w.ova()}, {"wait_for_ip", true}, {"ip_timeout", 1}, {"cpu", 2}});
    w.must_fail(esxi::create_vm, vm, esxi::error_kind::unavailable);
    BOOST_TEST(!text_of(vm.runtime_properties(), "moid").empty());
    BOOST_TEST(!vm.runtime_properties().contains("import"));
    // The next run goes on with the wait.
    w.must_fail(esxi::create_vm, vm, esxi::error_kind::unavailable);
    vm.set_properties({{"name", "slow"}, {"ova_url", w.ova()}});
    w.must(esxi::create_vm, vm, false, 1);
}

inline void vm_is_adopted(world& w)
{
    auto& vm = w.vm({{"name", "found"}, {"cpu", 2}, {"memory_mb", 1024}});
    auto const adopted = w.must(esxi::create_vm, vm, true, 3);
    BOOST_TEST(adopted.runtime.at("adopted").as_bool());
    w.must(esxi::create_vm, vm, false, 1);

    // It was there before us: an uninstall lets go of it.
    vm.run_for(esxi::purpose::engine);
    auto const let_go = w.must(esxi::delete_vm, vm, false, 1);
    BOOST_TEST(let_go.runtime.empty());
    vm.set_properties({{"name", "found"}, {"delete_adopted", true}});
    w.must(esxi::create_vm, vm, false, 1);
    vm.run_for(esxi::purpose::rollback);
    w.must(esxi::stop_vm, vm, false, 0); // not even looked at
    w.must(esxi::delete_vm, vm, false, 1);
    vm.run_for(esxi::purpose::engine);
    w.must(esxi::create_vm, vm, false, 1);
    w.must(esxi::delete_vm, vm, true, 2);
}

inline void vm_is_reshaped(world& w)
{
    auto& vm = w.vm({{"name", "web1"}, {"ova_url", w.ova()}});
    w.must(esxi::create_vm, vm, true, 6);
    vm.set_properties({{"name", "web1"}, {"cpu", 4}, {"memory_mb", 2048}});
    w.must_fail(esxi::configure_vm, vm, esxi::error_kind::config);
    vm.set_properties({{"name", "web1"}, {"cpu", 4}, {"memory_mb", 2048}, {"allow_power_cycle", true}});
    auto const cycled = w.must(esxi::configure_vm, vm, true, 4);
    BOOST_TEST(text_of(cycled.runtime, "power_state") == "poweredOn");
    BOOST_TEST(!cycled.runtime.contains("power_cycle"));
    w.must(esxi::configure_vm, vm, false, 1);
    w.must(esxi::stop_vm, vm, true, 2);
    vm.set_properties({{"name", "web1"}, {"cpu", 1}, {"annotation", "smaller"}});
    w.must(esxi::configure_vm, vm, true, 2);
    w.must(esxi::configure_vm, vm, false, 1);
    w.must(esxi::delete_vm, vm, true, 2);
}

inline void vm_is_shut_down(world& w)
{
    w.options().poll_interval = std::chrono::milliseconds(500);
    auto& vm = w.vm({{"name", "ha-host_VM0"}, {"stop_mode", "graceful"}, {"stop_timeout", 30}});
    w.must(esxi::stop_vm, vm, true, 2);
    w.must(esxi::stop_vm, vm, false, 1);
    BOOST_TEST(w.log().empty());
    // Without VMware Tools there is nobody to ask: it is powered off.
    auto& bare = w.vm({{"name", "bare"}, {"ova_url", w.ova()}, {"stop_mode", "graceful"}});
    w.must(esxi::create_vm, bare, true, 6);
    w.must(esxi::stop_vm, bare, true, 3);
    BOOST_TEST(w.log().size() == 1u);
}

inline void bad_import_settings(world& w)
{
    auto& property = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"ovf_properties", {{"no-such-key", "x"}}}});
    BOOST_TEST(w.must_fail(esxi::create_vm, property, esxi::error_kind::config).find("no-such-key") != std::string::npos);
    auto& network = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"network_map", {{"no such network", "VM Network"}}}});
    BOOST_TEST(w.must_fail(esxi::create_vm, network, esxi::error_kind::config).find("no such network") != std::string::npos);
    auto& datastore = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"datastore", "no-such-store"}});
    w.must_fail(esxi::create_vm, datastore, esxi::error_kind::config);
    auto& mapped = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"network_map", {{"VM Network", "no-such-net"}}}});
    w.must_fail(esxi::create_vm, mapped, esxi::error_kind::config);
    auto& nothing = w.vm({{"name", "web1"}});
    w.must_fail(esxi::create_vm, nothing, esxi::error_kind::config);
    for (auto* node : {&property, &network, &datastore, &mapped, &nothing}) {
        BOOST_TEST(node->runtime_properties().empty());
    }
}

inline std::vector<std::vector<std::string>> prepare_half_import()
{
    return {{"vm.create", "-on=false", "-c=1", "-m=512", "web1"},
            {"vm.change", "-vm", "web1", "-annotation", "esxi-import-0123456789abcdef0123456789abcdef"}};
}

inline void half_import_of_somebody_else(world& w)
{
    auto& vm = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"power_on", false}});
    for (auto* run : {&esxi::create_vm<esxi::any_transport, esxi::plain_context>,
                      &esxi::configure_vm<esxi::any_transport, esxi::plain_context>,
                      &esxi::start_vm<esxi::any_transport, esxi::plain_context>}) {
        w.must_fail(run, vm, esxi::error_kind::conflict);
    }
    vm.set_properties({{"name", "web1"}, {"ova_url", w.ova()}, {"power_on", false}, {"replace_abandoned_import", true}});
    auto const replaced = w.must(esxi::create_vm, vm, true, 6); // the import's five, and the destroy
    BOOST_TEST(replaced.runtime.at("adopted").as_bool() == false);
    w.must(esxi::create_vm, vm, false, 1);
}

inline void import_onto_a_full_disk(world& w)
{
    auto& vm = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"power_on", false}});
    w.must_fail(esxi::create_vm, vm, esxi::error_kind::config);
    BOOST_TEST(vm.runtime_properties().empty());
    w.must(esxi::create_vm, vm, true, 5);
}

inline void import_with_a_broken_lease(world& w)
{
    auto& vm = w.vm({{"name", "web1"}, {"ova_url", w.ova()}, {"power_on", false}});
    w.must_fail(esxi::create_vm, vm, esxi::error_kind::unavailable);
    w.must(esxi::create_vm, vm, true, 5);
    BOOST_TEST(!vm.runtime_properties().contains("import"));
}

inline void host_is_busy_once(world& w)
{
    auto& vm = w.vm({{"name", "ha-host_VM0"}});
    w.must_fail(esxi::stop_vm, vm, esxi::error_kind::conflict);
    w.must(esxi::stop_vm, vm, true, 2);
}

inline void licence_forbids(world& w)
{
    auto& vm = w.vm({{"name", "ha-host_VM0"}});
    BOOST_TEST(w.must_fail(esxi::stop_vm, vm, esxi::error_kind::config).find("licence") != std::string::npos);
}

} // namespace test
