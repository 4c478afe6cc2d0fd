// SPDX-License-Identifier: Apache-2.0
// A mutex that no other thread holds when a process forks: a child by fork has it free, and what it guards is whole there.
#pragma once

#include <list>
#include <mutex>

#include <pthread.h>

namespace esxi::detail {

/// For what is plain memory, and is never locked for long: `fork` waits for all of them. Who holds one makes none and waits for no
/// other.
class fork_mutex {
public:
    fork_mutex()
    {
        std::lock_guard const lock(all().mutex);
        place_ = all().of_this_process.insert(all().of_this_process.end(), &mutex_);
    }
    fork_mutex(fork_mutex const&) = delete;
    fork_mutex& operator=(fork_mutex const&) = delete;
    ~fork_mutex()
    {
        std::lock_guard const lock(all().mutex);
        all().of_this_process.erase(place_);
    }
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

private:
    struct list {
        std::mutex mutex;
        std::list<std::mutex*> of_this_process;
    };
    [[nodiscard]] static list& all()
    {
        static auto& made = *make(); // destructors may need it until the very end
        return made;
    }
    [[nodiscard]] static list* make()
    {
        ::pthread_atfork(
            [] {
                all().mutex.lock();
                for (auto* const each : all().of_this_process) {
                    each->lock();
                }
            },
            unlock_all, unlock_all);
        return new list;
    }
    static void unlock_all()
    {
        for (auto* const each : all().of_this_process) {
            each->unlock();
        }
        all().mutex.unlock();
    }

    std::mutex mutex_;
    std::list<std::mutex*>::iterator place_;
};

} // namespace esxi::detail
