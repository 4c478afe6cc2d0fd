// SPDX-License-Identifier: Apache-2.0
// What an errno means for a caller: the kind of the error, and its words with what to do.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include <esxi/error.hpp>

namespace esxi::detail {

/// Whether this machine lacks something now that it may have again later.
[[nodiscard]] constexpr bool is_shortage(int failure) noexcept
{
    return failure == EMFILE || failure == ENFILE || failure == ENOMEM || failure == EAGAIN;
}

/// `unavailable` for a shortage; else `otherwise`.
[[nodiscard]] constexpr error_kind errno_kind(int failure, error_kind otherwise = error_kind::config) noexcept
{
    return is_shortage(failure) ? error_kind::unavailable : otherwise;
}

/// What the system says of it; for a lack of descriptors also what to do.
[[nodiscard]] inline std::string errno_text(int failure)
{
    auto text = std::generic_category().message(failure);
    if (failure == EMFILE) {
        text += " (close some, or raise this program's limit with `ulimit -n`)";
    } else if (failure == ENFILE) {
        text += " (other programs have them; the machine's limit is `sysctl fs.file-max`)";
    }
    return text;
}

} // namespace esxi::detail
