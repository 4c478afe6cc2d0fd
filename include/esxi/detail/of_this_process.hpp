// SPDX-License-Identifier: Apache-2.0
// What all transports of a process share.
#pragma once

#include <atomic>
#include <memory>

#include <unistd.h>

namespace esxi::detail {

/// The one `T` of this process. Never destroyed: a transport may be used until the very end. A child by fork gets a new one, since
/// the threads that were in the middle of something with the old one are not in the child.
template <class T>
[[nodiscard]] T& of_this_process()
{
    struct holder {
        pid_t owner;
        holder const* parents; // for who looks for leaks
        T value{};
    };
    static std::atomic<holder*> current{nullptr};
    auto* mine = current.load();
    while (mine == nullptr || mine->owner != ::getpid()) {
        auto made = std::make_unique<holder>(::getpid(), mine);
        if (current.compare_exchange_strong(mine, made.get())) {
            mine = made.release();
        }
    }
    return mine->value;
}

} // namespace esxi::detail
