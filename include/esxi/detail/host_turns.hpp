// SPDX-License-Identifier: Apache-2.0
// How many commands run on one host at once: those that come first are served first, whatever transport of this process they are of.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include <esxi/detail/of_this_process.hpp>

namespace esxi::detail {

/// The turns of one host. Safe to use from several threads.
class host_turns {
public:
    using clock = std::chrono::steady_clock;
    enum class verdict { go, timed_out, stopped };

    /// Leave to run a command, given back when it goes out of scope.
    class turn {
    public:
        explicit turn(verdict says, host_turns* to_leave = nullptr) noexcept : says_(says), to_leave_(to_leave) {}
        turn(turn&& other) noexcept : says_(other.says_), to_leave_(std::exchange(other.to_leave_, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn()
        {
            if (to_leave_ != nullptr) {
                to_leave_->leave();
            }
        }
        [[nodiscard]] verdict says() const noexcept { return says_; }

    private:
        verdict says_;
        host_turns* to_leave_;
    };

    /// One who uses the host, and lets no more commands run there than its bound as long as it lives.
    class member {
    public:
        member(std::shared_ptr<host_turns> turns, unsigned bound) : turns_(std::move(turns)), bound_(bound)
        {
            turns_->join(bound_);
        }
        member(member const&) = delete;
        member& operator=(member const&) = delete;
        ~member() { turns_->part(bound_); }

        /// Waits for a turn.
        [[nodiscard]] turn enter(clock::time_point deadline, std::stop_token const& stop) const
        {
            return turns_->enter(deadline, stop);
        }

    private:
        std::shared_ptr<host_turns> turns_;
        unsigned bound_;
    };

    /// How many wait for their turn.
    [[nodiscard]] std::size_t queued()
    {
        std::lock_guard const lock(mutex_);
        return queue_.size();
    }

private:
    struct waiting {
        std::condition_variable_any called;
        bool may_go = false;
    };

    void join(unsigned bound)
    {
        std::lock_guard const lock(mutex_);
        bounds_.insert(bound);
    }

    void part(unsigned bound) noexcept
    {
        std::lock_guard const lock(mutex_);
        bounds_.erase(bounds_.find(bound));
        call();
    }

    [[nodiscard]] turn enter(clock::time_point deadline, std::stop_token const& stop)
    {
        std::unique_lock lock(mutex_);
        auto const me = queue_.emplace(queue_.end());
        call();
        if (!me->may_go) {
            me->called.wait_until(lock, stop, deadline, [me] { return me->may_go; });
        }
        bool const may_go = me->may_go; // called in the moment of its deadline, it goes
        (may_go ? going_ : queue_).erase(me);
        return may_go ? turn(verdict::go, this) : turn(stop.stop_requested() ? verdict::stopped : verdict::timed_out);
    }

    void leave() noexcept
    {
        std::lock_guard const lock(mutex_);
        --running_;
        call();
    }

    /// Calls those whose turn it is.
    void call() noexcept
    {
        while (!queue_.empty() && !bounds_.empty() && running_ < *bounds_.begin()) {
            ++running_;
            auto const first = queue_.begin();
            going_.splice(going_.end(), queue_, first);
            first->may_go = true;
            first->called.notify_one();
        }
    }

    std::mutex mutex_;
    std::multiset<unsigned> bounds_; ///< Of all members: the smallest holds.
    std::list<waiting> queue_;
    std::list<waiting> going_; ///< Called, and not awake yet.
    unsigned running_ = 0;
};

/// The hosts that this process has had to do with.
class host_turns_list {
public:
    /// Those of a host, by its normal name.
    [[nodiscard]] std::shared_ptr<host_turns> of(std::string const& host)
    {
        std::lock_guard const lock(mutex_);
        auto& turns = hosts_[host];
        if (!turns) {
            turns = std::make_shared<host_turns>();
        }
        return turns;
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<host_turns>> hosts_;
};

/// All members in this process of the host of that normal name share their turns.
[[nodiscard]] inline std::shared_ptr<host_turns> turns_of_host(std::string const& normal_host)
{
    return of_this_process<host_turns_list>().of(normal_host);
}

} // namespace esxi::detail
