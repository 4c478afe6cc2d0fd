// SPDX-License-Identifier: Apache-2.0
// Runs the real govc, as a child process. The only header, with those of detail/ that it alone includes, that needs Boost.Process.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/system/system_error.hpp>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/find_govc.hpp>
#include <esxi/detail/govc_environment.hpp>
#include <esxi/detail/private_directory.hpp>
#include <esxi/detail/run_process.hpp>
#include <esxi/detail/session.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/about.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// The versions of govc that the transport was tested with; the older one speaks the legacy dialect, and serves for probe and facts.
inline constexpr std::array<std::string_view, 2> tested_govc_versions{"0.56.0", "0.18.0"};

/// What a `subprocess_transport` is made with.
struct subprocess_options {
    /// The govc to run; empty: that of ESXI_GOVC, else the one beside this program, else the first on PATH.
    std::string govc{};
    /// Where to make the private directory; empty: XDG_RUNTIME_DIR, else TMPDIR, else /tmp.
    std::string directory{};
    /// How many commands run on one host at once, of all transports of this process together; at least 1. Of several transports
    /// that have sent a command to the host and still live, the smallest bound holds for all. Others wait, first come, first
    /// served, and their waiting is part of their timeout. A `vm.ip`, which only waits for a guest, needs no turn. `ESXi1` is the
    /// host `esxi1:443`; a name and its address are two.
    unsigned commands_at_once = 4;
};

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
    explicit subprocess_transport(subprocess_options const& options = {})
        : govc_(detail::find_govc(detail::govc_places_of(options.govc))),
          inherited_(detail::inherited_environment()),
          directory_(options.directory),
          working_directory_(directory_.make_subdirectory("empty", 0500)),
          sessions_(directory_, working_directory_, inherited_, options.commands_at_once)
    {
    }
    subprocess_transport(subprocess_transport const&) = delete;
    subprocess_transport& operator=(subprocess_transport const&) = delete;

    /// Logs out, where a login succeeded, in 2 s at most and whatever comes of it: also where others leave it no turn.
    ~subprocess_transport()
    {
        if (directory_.owned_by_this_process()) { // a child by fork has no part in it
            log_out();
        }
    }

    /// Runs the command. Throws `config` where govc cannot be run, `unavailable` when it took too long, `cancelled` after a stop,
    /// `govc` when it printed too much, and what `on_line` or `on_output` threw; then no process of it is left.
    output run(command const& c, run_options const& options)
    {
        check_arguments(c, options);
        if (options.stop.stop_requested()) {
            throw_stopped(c, options);
        }
        if (options.timeout.count() <= 0) {
            throw_timed_out(c, options);
        }
        auto const deadline = clock::now() + std::min(options.timeout, longest_timeout);
        if (!c.argv.empty() && c.argv.front() == "version") {
            return execute(c, options, deadline, nullptr); // of no host
        }
        auto& own = sessions_.of(options.connection);
        auto const leave = own.enter(c, deadline, options.stop);
        switch (leave.says) {
        case detail::command_leave::verdict::refused: return own.gate.refused().value_or(output{});
        case detail::command_leave::verdict::stopped: throw_stopped(c, options);
        case detail::command_leave::verdict::late: throw_timed_out(c, options);
        case detail::command_leave::verdict::late_in_turn: throw_timed_out(c, options, true);
        case detail::command_leave::verdict::go: break;
        }
        auto answer = execute(c, options, deadline, &own);
        own.learn_from(c, answer);
        return answer;
    }

    /// What `govc version` says, asked once: `0.56.0`. Empty where it fails, or says 0.0.0, as a govc does that was built without
    /// being told its version. Throws `config` where it succeeds and says nothing of the kind: that is no govc.
    [[nodiscard]] std::string govc_version()
    {
        std::lock_guard const lock(version_mutex_);
        if (!version_) {
            version_ = ask_version();
        }
        return *version_;
    }

    /// Lets this process try again, once, the logins that were refused: for a program that knows the host to have another password
    /// now, or the account to be unlocked.
    static void forget_refused_logins() { detail::of_this_process<detail::login_list>().forget_refusals(); }

    /// The absolute path of the govc that is run.
    [[nodiscard]] std::string const& govc() const noexcept { return govc_; }

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds longest_timeout{std::chrono::hours(24 * 365)}; // what a clock can add

    // ---- Running govc ----------------------------------------------------------------------------------------------------

    output execute(command const& c, run_options const& options, clock::time_point deadline, detail::session const* own)
    {
        auto result = start(c,
                            {.deadline = deadline,
                             .timeout = std::min(options.timeout, longest_timeout),
                             .stop = options.stop,
                             .on_line = &options.on_line,
                             .on_output = &options.on_output,
                             .max_output = options.max_output},
                            own);
        switch (result.end) {
        case detail::process_end::flooded: throw_flooded(c, options);
        case detail::process_end::timed_out: throw_timed_out(c, options);
        case detail::process_end::stopped: throw_stopped(c, options);
        case detail::process_end::by_itself: break;
        }
        return std::move(result.answer);
    }

    detail::process_result start(command const& c, detail::process_limits limits, detail::session const* own) const
    {
        detail::environment_block environment;
        for (auto const& [name, value] : inherited_) {
            environment.set(name, value);
        }
        if (own != nullptr) {
            detail::add_connection(environment, own->connection, own->home.files());
        }
        std::vector<std::string> argv{"govc"}; // what govc puts before its errors
        argv.insert(argv.end(), c.argv.begin(), c.argv.end());
        detail::process_request const request{govc_, std::move(argv), environment.settings(), working_directory_, c.input};
        try {
            return detail::process_run(request, std::move(limits)).run();
        } catch (boost::system::system_error const& failed) {
            throw error(error_kind::unavailable, "cannot run `" + govc_ + "`: " + failed.code().message());
        }
    }

    [[nodiscard]] std::string ask_version() const
    {
        detail::process_result said;
        try {
            said = start({{"version"}}, {clock::now() + std::chrono::seconds(10)}, nullptr);
        } catch (error const&) {
            return {}; // the command that comes next says why it cannot be run
        }
        if (said.answer.exit_code != 0) {
            return {};
        }
        auto version = govc::read_version(said.answer.out);
        if (version.empty()) {
            throw error(error_kind::config, "`" + govc_ + "` is no govc: it does not tell its version; name another");
        }
        return version == "0.0.0" ? std::string() : version;
    }

    // ---- The end ---------------------------------------------------------------------------------------------------------

    void log_out() const noexcept
    {
        try {
            auto const deadline = clock::now() + std::chrono::milliseconds(1800);
            std::vector<std::jthread> each;
            sessions_.for_each([this, deadline, &each](detail::session const& own) {
                if (own.home.is_open() && !own.gate.refused()) {
                    each.emplace_back([this, deadline, &own] { log_out(own, deadline); });
                }
            });
        } catch (...) { // NOLINT(bugprone-empty-catch): the host ends a session that is not used
        }
    }

    void log_out(detail::session const& own, clock::time_point deadline) const noexcept
    {
        try {
            auto const place = own.turns.enter(deadline, {});
            if (place.says() != detail::host_turns::verdict::go) {
                return;
            }
            detail::process_limits limits{deadline};
            limits.grace = std::chrono::milliseconds(0);
            static_cast<void>(start({{"session.logout"}}, std::move(limits), &own));
        } catch (...) { // NOLINT(bugprone-empty-catch): as above
        }
    }

    // ---- What is thrown --------------------------------------------------------------------------------------------------

    [[nodiscard]] static std::string name_of(command const& c, run_options const& options)
    {
        return c.argv.empty() ? "<?>" : printable(govc::redactor(options.connection)(c.argv.front()));
    }

    static void check_arguments(command const& c, run_options const& options)
    {
        for (auto const& argument : c.argv) {
            if (argument.find('\0') != std::string::npos) {
                throw error(error_kind::config, "govc " + name_of(c, options) + ": an argument holds a NUL byte");
            }
        }
    }

    [[noreturn]] static void throw_flooded(command const& c, run_options const& options)
    {
        throw error(error_kind::govc, "govc " + name_of(c, options) + " printed more than " + std::to_string(options.max_output) +
                                          " bytes, and was ended");
    }

    [[noreturn]] static void throw_stopped(command const& c, run_options const& options)
    {
        throw error(error_kind::cancelled, "govc " + name_of(c, options) + " was stopped");
    }

    [[noreturn]] static void throw_timed_out(command const& c, run_options const& options, bool in_turn = false)
    {
        auto const milliseconds = std::max<std::chrono::milliseconds::rep>(options.timeout.count(), 0);
        auto seconds = std::to_string(milliseconds / 1000);
        if (milliseconds % 1000 != 0) {
            auto const thousandths = std::to_string(1000 + milliseconds % 1000);
            seconds += "." + thousandths.substr(1, thousandths.find_last_not_of('0'));
        }
        auto const* const what = in_turn           ? " did not start within "
                                 : options.on_line ? " made no progress for "
                                                   : " did not end within ";
        throw error(error_kind::unavailable,
                    "govc " + name_of(c, options) + what + seconds + " s" +
                        (in_turn ? ": as many commands as are let run on the host at once ran all the time" : ""));
    }

    std::string const govc_;
    std::vector<std::pair<std::string, std::string>> const inherited_;
    detail::private_directory const directory_;
    std::string const working_directory_;
    detail::session_list sessions_;
    std::mutex version_mutex_;
    std::optional<std::string> version_;
};

static_assert(versioned_transport<subprocess_transport>);

} // namespace esxi
