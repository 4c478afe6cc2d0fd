// SPDX-License-Identifier: Apache-2.0
// The connections that a transport has had to do with, each with its login, and the leave that each command needs.
#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <esxi/command.hpp>
#include <esxi/detail/host_turns.hpp>
#include <esxi/detail/login_state.hpp>
#include <esxi/detail/normal_host.hpp>
#include <esxi/detail/private_directory.hpp>
#include <esxi/detail/session_gate.hpp>
#include <esxi/detail/session_home.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/fault.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/model/connection.hpp>
#include <esxi/secret_text.hpp>

namespace esxi::detail {

/// Leave to run one command, given back when it goes out of scope: of the login, and of the host.
struct command_leave {
    enum class verdict {
        go,
        refused,      ///< The login was refused, now or earlier.
        stopped,
        late,         ///< Another command logged in all the time.
        late_in_turn, ///< Others ran on the host all the time.
    };
    verdict says;
    session_gate::turn login{session_gate::verdict::stopped};
    host_turns::turn place{host_turns::verdict::stopped};
};

/// A connection, how matters stand with its login, and the transport's part in the turns of its host.
struct session {
    session(host_connection c, std::string directory, unsigned commands_at_once)
        : connection(std::move(c)),
          home(std::move(directory), connection),
          gate(login_of(connection), [this] { return home.is_open(); }),
          turns(turns_of_host(normal_host(connection.host)), commands_at_once)
    {
    }

    /// Waits until the command may run, may not, or may not wait any longer.
    [[nodiscard]] command_leave enter(command const& c, std::chrono::steady_clock::time_point deadline,
                                      std::stop_token const& stop)
    {
        using verdict = command_leave::verdict;
        auto const way = way_of(c);
        for (;;) {
            auto login = gate.enter(way, deadline, stop);
            switch (login.says()) {
            case session_gate::verdict::refused: return {verdict::refused};
            case session_gate::verdict::stopped: return {verdict::stopped};
            case session_gate::verdict::timed_out: return {verdict::late};
            case session_gate::verdict::go: break;
            }
            // Only now: who waits for somebody's login takes nobody's turn, least of all that of the one who logs in.
            auto place = only_waits(c) ? host_turns::turn(host_turns::verdict::go) : turns.enter(deadline, stop);
            switch (place.says()) {
            case host_turns::verdict::stopped: return {verdict::stopped};
            case host_turns::verdict::timed_out: return {verdict::late_in_turn};
            case host_turns::verdict::go: break;
            }
            if (gate.refused()) {
                return {verdict::refused};
            }
            if (way == login_way::shared && login.is_to_log_in()) {
                // What is there is not whole (its govc was killed, the disk was full), and would make the command fail before its
                // first call.
                home.forget();
            } else if (way == login_way::shared && !home.is_open()) {
                continue; // the session was lost meanwhile
            }
            return {verdict::go, std::move(login), std::move(place)};
        }
    }

    /// Learns from a command's answer how matters stand now.
    void learn_from(command const& c, output const& answer)
    {
        if (answer.exit_code == 0) {
            return;
        }
        auto const fault = govc::classify(c, answer);
        if (fault.login_refused) {
            gate.refuse(without_password(c, answer));
        } else if (fault.session_lost) {
            home.forget();
        }
    }

    [[nodiscard]] static login_way way_of(command const& c)
    {
        bool const afresh = std::find(c.argv.begin(), c.argv.end(), "-persist-session=false") != c.argv.end();
        return afresh ? login_way::fresh : login_way::shared;
    }

    /// Whether the command may read from a server of OVAs; one that is named by http:// may lead on to another.
    [[nodiscard]] static bool fetches(std::vector<std::string> const& arguments)
    {
        return std::any_of(arguments.begin(), arguments.end(), [](std::string const& argument) { return is_http_url(argument); });
    }

    /// Whether the command cannot be left to a server: that one is to trust a thumbprint alone, and this needs the system's roots.
    [[nodiscard]] bool fetches_alone(command const& c) const { return !connection.thumbprint.empty() && fetches(c.argv); }

