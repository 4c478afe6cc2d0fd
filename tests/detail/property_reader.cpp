// SPDX-License-Identifier: Apache-2.0
// Reading properties one by one: what is set, what is taken, and what is said of the rest.
#include <esxi/detail/property_reader.hpp>

#include <array>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

namespace {

using esxi::detail::property_reader;

constexpr auto known = std::to_array<std::string_view>({"name", "p"});
constexpr auto shape = std::to_array<std::string_view>({"name", "cpu"});
using test::has;
using test::object;
using test::refusal;

// One property `p`, read in some way.
template <class Read>
auto reading(std::string const& value, Read read)
{
    auto const properties = object("{\"name\": \"web1\", \"p\": " + value + "}");
    return read(property_reader(properties, "VM", known));
}

std::string const every_type[] = {"true", "1", "1.5", "\"text\"", "[]", "[\"a\"]", "{}", "{\"a\": 1}"};

/// Those JSON values that a way of reading must refuse; the others it must take.
template <class Read>
void refuses_only(std::vector<std::string> const& wrong, Read read)
{
    for (auto const& value : every_type) {
        BOOST_TEST_CONTEXT(value)
        {
            if (std::find(wrong.begin(), wrong.end(), value) == wrong.end()) {
                BOOST_CHECK_NO_THROW(static_cast<void>(reading(value, read)));
            } else {
                auto const message = refusal([&] { return reading(value, read); });
                BOOST_TEST(has(message, "property `p` of VM `web1` is "), message);
                BOOST_TEST(has(message, "; allowed is "), message);
            }
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(null_and_the_empty_text_are_unset)
{
    for (char const* unset : {"null", "\"\""}) {
        BOOST_TEST(reading(unset, [](auto const& r) { return r.text("p"); }).empty());
        BOOST_TEST(reading(unset, [](auto const& r) { return r.flag("p", true); }));
        BOOST_TEST(!reading(unset, [](auto const& r) { return r.integer("p", 1, 2, "of things"); }).has_value());
        BOOST_TEST(
            (reading(unset, [](auto const& r) { return r.seconds("p", std::chrono::seconds{7}); }) == std::chrono::seconds{7}));
        BOOST_TEST(reading(unset, [](auto const& r) { return r.one_of("p", {"a", "b"}, 1); }) == 1u);
        BOOST_TEST(reading(unset, [](auto const& r) { return r.text_map("p"); }).empty());
    }
    BOOST_TEST(has(refusal([] { return reading("null", [](auto const& r) { return r.required_text("p", "a text"); }); }),
                   "`p` of VM `web1` is missing;"));
    BOOST_TEST(has(refusal([] { return reading("\"\"", [](auto const& r) { return r.required_text("p", "a text"); }); }),
                   "`p` of VM `web1` is empty;"));
}

BOOST_AUTO_TEST_CASE(types)
{
    refuses_only({"true", "1", "1.5", "[]", "[\"a\"]", "{}", "{\"a\": 1}"}, [](auto const& r) { return r.text("p"); });
    refuses_only({"1", "1.5", "\"text\"", "[]", "[\"a\"]", "{}", "{\"a\": 1}"}, [](auto const& r) { return r.flag("p", false); });
    refuses_only({"true", "1.5", "\"text\"", "[]", "[\"a\"]", "{}", "{\"a\": 1}"},
                 [](auto const& r) { return r.integer("p", 0, 9, "of things"); });
    refuses_only({"true", "1.5", "\"text\"", "[]", "[\"a\"]", "{}", "{\"a\": 1}"},
                 [](auto const& r) { return r.seconds("p", {}); });
    refuses_only({"true", "1", "1.5", "[]", "[\"a\"]", "{}", "{\"a\": 1}"},
                 [](auto const& r) { return r.one_of("p", {"text"}, 0); });
    refuses_only({"true", "1", "1.5", "\"text\"", "[]", "[\"a\"]"}, [](auto const& r) { return r.text_map("p"); });
    refuses_only({"true", "1", "1.5", "[]", "[\"a\"]", "{}", "{\"a\": 1}"}, [](auto const& r) { return r.entity_name("p"); });
}

BOOST_AUTO_TEST_CASE(integers_have_bounds_and_steps)
{
    auto const read = [](auto const& r) { return r.integer("p", 4, 12, "of MB", 4).value(); };
    for (char const* good : {"4", "8", "12"}) {
        BOOST_TEST(reading(good, read) == std::stoi(good));
    }
    for (char const* bad : {"0", "3", "5", "13", "16", "-4", "9223372036854775807", "-9223372036854775808",
                            "18446744073709551615", "8.0", "\"8\""}) {
        auto const message = refusal([&] { return reading(bad, read); });
        BOOST_TEST(has(message, "; allowed is a whole number of MB from 4 to 12 that is a multiple of 4"), message);
        BOOST_TEST(has(message, std::string(" is ") + (std::string(bad) == "8.0" ? "8E0" : bad)), message);
    }
    auto const seconds = [](auto const& r) { return r.seconds("p", {}).count(); };
    BOOST_TEST(reading("0", seconds) == 0);
    BOOST_TEST(has(refusal([&] { return reading("-1", seconds); }), "is -1; allowed is a whole number of seconds from 0 to "));
}

BOOST_AUTO_TEST_CASE(choices)
{
    auto const read = [](auto const& r) { return r.one_of("p", {"any", "v4"}, 0); };
    BOOST_TEST(reading("\"v4\"", read) == 1u);
    BOOST_TEST(has(refusal([&] { return reading("\"V4\"", read); }), "is \"V4\"; allowed is one of any, v4"));
}

BOOST_AUTO_TEST_CASE(maps)
{
    auto const read = [](auto const& r) { return r.text_map("p"); };
    auto const found = reading(R"({"a": "x", "b": 1, "c": true, "d": 1.5, "e": "", "f": -0.25, "g": 3.0})", read);
    std::map<std::string, std::string> const expected{{"a", "x"}, {"b", "1"},     {"c", "true"}, {"d", "1.5"},
                                                      {"e", ""},  {"f", "-0.25"}, {"g", "3"}};
    BOOST_TEST((found == expected));

    // A value may be a password, so that none is shown; which key is wrong is said.
    for (std::string const bad :
         {R"({"ok": "s3cret!", "key": null})", R"({"ok": "s3cret!", "key": ["s3cret!"]})", R"({"ok": "s3cret!", "key": {}})",
          R"({"ok": "s3cret!", "": "s3cret!"})", R"(["s3cret!"])", R"("s3cret!")", R"({"key": "s3cret!\u0000"})"}) {
        auto const message = refusal([&] { return reading(bad, read); });
        BOOST_TEST(!has(message, "s3cret"), message);
        BOOST_TEST(has(message, "a map of texts"), message);
        BOOST_TEST((bad.find("key") == std::string::npos || has(message, "`key` is ")), message);
    }
}

BOOST_AUTO_TEST_CASE(texts)
{
    auto const read = [](auto const& r) { return r.text("p"); };
    BOOST_TEST(reading("\"a b\\n\\u00e9\"", read) == "a b\n\u00e9");
    BOOST_TEST(has(refusal([&] { return reading("\"a\\u0000b\"", read); }), "without NUL"));
    boost::json::object const latin{{"p", "caf\xe9"}};
    BOOST_TEST(has(refusal([&] { return property_reader(latin, "VM", known).text("p"); }), "in UTF-8"));
}

BOOST_AUTO_TEST_CASE(names)
{
    auto const read = [](std::string const& name) {
        boost::json::object const properties{{"name", name}};
        return property_reader(properties, "VM", known).entity_name("name");
    };
    auto const repeated = [](char const* text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) {
            all += text;
        }
        return all;
    };
    for (auto const& good :
         {std::string("a"), std::string("..."), std::string(" "), std::string("a/b\\c%*?[x]'\""), std::string("-x"),
          repeated("x", 80), repeated("\u0436", 80), repeated("\U0001f600", 80), std::string("\u00a0")}) {
        BOOST_TEST(read(good) == good);
    }
    for (auto const& bad : {std::string(), std::string("."), std::string(".."), repeated("x", 81), repeated("\u0436", 81),
                            std::string("a\nb"), std::string("\x1b[0m"), std::string("a\x7f"), std::string("a\u0085"),
                            std::string("\u009f"), std::string("\xff"), std::string("a\0b", 3)}) {
        auto const message = refusal([&] { return read(bad); });
        BOOST_TEST(has(message, "property `name` of VM is "), message);
        BOOST_TEST(has(message, "; allowed is "), message);
        BOOST_TEST(!has(message, "\x1b"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_shown)
{
    auto const shown = [](std::string const& value) {
        return refusal([&] { return reading(value, [](auto const& r) { return r.flag("p", false); }); });
    };
    BOOST_TEST(has(shown("\"2\""), "is \"2\";"));
    BOOST_TEST(has(shown("2"), "is 2;"));
    BOOST_TEST(has(shown("[1]"), "is a list, not shown here;"));
    BOOST_TEST(has(shown("{\"a\": 1}"), "is a map, not shown here;"));
    BOOST_TEST(has(shown("\"http://root:s3cret!@h/x\""), "is \"http://<redacted>@h/x\";"));
    BOOST_TEST(!has(shown("\"http://root:s3\\\"cret!@h/x\""), "cret"));
    BOOST_TEST(shown("\"" + std::string(5000, 'x') + "\"").size() < 300u);
    BOOST_TEST(has(shown("\"\\u001b[2J\\u202e\""), "is \"\\u001b[2J\\xe2\\x80\\xae\";"));

    auto const hidden = [](std::string const& value) {
        return refusal([&] {
            return reading(value, [](auto const& r) {
                r.refuse("p", "x", true);
                return 0;
            });
        });
    };
    for (auto const& value : every_type) {
        BOOST_TEST(has(hidden(value), ", not shown here; allowed is x"));
    }
    BOOST_TEST(has(hidden("\"text\""), "is a text,"));
    BOOST_TEST(has(hidden("null"), "is missing;"));
}

BOOST_AUTO_TEST_CASE(unknown_properties)
{
    auto const properties = object(R"({"name": "web1", "pasword": "s3cret!"})");
    auto const message = refusal([&] { return property_reader(properties, "VM", shape); });
    BOOST_TEST(message == "VM has no property `pasword`; it has name, cpu");
}

BOOST_AUTO_TEST_SUITE_END()
