// SPDX-License-Identifier: Apache-2.0
// Whether the Cloudify workflow that runs an operation was cancelled.
#pragma once

#include <atomic>
#include <memory>
#include <string>

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
/// for an hour if the manager does not answer.
class cancel_watch {
public:
    /// Asks, unless it waits for an answer, in a local workflow, or if there is no execution. The interpreter lock is held.
    void ask(pybind11::handle ctx, cloudify_engine const& engine)
    {
        namespace py = pybind11;
        auto const execution = python_text_of(ctx, "execution_id");
        if (execution.empty() || is_local_workflow(ctx) || (last_ != nullptr && !last_->has_come)) {
            return;
        }
        last_ = std::make_shared<answer>();
        try {
            py::object const executions = rest_client(engine).attr("executions"); // made here: it is of this thread's execution
            py::cpp_function const question([executions, execution, to = last_] {
                try {
                    auto const status = python_text_of(executions.attr("get")(execution), "status");
                    to->is_cancelled = status.ends_with("cancelling") || status == "cancelled";
                } catch (py::error_already_set&) { // NOLINT(bugprone-empty-catch): asked again later
                }
                to->has_come = true;
            });
            py::module_::import("threading")
                .attr("Thread")(py::arg("target") = question, py::arg("daemon") = true)
                .attr("start")();
        } catch (py::error_already_set&) {
            last_->has_come = true; // asked again later
        }
    }

    /// Whether an answer has said so.
    [[nodiscard]] bool is_cancelled() const { return last_ != nullptr && last_->is_cancelled; }

private:
    struct answer {
        std::atomic<bool> has_come = false;
        std::atomic<bool> is_cancelled = false;
    };
    std::shared_ptr<answer> last_;
};

} // namespace esxi::detail
