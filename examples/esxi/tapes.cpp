// SPDX-License-Identifier: Apache-2.0
#include "tapes.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <esxi/detail/guarded_file.hpp>
#include <esxi/detail/tape_match.hpp>
#include <esxi/detail/tape_reader.hpp>
#include <esxi/testing/check_tape.hpp>

#include "password.hpp"
#include "report.hpp"

namespace tool {

namespace json = boost::json;

namespace {

std::string count(std::size_t number, std::string const& what)
{
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

} // namespace

void show_tape(settings const& s)
{
    auto const tape = esxi::load_tape(s.tape);
    json::array entries;
    json::array rows;
    for (auto const& entry : tape.entries) {
        auto const bytes = entry.answer.out.size() + entry.answer.err.size();
        json::object shown{{"number", entries.size() + 1},
                           {"argv", json::array(entry.request.argv.begin(), entry.request.argv.end())}};
        json::object row{{"entry", entries.size() + 1},
                         {"command", esxi::detail::shown(entry.request, std::string::npos).substr(5)}};
        if (entry.thrown) {
            shown["throws"] = {{"kind", to_string(entry.thrown->kind())}, {"message", entry.thrown->what()}};
            row["exit"] = "throws " + std::string(to_string(entry.thrown->kind()));
        } else {
            shown["exit_code"] = entry.answer.exit_code;
            row["exit"] = std::to_string(entry.answer.exit_code) + (entry.repeat ? ", repeats" : "");
        }
        shown["duration_ms"] = row["ms"] = entry.duration.count();
        shown["bytes"] = row["bytes"] = bytes;
        shown["repeat"] = entry.repeat;
        entries.push_back(std::move(shown));
        rows.push_back(std::move(row));
    }
    if (!s.json()) {
        std::cout << "govc " << (tape.govc_version.empty() ? "of unknown version" : esxi::printable(tape.govc_version))
                  << ", recorded " << (tape.recorded.empty() ? "at an unknown time" : esxi::printable(tape.recorded)) << ", "
                  << (entries.size() == 1 ? "1 entry" : std::to_string(entries.size()) + " entries") << "\n";
    }
    json::object const data{{"govc", tape.govc_version}, {"recorded", tape.recorded}, {"entries", std::move(entries)}};
    report_table(s, json::object{{"tape", data}}, {"entry", "exit", "ms", "bytes", "command"}, rows, last_column::whole);
}

void check_tape(settings const& s)
{
    auto const kept = esxi::detail::read_guarded_file(s.tape, esxi::detail::file_owners::placed);
    if (!kept.text) {
        throw esxi::error(esxi::error_kind::tape, "cannot read tape `" + s.tape + "`: " + kept.why);
    }
    // A password that is at hand must not be on the tape; nobody is asked for one.
    std::vector<std::string> secrets;
    char const* const given = std::getenv("ESXI_PASSWORD");
    if (!s.password_file.empty() || (given != nullptr && *given != '\0')) {
        secrets.emplace_back(std::string_view(find_password(s, {})));
    }
    json::array rows;
    std::size_t wrong = 0;
    for (auto const& found : esxi::testing::check_tape_text(*kept.text, secrets)) {
        wrong += found.wrong ? 1 : 0;
        rows.push_back(json::object{{"entry", found.entry == 0 ? json::value() : json::value(found.entry)},
                                    {"level", found.wrong ? "error" : "note"},
                                    {"finding", found.what}});
    }
    if (!rows.empty() || s.json()) {
        report_table(s, json::object{{"findings", rows}}, {"entry", "level", "finding"}, rows, last_column::whole);
    }
    if (wrong != 0) {
        throw esxi::error(esxi::error_kind::tape, "tape `" + s.tape + "` has " + count(wrong, "error"));
    }
    if (!s.json()) {
        std::cout << "good, with " << count(rows.size(), "note") << std::endl;
    }
}

} // namespace tool
