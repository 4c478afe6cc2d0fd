// SPDX-License-Identifier: Apache-2.0
// What a failed command said: plain text of govc's own, or the JSON of a fault that the host answered with.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/command.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>

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
    boost::json::error_code failed;
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

/// What a failed command said on standard error, or, where that is empty, on standard output.
[[nodiscard]] inline failure_text read_failure(output const& result)
{
    auto text = stripped(result.err);
    if (text.empty()) {
        text = stripped(result.out);
    }
    if (auto fault = read_fault(text)) {
        return *fault;
    }
    return {std::string(text)};
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
    for (std::string_view argument : sent.argv) {
        if (argument.starts_with('-')) {
            argument.remove_prefix(std::min(argument.find('='), argument.size() - 1) + 1);
        }
        if (argument.starts_with('/') || argument.find("://") != std::string_view::npos) {
            replace_all(text, std::string(argument), "/");
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
            replace_all(text, "'" + name + "'", "''");
            replace_all(text, boost::json::serialize(boost::json::string_view(name)), "\"\"");
        }
    }
    return text;
}

/// The text with paths on a datastore, such as `[ds] vm/vm.vmdk`, taken out: they hold names of VMs.
[[nodiscard]] inline std::string without_datastore_paths(std::string_view text)
{
    std::string bare;
    while (true) {
        auto const begin = text.find('[');
        auto const inside = text.find("] ", begin);
        auto const end = text.substr(0, text.find('\n', begin)).find_first_of("./", inside == std::string_view::npos ? text.size() : inside);
        if (end == std::string_view::npos) {
            return bare.append(text);
        }
        bare.append(text.substr(0, begin));
        text.remove_prefix(end);
        // Directories, which may hold spaces, then the file's name up to its extension's end.
        auto const line = text.substr(0, text.find('\n'));
        auto extension = std::string_view::npos;
        for (std::string_view const known : {".vmdk", ".vmx", ".vmsn", ".vmsd", ".vmss", ".vmem", ".nvram", ".vswp", ".iso", ".log"}) {
            auto const found = line.find(known);
            extension = found == std::string_view::npos ? extension : std::min(extension, found + known.size());
        }
        text.remove_prefix(extension == std::string_view::npos ? 0 : extension);
    }
}

/// The text in lower case with what is named or quoted in it taken out, and warnings, so that a name which reads like an error is
/// not taken for one.
[[nodiscard]] inline std::string without_names(std::string const& said, command const& sent)
{
    auto const text = without_datastore_paths(without_arguments(said, sent));
    std::string bare;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const quote = text[i];
        // An apostrophe inside a word opens nothing.
        bool const opens = quote == '"' || (quote == '\'' && (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0));
        auto end = opens ? i + 1 : std::string::npos;
        while (end < text.size() && !(text[end] == quote && (quote == '"' || end + 1 == text.size() ||
                                                             std::isalnum(static_cast<unsigned char>(text[end + 1])) == 0))) {
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
