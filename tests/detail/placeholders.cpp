// SPDX-License-Identifier: Apache-2.0
// Placeholders, both ways.
#include <esxi/detail/placeholders.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

using esxi::detail::placeholders;

namespace {

std::string const token_a = "esxi-import-0123456789abcdef0123456789abcdef";
std::string const token_b = "esxi-import-ffffffffffffffffffffffffffffffff";

placeholders of(std::string_view host, std::vector<std::pair<std::string, std::string>> const& paths = {})
{
    placeholders made(paths);
    made.set_host(host);
    return made;
}

std::string failure(std::function<void()> const& what, esxi::error_kind kind)
{
    try {
        what();
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == kind));
        return e.what();
    }
    return "no failure";
}

} // namespace

BOOST_AUTO_TEST_SUITE(placeholder)

BOOST_AUTO_TEST_CASE(host_is_a_word_of_its_own)
{
    auto p = of("esxi1");
    for (auto const& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"esxi1", "{host}"},
             {"https://esxi1/sdk", "https://{host}/sdk"},
             {"dial esxi1: refused; esxi1, (esxi1)", "dial {host}: refused; {host}, ({host})"},
             {"no such host: esxi1.", "no such host: {host}."},
             {"esxi1:443 root@esxi1", "{host}:443 root@{host}"},
             {"esxi12 myesxi1 esxi1.corp a.esxi1 esxi1-b b-esxi1 esxi1_x _esxi1 esxi1",
              "esxi12 myesxi1 esxi1.corp a.esxi1 esxi1-b b-esxi1 esxi1_x _esxi1 {host}"},
             {"esxi1esxi1", "esxi1esxi1"},
         }) {
        BOOST_TEST(p.collapse(text) == expected);
        BOOST_TEST(p.expand(expected) == text);
    }
}

BOOST_AUTO_TEST_CASE(host_with_a_port)
{
    auto p = of("127.0.0.1:8989");
    BOOST_TEST(p.collapse("https://127.0.0.1:8989/sdk 127.0.0.1 127.0.0.1:89 127.0.0.12") ==
               "https://{host}/sdk {host_name} {host_name}:89 127.0.0.12");
    BOOST_TEST(of("esxi9:443").expand("{host} {host_name}") == "esxi9:443 esxi9");
    auto v6 = of("[::1]:8989");
    BOOST_TEST(v6.collapse("https://[::1]:8989/ [::1]") == "https://{host}/ {host_name}");
    auto v6_alone = of("[fe80::1]");
    BOOST_TEST(v6_alone.collapse("[fe80::1]:443") == "{host}:443");
}

BOOST_AUTO_TEST_CASE(an_empty_host_is_nowhere)
{
    BOOST_TEST(placeholders().collapse("a b") == "a b");
    BOOST_TEST(of("").collapse("a b") == "a b");
}

BOOST_AUTO_TEST_CASE(longest_path_wins)
{
    auto p = of("esxi1", {{"tmp", "/tmp/x"}, {"ova", "/tmp/x/tiny.ova"}, {"other", "rel/path"}});
    BOOST_TEST(p.collapse("-x=/tmp/x/tiny.ova") == "-x={ova}");
    BOOST_TEST(p.collapse("/tmp/x/other.ova /tmp/xy /tmp/x /tmp/x.ova a/tmp/x file:///tmp/x") ==
               "{tmp}/other.ova /tmp/xy {tmp} /tmp/x.ova a/tmp/x file://{tmp}");
    BOOST_TEST(p.collapse("rel/path/a") == "{other}/a");
    BOOST_TEST(of("h", {{"tmp", "/elsewhere"}, {"ova", "o"}}).expand("{tmp}/other.ova {ova}") == "/elsewhere/other.ova o");
}

