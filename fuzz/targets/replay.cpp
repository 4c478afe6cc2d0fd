// SPDX-License-Identifier: Apache-2.0
// A tape, replayed for a program that sends just what stands on it, and then one command too many.
#include <esxi/transport/replay.hpp>

#include <set>

#include "../support.hpp"

using namespace esxi;

namespace {

/// A path for each placeholder in the text that needs one.
std::vector<std::pair<std::string, std::string>> paths_in(std::string_view text)
{
    std::set<std::string> names;
    for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
        auto const found = detail::read_placeholder(text.substr(at));
        if (found && !found->literal && found->number == 0 && found->name != "host" && found->name != "host_name" &&
            found->name != "token") {
            names.emplace(found->name);
        }
    }
    std::vector<std::pair<std::string, std::string>> paths;
    paths.reserve(names.size());
    for (auto const& name : names) {
        paths.emplace_back(name, "/srv/" + name);
    }
    return paths;
}

/// What the transport answers; nothing where it throws what the entry says.
std::optional<output> run(replay_transport& transport, command const& sent, run_options const& options, tape_entry const& entry)
{
    try {
        return transport.run(sent, options);
    } catch (error const& thrown) {
        fuzz::promise(entry.thrown && entry.thrown->kind() == thrown.kind(), "a command that stands on the tape is answered");
        return std::nullopt;
    }
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const tape = read_or_refuse(error_kind::tape, [&] { return parse_tape(input); });
    // A recorder leaves no token and no password on a tape.
    if (!tape || input.find(import_token_prefix) != std::string_view::npos || input.find(password) != std::string_view::npos) {
        return;
    }
    run_options options;
    options.connection = some_host();
    std::size_t lines = 0;
    options.on_line = [&lines](std::string_view line) {
        promise(!line.empty() && line.find_first_of("\r\n") == std::string_view::npos, "a line is one");
        return ++lines % 2 == 0;
    };
    std::optional<replay_transport> transport;
    auto const paths = paths_in(input);
    if (!read_or_refuse(error_kind::tape, [&] { return &transport.emplace(*tape, replay_options{paths, {}, {}}); })) {
        return;
    }

    govc::redactor const redact(options.connection);
    detail::placeholders stands_for(paths);
    stands_for.set_host(options.connection.host);
    auto const expand = [&](std::string_view text) { return stands_for.expand(text); };
    for (auto const& entry : tape->entries) {
        command sent;
        for (auto const& argument : entry.request.argv) {
            sent.argv.push_back(expand(argument));
        }
        sent.input = detail::change_text(entry.request.input, expand);
        sent.files = entry.request.files;
        if (redact(sent.argv) != sent.argv || redact(sent.input) != sent.input) {
            return; // with credentials in a URL: not what a recorder leaves there
        }
        auto const answered = run(*transport, sent, options, entry);
        promise(answered.has_value() == !entry.thrown, "an answer is given where there is one");
        if (answered) {
            promise(answered->exit_code == entry.answer.exit_code &&
                        detail::same_input(answered->out, detail::change_text(entry.answer.out, expand)) &&
                        detail::same_input(answered->err, detail::change_text(entry.answer.err, expand)),
                    "the answer is the one on the tape");
        }
    }
    transport->finish();
    try {
        static_cast<void>(transport->run({{"no.such.command"}}, options));
        promise(false, "a command that is not on the tape is not answered");
    } catch (error const& thrown) {
        promise(thrown.kind() == error_kind::tape, "a command that is not on the tape is a tape error");
    }
    promise(!read_or_refuse(error_kind::tape, [&] { return transport->finish(), true; }), "a miss is not forgotten");
}
