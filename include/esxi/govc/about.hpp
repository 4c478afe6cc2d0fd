// SPDX-License-Identifier: Apache-2.0
// Reads what `govc about -json` and `govc version` print.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>

#include <esxi/govc/json_fields.hpp>
#include <esxi/model/host.hpp>

namespace esxi::govc {

namespace detail {

/// What an object of the vSphere API type `AboutInfo` says. Throws `govc` if it is none.
[[nodiscard]] inline host_about about_of(boost::json::value const* value)
{
    host_about about{text_of(member(value, "version")), text_of(member(value, "build")), text_of(member(value, "apiType")),
                     text_of(member(value, "fullName"))};
    if (about.version.empty() && about.api_type.empty()) {
        refuse_output("it does not say what the host is");
    }
    return about;
}

} // namespace detail

/// Reads the output of `about -json`. Throws `govc` where it is not that.
[[nodiscard]] inline host_about read_about(std::string_view text)
{
    auto const document = detail::parse_output(text);
    return detail::about_of(detail::member(&document, "about"));
}

/// `0.56.0` out of `govc 0.56.0`, or `v0.56.0-rc1`; empty where the text is not of that form.
[[nodiscard]] inline std::string read_version(std::string_view text)
{
    auto const first = text.find_first_of("0123456789");
    if (first == std::string_view::npos || !text.starts_with("govc ")) {
        return {};
    }
    text.remove_prefix(first);
    std::string version(text.substr(0, text.find_first_not_of("0123456789.")));
    version.erase(version.find_last_not_of('.') + 1);
    return version.find('.') == std::string::npos ? std::string() : version;
}

/// Whether `0.56.0` is at least `major.minor`. A version that cannot be read is not.
[[nodiscard]] inline bool version_at_least(std::string_view version, int major, int minor)
{
    int have_major = 0;
    int have_minor = 0;
    auto const* const begin = version.data();
    auto const* const end = begin + version.size();
    auto const dot = std::from_chars(begin, end, have_major);
    if (dot.ec != std::errc{} || dot.ptr == end || *dot.ptr != '.' ||
        std::from_chars(dot.ptr + 1, end, have_minor).ec != std::errc{}) {
        return false;
    }
    return std::tie(have_major, have_minor) >= std::tie(major, minor);
}

} // namespace esxi::govc
