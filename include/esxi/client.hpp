// SPDX-License-Identifier: Apache-2.0
// Sends govc commands to one host through a transport: counts them, reads their output, throws on failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/about.hpp>
#include <esxi/govc/fault.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// How a client runs its commands.
struct client_options {
    std::chrono::milliseconds timeout{std::chrono::seconds{120}}; ///< Of each command, unless it is given its own.
    std::stop_token stop{}; ///< Ends the running command, which then throws `cancelled`.
    std::function<void(std::string_view)> trace{}; ///< Called with each command before it is sent, redacted.
};

/// The oldest govc that names VMs by moid in all its commands, and lists snapshots as JSON; an older one says absent instead.
inline constexpr int oldest_govc_major = 0;
inline constexpr int oldest_govc_minor = 46; ///< See `oldest_govc_major`.

/// The most bytes that a command may print which is not read as it arrives: a VM comes to some 200 kB, and JSON, once parsed, can take
/// sixteen times its length.
inline constexpr std::size_t longest_answer = std::size_t{8} << 20;

/// A host as seen through govc. Borrows the transport. Not for use by several threads at once; the transport may be shared.
template <transport Transport>
class govc_client {
public:
    /// For the host that `connection` leads to; sends nothing yet.
    govc_client(Transport& transport, host_connection connection, client_options options = {})
        : transport_(transport), options_(std::move(options)), redact_(connection)
    {
        run_.connection = std::move(connection);
        run_.stop = options_.stop;
    }

    /// Runs the command; throws `govc_error` where it exits non-zero, and what the transport throws.
    output run(command const& c)
    {
        ++count_;
        return send(c, options_for(options_.timeout));
    }

    /// Like `run`, for one that takes long: its own timeout, and a sink for its lines.
    output run(command const& c, std::chrono::milliseconds timeout, std::function<bool(std::string_view)> on_line)
    {
        ++count_;
        auto options = options_for(timeout, longest_output);
        options.on_line = std::move(on_line);
        return send(c, options);
    }

    /// Runs the command and reads its standard output. Throws `govc_error` also where that cannot be read.
    template <class Reader>
    auto read(command const& c, Reader&& reader)
    {
        ++count_;
        return read_output(c, options_for(options_.timeout), std::forward<Reader>(reader));
    }

    /// Like `read`, for a command that takes long: its own timeout, and a sink for its lines.
    template <class Reader>
    auto read(command const& c, std::chrono::milliseconds timeout, std::function<bool(std::string_view)> on_line, Reader&& reader)
    {
        ++count_;
        auto options = options_for(timeout, longest_output);
        options.on_line = std::move(on_line);
        return read_output(c, options, std::forward<Reader>(reader));
    }

    /// Like `read`, for output that may be long: `reader` is given it as it arrives (`write(std::string_view)`), and makes a value of
    /// it at the end (`finish()`). What cannot be read ends the command.
    template <class Reader>
    auto read_stream(command const& c, Reader&& reader)
    {
        ++count_;
        auto options = options_for(options_.timeout, longest_output);
        std::optional<error> unreadable;
        auto const guarded = [&](auto const& step) {
            try {
                return step();
            } catch (error const& failed) {
                unreadable = failed;
                throw;
            }
        };
        options.on_output = [&](std::string_view piece) { guarded([&] { reader.write(piece); }); };
        output result;
        try {
            result = send(c, options);
            guarded([&] { reader.write(result.out); });
            return guarded([&] { return reader.finish(); });
        } catch (error const&) {
            if (!unreadable) {
                throw;
            }
            throw make_unreadable(c, result, *unreadable);
        }
    }

    /// Like `read`, for a command that only waits or polls: it is not counted.
    template <class Reader>
    auto poll(command const& c, std::chrono::milliseconds timeout, Reader&& reader)
    {
        return read_output(c, options_for(timeout), std::forward<Reader>(reader));
    }

    /// The version of the govc behind the transport where that is older than this one; empty where it is not, or the transport
    /// cannot say.
    [[nodiscard]] std::string version_older_than(int major, int minor)
    {
        std::string version;
        if constexpr (versioned_transport<Transport>) {
            version = transport_.govc_version();
        }
        return govc::version_at_least(version, major, minor) ? std::string() : version;
    }

    /// Throws `config` where the govc is too old for operations on VMs and snapshots.
    void require_version()
    {
        if (auto const version = version_older_than(oldest_govc_major, oldest_govc_minor); !version.empty()) {
            throw error(error_kind::config, "govc " + version + " is too old: it does not take a VM's moid; use v" +
                                                std::to_string(oldest_govc_major) + "." + std::to_string(oldest_govc_minor) +
                                                " or newer");
        }
    }

    /// How many commands were sent, polls not counted.
    [[nodiscard]] int count() const noexcept { return count_; }
    /// Takes the connection's secrets out of a text.
    [[nodiscard]] govc::redactor const& redact() const noexcept { return redact_; }
    /// Has this taken out of messages as well, in every spelling.
    void add_secret(std::string_view secret) { redact_.add_secret(secret); }
    /// The host, and as whom it is logged in to.
    [[nodiscard]] host_connection const& connection() const noexcept { return run_.connection; }

private:
    [[nodiscard]] run_options options_for(std::chrono::milliseconds timeout, std::size_t max_output = longest_answer) const
    {
        auto options = run_;
        options.timeout = timeout;
        options.max_output = max_output;
        return options;
    }

    output send(command const& c, run_options const& options)
    {
        for (auto const& argument : c.argv) {
            redact_.add_url_secrets(argument);
        }
        if (options_.trace) {
            std::string text = "govc";
            for (auto const& argument : c.argv) {
                text += " " + argument;
            }
            for (auto const& file : c.files) {
                text += " -f=" + file.first + "=" + std::string(detail::redacted_mark);
            }
            options_.trace(printable(redact_(text)));
        }
        auto result = transport_.run(c, options);
        if (result.exit_code != 0) {
            throw govc::make_govc_error(c, result, redact_);
        }
        return result;
    }

    template <class Reader>
    auto read_output(command const& c, run_options const& options, Reader&& reader)
    {
        auto const result = send(c, options);
        try {
            return std::forward<Reader>(reader)(std::string_view(result.out));
        } catch (govc_error const&) {
            throw;
        } catch (error const& unreadable) {
            throw make_unreadable(c, result, unreadable);
        }
    }

    [[nodiscard]] govc_error make_unreadable(command const& c, output const& result, error const& why) const
    {
        return {why.kind(),          "govc " + (c.argv.empty() ? "<?>" : c.argv.front()) + ": " + redact_(why.what()),
                result.exit_code,    redact_(c.argv),
                redact_(result.err), why.retry_after()};
    }

    Transport& transport_;
    client_options options_;
    run_options run_;
    govc::redactor redact_;
    int count_ = 0;
};

} // namespace esxi
