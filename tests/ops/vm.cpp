// SPDX-License-Identifier: Apache-2.0
// The operations of a VM: how many commands they take, in which order they learn and act, and whose VM they touch.
#include <esxi/ops/vm.hpp>

#include <string>
#include <vector>

#include "ops/world.hpp"
#include "support/simulator.hpp"

namespace {

using namespace test;
using esxi::error_kind;
using esxi::purpose;

} // namespace

BOOST_FIXTURE_TEST_SUITE(vm_operations, world)

// ---- Commands ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_imported_vm_from_create_to_delete)
{
    auto& vm = ova({{"cpu", 2}, {"memory_mb", 1024}});
    must(create_vm, vm, true, 6);
    BOOST_TEST(host.find("web1")->cpu == 2);
    BOOST_TEST(host.find("web1")->memory_mb == 1024);
    BOOST_TEST(host.find("web1")->annotation == "Imported by esxi from small.ova");
    must(create_vm, vm, false, 1);
    must(configure_vm, vm, false, 1);
    must(start_vm, vm, false, 1);
    must(stop_vm, vm, true, 2);
    must(stop_vm, vm, false, 1);
    must(start_vm, vm, true, 2);
    must(stop_vm, vm, true, 2);
    vm.set_properties({{"name", "web1"}, {"cpu", 4}});
    must(configure_vm, vm, true, 2);
    must(start_vm, vm, true, 2);
    vm.set_properties({{"name", "web1"}, {"cpu", 2}, {"allow_power_cycle", true}});
    must(configure_vm, vm, true, 4);
    must(delete_vm, vm, true, 2);
    BOOST_TEST(vm.runtime_properties().empty());
    must(delete_vm, vm, false, 1);
    must(stop_vm, vm, false, 1);
    must_fail(start_vm, vm, error_kind::absent);
    must_fail(configure_vm, vm, error_kind::absent);
}

BOOST_AUTO_TEST_CASE(not_to_be_run)
{
    auto& vm = ova({{"power_on", false}});
    must(create_vm, vm, true, 5);
    must(create_vm, vm, false, 1);
    BOOST_TEST(host.find("web1")->power == "poweredOff");
}

BOOST_AUTO_TEST_CASE(adopted)
{
    host.add("web1");
    auto& vm = this->vm({{"cpu", 2}});
    auto const result = must(create_vm, vm, true, 3);
    BOOST_TEST(result.runtime.at("adopted").as_bool());
    BOOST_TEST(result.runtime.at("moid").as_string() == "vm-1");
    BOOST_TEST(host.find("web1")->cpu == 2);
    must(create_vm, vm, false, 1);
    must(stop_vm, vm, true, 2);
    must(create_vm, vm, true, 2);

    // Running, it is left to configure_vm.
    auto& running = this->vm({{"cpu", 4}});
    must(create_vm, running, false, 1);
    BOOST_TEST(host.find("web1")->cpu == 2);
}

BOOST_AUTO_TEST_CASE(an_import_is_marked_with_its_owner)
{
    auto& vm = ova({{"adopt", "if_ours"}});
    std::string marked;
    host.before = [&marked](esxi::command const& c) -> std::optional<esxi::output> {
        for (auto const& argument : c.argv) {
            marked += argument.starts_with("-e=") ? argument : "";
        }
        return std::nullopt;
    };
    vm.imports_as = "shop/vm";
    must(create_vm, vm, true, 6);
    BOOST_TEST(marked == "-e=esxi.imported_by=shop/vm uuid-1");

    auto& later = ova({{"adopt", "if_ours"}});
    must_fail(create_vm, later, error_kind::config);
    later.imports_as = "shop/vm";
    must(create_vm, later, false, 1);
    BOOST_TEST(later.runtime_properties().at("adopted").as_bool());
}

