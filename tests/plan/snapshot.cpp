// SPDX-License-Identifier: Apache-2.0
// Which snapshot is meant, and what is decided about it.
#include <esxi/plan/snapshot.hpp>

#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/govc/names.hpp>

#include "model/refusal.hpp"

namespace {

using esxi::match_snapshot;
using esxi::purpose;
using esxi::snapshot_state;

snapshot_state snapshot(std::string moid, std::string stored_name, std::vector<snapshot_state> children = {})
{
    snapshot_state state;
    state.moid = std::move(moid);
    state.name = esxi::govc::shown_name(esxi::govc::shown_name(stored_name));
    state.stored_name = std::move(stored_name);
    state.children = std::move(children);
    return state;
}

// a (1) -> A (2) -> b (3) -> b (4), and c (5).
std::vector<snapshot_state> const tree{snapshot("1", "a", {snapshot("2", "A", {snapshot("3", "b", {snapshot("4", "b")})})}),
                                       snapshot("5", "c")};

std::string matched(std::string const& name, std::string const& recorded = {})
{
    auto const found = match_snapshot(tree, name, recorded);
    return found ? found->moid : "";
}

std::string planned(esxi::plan const& steps)
{
    return boost::json::serialize(to_json(steps));
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshot_plans)

BOOST_AUTO_TEST_CASE(names)
{
    BOOST_TEST(matched("a") == "1");
    BOOST_TEST(matched("A") == "2");
    BOOST_TEST(matched("c") == "5");
    BOOST_TEST(matched("C") == "5");
    BOOST_TEST(matched("d").empty());
    BOOST_TEST(matched("").empty());
    BOOST_TEST(!match_snapshot({}, "a").has_value());
    for (char const* name : {"b", "B"}) {
        auto const message = test::refusal([&] { return match_snapshot(tree, name); });
        BOOST_TEST(test::has(message, std::string("`") + name + "` stands for 2 snapshots (3 `b`, 4 `b`)"), message);
    }
    // Of several, the one recorded; a recorded one of another name counts for nothing.
    BOOST_TEST(matched("b", "4") == "4");
    BOOST_TEST(matched("a", "4") == "1");
    test::refusal([] { return match_snapshot(tree, "b", "1"); });
    test::refusal([] { return match_snapshot({snapshot("1", "Mixed"), snapshot("2", "mixeD")}, "mixed"); });
    // Case is that of ASCII letters.
    BOOST_TEST(!match_snapshot({snapshot("1", "\u0416")}, "\u0436").has_value());
    BOOST_TEST(match_snapshot({snapshot("1", "\u0436 X")}, "\u0436 x").has_value());
}

// One host keeps a snapshot's name as it was given, another escapes it.
BOOST_AUTO_TEST_CASE(names_that_may_be_escaped)
{
    for (auto const& [wished, stored] : std::vector<std::pair<std::string, std::string>>{{"a/b", "a/b"},
                                                                                         {"a/b", "a%2fb"},
                                                                                         {"50%", "50%"},
                                                                                         {"50%", "50%25"},
                                                                                         {"a%2fb", "a%2fb"},
                                                                                         {"a%2fb", "a%252fb"},
                                                                                         {"a/b", "a%252fb"},
                                                                                         {"a/B", "A%252Fb"},
                                                                                         {"A/b", "a%2fb"}}) {
        BOOST_TEST(match_snapshot({snapshot("1", stored), snapshot("2", "other")}, wished).has_value(), wished << " " << stored);
    }
    BOOST_TEST(!match_snapshot({snapshot("1", "a%2fb")}, "a%252fb").has_value());
    test::refusal([] { return match_snapshot({snapshot("1", "a/b"), snapshot("2", "a%2fb")}, "a/b"); });
    auto const message = test::refusal([] { return match_snapshot({snapshot("1", "a%2fb"), snapshot("2", "a%252fb")}, "a/b"); });
    BOOST_TEST(test::has(message, "stands for 2 snapshots (1 `a/b`, 2 `a/b`)"), message);
}

BOOST_AUTO_TEST_CASE(create)
{
    esxi::snapshot_properties wished;
    wished.name = "s1";
    BOOST_TEST(planned(esxi::plan_create_snapshot("web1", wished, snapshot("1", "s1"))) == "[]");
    BOOST_TEST(planned(esxi::plan_create_snapshot("web1", wished, {})) ==
               R"([{"action":"create_snapshot","vm":"web1","snapshot":"s1","memory":false,"quiesce":false}])");
    wished.memory = true;
    wished.quiesce = true;
    BOOST_TEST(planned(esxi::plan_create_snapshot("web1", wished, {})) ==
               R"([{"action":"create_snapshot","vm":"web1","snapshot":"s1","memory":true,"quiesce":true}])");
}

BOOST_AUTO_TEST_CASE(remove)
{
    esxi::snapshot_properties wished;
    auto const removed = [&wished](std::string const& name, std::string const& recorded, purpose why) {
        wished.name = name;
        auto const steps = esxi::plan_delete_snapshot("web1", wished, tree, recorded, why);
        return steps.empty() ? std::string() : std::get<esxi::remove_vm_snapshot>(steps.at(0)).moid;
    };
    BOOST_TEST(removed("a", "", purpose::user) == "1");
    BOOST_TEST(removed("a", "9", purpose::user) == "1");
    BOOST_TEST(removed("b", "4", purpose::user) == "4");
    BOOST_TEST(removed("d", "", purpose::user).empty());
    BOOST_TEST(removed("d", "1", purpose::user).empty());
    test::refusal([&] { return removed("b", "", purpose::user); });
    for (auto why : {purpose::engine, purpose::rollback}) {
        BOOST_TEST(removed("a", "", why).empty());
        BOOST_TEST(removed("a", "1", why) == "1");
        BOOST_TEST(removed("a", "9", why).empty());
        BOOST_TEST(removed("b", "9", why).empty());
        BOOST_TEST(removed("b", "3", why) == "3");
        BOOST_TEST(removed("renamed since", "4", why) == "4");
    }
    BOOST_TEST(removed("a", "1", purpose::update).empty());
    wished.name = "a";
    BOOST_TEST(planned(esxi::plan_delete_snapshot("web1", wished, tree, "", purpose::user)) ==
               R"([{"action":"remove_snapshot","vm":"web1","snapshot":"a","moid":"1","children":false}])");
    wished.remove_children = true;
    BOOST_TEST(test::has(planned(esxi::plan_delete_snapshot("web1", wished, tree, "", purpose::user)), R"("children":true)"));
}

BOOST_AUTO_TEST_CASE(that_is_external)
{
    auto const external = esxi::read_snapshot_properties({{"name", "a"}, {"use_external_resource", true}});
    BOOST_TEST(esxi::plan_create_snapshot("web1", external, match_snapshot(tree, "a")).empty());
    BOOST_CHECK_EXCEPTION(static_cast<void>(esxi::plan_create_snapshot("web1", external, std::nullopt)), esxi::error,
                          [](esxi::error const& failed) { return failed.kind() == esxi::error_kind::absent; });
    for (auto why : {purpose::user, purpose::engine, purpose::request, purpose::rollback, purpose::update}) {
        BOOST_TEST(esxi::plan_delete_snapshot("web1", external, tree, "1", why).empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
