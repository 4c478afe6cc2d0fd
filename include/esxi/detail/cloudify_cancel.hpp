// SPDX-License-Identifier: Apache-2.0
// Whether the Cloudify workflow that runs an operation was cancelled.
#pragma once

#include <chrono>
#include <string>

#include <pybind11/eval.h>
#include <pybind11/pybind11.h>

#include <esxi/detail/cloudify_engine.hpp>
#include <esxi/detail/cloudify_instances.hpp>

namespace esxi::detail {

/// Whether this very process runs the workflow, and was told to cancel it. The interpreter lock is held.
[[nodiscard]] inline bool workflow_is_cancelled(cloudify_engine const& engine)
{
    auto const api = engine.loaded_module("workflows.workflow_api");
    return api && api.attr("has_cancel_request")().cast<bool>();
}

/// Asks the manager whether an execution is cancelled, or is to be. Each question is a thread of Python's, since the engine's client tries
/// for an hour if the manager does not answer; nothing but Python runs in it, since the interpreter's end unwinds it without the lock. The
/// interpreter lock is held by whoever calls a member, destroys or assigns.
class cancel_watch {
public:
    /// How long after one question, and after the start, the next one is asked.
    static constexpr std::chrono::seconds interval{5};

    /// Asks each `interval`; not while it waits for an answer, in a local workflow, or if there is no execution.
    void ask(pybind11::handle ctx, cloudify_engine const& engine)
    {
        namespace py = pybind11;
        auto const now = std::chrono::steady_clock::now();
        if (now - asked_ < interval) {
            return;
        }
        asked_ = now;
        auto const execution = python_text_of(ctx, "execution_id");
        bool const waits = answers_ && py::len(answers_) == 0;
        if (execution.empty() || is_local_workflow(ctx) || waits) {
            return;
        }
        answers_ = py::list();
        try {
            py::dict names;
            py::exec("def ask(get, execution, answers):\n"
                     "    try:\n"
                     "        answers.append(get(execution).status)\n"
                     "    except Exception:\n" // it is asked again later
                     "        answers.append(None)\n",
                     names);
            py::object const executions = rest_client(engine).attr("executions"); // made here: it is of this thread's execution
            py::module_::import("threading")
                .attr("Thread")(py::arg("target") = names["ask"],
                                py::arg("args") = py::make_tuple(executions.attr("get"), execution, answers_),
                                py::arg("daemon") = true)
                .attr("start")();
        } catch (py::error_already_set&) {
            answers_.append(py::none()); // it is asked again later
        }
    }

    /// Whether an answer has said so.
    [[nodiscard]] bool is_cancelled() const
    {
        if (!answers_ || pybind11::len(answers_) == 0 || !pybind11::isinstance<pybind11::str>(answers_[0])) {
            return false;
        }
        auto const status = std::string(pybind11::str(answers_[0]));
        return status.ends_with("cancelling") || status == "cancelled";
    }

private:
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
    pybind11::list answers_ = pybind11::reinterpret_steal<pybind11::list>(pybind11::handle()); // null: nothing was asked
};

} // namespace esxi::detail
