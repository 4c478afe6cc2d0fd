// SPDX-License-Identifier: Apache-2.0
// Names of VMs and snapshots as a host stores them, as people write them, and as govc's arguments take them literally.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace esxi::govc {

/// The name as a host stores it: slash, backslash and percent sign become `%2f`, `%5c`, `%25`.
[[nodiscard]] inline std::string stored_name(std::string_view name)
{
    std::string stored;
    stored.reserve(name.size());
    for (char c : name) {
        switch (c) {
        case '/': stored += "%2f"; break;
        case '\\': stored += "%5c"; break;
        case '%': stored += "%25"; break;
        default: stored += c;
        }
    }
    return stored;
}

/// The name as people write it: the inverse of `stored_name`. Any other `%` stays as it is: older hosts let some through.
[[nodiscard]] inline std::string shown_name(std::string_view stored)
{
    auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
    std::string name;
    name.reserve(stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (stored[i] == '%' && i + 2 < stored.size()) {
            char const high = stored[i + 1];
            char const low = lower(stored[i + 2]);
            char const plain = high == '2' && low == 'f'   ? '/'
                               : high == '5' && low == 'c' ? '\\'
                               : high == '2' && low == '5' ? '%'
                                                           : '\0';
            if (plain != '\0') {
                name += plain;
                i += 2;
                continue;
            }
        }
        name += stored[i];
    }
    return name;
}

/// The text with what govc would read as a pattern escaped: it then matches itself only (Go's `path.Match`).
[[nodiscard]] inline std::string escape_pattern(std::string_view text)
{
    std::string escaped;
    escaped.reserve(text.size());
    for (char c : text) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

/// The argument that stands for what the host stores under this name, where govc looks for its kind, and can stand for nothing else:
/// no pattern, no flag, no `Type:moid`, no `[datastore] path`.
[[nodiscard]] inline std::string stored_name_argument(std::string_view stored)
{
    return (stored.starts_with('.') ? "./\\" : "./") + escape_pattern(stored);
}

/// The argument that stands for the VM of this name and can stand for nothing else. Without the `./` before it, a VM named
/// `VirtualMachine:12` would be taken for the one with that moid, and one named `-x` for a flag. A dot at the name's start is escaped
/// too: govc makes `.x` of `./.x`, and looks for that elsewhere than among the VMs.
[[nodiscard]] inline std::string name_argument(std::string_view name)
{
    return stored_name_argument(stored_name(name));
}

/// The argument that stands for the VM with this moid: exact, no pattern. Needs govc v0.46.
[[nodiscard]] inline std::string moid_argument(std::string_view moid)
{
    return "VirtualMachine:" + std::string(moid);
}

} // namespace esxi::govc
