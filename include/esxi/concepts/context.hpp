// SPDX-License-Identifier: Apache-2.0
// What the library asks of a context: small concepts, and their conjunction.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <esxi/purpose.hpp>

namespace esxi {

/// How important a log line is.
enum class log_level {
    debug,   ///< Each command, before it is sent.
    info,    ///< Each step of the plan, and why there is none.
    warning, ///< Something was not as wished, and the operation goes on.
    error,   ///< Something failed beside the failure that is thrown.
};

/// A process that runs an operation, so that a later run can tell whether it still lives.
struct process_identity {
    std::string machine;     ///< Differs between machines, and wherever else one pid can stand for two processes.
    std::int64_t pid = 0;    ///< 0: no process any more.
    std::int64_t started = 0; ///< Made of when the process started and of the machine's boot: tells a reused pid apart.

    friend bool operator==(process_identity const&, process_identity const&) = default;
};

/// The node's desired properties, read only, unchecked.
template <class C>
concept has_properties = requires(C const& c) {
    { c.properties() } -> std::convertible_to<boost::json::object const&>;
};

/// What was learned earlier, and where what is learned now is kept. `persist` sets the given top-level keys, removes those whose
/// value is null, leaves the others, and has stored it when it returns.
template <class C>
concept has_runtime_properties = requires(C& c, C const& k, boost::json::object const& changes) {
    { k.runtime_properties() } -> std::convertible_to<boost::json::object>;
    { c.persist(changes) } -> std::same_as<void>;
};

/// The desired properties of the related Host node, and of the related VM node. A node that is a host itself gives its own; a
/// missing relation is a `config` error.
template <class C>
concept has_relations = requires(C const& c) {
    { c.host_properties() } -> std::convertible_to<boost::json::object>;
    { c.vm_properties() } -> std::convertible_to<boost::json::object>;
};

/// Why the operation is being run.
template <class C>
concept has_purpose = requires(C const& c) {
    { c.why() } -> std::same_as<purpose>;
};

/// Where an operation says what it is doing. The text holds no secret.
template <class C>
concept has_log = requires(C& c, log_level level, std::string_view text) {
    { c.log(level, text) } -> std::same_as<void>;
};

/// Time. `wait` returns early when a stop is requested; `now` is steady, for deadlines; `wall_time` is for what is persisted.
template <class C>
concept has_time = requires(C& c, std::chrono::milliseconds duration) {
    { c.wait(duration) } -> std::same_as<void>;
    { c.now() } -> std::same_as<std::chrono::steady_clock::time_point>;
    { c.wall_time() } -> std::same_as<std::chrono::system_clock::time_point>;
};

/// 32 random hex digits, lower case, from a source that nobody can guess.
template <class C>
concept has_random_tokens = requires(C& c) {
    { c.random_token() } -> std::convertible_to<std::string>;
};

/// Ends the operation, its waits and its running command.
template <class C>
concept has_stop = requires(C const& c) {
    { c.stop_token() } -> std::same_as<std::stop_token>;
};

/// Who runs the operation, and whether the one that ran it earlier is still alive (asked only for the same machine).
template <class C>
concept has_process = requires(C& c, process_identity const& p) {
    { c.process() } -> std::same_as<process_identity>;
    { c.is_running(p) } -> std::same_as<bool>;
};

/// Optional. Whom the VMs that it imports are marked with, as text without control characters: a later run with the same owner and no
/// record tells them by that. See `adopt_policy::if_ours`.
template <class C>
concept has_owner = requires(C const& c) {
    { c.owner() } -> std::convertible_to<std::string>;
};

/// Optional, if several nodes share one place of records: which other node has recorded a VM as its own, given its moid and instance
/// uuid; empty if none has.
template <class C>
concept knows_other_nodes = requires(C const& c, std::string_view text) {
    { c.other_holder(text, text) } -> std::convertible_to<std::string>;
};

/// Optional, if the related VM node has a record: its runtime properties, by which a snapshot's VM is told.
template <class C>
concept has_vm_record = requires(C const& c) {
    { c.vm_runtime_properties() } -> std::convertible_to<boost::json::object>;
};

/// The context's owner; empty if it has none.
template <class C>
[[nodiscard]] std::string owner_of(C const& context)
{
    if constexpr (has_owner<C>) {
        return context.owner();
    } else {
        return {};
    }
}

/// Everything an operation asks of its context.
template <class C>
concept context = has_properties<C> && has_runtime_properties<C> && has_relations<C> && has_purpose<C> && has_log<C> &&
                  has_time<C> && has_random_tokens<C> && has_stop<C> && has_process<C>;

} // namespace esxi
