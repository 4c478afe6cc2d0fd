// SPDX-License-Identifier: Apache-2.0
// A context over Cloudify's `ctx`, and how an operation is run for Cloudify. The only header, with its own in detail/, that needs pybind11.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include <boost/json/object.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/cloudify_cancel.hpp>
#include <esxi/detail/cloudify_connection.hpp>
#include <esxi/detail/cloudify_engine.hpp>
#include <esxi/detail/cloudify_error.hpp>
#include <esxi/detail/cloudify_instances.hpp>
#include <esxi/detail/cloudify_json.hpp>
#include <esxi/detail/cloudify_purpose.hpp>
#include <esxi/detail/cloudify_relations.hpp>
#include <esxi/detail/cloudify_running.hpp>
#include <esxi/detail/process.hpp>
#include <esxi/error.hpp>
#include <esxi/model/host_properties.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// Models `context` over the `ctx` of an operation on a node instance. It belongs to the thread that made it, which holds the
/// interpreter lock then; afterwards every member takes the lock for itself, so that the operation runs without it. The
/// properties that a derived node type has added are not passed on.
class cloudify_context {
public:
    /// How often, while it waits, a context lets Python's signal handlers run and looks whether the workflow was cancelled.
    static constexpr std::chrono::milliseconds look_interval{100};

    /// Reads what the node is and knows, of a `ctx` of this engine. Throws `config` for what JSON cannot hold.
    explicit cloudify_context(pybind11::object ctx, cloudify_engine engine = {})
        : engine_(std::move(engine)),
          ctx_(std::move(ctx)),
          node_(ctx_.attr("node")),
          instance_(ctx_.attr("instance")),
          logger_(ctx_.attr("logger")),
          type_(type_of(node_)),
          properties_(read_properties(node_, instance_, type_, ctx_)),
          runtime_(detail::python_reader("the runtime properties").read_map(instance_.attr("runtime_properties"))),
          why_(read_purpose())
    {
    }
    cloudify_context(cloudify_context const&) = delete;
    cloudify_context& operator=(cloudify_context const&) = delete;

    ~cloudify_context()
    {
        pybind11::gil_scoped_acquire const locked;
        interruption_ = nullptr;
        cancel_watch_ = {};
        logger_ = instance_ = node_ = ctx_ = pybind11::object();
    }

    /// The node's properties, without those that a derived node type has added.
    [[nodiscard]] boost::json::object const& properties() const { return properties_; }
    /// Sets one of them, for this operation.
    void set_property(std::string_view name, boost::json::value value)
    {
        properties_[boost::json::string_view(name.data(), name.size())] = std::move(value);
    }
    /// Those of the node instance, as they were read, with what was persisted since.
    [[nodiscard]] boost::json::object const& runtime_properties() const { return runtime_; }

    /// Assigns the top-level keys, removes those that are null, and stores them at once. What another run stored in between stays.
    void persist(boost::json::object const& changes)
    {
        pybind11::gil_scoped_acquire const locked;
        constexpr int attempts = 10;
        for (int attempt = 1;; ++attempt) {
            assign(changes);
            try {
                instance_.attr("update")();
                break;
            } catch (pybind11::error_already_set& failed) {
                if (!is_conflict(failed) || attempt == attempts) {
                    throw;
                }
            }
            pause(attempt);
            instance_.attr("refresh")(pybind11::arg("force") = true);
        }
        for (auto const& change : changes) {
            if (change.value().is_null()) {
                runtime_.erase(change.key());
            } else {
                runtime_[change.key()] = change.value();
            }
        }
    }

    /// Of the one host that the node is related to, itself or through its VM.
    [[nodiscard]] boost::json::object host_properties() const
    {
        if (type_ == detail::cloudify_host_type || type_.empty()) {
            return properties_;
        }
        pybind11::gil_scoped_acquire const locked;
        auto const host = detail::related_host({node_, instance_});
        return read_properties(host.node, host.instance, detail::cloudify_host_type, ctx_);
    }

