// SPDX-License-Identifier: Apache-2.0
// What a failed command said: a fault as JSON, or text. Fields: the arguments (a line each), standard error, standard output.
#include <esxi/govc/fault.hpp>

#include "../support.hpp"

using namespace esxi::govc;

void fuzz::one_input(std::string_view input)
{
    esxi::command const sent{split(take_field(input), '\n')};
    auto const err = take_field(input);
    esxi::output const result{static_cast<int>(1 + esxi::detail::fnv1a(err) % 255), std::string(input), err};

    auto const found = classify(sent, result);
    promise(!found.login_refused || found.kind == esxi::error_kind::auth, "a refused login is of kind auth");
    promise(!found.session_lost || found.kind == esxi::error_kind::unavailable, "a lost session can be had again");
    promise(!found.tools_missing || found.kind == esxi::error_kind::conflict, "missing tools are a conflict");
    if (!err.empty() && detail::stripped(err).size() == err.size() && err.size() < 4096) {
        auto const warned = classify(sent, {result.exit_code, result.out, "Warning: nothing in particular\n" + err});
        promise(warned.kind == found.kind, "a warning changes nothing");
    }

    redactor const redact(some_host());
    auto const thrown = make_govc_error(sent, result, redact);
    std::string_view const message = thrown.what();
    promise(thrown.kind() == found.kind && thrown.returncode() == result.exit_code, "the error is what the failure was");
    promise(message.starts_with("govc "), "the message says what was attempted");
    promise(message.size() < 4 * 400 + 300 + redact(sent.argv.front()).size(), "the message is short");
    promise(esxi::detail::is_utf8(message) || !esxi::detail::is_utf8(sent.argv.front()), "the message can be kept as JSON");
    promise(message.find(password) == std::string_view::npos, "the message holds no password");
    promise(thrown.stderr_text().find(password) == std::string::npos, "what was said is kept without the password");
    for (auto const& argument : thrown.argv()) {
        promise(argument.find(password) == std::string::npos, "the arguments are kept without the password");
    }
}
