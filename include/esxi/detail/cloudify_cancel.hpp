// SPDX-License-Identifier: Apache-2.0
// Whether the Cloudify workflow that runs an operation was cancelled.
#pragma once

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

/// Whether the manager says that the execution is cancelled, or is to be: one request. False in a local workflow, and if the manager
/// cannot be asked. The interpreter lock is held.
[[nodiscard]] inline bool execution_is_cancelled(cloudify_engine const& engine, pybind11::handle ctx) noexcept
{
    try {
        auto const execution = python_text_of(ctx, "execution_id");
        if (execution.empty() || is_local_workflow(ctx)) {
            return false;
        }
        auto const status = python_text_of(rest_client(engine).attr("executions").attr("get")(execution), "status");
        return status.ends_with("cancelling") || status == "cancelled";
    } catch (...) {
        return false;
    }
}

} // namespace esxi::detail
