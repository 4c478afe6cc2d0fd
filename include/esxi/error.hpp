// SPDX-License-Identifier: Apache-2.0
// What the library throws: one exception type with a kind, and its refinement for a failed govc command.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esxi {

/// What went wrong, as far as a caller can act on it.
enum class error_kind {
    config,      ///< A bad property, wrong datastore, refused certificate, licence, an OVA that is not one, an ambiguous name.
    auth,        ///< The login or a permission was refused. Never retried: a host locks accounts.
    absent,      ///< A VM or snapshot is not there, where it must be.
    conflict,    ///< Somebody else is at it: another import, another task, a pending question.
    unavailable, ///< The host, the network or a resource cannot be had now.
    cancelled,   ///< A stop was requested.
    tape,        ///< A tape does not match, or has entries left.
    govc,        ///< Anything else that govc said, and output that cannot be read.
};

/// The kind's name as it stands in messages and in JSON.
[[nodiscard]] constexpr std::string_view to_string(error_kind kind) noexcept
{
    switch (kind) {
    case error_kind::config: return "config";
    case error_kind::auth: return "auth";
    case error_kind::absent: return "absent";
    case error_kind::conflict: return "conflict";
    case error_kind::unavailable: return "unavailable";
    case error_kind::cancelled: return "cancelled";
    case error_kind::tape: return "tape";
    case error_kind::govc: return "govc";
    }
    return "govc";
}

/// Whether running the same operation again later can succeed without anybody changing anything.
[[nodiscard]] constexpr bool is_recoverable(error_kind kind) noexcept
{
    return kind == error_kind::conflict || kind == error_kind::unavailable || kind == error_kind::govc;
}

/// Every failure of the library. `what()` says what was attempted, on what, what came back and what to do; it holds no secret.
class error : public std::runtime_error {
public:
    /// `message` is to hold no secret.
    error(error_kind kind, std::string const& message, std::optional<std::chrono::seconds> retry_after = std::nullopt)
        : std::runtime_error(message), kind_(kind), retry_after_(retry_after)
    {
    }

    /// What went wrong.
    [[nodiscard]] error_kind kind() const noexcept { return kind_; }
    /// Whether the same operation can succeed later without anybody changing anything: `is_recoverable` of the kind.
    [[nodiscard]] bool recoverable() const noexcept { return is_recoverable(kind_); }
    /// When a recoverable error is worth another try; unset: the caller's own choice.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }

private:
    error_kind kind_;
    std::optional<std::chrono::seconds> retry_after_;
};

/// A govc command that exited non-zero, or whose output cannot be read.
class govc_error : public error {
public:
    /// `argv` and `stderr_text` are to be redacted.
    govc_error(error_kind kind, std::string const& message, int returncode, std::vector<std::string> argv,
               std::string stderr_text, std::optional<std::chrono::seconds> retry_after = std::nullopt)
        : error(kind, message, retry_after), returncode_(returncode), argv_(std::move(argv)), stderr_text_(std::move(stderr_text))
    {
    }

    /// govc's exit code; 0 where a command succeeded and its output cannot be read.
    [[nodiscard]] int returncode() const noexcept { return returncode_; }
    /// The arguments after `govc`, redacted.
    [[nodiscard]] std::vector<std::string> const& argv() const noexcept { return argv_; }
    /// Everything the command wrote to standard error, redacted.
    [[nodiscard]] std::string const& stderr_text() const noexcept { return stderr_text_; }

private:
    int returncode_;
    std::vector<std::string> argv_;
    std::string stderr_text_;
};

} // namespace esxi
