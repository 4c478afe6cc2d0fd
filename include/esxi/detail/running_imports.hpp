// SPDX-License-Identifier: Apache-2.0
// The imports that run in this process. Its pid alone does not tell: the process lives on when one of them has failed.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include <esxi/detail/of_this_process.hpp>

namespace esxi::detail {

/// Their tokens. Safe to use from several threads at once.
class running_imports {
public:
    void add(std::string const& token)
    {
        std::lock_guard const lock(mutex_);
        tokens_.insert(token);
    }
    void remove(std::string const& token)
    {
        std::lock_guard const lock(mutex_);
        tokens_.erase(token);
    }
    [[nodiscard]] bool has(std::string const& token)
    {
        std::lock_guard const lock(mutex_);
        return tokens_.contains(token);
    }

private:
    std::mutex mutex_;
    std::set<std::string> tokens_;
};

/// One of them, for as long as this lives.
class running_import {
public:
    explicit running_import(std::string const& token) : token_(token) { of_this_process<running_imports>().add(token_); }
    running_import(running_import const&) = delete;
    running_import& operator=(running_import const&) = delete;
    ~running_import() { of_this_process<running_imports>().remove(token_); }

private:
    std::string token_;
};

} // namespace esxi::detail
