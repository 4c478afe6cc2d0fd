// SPDX-License-Identifier: Apache-2.0
// Memory for JSON that is wiped before it is given back.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/json/storage_ptr.hpp>

#include <esxi/detail/wipe.hpp>

namespace esxi::detail {

/// What `wiping_storage` leads to.
class wiping_resource final : public boost::container::pmr::memory_resource {
public:
    /// Takes the memory from `below`.
    explicit wiping_resource(boost::json::storage_ptr below = {}) : below_(std::move(below)) {}

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override { return below_->allocate(bytes, alignment); }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override
    {
        wipe(memory, bytes);
        below_->deallocate(memory, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }

    boost::json::storage_ptr below_;
};

} // namespace esxi::detail
