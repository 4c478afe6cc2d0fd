// SPDX-License-Identifier: Apache-2.0
// Compares a command with the entries of a tape, and says how they differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/detail/placeholders.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// Whether both are the same standard input; where it is JSON, whatever its layout and the order of its keys.
[[nodiscard]] inline bool same_input(std::string_view a, std::string_view b)
{
    if (a == b) {
        return true;
    }
    auto const documents = read_documents(a);
    return !documents.empty() && documents == read_documents(b);
}

/// The command of an entry as it is expected from a program that sends `actual`, whose new import tokens it takes over.
[[nodiscard]] inline command expected_command(command const& recorded, command const& actual, placeholders& stands_for)
{
    auto const texts = [](command const& c) {
        auto all = c.argv;
        all.push_back(c.input);
        return all;
    };
    stands_for.bind_tokens(texts(recorded), texts(actual));
    auto const expand = [&](std::string_view text) { return stands_for.expand(text); };
    command expected;
    std::transform(recorded.argv.begin(), recorded.argv.end(), std::back_inserter(expected.argv), expand);
    expected.input = change_text(recorded.input, expand);
    expected.files = recorded.files;
    return expected;
}

/// Whether both are given files under the same keys. A tape does not know what was in them.
[[nodiscard]] inline bool same_files(command const& a, command const& b)
{
    return std::equal(a.files.begin(), a.files.end(), b.files.begin(), b.files.end(),
                      [](auto const& x, auto const& y) { return x.first == y.first; });
}

[[nodiscard]] inline bool same_command(command const& a, command const& b)
{
    return a.argv == b.argv && same_input(a.input, b.input) && same_files(a, b);
}

