// SPDX-License-Identifier: Apache-2.0
// Tells from a process's I/O counters whether bytes flow: a govc that fetches an OVA can be silent for long, and yet not stand still.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace esxi::detail {

/// How many bytes the process has read so far, from files and connections; unset if the system does not tell.
[[nodiscard]] inline std::optional<std::uint64_t> bytes_read_by(::pid_t process) noexcept
{
    std::array<char, 512> buffer{};
    std::array<char, 32> path{"/proc/"};
    auto const number = std::to_chars(path.data() + 6, path.data() + 20, process);
    std::copy_n("/io", 4, number.ptr);
    int const file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return std::nullopt;
    }
    auto const got = ::read(file, buffer.data(), buffer.size());
    ::close(file);
    std::string_view text(buffer.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    constexpr std::string_view name = "rchar: ";
    if (!text.starts_with(name)) {
        return std::nullopt;
    }
    text.remove_prefix(name.size());
    std::uint64_t count = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), count);
    return read.ec == std::errc{} ? std::optional(count) : std::nullopt;
}

/// Looks at a process now and then. What keeps the lease of an import alive, and what a program reads to start, is no flow.
class byte_flow {
    using clock = std::chrono::steady_clock;

public:
    static constexpr double least_bytes = 32'768; ///< In all, since bytes last flowed.
    static constexpr double least_rate = 4096; ///< Bytes a second, since then.

    /// `timeout` is how long nothing may move: there are a few looks in that time.
    byte_flow(::pid_t process, std::chrono::milliseconds timeout) noexcept
        : process_(process),
          interval_(std::clamp<std::chrono::milliseconds>(timeout / 4, std::chrono::milliseconds(20), std::chrono::seconds(10))),
          flowed_(clock::now()),
          next_look_(flowed_ + interval_),
          count_(bytes_read_by(process))
    {
    }

    /// When to look next.
    [[nodiscard]] clock::time_point next_look() const noexcept { return next_look_; }

    /// Whether bytes flow.
    [[nodiscard]] bool look(clock::time_point now) noexcept
    {
        next_look_ = now + interval_;
        auto const count = bytes_read_by(process_);
        auto const seconds = std::chrono::duration<double>(now - flowed_).count();
        if (!count || !count_ || static_cast<double>(*count - *count_) < std::max(least_bytes, least_rate * seconds)) {
            return false;
        }
        flowed_ = now;
        count_ = count;
        return true;
    }

private:
    ::pid_t process_;
    std::chrono::milliseconds interval_;
    clock::time_point flowed_; ///< When bytes last flowed.
    clock::time_point next_look_;
    std::optional<std::uint64_t> count_; ///< Then.
};

} // namespace esxi::detail
