// SPDX-License-Identifier: Apache-2.0
// Names as a host stores them, as people write them, as arguments: each reaches exactly its VM.
#include <esxi/govc/names.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <support/path_match.hpp>

namespace {

using namespace esxi::govc;

bool matches(std::string_view pattern, std::string_view name)
{
    return test::path_match(pattern, name) == test::match::yes;
}

/// What govc makes of an argument without another `/` in it, as govmomi's find and list packages do: whether it is for the VM
/// stored under this name. A path is cleaned first, which takes a `./` off, and put back only where what is left has no dot there.
bool reaches(std::string argument, std::string_view stored)
{
    if (argument.starts_with("VirtualMachine:")) {
        return false; // a moid
    }
    if (argument.starts_with("./")) {
        argument.erase(0, 2);
    }
    if (argument == "...") {
        return true; // all there are
    }
    if (argument.starts_with('.')) {
        return false; // looked up in the root, where no VM is
    }
    return matches(argument, stored);
}

std::vector<std::string> nasty_names()
{
    std::vector<std::string> names{
        "web1",
        "webX",
        "web*",
        "web-[1]",
        "web[1]",
        "web-1",
        "w?b1",
        "q?x",
        "qax",
        "*",
        "?",
        "[",
        "]",
        "[]",
        "[^a]",
        "[a-z]",
        "a",
        "\\",
        "\\\\",
        "\\*",
        "a/b",
        "a%2fb",
        "a%2Fb",
        "a%252fb",
        "back\\slash",
        "50%",
        "50%25",
        "%",
        "%%",
        "%2",
        "%5c",
        "%5C",
        "-dash",
        "--",
        "-json",
        "sp ace",
        " lead",
        "trail ",
        "VirtualMachine:vm-12",
        "VirtualMachine:140",
        "it's",
        "\"quoted\"",
        "it's \"quoted\"",
        "\xd0\x92\xd0\x9c-1",
        "caf\xc3\xa9",
        "...",
        "..x",
        ".hidden",
        "....",
        "a.b",
        "~",
        "{a,b}",
        "^",
        "!",
        "$x",
        "`x`",
        "a\\",
        "a[",
        "./a",
        "./...",
        "x' not found",
    };
    for (int c = 0x20; c < 0x7f; ++c) {
        names.push_back(std::string(1, static_cast<char>(c)) + "x" + static_cast<char>(c));
    }
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(the_oracle_is_one)
{
    BOOST_TEST(matches("web*", "webX"));
    BOOST_TEST(!matches("web*", "we"));
    BOOST_TEST(matches("*b*1", "web-1"));
    BOOST_TEST(matches("web[1]", "web1"));
    BOOST_TEST(!matches("web[1]", "web[1]"));
    BOOST_TEST(matches("[^b-d]x", "ax"));
    BOOST_TEST(!matches("[^b-d]x", "cx"));
    BOOST_TEST(matches("\\*", "*"));
    BOOST_TEST(!matches("\\*", "a"));
    BOOST_TEST(!matches("[", "["));
    BOOST_TEST(!matches("a\\", "a\\"));
    BOOST_TEST(!matches("*", "a/b"));
}

BOOST_AUTO_TEST_CASE(are_stored_with_three_characters_escaped)
{
    BOOST_TEST(stored_name("a/b") == "a%2fb");
    BOOST_TEST(stored_name("back\\slash") == "back%5cslash");
    BOOST_TEST(stored_name("50%") == "50%25");
    BOOST_TEST(stored_name("%2f") == "%252f");
    BOOST_TEST(stored_name("\xd0\x92 '\"*") == "\xd0\x92 '\"*");
    BOOST_TEST(stored_name("").empty());
}

BOOST_AUTO_TEST_CASE(come_back_as_they_were)
{
    for (auto const& name : nasty_names()) {
        BOOST_TEST(shown_name(stored_name(name)) == name);
    }
    for (int c = 1; c < 256; ++c) {
        std::string const name{'%', static_cast<char>(c), '2', 'f'};
        BOOST_TEST(shown_name(stored_name(name)) == name);
    }
}

BOOST_AUTO_TEST_CASE(are_shown_whatever_a_host_let_through)
{
    BOOST_TEST(shown_name("a%2Fb%5Cc") == "a/b\\c");
    for (std::string const name : {"%", "50%", "a%2", "a%zz", "a%2gb", "%5", "%41", "a%"}) {
        BOOST_TEST(shown_name(name) == name);
    }
    BOOST_TEST(shown_name("%252f") == "%2f");
    BOOST_TEST(shown_name("%2525") == "%25");
}

BOOST_AUTO_TEST_CASE(escaped_are_patterns_of_themselves_alone)
{
    auto const all = nasty_names();
    for (auto const& name : all) {
        for (auto const& other : all) {
            BOOST_TEST(matches(escape_pattern(name), other) == (name == other), name << " and " << other);
        }
    }
}

BOOST_AUTO_TEST_CASE(as_arguments_reach_their_own_vm_and_no_other)
{
    auto const all = nasty_names();
    for (auto const& name : all) {
        for (auto const& other : all) {
            BOOST_TEST(reaches(name_argument(name), stored_name(other)) == (name == other), name << " and " << other);
        }
    }
}

BOOST_AUTO_TEST_CASE(as_arguments_are_no_flag_no_moid_and_no_path)
{
    for (auto const& name : nasty_names()) {
        auto const argument = name_argument(name);
        BOOST_TEST(argument.starts_with("./"));
        BOOST_TEST(argument.find('/', 2) == std::string::npos);
    }
    BOOST_TEST(name_argument("web*") == "./web\\*");
    BOOST_TEST(name_argument("a\\b") == "./a%5cb");
}

BOOST_AUTO_TEST_CASE(with_a_dot_in_front_are_names_too)
{
    // Tried with govc v0.56 and v0.18: `./...` answers every VM, `./.hidden` none.
    BOOST_TEST(name_argument("...") == "./\\...");
    BOOST_TEST(name_argument(".hidden") == "./\\.hidden");
    BOOST_TEST(name_argument("a.b") == "./a.b");
}

BOOST_AUTO_TEST_CASE(moids_are_exact)
{
    BOOST_TEST(moid_argument("140") == "VirtualMachine:140");
    BOOST_TEST(moid_argument("vm-12") == "VirtualMachine:vm-12");
}

BOOST_AUTO_TEST_SUITE_END()
