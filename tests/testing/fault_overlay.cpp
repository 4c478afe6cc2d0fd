// SPDX-License-Identifier: Apache-2.0
// A transport whose Nth command fails: which one, how, and what the one around which it is put gets to see.
#include <esxi/testing/fault_overlay.hpp>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/transport/any.hpp>

namespace {

using namespace esxi::testing;
using esxi::command;
using esxi::error_kind;
using esxi::output;
using esxi::run_options;

/// Answers each command with its number, and lines of progress.
struct inner_transport {
    std::vector<std::string> seen{};
    int lines_wanted = 0;
    std::string version = "0.56.0";

    output run(command const& c, run_options const& options)
    {
        seen.push_back(c.argv.at(0));
        auto const number = std::to_string(seen.size());
        if (options.on_line) {
            lines_wanted += options.on_line("progress") ? 1 : 0;
        }
        output answer{0, R"({"name":"vm)" + number + R"("})" + "\n", "a warning\n"};
        if (options.on_output) {
            options.on_output(std::exchange(answer.out, {}));
        }
        return answer;
    }
    std::string govc_version() { return version; }
};

struct mute_transport {
    output run(command const&, run_options const&) { return {}; }
};

static_assert(esxi::versioned_transport<fault_overlay<inner_transport>>);
static_assert(esxi::versioned_transport<fault_overlay<mute_transport>>);
static_assert(esxi::versioned_transport<fault_overlay<esxi::any_transport>>);

command const look{{"vm.info", "-json"}};

/// What the one command of an overlay answers that fails so; how often the inner transport was asked.
output fails(failure how, int expected_inside = 1, run_options const& options = {})
{
    inner_transport inner;
    fault_overlay failing(inner, 1, std::move(how));
    auto answer = failing.run(look, options);
    BOOST_TEST(inner.seen.size() == static_cast<std::size_t>(expected_inside));
    return answer;
}

error_kind throws(failure how, int expected_inside, run_options const& options = {})
{
    inner_transport inner;
    fault_overlay failing(inner, 1, std::move(how));
    auto kind = error_kind::tape;
    BOOST_CHECK_EXCEPTION(failing.run(look, options), esxi::error, [&](auto const& e) {
        kind = e.kind();
        BOOST_TEST(std::string(e.what()).find("govc vm.info") == 0u);
        return true;
    });
    BOOST_TEST(inner.seen.size() == static_cast<std::size_t>(expected_inside));
    return kind;
}

} // namespace

BOOST_AUTO_TEST_SUITE(overlay)

BOOST_AUTO_TEST_CASE(fails_the_nth_command_and_no_other)
{
    for (int n = 0; n <= 4; ++n) {
        inner_transport inner;
        fault_overlay failing(inner, n, exits(1, "govc: no\n"));
        for (int i = 1; i <= 3; ++i) {
            BOOST_TEST(failing.has_struck() == (n > 0 && i > n));
            auto const answer = failing.run({{std::to_string(i)}}, {});
            BOOST_TEST(answer.exit_code == (i == n ? 1 : 0));
            BOOST_TEST(failing.count() == i);
        }
        BOOST_TEST(inner.seen.size() == (n >= 1 && n <= 3 ? 2u : 3u));
        BOOST_TEST(failing.has_struck() == (n >= 1 && n <= 3));
        BOOST_TEST(failing.govc_version() == "0.56.0");
    }
    mute_transport mute;
    BOOST_TEST(fault_overlay(mute, 0, prints_nothing()).govc_version().empty());
}

BOOST_AUTO_TEST_CASE(an_exit_before_and_after)
{
    BOOST_TEST((fails(exits(3, "govc: no\n"), 0) == output{3, "", "govc: no\n"}));
    BOOST_TEST((fails(exits(3, "govc: no\n", effect::taken)) == output{3, "", "govc: no\n"}));
    BOOST_TEST((fails(killed_by(9), 0) == output{137, "", ""}));
    BOOST_TEST((fails(killed_by(15, effect::taken)) == output{143, "", ""}));
}

BOOST_AUTO_TEST_CASE(a_timeout_and_a_stop)
{
    BOOST_TEST((throws(times_out(), 0) == error_kind::unavailable));
    BOOST_TEST((throws(times_out(effect::taken), 1) == error_kind::unavailable));
    BOOST_TEST((throws(stopped(), 0) == error_kind::cancelled));
    std::stop_source source;
    BOOST_TEST((throws(stopped(effect::taken, source), 1) == error_kind::cancelled));
    BOOST_TEST(source.stop_requested());
}

