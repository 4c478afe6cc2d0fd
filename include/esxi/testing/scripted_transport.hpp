// SPDX-License-Identifier: Apache-2.0
// A tape written in code: which commands a unit test expects, in their order, and what comes of each.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/placeholders.hpp>
#include <esxi/detail/show_output.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_cursor.hpp>
#include <esxi/detail/tape_match.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi::testing {

/// One command that is expected, and what comes of it; until told otherwise, exit code 0 and no output. Made by
/// `scripted_transport::expect`.
class expectation {
public:
    /// `exactly`: whether the command must be this one, or this subcommand with these arguments among others.
    expectation(command expected, bool exactly) : request_(std::move(expected)), exactly_(exactly) {}

    /// Answers with exit code 0 and this standard output.
    expectation& answer(std::string out = {}) { return answer(output{0, std::move(out), {}}); }
    /// Answers with exit code, standard output and standard error as they are.
    expectation& answer(output whole)
    {
        answer_ = std::move(whole);
        return *this;
    }
    /// Answers with exit code 0 and a JSON document.
    expectation& answer_json(boost::json::value const& document) { return answer(boost::json::serialize(document) + "\n"); }
    /// Answers as a command that failed. Throws `config` for an exit code of 0.
    expectation& fail(std::string err, int exit_code = 1)
    {
        if (exit_code == 0) {
            throw error(error_kind::config, "a command that fails has no exit code 0");
        }
        return answer(output{exit_code, {}, std::move(err)});
    }
    /// Throws instead of answering, as a transport does where govc could not be run, timed out or was stopped.
    expectation& throw_error(error thrown)
    {
        thrown_ = std::move(thrown);
        return *this;
    }
    /// Calls this, which answers, or throws what it likes: it can look at the command and its options, change what the test knows,
    /// let time pass.
    expectation& call(std::function<output(command const&, run_options const&)> act)
    {
        act_ = std::move(act);
        return *this;
    }
    /// The command may come again, as a poll does, until the next one that is expected comes.
    expectation& repeat()
    {
        repeat_ = true;
        return *this;
    }
    /// The command must come so often. To be said before any command is run. Throws `config` for 0.
    expectation& times(std::size_t count)
    {
        if (count == 0) {
            throw error(error_kind::config, "a command that is expected no times is not expected: leave it out");
        }
        times_ = count;
        return *this;
    }

private:
    friend class scripted_transport;

    /// The command that would have been right instead of the actual one: where some arguments will do, the actual one and what it
    /// lacks.
    [[nodiscard]] command expected(command const& actual) const
    {
        if (exactly_) {
            return request_;
        }
        if (actual.argv.empty() || actual.argv.front() != request_.argv.front()) {
            auto any = request_;
            any.argv.emplace_back("...");
            any.input = actual.input;
            any.files = actual.files;
            return any;
        }
        auto completed = actual;
        for (auto const& argument : request_.argv) {
            if (std::find(actual.argv.begin(), actual.argv.end(), argument) == actual.argv.end()) {
                completed.argv.push_back(argument);
            }
        }
        return completed;
    }

    command request_;
    bool exactly_;
    output answer_{};
    std::optional<error> thrown_{};
    std::function<output(command const&, run_options const&)> act_{};
    bool repeat_ = false;
    std::size_t times_ = 1;
};

/// How a script is played.
struct script_options {
    /// What `govc_version` tells, as `0.56.0`; empty: unknown, and taken to be new enough.
    std::string govc_version{};
    /// As in `replay_options`.
    bool reads_in_any_order = false;
};

/// Models `versioned_transport`. Strict, as a replay is: each command must be the one that is expected next, or once more the last
/// one if that repeats. Commands from several threads are answered one after another; expectations come from one thread.
class scripted_transport {
public:
    scripted_transport() = default;
    /// A script that is played in another way.
    explicit scripted_transport(script_options options) : options_(std::move(options)), cursor_(options_.reads_in_any_order) {}

    /// Expects exactly this command, as the functions in `esxi/govc/argv.hpp` make them.
    expectation& expect(command exactly) { return expectations_.emplace_back(std::move(exactly), true); }
    /// Expects this subcommand with these arguments, in any order, whatever others it has and whatever it reads.
    template <std::convertible_to<std::string>... Arguments>
    expectation& expect(std::string subcommand, Arguments&&... some)
    {
        return expectations_.emplace_back(command{{std::move(subcommand), std::forward<Arguments>(some)...}}, false);
    }

    /// Throws `tape` for a command that is not expected now, `cancelled` when a stop was requested, and what the script says.
    output run(command const& c, run_options const& options)
    {
        auto const& found = take(c, options);
        if (found.thrown_) {
            throw error(*found.thrown_);
        }
        auto answer = found.act_ ? found.act_(c, options) : found.answer_;
        esxi::detail::show_output(answer, options);
        return answer;
    }

    /// The version that the options say.
    [[nodiscard]] std::string govc_version() const { return options_.govc_version; }

    /// Throws `tape` where a command was not expected, also if the program went on after that, and where expected ones did not come.
    void finish()
    {
        std::lock_guard const lock(mutex_);
        if (first_miss_) {
            throw error(*first_miss_);
        }
        esxi::detail::placeholders none;
        cursor_.check_finished(as_tape({}, none));
    }

private:
    [[nodiscard]] expectation const& take(command const& c, run_options const& options)
    {
        std::lock_guard const lock(mutex_);
        esxi::detail::placeholders none;
        auto const tape = as_tape(c, none);
        bool const stopped = options.stop.stop_requested();
        auto const found = cursor_.find(tape, c, stopped, [&](tape_entry const& entry) {
            return esxi::detail::same_command(esxi::detail::expected_command(entry.request, c, none), c);
        });
        if (found) {
            return *order_[*found];
        }
        auto const say = [&](error_kind kind, std::string const& what) {
            return error(kind, govc::redactor(options.connection)(what));
        };
        if (stopped) {
            throw say(error_kind::cancelled, "a stop was requested before " + esxi::detail::shown(c));
        }
        auto const miss = say(error_kind::tape, cursor_.explain_miss(tape, c, none));
        if (!first_miss_) {
            first_miss_ = miss;
        }
        throw error(miss);
    }

    /// What the script would be as a tape for this command. What looks like a placeholder is none.
    [[nodiscard]] esxi::tape as_tape(command const& actual, esxi::detail::placeholders& none)
    {
        for (; known_ < expectations_.size(); ++known_) {
            order_.insert(order_.end(), expectations_[known_].times_, &expectations_[known_]);
        }
        esxi::tape tape;
        for (auto const* expected : order_) {
            auto entry = tape_entry{expected->expected(actual), {}, expected->thrown_, {}, expected->repeat_};
            for (auto& argument : entry.request.argv) {
                argument = none.collapse(argument);
            }
            entry.request.input = esxi::detail::change_text(entry.request.input, [&](auto text) { return none.collapse(text); });
            tape.entries.push_back(std::move(entry));
        }
        return tape;
    }

    script_options options_{};
    std::mutex mutex_;
    std::deque<expectation> expectations_;
    std::size_t known_ = 0; ///< How many of them are in `order_`.
    std::vector<expectation const*> order_{}; ///< Each as often as it is to come.
    esxi::detail::tape_cursor cursor_{};
    std::optional<error> first_miss_{};
};

static_assert(versioned_transport<scripted_transport>);

} // namespace esxi::testing
