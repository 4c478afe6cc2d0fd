// SPDX-License-Identifier: Apache-2.0
// The type eraser: whom it owns, whom it borrows, and that it passes on everything.
#include <esxi/transport/any.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <esxi/error.hpp>

namespace {

struct echo {
    int calls = 0;
    esxi::run_options seen{};
    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        ++calls;
        seen = options;
        return {calls, c.argv.front(), c.input};
    }
};

struct immovable {
    std::mutex mutex{};
    esxi::output run(esxi::command const&, esxi::run_options const&) { return {7}; }
    [[nodiscard]] std::string govc_version() const { return "0.56.0"; }
};

struct constant {
    esxi::output run(esxi::command const&, esxi::run_options const&) const { return {9}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(any)

BOOST_AUTO_TEST_CASE(borrows_what_has_a_name)
{
    echo inner;
    esxi::any_transport any(inner);
    esxi::run_options options;
    options.connection.host = "esxi1";
    options.timeout = std::chrono::seconds(3);
    int lines = 0;
    options.on_line = [&lines](std::string_view) { return ++lines > 0; };
    BOOST_TEST((any.run({{"about"}, "in"}, options) == esxi::output{1, "about", "in"}));
    BOOST_TEST(inner.calls == 1);
    BOOST_TEST(inner.seen.connection.host == "esxi1");
    BOOST_TEST((inner.seen.timeout == std::chrono::seconds(3)));
    BOOST_TEST(inner.seen.on_line("x"));
    BOOST_TEST(lines == 1);
    BOOST_TEST(any.govc_version() == "");
}

BOOST_AUTO_TEST_CASE(owns_what_is_moved_in)
{
    echo named;
    esxi::any_transport any(std::move(named));
    any.run({{"about"}}, {});
    BOOST_TEST(any.run({{"about"}}, {}).exit_code == 2);
    BOOST_TEST(named.calls == 0); // NOLINT(bugprone-use-after-move): another one was called
    auto moved = std::move(any);
    BOOST_TEST(moved.run({{"about"}}, {}).exit_code == 3);
}

BOOST_AUTO_TEST_CASE(owns_what_cannot_be_moved)
{
    esxi::any_transport any(std::make_unique<immovable>());
    BOOST_TEST(any.run({{"about"}}, {}).exit_code == 7);
    BOOST_TEST(any.govc_version() == "0.56.0");
}

BOOST_AUTO_TEST_CASE(is_chosen_at_run_time)
{
    echo first;
    immovable second;
    constant const third;
    esxi::any_transport any(first);
    any = esxi::any_transport(second);
    BOOST_TEST(any.run({{"about"}}, {}).exit_code == 7);
    BOOST_TEST(any.govc_version() == "0.56.0");
    any = esxi::any_transport(third);
    BOOST_TEST(any.run({{"about"}}, {}).exit_code == 9);
    BOOST_TEST(first.calls == 0);
}

BOOST_AUTO_TEST_CASE(passes_on_what_is_thrown)
{
    struct failing {
        esxi::output run(esxi::command const&, esxi::run_options const&)
        {
            throw esxi::error(esxi::error_kind::cancelled, "stopped");
        }
    };
    esxi::any_transport any(failing{});
    BOOST_CHECK_EXCEPTION(any.run({{"about"}}, {}), esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::cancelled; });
}

BOOST_AUTO_TEST_SUITE_END()
