// SPDX-License-Identifier: Apache-2.0
// Writes JSON for people: a key a line, two spaces a level, short lists of plain values in one line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <esxi/printable.hpp>

namespace esxi::detail {

inline void append_pretty(std::string& text, boost::json::value const& value, std::size_t level)
{
    constexpr std::size_t widest = 120;
    std::string const margin(2 * level, ' ');
    if (value.is_object() && !value.get_object().empty()) {
        char const* before = "{\n";
        for (auto const& member : value.get_object()) {
            text += before + margin + "  " + boost::json::serialize(member.key()) + ": ";
            append_pretty(text, member.value(), level + 1);
            before = ",\n";
        }
        text += "\n" + margin + "}";
    } else if (value.is_array() && !value.get_array().empty()) {
        auto const& items = value.get_array();
        if (std::none_of(items.begin(), items.end(), [](auto const& item) { return item.is_structured(); })) {
            std::string line;
            for (auto const& item : items) {
                line += (line.empty() ? "[" : ", ") + boost::json::serialize(item);
            }
            if (line.size() + margin.size() < widest) {
                text += line + "]";
                return;
            }
        }
        char const* before = "[\n";
        for (auto const& item : items) {
            text += before + margin + "  ";
            append_pretty(text, item, level + 1);
            before = ",\n";
        }
        text += "\n" + margin + "]";
    } else {
        text += boost::json::serialize(value);
    }
}

/// The value as text, ended by a line feed, and safe for a terminal. The same value gives the same text.
[[nodiscard]] inline std::string pretty_json(boost::json::value const& value)
{
    std::string text;
    append_pretty(text, value, 0);
    return printable_json(text) + "\n";
}

} // namespace esxi::detail
