// SPDX-License-Identifier: Apache-2.0
// A transport of any type behind one type: for a choice at run time, and for code that is to be compiled once.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>

namespace esxi {

/// Models `versioned_transport`, whatever is inside: a version that the inner transport cannot tell is empty.
/// As safe to share among threads as what is inside. Can be moved, and must not be used after that.
class any_transport {
public:
    /// Borrows a transport that has a name, which must then live longer; takes over one that is moved in.
    template <class T>
        requires(!std::is_same_v<std::remove_cvref_t<T>, any_transport> && transport<std::remove_reference_t<T>>)
    explicit any_transport(T&& inner) : inner_(std::make_unique<holder<T>>(std::forward<T>(inner)))
    {
    }

    /// Owns a transport that cannot be moved.
    template <transport T>
    explicit any_transport(std::unique_ptr<T> inner) : inner_(std::make_unique<owner<T>>(std::move(inner)))
    {
    }

    /// Answers and throws what the inner transport does.
    output run(command const& c, run_options const& options) { return inner_->run(c, options); }

    /// What the inner transport says; empty where it cannot tell.
    [[nodiscard]] std::string govc_version() { return inner_->govc_version(); }

private:
    struct erased {
        virtual ~erased() = default;
        virtual output run(command const& c, run_options const& options) = 0;
        virtual std::string govc_version() = 0;
    };

    template <class T>
    static std::string version_of(T& inner)
    {
        if constexpr (versioned_transport<T>) {
            return inner.govc_version();
        } else {
            return {};
        }
    }

    /// `T` is a reference for a transport that is borrowed.
    template <class T>
    struct holder final : erased {
        explicit holder(T&& inner) : held(std::forward<T>(inner)) {}
        output run(command const& c, run_options const& options) override { return held.run(c, options); }
        std::string govc_version() override { return version_of(held); }
        T held;
    };

    template <class T>
    struct owner final : erased {
        explicit owner(std::unique_ptr<T> inner) : owned(std::move(inner)) {}
        output run(command const& c, run_options const& options) override { return owned->run(c, options); }
        std::string govc_version() override { return version_of(*owned); }
        std::unique_ptr<T> owned;
    };

    std::unique_ptr<erased> inner_;
};

static_assert(versioned_transport<any_transport>);

} // namespace esxi
