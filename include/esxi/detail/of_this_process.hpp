// SPDX-License-Identifier: Apache-2.0
// What belongs to one process. In a child by fork the threads that were in the middle of something with it do not exist: its locks
// may be held for ever, and what it refers to is still the parent's. So a child gets its own, and does not touch the parent's.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include <unistd.h>

namespace esxi::detail {

/// A value of one process. In a child by fork it is not destroyed.
template <class T>
class unforked {
public:
    explicit unforked(std::unique_ptr<T> value) : value_(std::move(value)), owner_(::getpid()) {}
    unforked(unforked const&) = delete;
    unforked& operator=(unforked const&) = delete;
    ~unforked()
    {
        if (!is_of_this_process()) {
            static_cast<void>(value_.release());
        }
    }
    [[nodiscard]] bool is_of_this_process() const noexcept { return owner_ == ::getpid(); }
    [[nodiscard]] T& get() const noexcept { return *value_; }

private:
    std::unique_ptr<T> value_;
    ::pid_t owner_;
};

/// One `T` for each process that has this object: it is made at once, and by a child when that needs it first. Safe to use from
/// several threads.
template <class T>
class per_process {
public:
    /// Throws what `make` does.
    explicit per_process(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) { static_cast<void>(get()); }
    per_process(per_process const&) = delete;
    per_process& operator=(per_process const&) = delete;
    ~per_process() { delete current_.load(); }

    /// That of the calling process. Throws what `make` does, in a child.
    [[nodiscard]] T& get() const
    {
        auto* mine = current_.load();
        while (mine == nullptr || !mine->value.is_of_this_process()) {
            auto made = std::make_unique<holder>(make_(), mine);
            if (current_.compare_exchange_strong(mine, made.get())) {
                mine = made.release();
            }
        }
        return mine->value.get();
    }

    /// That of the calling process; null if it is a child that has needed none so far.
    [[nodiscard]] T* own() const noexcept
    {
        auto* const mine = current_.load();
        return mine->value.is_of_this_process() ? &mine->value.get() : nullptr;
    }

private:
    struct holder {
        holder(std::unique_ptr<T> own, holder const* inherited) : value(std::move(own)), parents(inherited) {}
        unforked<T> value;
        holder const* parents; // for who looks for leaks
    };
    std::function<std::unique_ptr<T>()> const make_;
    mutable std::atomic<holder*> current_{nullptr};
};

/// The one `T` of this process. Never destroyed: a transport may be used until the very end.
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
