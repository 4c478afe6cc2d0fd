// SPDX-License-Identifier: Apache-2.0
// What a failed command said: plain text of govc's own, or the JSON of a fault that the host answered with.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/command.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/progress.hpp>

namespace esxi::govc::detail {

/// A failure as it was put into words, and the fields that say more than words.
struct failure_text {
    std::string text{};           ///< For a person.
    std::string existing_state{}; ///< `poweredOn`, where a power state was in the way.
    std::string object_type{};    ///< `VirtualMachine`, where an object is gone.
    bool lacks_privilege = false;
    bool is_crash = false; ///< govc broke down.
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
                said.text += (said.text.empty() ? "" : "\n") + message;
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

/// The text with each line once: a host repeats a frame a dozen times before it tells the reason.
[[nodiscard]] inline std::string unique_lines(std::string_view text)
{
    std::set<std::string_view> known;
    std::string kept;
    while (!text.empty()) {
        auto const line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        if (known.insert(stripped(line)).second) {
            kept += line;
        }
        text.remove_prefix(line.size());
    }
    return std::string(stripped(kept));
}

/// Cuts what Go's runtime prints of a program that broke down to the line that says why; false where the text is none of that.
inline bool cut_stack_trace(std::string& text)
{
    bool is_crash = false;
    for (std::size_t begin = 0; begin < text.size();) {
        auto const line = std::string_view(text).substr(begin, text.find('\n', begin) - begin);
        is_crash = is_crash || line.starts_with("panic: ") || line.starts_with("fatal error: ") ||
                   line.starts_with("SIGQUIT: ") || line.starts_with("runtime: ");
        if (is_crash && (line.starts_with("goroutine ") || line.starts_with("[signal ") || line.starts_with("runtime stack:"))) {
            text = stripped(std::string_view(text).substr(0, begin));
            return true;
        }
        begin += line.size() + 1;
    }
    return is_crash;
}

/// What a failed command said on standard error, or, where that is empty, on standard output.
[[nodiscard]] inline failure_text read_failure(output const& result)
{
    auto text = std::string(stripped(result.err));
    if (text.empty()) {
        text = without_progress(stripped(result.out));
    }
    constexpr int last_signal = 64;
    if (text.empty() && result.exit_code > 128 && result.exit_code <= 128 + last_signal) {
        text = "it was ended by signal " + std::to_string(result.exit_code - 128);
    }
    if (auto fault = read_fault(text)) {
        return *fault;
    }
    bool const is_crash = cut_stack_trace(text);
    return {text, {}, {}, false, is_crash};
}

} // namespace esxi::govc::detail
