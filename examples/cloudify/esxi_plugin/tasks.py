# SPDX-License-Identifier: Apache-2.0
"""The operations of the node types esxi.nodes.Host, esxi.nodes.VM and esxi.nodes.Snapshot, as plugin.yaml names them.

Each can be run again at any time, also after its worker was killed: it goes on from what it finds. What each does is in
docs/operations.md of the project.
"""
import cloudify
from cloudify.decorators import operation

from esxi_plugin import _native


def _run(native, ctx):
    return native(cloudify.ctx if ctx is None else ctx)


# ---- esxi.nodes.Host ------------------------------------------------------------------------------------------------------


@operation(resumable=True)
def probe_host(ctx=None, **_):
    """Logs in afresh and records what the host is."""
    return _run(_native.probe_host, ctx)


@operation(resumable=True)
def record_host_facts(ctx=None, **_):
    """Records what the host is, and its VMs."""
    return _run(_native.record_host_facts, ctx)


@operation(resumable=True)
def noop_op(ctx=None, **_):
    """Does nothing, and keeps the runtime properties: a host is not ours to delete."""
    return _run(_native.noop_op, ctx)


@operation(resumable=True)
def check_host_status(ctx=None, **_):
    """Fails unless the host can be reached and logged in to."""
    return _run(_native.host_status, ctx)


@operation(resumable=True)
def check_host_drift(ctx=None, **_):
    """Returns what is not as it was recorded; nothing, if all is."""
    return _run(_native.host_drift, ctx)


# ---- esxi.nodes.VM --------------------------------------------------------------------------------------------------------


@operation(resumable=True)
def create_vm(ctx=None, **_):
    """Adopts the VM, or imports it; powers it on and waits for its address, as wished."""
    return _run(_native.create_vm, ctx)


@operation(resumable=True)
def configure_vm(ctx=None, **_):
    """Gives the VM the wished cpu, memory and annotation."""
    return _run(_native.configure_vm, ctx)


@operation(resumable=True)
def start_vm(ctx=None, **_):
    """Powers the VM on and waits for its address, as wished."""
    return _run(_native.start_vm, ctx)


@operation(resumable=True)
def stop_vm(ctx=None, **_):
    """Stops the VM."""
    return _run(_native.stop_vm, ctx)


@operation(resumable=True)
def delete_vm(ctx=None, **_):
    """Destroys a VM that was imported, lets go of one that was adopted."""
    return _run(_native.delete_vm, ctx)


@operation(resumable=True)
def check_vm_status(ctx=None, **_):
    """Fails unless the VM is there, and whole."""
    return _run(_native.vm_status, ctx)


@operation(resumable=True)
def check_vm_drift(ctx=None, **_):
    """Returns in what the VM is not as wished; nothing, if it is."""
    return _run(_native.vm_drift, ctx)


@operation(resumable=True)
def pull_vm(ctx=None, **_):
    """Records name, power state and address as they are now."""
    return _run(_native.pull_vm, ctx)


# ---- esxi.nodes.Snapshot --------------------------------------------------------------------------------------------------


@operation(resumable=True)
def create_snapshot(ctx=None, **_):
    """Takes the snapshot, unless the VM has it."""
    return _run(_native.create_snapshot, ctx)


@operation(resumable=True)
def delete_snapshot(ctx=None, **_):
    """Removes the snapshot."""
    return _run(_native.delete_snapshot, ctx)


@operation(resumable=True)
def check_snapshot_status(ctx=None, **_):
    """Fails unless the snapshot is there."""
    return _run(_native.snapshot_status, ctx)


@operation(resumable=True)
def pull_snapshot(ctx=None, **_):
    """Records the snapshot's name and its VM's as they are now."""
    return _run(_native.pull_snapshot, ctx)
