// SPDX-License-Identifier: Apache-2.0
// One character spelled in each way, and what is no spelling.
#include <esxi/govc/spelling.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

namespace {

using namespace esxi::govc::detail;

void expect(std::string_view text, std::string_view meaning, std::size_t length)
{
    BOOST_TEST_CONTEXT(text)
    {
        auto const found = once_spelled(text);
        BOOST_TEST(found.meaning == meaning);
        BOOST_TEST(found.length == length);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(spelling)

BOOST_AUTO_TEST_CASE(of_one_character)
{
    expect("%40x", "@", 3);
    expect("%C3%A9", "\xc3", 3);
    expect("\\n", "\n", 2);
    expect("\\\\", "\\", 2);
    expect("\\/", "/", 2);
    expect("\\\"", "\"", 2);
    expect("\\x1b[", "\033", 4);
    expect("\\u00e9", "\xc3\xa9", 6);
    expect("\\u20ac", "\xe2\x82\xac", 6);
    expect("\\ud83d\\ude00!", "\xf0\x9f\x98\x80", 12);
    expect("&amp;", "&", 5);
    expect("&apos;", "'", 6);
    expect("&#34;", "\"", 5);
    expect("&#x22;", "\"", 6);
    expect("&#X1F600;", "\xf0\x9f\x98\x80", 9);
}

BOOST_AUTO_TEST_CASE(that_is_none)
{
    for (auto const* text : {"",           "a",     "%",      "%4",    "%4g",           "\\",
                             "\\x",        "\\xg0", "\\u",    "\\u12", "\\u12g4",       "\\ud83d\\u0041",
                             "\\ud83d\\u", "&",     "&;",     "&#;",   "&#x;",          "&#g;",
                             "&#1114112;", "&#-1;", "&copy;", "&amp",  "&#00000000065;"}) {
        expect(text, "", 0);
    }
}

BOOST_AUTO_TEST_CASE(of_a_spelling_is_read)
{
    BOOST_TEST(twice_spelled("%2540x").meaning == "@");
    BOOST_TEST(twice_spelled("%2540x").length == 5u);
    BOOST_TEST(twice_spelled("\\\\u00e9").meaning == "\xc3\xa9");
    BOOST_TEST(twice_spelled("\\\\u00e9").length == 7u);
    BOOST_TEST(twice_spelled("&amp;lt;").meaning == "<");
    BOOST_TEST(twice_spelled("\\\\\\\"").meaning == "\"");
    BOOST_TEST(twice_spelled("%40").length == 0u);
    BOOST_TEST(twice_spelled("").length == 0u);
}

BOOST_AUTO_TEST_CASE(of_a_whole_text_has_a_length)
{
    BOOST_TEST(spelled_length("a%62\\u0063d", "abc") == 10u);
    BOOST_TEST(spelled_length("abd", "abc") == 0u);
    BOOST_TEST(spelled_length("ab", "abc") == 0u);
    BOOST_TEST(spelled_length("", "abc") == 0u);
    BOOST_TEST(spelled_length("abc", "") == 0u);
    BOOST_TEST(spelled_length("%41", "%41") == 3u);
    BOOST_TEST(spelled_length("%2541", "%41") == 5u);
    BOOST_TEST(spelled_length("a+b", "a b") == 3u);
    BOOST_TEST(spelled_length("a+b", "a+b") == 3u);
    BOOST_TEST(spelled_length("a%2Bb", "a b") == 5u); // the plus of a query, spelled once more
    BOOST_TEST(spelled_length("a%252bb", "a b") == 7u);
}

BOOST_AUTO_TEST_CASE(in_base64_has_a_part_that_does_not_depend_on_what_is_around)
{
    using esxi::detail::to_base64;
    for (std::string const& secret : {std::string("secret"), std::string("\xff\xfe\xfd~~~x"), std::string("a longer one")}) {
        for (std::size_t before = 0; before < 3; ++before) {
            auto const inner = inner_base64(secret, before);
            BOOST_TEST(inner.size() * 6 + 11 >= secret.size() * 8);
            for (char const around : {'\0', '\xff', 'a'}) {
                for (std::size_t after = 0; after < 4; ++after) {
                    BOOST_TEST(to_base64(std::string(before + 3, around) + secret + std::string(after, around)).find(inner) !=
                               std::string::npos);
                }
            }
        }
    }
    BOOST_TEST((url_base64("a+b/c=") == "a-b_c="));
}

BOOST_AUTO_TEST_SUITE_END()
