// SPDX-License-Identifier: Apache-2.0
// The operations, declared: what a source file needs that calls them, where another one instantiates them. See instantiate.hpp.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/plan/action.hpp>

namespace esxi {

/// How an operation is run.
struct operation_options {
    bool dry_run = false; ///< Observe and plan only: nothing is changed, nothing persisted.
    std::chrono::milliseconds command_timeout{std::chrono::seconds{120}}; ///< Of each command but an import.
    std::chrono::milliseconds import_timeout{std::chrono::seconds{300}}; ///< Without progress.
    std::chrono::milliseconds poll_interval{std::chrono::seconds{2}}; ///< Between two looks while waiting.
    std::function<void(import_progress const&)>
        on_progress{}; ///< Called in the thread of the operation with each line of progress.
};

/// What an operation did.
struct operation_result {
    std::string operation; ///< Its name, as `create_vm`.
    plan steps;           ///< The plan it carried out; of a dry run, the one it would carry out. Redacted.
    bool changed = false; ///< Whether anything that changes the host was sent.
    int commands = 0;     ///< How many govc commands it took, polls not counted.
    boost::json::object runtime; ///< The runtime properties at its end.
};

// ---- esxi.nodes.Host ------------------------------------------------------------------------------------------------

/// Checks that the host can be reached and logged in to: always by a fresh login. Records `version`, `build` and `api_type`.
/// One command, `about -persist-session=false`.
template <transport Transport, context Context>
operation_result probe_host(Transport& transport, Context& context, operation_options const& options = {});

/// Records what `probe_host` does, and `vms`: what the host says of each of its VMs. Two commands, however many VMs there are.
template <transport Transport, context Context>
operation_result record_host_facts(Transport& transport, Context& context, operation_options const& options = {});

/// Does nothing and keeps everything: a host is not ours to delete.
template <transport Transport, context Context>
operation_result noop_op(Transport& transport, Context& context, operation_options const& options = {});

/// Whether the host can be reached and logged in to, and what it is. One command.
template <transport Transport, context Context>
boost::json::object host_status(Transport& transport, Context& context, operation_options const& options = {});

/// What of `version`, `build` and `api_type` is not as it was recorded: {recorded, found} of each; empty where all is. One command.
template <transport Transport, context Context>
boost::json::object host_drift(Transport& transport, Context& context, operation_options const& options = {});

// ---- esxi.nodes.VM --------------------------------------------------------------------------------------------------

/// Makes sure that the VM is there, whole, powered on if wished, and has its address if wished. Adopts a VM of that name, else
/// imports the OVA. Records `moid`, `instance_uuid`, `name`, `adopted`, `power_state`, `ip`; while an import runs, `import`.
/// Throws `config` for a bad property or OVA, `conflict` where somebody else is importing that VM, `unavailable` where the address
/// does not come in time.
template <transport Transport, context Context>
operation_result create_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Gives the VM the wished cpu, memory and annotation; a running one that cannot take them is stopped and started again only with
/// `allow_power_cycle`. Throws `absent` where it is not there, `config` where it would have to be stopped.
template <transport Transport, context Context>
operation_result configure_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Powers the VM on, and waits for its address if wished. Throws `absent` where it is not there. A step of an engine's workflow
/// leaves a VM with `power_on: false` as it is.
template <transport Transport, context Context>
operation_result start_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Stops the VM. Done where it is absent or off. An engine stops nothing that was not recorded, and a rollback nothing adopted.
template <transport Transport, context Context>
operation_result stop_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Destroys the VM that was imported, lets go of one that was adopted (or destroys it, with `delete_adopted`), and clears the runtime
/// properties. Done where it is absent. An engine deletes nothing that was not recorded.
template <transport Transport, context Context>
operation_result delete_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Meets the wishes as far as that can be done with the VM in place, as `configure_vm` does, and powers it on if that is wished; of a VM
/// that runs, no address is awaited. What cannot be done (another
/// name; cpu or memory of a running VM without hot-add, unless `allow_power_cycle`) is logged as an error and recorded as
/// `update_refused`, and the rest is done. Throws as `vm_status`.
template <transport Transport, context Context>
operation_result update_vm(Transport& transport, Context& context, operation_options const& options = {});

/// Records `name`, `power_state` and `ip` of the VM that was recorded, as they are now. Throws as `vm_status`. One command.
template <transport Transport, context Context>
operation_result pull_vm(Transport& transport, Context& context, operation_options const& options = {});

/// What the VM is that was recorded. Throws `absent` where it is not there any more or its import did not finish, `conflict` while
/// it is being imported, `unavailable` where its host cannot read it. One command.
template <transport Transport, context Context>
boost::json::object vm_status(Transport& transport, Context& context, operation_options const& options = {});

/// In what the VM is not as wished: {wished, found} of `name`, `cpu`, `memory_mb`, `annotation`, `power_state`; empty where it is.
/// Throws as `vm_status`. One command.
template <transport Transport, context Context>
boost::json::object vm_drift(Transport& transport, Context& context, operation_options const& options = {});

// ---- esxi.nodes.Snapshot --------------------------------------------------------------------------------------------

/// Takes the snapshot, unless the VM has one of that name. Records `moid`, `name` and `vm_name`. Throws `absent` where the VM is not
/// there, `config` where the name stands for several.
template <transport Transport, context Context>
operation_result create_snapshot(Transport& transport, Context& context, operation_options const& options = {});

/// Removes the snapshot by its id. Nothing where it, or its VM, is gone; a delete by the engine of a node that recorded none looks
/// for nothing by name. Clears the runtime properties.
template <transport Transport, context Context>
operation_result delete_snapshot(Transport& transport, Context& context, operation_options const& options = {});

/// Records `name` and `vm_name` of the snapshot that was recorded, as they are now. Throws as `snapshot_status`. One command.
template <transport Transport, context Context>
operation_result pull_snapshot(Transport& transport, Context& context, operation_options const& options = {});

/// What the snapshot is that was recorded. Throws `absent` where it, or its VM, is not there any more. One command.
template <transport Transport, context Context>
boost::json::object snapshot_status(Transport& transport, Context& context, operation_options const& options = {});

/// In what the snapshot that was recorded is not as wished: {wished, found} of `name` and `description`; a `name` found null: it, or
/// its VM, is gone. Empty where it is as wished. One command.
template <transport Transport, context Context>
boost::json::object snapshot_drift(Transport& transport, Context& context, operation_options const& options = {});

} // namespace esxi
