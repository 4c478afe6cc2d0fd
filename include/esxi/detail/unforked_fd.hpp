// SPDX-License-Identifier: Apache-2.0
// File descriptors that a child by fork does not have: a lock or a pipe would else last as long as the child.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include <pthread.h>
#include <unistd.h>

namespace esxi::detail {

/// All of them in this process. `fork` waits for the mutex, so it never meets one that is open and not in the list. (Close-on-exec
/// is no help to a child that executes nothing.)
class unforked_list {
public:
    [[nodiscard]] static unforked_list& of_this_process()
    {
        static auto& all = *new unforked_list; // destructors may need it until the very end
        return all;
    }

    /// Those that `open` opens: it returns an array of descriptors, which are -1 if it failed.
    template <class Open>
    [[nodiscard]] auto add(Open const& open)
    {
        std::lock_guard const lock(mutex_);
        open_.reserve(open_.size() + 2);
        auto const opened = open();
        std::copy_if(opened.begin(), opened.end(), std::back_inserter(open_), [](int fd) { return fd >= 0; });
        return opened;
    }

    void close(int fd) noexcept
    {
        std::lock_guard const lock(mutex_);
        open_.erase(std::find(open_.begin(), open_.end(), fd));
        ::close(fd);
    }

private:
    unforked_list()
    {
        ::pthread_atfork([] { of_this_process().mutex_.lock(); }, [] { of_this_process().mutex_.unlock(); },
                         [] { of_this_process().close_all(); });
    }

    /// In the child, whose only thread is the one that locked the mutex.
    void close_all() noexcept
    {
        for (int const fd : open_) {
            ::close(fd);
        }
        open_.clear();
        mutex_.unlock();
    }

    std::mutex mutex_;
    std::vector<int> open_;
};

/// Closed when it goes out of scope. In a child by fork it is closed already, and `get` is -1.
class unforked_fd {
public:
    unforked_fd() = default;
    /// What `open` returns: a descriptor, or -1 with errno set.
    template <class Open>
    explicit unforked_fd(Open const& open)
        : unforked_fd(unforked_list::of_this_process().add([&open] { return std::array<int, 1>{open()}; })[0])
    {
    }
    /// Two at once, as of a pipe: see `unforked_list::add`.
    template <class Open>
    [[nodiscard]] static std::pair<unforked_fd, unforked_fd> pair(Open const& open)
    {
        std::array<int, 2> const opened = unforked_list::of_this_process().add(open);
        return {unforked_fd(opened[0]), unforked_fd(opened[1])};
    }
    unforked_fd(unforked_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), owner_(other.owner_) {}
    unforked_fd& operator=(unforked_fd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~unforked_fd()
    {
        if (get() >= 0) {
            unforked_list::of_this_process().close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return owner_ == ::getpid() ? fd_ : -1; }

private:
    explicit unforked_fd(int listed) noexcept : fd_(listed), owner_(::getpid()) {}

    int fd_ = -1;
    ::pid_t owner_ = 0;
};

} // namespace esxi::detail