    /// Of the one VM that the node is related to.
    [[nodiscard]] boost::json::object vm_properties() const
    {
        pybind11::gil_scoped_acquire const locked;
        auto const vm = detail::related_vm({node_, instance_});
        return read_properties(vm.node, vm.instance, detail::cloudify_vm_type, ctx_);
    }

    /// What a VM that this node imports is marked with: the deployment and the node.
    [[nodiscard]] std::string owner() const
    {
        pybind11::gil_scoped_acquire const locked;
        return detail::python_text_of(ctx_.attr("deployment"), "id") + "/" + detail::python_text_of(node_, "name");
    }

    /// The id of another node instance of this deployment that has recorded the VM as its own; empty if none has.
    [[nodiscard]] std::string other_holder(std::string_view moid, std::string_view instance_uuid) const
    {
        pybind11::gil_scoped_acquire const locked;
        return detail::other_instance_with_vm(engine_, ctx_, moid, instance_uuid);
    }

    /// The runtime properties of the one VM that the node is related to.
    [[nodiscard]] boost::json::object vm_runtime_properties() const
    {
        pybind11::gil_scoped_acquire const locked;
        auto const vm = detail::related_vm({node_, instance_});
        return detail::python_reader("the runtime properties of the VM").read_map(vm.instance.attr("runtime_properties"));
    }

    /// Told from the workflow and the instance's state: a rollback or a step of the engine, never a person's wish.
    [[nodiscard]] purpose why() const { return why_; }

    /// To `ctx.logger`. Of another thread, a line is kept until the context's own thread comes by.
    void log(log_level level, std::string_view text)
    {
        if (std::this_thread::get_id() != thread_) {
            std::lock_guard const lock(lines_mutex_);
            lines_.emplace_back(level, text);
            return;
        }
        pybind11::gil_scoped_acquire const locked;
        write_kept_lines();
        write_line(level, text);
    }

    /// Waits so long, or until a stop is requested, as by a cancelled workflow; looks around every `look_interval`.
    void wait(std::chrono::milliseconds duration)
    {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        auto const end = std::chrono::steady_clock::now() + duration;
        while (!stop_.stop_requested()) {
            auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0) {
                break;
            }
            stopped.wait_for(lock, stop_.get_token(), std::min(left, look_interval), [] { return false; });
            look_around();
            ask_manager();
        }
    }

    /// For deadlines.
    [[nodiscard]] std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    /// For what is persisted.
    [[nodiscard]] std::chrono::system_clock::time_point wall_time() { return std::chrono::system_clock::now(); }
    /// 32 hex digits from the system's own source of random numbers.
    [[nodiscard]] std::string random_token() { return detail::random_hex_digits(); }
    /// Of `stop_source`.
    [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }
    /// The process of the worker.
    [[nodiscard]] process_identity process() { return detail::this_process(); }
    /// Whether that process of this machine still lives.
    [[nodiscard]] bool is_running(process_identity const& process) { return detail::process_is_running(process); }

    // ---- What the run of an operation needs more ---------------------------------------------------------------------------

    /// What ends the operation.
    [[nodiscard]] std::stop_source stop_source() const { return stop_; }

    /// Runs Python's signal handlers, where this is Python's main thread, and stops the operation if one throws, or if the workflow
    /// was cancelled. Writes the kept log lines.
    void look_around() noexcept
    {
        try {
            pybind11::gil_scoped_acquire const locked;
            write_kept_lines();
            if (interruption_ == nullptr && PyErr_CheckSignals() != 0) {
                interruption_ = std::make_exception_ptr(pybind11::error_already_set());
                stop_.request_stop();
            }
            if (detail::workflow_is_cancelled(engine_)) {
                stop_.request_stop();
            }
        } catch (...) {
            interruption_ = std::current_exception();
            stop_.request_stop();
        }
    }

    /// Asks the manager now and then whether the execution was cancelled, and stops the operation if so.
    void ask_manager()
    {
        pybind11::gil_scoped_acquire const locked;
        cancel_watch_.ask(ctx_, engine_);
        if (cancel_watch_.is_cancelled()) {
            stop_.request_stop();
        }
    }

    /// Throws what a signal handler threw meanwhile, `KeyboardInterrupt` for one.
    void throw_interruption()
    {
        if (interruption_ != nullptr) {
            std::rethrow_exception(std::exchange(interruption_, nullptr));
        }
    }

