// SPDX-License-Identifier: Apache-2.0
// Reads the progress that `govc import.ova` prints.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <esxi/model/vm.hpp>

namespace esxi::govc {

/// A line as `import.ova` prints it, without what clears the line before and without the time; empty where it has none.
[[nodiscard]] inline std::string_view without_stamp(std::string_view line)
{
    constexpr std::string_view clear = "\033[K";
    if (line.starts_with(clear)) {
        line.remove_prefix(clear.size());
    }
    constexpr std::size_t stamp = std::string_view("[23-11-26 08:27:31] ").size();
    bool const has_one = line.size() >= stamp && line[0] == '[' && line.substr(stamp - 2, 2) == "] ";
    return has_one ? line.substr(stamp) : std::string_view();
}

/// Reads a line such as `ESC[K[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)`; nothing where it is none. The end of
/// a part, `... OK`, is 100 %.
[[nodiscard]] inline std::optional<import_progress> read_progress(std::string_view line)
{
    line = without_stamp(line);
    auto const dots = line.rfind("... ");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    import_progress progress{std::string(line.substr(0, dots)), 0, {}};
    auto rest = line.substr(dots + 4);
    if (rest.starts_with("OK")) {
        progress.percent = 100;
        return progress;
    }
    auto const close = rest.rfind(')');
    if (!rest.starts_with('(') || close == std::string_view::npos) {
        return std::nullopt;
    }
    rest = rest.substr(1, close - 1);
    auto const read = std::from_chars(rest.data(), rest.data() + rest.size(), progress.percent);
    if (read.ec != std::errc{} || read.ptr == rest.data() + rest.size() || *read.ptr != '%' || progress.percent < 0 ||
        progress.percent > 100) {
        return std::nullopt;
    }
    if (auto const comma = rest.find(", "); comma != std::string_view::npos) {
        progress.detail = std::string(rest.substr(comma + 2));
    }
    return progress;
}

} // namespace esxi::govc