BOOST_AUTO_TEST_CASE(outputs)
{
    std::string const real = "{\"name\":\"vm1\"}\n";
    BOOST_TEST(fails(cut_after(0)).out == "");
    BOOST_TEST(fails(cut_after(4)).out == "{\"na");
    BOOST_TEST(fails(cut_after(1000)).out == real);
    BOOST_TEST(fails(cut_to(0.5)).out == real.substr(0, real.size() / 2));
    BOOST_TEST(fails(cut_to(-1)).out == "");
    BOOST_TEST(fails(cut_to(7)).out == real);
    BOOST_TEST(fails(prints_nothing()).out == "");
    BOOST_TEST(fails(prints("x")).out == "x");
    BOOST_TEST(fails(prints_no_json()).out.starts_with("<html>"));
    BOOST_TEST(fails(prints_wrong_shape()).out.starts_with("[{"));
    BOOST_TEST(fails(prints_no_utf8()).out == "{\"name\":\"\xff\xc0\xafvm1\"}\n");
    BOOST_TEST(fails(prints_nested(3)).out == "[[[]]]");
    BOOST_TEST(fails(prints_much(5)).out == "\"xxx\"");
    run_options unbound;
    unbound.max_output = 200'000'000;
    BOOST_TEST(fails(prints_much(), 1, unbound).out.size() == 100'000'000u);
    BOOST_TEST(fails(prints_changed("twice", [](std::string const& out) { return out + out; })).out == real + real);
    // The rest of the answer is the real one.
    BOOST_TEST(fails(cut_after(4)).err == "a warning\n");
    BOOST_TEST(fails(cut_after(4)).exit_code == 0);
    inner_transport inner;
    fault_overlay plain(inner, 1, prints_no_utf8());
    fault_overlay twice(plain, 1, prints("10.1.2.3\n")); // one around another
    BOOST_TEST(twice.run(look, {}).out == "10.1.2.3\n");
    BOOST_TEST(prints_no_utf8().answer(look, {0, "10.1.2.3\n", ""}, {}).out == "\xff\xc0\xaf"
                                                                               "10.1.2.3\n");
}

BOOST_AUTO_TEST_CASE(lines_are_those_of_the_changed_output)
{
    std::vector<std::string> lines;
    run_options options;
    options.on_line = [&lines](std::string_view line) {
        lines.emplace_back(line);
        return true;
    };
    fails(prints("one\r\rtwo\nthree"), 1, options);
    BOOST_TEST(lines == (std::vector<std::string>{"one", "two", "three"}), boost::test_tools::per_element());
    lines.clear();
    fails(exits(1, "no", effect::taken), 1, options); // what it printed is lost
    BOOST_TEST(lines.empty());
    BOOST_TEST((throws(times_out(effect::taken), 1, options) == error_kind::unavailable)); // what came before is not
    BOOST_TEST(lines == std::vector<std::string>{"progress"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sink_for_output_gets_what_is_changed)
{
    std::string got;
    run_options options;
    options.on_output = [&got](std::string_view piece) { got += piece; };
    BOOST_TEST(fails(prints("x"), 1, options).out == "");
    BOOST_TEST(got == "x");
    got.clear();
    BOOST_TEST(fails(exits(1, "no", effect::taken), 1, options).out == "");
    BOOST_TEST(got == "");
}

BOOST_AUTO_TEST_CASE(output_has_its_bound)
{
    run_options options;
    options.max_output = 1000;
    BOOST_TEST(fails(prints_much(1000), 1, options).out.size() == 1000u);
    BOOST_TEST((throws(prints_much(1001), 1, options) == error_kind::govc));
    BOOST_TEST((throws(prints_much(), 1) == error_kind::govc));
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_reaches_the_caller)
{
    run_options options;
    options.on_line = [](std::string_view) -> bool { throw std::runtime_error("enough"); };
    inner_transport inner;
    fault_overlay failing(inner, 1, prints("x"));
    BOOST_CHECK_THROW(failing.run(look, options), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(each_failure_has_a_name)
{
    for (auto const& how :
         {exits(1, "no"), killed_by(9), times_out(), stopped(), cut_after(1), cut_to(0.5), prints_nothing(), prints("x"),
          prints_no_json(), prints_wrong_shape(), prints_much(), prints_no_utf8(), prints_nested()}) {
        BOOST_TEST(!how.name.empty());
    }
    BOOST_TEST(exits(1, "no").name == "exit 1: no");
    BOOST_TEST(prints("x").name == "prints `x`");
    BOOST_TEST(prints_nothing().name == "prints nothing");
}

BOOST_AUTO_TEST_CASE(threads_share_it)
{
    struct {
        std::atomic<int> count{0};
        output run(command const&, run_options const&)
        {
            ++count;
            return {};
        }
    } inner;
    fault_overlay failing(inner, 100, exits(1, ""));
    std::atomic<int> failed{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 100; ++k) {
                    failed += failing.run(look, {}).exit_code;
                }
            });
        }
    }
    BOOST_TEST(failed == 1);
    BOOST_TEST(inner.count == 399);
    BOOST_TEST(failing.count() == 400);
}

BOOST_AUTO_TEST_SUITE_END()
