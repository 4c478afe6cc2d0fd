// SPDX-License-Identifier: Apache-2.0
// Text from outside does nothing to a terminal, and text for people stays as it is.
#include <esxi/printable.hpp>

#include <string>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using esxi::printable;

BOOST_AUTO_TEST_SUITE(printable_text)

BOOST_AUTO_TEST_CASE(stays_as_it_is)
{
    for (std::string const text : {"", "web-1", "sp ace", "it's \"quoted\"", "back\\slash", "\xd0\x92\xd0\x9c", "caf\xc3\xa9",
                                   "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0", "\xe2\x80\x90", "\xe2\x81\x9f", "a`b"}) {
        BOOST_TEST(printable(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(is_one_line_without_controls)
{
    BOOST_TEST(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
    BOOST_TEST(printable("\033[2J") == "\\x1b[2J");
    BOOST_TEST(printable(std::string("\0\x07\x7f", 3)) == "\\x00\\x07\\x7f");
    BOOST_TEST(printable("\xc2\x9b"
                         "31m") == "\\xc2\\x9b31m");
    for (int c = 0; c < 0x20; ++c) {
        BOOST_TEST(printable(std::string(1, static_cast<char>(c))).starts_with('\\'));
    }
}

BOOST_AUTO_TEST_CASE(neither_reorders_nor_hides)
{
    for (std::string const text : {"\xd8\x9c", "\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa0",
                                   "\xe2\x81\xa6", "\xe2\x81\xaf", "\xef\xbb\xbf"}) {
        BOOST_TEST(printable(text).starts_with("\\x"), text);
        BOOST_TEST(printable(text).size() == text.size() * 4);
    }
}

BOOST_AUTO_TEST_CASE(json_is_escaped_and_reads_as_the_same)
{
    using esxi::printable_json;
    BOOST_TEST(printable_json("{\n  \"a\": \"caf\xc3\xa9 \\n\"\n}\n") == "{\n  \"a\": \"caf\xc3\xa9 \\n\"\n}\n");
    BOOST_TEST(printable_json("\"\x7f\"") == "\"\\u007f\"");
    BOOST_TEST(printable_json("\"\u009b31m\u2028\u202e\ufeff\"") == "\"\\u009b31m\\u2028\\u202e\\ufeff\"");
    BOOST_TEST(printable_json("\"\U000e0041\U0001d173\"") == "\"\\udb40\\udc41\\ud834\\udd73\"");
    std::string all;
    for (char32_t code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 0x101) {
        if (code >= 0xd800 && code < 0xe000) {
            continue;
        }
        if (code < 0x80) {
            all += static_cast<char>(code);
        } else {
            int const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
            all += static_cast<char>((more == 1 ? 0xc0u : more == 2 ? 0xe0u : 0xf0u) | code >> (6 * more));
            for (int i = more - 1; i >= 0; --i) {
                all += static_cast<char>(0x80u | (code >> (6 * i) & 0x3fu));
            }
        }
    }
    boost::json::object const value{{"key " + all, all}};
    auto const text = printable_json(boost::json::serialize(value));
    BOOST_TEST((boost::json::parse(text) == value));
    BOOST_TEST(printable(text) == text); // nothing is left to be escaped
}

BOOST_AUTO_TEST_CASE(hides_no_character)
{
    // Whatever Unicode calls default ignorable, and each bidi mark.
    for (std::string const text :
         {"\u00ad", "\u034f", "\u061c", "\u115f", "\u17b4",     "\u180e",     "\u200e",     "\u200f",    "\u202a", "\u202b",
          "\u202c", "\u202d", "\u202e", "\u2066", "\u2067",     "\u2068",     "\u2069",     "\u200b",    "\u200c", "\u200d",
          "\u3164", "\ufe0f", "\uffa0", "\ufff9", "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e007f"}) {
        BOOST_TEST(printable("a" + text + "b").find("a\\x") == 0u, text);
        BOOST_TEST(printable(text).size() == text.size() * 4);
    }
    for (int c = 0x80; c < 0xa0; ++c) { // C1 controls
        BOOST_TEST(printable(std::string("\xc2") + static_cast<char>(c)).starts_with("\\xc2\\x"));
    }
    for (std::string const text : {"\u00a0", "\u0600", "\u1161", "\u200a", "\u2010", "\u202f", "\u2070", "\ufe10", "\ufffc",
                                   "\ufffd", "\U0001d172", "\U000e1000", "\U0010fffd"}) {
        BOOST_TEST(printable(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(is_cut_at_a_character)
{
    using esxi::shortened;
    BOOST_TEST(shortened("", 5) == "");
    BOOST_TEST(shortened("12345", 5) == "12345");
    BOOST_TEST(shortened("123456", 5) == "12...");
    BOOST_TEST(shortened("\u0432\u0435\u0431\u0435\u0431", 5) == "\u0432\u0435\u0431\u0435\u0431");
    BOOST_TEST(shortened("\u0432\u0435\u0431\u0435\u0431x", 5) == "\u0432\u0435...");
    BOOST_TEST(shortened("\xff\xff\xff\xff\xff\xff", 5) == "\xff\xff...");
    BOOST_TEST(shortened(std::string(80'000, 'x'), 80).size() == 80u);
    BOOST_TEST(esxi::in_quotes(std::string(80'000, 'x')) == "`" + std::string(197, 'x') + "...`");
    BOOST_TEST(esxi::in_quotes(std::string(200, 'x')).size() == 202u);
}

BOOST_AUTO_TEST_CASE(that_is_no_utf8_is_shown_byte_by_byte)
{
    BOOST_TEST(printable("a\xff\xfe") == "a\\xff\\xfe");
    BOOST_TEST(printable("\xc3") == "\\xc3");
    BOOST_TEST(printable("\xc3(") == "\\xc3(");
    BOOST_TEST(printable("\xe2\x82") == "\\xe2\\x82");
    BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
    BOOST_TEST(printable("\xc0\xaf") == "\\xc0\\xaf");
}

BOOST_AUTO_TEST_CASE(stands_in_quotes_as_a_name)
{
    BOOST_TEST(esxi::in_quotes("web-1") == "`web-1`");
    BOOST_TEST(esxi::in_quotes("a\nb") == "`a\\nb`");
}

BOOST_AUTO_TEST_SUITE_END()
