// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <unistd.h>

#include <boost/json/serialize.hpp>

namespace tool {

namespace json = boost::json;

namespace {

bool colours(int descriptor)
{
    char const* never = std::getenv("NO_COLOR");
    return ::isatty(descriptor) == 1 && (never == nullptr || *never == '\0');
}

std::string paint(int descriptor, char const* colour, std::string const& text)
{
    return colours(descriptor) ? std::string("\033[") + colour + "m" + text + "\033[0m" : text;
}

/// The value as a person reads it, safe for a terminal.
std::string whole(json::value const& value)
{
    return value.is_null() ? "-" : esxi::printable(value.is_string() ? std::string(value.get_string()) : json::serialize(value));
}

/// The same, cut where it would take several lines of a terminal; elsewhere only what no host in its right mind says.
std::string shown(json::value const& value)
{
    constexpr std::size_t longest_name = 80; // that a host takes
    return esxi::shortened(whole(value), ::isatty(1) == 1 ? longest_name : 1000);
}

/// A message, safe for a terminal: its lines are kept, all but the first indented.
std::string lines_shown(std::string_view text)
{
    std::string shown;
    for (;;) {
        auto const end = std::min(text.find('\n'), text.size());
        shown += esxi::printable(text.substr(0, end));
        if (end == text.size()) {
            return shown;
        }
        text.remove_prefix(end + 1);
        shown += "\n  ";
    }
}

/// The library speaks of properties; whoever types a command knows them as options.
std::string in_terms_of_options(std::string text)
{
    static constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"property `ova_url`", "--ova"},
        {"property `datastore`", "--datastore"},
        {"property `cpu`", "--cpu"},
        {"property `memory_mb`", "--memory-mb"},
        {"property `ip_timeout`", "--ip-timeout"},
        {"property `ip_version`", "--ip-version"},
        {"property `stop_timeout`", "--stop-timeout"},
        {"property `disk_provisioning`", "--disk-provisioning"},
        {"property `network_map`", "--network"},
        {"property `ovf_properties`", "--property"},
        {"property `annotation`", "--annotation"},
        {"property `host`", "--host"},
        {"property `user`", "--user"},
        {"property `ca_bundle`", "--ca-bundle"},
        {"property `thumbprint`", "--thumbprint"},
        {"set allow_power_cycle", "give --allow-power-cycle"},
        {"delete it with replace_abandoned_import", "delete it with --replace-abandoned-import"},
        {"configure_vm changes it", "`esxi vm configure` changes it"},
        {"host's ca_bundle or thumbprint", "host's --ca-bundle or --thumbprint"},
        {"that verify_manifest needs", "that --verify-manifest needs"},
        {"raise ip_timeout", "raise --ip-timeout"},
        {"set datastore to", "give --datastore with"},
        {"set disk_provisioning to thin", "give --disk-provisioning thin"},
        {"set network_map", "give --network"},
        {"leave out verify_manifest", "leave out --verify-manifest"},
    };
    for (auto const& [property, option] : names) {
        if (auto const at = text.find(property); at != std::string::npos) {
            text.replace(at, property.size(), option);
        }
    }
    return text;
}

/// How many places the text takes: characters, not bytes.
std::size_t width(std::string const& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; }));
}

json::value const& member(json::value const& row, std::string const& path)
{
    static json::value const nothing;
    json::value const* at = &row;
    std::size_t from = 0;
    while (at->is_object()) {
        auto const dot = path.find('.', from);
        auto const* next = at->get_object().if_contains(path.substr(from, dot == std::string::npos ? dot : dot - from));
        if (next == nullptr) {
            return nothing;
        }
        at = next;
        if (dot == std::string::npos) {
            return *at;
        }
        from = dot + 1;
    }
    return nothing;
}

} // namespace

int exit_code(esxi::error const& failed)
{
    switch (failed.kind()) {
    case esxi::error_kind::config: return 2;
    case esxi::error_kind::auth: return 3;
    case esxi::error_kind::absent: return 4;
    case esxi::error_kind::conflict:
    case esxi::error_kind::unavailable: return 75;
    case esxi::error_kind::cancelled: return 130;
    case esxi::error_kind::tape:
    case esxi::error_kind::govc: return 1;
    }
    return 1;
}

void report_error(settings const& s, esxi::error const& failed)
{
    if (s.json()) {
        auto const after = failed.retry_after();
        json::object const error{
            {"kind", esxi::to_string(failed.kind())},
            {"message", esxi::detail::is_utf8(failed.what()) ? failed.what() : esxi::printable(failed.what())},
            {"recoverable", failed.recoverable()},
            {"retry_after", after ? json::value(after->count()) : json::value()}};
        std::cerr << esxi::printable_json(json::serialize(json::object{{"error", error}})) << std::endl;
        return;
    }
    std::cerr << paint(2, "31", "error") << " (" << esxi::to_string(failed.kind())
              << "): " << lines_shown(in_terms_of_options(failed.what()));
    if (failed.recoverable()) {
        std::cerr << "\nThis may pass: the same command can succeed later.";
    }
    std::cerr << std::endl;
}

