// SPDX-License-Identifier: Apache-2.0
// Takes out of an output what a guest was told by way of its VM's extra configuration: passwords and user data stand there in clear.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/detail/json_text.hpp>
#include <esxi/detail/url_credentials.hpp>

namespace esxi::detail {

/// Whether it is the key of something that a guest reads: `guestinfo.*`, whatever its case.
[[nodiscard]] inline bool is_guestinfo(std::string_view key)
{
    constexpr std::string_view prefix = "guestinfo.";
    return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin(), [](char a, char b) {
               return a == static_cast<char>(b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
           });
}

/// Redacts the value of each `{key, value}` whose key is one. Whether there was any.
inline bool hide_guestinfo(boost::json::value& document)
{
    bool hidden = false;
    if (auto* items = document.if_array()) {
        for (auto& item : *items) {
            hidden = hide_guestinfo(item) || hidden;
        }
    } else if (auto* object = document.if_object()) {
        for (auto const* names : {"keyvalue", "KeyValue"}) { // in both dialects
            auto const* key = object->if_contains({names, 3});
            auto* value = object->if_contains({names + 3, 5});
            if (key != nullptr && value != nullptr && key->is_string() && is_guestinfo(key->get_string())) {
                *value = redacted_mark;
                hidden = true;
            }
        }
        for (auto& member : *object) {
            hidden = hide_guestinfo(member.value()) || hidden;
        }
    }
    return hidden;
}

/// The output without such values; as it is if it is not JSON, or has none.
[[nodiscard]] inline std::string without_guestinfo(std::string const& text)
{
    auto documents = read_documents(text);
    bool hidden = false;
    for (auto& document : documents) {
        hidden = hide_guestinfo(document) || hidden;
    }
    return hidden ? write_documents(documents) : text;
}

} // namespace esxi::detail
