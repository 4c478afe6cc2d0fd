// SPDX-License-Identifier: Apache-2.0
// What the transports that run the real govc share: which govc, whose login, the environment, and a process for one command.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/system/system_error.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/command_files.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/find_govc.hpp>
#include <esxi/detail/govc_environment.hpp>
#include <esxi/detail/memory_limit.hpp>
#include <esxi/detail/of_this_process.hpp>
#include <esxi/detail/private_directory.hpp>
#include <esxi/detail/run_process.hpp>
#include <esxi/detail/session.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/about.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/govc_options.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

inline constexpr std::chrono::milliseconds longest_timeout{std::chrono::hours(24 * 365)}; // what a clock can add

/// A command that has leave to run, and how.
struct admitted_command {
    using clock = std::chrono::steady_clock;

    command const& what;
    run_options const& options;
    clock::time_point deadline;
    session* own = nullptr; ///< Null: it is of no host.
    bool logs_in = false;   ///< There is no session to be used.

    [[nodiscard]] process_limits limits() const
    {
        return {.deadline = deadline,
                .timeout = std::min(options.timeout, longest_timeout),
                .stop = options.stop,
                .on_line = &options.on_line,
                .on_output = &options.on_output,
                .max_output = options.max_output};
    }
};

/// Safe to use from several threads at once, for several hosts; to be destroyed when none uses it. A child by fork has a private
/// directory and sessions of its own.
class govc_runner {
    using clock = std::chrono::steady_clock;

public:
    /// Throws `config` where there is no govc to run, no place for the private directory, no command let run, or a bound of memory
    /// that is none.
    explicit govc_runner(govc_options const& options)
        : govc_(find_govc(govc_places_of(options.govc))),
          inherited_(inherited_environment()),
          memory_mb_(memory_mb_of(options.memory_mb)),
          here_([options] { return std::make_unique<surroundings>(options); })
    {
    }
    govc_runner(govc_runner const&) = delete;
    govc_runner& operator=(govc_runner const&) = delete;

