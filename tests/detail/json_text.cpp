// SPDX-License-Identifier: Apache-2.0
// Which texts are kept as JSON, and that nothing of them is lost.
#include <esxi/detail/json_text.hpp>

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/detail/base64.hpp>
#include <esxi/detail/pretty_json.hpp>

using esxi::detail::read_documents;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(documents)
{
    BOOST_TEST(read_documents("{}").size() == 1u);
    BOOST_TEST(read_documents(" [1, 2]\n\n").size() == 1u);
    BOOST_TEST(read_documents("{\"a\": {\"b\": []}}\n{\"c\": 1}\n").size() == 2u);
    BOOST_TEST(read_documents("{}{}[]").size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_is_none)
{
    for (std::string const text : {"", " \n", "OK", "null", "1", "\"text\"", "{", "[1,]", "{} OK", "OK {}", "{}{", "[1 2]",
                                   "{'a': 1}", "// x\n{}", "[\"\\ud800\"]", "[\"\xff\"]", "[NaN]", "[\"\x01\"]"}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(read_documents(text).empty());
        }
    }
    BOOST_TEST(read_documents(std::string(esxi::detail::deepest_document + 1, '[') +
                              std::string(esxi::detail::deepest_document + 1, ']'))
                   .empty());
}

BOOST_AUTO_TEST_CASE(what_would_not_survive)
{
    for (std::string const text :
         {R"({"a": 1, "a": 1})", R"([{"a": {"b": 1, "c": 2, "b": 3}}])", "[1e400]", "[-1e400]", "[18446744073709551616]",
          "[-9223372036854775809]", "[123456789012345678901234567890]", "[1e-400]"}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(read_documents(text).empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_and_texts_survive)
{
    auto const rewritten = [](std::string const& text) { return esxi::detail::write_documents(read_documents(text)); };
    BOOST_TEST(rewritten("[0, -1, 9223372036854775807, -9223372036854775808, 18446744073709551615]") ==
               "[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]\n");
    BOOST_TEST(rewritten("[1.5, 0.1, 1e3, 2.50]") == "[1.5E0,1E-1,1E3,2.5E0]\n");
    // Colons, digits and braces in texts are not taken for more than that; keys keep their order.
    BOOST_TEST(rewritten(R"({"z": "a: 1e400 \" {", "a:1": "\\", "\u003c": true})") ==
               R"({"z":"a: 1e400 \" {","a:1":"\\","<":true})"
               "\n");
}

BOOST_AUTO_TEST_CASE(changes_each_text_alone)
{
    auto const shout = [](std::string_view text) { return std::string(text) + "!"; };
    BOOST_TEST(esxi::detail::change_text("{\"a\": [\"b\", 1, null, {\"c\": \"\"}]} [true]", shout) ==
               "{\"a!\":[\"b!\",1,null,{\"c!\":\"!\"}]}\n[true]\n");
    BOOST_TEST(esxi::detail::change_text("plain {", shout) == "plain {!");
}

BOOST_AUTO_TEST_CASE(pretty)
{
    auto const value = boost::json::parse(R"({"a":["x","-json"],"b":{},"c":[],"d":{"e":[{"f":1.5}],"g":null},"h":"\n\u00e9"})");
    BOOST_TEST(esxi::detail::pretty_json(value) == "{\n"
                                                   "  \"a\": [\"x\", \"-json\"],\n"
                                                   "  \"b\": {},\n"
                                                   "  \"c\": [],\n"
                                                   "  \"d\": {\n"
                                                   "    \"e\": [\n"
                                                   "      {\n"
                                                   "        \"f\": 1.5E0\n"
                                                   "      }\n"
                                                   "    ],\n"
                                                   "    \"g\": null\n"
                                                   "  },\n"
                                                   "  \"h\": \"\\n\xc3\xa9\"\n"
                                                   "}\n");
    auto const list = boost::json::array{std::string(70, 'x'), std::string(70, 'y')};
    BOOST_TEST(esxi::detail::pretty_json(list) ==
               "[\n  \"" + std::string(70, 'x') + "\",\n  \"" + std::string(70, 'y') + "\"\n]\n");
}

BOOST_AUTO_TEST_CASE(base64)
{
    using esxi::detail::from_base64;
    using esxi::detail::to_base64;
    std::vector<std::pair<std::string, std::string>> const known{
        {"", ""},           {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"},
        {{"\0", 1}, "AA=="}};
    for (auto const& [bytes, text] : known) {
        BOOST_TEST(to_base64(bytes) == text);
        BOOST_TEST(from_base64(text).value() == bytes);
    }
    for (char const* text : {"Zg", "Zg=", "Zh==", "Z", "Zg==Zg==", "Zm 9v", "Zm9v=", "Zm9v\n", "===="}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(!from_base64(text).has_value());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
