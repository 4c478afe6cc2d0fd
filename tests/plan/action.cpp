// SPDX-License-Identifier: Apache-2.0
// How the steps of a plan are shown.
#include <esxi/plan/action.hpp>

#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(actions)

BOOST_AUTO_TEST_CASE(each)
{
    using std::chrono::seconds;
    struct {
        esxi::action step;
        bool changes;
        char const* json;
        char const* text;
    } const cases[] = {
        {esxi::adopt_vm{"web 1", "vm-1"}, false, R"({"action":"adopt","vm":"web 1","moid":"vm-1"})", "adopt vm=web 1 moid=vm-1"},
        {esxi::destroy_vm{"w", "vm-1", "because"}, true, R"({"action":"destroy","vm":"w","moid":"vm-1","why":"because"})",
         "destroy vm=w moid=vm-1 why=because"},
        {esxi::import_vm{"w", "/x.ova", {}, {}, ""}, true, R"({"action":"import","vm":"w","source":"/x.ova"})",
         "import vm=w source=/x.ova"},
        {esxi::import_vm{"w", "https://u:s3cret@h/x.ova", 2, 1024, "a"}, true,
         R"({"action":"import","vm":"w","source":"https://<redacted>@h/x.ova","cpu":2,"memory_mb":1024,"annotation":"a"})",
         "import vm=w source=https://<redacted>@h/x.ova cpu=2 memory_mb=1024 annotation=a"},
        {esxi::change_vm{"w", 2, {}, "two\nlines"}, true, R"({"action":"change","vm":"w","cpu":2,"annotation":"two\nlines"})",
         "change vm=w cpu=2 annotation=two\\nlines"},
        {esxi::power_on_vm{"w"}, true, R"({"action":"power_on","vm":"w"})", "power_on vm=w"},
        {esxi::power_off_vm{"w", {}}, true, R"({"action":"power_off","vm":"w"})", "power_off vm=w"},
        {esxi::power_off_vm{"w", seconds{9}}, true, R"({"action":"shut_down","vm":"w","timeout":9})", "shut_down vm=w timeout=9"},
        {esxi::wait_for_ip{"w", seconds{600}}, false, R"({"action":"wait_for_ip","vm":"w","timeout":600})",
         "wait_for_ip vm=w timeout=600"},
        {esxi::let_go_of_vm{"w", "vm-1", "because"}, false, R"({"action":"let_go","vm":"w","moid":"vm-1","why":"because"})",
         "let_go vm=w moid=vm-1 why=because"},
        {esxi::create_vm_snapshot{"w", "s", true, false}, true,
         R"({"action":"create_snapshot","vm":"w","snapshot":"s","memory":true,"quiesce":false})",
         "create_snapshot vm=w snapshot=s memory=true quiesce=false"},
        {esxi::remove_vm_snapshot{"w", "s", "snapshot-1", true}, true,
         R"({"action":"remove_snapshot","vm":"w","snapshot":"s","moid":"snapshot-1","children":true})",
         "remove_snapshot vm=w snapshot=s moid=snapshot-1 children=true"},
    };
    esxi::plan all;
    for (auto const& c : cases) {
        BOOST_TEST(boost::json::serialize(to_json(c.step)) == c.json);
        BOOST_TEST(describe(c.step) == c.text);
        BOOST_TEST(esxi::changes_host(c.step) == c.changes);
        all.push_back(c.step);
    }
    BOOST_TEST(to_json(all).size() == std::size(cases));
    BOOST_TEST(to_json(esxi::plan{}).empty());
    BOOST_TEST(describe(esxi::power_on_vm{"a\x1b[2J"}) == "power_on vm=a\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(nothing_to_change)
{
    BOOST_TEST((esxi::change_vm{"w", {}, {}, ""}.empty()));
    BOOST_TEST(!(esxi::change_vm{"w", 1, {}, ""}.empty()));
    BOOST_TEST(!(esxi::change_vm{"w", {}, 4, ""}.empty()));
    BOOST_TEST(!(esxi::change_vm{"w", {}, {}, "a"}.empty()));
}

BOOST_AUTO_TEST_CASE(redacted)
{
    auto const redact = [](std::string_view text) { return text == "s3cret" ? std::string("-") : std::string(text); };
    BOOST_TEST(describe(esxi::redacted(esxi::change_vm{"w", 2, {}, "s3cret"}, redact)) == "change vm=w cpu=2 annotation=-");
    BOOST_TEST(describe(esxi::redacted(esxi::import_vm{"w", "s3cret", {}, {}, "s3cret"}, redact)) ==
               "import vm=w source=- annotation=-");
    BOOST_TEST(describe(esxi::redacted(esxi::power_on_vm{"w"}, redact)) == "power_on vm=w");
}

BOOST_AUTO_TEST_SUITE_END()
