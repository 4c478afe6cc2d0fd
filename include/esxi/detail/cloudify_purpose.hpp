// SPDX-License-Identifier: Apache-2.0
// Why Cloudify runs an operation: out of the workflow, the operation, and the state of the node instance.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <esxi/purpose.hpp>

namespace esxi::detail {

/// What Cloudify says of the operation that it runs. Empty: it does not say.
struct cloudify_step {
    std::string_view workflow;  ///< As `install`.
    std::string_view operation; ///< As `cloudify.interfaces.lifecycle.delete`.
    std::string_view state;     ///< Of the node instance, as `creating`.
    bool scales_in = false;     ///< The workflow is given a negative `delta`.
    bool recreates = false;     ///< The node says that an update may make it anew.
};

[[nodiscard]] inline bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a workflow is the update of a deployment, by its name of Cloudify 7 or of 6.
[[nodiscard]] inline bool is_update(std::string_view workflow)
{
    return is_one_of(workflow, {"update", "csys_new_deployment_update"});
}

/// Never a person's wish. An install that is resumed sends a stop or a delete first for what it did not finish, and a failed
/// install or scale-out is rolled back by them: what stops or deletes is taken for the engine's ordinary step only in a workflow
/// that is there to stop or delete, and only once the engine has marked the instance as no longer being built.
[[nodiscard]] inline purpose purpose_of(cloudify_step const& step)
{
    auto const name = step.operation.substr(step.operation.rfind('.') + 1); // npos + 1 is 0
    if (is_one_of(name, {"precreate", "create", "preconfigure", "configure", "postconfigure", "establish", "start", "poststart",
                         "check_status", "check_drift", "pull", "preupdate", "update", "postupdate", "heal", "get_state"})) {
        return purpose::engine;
    }
    if (is_one_of(name, {"on", "off", "shut_down"})) { // of the interface `power`, which no workflow of the engine's calls
        return purpose::request;
    }
    // An update makes anew what it cannot change, and all that is contained in that. It does so too where an operation of its own failed.
    if (is_update(step.workflow) && !step.recreates) {
        return purpose::update;
    }
    if (is_one_of(step.state, {"creating", "configuring", "starting"})) {
        return purpose::rollback;
    }
    if (step.workflow == "scale") {
        return step.scales_in ? purpose::engine : purpose::rollback;
    }
    if (is_one_of(step.workflow, {"stop", "restart", "execute_operation"})) {
        return purpose::request;
    }
    return is_update(step.workflow) || is_one_of(step.workflow, {"uninstall", "reinstall", "heal"}) ? purpose::engine
                                                                                                    : purpose::rollback;
}

} // namespace esxi::detail
