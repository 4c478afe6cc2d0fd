// SPDX-License-Identifier: Apache-2.0
// The native module of the plugin: the library's operations over Cloudify's ctx and the govc that lies beside the module.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include <dlfcn.h>

#include <pybind11/pybind11.h>

#include <esxi/context/cloudify.hpp>
#include <esxi/detail/of_this_process.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

namespace {

namespace py = pybind11;
using govc_transport = esxi::subprocess_transport;

/// The govc of this wheel, made executable if need be; empty, to look elsewhere, where ESXI_GOVC names another one.
std::string own_govc()
{
    char const* const named = std::getenv("ESXI_GOVC");
    ::Dl_info module{};
    if ((named != nullptr && *named != '\0') || ::dladdr(reinterpret_cast<void*>(&own_govc), &module) == 0) {
        return {};
    }
    auto const path = std::filesystem::absolute(module.dli_fname).parent_path() / "govc";
    return esxi::detail::require_executable(path.string(), "the plugin", true);
}

/// The one transport of this process: its operations share their logins. A child by fork gets one of its own. It is ended by `end`,
/// not by the exit of a process in which threads may still run.
class shared_transport {
public:
    static shared_transport& instance() { return esxi::detail::of_this_process<shared_transport>(); }

    std::shared_ptr<govc_transport> get()
    {
        std::lock_guard const lock(mutex_);
        if (transport_ == nullptr) {
            transport_ = std::make_shared<govc_transport>(esxi::subprocess_options{.govc = own_govc()});
        }
        return transport_;
    }

    /// Logs out, once no operation uses it.
    void end()
    {
        std::shared_ptr<govc_transport> last;
        std::lock_guard const lock(mutex_);
        last = std::exchange(transport_, nullptr);
    }

private:
    std::mutex mutex_;
    std::shared_ptr<govc_transport> transport_;
};

/// That transport, made once a command is to be run.
struct govc_of_this_process {
    static esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        return shared_transport::instance().get()->run(c, options);
    }
    static std::string govc_version() { return shared_transport::instance().get()->govc_version(); }
};
static_assert(esxi::versioned_transport<govc_of_this_process>);

/// A bound of time that the worker's environment sets, in seconds.
std::chrono::milliseconds bound(char const* variable, std::chrono::milliseconds otherwise)
{
    char const* const text = std::getenv(variable);
    if (text == nullptr || *text == '\0') {
        return otherwise;
    }
    double seconds = 0;
    auto const* const end = text + std::strlen(text);
    auto const read = std::from_chars(text, end, seconds);
    if (read.ec != std::errc{} || read.ptr != end || !(seconds >= 0.1 && seconds <= 86400)) {
        throw esxi::error(esxi::error_kind::config, std::string(variable) + " is no number of seconds from 0.1 to 86400");
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

esxi::operation_options bounded()
{
    esxi::operation_options options;
    options.command_timeout = bound("ESXI_COMMAND_TIMEOUT", options.command_timeout);
    options.import_timeout = bound("ESXI_IMPORT_TIMEOUT", options.import_timeout);
    return options;
}

/// Has the progress of an import logged, each ten percent.
template <class Context>
esxi::operation_options logging_progress(Context& context)
{
    auto options = bounded();
    options.on_progress = [&context, what = std::string(), tenth = -1](esxi::import_progress const& progress) mutable {
        if (progress.what != what || progress.percent / 10 != tenth) {
            what = progress.what;
            tenth = progress.percent / 10;
            context.log(esxi::log_level::info, esxi::printable(what) + ": " + std::to_string(progress.percent) + "%");
        }
    };
    return options;
}

/// Defines `name(ctx)`, which runs the operation on this engine and returns what it returns.
template <class Operation>
void define(py::module_& module, esxi::cloudify_engine const& engine, char const* name, Operation operation)
{
    module.def(
        name,
        [operation, engine](py::object ctx) {
            govc_of_this_process govc;
            return esxi::run_for_cloudify(govc, std::move(ctx), operation, engine);
        },
        py::arg("ctx"));
}

/// A stop in this way, whatever the node's `stop_mode` is.
auto stopping(char const* mode)
{
    return [mode](auto& transport, auto& context) -> boost::json::value {
        context.set_property("stop_mode", mode);
        static_cast<void>(esxi::stop_vm(transport, context, bounded()));
        return nullptr;
    };
}

/// At the interpreter's end: stops what still runs, and logs out.
void end()
{
    py::gil_scoped_release const unlocked;
    static_cast<void>(esxi::detail::running_operations::of_this_process().stop_all(std::chrono::seconds(5)));
    shared_transport::instance().end();
}

} // namespace

#define ESXI_OPERATION(name)                                                                                                     \
    define(module, engine, #name, [](auto& transport, auto& context) -> boost::json::value {                                     \
        static_cast<void>(esxi::name(transport, context, logging_progress(context)));                                            \
        return nullptr;                                                                                                          \
    })
#define ESXI_LOOK(name)                                                                                                          \
    define(module, engine, #name,                                                                                                \
           [](auto& transport, auto& context) -> boost::json::value { return esxi::name(transport, context, bounded()); })
#define ESXI_DRIFT(name)                                                                                                         \
    define(module, engine, #name, [](auto& transport, auto& context) -> boost::json::value {                                     \
        auto drift = esxi::name(transport, context, bounded());                                                                  \
        return drift.empty() ? boost::json::value() : boost::json::value(std::move(drift));                                      \
    })

PYBIND11_MODULE(_native, module)
{
    module.doc() = "The operations of esxi, over Cloudify's ctx";
    esxi::cloudify_engine const engine{py::module_::import("esxi_plugin.engine").attr("name").cast<std::string>()};
    ESXI_OPERATION(probe_host);
    ESXI_OPERATION(record_host_facts);
    ESXI_OPERATION(noop_op);
    ESXI_OPERATION(create_vm);
    ESXI_OPERATION(configure_vm);
    ESXI_OPERATION(start_vm);
    ESXI_OPERATION(stop_vm);
    define(module, engine, "power_off_vm", stopping("hard"));
    define(module, engine, "shut_down_vm", stopping("graceful"));
    ESXI_OPERATION(delete_vm);
    ESXI_OPERATION(update_vm);
    ESXI_OPERATION(pull_vm);
    ESXI_OPERATION(create_snapshot);
    ESXI_OPERATION(delete_snapshot);
    ESXI_OPERATION(pull_snapshot);
    ESXI_LOOK(host_status);
    ESXI_LOOK(vm_status);
    ESXI_LOOK(snapshot_status);
    ESXI_DRIFT(host_drift);
    ESXI_DRIFT(vm_drift);
    ESXI_DRIFT(snapshot_drift);

    module.def("is_update", &esxi::detail::is_update, py::arg("workflow"));

    // For tests: what becomes of a value on its way through the library.
    module.def("_round_trip", [engine](py::object const& value) {
        try {
            return esxi::detail::to_python(esxi::detail::python_reader("the value").read(value));
        } catch (esxi::error const& failed) {
            esxi::detail::throw_for_cloudify(failed, {}, engine);
        }
    });
    module.def("_govc", [] { return shared_transport::instance().get()->govc(); });
    py::module_::import("atexit").attr("register")(py::cpp_function(&end));
}
