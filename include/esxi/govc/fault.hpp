// SPDX-License-Identifier: Apache-2.0
// Decides what a failed command's failure was, and makes the exception of it.
#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/bare_text.hpp>
#include <esxi/govc/fallback_rules.hpp>
#include <esxi/govc/fault_rule.hpp>
#include <esxi/govc/fault_rules.hpp>
#include <esxi/govc/fault_text.hpp>
#include <esxi/govc/out_of_memory.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi::govc {

/// What a failure was.
struct fault {
    error_kind kind = error_kind::govc; ///< What a caller can do about it.
    std::string text{};           ///< What was said, for a person; may hold secrets.
    std::string existing_state{}; ///< The power state that was in the way: `poweredOn`, `poweredOff`, `suspended`; empty: none.
    std::string_view matched{};   ///< The words that told the kind, in lower case; empty: fields did, or nothing.
    std::string advice{};         ///< What to do about it, where the text does not say so.
    bool login_refused = false;   ///< Wrong user or password, or a locked account: another try would make it worse.
    bool session_lost = false;    ///< The login is not valid any more.
    bool tools_missing = false;   ///< VMware Tools do not run in the guest.
};

namespace detail {

/// How many characters of what was said an error quotes.
inline constexpr std::size_t longest_quote = 400;

/// Whether the host's OVF checker speaks, of a line of the descriptor (`Line 66: ...`, `Line -1: ...`), or the host of one of a
/// VM's configuration file. `XML syntax error on line 3: ...` is a parser of govc's own.
[[nodiscard]] inline bool is_of_the_descriptor(std::string_view bare)
{
    constexpr std::string_view word = "line ";
    for (auto at = bare.find(word); at != std::string_view::npos; at = bare.find(word, at + 1)) {
        auto const before = bare.substr(0, at);
        auto number = bare.substr(at + word.size());
        number.remove_prefix(number.starts_with('-') ? 1 : 0);
        auto const digits = std::min(number.find_first_not_of("0123456789"), number.size());
        bool const is_word = before.empty() || std::isalnum(static_cast<unsigned char>(before.back())) == 0;
        if (is_word && !before.ends_with("on ") && digits > 0 && number.substr(digits).starts_with(':')) {
            return true;
        }
    }
    return false;
}

/// The first of the rules whose text stands in what was said; null where none does.
[[nodiscard]] inline fault_rule const* first_of(std::span<fault_rule const> rules, std::string_view bare)
{
    auto const found = std::find_if(rules.begin(), rules.end(),
                                    [bare](fault_rule const& rule) { return bare.find(rule.text) != std::string_view::npos; });
    return found == rules.end() ? nullptr : &*found;
}

/// The rule that holds for what was said, by its reason: a text that is known, a line of the descriptor, or a word that tells the
/// kind; null where there is none. Of a govc that broke down the words say nothing.
[[nodiscard]] inline fault_rule const* matching_rule(std::string_view bare, bool is_crash)
{
    static constexpr fault_rule descriptor{"line ", error_kind::config, hints::ovf};
    auto const* const known = first_of(fault_rules, bare);
    if (is_of_the_descriptor(bare) && (known == nullptr || known->kind != error_kind::config)) {
        return &descriptor;
    }
    return known != nullptr || is_crash ? known : first_of(fallback_rules, bare);
}

/// The first line of the text with these words in it; empty: none.
[[nodiscard]] inline std::string_view line_with(std::string_view words, std::string_view text, command const& sent)
{
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        if (without_names(line, sent).find(words) != std::string::npos) {
            return line;
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
}

/// The three digits of `the OVA's server answered 404 Not Found`, or of `download(https://...): 404 File not found`; 0 where the text
/// is none of that.
[[nodiscard]] inline int download_status(std::string_view text)
{
    constexpr std::string_view answered = "the ova's server answered ";
    if (auto const found = text.find(answered); found != std::string_view::npos) {
        return static_cast<int>(std::max<std::int64_t>(0, number_at(text, found + answered.size(), 3, 10)));
    }
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
    if (auto const line = out_of_memory(result); !line.empty()) {
        fault exhausted{error_kind::config, std::string(line)};
        exhausted.advice = detail::hints::memory;
        return exhausted;
    }
    auto const said = detail::read_failure(result);
    auto const bare = detail::without_names(detail::unique_lines(said.text), sent);
    fault found{error_kind::govc, said.text, said.existing_state};
    if (found.existing_state.empty()) {
        found.existing_state = detail::state_in(bare);
    }
    if (!said.existing_state.empty()) {
        found.kind = error_kind::conflict;
        return found;
    }
    auto const* const rule = detail::matching_rule(bare, said.is_crash);
    // A session that has ended is a lack of permission too, as vSphere's types have it.
    if (said.lacks_privilege && (rule == nullptr || rule->signal != detail::signal::session_lost)) {
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
        found.advice = detail::hints::old_govc;
        return found;
    }
    if (rule != nullptr) {
        found.kind = rule->kind;
        // govc sends the host no GET: one that failed went to the server of an OVA.
        bool const is_of_ova = rule->hint == detail::hints::certificate && bare.find("get \"\"") != std::string_view::npos;
        found.advice = is_of_ova ? detail::hints::ova_certificate : rule->hint;
        found.login_refused = rule->signal == detail::signal::login_refused;
        found.session_lost = rule->signal == detail::signal::session_lost;
        found.tools_missing = rule->signal == detail::signal::tools_missing;
        found.matched = rule->text;
        return found;
    }
    if (said.is_crash) {
        found.advice = detail::hints::broken_govc;
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

/// Whether a govc refused the command because it does not know this flag.
[[nodiscard]] inline bool is_unknown_flag(govc_error const& failed, std::string_view flag)
{
    return failed.stderr_text().find("flag provided but not defined: " + std::string(flag)) != std::string::npos;
}

/// The exception for a command that exited non-zero.
[[nodiscard]] inline govc_error make_govc_error(command const& sent, output const& result, redactor const& redact)
{
    constexpr std::chrono::seconds soon{15};
    auto const found = classify(sent, result);
    // Redacted before it is cut: half a password is one too much.
    auto const text = detail::unique_lines(redact(found.text));
    auto said = detail::first_characters(text, detail::longest_quote);
    if (said.size() < text.size() && !found.matched.empty()) { // the reason comes first, if the frames before it are long
        auto const reason = detail::line_with(found.matched, text, sent);
        if (said.find(reason) == std::string::npos) {
            said = detail::first_characters(std::string(reason) + "\n" + text, detail::longest_quote);
        }
    }
    auto message = "govc " + (sent.argv.empty() ? std::string("<?>") : redact(sent.argv.front())) + " exited " +
                   std::to_string(result.exit_code) + ": " + (said.empty() ? "it said nothing" : said);
    if (!found.advice.empty()) {
        message += " (" + found.advice + ")";
    }
    auto err = redact(result.err);
    detail::cut_stack_trace(err);
    return {found.kind,        message,        result.exit_code,
            redact(sent.argv), std::move(err), found.kind == error_kind::conflict ? std::optional(soon) : std::nullopt};
}

} // namespace esxi::govc
