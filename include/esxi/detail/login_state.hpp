// SPDX-License-Identifier: Apache-2.0
// What this process knows of a login: whether a host has refused that password of that user, or is just being asked.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include <esxi/command.hpp>
#include <esxi/detail/keyed_hash.hpp>
#include <esxi/detail/normal_host.hpp>
#include <esxi/detail/of_this_process.hpp>
#include <esxi/model/connection.hpp>

namespace esxi::detail {

class session_gate;

/// Of one host, user and password. For `session_gate`, which keeps the rules.
struct login_state {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<output> refused{};     ///< What govc said when it was refused.
    std::uint64_t attempts = 0;               ///< How many there have been.
    std::uint64_t attempt = 0;                ///< The one whose outcome is not known yet; 0: none.
    session_gate const* opens = nullptr; ///< Where that one leaves a session when it succeeds.

    void end_attempt() noexcept
    {
        attempt = 0;
        opens = nullptr;
        changed.notify_all();
    }
};

/// All logins of this process. A password is kept as a hash, whose key is as random as it and never leaves the process: enough to
/// know it again, and nothing that could be read out of the memory without trying passwords.
class login_list {
public:
    [[nodiscard]] std::shared_ptr<login_state> of(host_connection const& connection)
    {
        std::lock_guard const lock(mutex_);
        auto& state = logins_[{normal_host(connection.host), connection.user, keyed_hash(key_, connection.password)}];
        if (!state) {
            state = std::make_shared<login_state>();
        }
        return state;
    }

    void forget_refusals()
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [who, state] : logins_) {
            std::lock_guard const state_lock(state->mutex);
            state->refused.reset();
        }
    }

private:
    std::mutex mutex_;
    hash_key const key_ = random_hash_key();
    std::map<std::tuple<std::string, std::string, std::uint64_t>, std::shared_ptr<login_state>> logins_;
};

/// The one of this connection, whatever transport asks.
[[nodiscard]] inline std::shared_ptr<login_state> login_of(host_connection const& connection)
{
    return of_this_process<login_list>().of(connection);
}

} // namespace esxi::detail