BOOST_AUTO_TEST_CASE(tokens_are_numbered_as_they_come)
{
    auto p = of("esxi1");
    BOOST_TEST(p.collapse("a " + token_b + " b " + token_a + token_b) == "a {token:1} b {token:2}{token:1}");
    BOOST_TEST(p.collapse(token_a) == "{token:2}");
    BOOST_TEST(p.expand("{token:2} {token:1}") == token_a + " " + token_b);
    for (std::string const& text :
         {token_a.substr(0, 43), std::string("esxi-import-0123456789ABCDEF0123456789abcdef"), std::string("esxi-import-")}) {
        BOOST_TEST(p.collapse(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(tokens_of_a_replay)
{
    auto p = of("esxi1");
    // Unknown: made up from the number, and the same one from then on.
    BOOST_TEST(p.expand("{token:3}") == "esxi-import-00000000000000000000000000000003");
    // Of the program: bound in order, those that are bound already passed over.
    p.bind_tokens({"x", "{token:3} {token:1} {token:1}", "{token:7}"},
                  {"x", "esxi-import-00000000000000000000000000000003", token_b + token_b, token_a});
    BOOST_TEST(p.expand("{token:1} {token:7}") == token_b + " " + token_a);
    // More tokens than numbers, and fewer.
    p.bind_tokens({"{token:1}"}, {token_a, "esxi-import-dddddddddddddddddddddddddddddddd"});
    p.bind_tokens({"{token:8}"}, {"none"});
    BOOST_TEST(p.expand("{token:8}") == "esxi-import-00000000000000000000000000000008");
}

BOOST_AUTO_TEST_CASE(what_looks_like_one_survives)
{
    auto p = of("esxi1", {{"ova", "/o"}});
    for (std::string const text : {"{host}",
                                   "{=host}",
                                   "{==host}",
                                   "{token:1}",
                                   "{nothing}",
                                   "{a_1:23}",
                                   "{ova} {host} esxi1 /o",
                                   "{{host}}",
                                   "{esxi1}",
                                   "{ esxi1}",
                                   "{=esxi1 }",
                                   "{",
                                   "{}",
                                   "{=}",
                                   "{:1}",
                                   "{Host}",
                                   "{1}",
                                   "{host",
                                   "{host:}",
                                   "{token:0}",
                                   "{token:1234567}",
                                   "{token:1",
                                   "{\"a\":{\"host\":1}}",
                                   "${x}",
                                   "}{"}) {
        auto const collapsed = p.collapse(text);
        BOOST_TEST_CONTEXT(text << " -> " << collapsed)
        {
            BOOST_TEST(p.expand(collapsed) == text);
        }
    }
    BOOST_TEST(p.collapse("{host} {=ova}") == "{=host} {==ova}");
    BOOST_TEST(p.collapse("{\"host\": 1} {} {x y}") == "{\"host\": 1} {} {x y}");
}

BOOST_AUTO_TEST_CASE(what_stands_for_nothing)
{
    auto p = of("esxi1", {{"ova", "/o"}});
    BOOST_TEST(failure([&] { p.check("a {store}/b"); }, esxi::error_kind::tape) ==
               "placeholder {store} stands for nothing: give it in `paths`, or write {=store} where the text itself is meant");
    for (char const* text : {"{token}", "{host:1}", "{ova:2}", "{store:1}"}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(failure([&] { static_cast<void>(p.expand(text)); }, esxi::error_kind::tape) != "no failure");
        }
    }
    BOOST_CHECK_NO_THROW(p.check("{host} {host_name} {ova} {token:4} {=store} {Store}"));
}

BOOST_AUTO_TEST_CASE(names_that_are_refused)
{
    for (char const* name : {"", "host", "host_name", "token", "Ova", "1a", "_a", "a b", "a}", "=a", "a:1", "\xc3\xa9"}) {
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST(failure([&] { static_cast<void>(of("h", {{name, "/x"}})); }, esxi::error_kind::config) != "no failure");
        }
    }
    BOOST_TEST(failure([] { of("h", {{"ova", ""}}); }, esxi::error_kind::config) == "the tape's placeholder {ova} is empty");
    BOOST_TEST(failure([] { of("h", {{"ova", "/a"}, {"ova", "/b"}}); }, esxi::error_kind::config) ==
               "the tape's placeholder {ova} is given twice");
    BOOST_CHECK_NO_THROW(of("h", {{"a_1", "/x"}, {"tokens", "/y"}}));
}

BOOST_AUTO_TEST_SUITE_END()
