// SPDX-License-Identifier: Apache-2.0
// Records on a tape what goes through another transport.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/fork_mutex.hpp>
#include <esxi/detail/guestinfo.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/detail/placeholders.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi {

/// What a recorder must know beside what comes with each command.
struct record_options {
    /// Paths that differ from run to run, and the names of their placeholders: `{"ova", "/tmp/x/tiny.ova"}` is written `{ova}`.
    std::vector<std::pair<std::string, std::string>> paths{};
    /// Secrets beside the passwords of the connections, as in the properties of an OVF.
    std::vector<std::string> secrets{};
};

/// Models `versioned_transport` around a transport that it borrows; passes on all that the other is asked and answers, as it is.
/// A tape is of one host. May be shared by threads if the inner transport may: commands stand on the tape in the order in which
/// they ended, and only a program that sends them one after another can be replayed.
template <transport Inner>
class record_transport {
public:
    /// Throws `config` for a secret that is too short to be told from other text.
    explicit record_transport(Inner& inner, record_options const& options = {}) : inner_(inner), stands_for_(options.paths)
    {
        tape_.recorded = now();
        for (auto const& secret : options.secrets) {
            learn(secret, "a secret in record_options");
        }
    }

    /// Runs the command and records it. Throws `config`, before anything is run, where the connection's password is too short to
    /// be kept out of a tape, and for a second host.
    output run(command const& c, run_options const& options)
    {
        prepare(options.connection);
        auto const begun = std::chrono::steady_clock::now();
        auto const duration = [begun] {
            return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
        };
        std::string passed_on;
        auto watched = options;
        if (options.on_output) {
            watched.on_output = [&](std::string_view piece) {
                passed_on += piece;
                options.on_output(piece);
            };
        }
        output answer;
        try {
            answer = inner_.run(c, watched);
        } catch (error const& thrown) {
            add(c, {}, thrown, duration());
            throw;
        }
        add(c, {answer.exit_code, passed_on + answer.out, answer.err}, std::nullopt, duration());
        return answer;
    }

    /// The version that the inner transport tells; empty where it cannot.
    [[nodiscard]] std::string govc_version()
    {
        if constexpr (versioned_transport<Inner>) {
            std::string version = inner_.govc_version();
            std::lock_guard const lock(mutex_);
            tape_.govc_version = version;
            return version;
        } else {
            return {};
        }
    }

    /// What was recorded so far, with placeholders and without secrets. Asks the inner transport for its version.
    [[nodiscard]] tape recorded()
    {
        static_cast<void>(govc_version());
        std::lock_guard const lock(mutex_);
        return tape_;
    }

    /// Writes the tape to a file of mode 0600, as one step. Throws `tape`, and writes nothing, where a secret is still in it or it
    /// could not be read again, and `config` where the file cannot be written.
    void save(std::string const& path) { save(recorded(), path); }

    /// The same of what was recorded after somebody has edited it.
    void save(tape const& t, std::string const& path)
    {
        auto const text = to_text(t);
        {
            std::lock_guard const lock(mutex_);
            for (std::size_t i = 0; i < t.entries.size(); ++i) {
                check_entry(t.entries[i], "entry " + std::to_string(i + 1), path);
            }
            check(text, "the tape", path);
        }
        if (!detail::is_utf8(text)) { // outputs are kept in base64 then, but not arguments and what was thrown
            throw error(error_kind::tape, "tape `" + path + "` is not written: a command in it is no UTF-8");
        }
        detail::write_private_file(path, text);
    }

private:
    [[nodiscard]] static std::string now()
    {
        auto const seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
        std::tm utc{};
        ::gmtime_r(&seconds, &utc);
        char text[32];
        return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
    }

    void prepare(host_connection const& connection)
    {
        std::lock_guard const lock(mutex_);
        if (!connection.password.empty()) {
            learn(connection.password, "the password");
        }
        if (host_ && *host_ != connection.host) {
            throw error(error_kind::config, "a tape is of one host: this recorder has recorded `" + *host_ +
                                                "` and is asked for `" + connection.host + "`; use one for each");
        }
        host_ = connection.host;
        stands_for_.set_host(connection.host);
    }

    void learn(std::string_view secret, std::string const& what)
    {
        if (!govc::redactor::can_be_told_apart(secret)) {
            throw error(error_kind::config,
                        what + " is too short to be told from other text: recording could not keep it out of the tape");
        }
        redact_.add_secret(secret);
    }

    void add(command const& c, output const& answer, std::optional<error> const& thrown, std::chrono::milliseconds duration)
    {
        std::lock_guard const lock(mutex_);
        for (auto const& argument : c.argv) {
            redact_.add_url_secrets(argument);
        }
        auto const hide = [this](std::string_view text) { return stands_for_.collapse(redact_(text)); };
        tape_entry entry;
        for (auto const& argument : c.argv) {
            entry.request.argv.push_back(hide(argument));
        }
        entry.request.input = detail::change_text(c.input, hide);
        for (auto const& file : c.files) {
            entry.request.files.emplace(hide(file.first), detail::redacted_mark);
        }
        entry.answer = {answer.exit_code, detail::change_text(detail::without_guestinfo(answer.out), hide),
                        detail::change_text(answer.err, hide)};
        entry.duration = duration;
        if (thrown) {
            entry.thrown.emplace(thrown->kind(), hide(thrown->what()), thrown->retry_after());
        } else if (!tape_.entries.empty()) {
            // A poll that saw no change; how often it is sent depends on how fast the host was.
            auto& last = tape_.entries.back();
            if (!last.thrown && last.request == entry.request && last.answer == entry.answer) {
                last.repeat = true;
                return;
            }
        }
        tape_.entries.push_back(std::move(entry));
    }

    void check_entry(tape_entry const& entry, std::string const& where, std::string const& path) const
    {
        for (auto const& argument : entry.request.argv) {
            check(argument, where + ", argv", path);
        }
        check(entry.request.input, where + ", stdin", path);
        check(entry.answer.out, where + ", stdout", path);
        check(entry.answer.err, where + ", stderr", path);
        if (entry.thrown) {
            check(entry.thrown->what(), where + ", throws", path);
        }
    }

    void check(std::string_view text, std::string const& where, std::string const& path) const
    {
        if (redact_.finds_secret(text)) {
            throw error(error_kind::tape, "tape `" + path + "` is not written: a secret is in it (" + where + ")");
        }
    }

    Inner& inner_;
    detail::fork_mutex mutex_;
    detail::placeholders stands_for_;
    govc::redactor redact_;
    tape tape_;
    std::optional<std::string> host_;
};

} // namespace esxi
