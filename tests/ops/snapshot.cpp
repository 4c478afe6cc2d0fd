// SPDX-License-Identifier: Apache-2.0
// The operations of a Snapshot.
#include <esxi/ops/snapshot.hpp>

#include <string>
#include <vector>

#include "ops/world.hpp"

namespace {

using namespace test;
using esxi::error_kind;
using esxi::purpose;

struct fixture : world {
    fake_vm& web1 = host.add("web1");
    node& of = vm();
    node& on = snapshot({{"name", "s1"}}, of);

    void at(std::string verb, std::function<std::optional<esxi::output>()> act)
    {
        host.before = [verb = std::move(verb), act = std::move(act)](esxi::command const& c) -> std::optional<esxi::output> {
            return c.argv.front() == verb ? act() : std::nullopt;
        };
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_operations, fixture)

BOOST_AUTO_TEST_CASE(from_create_to_delete)
{
    auto const created = must(create_snapshot, on, true, 3);
    BOOST_TEST(json::serialize(created.runtime) == R"({"moid":"snapshot-2","name":"s1","vm_name":"web1"})");
    BOOST_TEST(events(host) == "vm.info; snapshot.create; vm.info; keep moid name vm_name");
    must(create_snapshot, on, false, 1);
    must(delete_snapshot, on, true, 2);
    BOOST_TEST(on.runtime_properties().empty());
    must(delete_snapshot, on, false, 1);
    BOOST_TEST(host.lines.at(1) == "snapshot.create -json -vm=VirtualMachine:vm-1 -m=false -q=false -- s1");
    BOOST_TEST(host.lines.at(5) == "snapshot.remove -json -vm=VirtualMachine:vm-1 -r=false -- snapshot-2");
}

BOOST_AUTO_TEST_CASE(how_it_is_taken_and_removed)
{
    auto& full =
        snapshot({{"name", "-dash"}, {"description", "-d"}, {"memory", true}, {"quiesce", true}, {"remove_children", true}}, of);
    must(create_snapshot, full, true, 3);
    BOOST_TEST(host.lines.at(1) == "snapshot.create -json -vm=VirtualMachine:vm-1 -m=true -q=true -d=-d -- -dash");
    must(delete_snapshot, full, true, 2);
    BOOST_TEST(has(host.lines.back(), "-r=true -- snapshot-"));
}

BOOST_AUTO_TEST_CASE(names)
{
    web1.snapshots = {{"1", "Mixed"}, {"2", "s2"}, {"3", "s2"}};
    // In another case it stands for the one that is there; the name recorded is the one it has.
    auto& other_case = snapshot({{"name", "mixed"}}, of);
    BOOST_TEST(must(create_snapshot, other_case, false, 1).runtime.at("name").as_string() == "Mixed");
    auto& twice = snapshot({{"name", "s2"}}, of);
    for (operation run : {create_snapshot, delete_snapshot}) {
        BOOST_TEST(has(must_fail(run, twice, error_kind::config), "2 `s2`, 3 `s2`"));
    }
    twice.set_runtime_properties({{"moid", "3"}});
    must(create_snapshot, twice, false, 1);
    must(delete_snapshot, twice, true, 2);
    BOOST_TEST(web1.snapshots.size() == 2u);
    BOOST_TEST(web1.snapshots.back().moid == "2");
}

BOOST_AUTO_TEST_CASE(an_engine_removes_the_one_recorded)
{
    web1.snapshots = {{"1", "s1"}};
    for (auto why : {purpose::engine, purpose::rollback}) {
        on.run_for(why);
        must(delete_snapshot, on, false, 0);
        on.set_runtime_properties({{"moid", "9"}, {"name", "s1"}, {"vm_name", "web1"}});
        must(delete_snapshot, on, false, 1);
        BOOST_TEST(on.runtime_properties().empty());
        BOOST_TEST(web1.snapshots.size() == 1u);
    }
    web1.snapshots.push_back({"2", "renamed since"});
    on.set_runtime_properties({{"moid", "2"}});
    must(delete_snapshot, on, true, 2);
    BOOST_TEST(web1.snapshots.size() == 1u);
}

BOOST_AUTO_TEST_CASE(of_a_vm_that_the_host_cannot_read)
{
    on.set_runtime_properties({{"moid", "2"}, {"name", "s1"}, {"vm_name", "web1"}});
    web1.snapshots.clear(); // as the host shows it then
    web1.connection = "inaccessible";
    for (operation run : {create_snapshot, delete_snapshot}) {
        must_fail(run, on, error_kind::unavailable);
    }
    BOOST_TEST(on.text("moid") == "2");
    web1.connection = "connected";
    must(delete_snapshot, on, false, 1);
    BOOST_TEST(on.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(absent)
{
    // Removed by others in between, or with its VM.
    must(create_snapshot, on, true, 3);
    at("snapshot.remove", [this] {
        web1.snapshots.clear();
        return std::nullopt;
    });
    must(delete_snapshot, on, true, 2);
    for (char const* text : {"no snapshots for this VM", "snapshot \"snapshot-2\" not found"}) {
        web1.snapshots = {{"snapshot-2", "s1"}};
        at("snapshot.remove", [text] { return fake_host::failed(text); });
        must(delete_snapshot, on, true, 2);
    }
    host.before = {};
    must(create_snapshot, on, false, 1);
    host.vms.clear();
    must(delete_snapshot, on, false, 1);
    BOOST_TEST(on.runtime_properties().empty());
    must_fail(create_snapshot, on, error_kind::absent);
}

BOOST_AUTO_TEST_CASE(failures_are_not_absence)
{
    must(create_snapshot, on, true, 3);
    for (char const* text : {"Permission to perform this operation was denied.", "Another task is already in progress."}) {
        at("snapshot.remove", [text] { return fake_host::failed(text); });
        BOOST_CHECK_THROW(delete_snapshot(host, on, {}), esxi::error);
        at("vm.info", [text] { return fake_host::failed(text); });
        BOOST_CHECK_THROW(delete_snapshot(host, on, {}), esxi::error);
    }
    BOOST_TEST(on.text("moid") == web1.snapshots.front().moid);
}

BOOST_AUTO_TEST_CASE(taken_and_gone_again)
{
    at("snapshot.create", [] { return esxi::output{}; });
    BOOST_TEST(has(must_fail(create_snapshot, on, error_kind::conflict), "was taken and is gone again"));
    BOOST_TEST(on.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(of_a_vm_that_is_being_imported)
{
    web1.annotation = "esxi-import-0123456789abcdef0123456789abcdef";
    BOOST_TEST(has(must_fail(create_snapshot, on, error_kind::conflict), "is being imported, or was left half imported"));
    BOOST_TEST(events(host) == "vm.info");
}

BOOST_AUTO_TEST_CASE(of_one_of_two_vms_of_that_name)
{
    web1.snapshots = {{"1", "s1"}};
    host.add("web1");
    for (operation run : {create_snapshot, delete_snapshot}) {
        BOOST_TEST(has(must_fail(run, on, error_kind::config), "the name `web1` stands for 2 VMs (vm-1, vm-2)"));
    }
}

// The client of one sees what the other stored.
BOOST_AUTO_TEST_CASE(a_name_that_was_stored_escaped)
{
    auto& slash = snapshot({{"name", "9/3 a"}}, of);
    for (char const* stored : {"9/3 a", "9%2f3 a", "9%2F3 a", "9%252f3 a", "9%252F3 A"}) {
        web1.snapshots = {{"1", stored}};
        BOOST_TEST(must(create_snapshot, slash, false, 1).runtime.at("moid").as_string() == "1");
        must(delete_snapshot, slash, true, 2);
        BOOST_TEST(web1.snapshots.empty());
    }
    web1.snapshots = {{"1", "9%2f3 a"}, {"2", "9%252f3 a"}};
    for (operation run : {create_snapshot, delete_snapshot}) {
        BOOST_TEST(has(must_fail(run, slash, error_kind::config), "2 snapshots (1 `9/3 a`, 2 `9/3 a`)"));
    }
}

BOOST_AUTO_TEST_CASE(dry_runs)
{
    options.dry_run = true;
    BOOST_TEST(must(create_snapshot, on, false, 1).steps.size() == 1u);
    web1.snapshots = {{"1", "s1"}};
    BOOST_TEST(must(create_snapshot, on, false, 1).steps.empty());
    BOOST_TEST(must(delete_snapshot, on, false, 1).steps.size() == 1u);
    BOOST_TEST(events(host) == "vm.info; vm.info; vm.info");
    BOOST_TEST(on.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(bad_properties_are_refused_before_the_first_command)
{
    for (operation run : {create_snapshot, delete_snapshot}) {
        must_fail(run, snapshot({{"name", ".."}}, of), error_kind::config);
        must_fail(run, snapshot({{"name", "s"}, {"memory", "yes"}}, of), error_kind::config);
        // Of the VM, only the name matters here.
        must_fail(run, snapshot({{"name", "s"}}, vm({{"name", ""}})), error_kind::config);
        must_fail(run, vm(), error_kind::config); // linked to no VM
    }
    BOOST_TEST(host.events.empty());
    must(create_snapshot, snapshot({{"name", "s"}}, vm({{"cpu", 0}})), true, 3);
}

BOOST_AUTO_TEST_SUITE_END()
