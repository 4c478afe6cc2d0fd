// SPDX-License-Identifier: Apache-2.0
// One run of govc: what goes in, what comes out, and how it is to be run.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/model/connection.hpp>

namespace esxi {

/// The arguments after `govc`, subcommand first, and what the command reads from standard input (empty: closed) and from files.
struct command {
    std::vector<std::string> argv; ///< Subcommand first, each argument as it is: no shell reads them.
    std::string input{};           ///< Standard input, byte for byte.
    /// Key and text of what would not fit into an argument, or is not to be seen there: a transport writes each text to a file that
    /// nobody else can read, appends `-f=KEY=PATH` to the arguments, and removes the file when the command has ended. Never shown.
    std::map<std::string, std::string> files{};

    friend bool operator==(command const&, command const&) = default;
};

/// What a command left behind. A non-zero exit is data here; `govc_client` turns it into an exception.
struct output {
    int exit_code = 0; ///< As a shell counts: 128 + signal for a govc that a signal ended.
    std::string out{}; ///< Standard output, byte for byte.
    std::string err{}; ///< Standard error, byte for byte.

    friend bool operator==(output const&, output const&) = default;
};

/// The most bytes of output that a command may print, unless told otherwise: facts of some twenty thousand VMs.
inline constexpr std::size_t longest_output = std::size_t{64} << 20;

/// How a transport runs one command.
struct run_options {
    host_connection connection{}; ///< Where the command goes, and as whom.
    /// How long the command may take, from its start or from its last progress.
    std::chrono::milliseconds timeout{std::chrono::seconds{120}};
    /// Ends the command at once; the transport then throws `cancelled`.
    std::stop_token stop{};
    /// Called with each line of standard output as it arrives (ended by CR or LF, which are stripped). Answers whether the line
    /// shows progress: if so, `timeout` starts anew. What it throws ends the command and reaches the caller.
    std::function<bool(std::string_view line)> on_line{};
    /// Called with standard output as it arrives, in pieces of any size; what is passed here does not stand in `output::out`. A
    /// transport need not call it, and may return all at the end. Not together with `on_line`. What it throws ends the command
    /// and reaches the caller.
    std::function<void(std::string_view piece)> on_output{};
    /// How many bytes each of standard output and standard error may come to; the transport ends a command that prints more, and
    /// throws `govc`.
    std::size_t max_output = longest_output;
};

} // namespace esxi
