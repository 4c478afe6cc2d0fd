// SPDX-License-Identifier: Apache-2.0
// What govc or a host would fail on in the files of an OVF package.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/govc/disk_format.hpp>
#include <esxi/govc/tar_format.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

namespace detail {

[[noreturn]] inline void refuse_package(std::string const& what, std::string_view advice = "give a whole OVA, or ask who made it")
{
    throw error(error_kind::config, what + "; " + std::string(advice));
}

/// What the entry is, with an article; empty: a file.
[[nodiscard]] inline std::string_view name_kind(file_kind kind)
{
    switch (kind) {
    case file_kind::regular: return {};
    case file_kind::hard_link: return "a hard link";
    case file_kind::symbolic_link: return "a symbolic link";
    case file_kind::device: return "a device, FIFO or socket";
    case file_kind::directory: return "a directory";
    case file_kind::other: break;
    }
    return "no file";
}

} // namespace detail

/// Refuses a file that is there and cannot be imported. Throws `config`.
inline void check_file(ovf_file const& file, tar_entry const& entry)
{
    auto const who = "its file " + in_quotes(file.href);
    if (auto const kind = detail::name_kind(entry.kind); !kind.empty()) {
        detail::refuse_package(who + " is " + std::string(kind) + ": it has no content of its own",
                               "pack it again with the file itself");
    }
    if (file.is_compressed()) {
        detail::refuse_package(who + " is compressed (" + printable(shortened(file.compression, 40)) +
                                   "), which a host does not take",
                               "convert it with ovftool, without --compress");
    }
    if (file.size && *file.size != entry.size) {
        detail::refuse_package(who + " has " + std::to_string(entry.size) + " bytes, and " + std::to_string(*file.size) +
                               " by the descriptor: one of them is damaged");
    }
}

/// Refuses a disk that begins as no stream-optimised VMDK does. Throws `config`. What cannot be named passes: the answer is whether
/// it begins as one.
inline bool check_disk(ovf_file const& file, std::string_view head)
{
    if (auto const is = name_format(head); !is.empty()) {
        detail::refuse_package("its disk " + in_quotes(file.href) + " is " + is + "; a host takes stream-optimised VMDKs alone",
                               "convert it with `qemu-img convert -O vmdk -o subformat=streamOptimized`, or make the OVA anew");
    }
    return begins_as_vmdk(head);
}

/// The names of the files that a manifest has sums of, as govc reads it.
[[nodiscard]] inline std::vector<std::string> read_manifest(std::string_view text)
{
    std::vector<std::string> names;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        auto const open = line.find('(');
        auto const close = line.rfind(')');
        if (close == std::string_view::npos || open >= close) {
            continue;
        }
        auto const value = line.substr(close + 1);
        if (auto const sign = value.find_first_not_of(" \t"); sign != std::string_view::npos && value[sign] == '=') {
            names.emplace_back(line.substr(open + 1, close - open - 1));
        }
    }
    return names;
}

} // namespace esxi::govc
