// SPDX-License-Identifier: Apache-2.0
// Tells text that is JSON, one document or several, from text that is not, or that would not survive being kept as JSON.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace esxi::detail {

/// How deep a document in a tape may be nested, and the tape around it.
inline constexpr std::size_t deepest_document = 96;
inline constexpr std::size_t deepest_tape = deepest_document + 8;

/// What a reader of JSON may lose: members under a key that stands twice, and the digits of numbers.
struct json_tokens {
    std::size_t members = 0;
    std::vector<std::string_view> numbers{};
};

/// Finds them in text that is known to be JSON.
[[nodiscard]] inline json_tokens find_tokens(std::string_view json)
{
    json_tokens found;
    for (std::size_t i = 0; i < json.size(); ++i) {
        char const c = json[i];
        if (c == '"') {
            for (++i; i < json.size() && json[i] != '"'; ++i) {
                i += json[i] == '\\' ? 1 : 0;
            }
        } else if (c == ':') {
            ++found.members;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            auto const number = json.substr(i, json.find_first_not_of("0123456789+-.eE", i) - i);
            found.numbers.push_back(number);
            i += number.size() - 1;
        }
    }
    return found;
}

/// Whether two texts of a number mean the same one. Whole numbers must agree digit by digit.
[[nodiscard]] inline bool same_number(std::string_view a, std::string_view b)
{
    if (a == b) {
        return true;
    }
    if (a.find_first_of(".eE") == std::string_view::npos) {
        return false;
    }
    double x = 0;
    double y = 0;
    // An answer other than no error is a number too large or too small for a double.
    return std::from_chars(a.data(), a.data() + a.size(), x).ec == std::errc{} &&
           std::from_chars(b.data(), b.data() + b.size(), y).ec == std::errc{} && x == y;
}

/// Reads the document, an object or array, that the text begins with, and removes it from there.
[[nodiscard]] inline std::optional<boost::json::value> take_document(std::string_view& text)
{
    boost::json::parse_options options;
    options.max_depth = deepest_document;
    boost::json::stream_parser parser({}, options);
    boost::system::error_code failed;
    auto const length = parser.write_some(text.data(), text.size(), failed);
    if (failed || !parser.done()) {
        return std::nullopt;
    }
    auto document = parser.release();
    auto const compact = boost::json::serialize(document);
    auto const before = find_tokens(text.substr(0, length));
    auto const after = find_tokens(compact);
    if (before.members != after.members || before.numbers.size() != after.numbers.size()) {
        return std::nullopt;
    }
    bool rewritten = false;
    for (std::size_t i = 0; i < before.numbers.size(); ++i) {
        if (!same_number(before.numbers[i], after.numbers[i])) {
            return std::nullopt;
        }
        rewritten = rewritten || before.numbers[i] != after.numbers[i];
    }
    if (rewritten) {
        // The reader of a tape must find the number again that was written, to the last bit.
        parser.reset();
        parser.write(compact.data(), compact.size(), failed);
        if (failed || boost::json::serialize(parser.release()) != compact) {
            return std::nullopt;
        }
    }
    text.remove_prefix(length);
    return document;
}

/// The documents, each an object or an array, that the text consists of. Empty where it is anything else, or where keeping the
/// documents would lose something: a key that stands twice, a number with more digits than can be held.
[[nodiscard]] inline std::vector<boost::json::value> read_documents(std::string_view text)
{
    std::vector<boost::json::value> documents;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
        if (text.empty()) {
            return documents;
        }
        if (text.front() != '{' && text.front() != '[') {
            return {};
        }
        auto document = take_document(text);
        if (!document) {
            return {};
        }
        documents.push_back(std::move(*document));
    }
}

/// The documents as text: compact, a line each.
[[nodiscard]] inline std::string write_documents(std::vector<boost::json::value> const& documents)
{
    std::string text;
    for (auto const& document : documents) {
        text += boost::json::serialize(document) + '\n';
    }
    return text;
}

/// Applies `change` to each string in a document, keys included.
template <class Change>
void change_strings(boost::json::value& value, Change const& change)
{
    if (value.is_string()) {
        auto const& text = value.get_string();
        value = change(std::string_view(text.data(), text.size()));
    } else if (value.is_array()) {
        for (auto& item : value.get_array()) {
            change_strings(item, change);
        }
    } else if (value.is_object()) {
        boost::json::object changed(value.storage());
        for (auto& member : value.get_object()) {
            auto const key = change(std::string_view(member.key().data(), member.key().size()));
            change_strings(member.value(), change);
            changed.emplace(key, std::move(member.value()));
        }
        value = std::move(changed);
    }
}

/// Applies `change` to a text; where it is JSON, to each of its strings, so that nothing is changed which is not one.
template <class Change>
[[nodiscard]] std::string change_text(std::string_view text, Change const& change)
{
    auto documents = read_documents(text);
    if (documents.empty()) {
        return change(text);
    }
    for (auto& document : documents) {
        change_strings(document, change);
    }
    return write_documents(documents);
}

} // namespace esxi::detail
