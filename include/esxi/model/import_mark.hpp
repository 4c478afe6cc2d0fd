// SPDX-License-Identifier: Apache-2.0
// The mark that a running import leaves, on the VM and in the runtime properties, so that a later run can tell whose it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace esxi {

/// What an import's token begins with; 32 hex digits follow.
inline constexpr std::string_view import_token_prefix = "esxi-import-";

/// The import token in a VM's annotation; empty where there is none.
[[nodiscard]] inline std::string find_import_token(std::string_view annotation)
{
    constexpr std::size_t digits = 32;
    for (auto at = annotation.find(import_token_prefix); at != std::string_view::npos;
         at = annotation.find(import_token_prefix, at + 1)) {
        auto const token = annotation.substr(at, import_token_prefix.size() + digits);
        auto const hex = token.substr(std::min(token.size(), import_token_prefix.size()));
        if (hex.size() == digits && hex.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
            return std::string(token);
        }
    }
    return {};
}

/// The advanced setting of a VM that says who imported it.
inline constexpr std::string_view owner_setting = "esxi.imported_by";

/// The value of that setting: the owner, then the VM's instance uuid, which a copy of the VM does not share.
[[nodiscard]] inline std::string owner_mark(std::string_view owner, std::string_view instance_uuid)
{
    return std::string(owner) + " " + std::string(instance_uuid);
}

/// The owner in that value; empty if it is the mark of another VM, or none.
[[nodiscard]] inline std::string find_owner(std::string_view mark, std::string_view instance_uuid)
{
    auto const space = mark.rfind(' ');
    return space != std::string_view::npos && !instance_uuid.empty() && mark.substr(space + 1) == instance_uuid
               ? std::string(mark.substr(0, space))
               : std::string();
}

/// The runtime property `import`: who is importing, since when. All empty where no import was begun.
struct import_mark {
    std::string token;            ///< See `import_token_prefix`.
    std::string machine;          ///< See `process_identity::machine`.
    std::int64_t pid = 0;         ///< 0: that run knows that its import has ended.
    std::int64_t pid_started = 0; ///< See `process_identity::started`.
    std::int64_t started = 0;     ///< Seconds since 1970.
};

/// The mark as a runtime property.
[[nodiscard]] inline boost::json::object to_json(import_mark const& mark)
{
    return {{"token", mark.token},
            {"machine", mark.machine},
            {"pid", mark.pid},
            {"pid_started", mark.pid_started},
            {"started", mark.started}};
}

/// Reads the runtime property; what is missing or of another type is left empty.
[[nodiscard]] inline import_mark read_import_mark(boost::json::value const* value)
{
    import_mark mark;
    if (value == nullptr || !value->is_object()) {
        return mark;
    }
    auto const& object = value->get_object();
    auto const text = [&object](char const* key) {
        auto const* found = object.if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    auto const number = [&object](char const* key) {
        auto const* found = object.if_contains(key);
        return found != nullptr && found->is_int64() ? found->get_int64() : 0;
    };
    mark.token = text("token");
    mark.machine = text("machine");
    mark.pid = number("pid");
    mark.pid_started = number("pid_started");
    mark.started = number("started");
    return mark;
}

} // namespace esxi
