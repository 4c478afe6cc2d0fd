// SPDX-License-Identifier: Apache-2.0
// Who may log in: one command at a time while nobody has, all at once after that, and nobody once the login was refused.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <esxi/command.hpp>

namespace esxi::detail {

/// How a command comes by its login.
enum class login_way {
    shared, ///< It uses the session that is there, or leaves one.
    fresh,  ///< It logs in for itself, and leaves nothing.
};

/// For the commands of one connection, credentials included. Safe to use from several threads.
class session_gate {
public:
    using clock = std::chrono::steady_clock;
    enum class verdict { go, refused, timed_out, stopped };

    /// Leave to run a command, given back when it goes out of scope.
    class turn {
    public:
        explicit turn(verdict says, session_gate* to_reopen = nullptr) noexcept : says_(says), to_reopen_(to_reopen) {}
        turn(turn&& other) noexcept : says_(other.says_), to_reopen_(std::exchange(other.to_reopen_, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn()
        {
            if (to_reopen_ != nullptr) {
                to_reopen_->reopen();
            }
        }
        [[nodiscard]] verdict says() const noexcept { return says_; }
        /// Whether there was no session to be used, and nobody else may make one now.
        [[nodiscard]] bool is_to_log_in() const noexcept { return to_reopen_ != nullptr; }

    private:
        verdict says_;
        session_gate* to_reopen_;
    };

    /// `is_open` tells whether there is a session to be used.
    explicit session_gate(std::function<bool()> is_open) : is_open_(std::move(is_open)) {}

    /// Waits until the command may run, may not, or may not wait any longer.
    [[nodiscard]] turn enter(login_way way, clock::time_point deadline, std::stop_token const& stop)
    {
        std::unique_lock lock(mutex_);
        for (;;) {
            if (refused_) {
                return turn(verdict::refused);
            }
            if (stop.stop_requested()) {
                return turn(verdict::stopped);
            }
            bool const open = is_open_();
            trusted_ = trusted_ || open;
            if (way == login_way::shared ? open : trusted_) {
                return turn(verdict::go);
            }
            if (!busy_) {
                busy_ = true;
                return turn(verdict::go, this);
            }
            auto const now = clock::now();
            if (now >= deadline) {
                return turn(verdict::timed_out);
            }
            // The one that logs in may go on for minutes after that: look for its session now and then.
            constexpr std::chrono::milliseconds look_again{20};
            changed_.wait_until(lock, stop, std::min(deadline, now + look_again),
                                [this] { return !busy_ || refused_.has_value(); });
        }
    }

    /// The credentials are good, though there may be no session.
    void trust()
    {
        std::lock_guard const lock(mutex_);
        trusted_ = true;
        changed_.notify_all();
    }

    /// The login was refused, and this is what govc said: nobody tries these credentials again, since a host locks accounts.
    void refuse(output const& answer)
    {
        std::lock_guard const lock(mutex_);
        if (!refused_) {
            refused_ = answer;
        }
        changed_.notify_all();
    }

    /// What govc said when it was refused.
    [[nodiscard]] std::optional<output> refused() const
    {
        std::lock_guard const lock(mutex_);
        return refused_;
    }

private:
    void reopen() noexcept
    {
        std::lock_guard const lock(mutex_);
        busy_ = false;
        changed_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::function<bool()> is_open_;
    bool busy_ = false;    ///< A command is on its way that may log in.
    bool trusted_ = false; ///< A login succeeded once.
    std::optional<output> refused_;
};

} // namespace esxi::detail
