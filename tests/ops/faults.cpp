// SPDX-License-Identifier: Apache-2.0
// Each operation, each of its commands, each way in which it can fail: the error, what is persisted, and that a second run converges.
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "ops/situations.hpp"
#include "support/ways.hpp"

namespace {

using namespace test;
using esxi::error_kind;

std::string const password = "s3cret-of-the-sweep!";

/// Notes the command at which a fault strikes, and what the host answered to it.
struct strike {
    esxi::command sent;
    esxi::output real, given;
};

/// The failure, which also notes what it does. What is said is true: where something is said to be gone, it is.
esxi::testing::failure noting(way const& w, stage& s, strike& at)
{
    auto noted = w.how;
    noted.answer = [&w, &s, &at](esxi::command const& sent, esxi::output answer, esxi::run_options const& options) {
        at.sent = sent;
        at.real = answer;
        if (w.kind == error_kind::absent) {
            if (sent.argv.front().starts_with("snapshot.") && w.said.text.find("napshot") != std::string::npos) {
                std::erase_if(s.host.find("web1")->snapshots, [](auto const& snapshot) { return snapshot.name == "s1"; });
            } else {
                s.host.vms.remove_if([](auto const& vm) { return vm.name == "web1"; });
            }
        }
        auto* const vm = s.host.find("web1");
        if (vm != nullptr && sent.argv.front() == "vm.power" && w.said.existing_state.starts_with("powered")) {
            vm->power = w.said.existing_state;
        }
        at.given = w.how.answer(sent, std::move(answer), options);
        return at.given;
    };
    return noted;
}

std::string name_of(std::optional<error_kind> kind)
{
    return kind ? std::string(to_string(*kind)) : "done";
}

/// What came of an operation: its error's kind, or `done`.
template <class Run>
std::string outcome(Run&& run)
{
    try {
        run();
        return "done";
    } catch (esxi::error const& failed) {
        check_error(failed, password);
        return std::string(to_string(failed.kind()));
    }
}

/// One case. False where the operation has no such command.
bool fails_and_converges(situation const& each, int nth, way const& w)
{
    stage s;
    s.host_node.set_properties({{"host", "esxi1"}, {"password", password}});
    s.others();
    each.prepare(s);
    s.on->running = {s.on->pid}; // the process that failed lives on
    s.on->on_persist([](json::object const& runtime) { check_runtime(runtime, password); });
    s.host.events.clear();

    strike at;
    failing_host failing(s.host, nth, noting(w, s, at));
    auto const first = outcome([&] { each.fail(failing, *s.on, s.options); });
    if (!failing.has_struck()) {
        return false;
    }
    auto const is_the_same = [&at] {
        return esxi::govc::detail::stripped(at.given.out) == esxi::govc::detail::stripped(at.real.out);
    };
    BOOST_TEST_CONTEXT(each.name << ", command " << nth << " (" << line_of(at.sent.argv) << "), " << w.how.name << ": " << first
                                 << "; " << events(s.host))
    {
        auto const expected = w.is_output && is_the_same() ? std::nullopt : expected_kind(each.of, at.sent, nth, w);
        bool const is_gone = w.kind == error_kind::absent;
        if (expected || !is_gone) {
            BOOST_TEST(first == name_of(expected));
        }
        check_runtime(s.on->runtime_properties(), password);
        BOOST_TEST(s.state_of_others() == s.untouched);

        auto const second = outcome([&] { each.run(s.host, *s.on, s.options); });
        BOOST_TEST(s.state_of_others() == s.untouched);
        if (is_gone && second != "done") {
            // What had to be there is not: nothing was made up.
            BOOST_TEST((second == "absent" || second == "config"), second);
            BOOST_TEST(s.host.find("web1") == nullptr);
            return true;
        }
        BOOST_TEST(second == "done");
        if (is_gone && s.host.find("web1") == nullptr) {
            return true;
        }
        each.check(s);
        auto const third = each.run(s.host, *s.on, s.options);
        BOOST_TEST(!third.changed);
        BOOST_TEST(third.commands <= 1);
    }
    return true;
}

/// Each command of each operation in each of these ways; how many faults there were.
int sweep(std::vector<way> const& ways)
{
    int cases = 0;
    for (auto const& each : situations()) {
        int nth = 1;
        for (bool is_there = true; is_there; ++nth) {
            for (auto const& w : ways) {
                is_there = fails_and_converges(each, nth, w);
                if (!is_there) {
                    break;
                }
                ++cases;
            }
        }
        BOOST_TEST(nth > 2, each.name);
    }
    std::cout << cases << " faults: " << situations().size() << " operations, each command, "
              << (ways.size() == 1 ? ways.front().how.name : std::to_string(ways.size()) + " ways") << "\n";
    return cases;
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(of_each_command_of_each_operation)
{
    BOOST_TEST(sweep(all_ways(password)) > 9000);
}

BOOST_AUTO_TEST_CASE(of_output_as_long_as_is_taken)
{
    // What nobody reads may be that long.
    BOOST_TEST(sweep({{esxi::testing::prints_much(8'000'000), error_kind::govc, {}, true}}) >= 38);
}

BOOST_AUTO_TEST_CASE(of_output_longer_than_is_taken)
{
    BOOST_TEST(sweep({{esxi::testing::prints_much(100'000'000), error_kind::govc}}) >= 38); // the transport ends it
}

BOOST_AUTO_TEST_SUITE_END()
