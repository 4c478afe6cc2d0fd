// SPDX-License-Identifier: Apache-2.0
// The operations that run in this process, so that its end can stop them first.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <utility>

#include <esxi/detail/of_this_process.hpp>

namespace esxi::detail {

/// All operations that run now.
class running_operations {
public:
    using entry = std::list<std::stop_source>::iterator;

    [[nodiscard]] static running_operations& of_this_process() { return detail::of_this_process<running_operations>(); }

    entry add(std::stop_source stop)
    {
        std::lock_guard const lock(mutex_);
        return running_.insert(running_.end(), std::move(stop));
    }

    void remove(entry one)
    {
        std::lock_guard const lock(mutex_);
        running_.erase(one);
        ended_.notify_all();
    }

    /// Stops them, and waits for their end, not longer than `patience`. Answers whether none is left.
    bool stop_all(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(mutex_);
        for (auto& one : running_) {
            one.request_stop();
        }
        return ended_.wait_for(lock, patience, [this] { return running_.empty(); });
    }

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    std::list<std::stop_source> running_;
};

/// One that runs as long as this lives.
class running_operation {
public:
    explicit running_operation(std::stop_source stop)
        : all_(running_operations::of_this_process()), entry_(all_.add(std::move(stop)))
    {
    }
    running_operation(running_operation const&) = delete;
    running_operation& operator=(running_operation const&) = delete;
    ~running_operation()
    {
        if (&all_ == &running_operations::of_this_process()) { // else a child by fork runs this, and it is its parent's
            all_.remove(entry_);
        }
    }

private:
    running_operations& all_;
    running_operations::entry entry_;
};

} // namespace esxi::detail
