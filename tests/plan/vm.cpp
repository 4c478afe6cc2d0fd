// SPDX-License-Identifier: Apache-2.0
// What is decided about a VM, in each situation.
#include <esxi/plan/vm.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

namespace {

using esxi::import_owner;
using esxi::purpose;
using esxi::vm_state;

std::string const ours = "esxi-import-00000000000000000000000000000001";
std::string const theirs = "esxi-import-00000000000000000000000000000002";

// What was recorded.
std::string const nothing = "{}";
std::string const imported = R"({"moid": "vm-1", "instance_uuid": "u"})";
std::string const adopted = R"({"moid": "vm-1", "instance_uuid": "u", "adopted": true})";
std::string const importing = R"({"import": {"token": "esxi-import-00000000000000000000000000000001", "pid": 7}})";
std::string const imported_and_importing =
    R"({"moid": "vm-1", "instance_uuid": "u", "import": {"token": "esxi-import-00000000000000000000000000000001", "pid": 7}})";
std::string const adopted_before_importing =
    R"({"moid": "vm-0", "instance_uuid": "t", "adopted": true, "import": {"token": "esxi-import-00000000000000000000000000000001"}})";
std::string const of_another_life = R"({"moid": "vm-1", "instance_uuid": "other"})";
std::string const cycled = R"({"moid": "vm-1", "instance_uuid": "u", "power_cycle": true})";

// What is found.
std::optional<vm_state> const absent;

vm_state vm(std::string power_state)
{
    vm_state found;
    found.moid = "vm-1";
    found.name = "web1";
    found.instance_uuid = "u";
    found.connection_state = "connected";
    found.power_state = std::move(power_state);
    found.cpu = 1;
    found.memory_mb = 512;
    found.annotation = "as delivered";
    return found;
}
vm_state on()
{
    return vm("poweredOn");
}
vm_state off()
{
    return vm("poweredOff");
}
vm_state suspended()
{
    return vm("suspended");
}
vm_state with_addresses(std::vector<std::string> addresses)
{
    auto found = on();
    found.addresses = std::move(addresses);
    return found;
}
vm_state marked(std::string const& token)
{
    auto found = off();
    found.annotation = token;
    return found;
}
vm_state running(vm_state found)
{
    found.power_state = "poweredOn";
    return found;
}
vm_state asleep(vm_state found)
{
    found.power_state = "suspended";
    return found;
}
vm_state used(vm_state found)
{
    found.was_powered_on = true;
    return found;
}
vm_state with_snapshot(vm_state found)
{
    found.snapshots.emplace_back().moid = "vm-1-snapshot-1";
    return found;
}
vm_state lost(std::string const& connection_state)
{
    auto found = on();
    found.connection_state = connection_state;
    found.instance_uuid.clear();
    found.cpu.reset();
    found.memory_mb.reset();
    return found;
}
vm_state imported_by(std::string owner)
{
    auto found = on();
    found.imported_by = std::move(owner);
    return found;
}
vm_state hot(vm_state found)
{
    found.cpu_hot_add = true;
    found.memory_hot_add = true;
    return found;
}

struct situation {
    std::string wished; ///< properties but for the name
    std::string record;
    std::optional<vm_state> found;
    std::string expected; ///< the steps, or the kind of the error
    purpose why = purpose::user;
    import_owner owner = import_owner::ended;
    std::string imports_as{};
};

using planner = esxi::plan (*)(esxi::vm_situation const&);

/// The steps in one line, without the VM's own name and moid; of an error, its kind.
std::string planned(planner decide, situation const& s)
{
    auto properties = test::object(s.wished);
    properties["name"] = "web1";
    auto const wished = esxi::read_vm_properties(properties);
    auto const record = esxi::read_vm_record(test::object(s.record));
    try {
        std::string text;
        for (auto const& step : decide({wished, record, s.found, s.owner, s.why, s.imports_as})) {
            text += (text.empty() ? "" : ", ") + describe(step);
        }
        for (std::string const own : {" vm=web1", " moid=vm-1"}) {
            for (auto at = text.find(own); at != std::string::npos; at = text.find(own)) {
                text.erase(at, own.size());
            }
        }
        return text;
    } catch (esxi::error const& failed) {
        BOOST_TEST(test::has(failed.what(), "web1"), failed.what());
        return std::string(to_string(failed.kind())) +
               (failed.retry_after() ? " after " + std::to_string(failed.retry_after()->count()) : "");
    }
}

void check(planner decide, std::vector<situation> const& situations)
{
    for (std::size_t i = 0; i < situations.size(); ++i) {
        auto const& s = situations[i];
        BOOST_TEST_CONTEXT("situation " << i << ": " << s.wished << " of " << s.record)
        {
            BOOST_TEST(planned(decide, s) == s.expected);
        }
    }
}

std::string failure(planner decide, situation const& s)
{
    auto properties = test::object(s.wished);
    properties["name"] = "web1";
    auto const wished = esxi::read_vm_properties(properties);
    auto const record = esxi::read_vm_record(test::object(s.record));
    try {
        static_cast<void>(decide({wished, record, s.found, s.owner, s.why, s.imports_as}));
    } catch (esxi::error const& failed) {
        return failed.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(vm_plans)

BOOST_AUTO_TEST_CASE(create_where_there_is_none)
{
    check(esxi::plan_create_vm,
          {
              {R"({"ova_url": "/x.ova"})", nothing, absent, "import source=/x.ova, power_on"},
              {R"({"ova_url": "/x.ova", "power_on": false})", nothing, absent, "import source=/x.ova"},
              {R"({"ova_url": "/x.ova", "power_on": false, "wait_for_ip": true})", nothing, absent, "import source=/x.ova"},
              {R"({"ova_url": "/x.ova", "cpu": 2, "memory_mb": 64, "annotation": "a", "wait_for_ip": true, "ip_timeout": 9})",
               nothing, absent, "import source=/x.ova cpu=2 memory_mb=64 annotation=a, power_on, wait_for_ip timeout=9"},
              {R"({"ova_url": "/x.ova"})", imported, absent, "import source=/x.ova, power_on"},
              {R"({"ova_url": "/x.ova"})", importing, absent, "import source=/x.ova, power_on"},
              {"{}", nothing, absent, "config"},
              {"{}", imported, absent, "config"},
          });
    BOOST_TEST(test::has(failure(esxi::plan_create_vm, {"{}", nothing, absent, ""}), "`ova_url`"));
}

BOOST_AUTO_TEST_CASE(create_where_there_is_one)
{
    check(esxi::plan_create_vm,
          {
                                    // Ours, or adopted now.
              {"{}", imported, on(), ""},
              {"{}", adopted, on(), ""},
              {"{}", nothing, on(), "adopt"},
              {"{}", of_another_life, on(), "adopt"},
              {"{}", imported, off(), "power_on"},
              {"{}", nothing, off(), "adopt, power_on"},
              {"{}", nothing, suspended(), "adopt, power_on"},
              {R"({"power_on": false})", nothing, off(), "adopt"},
              {R"({"power_on": false})", imported, off(), ""},
                                    // Whole already, though its import was not recorded to have ended.
              {"{}", imported_and_importing, on(), ""},
              {"{}", importing, on(), "adopt"},
                                    // Reshaped while it is stopped, else left to configure_vm.
              {R"({"cpu": 2, "memory_mb": 512})", imported, off(), "change cpu=2, power_on"},
              {R"({"cpu": 2, "memory_mb": 1024, "annotation": "a"})", nothing, off(),
               "adopt, change cpu=2 memory_mb=1024 annotation=a, power_on"},
              {R"({"cpu": 1, "memory_mb": 512, "annotation": "as delivered"})", imported, off(), "power_on"},
              {R"({"cpu": 2, "power_on": false})", imported, off(), "change cpu=2"},
              {R"({"cpu": 2})", imported, on(), ""},
              {R"({"cpu": 2})", imported, suspended(), "power_on"},
                                    // The wait.
              {R"({"wait_for_ip": true})", imported, on(), "wait_for_ip timeout=600"},
              {R"({"wait_for_ip": true})", imported, with_addresses({"fe80::1"}), "wait_for_ip timeout=600"},
              {R"({"wait_for_ip": true})", imported, with_addresses({"fe80::1", "10.1.2.3"}), ""},
              {R"({"wait_for_ip": true, "ip_version": "v6"})", imported, with_addresses({"10.1.2.3"}), "wait_for_ip timeout=600"},
              {R"({"wait_for_ip": true, "power_on": false})", imported, on(), "wait_for_ip timeout=600"},
              {R"({"wait_for_ip": true, "power_on": false})", imported, off(), ""},
                                    // A power-on that a killed reshape still owes.
              {R"({"power_on": false})", cycled, off(), "power_on"},
              {R"({"power_on": false})", cycled, on(), ""},
                                    // A VM whose files the host has lost.
              {"{}", imported, lost("inaccessible"), "unavailable"},
              {"{}", nothing, lost("invalid"), "unavailable"},
              {"{}", nothing, lost("orphaned"), "unavailable"},
          });
}

BOOST_AUTO_TEST_CASE(create_where_an_import_is_found)
{
    std::string const ova = R"({"ova_url": "/x.ova"})";
    std::string const replacing = R"({"ova_url": "/x.ova", "replace_abandoned_import": true})";
    std::string const reshaped = R"({"ova_url": "/x.ova", "cpu": 2, "annotation": "mine"})";
    std::string const finish_reshaped = "finish_import cpu=2 annotation=mine, power_on";
    std::string const finish = "finish_import, power_on";
    std::string const again = "destroy why=its import did not finish, import source=/x.ova, power_on";
    for (auto why : {purpose::user, purpose::engine, purpose::rollback}) {
        check(esxi::plan_create_vm,
              {
                  {ova, importing, marked(ours), again, why},
                  {ova, imported_and_importing, marked(ours), finish, why},
                  {ova, imported_and_importing, marked("text " + ours), finish, why},
                  {reshaped, imported_and_importing, marked(ours), finish_reshaped, why},
                  {reshaped, imported_and_importing, used(marked(ours)), "finish_import annotation=mine, power_on", why},
                  {reshaped, imported_and_importing, running(marked(ours)), "finish_import annotation=mine", why},
                  {ova, imported_and_importing, marked(ours), "conflict after 60", why, import_owner::running},
                  {ova, imported_and_importing, marked(theirs), "conflict after 60", why},
                  {ova, importing, marked(ours), "conflict after 60", why, import_owner::running},
                  {ova, importing, marked(ours), "conflict after 60", why, import_owner::perhaps_running},
                  {ova, importing, marked(theirs), "conflict after 60", why},
                  {ova, nothing, marked(theirs), "conflict after 60", why},
                  {ova, imported, marked(theirs), "conflict after 60", why},
                  {replacing, importing, marked(ours), again, why, import_owner::running},
                  {replacing, importing, marked(ours), again, why, import_owner::perhaps_running},
                  {replacing, nothing, marked(theirs), again, why},
                  {"{}", importing, marked(ours), "config", why},
              });
        // What is used is no half import, whatever is written on it, and whatever is told.
        for (auto const& token : {ours, theirs}) {
            for (auto const& alive :
                 {running(marked(token)), asleep(marked(token)), used(marked(token)), with_snapshot(marked(token))}) {
                for (auto const& record : {nothing, importing, of_another_life}) {
                    check(esxi::plan_create_vm, {{ova, record, alive, "config", why}, {replacing, record, alive, "config", why}});
                }
            }
        }
    }
    auto const alive = failure(esxi::plan_create_vm, {ova, importing, with_snapshot(marked(ours)), "", purpose::user});
    BOOST_TEST(test::has(alive, "has a snapshot"));
    BOOST_TEST(test::has(alive, "take the mark out of the annotation"));
    auto const conflict = [&](std::string const& record, std::string const& token, import_owner owner) {
        return failure(esxi::plan_create_vm, {ova, record, marked(token), "", purpose::user, owner});
    };
    BOOST_TEST(test::has(conflict(importing, ours, import_owner::running), "by process 7 on this machine"));
    BOOST_TEST(test::has(conflict(importing, ours, import_owner::perhaps_running), "by a run on another machine"));
    BOOST_TEST(test::has(conflict(nothing, theirs, import_owner::ended), "by another run"));
    BOOST_TEST(test::has(conflict(nothing, theirs, import_owner::ended), "replace_abandoned_import"));
}

BOOST_AUTO_TEST_CASE(configure)
{
    std::string const cycle = R"({"cpu": 2, "allow_power_cycle": true})";
    check(esxi::plan_configure_vm,
          {
              {"{}", imported, on(), ""},
              {"{}", nothing, on(), ""},
              {R"({"cpu": 1, "memory_mb": 512, "annotation": "as delivered"})", imported, on(), ""},
              {R"({"cpu": 2, "memory_mb": 1024})", imported, off(), "change cpu=2 memory_mb=1024"},
              {R"({"annotation": "a"})", imported, on(), "change annotation=a"},
              {R"({"annotation": "a"})", imported, suspended(), "change annotation=a"},
              // Running: hot-add only adds.
              {R"({"cpu": 2})", imported, on(), "config"},
              {R"({"memory_mb": 1024})", imported, on(), "config"},
              {R"({"cpu": 2})", imported, suspended(), "config"},
              {R"({"cpu": 2, "memory_mb": 1024})", imported, hot(on()), "change cpu=2 memory_mb=1024"},
              {R"({"memory_mb": 256})", imported, hot(on()), "config"},
              {R"({"cpu": 2, "memory_mb": 256})", imported, hot(on()), "config"},
              {cycle, imported, on(), "power_off, change cpu=2, power_on"},
              {cycle, imported, suspended(), "config"},
              {cycle, imported, hot(on()), "change cpu=2"},
              {cycle, imported, off(), "change cpu=2"},
              {R"({"cpu": 2, "allow_power_cycle": true, "stop_mode": "graceful", "stop_timeout": 9, "wait_for_ip": true})",
               imported, on(), "shut_down timeout=9, change cpu=2, power_on, wait_for_ip timeout=600"},
              {R"({"cpu": 2, "allow_power_cycle": true, "stop_mode": "graceful"})", imported, suspended(), "config"},
              // Killed in the middle of such a cycle.
              {cycle, cycled, off(), "change cpu=2, power_on"},
              {R"({"cpu": 2})", cycled, off(), "change cpu=2, power_on"},
              {"{}", cycled, off(), "power_on"},
              {"{}", cycled, on(), ""},
              // What there must be.
              {"{}", nothing, absent, "absent"},
              {"{}", imported, absent, "absent"},
              {"{}", importing, marked(ours), "absent"},
              {"{}", importing, marked(ours), "conflict after 60", purpose::user, import_owner::running},
              {"{}", nothing, marked(theirs), "conflict after 60"},
              {"{}", imported, lost("inaccessible"), "unavailable"},
              {"{}", imported, lost("inaccessible"), "unavailable", purpose::engine},
              // To an engine, a name alone is not the node's VM.
              {R"({"annotation": "a"})", of_another_life, on(), "absent", purpose::engine},
              {R"({"annotation": "a"})", importing, on(), "absent", purpose::engine},
              {R"({"annotation": "a"})", of_another_life, on(), "change annotation=a"},
              {R"({"annotation": "a"})", nothing, on(), "absent", purpose::engine},
          });
    BOOST_TEST(test::has(failure(esxi::plan_configure_vm, {R"({"cpu": 2})", imported, on(), ""}),
                         "cannot change cpu of VM `web1` while it is running"));
    BOOST_TEST(test::has(failure(esxi::plan_configure_vm, {R"({"memory_mb": 256, "cpu": 2})", imported, hot(on()), ""}),
                         "cannot change memory_mb"));
    BOOST_TEST(test::has(failure(esxi::plan_configure_vm, {R"({"cpu": 2})", imported, on(), ""}), "allow_power_cycle"));
}

BOOST_AUTO_TEST_CASE(update)
{
    auto const steps = [](esxi::vm_situation const& s) { return esxi::plan_update_vm(s).steps; };
    std::string const more = R"({"cpu": 2, "memory_mb": 1024, "annotation": "a"})";
    check(steps,
          {
              {"{}", imported, on(), "", purpose::engine},
              {"{}", imported, off(), "power_on", purpose::engine},
              {R"({"power_on": false})", imported, off(), "", purpose::engine},
              {R"({"power_on": false})", imported, on(), "", purpose::engine},
              {more, imported, on(), "change annotation=a", purpose::engine},
              {more, adopted, on(), "change annotation=a", purpose::engine},
              {more, imported, hot(on()), "change cpu=2 memory_mb=1024 annotation=a", purpose::engine},
              {R"({"cpu": 2, "memory_mb": 256})", imported, hot(on()), "change cpu=2", purpose::engine},
              {more, imported, off(), "change cpu=2 memory_mb=1024 annotation=a, power_on", purpose::engine},
              {more, imported, suspended(), "change annotation=a, power_on", purpose::engine},
              {R"({"cpu": 2, "allow_power_cycle": true})", imported, on(), "power_off, change cpu=2, power_on", purpose::engine},
              {R"({"cpu": 2, "allow_power_cycle": true})", cycled, off(), "change cpu=2, power_on", purpose::engine},
              {"{}", imported, absent, "absent", purpose::engine},
              {"{}", of_another_life, on(), "absent", purpose::engine},
              {"{}", imported, lost("inaccessible"), "unavailable", purpose::engine},
          });
    auto const refused = [](std::string const& properties, vm_state const& found) {
        auto wished = test::object(properties);
        wished["name"] = "web1";
        auto const read = esxi::read_vm_properties(wished);
        auto const record = esxi::read_vm_record(test::object(imported));
        std::optional<vm_state> const there = found;
        std::string all;
        for (auto const& one : esxi::plan_update_vm({read, record, there, import_owner::ended, purpose::engine}).refused) {
            all += one + "\n";
        }
        return all;
    };
    BOOST_TEST(refused(R"({"annotation": "a"})", on()).empty());
    BOOST_TEST(test::has(refused(more, on()), "cannot change cpu of VM `web1` while it is running"));
    BOOST_TEST(test::has(refused(more, on()), "cannot change memory_mb of VM `web1` while it is running"));
    BOOST_TEST(test::has(refused(more, suspended()), "cannot change cpu of VM `web1` while it is suspended"));
    BOOST_TEST(!test::has(refused(R"({"cpu": 2, "memory_mb": 256})", hot(on())), "cannot change cpu"));
    auto other = on();
    other.name = "renamed";
    BOOST_TEST(refused("{}", other) ==
               "cannot rename VM `renamed` (vm-1) to `web1`: rename it on the host, or set its property `name` to what it is\n");
    // An update takes nothing down.
    check(esxi::plan_stop_vm, {{"{}", imported, on(), "", purpose::update}});
    check(esxi::plan_delete_vm, {{R"({"delete_adopted": true})", imported, on(), "", purpose::update},
                                 {R"({"delete_adopted": true})", adopted, on(), "", purpose::update},
                                 {"{}", importing, marked(ours), "", purpose::update}});
    BOOST_TEST(esxi::is_left_alone(esxi::read_vm_record(test::object(imported)), purpose::update));
}

BOOST_AUTO_TEST_CASE(start)
{
    check(esxi::plan_start_vm, {
                                   {"{}", imported, on(), ""},
                                   {"{}", nothing, on(), ""},
                                   {"{}", imported, off(), "power_on"},
                                   {"{}", imported, suspended(), "power_on"},
                                   {R"({"power_on": false})", imported, off(), "power_on"},
                                   {R"({"wait_for_ip": true})", imported, off(), "power_on, wait_for_ip timeout=600"},
                                   {R"({"wait_for_ip": true})", imported, on(), "wait_for_ip timeout=600"},
                                   {R"({"wait_for_ip": true})", imported, with_addresses({"10.1.2.3"}), ""},
                                   {"{}", nothing, absent, "absent"},
                                   {"{}", importing, marked(ours), "absent"},
                                   {"{}", nothing, marked(theirs), "conflict after 60"},
                                   {R"({"replace_abandoned_import": true})", nothing, marked(theirs), "absent"},
                                   {"{}", imported, lost("invalid"), "unavailable"},
                                   {"{}", of_another_life, off(), "absent", purpose::engine},
                                   {"{}", of_another_life, off(), "power_on"},
                               });
    BOOST_TEST(test::has(failure(esxi::plan_start_vm, {"{}", nothing, absent, ""}), "cannot start VM `web1`"));
}

BOOST_AUTO_TEST_CASE(stop)
{
    std::string const graceful = R"({"stop_mode": "graceful", "stop_timeout": 9})";
    check(esxi::plan_stop_vm, {
                                  {"{}", imported, on(), "power_off"},
                                  {"{}", nothing, on(), "power_off"},
                                  {"{}", imported, suspended(), "power_off"},
                                  {graceful, imported, on(), "shut_down timeout=9"},
                                  {graceful, imported, suspended(), "config"},
                                  {"{}", imported, off(), ""},
                                  {"{}", imported, absent, ""},
                                  {"{}", nothing, absent, ""},
                                  {"{}", importing, marked(ours), ""},
                                  {"{}", importing, marked(ours), "", purpose::user, import_owner::running},
                                  {"{}", nothing, marked(theirs), ""},
                                  {"{}", nothing, running(marked(theirs)), "power_off"},
                                  {"{}", importing, running(marked(ours)), "power_off"},
                                  {"{}", nothing, running(marked(theirs)), "", purpose::engine},
                                  {"{}", imported, lost("inaccessible"), "unavailable"},
                                  // An engine stops what is the node's own, and what was adopted only if it is told to.
                                  {"{}", imported, on(), "power_off", purpose::engine},
                                  {"{}", imported, on(), "power_off", purpose::rollback},
                                  {"{}", adopted, on(), "", purpose::engine},
                                  {"{}", adopted, on(), "power_off", purpose::request},
                                  {"{}", adopted, on(), "power_off"},
                                  {R"({"stop_adopted": true})", adopted, on(), "power_off", purpose::engine},
                                  {R"({"stop_adopted": true})", adopted, on(), "", purpose::rollback},
                                  {R"({"delete_adopted": true})", adopted, on(), "power_off", purpose::engine},
                                  {R"({"delete_adopted": true})", adopted, on(), "", purpose::rollback},
                                  {R"({"stop_adopted": true})", nothing, on(), "", purpose::engine},
                                  {R"({"stop_adopted": true})", of_another_life, on(), "", purpose::request},
                                  {"{}", adopted, on(), "", purpose::rollback},
                                  {"{}", nothing, on(), "", purpose::engine},
                                  {"{}", importing, on(), "", purpose::engine},
                                  {"{}", of_another_life, on(), "", purpose::engine},
                                  {"{}", of_another_life, on(), "power_off"},
                              });
}

BOOST_AUTO_TEST_CASE(remove)
{
    std::string const told = R"({"delete_adopted": true})";
    std::string const replacing = R"({"delete_adopted": true, "replace_abandoned_import": true})";
    std::string const ours_whole = "destroy why=we imported it";
    std::string const ours_half = "destroy why=its import did not finish";
    std::string const by_wish = "destroy why=it was asked for";
    std::string const by_property = "destroy why=delete_adopted is set";
    std::string const let_go = "let_go why=we did not import it, and delete_adopted is not set";
    std::string const let_go_still = "let_go why=we did not import it";
    for (auto why : {purpose::user, purpose::engine, purpose::rollback}) {
        check(esxi::plan_delete_vm, {
                                        {"{}", imported, absent, "", why},
                                        {told, nothing, absent, "", why},
                                        {"{}", imported, on(), ours_whole, why},
                                        {"{}", imported, off(), ours_whole, why},
                                        {told, imported, on(), ours_whole, why},
                                        {"{}", imported_and_importing, on(), ours_whole, why},
                                        {"{}", adopted, on(), let_go, why},
                                        {"{}", nothing, on(), let_go, why},
                                        {"{}", of_another_life, on(), let_go, why},
                                        {"{}", importing, on(), let_go, why},
                                        // What our import left, and only when it has ended.
                                        {"{}", importing, marked(ours), ours_half, why},
                                        {"{}", imported_and_importing, marked(ours), ours_whole, why},
                                        {"{}", imported_and_importing, running(marked(ours)), ours_whole, why},
                                        {"{}", importing, running(marked(ours)), "config", why},
                                        {R"({"replace_abandoned_import": true})", importing, used(marked(ours)), "config", why},
                                        {"{}", adopted_before_importing, marked(ours), ours_half, why},
                                        {"{}", importing, marked(ours), "conflict after 60", why, import_owner::running},
                                        {"{}", importing, marked(ours), "conflict after 60", why, import_owner::perhaps_running},
                                        {"{}", importing, marked(theirs), let_go, why},
                                        {"{}", nothing, marked(theirs), let_go, why},
                                        {"{}", imported, lost("inaccessible"), "unavailable", why},
                                    });
    }
    check(esxi::plan_delete_vm, {
                                    // Adopted, and to be deleted.
                                    {told, adopted, on(), by_wish},
                                    {told, adopted, on(), by_property, purpose::engine},
                                    {told, adopted, on(), by_property, purpose::request},
                                    {told, nothing, on(), let_go_still, purpose::request},
                                    {told, adopted, on(), let_go_still, purpose::rollback},
                                    // Not even adopted: only a person can mean it.
                                    {told, nothing, on(), by_wish},
                                    {told, nothing, on(), let_go_still, purpose::engine},
                                    {told, of_another_life, on(), by_wish},
                                    {told, of_another_life, on(), let_go_still, purpose::engine},
                                    {told, of_another_life, on(), let_go_still, purpose::rollback},
                                    // Somebody else's import.
                                    {told, nothing, marked(theirs), "conflict after 60"},
                                    {told, nothing, running(marked(theirs)), by_wish},
                                    {told, importing, running(marked(ours)), by_wish},
                                    {told, importing, running(marked(ours)), "config", purpose::engine},
                                    {told, importing, marked(theirs), let_go_still, purpose::engine},
                                    {replacing, nothing, marked(theirs), ours_half},
                                    {replacing, importing, marked(theirs), let_go_still, purpose::engine},
                                });
}

BOOST_AUTO_TEST_CASE(that_is_there_already)
{
    std::string const never = R"({"adopt": "never"})";
    std::string const if_ours = R"({"adopt": "if_ours"})";
    auto const ours_by_mark = [&](std::string properties, vm_state found, std::string expected, std::string imports_as) {
        return situation{std::move(properties), nothing,         std::move(found),
                         std::move(expected),   purpose::engine, import_owner::ended,
                         std::move(imports_as)};
    };
    check(esxi::plan_create_vm,
          {
              {never, nothing, on(), "config"},
              {never, of_another_life, off(), "config"},
              {never, imported, on(), ""},
              {never, adopted, on(), ""},
              {never, importing, marked(ours), "config"}, // destroyed and imported, if there is an OVA
              {R"({"adopt": "never", "ova_url": "/x.ova"})", nothing, absent, "import source=/x.ova, power_on"},
              {if_ours, nothing, on(), "config"},
              {if_ours, imported, on(), ""},
              ours_by_mark(if_ours, imported_by("d/vm"), "adopt", "d/vm"),
              ours_by_mark(if_ours, imported_by("d/vm"), "config", "d/other"),
              ours_by_mark(if_ours, imported_by("d/vm"), "config", ""),
              ours_by_mark(if_ours, on(), "config", "d/vm"),
              ours_by_mark(if_ours, on(), "config", ""),
              ours_by_mark(never, imported_by("d/vm"), "config", "d/vm"),
              ours_by_mark("{}", imported_by("d/vm"), "adopt", "d/other"),
          });
    BOOST_TEST(test::has(failure(esxi::plan_create_vm, ours_by_mark(if_ours, imported_by("d/vm"), "", "d/other")),
                         "imported by `d/vm`"));
}

BOOST_AUTO_TEST_CASE(that_is_external)
{
    std::string const external =
        R"({"use_external_resource": true, "ova_url": "/x.ova", "cpu": 9, "memory_mb": 64, "annotation": "a", "allow_power_cycle": true, "stop_adopted": true})";
    std::string const waiting = R"({"use_external_resource": true, "wait_for_ip": true, "ip_timeout": 9, "adopt": "never"})";
    auto asks = on();
    asks.question = "moved or copied?";
    for (auto why : {purpose::user, purpose::engine, purpose::request, purpose::update, purpose::rollback}) {
        check(esxi::plan_create_vm, {{external, nothing, absent, "absent", why},
                                     {external, nothing, on(), "adopt", why},
                                     {external, nothing, off(), "adopt", why},
                                     {external, nothing, asks, "adopt", why},
                                     {external, adopted, on(), "", why},
                                     {external, imported, off(), "", why},
                                     {external, importing, marked(ours), "absent", why},
                                     {external, nothing, marked(theirs), "conflict after 60", why},
                                     {external, of_another_life, on(), "adopt", why},
                                     {external, adopted, lost("inaccessible"), "unavailable", why},
                                     {waiting, nothing, on(), "adopt, wait_for_ip timeout=9", why},
                                     {waiting, adopted, with_addresses({"10.1.2.3"}), "", why},
                                     {waiting, nothing, off(), "adopt", why}});
        check(esxi::plan_configure_vm,
              {{external, adopted, on(), "", why}, {external, adopted, off(), "", why}, {external, cycled, off(), "", why}});
        check(esxi::plan_start_vm, {{external, adopted, off(), "", why},
                                    {external, adopted, asks, "", why},
                                    {waiting, adopted, on(), "wait_for_ip timeout=9", why}});
        check(esxi::plan_stop_vm,
              {{external, adopted, on(), "", why}, {external, imported, on(), "", why}, {external, nothing, on(), "", why}});
        std::string const let_go = why == purpose::update ? "" : "let_go why=use_external_resource is true";
        check(esxi::plan_delete_vm, {{external, adopted, on(), let_go, why},
                                     {external, imported, on(), let_go, why},
                                     {external, importing, marked(ours), let_go, why},
                                     {external, adopted, lost("inaccessible"), let_go, why},
                                     {external, adopted, absent, "", why}});
        auto const update = [](esxi::vm_situation const& s) {
            auto planned = esxi::plan_update_vm(s);
            BOOST_TEST(planned.refused.empty());
            return planned.steps;
        };
        check(update, {{external, adopted, off(), "", why}, {external, adopted, asks, "", why}});
    }
}

BOOST_AUTO_TEST_CASE(while_a_question_waits)
{
    auto asks = on();
    asks.question = "moved or copied?";
    std::string const wait = "conflict after 60";
    check(esxi::plan_create_vm, {{"{}", nothing, asks, wait}, {R"({"power_on": false})", imported, asks, wait}});
    check(esxi::plan_start_vm, {{"{}", nothing, asks, wait}, {"{}", adopted, asks, wait, purpose::engine}});
    check(esxi::plan_configure_vm,
          {{"{}", nothing, asks, ""}, {R"({"cpu": 2, "allow_power_cycle": true})", adopted, asks, wait}});
    check(esxi::plan_stop_vm,
          {{"{}", nothing, asks, "power_off"}, {R"({"stop_mode": "graceful", "stop_timeout": 60})", nothing, asks, wait}});
    check(esxi::plan_delete_vm, {{"{}", imported, asks, "destroy why=we imported it"}});
    asks.power_state = "poweredOff";
    check(esxi::plan_stop_vm, {{R"({"stop_mode": "graceful", "stop_timeout": 60})", nothing, asks, ""}});
    check(esxi::plan_configure_vm, {{"{}", cycled, asks, wait}});
}

BOOST_AUTO_TEST_CASE(what_an_engine_leaves_alone)
{
    for (auto const& [record, alone] : std::vector<std::pair<std::string, bool>>{
             {nothing, true}, {imported, false}, {importing, false}, {R"({"ip": "10.1.2.3"})", true}}) {
        auto const read = esxi::read_vm_record(test::object(record));
        BOOST_TEST(esxi::is_left_alone(read, purpose::engine) == alone);
        BOOST_TEST(esxi::is_left_alone(read, purpose::rollback) == alone);
        BOOST_TEST(!esxi::is_left_alone(read, purpose::user));
    }
}

BOOST_AUTO_TEST_SUITE_END()
