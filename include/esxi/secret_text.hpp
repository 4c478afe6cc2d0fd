// SPDX-License-Identifier: Apache-2.0
// A text that is not left behind in memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <esxi/detail/wipe.hpp>

namespace esxi {

namespace detail {

/// Memory that is wiped before it is given back.
template <class T>
struct wiping_allocator {
    using value_type = T;
    wiping_allocator() = default;
    template <class Other>
    wiping_allocator(wiping_allocator<Other> const&) noexcept // NOLINT(google-explicit-constructor): as allocators do
    {
    }
    [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* memory, std::size_t count) noexcept
    {
        detail::wipe(memory, count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    friend bool operator==(wiping_allocator const&, wiping_allocator const&) = default;
};

} // namespace detail

/// A password, or what is as good as one. Every copy of it is wiped when it goes; a `std::string` that is made of it is not.
class secret_text {
public:
    secret_text() = default;
    /// Of any text; that one is the caller's to wipe.
    template <std::convertible_to<std::string_view> Text>
        requires(!std::same_as<Text, secret_text>)
    secret_text(Text const& text) // NOLINT(google-explicit-constructor): a password is written as any text
    {
        *this += std::string_view(text);
    }

    /// What it says, for as long as this is not changed.
    operator std::string_view() const noexcept // NOLINT(google-explicit-constructor): as that of std::string
    {
        return {text_.data(), text_.size()};
    }
    /// Whether it says nothing.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    /// How many bytes it has.
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
    /// Makes room for so many bytes.
    void reserve(std::size_t count) { text_.reserve(count); }
    /// Appends a byte.
    secret_text& operator+=(char c)
    {
        text_.push_back(c);
        return *this;
    }
    /// Appends a text, which may not be this one.
    secret_text& operator+=(std::string_view text)
    {
        text_.insert(text_.end(), text.begin(), text.end());
        return *this;
    }
    /// Shortens it.
    void pop_back() { text_.pop_back(); }

    /// Compares with any text.
    template <std::convertible_to<std::string_view> Text>
    friend bool operator==(secret_text const& a, Text const& b)
    {
        return std::string_view(a) == std::string_view(b);
    }

private:
    std::vector<char, detail::wiping_allocator<char>> text_; // not a string, which keeps a short text where no allocator sees it
};

} // namespace esxi
