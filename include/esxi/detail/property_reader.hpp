// SPDX-License-Identifier: Apache-2.0
// Reads a node's properties one by one; what is wrong with one is a `config` error that names it.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <esxi/detail/url_credentials.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>
#include <esxi/secret_text.hpp>

namespace esxi::detail {

/// Typed access to properties. Null and empty text are the same as a property that is not there.
class property_reader {
public:
    /// `node_type` names the node in messages, as `VM`. `known` are the properties that a node of this type has.
    property_reader(boost::json::object const& properties, std::string node_type, std::span<std::string_view const> known)
        : properties_(properties), node_type_(std::move(node_type))
    {
        for (auto const& entry : properties) {
            bool is_known = false;
            std::string names;
            for (auto name : known) {
                is_known = is_known || name == std::string_view(entry.key());
                names += (names.empty() ? "" : ", ") + std::string(name);
            }
            if (!is_known) {
                throw error(error_kind::config, node_type_ + " has no property " + in_quotes(entry.key()) + "; it has " + names);
            }
        }
        if (auto const* name = find("name"); name != nullptr && name->is_string()) {
            node_name_ = std::string(name->get_string());
        }
    }

    /// Throws the `config` error for a property: what it was (of a secret, only its type) and what is allowed.
    [[noreturn]] void refuse(std::string_view property, std::string_view allowed, bool secret = false) const
    {
        std::string message = "property `" + std::string(property) + "` of " + node_type_;
        if (!node_name_.empty() && property != "name") {
            message += " `" + printable(node_name_.substr(0, 120)) + "`";
        }
        auto const* value = given(property);
        if (value == nullptr || value->is_null()) {
            message += " is missing";
        } else if (value->is_string() && value->get_string().empty()) {
            message += " is empty";
        } else if (secret || value->is_structured()) {
            message += " is " + type_of(*value) + ", not shown here";
        } else {
            // As JSON, so that "2" and 2 look different.
            auto const shown = boost::json::serialize(
                value->is_string() ? boost::json::value(without_credentials(value->get_string())) : *value);
            message += " is " + printable(shown.substr(0, 120)) + (shown.size() > 120 ? "..." : "");
        }
        throw error(error_kind::config, message + "; allowed is " + std::string(allowed));
    }

    /// Whether the property is there and is the empty text, which elsewhere is the same as its absence.
    [[nodiscard]] bool is_empty_text(std::string_view property) const
    {
        auto const* value = given(property);
        return value != nullptr && value->is_string() && value->get_string().empty();
    }

    /// Text, or empty where the property is unset.
    [[nodiscard]] std::string text(std::string_view property) const
    {
        auto const found = seen_text(property, false);
        if (!fits_xml(found)) {
            refuse(property, "a text without control characters, which a host would change");
        }
        return std::string(found);
    }

    /// Text that govc is given after `option`: an operating system takes 128 KiB in one argument, its end mark included.
    [[nodiscard]] std::string argument(std::string_view property, std::string_view option) const
    {
        auto found = text(property);
        auto const most = std::size_t{128} * 1024 - 1 - option.size();
        if (found.size() > most) {
            refuse(property, "a text of up to " + std::to_string(most) + " bytes, as one argument of a command takes; it has " +
                                 std::to_string(found.size()));
        }
        return found;
    }

    [[nodiscard]] std::string required_text(std::string_view property, std::string_view what) const
    {
        auto found = text(property);
        if (found.empty()) {
            refuse(property, what);
        }
        return found;
    }

    /// Like `required_text`, for what is shown in no message, and may have control characters in it.
    [[nodiscard]] secret_text required_secret(std::string_view property, std::string_view what) const
    {
        auto const found = seen_text(property, true);
        if (found.empty()) {
            refuse(property, what, true);
        }
        return found;
    }

    [[nodiscard]] bool flag(std::string_view property, bool otherwise) const
    {
        auto const* value = find(property);
        if (value == nullptr) {
            return otherwise;
        }
        if (!value->is_bool()) {
            refuse(property, "true or false");
        }
        return value->get_bool();
    }

    /// A whole number within bounds that is a multiple of `step`.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view property, std::int64_t lowest, std::int64_t highest,
                                                      std::string_view unit, std::int64_t step = 1) const
    {
        auto const* value = find(property);
        if (value == nullptr) {
            return std::nullopt;
        }
        auto allowed =
            "a whole number " + std::string(unit) + " from " + std::to_string(lowest) + " to " + std::to_string(highest);
        if (step > 1) {
            allowed += " that is a multiple of " + std::to_string(step);
        }
        std::int64_t number = 0;
        if (value->is_int64()) {
            number = value->get_int64();
        } else if (value->is_uint64() &&
                   value->get_uint64() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            number = static_cast<std::int64_t>(value->get_uint64());
        } else {
            refuse(property, allowed);
        }
        if (number < lowest || number > highest || number % step != 0) {
            refuse(property, allowed);
        }
        return number;
    }

