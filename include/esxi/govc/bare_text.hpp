// SPDX-License-Identifier: Apache-2.0
// The words of a failure alone: without the names, paths and warnings in it, so that a name which reads like an error is not taken
// for one.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>

#include <esxi/command.hpp>
#include <esxi/govc/names.hpp>

namespace esxi::govc::detail {

[[nodiscard]] inline std::string lower(std::string_view text)
{
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return small;
}

inline void replace_all(std::string& text, std::string const& what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

/// The text with the names that the command sent taken out: they may hold quotes, or read like an error. A name stands in quotes, as
/// it was sent or as a host knows it; a path or URL stands anywhere.
[[nodiscard]] inline std::string without_arguments(std::string text, command const& sent)
{
    std::vector<std::pair<std::string, std::string_view>> replaced; // what -> with what
    for (std::string_view argument : sent.argv) {
        if (argument.starts_with('-')) {
            argument.remove_prefix(std::min(argument.find('='), argument.size() - 1) + 1);
        }
        if (argument.empty()) {
            continue;
        }
        if (argument.starts_with('/') || argument.find("://") != std::string_view::npos) {
            replaced.emplace_back(argument, "/");
            continue;
        }
        std::string bare; // without what `name_argument` adds
        for (auto rest = argument.substr(argument.starts_with("./") ? 2 : 0); !rest.empty(); rest.remove_prefix(1)) {
            if (rest.size() > 1 && rest[0] == '\\') {
                rest.remove_prefix(1);
            }
            bare += rest[0];
        }
        for (auto const& name : {std::string(argument), bare, shown_name(bare)}) {
            replaced.emplace_back("'" + name + "'", "''");
            replaced.emplace_back(boost::json::serialize(boost::json::string_view(name)), "\"\"");
        }
    }
    // The longest first: a VM's name may hold another argument in quotes.
    std::sort(replaced.begin(), replaced.end(),
              [](auto const& one, auto const& other) { return one.first.size() > other.first.size(); });
    for (auto const& [what, with] : replaced) {
        replace_all(text, what, with);
    }
    return text;
}

/// Where in a line, with a path such as `[ds] vm/vm.vmdk` in it, the extension of the file is to be looked for: behind the VM's name,
/// which may look like a file itself and stands there twice.
[[nodiscard]] inline std::size_t find_datastore_file(std::string_view line)
{
    auto const bracket = line.find("] ");
    auto const slash = bracket == std::string_view::npos ? bracket : line.find('/', bracket);
    if (slash == std::string_view::npos) {
        return bracket;
    }
    auto const folder = line.substr(bracket + 2, slash - bracket - 2);
    return line.substr(slash + 1).starts_with(folder) ? slash + 1 + folder.size() : bracket;
}

/// The text with paths on a datastore, such as `[ds] vm/vm.vmdk`, taken out: they hold names of VMs.
[[nodiscard]] inline std::string without_datastore_paths(std::string_view text)
{
    constexpr auto none = std::string_view::npos;
    std::string bare;
    for (auto begin = text.find('['); begin != none; begin = text.find('[')) {
        auto const line = text.substr(begin, text.find('\n', begin) - begin);
        auto const path = find_datastore_file(line);
        auto end = none;
        for (std::string_view const extension :
             {".vmdk", ".vmx", ".vmsn", ".vmsd", ".vmss", ".vmem", ".nvram", ".vswp", ".iso"}) {
            if (auto const found = line.find(extension, path); found != none) {
                end = std::min(end, found + extension.size());
            }
        }
        bare += text.substr(0, end == none ? begin + 1 : begin);
        text.remove_prefix(begin + (end == none ? 1 : end));
    }
    return bare.append(text);
}

/// The text without lines that only warn.
[[nodiscard]] inline std::string without_warnings(std::string_view text)
{
    std::string kept;
    while (!text.empty()) {
        auto const line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        if (!line.starts_with("Warning: ")) {
            kept += line;
        }
        text.remove_prefix(line.size());
    }
    return kept;
}

/// The text without the VM's name in the frames that put it there without quotes.
[[nodiscard]] inline std::string without_framed_names(std::string text)
{
    constexpr std::pair<std::string_view, std::string_view> frames[] = {{"powering on VM ", "\n"},
                                                                        {"power on virtual machine ", ". "}};
    for (auto const& [begin, end] : frames) {
        for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
            at += begin.size();
            text.erase(at, std::min(text.find(end, at), text.find('\n', at)) - at);
        }
    }
    return text;
}

/// The text in lower case with what is named or quoted in it taken out, and warnings, so that a name which reads like an error is
/// not taken for one. The name of a module or of an element of OVF is the host's own word, and stays.
[[nodiscard]] inline std::string without_names(std::string_view said, command const& sent)
{
    constexpr std::size_t most = 8192; // a reason is never that far behind, and hostile text costs the square of it
    auto const text =
        without_framed_names(without_datastore_paths(without_arguments(without_warnings(said.substr(0, most)), sent)));
    std::string bare;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const quote = text[i];
        // An apostrophe inside a word opens nothing.
        bool const opens =
            quote == '"' || (quote == '\'' && (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0) &&
                             !bare.ends_with("Module ") && !bare.ends_with("element "));
        auto end = opens ? i + 1 : std::string::npos;
        auto const closes = [&](std::size_t at) {
            return text[at] == quote &&
                   (quote == '"' || at + 1 == text.size() || std::isalnum(static_cast<unsigned char>(text[at + 1])) == 0);
        };
        while (end < text.size() && !closes(end)) {
            end += text[end] == '\\' && quote == '"' ? 2 : 1;
        }
        bare += quote;
        if (end < text.size()) {
            bare += quote;
            i = end;
        }
    }
    return lower(bare);
}

} // namespace esxi::govc::detail
