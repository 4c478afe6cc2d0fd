// SPDX-License-Identifier: Apache-2.0
// Which entries of an OVA govc takes for its descriptor and its files.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/detail/lower_case.hpp>
#include <esxi/detail/ova_location.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/ovf_descriptor.hpp>
#include <esxi/govc/package_checks.hpp>
#include <esxi/govc/tar_format.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

namespace detail {

/// The last part of a path, as Go's `path.Base` has it.
[[nodiscard]] inline std::string_view base_name(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path.substr(path.rfind('/') + 1); // all of it if there is no slash
}

/// The parts of a path without `.`; unset if one is `..`.
[[nodiscard]] inline std::optional<std::vector<std::string>> path_parts(std::string_view path)
{
    std::vector<std::string> parts;
    while (!path.empty()) {
        auto const part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part == "..") {
            return std::nullopt;
        }
        if (!part.empty() && part != ".") {
            parts.emplace_back(part);
        }
    }
    return parts;
}

/// The path with `.`, repeated slashes and a slash at its start taken out.
[[nodiscard]] inline std::string plain_path(std::string_view path)
{
    std::string plain;
    for (auto const& part : path_parts(path).value_or(std::vector{std::string(path)})) {
        plain += (plain.empty() ? "" : "/") + part;
    }
    return plain;
}

/// Whether Go's `path.Match` finds the name by the pattern: govc looks for a file of an OVA so. Of patterns with `[` or `\` it is
/// enough to know that they do not match themselves.
[[nodiscard]] inline bool matches(std::string_view pattern, std::string_view name)
{
    if (pattern.find_first_of("[\\") != std::string_view::npos) {
        return false;
    }
    std::size_t at = 0;
    std::size_t next = 0;
    std::size_t star = std::string_view::npos; // the last one seen
    std::size_t tried = 0; // where in the name what follows it was tried
    while (at < name.size() || next < pattern.size()) {
        if (next < pattern.size() && pattern[next] == '*') {
            star = next++;
            tried = at;
        } else if (next < pattern.size() && at < name.size() && (pattern[next] == name[at] || pattern[next] == '?')) {
            ++next;
            ++at;
        } else if (star != std::string_view::npos && tried < name.size()) {
            at = ++tried;
            next = star + 1;
        } else {
            return false;
        }
    }
    return true;
}

/// What the archive holds, for a message.
[[nodiscard]] inline std::string list_entries(std::vector<tar_entry> const& entries)
{
    std::string names;
    for (auto const& entry : entries) {
        if (names.size() < 300) {
            names += (names.empty() ? "" : ", ") + in_quotes(entry.name);
        } else {
            return names + ", ...";
        }
    }
    return names.empty() ? "nothing" : names;
}

} // namespace detail

/// The entry that is the archive's descriptor. Throws `config` if there is none, if there are several, or if govc would take
/// something else for it.
[[nodiscard]] inline tar_entry const& find_descriptor(std::vector<tar_entry> const& entries)
{
    tar_entry const* found = nullptr;
    for (auto const& entry : entries) {
        auto const base = detail::base_name(entry.name);
        if (!base.ends_with(".ovf")) {
            continue;
        }
        if (base.starts_with("._")) {
            if (found == nullptr) {
                detail::refuse_package("it holds " + in_quotes(entry.name) +
                                           ", data of macOS (AppleDouble), which govc would take for the descriptor",
                                       "pack it again without such files: on macOS with COPYFILE_DISABLE=1 set");
            }
        } else if (found == nullptr) {
            found = &entry;
        } else if (entry.kind == file_kind::regular) {
            detail::refuse_package("it holds two descriptors, " + in_quotes(found->name) + " and " + in_quotes(entry.name),
                                   "pack an OVA of each one and its files, or unpack it and give the .ovf file that is meant");
        }
    }
    if (found == nullptr) {
        for (auto const& entry : entries) {
            if (esxi::detail::lower_case(entry.name).ends_with(".ovf")) {
                detail::refuse_package("it holds no .ovf file, but " + in_quotes(entry.name),
                                       "govc looks for a name that ends in .ovf, in small letters: rename it and pack again");
            }
        }
        detail::refuse_package("it holds no .ovf file");
    }
    if (auto const kind = detail::name_kind(found->kind); !kind.empty()) {
        detail::refuse_package("its descriptor " + in_quotes(found->name) + " is " + std::string(kind));
    }
    if (found->size > longest_ovf_descriptor) {
        detail::refuse_package("its descriptor " + in_quotes(found->name) + " has " + std::to_string(found->size) +
                               " bytes, and hosts take up to " + std::to_string(longest_ovf_descriptor));
    }
    return *found;
}

