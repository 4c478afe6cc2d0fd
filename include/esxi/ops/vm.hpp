// SPDX-License-Identifier: Apache-2.0
// The operations of an `esxi.nodes.VM`: observe, plan, apply.
#pragma once

#include <esxi/ops/vm_steps.hpp>

namespace esxi {

/// Makes sure that the VM is there, whole, powered on if wished, and has its address if wished. Adopts a VM of that name, else
/// imports the OVA. Records `moid`, `instance_uuid`, `name`, `adopted`, `power_state`, `ip`; while an import runs, `import`.
/// Throws `config` for a bad property or OVA, `conflict` where somebody else is importing that VM, `unavailable` where the address
/// does not come in time.
template <transport Transport, context Context>
operation_result create_vm(Transport& transport, Context& context, operation_options const& options = {})
{
    detail::vm_run run("create_vm", transport, context, options);
    return run.perform([&] {
        check_ova(run.wished());
        run.observe(true);
        run.carry_out(plan_create_vm(run.situation()));
    });
}

/// Gives the VM the wished cpu, memory and annotation; a running one that cannot take them is stopped and started again only with
/// `allow_power_cycle`. Throws `absent` where it is not there, `config` where it would have to be stopped.
template <transport Transport, context Context>
operation_result configure_vm(Transport& transport, Context& context, operation_options const& options = {})
{
    detail::vm_run run("configure_vm", transport, context, options);
    return run.perform([&] {
        run.observe();
        run.carry_out(plan_configure_vm(run.situation()));
    });
}

/// Powers the VM on, and waits for its address if wished. Throws `absent` where it is not there. A step of an engine's workflow
/// leaves a VM with `power_on: false` as it is.
template <transport Transport, context Context>
operation_result start_vm(Transport& transport, Context& context, operation_options const& options = {})
{
    detail::vm_run run("start_vm", transport, context, options);
    return run.perform([&] {
        if (context.why() != purpose::user && !run.wished().power_on) {
            run.log(log_level::info, "power_on is false: the VM is left as it is");
            return;
        }
        run.observe();
        run.carry_out(plan_start_vm(run.situation()));
    });
}

/// Stops the VM. Done where it is absent or off. An engine stops nothing that was not recorded, and a rollback nothing adopted.
template <transport Transport, context Context>
operation_result stop_vm(Transport& transport, Context& context, operation_options const& options = {})
{
    detail::vm_run run("stop_vm", transport, context, options);
    return run.perform([&] {
        if (run.leaves_alone()) {
            return;
        }
        run.observe();
        run.carry_out(plan_stop_vm(run.situation()));
        if (context.why() != purpose::rollback) {
            run.cancel_power_on();
        }
    });
}

/// Destroys the VM that was imported, lets go of one that was adopted (or destroys it, with `delete_adopted`), and clears the runtime
/// properties. Done where it is absent. An engine deletes nothing that was not recorded.
template <transport Transport, context Context>
operation_result delete_vm(Transport& transport, Context& context, operation_options const& options = {})
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

} // namespace esxi