private:
    [[nodiscard]] static std::string_view type_of(pybind11::handle node)
    {
        for (auto const type : {detail::cloudify_host_type, detail::cloudify_vm_type, detail::cloudify_snapshot_type}) {
            if (detail::is_of_type(node, type)) {
                return type;
            }
        }
        return {};
    }

    [[nodiscard]] static std::span<std::string_view const> names_of(std::string_view type)
    {
        if (type == detail::cloudify_host_type) {
            return host_property_names;
        }
        if (type == detail::cloudify_vm_type) {
            return vm_property_names;
        }
        return snapshot_property_names;
    }

    [[nodiscard]] static boost::json::object read_properties(pybind11::handle node, pybind11::handle instance,
                                                             std::string_view type, pybind11::handle ctx)
    {
        auto const all = pybind11::reinterpret_borrow<pybind11::object>(node.attr("properties"));
        if (type.empty()) {
            return detail::python_reader("the properties").read_map(all);
        }
        boost::json::object properties;
        for (auto const name : names_of(type)) {
            pybind11::str const key(name.data(), name.size());
            if (all.contains(key)) {
                auto const what = "property `" + std::string(name) + "`";
                properties.emplace(boost::json::string_view(name.data(), name.size()),
                                   detail::python_reader(what).read(all[key]));
            }
        }
        if (type == detail::cloudify_vm_type) {
            detail::add_scale_suffix(properties, node, instance);
        } else if (type == detail::cloudify_host_type) {
            properties = detail::over(std::move(properties), detail::read_outer_connection(ctx, all));
        }
        return properties;
    }

    [[nodiscard]] purpose read_purpose() const
    {
        auto const workflow = detail::python_text_of(ctx_, "workflow_id");
        auto const operation = detail::python_text_of(pybind11::getattr(ctx_, "operation", pybind11::none()), "name");
        // Not public: what is stored of the instance, its state with it.
        auto const state = detail::python_text_of(pybind11::getattr(instance_, "_node_instance", pybind11::none()), "state");
        return detail::purpose_of({workflow, operation, state, scales_in(), recreates()});
    }

    [[nodiscard]] bool scales_in() const
    {
        try {
            auto const parameters = pybind11::getattr(ctx_, "workflow_parameters", pybind11::none());
            return !parameters.is_none() && pybind11::int_(parameters["delta"]).cast<long>() < 0;
        } catch (std::exception const&) { // none, or no number
            return false;
        }
    }

    [[nodiscard]] bool recreates() const
    {
        auto const all = pybind11::reinterpret_borrow<pybind11::object>(node_.attr("properties"));
        return all.contains("recreate_on_update") && pybind11::handle(all["recreate_on_update"]).ptr() == Py_True;
    }

    /// A moment, longer each time and never the same, so that two that collided do not collide again.
    static void pause(int attempt)
    {
        pybind11::gil_scoped_release const unlocked;
        std::random_device random;
        std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % (20U * static_cast<unsigned>(attempt))));
    }

    void assign(boost::json::object const& changes)
    {
        pybind11::object runtime = instance_.attr("runtime_properties");
        for (auto const& change : changes) {
            auto const key = detail::to_python_text({change.key().data(), change.key().size()});
            if (!change.value().is_null()) {
                runtime[key] = detail::to_python(change.value());
            } else if (runtime.contains(key)) {
                runtime.attr("__delitem__")(key);
            }
        }
    }

    /// Whether somebody else has stored the instance since it was read: HTTP 409 of a manager, or the local storage's own exception.
    [[nodiscard]] static bool is_conflict(pybind11::error_already_set const& failed)
    {
        auto const status = pybind11::getattr(failed.value(), "status_code", pybind11::none());
        return status.equal(pybind11::int_(409)) ||
               std::string_view(reinterpret_cast<PyTypeObject*>(failed.type().ptr())->tp_name) == "StorageConflictError";
    }

    void write_line(log_level level, std::string_view text)
    {
        char const* const name = level == log_level::debug     ? "debug"
                                 : level == log_level::info    ? "info"
                                 : level == log_level::warning ? "warning"
                                                               : "error";
        logger_.attr(name)("%s", detail::to_python_text(text));
    }

    void write_kept_lines()
    {
        std::vector<std::pair<log_level, std::string>> lines;
        {
            std::lock_guard const lock(lines_mutex_);
            lines.swap(lines_);
        }
        for (auto const& [level, text] : lines) {
            write_line(level, text);
        }
    }

    cloudify_engine engine_;
    pybind11::object ctx_;
    pybind11::object node_;
    pybind11::object instance_;
    pybind11::object logger_;
    std::string_view type_;
    boost::json::object properties_;
    boost::json::object runtime_;
    purpose why_;
    std::thread::id thread_ = std::this_thread::get_id();
    std::stop_source stop_;
    detail::cancel_watch cancel_watch_;
    std::exception_ptr interruption_;
    std::mutex lines_mutex_;
    std::vector<std::pair<log_level, std::string>> lines_;
};