BOOST_AUTO_TEST_CASE(a_vm_is_not_that_of_two_nodes)
{
    host.add("web1");
    auto& vm = this->vm();
    vm.holder_before = "vm_a";
    must_fail(create_vm, vm, error_kind::config);
    BOOST_TEST(!vm.runtime_properties().contains("moid"));

    auto& slower = this->vm(); // both looked before either had recorded it
    slower.holder_after = "vm_a";
    must_fail(create_vm, slower, error_kind::conflict);
    BOOST_TEST(slower.runtime_properties().empty());

    auto& external = this->vm({{"use_external_resource", true}});
    external.holder_before = external.holder_after = "vm_a";
    must(create_vm, external, false, 1);
}

BOOST_AUTO_TEST_CASE(a_recorded_vm_that_is_gone_takes_no_command_more)
{
    for (auto why : {purpose::user, purpose::engine}) {
        world w;
        auto& vm = w.ova();
        vm.run_for(why);
        w.must(create_vm, vm, true, 6);
        w.host.vms.clear();
        w.must(stop_vm, vm, false, 1);
        w.must(delete_vm, vm, false, 1);
        BOOST_TEST(vm.runtime_properties().empty());
    }
    auto& vm = ova();
    must(create_vm, vm, true, 6);
    host.vms.clear();
    must(create_vm, vm, true, 6);
    BOOST_TEST(vm.text("moid") == host.find("web1")->moid);
}

