// SPDX-License-Identifier: Apache-2.0
// Each operation of each scenario, each of its commands, each way in which it can fail, on what the scenario's tape answered: the error,
// what is persisted, what is sent.
// ctest: sweep
#include <iostream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/govc/fault_text.hpp>
#include <esxi/transport/replay.hpp>

#include "scenarios.hpp"
#include "support/directory.hpp"
#include "support/simulator.hpp"
#include "support/sweep.hpp"
#include "support/ways.hpp"

namespace test {

inline std::ostream& operator<<(std::ostream& out, scenario const& s)
{
    return out << s.name;
}

} // namespace test

namespace {

using namespace test;
using esxi::error_kind;

/// A command and what came of it.
struct noted_command {
    esxi::command sent;
    esxi::output answer{};
    std::optional<esxi::error> thrown{};
};

/// Notes what goes through another transport.
struct noting_transport {
    esxi::replay_transport& inner;
    std::vector<noted_command> noted{};

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        noted.push_back({c});
        try {
            auto whole = options;
            whole.on_output = {}; // what is passed on as it arrives could not be noted
            return noted.back().answer = inner.run(c, whole);
        } catch (esxi::error const& failed) {
            noted.back().thrown = failed;
            throw;
        }
    }
    std::string govc_version() { return inner.govc_version(); }
};

/// Answers one operation's commands again as they were answered. One that did not come then finds a host that is gone.
class answering_transport {
public:
    answering_transport(std::vector<noted_command> const& noted, std::string version)
        : noted_(noted), version_(std::move(version))
    {
    }

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        auto const is_it = [&c](noted_command const& entry) { return entry.sent.argv == c.argv; };
        auto found = std::find_if(noted_.begin() + next_, noted_.end(), is_it);
        if (found == noted_.end() && next_ > 0 && is_it(noted_[static_cast<std::size_t>(next_ - 1)])) {
            found = noted_.begin() + next_ - 1; // a poll
        }
        if (found == noted_.end()) {
            ++unknown_;
            return {1, "", "govc: Post \"https://esxi1/sdk\": dial tcp 10.0.0.1:443: connect: connection refused\n"};
        }
        next_ = found - noted_.begin() + 1;
        if (found->thrown) {
            throw *found->thrown;
        }
        auto const then = esxi::find_import_token(found->sent.input);
        auto const now = esxi::find_import_token(c.input);
        if (!then.empty()) {
            tokens_ = {then, now};
        }
        auto answer = found->answer;
        if (!tokens_.first.empty()) {
            esxi::govc::detail::replace_all(answer.out, tokens_.first, tokens_.second);
        }
        if (options.on_line) {
            options.on_line("[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)");
        }
        return answer;
    }
    [[nodiscard]] std::string govc_version() const { return version_; }
    /// How many commands came that were not noted.
    [[nodiscard]] int unknown() const { return unknown_; }

private:
    std::vector<noted_command> const& noted_;
    std::string version_;
    std::ptrdiff_t next_ = 0;
    std::pair<std::string, std::string> tokens_{};
    int unknown_ = 0;
};

std::string name_of(world::operation run)
{
    static std::map<world::operation, std::string> const names{
        {&esxi::probe_host<esxi::any_transport, esxi::plain_context>, "probe_host"},
        {&esxi::record_host_facts<esxi::any_transport, esxi::plain_context>, "record_host_facts"},
        {&esxi::noop_op<esxi::any_transport, esxi::plain_context>, "noop_op"},
        {&esxi::create_vm<esxi::any_transport, esxi::plain_context>, "create_vm"},
        {&esxi::configure_vm<esxi::any_transport, esxi::plain_context>, "configure_vm"},
        {&esxi::start_vm<esxi::any_transport, esxi::plain_context>, "start_vm"},
        {&esxi::stop_vm<esxi::any_transport, esxi::plain_context>, "stop_vm"},
        {&esxi::delete_vm<esxi::any_transport, esxi::plain_context>, "delete_vm"},
        {&esxi::create_snapshot<esxi::any_transport, esxi::plain_context>, "create_snapshot"},
        {&esxi::delete_snapshot<esxi::any_transport, esxi::plain_context>, "delete_snapshot"},
    };
    return names.at(run);
}

/// An operation of a scenario as it went undisturbed.
struct operation_seen {
    world::operation run;
    esxi::plain_context const& before;
    esxi::operation_options const& options;
    std::string_view outcome;
    std::vector<noted_command> const& commands;
    std::string version;
};

