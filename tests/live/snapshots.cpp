// SPDX-License-Identifier: Apache-2.0
// Snapshots that others made: several of one name, parent and child of one name, one that is gone.
// ctest: served persona
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/live.hpp"

namespace {

struct fixture {
    test::simulator host{{"--vms", "1"}};
    test::tool tool{host};

    void take(std::string const& name) const { host.must({"snapshot.create", "-m=false", "-vm", "ha-host_VM0", "--", name}); }
    [[nodiscard]] boost::json::array list() const
    {
        return test::json_of(tool.run({"--output", "json", "snapshot", "list", "ha-host_VM0"}).out).at("snapshots").as_array();
    }
    [[nodiscard]] test::finished run(std::string const& verb, std::string const& name) const
    {
        return tool.run({"--output", "json", "--no-state", "snapshot", verb, "ha-host_VM0", name});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(snapshots, fixture)

BOOST_AUTO_TEST_CASE(parent_and_child_of_one_name_are_refused_with_their_ids)
{
    take("twin");
    take("twin");
    auto const snapshots = list();
    BOOST_REQUIRE(snapshots.size() == 2u);
    BOOST_TEST(snapshots.at(1).at("parent") == snapshots.at(0).at("moid"));
    for (char const* verb : {"create", "delete"}) {
        auto const refused = run(verb, "twin");
        BOOST_TEST(refused.exit_code == 2);
        for (auto const& snapshot : snapshots) {
            BOOST_TEST(refused.err.find(snapshot.at("moid").as_string().c_str()) != std::string::npos, refused.err);
        }
    }
    BOOST_TEST(list().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_recorded_one_of_two_is_meant)
{
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "mine"}).exit_code == 0);
    auto const mine = std::string(list().at(0).at("moid").as_string());
    take("mine");
    BOOST_TEST(tool.run({"snapshot", "delete", "ha-host_VM0", "mine"}).exit_code == 0);
    auto const left = list();
    BOOST_REQUIRE(left.size() == 1u);
    BOOST_TEST(left.at(0).at("moid").as_string() != mine);
}

BOOST_AUTO_TEST_CASE(exact_case_wins_and_another_case_stands_in)
{
    take("Base");
    take("base");
    BOOST_TEST(run("delete", "base").exit_code == 0);
    BOOST_REQUIRE(list().size() == 1u);
    BOOST_TEST(list().at(0).at("name").as_string() == "Base");
    auto const created = run("create", "BASE");
    BOOST_TEST(test::json_of(created.out).at("changed").as_bool() == false);
    BOOST_TEST(run("delete", "bAsE").exit_code == 0);
    BOOST_TEST(list().empty());
}

BOOST_AUTO_TEST_CASE(two_of_another_case_are_refused)
{
    take("Base");
    take("base");
    BOOST_TEST(run("delete", "BASE").exit_code == 2);
    BOOST_TEST(list().size() == 2u);
}

BOOST_AUTO_TEST_CASE(stored_escaped_are_found_as_people_see_them)
{
    for (char const* stored : {"9%2f3", "9%252f3"}) {
        take(stored);
        BOOST_REQUIRE(list().size() == 1u);
        BOOST_TEST(list().at(0).at("name").as_string() == "9/3");
        BOOST_TEST(test::json_of(run("create", "9/3").out).at("changed").as_bool() == false);
        BOOST_TEST(run("delete", "9/3").exit_code == 0);
        BOOST_TEST(list().empty());
    }
    take("9%2f3");
    take("9%252f3");
    auto const refused = run("delete", "9/3");
    BOOST_TEST(refused.exit_code == 2);
    for (auto const& snapshot : list()) {
        BOOST_TEST(refused.err.find(snapshot.at("moid").as_string().c_str()) != std::string::npos, refused.err);
    }
}

// As after a failed backup. govc's own list of snapshots ends in a panic then.
BOOST_AUTO_TEST_CASE(without_a_current_one)
{
    test::simulator const other({"--vms", "1", "--no-current-snapshot", "ha-host_VM0"});
    test::tool const esxi(other);
    auto const on_other = [&esxi](std::string const& verb, std::vector<std::string> const& names) {
        std::vector<std::string> arguments{"--output", "json", "--no-state", "snapshot", verb, "ha-host_VM0"};
        arguments.insert(arguments.end(), names.begin(), names.end());
        auto const done = esxi.run(arguments);
        BOOST_TEST(done.exit_code == 0, done.err);
        return test::json_of(done.out);
    };
    BOOST_TEST(on_other("create", {"s1"}).at("changed").as_bool());
    BOOST_TEST(on_other("create", {"s2"}).at("changed").as_bool());
    BOOST_TEST(!on_other("create", {"s1"}).at("changed").as_bool());
    auto const listed = on_other("list", {}).at("snapshots").as_array();
    BOOST_TEST(listed.size() == 2u);
    for (auto const& snapshot : listed) {
        BOOST_TEST(!snapshot.at("current").as_bool());
        BOOST_TEST(!snapshot.at("created").as_string().empty());
    }
    BOOST_TEST(on_other("delete", {"s1"}).at("changed").as_bool());
    BOOST_TEST(on_other("list", {}).at("snapshots").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_memory_unless_asked_for)
{
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "plain"}).exit_code == 0);
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "whole", "--memory"}).exit_code == 0);
    auto const collected = host.must({"object.collect", "-json", "-s", "vm/ha-host_VM0", "snapshot"});
    auto const first = collected.find("poweredOff");
    auto const second = collected.find("poweredOn");
    // A snapshot without memory is of a VM that is off.
    BOOST_TEST(first != std::string::npos, collected);
    BOOST_TEST(second != std::string::npos, collected);
    BOOST_TEST(first < second);
}

BOOST_AUTO_TEST_CASE(gone_already)
{
    BOOST_TEST(run("delete", "never").exit_code == 0);
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "last"}).exit_code == 0);
    host.must({"snapshot.remove", "-vm", "ha-host_VM0", "*"});
    auto const deleted = tool.run({"--output", "json", "snapshot", "delete", "ha-host_VM0", "last"});
    BOOST_TEST(deleted.exit_code == 0);
    BOOST_TEST(test::json_of(deleted.out).at("changed").as_bool() == false);
    host.must({"vm.destroy", "ha-host_VM0"});
    BOOST_TEST(run("delete", "last").exit_code == 0);
    BOOST_TEST(run("create", "last").exit_code == 4);
}

BOOST_AUTO_TEST_CASE(children_go_along_only_when_asked_for)
{
    take("parent");
    take("child");
    BOOST_TEST(run("delete", "parent").exit_code == 0);
    BOOST_REQUIRE(list().size() == 1u);
    take("grandchild");
    BOOST_TEST(tool.run({"--no-state", "snapshot", "delete", "ha-host_VM0", "child", "--children"}).exit_code == 0);
    BOOST_TEST(list().empty());
}

BOOST_AUTO_TEST_SUITE_END()
