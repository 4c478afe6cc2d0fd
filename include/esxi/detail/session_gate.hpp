// SPDX-License-Identifier: Apache-2.0
// Who may log in: one command at a time of the whole process, and nobody once the login was refused.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/detail/login_state.hpp>

namespace esxi::detail {

/// How a command comes by its login.
enum class login_way {
    shared, ///< It uses the session that is there, or leaves one.
    fresh, ///< It logs in for itself, and leaves nothing.
};

/// For the commands of one connection of one transport. All gates of one login share what is known of it. Safe to use from several
/// threads.
class session_gate {
public:
    using clock = std::chrono::steady_clock;
    enum class verdict { go, refused, timed_out, stopped };

    /// Leave to run a command, given back when it goes out of scope.
    class turn {
    public:
        explicit turn(verdict says, session_gate* of = nullptr, std::uint64_t attempt = 0) noexcept
            : says_(says), of_(of), attempt_(attempt)
        {
        }
        turn(turn&& other) noexcept : says_(other.says_), of_(std::exchange(other.of_, nullptr)), attempt_(other.attempt_) {}
        turn& operator=(turn&&) = delete;
        ~turn()
        {
            if (of_ != nullptr) {
                of_->end(attempt_);
            }
        }
        [[nodiscard]] verdict says() const noexcept { return says_; }
        /// Whether the command will log in, and nobody else may do so now.
        [[nodiscard]] bool is_to_log_in() const noexcept { return of_ != nullptr; }

    private:
        verdict says_;
        session_gate* of_;
        std::uint64_t attempt_;
    };

    /// `is_open` tells whether there is a session to be used.
    session_gate(std::shared_ptr<login_state> login, std::function<bool()> is_open)
        : login_(std::move(login)), is_open_(std::move(is_open))
    {
    }

    /// Waits until the command may run, may not, or may not wait any longer.
    [[nodiscard]] turn enter(login_way way, clock::time_point deadline, std::stop_token const& stop)
    {
        std::unique_lock lock(login_->mutex);
        for (;;) {
            if (login_->refused) {
                return turn(verdict::refused);
            }
            if (stop.stop_requested()) {
                return turn(verdict::stopped);
            }
            // Asked once a round: a session that appears between two answers would end the attempt that made it, and be thrown away
            // by the next one.
            bool const is_open = is_open_();
            if (way == login_way::shared && is_open) {
                return turn(verdict::go);
            }
            if (login_->opens == this ? is_open : login_->opens != nullptr && login_->opens->is_open_()) {
                login_->end_attempt(); // it succeeded, though its command goes on
            }
            if (login_->attempt == 0) {
                login_->attempt = ++login_->attempts;
                login_->opens = way == login_way::shared ? this : nullptr;
                return turn(verdict::go, this, login_->attempt);
            }
            auto const now = clock::now();
            if (now >= deadline) {
                return turn(verdict::timed_out);
            }
            // The one that logs in may go on for minutes after that: look for its session now and then.
            constexpr std::chrono::milliseconds look_again{20};
            login_->changed.wait_until(lock, stop, std::min(deadline, now + look_again),
                                       [this] { return login_->attempt == 0 || login_->refused.has_value(); });
        }
    }

    /// The login was refused, and this is what govc said: nobody tries these credentials again, since a host locks accounts.
    void refuse(output const& answer)
    {
        std::lock_guard const lock(login_->mutex);
        if (!login_->refused) {
            login_->refused = answer;
        }
        login_->changed.notify_all();
    }

    /// What govc said when it was refused.
    [[nodiscard]] std::optional<output> refused() const
    {
        std::lock_guard const lock(login_->mutex);
        return login_->refused;
    }

private:
    void end(std::uint64_t attempt) noexcept
    {
        std::lock_guard const lock(login_->mutex);
        if (login_->attempt == attempt) {
            login_->end_attempt();
        }
    }

    std::shared_ptr<login_state> const login_;
    std::function<bool()> is_open_;
};

} // namespace esxi::detail
