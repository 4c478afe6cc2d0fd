// SPDX-License-Identifier: Apache-2.0
// govc's two dialects of JSON, which differ in the first letter of each member's name.
#pragma once

#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include <esxi/govc/json_fields.hpp>

namespace fuzz {

/// Gives each member a name with a capital first letter; false where two members of one object would then share one.
inline bool capitalize(boost::json::value& value)
{
    if (auto* items = value.if_array()) {
        for (auto& item : *items) {
            if (!capitalize(item)) {
                return false;
            }
        }
    } else if (auto* members = value.if_object()) {
        boost::json::object changed;
        for (auto& member : *members) {
            std::string name(member.key());
            if (!name.empty()) {
                name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
            }
            if (!capitalize(member.value()) || !changed.emplace(name, std::move(member.value())).second) {
                return false;
            }
        }
        value = std::move(changed);
    }
    return true;
}

/// One document as the older dialect has it; nothing where it is no document, or cannot be told in that dialect.
inline std::optional<std::string> in_old_dialect(std::string_view text)
{
    boost::json::error_code failed;
    auto document = boost::json::parse({text.data(), text.size()}, failed, {}, esxi::govc::detail::output_options());
    if (failed || !capitalize(document)) {
        return std::nullopt;
    }
    return boost::json::serialize(document);
}

} // namespace fuzz