void report_result(settings const& s, esxi::operation_result const& result)
{
    if (s.json()) {
        json::object object{{"operation", result.operation}, {"changed", result.changed}, {"commands", result.commands}};
        if (s.dry_run) {
            object["plan"] = esxi::to_json(result.steps);
        }
        object["runtime"] = result.runtime;
        std::cout << esxi::printable_json(json::serialize(object)) << std::endl;
        return;
    }
    if (s.dry_run) {
        for (auto const& step : result.steps) {
            std::cout << "would " << esxi::describe(step) << "\n";
        }
        std::cout << (result.steps.empty() ? "nothing to do\n" : "") << std::flush;
        return;
    }
    bool const only_looks = result.operation == "probe_host" || result.operation == "record_host_facts";
    char const* const outcome = result.changed ? "changed" : only_looks ? "done" : "nothing changed";
    std::cout << paint(1, result.changed ? "33" : "32", outcome) << " (" << result.operation << ", " << result.commands
              << (result.commands == 1 ? " command" : " commands") << ")\n";
    std::size_t widest = 0;
    for (auto const& entry : result.runtime) {
        widest = std::max(widest, entry.key().size());
    }
    for (auto const& entry : result.runtime) {
        if (!entry.value().is_object()) {
            std::cout << "  " << entry.key() << std::string(widest - entry.key().size() + 2, ' ') << shown(entry.value()) << "\n";
        }
    }
    std::cout << std::flush;
}

void report_table(settings const& s, json::value const& data, std::vector<std::string> const& columns, json::array const& rows,
                  last_column last)
{
    if (s.json()) {
        std::cout << esxi::printable_json(json::serialize(data)) << std::endl;
        return;
    }
    std::vector<std::vector<std::string>> cells{{}};
    for (auto const& column : columns) {
        auto name = column.substr(column.rfind('.') + 1);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        cells.front().push_back(name);
    }
    for (auto const& row : rows) {
        auto& line = cells.emplace_back();
        for (auto const& column : columns) {
            bool const is_whole = last == last_column::whole && &column == &columns.back();
            line.push_back(is_whole ? whole(member(row, column)) : shown(member(row, column)));
        }
    }
    std::vector<std::size_t> widths(columns.size());
    for (auto const& line : cells) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], width(line[i]));
        }
    }
    for (auto const& line : cells) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) {
            text += line[i] + (i + 1 < line.size() ? std::string(widths[i] - width(line[i]) + 2, ' ') : "");
        }
        std::cout << (&line == &cells.front() ? paint(1, "1", text) : text) << "\n";
    }
    std::cout << std::flush;
}

void report_log(settings const& s, esxi::log_level level, std::string_view text)
{
    // With JSON, standard error carries one object and only where the run fails, unless the log was asked for.
    if (!s.verbose && (s.json() || level == esxi::log_level::debug)) {
        return;
    }
    std::string prefix;
    switch (level) {
    case esxi::log_level::debug: prefix = "$ "; break;
    case esxi::log_level::info: prefix = "- "; break;
    case esxi::log_level::warning: prefix = paint(2, "33", "warning") + ": "; break;
    case esxi::log_level::error: prefix = paint(2, "31", "error") + ": "; break;
    }
    auto const shown = level == esxi::log_level::warning ? in_terms_of_options(std::string(text)) : std::string(text);
    std::cerr << prefix << esxi::printable(shown) << std::endl;
}

progress_bar::progress_bar(settings const& s) : at_terminal_(::isatty(2) == 1), quiet_(s.json()) {}

void progress_bar::show(esxi::import_progress const& progress)
{
    if (quiet_) {
        return;
    }
    if (progress.what != what_) {
        end();
        what_ = progress.what;
        last_ = -1;
    }
    auto const detail = progress.detail.empty() ? std::string() : "  " + esxi::printable(progress.detail);
    if (at_terminal_) {
        constexpr int cells = 30;
        int const filled = std::clamp(progress.percent, 0, 100) * cells / 100;
        std::cerr << "\r\033[K" << esxi::printable(progress.what) << " [" << std::string(static_cast<std::size_t>(filled), '#')
                  << std::string(static_cast<std::size_t>(cells - filled), '.') << "] " << progress.percent << "%" << detail
                  << std::flush;
        open_ = true;
    } else if (progress.percent / 10 != last_ / 10 || last_ < 0) {
        std::cerr << esxi::printable(progress.what) << ": " << progress.percent << "%" << detail << std::endl;
    }
    last_ = progress.percent;
}

void progress_bar::end()
{
    if (open_) {
        std::cerr << std::endl;
        open_ = false;
    }
}

} // namespace tool
