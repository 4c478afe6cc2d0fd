// SPDX-License-Identifier: Apache-2.0
// The connections that a transport has had to do with, each with its login.
#pragma once

#include <algorithm>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <esxi/command.hpp>
#include <esxi/detail/private_directory.hpp>
#include <esxi/detail/session_gate.hpp>
#include <esxi/detail/session_home.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/fault.hpp>
#include <esxi/model/connection.hpp>

namespace esxi::detail {

/// A connection, and how matters stand with its login.
struct session {
    session(host_connection c, std::string directory, std::vector<std::pair<std::string, std::string>> const& inherited)
        : connection(std::move(c)), home(std::move(directory), connection, inherited), gate([this] { return home.is_open(); })
    {
    }

    /// Learns from a command's answer how matters stand now.
    void learn_from(command const& c, output const& answer, login_way way)
    {
        if (answer.exit_code == 0) {
            if (way == login_way::fresh) {
                gate.trust();
            }
            return;
        }
        auto const fault = govc::classify(c, answer);
        if (fault.login_refused) {
            gate.refuse(answer);
        } else if (fault.session_lost) {
            home.forget();
        }
    }

    host_connection const connection;
    session_home const home;
    session_gate gate;
};

/// All of a transport's. Safe to use from several threads, but for `for_each`.
class session_list {
public:
    /// Makes homes in `directory`; `working_directory` is that of each govc.
    session_list(private_directory const& directory, std::string working_directory,
                 std::vector<std::pair<std::string, std::string>> inherited)
        : directory_(directory), working_directory_(std::move(working_directory)), inherited_(std::move(inherited))
    {
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
        return sessions_.emplace_back(connection, std::move(home), inherited_);
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

    void refuse_file_name(std::string const& property, std::string const& value) const
    {
        if (value.find('\0') != std::string::npos) {
            throw error(error_kind::config, property + ": must not hold a NUL byte");
        }
        struct ::stat found{};
        // A relative name is looked up where govc will do so: in an empty directory, out of which `..` leads.
        if (value.starts_with('/') ||
            (::stat((working_directory_ + "/" + value).c_str(), &found) == 0 && !S_ISDIR(found.st_mode))) {
            throw error(error_kind::config,
                        property + ": must not be the path of a file; govc would take the file's content instead");
        }
    }

    private_directory const& directory_;
    std::string const working_directory_;
    std::vector<std::pair<std::string, std::string>> const inherited_;
    std::mutex mutex_;
    std::list<session> sessions_;
    unsigned homes_ = 0;
};

} // namespace esxi::detail
