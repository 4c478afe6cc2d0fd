// SPDX-License-Identifier: Apache-2.0
// One object of a tape: what is wrong with it is an error that names the place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/detail/base64.hpp>
#include <esxi/detail/json_text.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// Reads one object of a tape: its keys are known ones, its values of the right type.
class tape_object {
public:
    /// `place` names the object in messages.
    tape_object(boost::json::value const& value, std::string place, std::initializer_list<std::string_view> known)
        : place_(std::move(place))
    {
        if (!value.is_object()) {
            refuse("is not an object");
        }
        object_ = &value.get_object();
        for (auto const& member : *object_) {
            if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
                std::string message = "has an unknown key `" + std::string(member.key()) + "`; known are";
                for (auto name : known) {
                    message += (name == *known.begin() ? " " : ", ") + std::string(name);
                }
                refuse(message);
            }
        }
    }

    [[noreturn]] void refuse(std::string const& why) const { throw error(error_kind::tape, place_ + " " + why); }

    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }

    [[nodiscard]] boost::json::value const& at(std::string_view key) const
    {
        auto const* value = find(key);
        if (value == nullptr) {
            refuse("has no `" + std::string(key) + "`");
        }
        return *value;
    }

    [[nodiscard]] std::string text(std::string_view key) const
    {
        if (!at(key).is_string()) {
            refuse_type(key, "text");
        }
        return std::string(at(key).get_string());
    }

    [[nodiscard]] bool flag(std::string_view key) const
    {
        if (!at(key).is_bool()) {
            refuse_type(key, "true or false");
        }
        return at(key).get_bool();
    }

    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t highest) const
    {
        auto const* number = at(key).if_int64();
        if (number == nullptr || *number < 0 || *number > highest) {
            refuse_type(key, "a whole number from 0 to " + std::to_string(highest));
        }
        return *number;
    }

    [[nodiscard]] boost::json::array const& array(std::string_view key) const
    {
        if (!at(key).is_array()) {
            refuse_type(key, "an array");
        }
        return at(key).get_array();
    }

    [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view key) const
    {
        auto const* map = at(key).if_object();
        std::map<std::string, std::string> read;
        for (auto const& member : map == nullptr ? boost::json::object() : *map) {
            if (!member.value().is_string()) {
                map = nullptr;
                break;
            }
            read.emplace(member.key(), member.value().get_string());
        }
        if (map == nullptr) {
            refuse_type(key, "a map of texts");
        }
        return read;
    }

    /// What `put_text` put there under this name.
    [[nodiscard]] std::string kept_text(std::string const& name) const
    {
        auto const documents = name + "_documents";
        auto const base64 = name + "_base64";
        if (has(name) + has(documents) + has(base64) > 1) {
            refuse("has `" + name + "` in more than one form");
        }
        if (has(documents)) {
            auto const& items = array(documents);
            if (items.empty() ||
                !std::all_of(items.begin(), items.end(), [](auto const& item) { return item.is_structured(); })) {
                refuse_type(documents, "an array of objects or arrays, not empty");
            }
            return write_documents({items.begin(), items.end()});
        }
        if (has(base64)) {
            auto bytes = from_base64(text(base64));
            if (!bytes) {
                refuse_type(base64, "base64 with padding");
            }
            return std::move(*bytes);
        }
        if (has(name) && at(name).is_structured()) {
            return write_documents({at(name)});
        }
        return has(name) ? text(name) : std::string();
    }

private:
    [[nodiscard]] boost::json::value const* find(std::string_view key) const
    {
        return object_->if_contains(boost::json::string_view(key.data(), key.size()));
    }

    [[noreturn]] void refuse_type(std::string_view key, std::string const& allowed) const
    {
        refuse("has a `" + std::string(key) + "` that is not " + allowed);
    }

    boost::json::object const* object_ = nullptr;
    std::string place_;
};

} // namespace esxi::detail
