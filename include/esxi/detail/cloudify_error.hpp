// SPDX-License-Identifier: Apache-2.0
// The library's errors as the exceptions that Cloudify knows.
#pragma once

#include <string>

#include <pybind11/pybind11.h>

#include <esxi/detail/cloudify_engine.hpp>
#include <esxi/detail/cloudify_json.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// Throws the engine's exception that says the same: `RecoverableError`, which is tried again, or `NonRecoverableError`. The kind
/// stays as the type of its cause. The interpreter lock is held.
[[noreturn]] inline void throw_for_cloudify(error const& failed, std::string const& node, cloudify_engine const& engine)
{
    namespace py = pybind11;
    auto const message = to_python_text((node.empty() ? "" : "node " + in_quotes(node) + ": ") + failed.what());
    py::dict cause;
    cause["type"] = to_python_text(to_string(failed.kind()));
    cause["message"] = message;
    cause["traceback"] = "";
    if (auto const* of_govc = dynamic_cast<govc_error const*>(&failed)) {
        cause["returncode"] = of_govc->returncode();
        cause["stderr_text"] = to_python_text(of_govc->stderr_text());
        py::list argv;
        for (auto const& argument : of_govc->argv()) {
            argv.append(to_python_text(argument));
        }
        cause["argv"] = argv;
    }
    py::list causes;
    causes.append(cause);
    auto const exceptions = engine.module("exceptions");
    py::object exception;
    if (failed.recoverable()) {
        py::object seconds = py::none();
        if (auto const retry_after = failed.retry_after()) {
            seconds = py::int_(retry_after->count());
        }
        exception = exceptions.attr("RecoverableError")(message, py::arg("retry_after") = seconds, py::arg("causes") = causes);
    } else {
        exception = exceptions.attr("NonRecoverableError")(message, py::arg("causes") = causes);
    }
    PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
    throw py::error_already_set();
}

} // namespace esxi::detail
