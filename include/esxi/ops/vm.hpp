// SPDX-License-Identifier: Apache-2.0
// The operations of an `esxi.nodes.VM`: observe, plan, apply.
#pragma once

#include <string>
#include <utility>

#include <boost/json/value.hpp>

#include <esxi/ops/vm_steps.hpp>

namespace esxi {

template <transport Transport, context Context>
operation_result create_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("create_vm", transport, context, options);
    return run.perform([&] {
        run.read_package();
        run.observe(true);
        run.require_sole_holder();
        auto const situation = run.situation();
        auto steps = plan_create_vm(situation);
        if (options.dry_run) {
            run.check_import(steps);
        }
        if (auto const left = left_by_create_vm(situation); !left.empty()) {
            run.log(log_level::warning, left);
        }
        run.carry_out(std::move(steps));
    });
}

template <transport Transport, context Context>
operation_result configure_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("configure_vm", transport, context, options);
    return run.perform([&] {
        run.observe();
        run.carry_out(plan_configure_vm(run.situation()));
    });
}

template <transport Transport, context Context>
operation_result start_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("start_vm", transport, context, options);
    return run.perform([&] {
        bool const asked_for = context.why() == purpose::user || context.why() == purpose::request;
        if (!asked_for && !run.wished().power_on) {
            run.log(log_level::info, "power_on is false: the VM is left as it is");
            return;
        }
        run.observe();
        auto const situation = run.situation();
        if (auto const left = left_by_start_vm(situation); !left.empty()) {
            run.log(log_level::warning, left);
        }
        run.carry_out(plan_start_vm(situation));
    });
}

template <transport Transport, context Context>
operation_result stop_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("stop_vm", transport, context, options);
    return run.perform([&] {
        if (run.leaves_alone() || run.leaves_running()) {
            return;
        }
        run.observe();
        run.carry_out(plan_stop_vm(run.situation()));
        if (context.why() != purpose::rollback) {
            run.cancel_power_on();
        }
    });
}

template <transport Transport, context Context>
operation_result delete_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("delete_vm", transport, context, options);
    return run.perform([&] {
        if (run.leaves_alone()) {
            return;
        }
        run.observe();
        run.carry_out(plan_delete_vm(run.situation()));
        run.forget();
    });
}

template <transport Transport, context Context>
operation_result update_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("update_vm", transport, context, options);
    return run.perform([&] {
        run.observe();
        auto update = plan_update_vm(run.situation());
        std::string refused;
        for (auto const& one : update.refused) {
            run.log(log_level::error, one);
            refused += (refused.empty() ? "" : "; ") + run.clean(one);
        }
        run.persist({{"update_refused", refused.empty() ? boost::json::value() : boost::json::value(refused)}});
        run.carry_out(std::move(update.steps));
    });
}

} // namespace esxi
