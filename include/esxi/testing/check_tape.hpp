// SPDX-License-Identifier: Apache-2.0
// What is wrong with a tape, and what whoever replays it should know.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/placeholder_text.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_reader.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/changes.hpp>
#include <esxi/govc/redact.hpp>

namespace esxi::testing {

/// One thing that `check_tape` found.
struct tape_finding {
    std::size_t entry = 0; ///< Counted from 1; 0: the tape as a whole.
    bool wrong = false;    ///< Or only to be known.
    std::string what{};    ///< For a person to read; holds no secret, but text of the tape as it is.
};

namespace detail {

/// The texts of an entry, and what they are.
[[nodiscard]] inline std::vector<std::pair<std::string_view, std::string>> texts_of(tape_entry const& entry)
{
    std::vector<std::pair<std::string_view, std::string>> texts;
    texts.reserve(entry.request.argv.size() + entry.request.files.size() + 4);
    for (auto const& argument : entry.request.argv) {
        texts.emplace_back("argv", argument);
    }
    texts.emplace_back("stdin", entry.request.input);
    for (auto const& file : entry.request.files) {
        texts.emplace_back("files", file.second);
    }
    texts.emplace_back("stdout", entry.answer.out);
    texts.emplace_back("stderr", entry.answer.err);
    if (entry.thrown) {
        texts.emplace_back("throws", entry.thrown->what());
    }
    return texts;
}

/// The placeholders of a text that a replay must be given in `paths`; those that stand for nothing, whatever it is given, go to
/// `wrong`.
inline void find_placeholders(std::string_view text, std::set<std::string>& paths, std::set<std::string>& wrong)
{
    for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
        auto const found = esxi::detail::read_placeholder(text.substr(at));
        if (!found || found->literal) {
            continue;
        }
        bool const is_host = found->name == "host" || found->name == "host_name";
        if ((found->name == "token") != (found->number != 0)) {
            wrong.insert(std::string(text.substr(at, found->length)));
        } else if (!is_host && found->name != "token") {
            paths.insert(std::string(found->name));
        }
    }
}

inline void check_command(std::vector<tape_finding>& findings, std::size_t number, tape_entry const& entry)
{
    constexpr auto sent = std::to_array<std::string_view>(
        {"import.ova", "snapshot.create", "snapshot.remove", "vm.change", "vm.destroy", "vm.power"});
    if (!govc::changes_host(entry.request)) {
        return;
    }
    auto const name = "`" + entry.request.argv.front() + "`";
    bool const known = std::find(sent.begin(), sent.end(), entry.request.argv.front()) != sent.end();
    findings.push_back(
        {number, false, known ? name + " changes the host" : name + " is no command that esxi knows: it may change the host"});
}

} // namespace detail

/// Looks for secrets (those given, and credentials in URLs), placeholders that stand for nothing, commands that change a host or are
/// not known, and the names that a replay must be given in `paths`.
[[nodiscard]] inline std::vector<tape_finding> check_tape(tape const& t, std::vector<std::string> const& secrets = {})
{
    govc::redactor redact;
    for (auto const& secret : secrets) {
        redact.add_secret(secret);
    }
    std::vector<tape_finding> findings;
    std::set<std::string> paths;
    for (std::size_t i = 0; i < t.entries.size(); ++i) {
        std::set<std::string> wrong;
        std::set<std::string> secret;
        std::set<std::string> credentials;
        for (auto const& [where, text] : detail::texts_of(t.entries[i])) {
            detail::find_placeholders(text, paths, wrong);
            if (redact.finds_secret(text)) {
                secret.insert(std::string(where));
            }
            if (esxi::detail::without_url_credentials(text) != text) {
                credentials.insert(std::string(where));
            }
        }
        for (auto const& placeholder : wrong) {
            findings.push_back({i + 1, true, "placeholder " + placeholder + " stands for nothing"});
        }
        for (auto const& where : secret) {
            findings.push_back({i + 1, true, "a secret is in `" + where + "`"});
        }
        for (auto const& where : credentials) {
            findings.push_back({i + 1, true, "a URL with user or password is in `" + where + "`"});
        }
        detail::check_command(findings, i + 1, t.entries[i]);
    }
    for (auto const& name : paths) {
        findings.push_back({0, false, "a replay must say what {" + name + "} stands for, in `paths`"});
    }
    return findings;
}

/// The same of a tape's document. Where it is none, that is found: in every entry, if it comes so far.
[[nodiscard]] inline std::vector<tape_finding> check_tape_text(std::string_view text,
                                                               std::vector<std::string> const& secrets = {})
{
    try {
        return check_tape(parse_tape(text), secrets);
    } catch (error const& whole) {
        std::vector<tape_finding> findings;
        try {
            auto const document = esxi::detail::parse_strictly(text, "tape");
            std::size_t number = 0;
            for (auto const& entry : document.at("commands").as_array()) {
                auto const place = "entry " + std::to_string(++number);
                try {
                    static_cast<void>(esxi::detail::read_entry(entry, place));
                } catch (error const& bad) {
                    auto const what = std::string(bad.what()).substr(place.size());
                    findings.push_back({number, true, what.substr(what.find_first_not_of(", "))});
                }
            }
        } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): it does not come so far
        }
        if (findings.empty()) {
            findings.push_back({0, true, whole.what()});
        }
        return findings;
    }
}

} // namespace esxi::testing
