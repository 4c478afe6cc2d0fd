// SPDX-License-Identifier: Apache-2.0
// A tape: commands and what came of them, in order, as one JSON document that a person can read and edit. See docs/tapes.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/base64.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/detail/pretty_json.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>

namespace esxi {

/// The version of the format that this library writes, and the only one it reads.
inline constexpr std::int64_t tape_format = 1;

/// One command on a tape. All texts have placeholders in them.
struct tape_entry {
    command request{};
    output answer{};                     ///< Of no meaning where `thrown` is set.
    std::optional<error> thrown{};       ///< What the transport threw instead of answering.
    std::chrono::milliseconds duration{0};
    bool repeat = false;                 ///< Whether it may be answered again: a poll.
};

/// What was recorded, or written by hand.
struct tape {
    std::string govc_version{};          ///< As `0.56.0`; empty: unknown.
    std::string recorded{};              ///< When, as RFC 3339 has it.
    std::vector<tape_entry> entries{};
    std::string source{};                ///< Where it was read from, for messages; not part of the document.
};

namespace detail {

/// Puts a text under `name` as what is most readable of: a document, several, text, bytes in base64. Empty text is left out.
inline void put_text(boost::json::object& object, std::string const& name, std::string const& text)
{
    if (text.empty()) {
        return;
    }
    if (!is_utf8(text)) {
        object[name + "_base64"] = to_base64(text);
        return;
    }
    auto documents = read_documents(text);
    if (documents.empty()) {
        object[name] = text;
    } else if (documents.size() == 1) {
        object[name] = std::move(documents.front());
    } else {
        object[name + "_documents"] = boost::json::array(documents.begin(), documents.end());
    }
}

[[nodiscard]] inline boost::json::object to_json(tape_entry const& entry)
{
    boost::json::object object;
    object["argv"] = boost::json::array(entry.request.argv.begin(), entry.request.argv.end());
    put_text(object, "stdin", entry.request.input);
    if (!entry.request.files.empty()) {
        boost::json::object files;
        for (auto const& file : entry.request.files) {
            files[file.first] = redacted_mark; // whatever it says: nobody needs it, and it may be a password
        }
        object["files"] = std::move(files);
    }
    if (entry.thrown) {
        boost::json::object thrown{{"kind", to_string(entry.thrown->kind())}, {"message", entry.thrown->what()}};
        if (auto const after = entry.thrown->retry_after()) {
            thrown["retry_after_s"] = static_cast<std::int64_t>(after->count());
        }
        object["throws"] = std::move(thrown);
    } else {
        object["exit_code"] = entry.answer.exit_code;
        put_text(object, "stdout", entry.answer.out);
        put_text(object, "stderr", entry.answer.err);
    }
    object["duration_ms"] = static_cast<std::int64_t>(entry.duration.count());
    if (entry.repeat) {
        object["repeat"] = true;
    }
    return object;
}

} // namespace detail

/// The tape as its document. The same tape gives the same text.
[[nodiscard]] inline std::string to_text(tape const& t)
{
    boost::json::array entries;
    for (auto const& entry : t.entries) {
        entries.push_back(detail::to_json(entry));
    }
    return detail::pretty_json(boost::json::object{{"format", tape_format},
                                                   {"govc", t.govc_version},
                                                   {"recorded", t.recorded},
                                                   {"host", "{host}"},
                                                   {"commands", std::move(entries)}});
}

} // namespace esxi
