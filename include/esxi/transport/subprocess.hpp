// SPDX-License-Identifier: Apache-2.0
// Runs the real govc, as a child process for each command. Needs Boost.Process, with those headers of detail/ that do.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/govc_runner.hpp>
#include <esxi/govc_options.hpp>

namespace esxi {

/// The versions of govc that the transport was tested with; the older one speaks the legacy dialect, and serves for probe and facts.
inline constexpr std::array<std::string_view, 2> tested_govc_versions{"0.56.0", "0.18.0"};

/// What a `subprocess_transport` is made with.
using subprocess_options = govc_options;

/// Models `versioned_transport`. Safe to use from several threads at once, for several hosts; to be destroyed when none uses it.
///
/// Logins are kept in a private directory, one for each connection with its credentials: one command logs in while others wait,
/// and the session is ended with the transport. A login that was refused is not tried again in this process, by whatever transport:
/// commands with that host, user and password are then answered as the first one was. PATH, proxies and the like are taken from
/// the environment when the transport is made.
///
/// What `on_line` calls runs while its own command has its turn; a command that it sends needs another one.
class subprocess_transport {
public:
    /// Throws `config` where there is no govc to run, no place for the private directory, or no command let run.
    explicit subprocess_transport(subprocess_options const& options = {}) : runner_(options) {}
    subprocess_transport(subprocess_transport const&) = delete;
    subprocess_transport& operator=(subprocess_transport const&) = delete;

    /// Logs out, where a login succeeded, in 2 s at most and whatever comes of it: also where others leave it no turn.
    ~subprocess_transport()
    {
        runner_.log_out([](auto const&...) { return false; });
    }

    /// Runs the command. Throws `config` where govc cannot be run, `unavailable` when it took too long, `cancelled` after a stop,
    /// `govc` when it printed too much, and what `on_line` or `on_output` threw; then no process of it is left.
    output run(command const& c, run_options const& options)
    {
        return runner_.run(c, options,
                           [this](detail::admitted_command const& admitted) { return runner_.run_process(admitted); });
    }

    /// What `govc version` says, asked once: `0.56.0`. Empty where it fails, or says 0.0.0, as a govc does that was built without
    /// being told its version. Throws `config` where it succeeds and says nothing of the kind: that is no govc.
    [[nodiscard]] std::string govc_version() { return runner_.govc_version(); }

    /// Lets this process try again, once, the logins that were refused: for a program that knows the host to have another password
    /// now, or the account to be unlocked.
    static void forget_refused_logins() { detail::govc_runner::forget_refused_logins(); }

    /// The absolute path of the govc that is run.
    [[nodiscard]] std::string const& govc() const noexcept { return runner_.govc(); }

private:
    detail::govc_runner runner_;
};

static_assert(versioned_transport<subprocess_transport>);

} // namespace esxi
