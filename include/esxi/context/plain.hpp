// SPDX-License-Identifier: Apache-2.0
// A context that a C++ program fills: properties, links to the nodes that this one depends on, and hooks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/detail/process.hpp>
#include <esxi/error.hpp>

namespace esxi {

/// Models `context`. A host stands alone, a VM is made with its host, a snapshot with its VM; what a node depends on must outlive
/// it. Runtime properties are in memory; `on_persist` or `keep_in` make them last. One operation at a time.
class plain_context {
public:
    /// A host.
    explicit plain_context(boost::json::object properties) : properties_(std::move(properties)) {}
    /// A VM, which depends on its host, or a snapshot, which depends on its VM.
    plain_context(boost::json::object properties, plain_context const& depends_on)
        : properties_(std::move(properties)), depends_on_(&depends_on)
    {
    }
    plain_context(boost::json::object, plain_context const&&) = delete;

    /// Called at each persist with all runtime properties, before the next command is sent. What it throws ends the operation.
    void on_persist(std::function<void(boost::json::object const&)> hook) { persist_hook_ = std::move(hook); }
    /// Called with each log line.
    void on_log(std::function<void(log_level, std::string_view)> hook) { log_hook_ = std::move(hook); }
    /// Reads the runtime properties from `store` (`read() -> object`), and writes them there (`write(object)`) at each persist.
    template <class Store>
    void keep_in(Store& store)
    {
        runtime_ = store.read();
        on_persist([&store](boost::json::object const& runtime) { store.write(runtime); });
    }
    /// Ends the operation once a stop is requested.
    void stop_with(std::stop_token token) { stop_ = std::move(token); }
    /// Why the operations are run; a person's wish unless told otherwise.
    void run_for(purpose why) { why_ = why; }
    /// Makes waits take no time: the clocks jump instead. For replays and tests.
    void use_virtual_time() { virtual_time_ = true; }
    /// Replaces what is known so far.
    void set_runtime_properties(boost::json::object runtime) { runtime_ = std::move(runtime); }
    /// Replaces what is wished. Not while an operation runs.
    void set_properties(boost::json::object properties) { properties_ = std::move(properties); }

    /// The desired properties, unchecked.
    [[nodiscard]] boost::json::object const& properties() const { return properties_; }
    /// What was learned so far.
    [[nodiscard]] boost::json::object const& runtime_properties() const { return runtime_; }

    /// Sets the keys, removes those that are null, and calls the hook with all; throws what that throws, and then knows nothing new.
    void persist(boost::json::object const& changes)
    {
        auto runtime = runtime_;
        for (auto const& change : changes) {
            if (change.value().is_null()) {
                runtime.erase(change.key());
            } else {
                runtime[change.key()] = change.value();
            }
        }
        if (persist_hook_) {
            persist_hook_(runtime);
        }
        runtime_ = std::move(runtime); // what could not be stored is not known either, and is learned again
    }

    /// Of the host at the end of the links. Throws `config` where there is none.
    [[nodiscard]] boost::json::object const& host_properties() const
    {
        if (depends_on_ != nullptr) {
            return depends_on_->host_properties();
        }
        if (!properties_.contains("host") && properties_.contains("name")) {
            throw error(error_kind::config,
                        "this node is linked to no host: construct its context with the one of its host or VM");
        }
        return properties_;
    }

    /// Of the VM that a snapshot was made with. Throws `config` where there is none.
    [[nodiscard]] boost::json::object const& vm_properties() const
    {
        if (depends_on_ == nullptr || depends_on_->depends_on_ == nullptr) {
            throw error(error_kind::config, "this node is linked to no VM: construct its context with the one of its VM");
        }
        return depends_on_->properties_;
    }

    /// See `run_for`.
    [[nodiscard]] purpose why() const { return why_; }

    /// Calls the hook of `on_log`.
    void log(log_level level, std::string_view text)
    {
        if (log_hook_) {
            log_hook_(level, text);
        }
    }

    /// Waits so long, or until a stop is requested; not at all in virtual time.
    void wait(std::chrono::milliseconds duration)
    {
        if (virtual_time_) {
            skipped_ += duration;
            return;
        }
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop_, duration, [] { return false; });
    }

    /// For deadlines; ahead by the waits of virtual time.
    [[nodiscard]] std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now() + skipped_; }
    /// For what is persisted; ahead by the waits of virtual time.
    [[nodiscard]] std::chrono::system_clock::time_point wall_time() { return std::chrono::system_clock::now() + skipped_; }
    /// 32 hex digits from the system's own source of random numbers.
    [[nodiscard]] std::string random_token() { return detail::random_hex_digits(); }
    /// See `stop_with`.
    [[nodiscard]] std::stop_token stop_token() const { return stop_; }
    /// This process.
    [[nodiscard]] process_identity process() { return detail::this_process(); }
    /// Whether that process of this machine still lives.
    [[nodiscard]] bool is_running(process_identity const& process) { return detail::process_is_running(process); }

private:
    boost::json::object properties_;
    boost::json::object runtime_;
    plain_context const* depends_on_ = nullptr;
    std::function<void(boost::json::object const&)> persist_hook_;
    std::function<void(log_level, std::string_view)> log_hook_;
    std::stop_token stop_;
    purpose why_ = purpose::user;
    bool virtual_time_ = false;
    std::chrono::milliseconds skipped_{0};
};

static_assert(context<plain_context>);

} // namespace esxi
