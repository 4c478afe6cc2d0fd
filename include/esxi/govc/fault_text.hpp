// SPDX-License-Identifier: Apache-2.0
// What a failed command said: plain text of govc's own, or the JSON of a fault that the host answered with.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/command.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/govc/progress.hpp>

namespace esxi::govc::detail {

/// A failure as it was put into words, and the fields that say more than words.
struct failure_text {
    std::string text{};           ///< For a person.
    std::string existing_state{}; ///< `poweredOn`, where a power state was in the way.
    std::string object_type{};    ///< `VirtualMachine`, where an object is gone.
    bool lacks_privilege = false;
};

[[nodiscard]] inline std::string_view stripped(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    auto const last = text.find_last_not_of(space);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Reads `{"fault":{...},"localizedMessage":...}` (of a task) or `{"Fault":{"Code","String","Detail":{"Fault":{...}}}}` (of a method).
/// Lines of text, such as warnings, may stand before it.
[[nodiscard]] inline std::optional<failure_text> read_fault(std::string_view text)
{
    auto const line = text.starts_with('{') ? 0 : text.find("\n{");
    if (line == std::string_view::npos) {
        return std::nullopt;
    }
    auto const json = text.substr(text[line] == '{' ? line : line + 1);
    boost::system::error_code failed;
    auto const document = boost::json::parse(boost::json::string_view(json.data(), json.size()), failed, {}, output_options());
    auto const* outer = failed ? nullptr : member(&document, "fault");
    if (outer == nullptr || !outer->is_object()) {
        return std::nullopt;
    }
    bool const of_method = member(outer, "code") != nullptr || member(outer, "string") != nullptr;
    auto const* fields = of_method ? member_at(outer, "detail.fault") : outer;
    failure_text said;
    said.text = std::string(stripped(text_of(of_method ? member(outer, "string") : member(&document, "localizedMessage"))));
    if (said.text.empty() && fields != nullptr) {
        said.text = boost::json::serialize(*fields);
    }
    if (auto const* messages = member(fields, "faultMessage"); messages != nullptr && messages->is_array()) {
        for (auto const& entry : messages->get_array()) {
            auto const message = text_of(member(&entry, "message"));
            if (!message.empty() && said.text.find(message) == std::string::npos) {
                said.text += (said.text.empty() ? "" : "; ") + message;
            }
        }
    }
    if (said.text.empty()) {
        said.text = boost::json::serialize(document);
    }
    said.existing_state = text_of(member(fields, "existingState"));
    said.object_type = text_of(member_at(fields, "obj.type"));
    said.lacks_privilege = member(fields, "privilegeId") != nullptr;
    return said;
}

/// The lines of an output that do not show the progress of an import.
[[nodiscard]] inline std::string without_progress(std::string_view text)
{
    std::string rest;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find_first_of("\r\n"));
        if (!line.empty() && !read_progress(line)) {
            rest.append(rest.empty() ? "" : "\n").append(line);
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return rest;
}

/// What a failed command said on standard error, or, where that is empty, on standard output.
[[nodiscard]] inline failure_text read_failure(output const& result)
{
    auto text = std::string(stripped(result.err));
    if (text.empty()) {
        text = without_progress(stripped(result.out));
    }
    if (text.empty() && result.exit_code > 128) {
        text = "it was ended by signal " + std::to_string(result.exit_code - 128);
    }
    if (auto fault = read_fault(text)) {
        return *fault;
    }
    return {text};
}

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

/// The text in lower case with what is named or quoted in it taken out, and warnings, so that a name which reads like an error is
/// not taken for one.
[[nodiscard]] inline std::string without_names(std::string_view said, command const& sent)
{
    constexpr std::size_t most = 8192; // a reason is never that far behind, and hostile text costs the square of it
    auto const text = without_datastore_paths(without_arguments(without_warnings(said.substr(0, most)), sent));
    std::string bare;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const quote = text[i];
        // An apostrophe inside a word opens nothing.
        bool const opens =
            quote == '"' || (quote == '\'' && (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0));
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
