// SPDX-License-Identifier: Apache-2.0
// JSON as govc prints it: parsing with bounds, and members whose name begins with a small or a capital letter (that changed from
// version to version, and one output can mix both).
#pragma once

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/error.hpp>

namespace esxi::govc::detail {

/// How deep govc's output may be nested. A chain of 32 snapshots, the most a host takes, comes to about 70.
inline constexpr std::size_t deepest_output = 256;

[[nodiscard]] inline boost::json::parse_options output_options()
{
    boost::json::parse_options options;
    options.max_depth = deepest_output;
    return options;
}

/// Throws `govc`: the output is not what that command prints.
[[noreturn]] inline void refuse_output(std::string const& what)
{
    throw error(error_kind::govc, "its output cannot be read: " + what);
}

/// The one document that the text is. Throws `govc` where it is none.
[[nodiscard]] inline boost::json::value parse_output(std::string_view text, boost::json::storage_ptr memory = {})
{
    boost::system::error_code failed;
    auto document =
        boost::json::parse(boost::json::string_view(text.data(), text.size()), failed, std::move(memory), output_options());
    if (failed) {
        refuse_output(text.find_first_not_of(" \t\r\n") == std::string_view::npos ? "it is empty"
                                                                                  : "it is not JSON: " + failed.message());
    }
    return document;
}

/// The member of this name, given with a small first letter; null where it is absent, is null, or `value` is no object.
[[nodiscard]] inline boost::json::value const* member(boost::json::value const* value, std::string_view name)
{
    auto const* object = value != nullptr ? value->if_object() : nullptr;
    if (object == nullptr) {
        return nullptr;
    }
    auto const* found = object->if_contains(boost::json::string_view(name.data(), name.size()));
    if (found == nullptr) {
        std::string capital(name);
        capital.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(capital.front())));
        found = object->if_contains(capital);
    }
    return found == nullptr || found->is_null() ? nullptr : found;
}

/// The value at a path of member names, as `config.hardware.numCPU`.
[[nodiscard]] inline boost::json::value const* member_at(boost::json::value const* value, std::string_view path)
{
    while (value != nullptr && !path.empty()) {
        auto const dot = path.find('.');
        value = member(value, path.substr(0, dot));
        path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
    }
    return value;
}

/// The text there; empty where there is none.
[[nodiscard]] inline std::string text_of(boost::json::value const* value)
{
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The whole number there; unset where there is none.
[[nodiscard]] inline std::optional<std::int64_t> number_of(boost::json::value const* value)
{
    if (value == nullptr || !value->is_int64()) {
        return std::nullopt; // govc writes vSphere's int and long, which fit
    }
    return value->get_int64();
}

[[nodiscard]] inline bool flag_of(boost::json::value const* value)
{
    return value != nullptr && value->is_bool() && value->get_bool();
}

} // namespace esxi::govc::detail