static_assert(context<cloudify_context>);

/// A transport that runs each command of another one in a thread of its own, so that the calling one can look around meanwhile. It
/// is called without the interpreter lock, by the context's thread.
template <transport Inner>
class cloudify_transport {
public:
    /// Borrows both.
    cloudify_transport(Inner& inner, cloudify_context& context) : inner_(inner), context_(context) {}

    /// Answers and throws what the inner transport does; a signal handler that throws stops the command.
    output run(command const& c, run_options const& options)
    {
        std::mutex mutex;
        std::condition_variable ended;
        bool has_ended = false;
        output answer;
        std::exception_ptr failure;
        std::jthread const runner([&] {
            try {
                answer = inner_.run(c, options);
            } catch (...) {
                failure = std::current_exception();
            }
            std::lock_guard const lock(mutex);
            has_ended = true;
            ended.notify_one();
        });
        std::unique_lock lock(mutex);
        bool const is_poll = !c.argv.empty() && c.argv.front() == "object.collect"; // a part of a wait
        while (!ended.wait_for(lock, cloudify_context::look_interval, [&has_ended] { return has_ended; })) {
            lock.unlock();
            context_.look_around();
            if (is_poll) {
                context_.ask_manager();
            }
            lock.lock();
        }
        lock.unlock();
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
        return answer;
    }

    /// What the inner transport says.
    [[nodiscard]] std::string govc_version()
        requires versioned_transport<Inner>
    {
        return inner_.govc_version();
    }

private:
    Inner& inner_;
    cloudify_context& context_;
};

/// Runs an operation for Cloudify or another engine: `operation(transport, context)` is called without the interpreter lock, and what
/// it returns, a value of JSON, is Python's then. Called with the lock held. Throws the engine's exceptions, and what a signal
/// handler threw.
template <transport Inner, class Operation>
pybind11::object run_for_cloudify(Inner& inner, pybind11::object ctx, Operation&& operation, cloudify_engine const& engine = {})
{
    std::string node;
    try {
        node = pybind11::str(ctx.attr("node").attr("name"));
        cloudify_context context(std::move(ctx), engine);
        boost::json::value result;
        try {
            pybind11::gil_scoped_release const unlocked;
            detail::running_operation const running(context.stop_source());
            cloudify_transport<Inner> transport(inner, context);
            result = operation(transport, context);
        } catch (error const&) {
            context.look_around();
            context.throw_interruption();
            throw;
        }
        context.look_around();
        context.throw_interruption();
        return detail::to_python(result);
    } catch (error const& failed) {
        detail::throw_for_cloudify(failed, node, engine);
    }
}

} // namespace esxi
