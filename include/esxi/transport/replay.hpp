// SPDX-License-Identifier: Apache-2.0
// Answers commands from a tape, in its order: no host, no govc, no password.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/fork_mutex.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/detail/placeholders.hpp>
#include <esxi/detail/show_output.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_cursor.hpp>
#include <esxi/detail/tape_match.hpp>
#include <esxi/detail/tape_reader.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi {

/// What a tape is replayed with.
struct replay_options {
    /// What the tape's placeholders for paths stand for now: name and path.
    std::vector<std::pair<std::string, std::string>> paths{};
    /// The import tokens that the program has already, in the order of their numbers from `{token:1}` on. Others are taken from
    /// the program's commands, or, where an answer has one first, made up.
    std::vector<std::string> tokens{};
    /// What the recorder took for a secret beside the password: what the tape has redacted must be redacted in a command as well.
    std::vector<std::string> secrets{};
    /// Whether commands that only read (`govc::changes_host`) may come in any order and any number of times, also none, between the
    /// same two changes; what changes a host is asked for in the tape's order as ever.
    bool reads_in_any_order = false;
};

/// Models `versioned_transport`. Strict: each command must be the next entry's, or once more the last one's if that repeats; of
/// reads, the options can say otherwise. Commands from several threads are answered one after another.
class replay_transport {
public:
    /// Throws `tape` where the tape has a placeholder that stands for nothing.
    explicit replay_transport(tape recorded, replay_options options = {})
        : tape_(std::move(recorded)),
          options_(std::move(options)),
          stands_for_(options_.paths),
          cursor_(options_.reads_in_any_order)
    {
        for (auto const& token : options_.tokens) {
            stands_for_.add_token(token);
        }
        for (std::size_t i = 0; i < tape_.entries.size(); ++i) {
            check_placeholders(i);
        }
    }

    /// Answers as the command was answered when it was recorded, at once; `on_line` sees each line, `on_output` all in one piece.
    /// Throws `tape` for a command that is not next, `cancelled` when a stop was requested, and what the recorded command threw.
    output run(command const& c, run_options const& options)
    {
        auto answer = take(c, options);
        detail::show_output(answer, options);
        return answer;
    }

    /// The version of the govc that the tape was recorded with.
    [[nodiscard]] std::string govc_version() const { return tape_.govc_version; }

    /// Throws `tape` where a command did not match, also if the program went on after that, and where entries are left.
    void finish() const
    {
        std::lock_guard const lock(mutex_);
        if (first_miss_) {
            throw *first_miss_;
        }
        cursor_.check_finished(tape_);
    }

    /// Whether the tape has an answer to this command now, which `run` would then give.
    [[nodiscard]] bool answers(command const& c, run_options const& options) const
    {
        std::lock_guard const lock(mutex_);
        auto stands_for = stands_for_;
        auto cursor = cursor_;
        stands_for.set_host(host_of(options));
        return find(redacted(c, options.connection), options.stop.stop_requested(), stands_for, cursor) != nullptr;
    }

private:
    output take(command const& c, run_options const& options)
    {
        std::lock_guard const lock(mutex_);
        stands_for_.set_host(host_of(options));
        auto const actual = redacted(c, options.connection);
        bool const stopped = options.stop.stop_requested();
        auto const* entry = find(actual, stopped, stands_for_, cursor_);
        if (stopped) {
            throw error(error_kind::cancelled, "a stop was requested before " + detail::shown(actual));
        }
        if (entry == nullptr) {
            error const miss(error_kind::tape, cursor_.explain_miss(tape_, actual, stands_for_));
            if (!first_miss_) {
                first_miss_ = miss;
            }
            throw miss;
        }
        auto const expand = [this](std::string_view text) { return stands_for_.expand(text); };
        if (entry->thrown) {
            throw error(entry->thrown->kind(), expand(entry->thrown->what()), entry->thrown->retry_after());
        }
        return {entry->answer.exit_code, expand_text(entry->answer.out), expand_text(entry->answer.err)};
    }

    /// A name that cannot be looked up, should it ever reach a network, where none is given.
    [[nodiscard]] static std::string_view host_of(run_options const& options)
    {
        return options.connection.host.empty() ? std::string_view("esxi.invalid") : options.connection.host;
    }

    [[nodiscard]] tape_entry const* find(command const& actual, bool stopped, detail::placeholders& stands_for,
                                         detail::tape_cursor& cursor) const
    {
        auto const found = cursor.find(tape_, actual, stopped, [&](tape_entry const& entry) {
            auto tried = stands_for;
            if (!detail::same_command(detail::expected_command(entry.request, actual, tried), actual)) {
                return false;
            }
            stands_for = std::move(tried);
            return true;
        });
        return found ? &tape_.entries[*found] : nullptr;
    }

    [[nodiscard]] command redacted(command const& c, host_connection const& connection) const
    {
        govc::redactor redact(connection);
        for (auto const& secret : options_.secrets) {
            redact.add_secret(secret);
        }
        for (auto const& argument : c.argv) {
            redact.add_url_secrets(argument);
        }
        auto const hide = [&redact](std::string_view text) { return redact(text); };
        command hidden;
        for (auto const& argument : c.argv) {
            hidden.argv.push_back(hide(argument));
        }
        hidden.input = detail::change_text(c.input, hide);
        hidden.files = c.files; // of which the tape is compared with the keys alone
        return hidden;
    }

    [[nodiscard]] std::string expand_text(std::string const& text)
    {
        if (text.find('{') == std::string::npos) {
            return text;
        }
        return detail::change_text(text, [this](std::string_view piece) { return stands_for_.expand(piece); });
    }

    void check_placeholders(std::size_t index) const
    {
        auto const& entry = tape_.entries[index];
        auto const check = [&](std::string_view text) {
            try {
                stands_for_.check(text);
            } catch (error const& e) {
                throw error(e.kind(), (tape_.source.empty() ? "tape" : detail::title(tape_)) + ", entry " +
                                          std::to_string(index + 1) + ": " + e.what());
            }
        };
        std::for_each(entry.request.argv.begin(), entry.request.argv.end(), check);
        check(entry.request.input);
        check(entry.answer.out);
        check(entry.answer.err);
        if (entry.thrown) {
            check(entry.thrown->what());
        }
    }

    mutable detail::fork_mutex mutex_;
    tape const tape_;
    replay_options const options_;
    detail::placeholders stands_for_;
    detail::tape_cursor cursor_;
    std::optional<error> first_miss_;
};

static_assert(versioned_transport<replay_transport>);

} // namespace esxi