/// One case: the operation once more, and its nth command fails.
void fails(operation_seen const& seen, int nth, way const& w, std::string const& password)
{
    auto const& sent = seen.commands.at(static_cast<std::size_t>(nth - 1)).sent;
    answering_transport answering(seen.commands, seen.version);
    esxi::output real;
    esxi::output given;
    int unknown_before = 0;
    auto how = w.how;
    how.answer = [&](esxi::command const& c, esxi::output answer, esxi::run_options const& options) {
        unknown_before = answering.unknown();
        real = answer;
        given = w.how.answer(c, std::move(answer), options);
        return given;
    };
    esxi::testing::fault_overlay failing(answering, nth, std::move(how));
    esxi::any_transport transport(failing);

    auto node = seen.before;
    std::string log;
    node.on_log([&log](esxi::log_level, std::string_view text) { log += std::string(text) + "\n"; });
    node.on_persist([&password](json::object const& runtime) { check_runtime(runtime, password); });
    std::string outcome = "done";
    try {
        seen.run(transport, node, seen.options);
    } catch (esxi::error const& failed) {
        outcome = to_string(failed.kind());
        check_error(failed, password);
    }
    BOOST_TEST(failing.has_struck());
    BOOST_TEST(unknown_before == 0);
    BOOST_TEST(log.find(password) == std::string::npos, log);
    check_runtime(node.runtime_properties(), password);

    using esxi::govc::detail::stripped;
    bool const is_unread = w.is_output && (stripped(given.out) == stripped(real.out) || real.exit_code != 0);
    // What comes after an import that failed clears up, and hides nothing of that failure.
    bool const clears_up = std::any_of(seen.commands.begin(), seen.commands.begin() + nth - 1, [](noted_command const& earlier) {
        return earlier.sent.argv.front() == "import.ova" && earlier.answer.exit_code != 0;
    });
    // The last look of an operation that failed is for a question that would explain it, and hides nothing either, but for a stop.
    bool const explains = seen.outcome != "done" && w.kind != error_kind::cancelled && nth > 1 &&
                          static_cast<std::size_t>(nth) == seen.commands.size() && sent.argv.front() == "vm.info";
    auto const expected = is_unread || clears_up || explains ? std::nullopt : expected_kind(name_of(seen.run), sent, nth, w);
    if (expected) {
        // Output of many documents may end after one of them.
        bool const ends_well = sent.argv.front() == "object.collect" && stripped(given.out).ends_with('}') && outcome == "done";
        BOOST_TEST((outcome == to_string(*expected) || ends_well), outcome << " instead of " << to_string(*expected));
        return;
    }
    // It goes on: as it went before, or to where the tape cannot follow.
    bool const is_gone = w.kind == error_kind::absent;
    bool const is_as_wished = outcome == "done" && !w.said.existing_state.empty();
    // What is read as it arrives is refused before it is known how the command ends.
    bool const is_refused_at_once = outcome == "govc" && w.is_output && sent.argv.front() == "object.collect";
    bool const ends_otherwise =
        is_gone && (outcome == "done" || outcome == "absent" || outcome == "config" || outcome == "conflict");
    BOOST_TEST((outcome == seen.outcome || (outcome == "unavailable" && answering.unknown() > 0) || ends_otherwise ||
                is_as_wished || is_refused_at_once || (outcome == "done" && w.is_nothing)),
               outcome << " instead of " << seen.outcome);
}

/// How many cases there were.
int sweep(scenario const& each)
{
    std::map<std::string, std::vector<way>> ways; // by the password that is in their texts
    // Those of names do the same many times: their ways take turns, and so do all if but a part is wished.
    std::size_t const part = test::extent_of_sweep() == test::sweep_extent::one ? 7 : 1;
    std::size_t const step = part * (each.name == "names" ? 23 : each.name == "snapshot-names" ? 7 : 1);
    std::size_t turn = 0;
    int cases = 0;
    int operations = 0;

    test::directory const files;
    auto const ova = test::make_ova(files / "small.ova");
    esxi::replay_transport player(esxi::load_tape(std::string(ESXI_TESTS_DIR) + "/tapes/" + each.name + ".json"),
                                  {.paths = {{"ova", ova}}});
    noting_transport noting{player};
    esxi::any_transport playing(noting);
    test::world world(playing, {{"host", "esxi1.example"}, {"password", "s3cret-of-the-sweep!"}}, ova);
    world.after_each([&](world::operation run, esxi::plain_context const& before, esxi::operation_options const& options,
                         std::string_view outcome) {
        auto const commands = std::exchange(noting.noted, {});
        auto const password = std::string(before.host_properties().at("password").as_string());
        auto& all = ways[password];
        if (all.empty()) {
            all = all_ways(password);
        }
        operation_seen const seen{run, before, options, outcome, commands, noting.govc_version()};
        ++operations;
        for (int nth = 1; nth <= static_cast<int>(commands.size()); ++nth) {
            auto const& argv = commands[static_cast<std::size_t>(nth - 1)].sent.argv;
            for (std::size_t i = turn++ % step; i < all.size(); i += step) {
                BOOST_TEST_CONTEXT(name_of(run)
                                   << ", command " << nth << " (" << json::serialize(json::array(argv.begin(), argv.end()))
                                   << "), " << all[i].how.name << ", undisturbed " << outcome)
                {
                    fails(seen, nth, all[i], password);
                }
                ++cases;
            }
        }
    });
    each.run(world);
    player.finish();
    std::cout << each.name << ": " << cases << " faults in " << operations << " operations\n";
    return cases;
}

} // namespace

BOOST_DATA_TEST_CASE(each_command_of_each_operation_fails_in_each_way, boost::unit_test::data::make(test::scenarios()), scenario)
{
    BOOST_TEST(sweep(scenario) > (test::extent_of_sweep() == test::sweep_extent::one ? 25 : 200));
}
