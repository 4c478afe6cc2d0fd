// SPDX-License-Identifier: Apache-2.0
// Decides what a failed command's failure was, and makes the exception of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/fault_rules.hpp>
#include <esxi/govc/fault_text.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi::govc {

/// What a failure was.
struct fault {
    error_kind kind = error_kind::govc; ///< What a caller can do about it.
    std::string text{};           ///< What was said, for a person; may hold secrets.
    std::string existing_state{}; ///< The power state that was in the way: `poweredOn`, `poweredOff`, `suspended`; empty: none.
    std::string advice{};         ///< What to do about it, where the text does not say so.
    bool login_refused = false;   ///< Wrong user or password, or a locked account: another try would make it worse.
    bool session_lost = false;    ///< The login is not valid any more.
    bool tools_missing = false;   ///< VMware Tools do not run in the guest.
};

namespace detail {

[[nodiscard]] inline std::string advice_for(remark seen)
{
    switch (seen) {
    case remark::login_refused:
        return "check user and password; it is not tried again, because a host locks an account after a few wrong passwords";
    case remark::licence:
        return "the host's licence lets its API read but not change anything, as the free one does; assign another licence";
    case remark::certificate: return "give the host's ca_bundle or thumbprint";
    case remark::expired:
        return "check this machine's clock, and renew the host's certificate: no thumbprint or ca_bundle makes up for that";
    case remark::old_govc: return "this govc does not know the command or one of its flags; use a newer one";
    case remark::started: return "the VM runs; it was started by somebody else after it was looked at";
    case remark::none:
    case remark::session_lost:
    case remark::tools_missing: return {};
    }
    return {};
}

/// The three digits of `download(https://...): 404 File not found`; 0 where the text is none of that.
[[nodiscard]] inline int download_status(std::string_view text)
{
    auto const begin = text.find("download(");
    auto const end = begin == std::string_view::npos ? begin : text.find("): ", begin);
    return end == std::string_view::npos ? 0 : static_cast<int>(std::max<std::int64_t>(0, number_at(text, end + 3, 3, 10)));
}

/// A power state named in a host's sentence.
[[nodiscard]] inline std::string state_in(std::string_view bare)
{
    if (bare.find("in the current state (") == std::string_view::npos) {
        return {};
    }
    return bare.find("(powered on)") != std::string_view::npos    ? "poweredOn"
           : bare.find("(powered off)") != std::string_view::npos ? "poweredOff"
           : bare.find("(suspended)") != std::string_view::npos   ? "suspended"
                                                                  : "";
}

/// Whether the VM or snapshot that was named is gone: the host says which kind of object is, in a field or in its sentence.
[[nodiscard]] inline bool is_gone(failure_text const& said, std::string_view bare, command const& sent)
{
    if (!said.object_type.empty()) { // a field that only this fault has; its text may be empty
        return said.object_type.starts_with("VirtualMachine");
    }
    if (bare.find("has already been deleted or has not been completely created") != std::string_view::npos) {
        auto const all = lower(said.text);
        for (std::string_view const type : {"'vim.virtualmachine", "'virtualmachine", "'vim.vm.snapshot"}) {
            if (all.find(type) != std::string::npos) {
                return true;
            }
        }
        return false;
    }
    return bare.find("managedobjectnotfound") != std::string_view::npos && !sent.argv.empty() &&
           !sent.argv.front().starts_with("import.");
}

/// An end of data where more was expected: of a connection (with its URL), of a local OVA, or of a session file.
[[nodiscard]] inline std::optional<error_kind> kind_of_eof(std::string_view bare, command const& sent)
{
    bool const at_end = bare.ends_with("eof") || bare.find("eof\n") != std::string_view::npos;
    if (!at_end) {
        return std::nullopt;
    }
    bool const of_connection =
        bare.find("\": eof") != std::string_view::npos || bare.find("\": unexpected eof") != std::string_view::npos;
    bool const local_import =
        !sent.argv.empty() && sent.argv.front().starts_with("import.") && sent.argv.back().find("://") == std::string::npos;
    // A bare `EOF` is an answer without SOAP in it, an HTTP 500; only import.spec asks the host nothing.
    bool const of_the_ova =
        local_import && (bare.find("unexpected eof") != std::string_view::npos || sent.argv.front() == "import.spec");
    return !of_connection && of_the_ova ? error_kind::config : error_kind::unavailable;
}

} // namespace detail

/// Decides what the failure of a command was. Fields of a fault come before its words, and words are matched wherever they stand.
[[nodiscard]] inline fault classify(command const& sent, output const& result)
{
    using detail::remark;
    auto const said = detail::read_failure(result);
    auto const bare = detail::without_names(said.text, sent);
    fault found{error_kind::govc, said.text, said.existing_state, {}};
    if (found.existing_state.empty()) {
        found.existing_state = detail::state_in(bare);
    }
    if (!said.existing_state.empty()) {
        found.kind = error_kind::conflict;
        return found;
    }
    auto const* const rule = detail::matching_rule(bare);
    // A session that has ended is a lack of permission too, as vSphere's types have it.
    if (said.lacks_privilege && (rule == nullptr || rule->remark != remark::session_lost)) {
        found.kind = error_kind::auth;
        return found;
    }
    if (detail::is_gone(said, bare, sent)) {
        found.kind = error_kind::absent;
        return found;
    }
    if (auto const status = detail::download_status(bare); status != 0) {
        found.kind = status >= 500 || status == 408 || status == 429 ? error_kind::unavailable : error_kind::config;
        return found;
    }
    if (bare.starts_with("usage: ") || bare.starts_with("usage of ")) { // a subcommand that this govc does not have
        found.kind = error_kind::config;
        found.advice = detail::advice_for(remark::old_govc);
        return found;
    }
    if (rule != nullptr) {
        found.kind = rule->kind;
        found.advice = detail::advice_for(rule->remark);
        found.login_refused = rule->remark == remark::login_refused;
        found.session_lost = rule->remark == remark::session_lost;
        found.tools_missing = rule->remark == remark::tools_missing;
        return found;
    }
    found.kind = detail::kind_of_eof(bare, sent).value_or(error_kind::govc);
    return found;
}

namespace detail {

/// The first so many characters of a text; what is no UTF-8 becomes U+FFFD.
[[nodiscard]] inline std::string first_characters(std::string_view text, std::size_t count)
{
    std::string cut;
    for (; count > 0 && !text.empty(); --count) {
        auto const length = esxi::detail::utf8_length(text);
        cut += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length); // a message is to be kept as JSON
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return cut;
}

} // namespace detail

/// The exception for a command that exited non-zero.
[[nodiscard]] inline govc_error make_govc_error(command const& sent, output const& result, redactor const& redact)
{
    constexpr std::size_t longest_quote = 400;
    constexpr std::chrono::seconds soon{15};
    auto const found = classify(sent, result);
    // Redacted before it is cut: half a password is one too much.
    auto said = detail::first_characters(redact(found.text), longest_quote);
    auto message = "govc " + (sent.argv.empty() ? std::string("<?>") : redact(sent.argv.front())) + " exited " +
                   std::to_string(result.exit_code) + ": " + (said.empty() ? "it said nothing" : said);
    if (!found.advice.empty()) {
        message += " (" + found.advice + ")";
    }
    return {found.kind,         message,
            result.exit_code,   redact(sent.argv),
            redact(result.err), found.kind == error_kind::conflict ? std::optional(soon) : std::nullopt};
}

} // namespace esxi::govc