/// How many arguments must be put in, taken out or replaced to make one command of the other; the standard input, and the files,
/// count as one.
[[nodiscard]] inline std::size_t distance(command const& a, command const& b)
{
    std::vector<std::size_t> row(b.argv.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (auto const& argument : a.argv) {
        auto diagonal = row[0]++;
        for (std::size_t k = 0; k < b.argv.size(); ++k) {
            auto const replaced = diagonal + (argument == b.argv[k] ? 0 : 1);
            diagonal = row[k + 1];
            row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
        }
    }
    return row.back() + (same_input(a.input, b.input) ? 0 : 1) + (same_files(a, b) ? 0 : 1);
}

inline constexpr std::size_t longest_shown = 100; ///< What one can take in of a text.

/// A piece of a text for a message: in quotes, from `at` on, cut to so many bytes.
[[nodiscard]] inline std::string shown(std::string_view text, std::size_t at = 0, std::size_t longest = longest_shown)
{
    auto const piece = text.substr(std::min(at, text.size()), longest);
    return (at > 0 ? "..." : "") + boost::json::serialize(boost::json::string_view(piece.data(), piece.size())) +
           (text.size() > at + longest ? "..." : "");
}

/// The command as one would type it, its arguments cut to so many bytes.
[[nodiscard]] inline std::string shown(command const& c, std::size_t longest = longest_shown)
{
    std::string text = "govc";
    for (auto const& argument : c.argv) {
        bool const plain =
            !argument.empty() && argument.size() <= longest && argument.find_first_of(" \t\r\n\"'") == std::string::npos;
        text += " " + (plain ? argument : shown(argument, 0, longest));
    }
    for (auto const& file : c.files) {
        text += " -f=" + printable(file.first) + "=" + std::string(redacted_mark);
    }
    return text;
}

/// Where two commands differ: the first argument, the standard input, and the keys of the files.
[[nodiscard]] inline std::string difference(command const& expected, command const& actual)
{
    std::string text;
    auto const& a = expected.argv;
    auto const& b = actual.argv;
    auto const at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    if (at < std::max(a.size(), b.size())) {
        text = "argv[" + std::to_string(at) + "] differs: expected " + (at < a.size() ? shown(a[at]) : "no more") + ", got " +
               (at < b.size() ? shown(b[at]) : "no more");
    }
    if (!same_input(expected.input, actual.input)) {
        std::string_view const x = expected.input;
        std::string_view const y = actual.input;
        auto const byte = static_cast<std::size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
        text += (text.empty() ? "" : "; ") + std::string("standard input differs at byte ") + std::to_string(byte) +
                ": expected " + shown(x, byte) + ", got " + shown(y, byte);
    }
    if (!same_files(expected, actual)) {
        auto const keys = [](command const& c) {
            std::string all;
            for (auto const& file : c.files) {
                all += (all.empty() ? "" : ", ") + printable(file.first);
            }
            return all.empty() ? "none" : all;
        };
        text += (text.empty() ? "" : "; ") + std::string("files differ: expected ") + keys(expected) + ", got " + keys(actual);
    }
    return text.empty() ? "nothing differs" : text;
}

/// The index of the entry that is most like the command; of several, the one nearest to `next`, and then the later.
[[nodiscard]] inline std::size_t nearest_entry(tape const& t, std::size_t next, command const& actual,
                                               placeholders const& stands_for)
{
    auto const away = [next](std::size_t i) { return i >= next ? 2 * (i - next) : 2 * (next - i) + 1; };
    std::size_t nearest = 0;
    std::size_t least = static_cast<std::size_t>(-1);
    for (std::size_t i = 0; i < t.entries.size(); ++i) {
        auto tried = stands_for;
        auto const found = distance(expected_command(t.entries[i].request, actual, tried), actual);
        if (found < least || (found == least && away(i) < away(nearest))) {
            least = found;
            nearest = i;
        }
    }
    return nearest;
}

/// What messages call the tape.
[[nodiscard]] inline std::string title(tape const& t)
{
    return t.source.empty() ? "the tape" : "tape `" + t.source + "`";
}

/// An entry, counted from 1, and where it differs from the command.
[[nodiscard]] inline std::string describe_entry(tape const& t, std::size_t index, command const& actual,
                                                placeholders const& stands_for)
{
    auto tried = stands_for;
    auto const expected = expected_command(t.entries[index].request, actual, tried);
    return "entry " + std::to_string(index + 1) + " of " + std::to_string(t.entries.size()) + ": " + shown(expected) + "\n    " +
           difference(expected, actual);
}

/// Says which entry was expected instead of the command, which one is nearest to it, and where they differ.
[[nodiscard]] inline std::string explain_miss(tape const& t, std::size_t next, command const& actual,
                                              placeholders const& stands_for)
{
    auto text = title(t) + " does not have this command next: " + shown(actual);
    if (next < t.entries.size()) {
        text += "\n  expected " + describe_entry(t, next, actual, stands_for);
    } else {
        text += "\n  expected no more commands: all " + std::to_string(t.entries.size()) + " entries are answered";
    }
    if (!t.entries.empty()) {
        auto const nearest = nearest_entry(t, next, actual, stands_for);
        if (nearest == next) {
            text += "\n  no other entry is nearer";
        } else {
            text += std::string("\n  nearest, ") + (nearest < next ? "answered already, " : "still to come, ") +
                    describe_entry(t, nearest, actual, stands_for);
        }
    }
    return text;
}

/// The same of a read where reads come in any order: each of the entries from `begin` to `end`, a change, would have answered it.
[[nodiscard]] inline std::string explain_missed_read(tape const& t, std::size_t begin, std::size_t end, command const& actual,
                                                     placeholders const& stands_for)
{
    auto text = title(t) + " does not have this read here: " + shown(actual) + "\n  here are ";
    if (begin == end) {
        text += "no reads";
    } else {
        text += "entries " + std::to_string(begin + 1) + " to " + std::to_string(end) + " of " + std::to_string(t.entries.size());
    }
    text +=
        std::string(begin == 0 ? "" : ", after the last change") + (end == t.entries.size() ? "" : ", before the next change");
    if (!t.entries.empty()) {
        auto const nearest = nearest_entry(t, begin, actual, stands_for);
        auto const* const where = nearest < begin ? "before the last change, " : nearest >= end ? "after the next change, " : "";
        text += std::string("\n  nearest, ") + where + describe_entry(t, nearest, actual, stands_for);
    }
    return text;
}

} // namespace esxi::detail