    /// Has the command executed once it may be; `execute` takes an `admitted_command` and returns its output.
    template <class Execute>
    output run(command const& c, run_options const& options, Execute const& execute)
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
            return execute(admitted_command{c, options, deadline});
        }
        auto& own = here_.get().sessions.of(options.connection);
        unforked const held(std::make_unique<command_leave>(own.enter(c, deadline, options.stop)));
        auto const& leave = held.get();
        switch (leave.says) {
        case command_leave::verdict::refused: return own.gate.refused().value_or(output{});
        case command_leave::verdict::stopped: throw_stopped(c, options);
        case command_leave::verdict::late: throw_timed_out(c, options);
        case command_leave::verdict::late_in_turn: throw_timed_out(c, options, true);
        case command_leave::verdict::go: break;
        }
        command_files const files(c, here_.get().directory.path());
        auto answer = execute(admitted_command{files.named(), options, deadline, &own, leave.login.is_to_log_in()});
        own.learn_from(c, answer);
        return answer;
    }

    /// Executes it as a process of its own.
    [[nodiscard]] output run_process(admitted_command const& admitted) const
    {
        auto result = start(admitted.what, admitted.limits(), admitted.own);
        switch (result.end) {
        case process_end::flooded: throw_flooded(admitted.what, admitted.options);
        case process_end::timed_out: throw_timed_out(admitted.what, admitted.options);
        case process_end::stopped: throw_stopped(admitted.what, admitted.options);
        case process_end::by_itself: break;
        }
        return std::move(result.answer);
    }

    /// Calls `start` with the request for a govc with these arguments, on that connection. Throws what it does.
    template <class Start>
    auto with_request(std::vector<std::string> const& arguments, std::string_view input, session const* own,
                      Start const& start) const
    {
        environment_block environment;
        for (auto const& [name, value] : inherited_) {
            environment.set(name, value);
        }
        auto const memory = memory_limit(memory_mb_);
        environment.set("GOMEMLIMIT", go_memory_limit(memory));
        environment.set("GOTRACEBACK", "none");
        if (own != nullptr) {
            add_connection(environment, own->connection, own->files_for(arguments, inherited_));
        }
        std::vector<std::string> argv{"govc"}; // what govc puts before its errors
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        try {
            process_request request{govc_, std::move(argv), environment.settings(), here_.get().working_directory, input};
            request.memory = memory;
            return start(request);
        } catch (boost::system::system_error const& failed) {
            throw error(error_kind::unavailable, "cannot run `" + govc_ + "`: " + errno_text(failed.code().value()));
        }
    }

    /// Logs out wherever a login succeeded, in 2 s at most and whatever comes of it. `try_first` takes the session and the deadline,
    /// and answers whether that did it.
    template <class TryFirst>
    void log_out(TryFirst const& try_first) const noexcept
    {
        auto* const here = here_.own();
        if (here == nullptr) {
            return; // a child by fork has no part in its parent's
        }
        try {
            auto const deadline = clock::now() + std::chrono::milliseconds(1800);
            std::vector<std::jthread> each;
            here->sessions.for_each([this, deadline, &each, &try_first](session const& own) {
                if (own.home.is_open() && !own.gate.refused()) {
                    each.emplace_back([this, deadline, &own, &try_first] { log_out(own, deadline, try_first); });
                }
            });
        } catch (...) { // NOLINT(bugprone-empty-catch): the host ends a session that is not used
        }
    }

    /// What `govc version` says, asked once: `0.56.0`. Empty where it fails, or says 0.0.0, as a govc does that was built without
    /// being told its version. Throws `config` where it succeeds and says nothing of the kind: that is no govc.
    [[nodiscard]] std::string govc_version()
    {
        auto& here = here_.get();
        std::lock_guard const lock(here.version_mutex);
        if (!here.version) {
            here.version = ask_version();
        }
        return *here.version;
    }

    [[nodiscard]] std::string const& govc() const noexcept { return govc_; }

    /// Lets this process try again, once, the logins that were refused.
    static void forget_refused_logins() { of_this_process<login_list>().forget_refusals(); }

    // ---- What is thrown --------------------------------------------------------------------------------------------------

    [[nodiscard]] static std::string name_of(command const& c, run_options const& options)
    {
        return c.argv.empty() ? "<?>" : printable(govc::redactor(options.connection)(c.argv.front()));
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

private:
    static void check_arguments(command const& c, run_options const& options)
    {
        for (auto const& argument : c.argv) {
            if (argument.find('\0') != std::string::npos) {
                throw error(error_kind::config, "govc " + name_of(c, options) + ": an argument holds a NUL byte");
            }
        }
    }

    [[nodiscard]] process_result start(command const& c, process_limits limits, session const* own) const
    {
        return with_request(c.argv, c.input, own, [&limits](process_request const& request) {
            return unforked(std::make_unique<process_run>(request, std::move(limits))).get().run();
        });
    }

    [[nodiscard]] std::string ask_version() const
    {
        process_result said;
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

    template <class TryFirst>
    void log_out(session const& own, clock::time_point deadline, TryFirst const& try_first) const noexcept
    {
        try {
            auto const place = own.turns.enter(deadline, {});
            if (place.says() == host_turns::verdict::go && !try_first(own, deadline)) {
                process_limits limits{deadline};
                limits.grace = std::chrono::milliseconds(0);
                static_cast<void>(start({{"session.logout"}}, std::move(limits), &own));
            }
        } catch (...) { // NOLINT(bugprone-empty-catch): as above
        }
    }

    struct surroundings {
        explicit surroundings(govc_options const& options)
            : directory(
                  options.directory, options.on_note ? options.on_note : [](std::string_view) {}),
              working_directory(directory.make_subdirectory("empty", 0500)),
              sessions(directory, working_directory, options.commands_at_once)
        {
        }
        private_directory const directory;
        std::string const working_directory;
        session_list sessions;
        std::mutex version_mutex;
        std::optional<std::string> version;
    };

    std::string const govc_;
    std::vector<std::pair<std::string, std::string>> const inherited_;
    unsigned const memory_mb_;
    per_process<surroundings> here_;
};

} // namespace esxi::detail