/// Why a reference leads out of the package, as words that follow the file's name; empty: it does not.
[[nodiscard]] inline std::string_view why_outside(std::string_view href)
{
    if (href.empty()) {
        return "has no name";
    }
    if (href.find("://") != std::string_view::npos || href.starts_with("file:")) {
        return "is referred to by a URL, which is not fetched";
    }
    if (href.starts_with('/') || !detail::path_parts(href)) {
        return "lies outside of the package";
    }
    return {};
}

/// Refuses a file that lies outside of the package.
[[noreturn]] inline void refuse_outside(ovf_file const& file)
{
    detail::refuse_package("its file " + in_quotes(file.href) + " " + std::string(why_outside(file.href)),
                           "put it beside the descriptor, and its name there into it");
}

/// The entry of the file that the descriptor refers to. Throws `config` if it is not there, or if govc would not find it or would
/// take another entry for it. A file that is not needed is only looked for: null if it is not there.
[[nodiscard]] inline tar_entry const* find_file(std::vector<tar_entry> const& entries, tar_entry const& descriptor,
                                                ovf_file const& file, bool is_needed)
{
    auto const parts = detail::path_parts(descriptor.name).value_or(std::vector<std::string>());
    std::string folder;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        folder += parts[i] + "/";
    }
    auto const at = [&entries, &folder](std::string_view href) {
        return std::find_if(entries.begin(), entries.end(), [path = folder + detail::plain_path(href)](tar_entry const& entry) {
            return detail::plain_path(entry.name) == path;
        });
    };
    auto const taken = std::find_if(entries.begin(), entries.end(), [&file](tar_entry const& entry) {
        return detail::matches(file.href, detail::base_name(entry.name));
    });
    auto const meant = at(file.href);
    if (!is_needed) {
        return taken != entries.end() ? &*taken : meant != entries.end() ? &*meant : nullptr;
    }
    auto const who = "its file " + in_quotes(file.href);
    auto const again = [&entries](auto found) {
        return std::any_of(found + 1, entries.end(), [path = detail::plain_path(found->name)](tar_entry const& entry) {
            return detail::plain_path(entry.name) == path;
        });
    };
    if (taken != entries.end() && (meant == entries.end() || meant == taken)) {
        if (again(taken)) {
            detail::refuse_package(who + " is in the archive twice", "pack it again with one of them");
        }
        return &*taken;
    }
    if (taken != entries.end()) {
        detail::refuse_package("govc would take " + in_quotes(taken->name) + " for " + who,
                               "unpack the archive and give its .ovf file");
    }
    if (meant != entries.end()) {
        detail::refuse_package(who + (file.href.find('/') != std::string::npos
                                          ? " is in a folder of the archive, where govc does not find it"
                                          : " has a name that govc takes for a pattern, and does not find"),
                               "unpack the archive and give its .ovf file");
    }
    if (auto const decoded = at(esxi::detail::url_decoded(file.href)); decoded != entries.end()) {
        detail::refuse_package(who + " is stored as " + in_quotes(decoded->name) + ", by which govc does not find it",
                               "write the name in both places alike, and pack it again");
    }
    if (at(file.href + ".000000000") != entries.end()) {
        detail::refuse_package(who + " is stored in chunks, " + in_quotes(file.href + ".000000000") +
                                   " and so on, which a host does not take",
                               "convert it with ovftool, without --chunkSize");
    }
    detail::refuse_package(who + " is missing: the archive holds " + detail::list_entries(entries));
}

} // namespace esxi::govc