    /// The files for a govc with these arguments.
    [[nodiscard]] connection_files files_for(std::vector<std::string> const& arguments,
                                             std::vector<std::pair<std::string, std::string>> const& inherited) const
    {
        bool const serves = !arguments.empty() && arguments.front() == "serve"; // also a command that fetches, unless alone
        return fetches(arguments) || (serves && connection.thumbprint.empty()) ? home.files_to_fetch_with(inherited)
                                                                               : home.files();
    }

    /// Whether the command does nothing but wait for a guest, for minutes: a few of them would keep all else off the host.
    [[nodiscard]] static bool only_waits(command const& c) { return !c.argv.empty() && c.argv.front() == "vm.ip"; }

    /// A refusal is kept longer than the connection. Where the password is a word of the refusal itself, that stays what it says.
    [[nodiscard]] output without_password(command const& c, output const& answer) const
    {
        govc::redactor const redact(connection);
        output const redacted{answer.exit_code, redact(answer.out), redact(answer.err)};
        return govc::classify(c, redacted).login_refused ? redacted : answer;
    }

    host_connection const connection;
    session_home const home;
    session_gate gate;
    host_turns::member const turns;
};

/// All of a transport's. Safe to use from several threads, but for `for_each`.
class session_list {
public:
    /// Makes homes in `directory`; `working_directory` is that of each govc. Throws `config` where no command is let run.
    session_list(private_directory const& directory, std::string working_directory, unsigned commands_at_once)
        : directory_(directory), working_directory_(std::move(working_directory)), commands_at_once_(commands_at_once)
    {
        if (commands_at_once_ == 0) {
            throw error(error_kind::config, "commands_at_once: must be 1 or more; with 0 no command would ever run");
        }
    }

    /// The one of this connection, credentials and all. Throws `config` where govc would take the connection for another.
    [[nodiscard]] session& of(host_connection const& connection)
    {
        std::lock_guard const lock(mutex_);
        for (auto& known : sessions_) {
            if (known.connection == connection) {
                return known;
            }
        }
        check(connection);
        auto home = directory_.make_subdirectory(std::to_string(++homes_));
        return sessions_.emplace_back(connection, std::move(home), commands_at_once_);
    }

    template <class Action>
    void for_each(Action const& action) const
    {
        for (auto const& known : sessions_) {
            action(known);
        }
    }

private:
    /// A connection that was read from properties has passed all this.
    void check(host_connection const& connection) const
    {
        auto const bad = [](char c) { return c == '@' || c == '/' || static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
        auto const& host = connection.host;
        if (host.empty() || std::any_of(host.begin(), host.end(), bad)) {
            throw error(error_kind::config,
                        "host: must be a name or an address, with an optional :port; no scheme, no path, no credentials");
        }
        if (connection.user.empty()) {
            throw error(error_kind::config, "user: must not be empty; govc would not log in at all");
        }
        if (!connection.thumbprint.empty() && !connection.verify_tls) {
            throw error(error_kind::config, "thumbprint: goes with verify_tls only; govc would ignore it");
        }
        refuse_file_name("user", connection.user);
        refuse_file_name("password", connection.password);
    }

    void refuse_file_name(std::string const& property, std::string_view value) const
    {
        if (value.find('\0') != std::string_view::npos) {
            throw error(error_kind::config, property + ": must not hold a NUL byte");
        }
        secret_text path(working_directory_);
        path.reserve(path.size() + value.size() + 2);
        ((path += '/') += value) += '\0';
        std::string_view const terminated = path;
        char const* const c_path = terminated.data();
        struct ::stat found{};
        // A relative name is looked up where govc will do so: in an empty directory, out of which `..` leads.
        if (value.starts_with('/') || (::stat(c_path, &found) == 0 && !S_ISDIR(found.st_mode))) {
            throw error(error_kind::config,
                        property + ": must not be the path of a file; govc would take the file's content instead");
        }
    }

    private_directory const& directory_;
    std::string const working_directory_;
    unsigned const commands_at_once_;
    std::mutex mutex_;
    std::list<session> sessions_;
    unsigned homes_ = 0;
};

} // namespace esxi::detail
