// SPDX-License-Identifier: Apache-2.0
// Runs the real govc as a server that stays: `govc serve`. A govc that cannot serve is run as a process for each command.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/govc_runner.hpp>
#include <esxi/detail/govc_server.hpp>
#include <esxi/detail/of_this_process.hpp>
#include <esxi/detail/served_documents.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/out_of_memory.hpp>
#include <esxi/govc_options.hpp>

namespace esxi {

/// What a `served_transport` is made with.
using served_options = govc_options;

/// Models `versioned_transport`, and does what `subprocess_transport` does, in less time. Safe to use from several threads at once,
/// for several hosts; to be destroyed when none uses it.
///
/// A command is run by a server of its connection, credentials included, that stays logged in and connected. A server runs one
/// command at a time: there are as many as commands run at once. They end with the transport, and when this process does, however
/// it does. What no server can do, a process of its own does: `about -persist-session=false`, which logs in for itself, a command
/// that is none of the library's, and all of them with a govc that does not serve.
class served_transport {
public:
    /// Throws `config` where there is no govc to run, no place for the private directory, or no command let run.
    explicit served_transport(served_options const& options = {}) : runner_(options) {}
    served_transport(served_transport const&) = delete;
    served_transport& operator=(served_transport const&) = delete;

    /// Logs out, where a login succeeded, in 2 s at most and whatever comes of it (also where others leave it no turn), and ends the
    /// servers.
    ~served_transport()
    {
        runner_.log_out([this](detail::session const& own, std::chrono::steady_clock::time_point deadline) {
            auto const server = take_idle(&own);
            return server && server->run({{"session.logout"}}, {deadline}, false).end == detail::served_end::answered;
        });
        if (auto* const idle = idle_.own()) {
            for (auto const& [own, servers] : idle->servers) {
                for (auto const& server : servers) {
                    server->close_input(); // of all, before the first is waited for
                }
            }
        }
    }

    /// Runs the command. Throws `config` where govc cannot be run, `unavailable` when it took too long or its server broke down
    /// (another try starts another one), `cancelled` after a stop, `govc` when it printed too much, and what `on_line` or `on_output`
    /// threw; then nothing of it is running.
    output run(command const& c, run_options const& options)
    {
        return runner_.run(c, options, [this](detail::admitted_command const& admitted) { return execute(admitted); });
    }

    /// What `govc version` says, asked once: `0.56.0`. Empty where it fails, or says 0.0.0, as a govc does that was built without
    /// being told its version. Throws `config` where it succeeds and says nothing of the kind: that is no govc.
    [[nodiscard]] std::string govc_version() { return runner_.govc_version(); }

    /// Lets this process try again, once, the logins that were refused: for a program that knows the host to have another password
    /// now, or the account to be unlocked.
    static void forget_refused_logins() { detail::govc_runner::forget_refused_logins(); }

    /// The absolute path of the govc that is run.
    [[nodiscard]] std::string const& govc() const noexcept { return runner_.govc(); }

    /// Whether the govc serves; true until a first command has found out.
    [[nodiscard]] bool serves() const noexcept { return serves_; }

private:
    using clock = std::chrono::steady_clock;
    using server_pointer = std::unique_ptr<detail::govc_server>;
    static constexpr std::size_t most_idle = 4; // of one connection
    static constexpr std::chrono::seconds greeting_time{10};

    output execute(detail::admitted_command const& admitted)
    {
        bool const fresh = detail::session::way_of(admitted.what) == detail::login_way::fresh;
        if (!serves_ || admitted.own == nullptr || fresh || !detail::fits_document(admitted.what) ||
            admitted.own->fetches_alone(admitted.what)) {
            return runner_.run_process(admitted);
        }
        auto server = take_idle(admitted.own);
        if (!server) {
            server = start(admitted);
        }
        if (!server) {
            return runner_.run_process(admitted);
        }
        auto const limits = admitted.limits();
        auto result = server->run(admitted.what, limits, admitted.logs_in);
        auto const obituary = server->obituary();
        auto last_words = server->last_words();
        keep(admitted.own, std::move(server));
        switch (result.end) {
        case detail::served_end::answered: break;
        case detail::served_end::alone: return runner_.run_process(admitted);
        case detail::served_end::flooded: runner_.throw_flooded(admitted.what, admitted.options);
        case detail::served_end::timed_out: runner_.throw_timed_out(admitted.what, admitted.options);
        case detail::served_end::stopped: runner_.throw_stopped(admitted.what, admitted.options);
        case detail::served_end::died:
            if (!govc::out_of_memory(last_words).empty()) {
                return last_words; // the same failure as that of a govc that runs this command alone
            }
            throw error(error_kind::unavailable,
                        "govc " + runner_.name_of(admitted.what, admitted.options) + " broke off: " + obituary);
        }
        return std::move(result.answer);
    }

    /// A new server; null where the govc is none that serves.
    [[nodiscard]] server_pointer start(detail::admitted_command const& admitted)
    {
        auto server = runner_.with_request({"serve"}, {}, admitted.own, [](detail::process_request const& request) {
            return std::make_unique<detail::govc_server>(request);
        });
        auto const patience = std::min(admitted.deadline, clock::now() + greeting_time);
        if (!server->greet(patience, admitted.options.stop)) {
            if (admitted.options.stop.stop_requested()) {
                runner_.throw_stopped(admitted.what, admitted.options);
            }
            if (clock::now() >= admitted.deadline) {
                runner_.throw_timed_out(admitted.what, admitted.options);
            }
            // One that was killed says nothing about the next.
            if (!server->was_killed() && govc::out_of_memory(server->last_words()).empty()) {
                serves_ = false;
            }
            return nullptr;
        }
        return server;
    }

    [[nodiscard]] server_pointer take_idle(detail::session const* own)
    {
        auto& idle = idle_.get();
        std::lock_guard const lock(idle.mutex);
        auto& servers = idle.servers[own];
        while (!servers.empty()) {
            auto server = std::move(servers.back());
            servers.pop_back();
            if (server->is_usable()) {
                return server;
            }
        }
        return nullptr;
    }

    void keep(detail::session const* own, server_pointer server)
    {
        auto& idle = idle_.get();
        std::lock_guard const lock(idle.mutex);
        auto& servers = idle.servers[own];
        if (server->is_usable() && servers.size() < most_idle) {
            servers.push_back(std::move(server));
        }
    }

    detail::govc_runner runner_;
    std::atomic<bool> serves_ = true;
    struct idle_servers {
        std::mutex mutex;
        std::map<detail::session const*, std::vector<server_pointer>> servers;
    };
    detail::per_process<idle_servers> idle_{[] { return std::make_unique<idle_servers>(); }};
};

static_assert(versioned_transport<served_transport>);

} // namespace esxi
