// SPDX-License-Identifier: Apache-2.0
// Takes the qualifiers of an OVF property apart (DSP0243 9.5.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/lower_case.hpp>

namespace esxi::govc::detail {

[[nodiscard]] inline bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Where the list ends that begins here, quotes taken into account.
[[nodiscard]] inline std::size_t end_of_list(std::string_view text, char close)
{
    char quote = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote != 0 && text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            quote = 0;
        } else if (quote == 0 && (text[i] == '"' || text[i] == '\'')) {
            quote = text[i];
        } else if (quote == 0 && text[i] == close) {
            return i;
        }
    }
    return text.size();
}

/// As `"a", 'b', 3`.
[[nodiscard]] inline std::vector<std::string> list_of(std::string_view text)
{
    std::vector<std::string> list;
    while (text.find_first_not_of(" \t\n") != std::string_view::npos) {
        text.remove_prefix(text.find_first_not_of(" \t\n"));
        std::string item;
        if (char const quote = text.front(); quote == '"' || quote == '\'') {
            std::size_t i = 1;
            for (; i < text.size() && text[i] != quote; ++i) {
                i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
                item += text[i];
            }
            text.remove_prefix(std::min(text.find(',', i), text.size()));
        } else {
            item = text.substr(0, text.find(','));
            text.remove_prefix(item.size());
            item.erase(item.find_last_not_of(" \t\n") + 1);
        }
        text.remove_prefix(text.empty() ? 0 : 1);
        list.push_back(std::move(item));
    }
    return list;
}

/// Calls `visit` with the name, in lower case, and the arguments of each qualifier: `MinLen(1), MaxLen(8) ValueMap{"a", "b"} Ip('n')`.
template <class Visit>
void visit_qualifiers(std::string_view text, Visit const& visit)
{
    while (!text.empty()) {
        auto const begin = std::find_if(text.begin(), text.end(), is_letter);
        auto const end = std::find_if_not(begin, text.end(), is_letter);
        auto const name = esxi::detail::lower_case({begin, end});
        text = {end, text.end()};
        text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
        std::string_view arguments;
        if (!text.empty() && (text.front() == '(' || text.front() == '{')) {
            auto const close = end_of_list(text, text.front() == '(' ? ')' : '}');
            arguments = text.substr(1, close - 1);
            text.remove_prefix(std::min(close + 1, text.size()));
        }
        if (!name.empty()) {
            visit(name, list_of(arguments));
        }
    }
}

} // namespace esxi::govc::detail