    [[nodiscard]] std::chrono::seconds seconds(std::string_view property, std::chrono::seconds otherwise) const
    {
        constexpr std::int64_t week = 7 * 24 * 3600;
        return std::chrono::seconds(integer(property, 0, week, "of seconds").value_or(otherwise.count()));
    }

    /// One of the given texts, compared exactly; its index.
    [[nodiscard]] std::size_t one_of(std::string_view property, std::initializer_list<std::string_view> choices,
                                     std::size_t otherwise) const
    {
        auto const found = text(property);
        if (found.empty()) {
            return otherwise;
        }
        std::string allowed;
        std::size_t index = 0;
        for (auto choice : choices) {
            if (choice == found) {
                return index;
            }
            allowed += (index++ == 0 ? "" : ", ") + std::string(choice);
        }
        refuse(property, "one of " + allowed);
    }

    /// A map of text to text; a value may also be a number or a boolean, and is then taken as people write it. No value is shown
    /// in a message: it may be a password.
    [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view property) const
    {
        std::map<std::string, std::string> found;
        auto const* value = find(property);
        if (value == nullptr) {
            return found;
        }
        if (!value->is_object()) {
            refuse(property, "a map of texts", true);
        }
        for (auto const& entry : value->get_object()) {
            auto const& item = entry.value();
            if (entry.key().empty() || item.is_null() || item.is_structured()) {
                refuse(property, "a map of texts, no key empty; that of " + in_quotes(entry.key()) + " is " + type_of(item),
                       true);
            }
            auto value_text = item.is_string()   ? std::string(item.get_string())
                              : item.is_double() ? plain_number(item.get_double())
                                                 : boost::json::serialize(item);
            if (!is_utf8(value_text) || !is_utf8(entry.key()) || !fits_xml(value_text)) {
                refuse(property,
                       "a map of texts in UTF-8, without control characters; that of " + in_quotes(entry.key()) + " is none",
                       true);
            }
            found.emplace(std::string(entry.key()), std::move(value_text));
        }
        return found;
    }

    /// The name of a VM or snapshot: what a host takes and govc can reach.
    [[nodiscard]] std::string entity_name(std::string_view property) const
    {
        constexpr std::string_view what = "a name of 1 to 80 characters, no control characters, not `.` or `..`";
        auto name = required_text(property, what);
        std::size_t characters = 0;
        for (std::string_view rest = name; !rest.empty(); ++characters) {
            auto const character = rest.substr(0, utf8_length(rest));
            auto const first = static_cast<unsigned char>(character.front());
            bool const c0 = character.size() == 1 && (first < 0x20 || first == 0x7f);
            bool const c1 = character.size() == 2 && first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
            if (c0 || c1) {
                refuse(property, what);
            }
            rest.remove_prefix(character.size());
        }
        if (characters > 80 || name == "." || name == "..") {
            refuse(property, what);
        }
        return name;
    }

private:
    /// As it was given, if it was.
    [[nodiscard]] boost::json::value const* given(std::string_view property) const
    {
        return properties_.if_contains(boost::json::string_view(property.data(), property.size()));
    }

    /// As far as it is set.
    [[nodiscard]] boost::json::value const* find(std::string_view property) const
    {
        auto const* value = given(property);
        return value == nullptr || value->is_null() || is_empty_text(property) ? nullptr : value;
    }

    [[nodiscard]] static std::string type_of(boost::json::value const& value)
    {
        return value.is_null()     ? "null"
               : value.is_bool()   ? "true or false"
               : value.is_number() ? "a number"
               : value.is_string() ? "a text"
               : value.is_array()  ? "a list"
                                   : "a map";
    }

    /// The text where it stands.
    [[nodiscard]] std::string_view seen_text(std::string_view property, bool secret) const
    {
        auto const* value = find(property);
        if (value == nullptr) {
            return {};
        }
        if (!value->is_string()) {
            refuse(property, "a text", secret);
        }
        std::string_view const found(value->get_string().data(), value->get_string().size());
        if (found.find('\0') != std::string_view::npos) {
            refuse(property, "a text without NUL characters", secret);
        }
        if (!is_utf8(found)) {
            refuse(property, "a text in UTF-8", secret);
        }
        return found;
    }

    /// Of a text with a URL in it, nothing between that and the last `@`, whatever stands there.
    [[nodiscard]] static std::string without_credentials(std::string_view text)
    {
        auto const scheme = text.find("://");
        auto const at = text.rfind('@');
        if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme) {
            return std::string(text);
        }
        return std::string(text.substr(0, scheme + 3)) + std::string(redacted_mark) + std::string(text.substr(at));
    }

    [[nodiscard]] static std::string plain_number(double number)
    {
        char digits[32];
        return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
    }

    boost::json::object const& properties_;
    std::string node_type_;
    std::string node_name_;
};

} // namespace esxi::detail
