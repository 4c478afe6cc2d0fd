// SPDX-License-Identifier: Apache-2.0
// Reads a tape. It may have been written by hand, so whatever is wrong is named, with the place.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/detail/guarded_file.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_object.hpp>
#include <esxi/error.hpp>

namespace esxi {
namespace detail {

[[nodiscard]] inline error read_thrown(boost::json::value const& value, std::string const& place)
{
    tape_object const object(value, place + ", `throws`", {"kind", "message", "retry_after_s"});
    auto const name = object.text("kind");
    std::optional<std::chrono::seconds> after;
    if (object.has("retry_after_s")) {
        after = std::chrono::seconds(object.integer("retry_after_s", std::numeric_limits<std::int32_t>::max()));
    }
    for (auto kind : {error_kind::config, error_kind::auth, error_kind::absent, error_kind::conflict, error_kind::unavailable,
                      error_kind::cancelled, error_kind::tape, error_kind::govc}) {
        if (to_string(kind) == name) {
            return {kind, object.text("message"), after};
        }
    }
    object.refuse("has a `kind` that is none: " + name);
}

[[nodiscard]] inline tape_entry read_entry(boost::json::value const& value, std::string const& place)
{
    tape_object const object(value, place,
                             {"argv", "stdin", "stdin_documents", "stdin_base64", "files", "exit_code", "stdout",
                              "stdout_documents", "stdout_base64", "stderr", "stderr_documents", "stderr_base64", "throws",
                              "duration_ms", "repeat"});
    tape_entry entry;
    for (auto const& argument : object.array("argv")) {
        if (!argument.is_string()) {
            object.refuse("has an `argv` that is not an array of texts");
        }
        entry.request.argv.emplace_back(argument.get_string());
    }
    if (entry.request.argv.empty()) {
        object.refuse("has an empty `argv`");
    }
    entry.request.input = object.kept_text("stdin");
    if (object.has("files")) {
        entry.request.files = object.text_map("files");
    }
    entry.answer.out = object.kept_text("stdout");
    entry.answer.err = object.kept_text("stderr");
    if (object.has("throws")) {
        if (object.has("exit_code") || !entry.answer.out.empty() || !entry.answer.err.empty()) {
            object.refuse("has `throws` beside an exit code or output");
        }
        entry.thrown = read_thrown(object.at("throws"), place);
    } else {
        entry.answer.exit_code = static_cast<int>(object.integer("exit_code", 255));
    }
    if (object.has("duration_ms")) {
        entry.duration =
            std::chrono::milliseconds(object.integer("duration_ms", std::numeric_limits<std::int64_t>::max() / 1'000'000));
    }
    entry.repeat = object.has("repeat") && object.flag("repeat");
    return entry;
}

/// Parses a document of which nothing may be lost: a key that stands twice is an error.
[[nodiscard]] inline boost::json::value parse_strictly(std::string_view text, std::string const& place)
{
    boost::json::parse_options options;
    options.max_depth = deepest_tape;
    boost::json::parser parser({}, options);
    boost::system::error_code failed;
    auto const length = parser.write_some(text.data(), text.size(), failed);
    auto const rest = std::min(text.find_first_not_of(" \t\r\n", length), text.size());
    if (failed || rest < text.size()) {
        auto const line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(failed ? length : rest), '\n');
        throw error(error_kind::tape, place + " is not JSON: line " + std::to_string(line) + ": " +
                                          (failed ? failed.message() : std::string("something follows the document")));
    }
    auto document = parser.release();
    if (find_tokens(text).members != find_tokens(boost::json::serialize(document)).members) {
        throw error(error_kind::tape, place + " has an object with the same key twice");
    }
    return document;
}

} // namespace detail

/// Reads a tape from its document. `source` names it in messages. Throws `tape` where it is not one; entries are counted from 1.
[[nodiscard]] inline tape parse_tape(std::string_view text, std::string source = {})
{
    auto const place = source.empty() ? std::string("tape") : "tape `" + source + "`";
    auto const document = detail::parse_strictly(text, place);
    detail::tape_object const object(document, place, {"format", "govc", "recorded", "host", "commands"});
    if (auto const format = object.integer("format", std::numeric_limits<std::int32_t>::max()); format != tape_format) {
        object.refuse("has format " + std::to_string(format) + "; this library reads format " + std::to_string(tape_format));
    }
    if (object.text("host") != "{host}") {
        object.refuse("names a host; write {host}, which stands for the one that it is replayed for");
    }
    tape read{object.text("govc"), object.text("recorded"), {}, std::move(source)};
    auto const& commands = object.array("commands");
    for (auto const& command : commands) {
        read.entries.push_back(detail::read_entry(command, place + ", entry " + std::to_string(read.entries.size() + 1)));
    }
    return read;
}

/// Reads a tape from a file. Throws `unavailable` if no descriptor is left, and `tape` if it cannot be read, or is not one; also where it is a symbolic link, no regular file,
/// or of another user (not this one, root, or the owner of its directory).
[[nodiscard]] inline tape load_tape(std::string const& path)
{
    auto const found = detail::read_guarded_file(path, detail::file_owners::placed);
    if (!found.text) {
        throw error(detail::errno_kind(found.failure, error_kind::tape), "cannot read tape `" + path + "`: " + found.why);
    }
    return parse_tape(*found.text, path);
}

} // namespace esxi
