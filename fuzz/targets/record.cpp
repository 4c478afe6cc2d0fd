// SPDX-License-Identifier: Apache-2.0
// What a host says, recorded, written, read and replayed. Fields: arguments (a line each), standard input, error and output, and so on.
#include <esxi/transport/record.hpp>

#include <esxi/transport/replay.hpp>

#include "../support.hpp"

using namespace esxi;

namespace {

struct exchange {
    command sent;
    output answered;
};

struct scripted_transport {
    std::vector<exchange> const& exchanges;
    std::size_t next = 0;
    output run(command const&, run_options const&) { return exchanges.at(next++).answered; }
};

std::vector<exchange> read_exchanges(std::string_view input)
{
    std::vector<exchange> all;
    while (!input.empty()) {
        exchange one{{fuzz::split(fuzz::take_field(input), '\n'), fuzz::take_field(input)}, {}};
        one.answered.err = fuzz::take_field(input);
        one.answered.out = fuzz::take_field(input);
        for (auto const& argument : one.sent.argv) {
            if (!detail::is_utf8(argument)) {
                return {}; // no operation sends that: properties are UTF-8
            }
        }
        all.push_back(std::move(one));
    }
    return all;
}

/// The exchange without secrets.
exchange hide(exchange const& one, govc::redactor const& redact)
{
    auto const clean = [&redact](std::string_view text) { return detail::change_text(text, redact); };
    return {{redact(one.sent.argv), clean(one.sent.input)},
            {one.answered.exit_code, clean(one.answered.out), clean(one.answered.err)}};
}

/// Whether two are the same to a program, whatever the layout of the JSON in them.
bool alike(exchange const& a, exchange const& b)
{
    return detail::same_command(a.sent, b.sent) && a.answered.exit_code == b.answered.exit_code &&
           detail::same_input(a.answered.out, b.answered.out) && detail::same_input(a.answered.err, b.answered.err);
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const exchanges = read_exchanges(input);
    run_options options;
    options.connection = some_host();
    scripted_transport host{exchanges};
    record_transport recorder(host, {.paths = {{"ova", "/srv/demo.ova"}}});
    for (auto const& one : exchanges) {
        promise(recorder.run(one.sent, options) == one.answered, "a recorder changes nothing");
    }
    auto const text = to_text(recorder.recorded());
    promise(text.find(password) == std::string::npos, "no password is on the tape");

    govc::redactor const redact(options.connection);
    replay_transport replayed(parse_tape(text), {.paths = {{"ova", "/srv/demo.ova"}}});
    exchange const* last = nullptr;
    for (auto const& one : exchanges) {
        auto const hidden = hide(one, redact);
        if (last != nullptr && alike(hide(*last, redact), hidden)) {
            continue; // a poll that saw no change: how often it is answered is up to the program
        }
        last = &one;
        auto const answered = replayed.run(one.sent, options);
        promise(alike({hidden.sent, answered}, hidden), "what was recorded is answered again");
    }
    replayed.finish();
}