// ---- What is learned, and when -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_learned_is_kept_before_the_next_command)
{
    host.spec["Annotation"] = "of the OVA";
    auto& vm = ova({{"wait_for_ip", true}, {"cpu", 2}});
    host.before = [this](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "object.collect") {
            host.vms.front().addresses = {"10.1.2.3"};
        }
        return std::nullopt;
    };
    must(create_vm, vm, true, 6);
    BOOST_TEST(events(host) == "vm.info; import.spec; keep import; import.ova; vm.info; keep moid instance_uuid name adopted; "
                               "keep power_state; vm.change; keep no import; "
                               "vm.power; keep power_state; object.collect; keep ip");
    BOOST_TEST((vm.runtime_properties() == json::object{{"moid", "vm-1"},
                                                        {"instance_uuid", "uuid-1"},
                                                        {"name", "web1"},
                                                        {"adopted", false},
                                                        {"power_state", "poweredOn"},
                                                        {"ip", "10.1.2.3"}}));

    host.events.clear();
    vm.set_properties({{"name", "web1"}, {"cpu", 4}, {"allow_power_cycle", true}});
    must(configure_vm, vm, true, 4);
    BOOST_TEST(
        events(host) ==
        "vm.info; keep power_cycle; vm.power; keep power_state no ip; vm.change; vm.power; keep power_state no power_cycle");

    host.events.clear();
    must(delete_vm, vm, true, 2);
    BOOST_TEST(host.events.size() == 4u);
    BOOST_TEST(host.events[2] == "vm.destroy");
    BOOST_TEST(vm.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(what_changed_of_itself_is_recorded)
{
    auto& vm = ova();
    must(create_vm, vm, true, 6);
    host.find("web1")->addresses = {"fe80::1", "10.1.2.3"};
    must(start_vm, vm, false, 1);
    BOOST_TEST(vm.text("ip") == "10.1.2.3");
    host.find("web1")->power = "suspended";
    must_fail(configure_vm, this->vm({{"cpu", 9}}), error_kind::config);
    vm.set_properties({{"name", "web1"}});
    must(configure_vm, vm, false, 1);
    BOOST_TEST(vm.text("power_state") == "suspended");
    BOOST_TEST(vm.text("ip").empty());
}

BOOST_AUTO_TEST_CASE(a_change_names_its_vm_by_moid)
{
    auto& vm = ova({{"wait_for_ip", true}, {"stop_mode", "graceful"}});
    host.before = [this](esxi::command const&) -> std::optional<esxi::output> {
        for (auto& each : host.vms) {
            each.addresses = {"10.1.2.3"};
        }
        return std::nullopt;
    };
    must(create_vm, vm, true, 6);
    vm.set_properties({{"name", "web1"}, {"cpu", 3}, {"allow_power_cycle", true}, {"stop_mode", "graceful"}});
    host.find("web1")->tools = true;
    must(configure_vm, vm, true, 4);
    must(delete_vm, vm, true, 2);
    for (auto const& line : host.lines) {
        bool const reads = line.starts_with("vm.info") || line.starts_with("import.");
        BOOST_TEST((reads || has(line, "VirtualMachine:vm-1")), line);
    }
}

// ---- Dry runs ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_dry_run_reads_only_and_tells_the_same_plan)
{
    for (operation run : {create_vm, stop_vm, configure_vm, start_vm, delete_vm}) {
        world w;
        auto& other = w.host.add("web2");
        auto& fresh = w.ova({{"wait_for_ip", true}, {"cpu", 2}});
        auto& there = w.ova({{"name", "web2"}, {"cpu", 2}, {"delete_adopted", true}});
        for (auto* vm : {&fresh, &there}) {
            if (vm == &fresh && run != create_vm && run != delete_vm && run != stop_vm) {
                continue;
            }
            other.power = run == stop_vm ? "poweredOn" : "poweredOff";
            w.options.dry_run = true;
            w.host.events.clear();
            auto const planned = w.must(run, *vm, false, 1);
            BOOST_TEST(events(w.host) == "vm.info");
            BOOST_TEST(vm->runtime_properties().empty());
            if (vm == &there) {
                w.options.dry_run = false;
                auto const done = run(w.host, *vm, w.options);
                BOOST_TEST(json::serialize(to_json(planned.steps)) == json::serialize(to_json(done.steps)));
                BOOST_TEST(done.changed);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dry_run_refuses_what_the_ova_does_not_have)
{
    options.dry_run = true;
    test::directory const files;
    auto const path = test::make_ova(files / "small.ova");
    auto const message =
        must_fail(create_vm, ova({{"ova_url", path}, {"ovf_properties", {{"hostnam", "a"}}}}), error_kind::config);
    BOOST_TEST(has(message, "names hostnam"), message);
    host.events.clear();
    must(create_vm, ova({{"ova_url", path}, {"ovf_properties", {{"hostname", "a"}}}}), false, 2);
    BOOST_TEST(events(host) == "vm.info; object.collect");
}

BOOST_AUTO_TEST_CASE(a_template_is_not_adopted)
{
    host.add("web1").is_template = true;
    auto& vm = ova();
    BOOST_TEST(has(must_fail(create_vm, vm, error_kind::config), "VM `web1` (vm-1) is a template, which cannot be powered on"));
    BOOST_TEST(!vm.runtime_properties().contains("moid"));
}

BOOST_AUTO_TEST_CASE(what_create_does_not_see_to_is_told)
{
    auto& there = host.add("web1");
    auto& vm = ova({{"cpu", 2}, {"annotation", "mine"}});
    for (char const* power : {"poweredOn", "suspended"}) {
        there.power = power;
        vm.warnings.clear();
        create_vm(host, vm, options);
        BOOST_REQUIRE(!vm.warnings.empty());
        BOOST_TEST(vm.warnings.front() == std::string("VM `web1` is ") + power +
                                              ", and stays as it is, though other values are wished (cpu, annotation): "
                                              "configure_vm changes it");
    }
    vm.run_for(purpose::engine); // which configures it after that
    vm.warnings.clear();
    there.power = "poweredOn";
    create_vm(host, vm, options);
    BOOST_TEST(vm.warnings.empty());
}

// ---- Whose VM it is ------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_engine_without_a_record_sends_nothing)
{
    host.add("web1").power = "poweredOn";
    for (auto why : {purpose::engine, purpose::rollback}) {
        auto& vm = this->vm({{"delete_adopted", true}});
        vm.run_for(why);
        must(stop_vm, vm, false, 0);
        must(delete_vm, vm, false, 0);
    }
    BOOST_TEST(host.events.empty());
}

BOOST_AUTO_TEST_CASE(an_engine_does_not_start_what_is_not_to_be_run)
{
    host.add("web1");
    auto& vm = this->vm({{"power_on", false}});
    must(create_vm, vm, false, 1);
    vm.run_for(purpose::engine);
    must(start_vm, vm, false, 0);
    vm.run_for(purpose::user);
    must(start_vm, vm, true, 2);
}

BOOST_AUTO_TEST_CASE(an_adopted_vm_is_let_go_of)
{
    auto const adopt = [](world& w, json::object properties) -> node& {
        w.host.add("web1").power = "poweredOn";
        auto& vm = w.vm(std::move(properties));
        w.must(create_vm, vm, false, 1);
        return vm;
    };
    for (auto why : {purpose::user, purpose::engine, purpose::request, purpose::rollback}) {
        world w;
        auto& vm = adopt(w, {});
        vm.run_for(why);
        bool const stops = why == purpose::user || why == purpose::request;
        w.must(stop_vm, vm, stops, stops ? 2 : 0);
        w.must(delete_vm, vm, false, 1);
        BOOST_TEST(vm.runtime_properties().empty());
        BOOST_TEST(w.host.vms.size() == 1u);
    }
    for (auto why : {purpose::user, purpose::engine, purpose::rollback}) {
        world w;
        auto& vm = adopt(w, {{"delete_adopted", true}});
        vm.run_for(why);
        w.must(delete_vm, vm, why != purpose::rollback, why != purpose::rollback ? 2 : 1);
        BOOST_TEST(w.host.vms.empty() == (why != purpose::rollback));
    }
    // A person's delete by name alone.
    host.add("web1");
    must(delete_vm, vm(), false, 1);
    BOOST_TEST(host.vms.size() == 1u);
    must(delete_vm, vm({{"delete_adopted", true}}), true, 2);
    BOOST_TEST(host.vms.empty());
}

BOOST_AUTO_TEST_CASE(a_renamed_vm)
{
    // To an engine it is still the node's.
    auto& vm = ova();
    must(create_vm, vm, true, 6);
    host.find("web1")->name = "renamed";
    auto& successor = host.add("web1");
    successor.power = "poweredOn";
    vm.run_for(purpose::engine);
    must(create_vm, vm, false, 1);
    must(stop_vm, vm, true, 2);
    BOOST_TEST(successor.power == "poweredOn");
    BOOST_TEST(vm.warnings.size() == 2u);
    BOOST_TEST(has(vm.warnings.front(), "vm-1, recorded as `web1`, is now named `renamed`"));
    // A person means the one of that name.
    vm.run_for(purpose::user);
    must(delete_vm, vm, false, 1);
    BOOST_TEST(host.vms.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_moid_that_is_another_vm_now)
{
    for (auto why : {purpose::user, purpose::engine}) {
        world w;
        auto& vm = w.ova({{"delete_adopted", why == purpose::engine}});
        w.must(create_vm, vm, true, 6);
        w.host.find("web1")->uuid = "another";
        vm.run_for(why);
        w.must(stop_vm, vm, why == purpose::user, why == purpose::user ? 2 : 1);
        w.must(delete_vm, vm, false, 1);
        BOOST_TEST(w.host.vms.size() == 1u);
        BOOST_TEST(vm.runtime_properties().empty());
    }
    // To create, it is one that is found by its name.
    auto& vm = ova();
    must(create_vm, vm, true, 6);
    host.find("web1")->uuid = "another";
    auto const again = must(create_vm, vm, false, 1);
    BOOST_TEST(again.runtime.at("adopted").as_bool());
    BOOST_TEST(again.runtime.at("instance_uuid").as_string() == "another");
}

BOOST_AUTO_TEST_CASE(to_an_engine_a_name_is_not_the_vm)
{
    auto& vm = ova();
    vm.run_for(purpose::engine);
    must(create_vm, vm, true, 6);
    host.vms.clear();
    host.add("web1");
    BOOST_TEST(has(must_fail(start_vm, vm, error_kind::absent), "create it first"));
    must_fail(configure_vm, vm, error_kind::absent);
    must(stop_vm, vm, false, 1);
    BOOST_TEST(host.count("vm.power") == 1);
    must(create_vm, vm, true, 3); // adopted, which takes a look by name, and powered on
    BOOST_TEST(vm.runtime_properties().at("adopted").as_bool());
}

BOOST_AUTO_TEST_CASE(a_vm_whose_files_are_lost_is_not_taken_for_gone)
{
    for (auto why : {purpose::user, purpose::engine}) {
        world w;
        auto& vm = w.ova();
        w.must(create_vm, vm, true, 6);
        w.host.find("web1")->connection = "inaccessible";
        vm.run_for(why);
        for (operation run : {create_vm, configure_vm, start_vm, stop_vm, delete_vm}) {
            BOOST_TEST(has(w.must_fail(run, vm, error_kind::unavailable), "is inaccessible on its host"));
        }
        BOOST_TEST(vm.text("moid") == "vm-1");
        w.host.find("web1")->connection = "connected";
        w.must(delete_vm, vm, true, 2);
    }
}

BOOST_AUTO_TEST_CASE(a_name_that_stands_for_two)
{
    host.add("web1");
    host.add("web1");
    BOOST_TEST(has(must_fail(create_vm, vm(), error_kind::config), "vm-1, vm-2"));
    BOOST_TEST(has(must_fail(delete_vm, vm({{"delete_adopted", true}}), error_kind::config), "`web1` stands for 2 VMs"));
    BOOST_TEST(host.vms.size() == 2u);
}

// ---- Properties first ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bad_properties_are_refused_before_the_first_command)
{
    for (auto const& bad : std::vector<json::object>{
             {{"cpu", 0}}, {{"memory_mb", 1023}}, {{"name", "."}}, {{"ip_timeout", -1}}, {{"ova_url", "/no/such/file.ova"}}}) {
        must_fail(create_vm, vm(bad), error_kind::config);
    }
    for (operation run : {create_vm, configure_vm, start_vm, stop_vm, delete_vm}) {
        must_fail(run, vm({{"stop_mode", "soft"}}), error_kind::config);
    }
    host_node.set_properties({{"host", "root:s3cret!@esxi1"}, {"password", "s3cret!"}});
    BOOST_TEST(!has(must_fail(create_vm, vm(), error_kind::config), "s3cret"));
    BOOST_TEST(host.events.empty());
}

BOOST_AUTO_TEST_CASE(a_govc_that_is_too_old_is_refused_before_the_first_command)
{
    struct old_govc : fake_host {
        std::string govc_version() { return "0.18.0"; }
    } old;
    auto& vm = this->vm();
    for (auto run : {&esxi::create_vm<old_govc, node>, &esxi::configure_vm<old_govc, node>, &esxi::start_vm<old_govc, node>,
                     &esxi::stop_vm<old_govc, node>, &esxi::delete_vm<old_govc, node>}) {
        BOOST_CHECK_EXCEPTION(run(old, vm, {}), esxi::error, [](auto const& e) { return e.kind() == error_kind::config; });
    }
    auto& snapshot = this->snapshot({{"name", "s"}}, vm);
    for (auto run : {&esxi::create_snapshot<old_govc, node>, &esxi::delete_snapshot<old_govc, node>}) {
        BOOST_CHECK_EXCEPTION(run(old, snapshot, {}), esxi::error, [](auto const& e) { return e.kind() == error_kind::config; });
    }
    BOOST_TEST(old.events.empty());
}

BOOST_AUTO_TEST_CASE(no_secret_in_a_plan)
{
    auto& vm = ova({{"annotation", "the password is s3cret!"}, {"ova_url", "https://u:pw@h/x.ova"}});
    auto const result = must(create_vm, vm, true, 6);
    auto const plan = json::serialize(to_json(result.steps));
    BOOST_TEST(!has(plan, "s3cret"));
    BOOST_TEST(!has(plan, "pw"));
    BOOST_TEST(host.find("web1")->annotation == "the password is s3cret!");
}

BOOST_AUTO_TEST_SUITE_END()
