// SPDX-License-Identifier: Apache-2.0
// Tells the encoding of an XML text.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <esxi/detail/lower_case.hpp>

namespace esxi::detail {

/// The byte order mark of UTF-8.
inline constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

/// `UTF-8`, also if the text does not say; `UTF-16` or `UTF-32`, by its first bytes; else what it says of itself.
[[nodiscard]] inline std::string encoding_of_xml(std::string_view text)
{
    using namespace std::string_view_literals;
    auto const begins = [&text](auto const&... marks) { return (text.starts_with(marks) || ...); };
    if (begins("\xff\xfe\0\0"sv, "\0\0\xfe\xff"sv, "<\0\0\0"sv, "\0\0\0<"sv)) {
        return "UTF-32";
    }
    if (begins("\xff\xfe"sv, "\xfe\xff"sv, "<\0"sv, "\0<"sv)) {
        return "UTF-16";
    }
    text.remove_prefix(begins(utf8_mark) ? utf8_mark.size() : 0);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    auto const declaration = begins("<?xml"sv) ? text.substr(0, text.find("?>")) : std::string_view();
    auto const word = declaration.find("encoding");
    auto const quote = word == std::string_view::npos ? word : declaration.find_first_of("\"'", word);
    if (quote == std::string_view::npos) {
        return "UTF-8";
    }
    auto const said = declaration.substr(quote + 1, declaration.find(declaration[quote], quote + 1) - quote - 1);
    return said.empty() || lower_case(said) == "utf-8" ? "UTF-8" : std::string(said);
}

} // namespace esxi::detail
