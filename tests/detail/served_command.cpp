// SPDX-License-Identifier: Apache-2.0
// One command of a server's: what comes of it, and when it is to end.
#include <esxi/detail/served_command.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace esxi::detail;
using namespace std::chrono_literals;
using wish = served_command::wish;

namespace {

struct fixture {
    using clock = std::chrono::steady_clock;
    clock::time_point const begun = clock::now();
    std::stop_source stop;
    std::function<bool(std::string_view)> on_line;
    std::function<void(std::string_view)> on_output;
    process_limits limits{.deadline = begun + 10s,
                          .timeout = 10s,
                          .stop = stop.get_token(),
                          .on_line = &on_line,
                          .on_output = &on_output,
                          .max_output = 100};

    static served_reply out(std::string text) { return {.id = 1, .out = std::move(text)}; }
    static served_reply exit(int code) { return {.id = 1, .exit_code = code}; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(served_commands, fixture)

BOOST_AUTO_TEST_CASE(gathers_what_was_printed)
{
    served_command c(1, limits);
    c.take(out("a"));
    c.take({.id = 1, .err = "x"});
    c.take(out("b\n"));
    BOOST_TEST(!c.is_over());
    BOOST_TEST((c.wants(begun) == wish::nothing));
    c.take(exit(3));
    BOOST_TEST(c.is_over());
    auto const result = c.take_result();
    BOOST_TEST((result.end == served_end::answered));
    BOOST_TEST((result.answer == esxi::output{3, "ab\n", "x"}));
}

BOOST_AUTO_TEST_CASE(may_need_a_process_of_its_own)
{
    served_command c(1, limits);
    c.take({.id = 1, .alone = true});
    BOOST_TEST(c.is_over());
    BOOST_TEST((c.take_result().end == served_end::alone));
}

BOOST_AUTO_TEST_CASE(without_an_answer_its_server_died)
{
    served_command c(1, limits);
    c.take(out("a"));
    BOOST_TEST((c.take_result().end == served_end::died));
}

BOOST_AUTO_TEST_CASE(passes_on_lines)
{
    std::vector<std::string> lines;
    on_line = [&](std::string_view line) {
        lines.emplace_back(line);
        return false;
    };
    served_command c(1, limits);
    for (char const* piece : {"on", "e\r\n", "two\rthr", "ee"}) {
        c.take(out(piece));
    }
    BOOST_TEST(lines.size() == 2u);
    c.take(exit(0));
    BOOST_TEST(c.take_result().answer.out == "one\r\ntwo\rthree");
    BOOST_TEST((lines == std::vector<std::string>{"one", "two", "three"}));
}

BOOST_AUTO_TEST_CASE(passes_on_pieces_and_keeps_none)
{
    std::string seen;
    on_output = [&](std::string_view piece) { seen += piece; };
    served_command c(1, limits);
    c.take(out("a"));
    c.take(out("b"));
    BOOST_TEST(seen == "ab");
    c.take(exit(0));
    BOOST_TEST(c.take_result().answer.out == "");
}

BOOST_AUTO_TEST_CASE(is_cancelled_at_its_deadline_and_then_killed)
{
    served_command c(1, limits);
    BOOST_TEST((c.wants(begun + 9s) == wish::nothing));
    BOOST_TEST((c.wants(begun + 10s) == wish::cancel));
    BOOST_TEST((c.wants(begun + 10s) == wish::nothing));
    BOOST_TEST((c.deadline() == begun + 10s + limits.grace));
    c.take(out("nobody wants this"));
    BOOST_TEST((c.wants(begun + 10s + limits.grace) == wish::kill));
    auto const result = c.take_result();
    BOOST_TEST((result.end == served_end::timed_out));
    BOOST_TEST(result.answer.out == "");
}

BOOST_AUTO_TEST_CASE(is_not_killed_where_it_hears)
{
    served_command c(1, limits);
    stop.request_stop();
    BOOST_TEST((c.wants(begun) == wish::cancel));
    c.take(exit(1));
    BOOST_TEST(c.is_over());
    BOOST_TEST((c.take_result().end == served_end::stopped));
}

BOOST_AUTO_TEST_CASE(progress_puts_the_deadline_off)
{
    on_line = [](std::string_view line) { return line == "progress"; };
    limits.deadline = begun + 1s;
    served_command c(1, limits);
    c.take(out("none\n"));
    BOOST_TEST((c.deadline() == begun + 1s));
    c.take(out("progress\n"));
    BOOST_TEST((c.deadline() >= begun + 10s));
    BOOST_TEST((c.wants(begun + 2s) == wish::nothing));
}

BOOST_AUTO_TEST_CASE(too_much_output_ends_it)
{
    for (bool const error : {false, true}) {
        served_command c(1, limits);
        c.take(out(std::string(100, 'x')));
        BOOST_TEST((c.wants(begun) == wish::nothing));
        c.take(error ? served_reply{.id = 1, .err = std::string(101, 'x')} : out("x"));
        BOOST_TEST((c.wants(begun) == wish::cancel));
        c.take(exit(0));
        BOOST_TEST((c.take_result().end == served_end::flooded));
    }
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_ends_it_and_is_passed_on)
{
    int called = 0;
    on_line = [&](std::string_view) -> bool {
        ++called;
        throw std::runtime_error("mine");
    };
    served_command c(1, limits);
    c.take(out("a\nb\n"));
    c.take(out("c\n"));
    BOOST_TEST(called == 1);
    BOOST_TEST((c.wants(begun) == wish::cancel));
    c.take(exit(0));
    BOOST_CHECK_THROW(static_cast<void>(c.take_result()), std::runtime_error);
    BOOST_TEST(called == 1);
}

BOOST_AUTO_TEST_CASE(the_last_line_may_throw_too)
{
    on_line = [](std::string_view) -> bool { throw std::runtime_error("mine"); };
    served_command c(1, limits);
    c.take(out("no end of line"));
    c.take(exit(0));
    BOOST_CHECK_THROW(static_cast<void>(c.take_result()), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
