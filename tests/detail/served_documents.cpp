// SPDX-License-Identifier: Apache-2.0
// Documents to and from a server.
#include <esxi/detail/served_documents.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace esxi::detail;

BOOST_AUTO_TEST_SUITE(served_documents)

BOOST_AUTO_TEST_CASE(a_command_is_one_line)
{
    BOOST_TEST(command_document(7, {{"vm.info", "-json", "a\n\"b\"\xc3\xa9"}}, false) ==
               "{\"id\":7,\"argv\":[\"vm.info\",\"-json\",\"a\\n\\\"b\\\"\xc3\xa9\"]}\n");
    BOOST_TEST(command_document(8, {{"import.ova"}, "{}\n"}, true) ==
               R"({"id":8,"argv":["import.ova"],"input":"{}\n","login":true})"
               "\n");
    BOOST_TEST(cancel_document(8) == "{\"cancel\":8}\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_text_fits_none)
{
    BOOST_TEST(fits_document({{"vm.info", "\xc3\xa9\x01"}}));
    BOOST_TEST(fits_document({{}, ""}));
    BOOST_TEST(!fits_document({{"vm.info", "\xff"}}));
    BOOST_TEST(!fits_document({{"vm.info", "\xed\xa0\x80"}}));
    BOOST_TEST(!fits_document({{"import.ova"}, "\xc3"}));
}

BOOST_AUTO_TEST_CASE(reads_what_a_server_says)
{
    auto const greeting = read_reply(R"({"serve":1})");
    BOOST_REQUIRE(greeting.has_value());
    BOOST_TEST(greeting->greeting == 1);

    auto const piece = read_reply(R"({"id":7,"out":"YQD/","err":"Yg=="})");
    BOOST_REQUIRE(piece.has_value());
    BOOST_TEST(piece->greeting == 0);
    BOOST_TEST(piece->id == 7);
    BOOST_TEST(piece->out == std::string("a\0\xff", 3));
    BOOST_TEST(piece->err == "b");
    BOOST_TEST(!piece->exit_code.has_value());

    BOOST_TEST(read_reply(R"({"id":7,"exit":0})")->exit_code.value() == 0);
    BOOST_TEST(read_reply(R"({"id":7,"exit":255})")->exit_code.value() == 255);
    BOOST_TEST(read_reply(R"({"id":7,"alone":true})")->alone);
}

BOOST_AUTO_TEST_CASE(refuses_anything_else)
{
    for (char const* line : {"",
                             " ",
                             "{}",
                             "[]",
                             "null",
                             "7",
                             "hello",
                             "{",
                             R"({"id":7)",
                             R"({"id":"7"})",
                             R"({"id":7.5})",
                             R"({"id":7,"exit":"0"})",
                             R"({"id":7,"exit":-1})",
                             R"({"id":7,"exit":256})",
                             R"({"id":7,"exit":1e300})",
                             R"({"id":7,"out":"YQ"})",
                             R"({"id":7,"out":"Y==="})",
                             R"({"id":7,"out":"YR=="})",
                             R"({"id":7,"out":"Y Q="})",
                             R"({"id":7,"out":7})",
                             R"({"id":7,"alone":1})",
                             R"({"id":7,"more":1})",
                             R"({"serve":"1"})",
                             R"({"out":"YQ=="})",
                             R"({"id":7} {"id":7})",
                             "{\"id\":7,\"out\":\"\xff\"}"}) {
        BOOST_TEST(!read_reply(line).has_value(), line);
    }
}

namespace {

struct lines_of {
    served_lines lines;
    std::vector<std::string> seen;

    bool take(std::string_view piece)
    {
        return lines.take(piece, [this](std::string_view line) { return seen.emplace_back(line) != "stop"; });
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(lines_come_in_pieces_of_any_size)
{
    lines_of stream;
    for (char const* piece : {"", "a", "b\nc", "\n", "\nd\ne\nf"}) {
        BOOST_TEST(stream.take(piece));
    }
    BOOST_TEST((stream.seen == std::vector<std::string>{"ab", "c", "", "d", "e"}));
    BOOST_TEST(!stream.take("g\nstop\nh\n"));
    BOOST_TEST((stream.seen == std::vector<std::string>{"ab", "c", "", "d", "e", "fg", "stop"}));
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_no_servers)
{
    lines_of stream;
    std::string const half(served_lines::longest / 2, 'x');
    BOOST_TEST((stream.take(half) && stream.take(half) && stream.take("\n") && stream.take(half) && stream.take(half)));
    BOOST_TEST(!stream.take("x"));
    BOOST_TEST(!lines_of().take(half + half + "x\n"));
    BOOST_TEST(stream.seen.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
