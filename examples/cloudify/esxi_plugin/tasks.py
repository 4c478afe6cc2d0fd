# SPDX-License-Identifier: Apache-2.0
"""The operations of the node types esxi.nodes.Host, esxi.nodes.VM and esxi.nodes.Snapshot, as plugin.yaml names them.

Each can be run again at any time, also after its worker was killed: it goes on from what it finds. What each does is in
docs/operations.md of the project.
"""
from esxi_plugin import engine  # first: what is wrong with it is its own error
from esxi_plugin import _native
from esxi_plugin.engine import RecoverableError, operation


def _current(ctx):
    return engine.ctx if ctx is None else ctx


def _run(native, ctx):
    return native(_current(ctx))


# ---- What an update of a deployment is to be spared -----------------------------------------------------------------------
#
# In an update, the engine answers whatever fails by making the instance anew, and all that is contained in it. So there nothing fails
# but what is tried again; and stop and delete keep what there is, for the install that follows to find.

BEING_BUILT = ('creating', 'configuring', 'starting')


def _is_update(ctx):
    return _native.is_update(ctx.workflow_id or '')


def _keeps(ctx):
    return _is_update(ctx) and ctx.node.properties.get('recreate_on_update') is not True


def _is_last_try(ctx):
    retries = ctx.operation.max_retries  # -1: without end
    return retries is None or 0 <= retries <= ctx.operation.retry_number


def _refuse(ctx, text):
    """Logs and records what an update did not do."""
    ctx.logger.error('%s', text)
    try:
        known = ctx.instance.runtime_properties.get('update_refused')
        if known and text not in known:
            text = f'{known}; {text}'
        ctx.instance.runtime_properties['update_refused'] = text
        ctx.instance.update()
    except Exception as failed:  # pylint: disable=broad-except
        ctx.logger.error('this could not be recorded: %s', failed)


def _forget_refusal(ctx):
    if ctx.instance.runtime_properties.pop('update_refused', None) is not None:
        ctx.instance.update()


def _without_failing(function, ctx):
    try:
        function(ctx)
    except Exception as failed:  # pylint: disable=broad-except
        if isinstance(failed, RecoverableError) and not _is_last_try(ctx):
            raise
        _refuse(ctx, str(failed))


def _update(function, ctx):
    _without_failing(function, _current(ctx))


def _nothing(_):
    pass


def _install(native, ctx, in_update=_nothing, is_first=False, is_last=False):
    """An operation of an install. Where that follows on a stop and a delete that kept what there is, `in_update`, without failing."""
    ctx = _current(ctx)
    if is_first:
        _forget_refusal(ctx)
    if not (_is_update(ctx) and ctx.instance.runtime_properties.get('kept_in_update')):
        native(ctx)
        return
    _without_failing(in_update, ctx)
    if is_last:
        ctx.instance.runtime_properties.pop('kept_in_update', None)


def _take_down(native, ctx):
    """A stop or a delete. In an update it does nothing, and so it does not fail either, whatever the properties are."""
    ctx = _current(ctx)
    was_kept = ctx.instance.runtime_properties.get('kept_in_update')
    state = getattr(ctx.instance._node_instance, 'state', None)  # pylint: disable=protected-access
    try:
        native(ctx)
    except Exception as failed:  # pylint: disable=broad-except
        if not _keeps(ctx):
            raise
        ctx.logger.error('%s', failed)
        if ctx.instance.runtime_properties.keys() & {'moid', 'version'}:
            ctx.instance.runtime_properties['kept_in_update'] = True
    # What was only being built is not kept: the install that follows has to fail if it fails.
    if not was_kept and state in BEING_BUILT:
        ctx.instance.runtime_properties.pop('kept_in_update', None)


def _heal(function, ctx):
    """Nothing is made anew by it: that is for the engine, which does so if this fails. In an update it must not."""
    ctx = _current(ctx)
    if _is_update(ctx):
        _without_failing(function, ctx)
    else:
        function(ctx)


def _drift(native, ctx):
    """What differs, also what an update did not do before. It never fails; of what cannot be read, it says nothing."""
    ctx = _current(ctx)
    try:
        drift = native(ctx)
        refused = ctx.instance.runtime_properties.get('update_refused')
        return drift or ({'update_refused': {'recorded': refused}} if refused else None)
    except Exception as failed:  # pylint: disable=broad-except
        ctx.logger.error('whether this has drifted is not known: %s', failed)
        return None


def _status(native, ctx):
    ctx = _current(ctx)
    status = native(ctx)
    refused = ctx.instance.runtime_properties.get('update_refused')
    return {**status, 'update_refused': refused} if refused else status


@operation(resumable=True)
def validate_delete(ctx=None, **_):
    """Says, in an update, that nothing is going to be stopped or destroyed."""
    ctx = _current(ctx)
    if _keeps(ctx):
        ctx.logger.warning('the update of the deployment is going to take this down: what there is on the host is kept, and changed in place '
                           'as far as that can be done; recreate_on_update, of a VM or a snapshot, lets it be destroyed')


@operation(resumable=True)
def preupdate(ctx=None, **_):
    """Forgets what an earlier update did not do."""
    _update(_forget_refusal, ctx)


# ---- esxi.nodes.Host ------------------------------------------------------------------------------------------------------


@operation(resumable=True)
def probe_host(ctx=None, **_):
    """Logs in afresh and records what the host is."""
    _install(_native.probe_host, ctx, is_first=True)


@operation(resumable=True)
def record_host_facts(ctx=None, **_):
    """Records what the host is, and its VMs."""
    _install(_native.record_host_facts, ctx, in_update=_native.record_host_facts, is_last=True)


@operation(resumable=True)
def update_host(ctx=None, **_):
    """Records what the host is now, and its VMs."""
    _update(_native.record_host_facts, ctx)


@operation(resumable=True)
def heal_host(ctx=None, **_):
    """Fails unless the host can be logged in to afresh."""
    _heal(_native.probe_host, ctx)


@operation(resumable=True)
def noop_op(ctx=None, **_):
    """Does nothing, and keeps the runtime properties: a host is not ours to delete."""
    _take_down(_native.noop_op, ctx)


@operation(resumable=True)
def check_host_status(ctx=None, **_):
    """Fails unless the host can be reached and logged in to."""
    return _status(_native.host_status, ctx)


@operation(resumable=True)
def check_host_drift(ctx=None, **_):
    """Returns what is not as it was recorded; nothing, if all is."""
    return _drift(_native.host_drift, ctx)


# ---- esxi.nodes.VM --------------------------------------------------------------------------------------------------------


@operation(resumable=True)
def create_vm(ctx=None, **_):
    """Adopts the VM, or imports it; powers it on and waits for its address, as wished."""
    _install(_native.create_vm, ctx, in_update=_native.update_vm, is_first=True)


@operation(resumable=True)
def configure_vm(ctx=None, **_):
    """Gives the VM the wished cpu, memory and annotation."""
    _install(_native.configure_vm, ctx)


@operation(resumable=True)
def start_vm(ctx=None, **_):
    """Powers the VM on and waits for its address, as wished."""
    _install(_native.start_vm, ctx, is_last=True)


@operation(resumable=True)
def stop_vm(ctx=None, **_):
    """Stops the VM."""
    _take_down(_native.stop_vm, ctx)


@operation(resumable=True)
def delete_vm(ctx=None, **_):
    """Destroys a VM that was imported, lets go of one that was adopted."""
    _take_down(_native.delete_vm, ctx)


@operation(resumable=True)
def update_vm(ctx=None, **_):
    """Meets the wishes as far as that can be done with the VM in place; records what cannot."""
    _update(_native.update_vm, ctx)


@operation(resumable=True)
def postupdate_vm(ctx=None, **_):
    """Records name, power state and address as they are now."""
    _update(_native.pull_vm, ctx)


@operation(resumable=True)
def heal_vm(ctx=None, **_):
    """Powers the VM on, as wished. Fails if it is gone."""
    def power_on(current):
        if _native.vm_status(current)['power_state'] != 'poweredOn':
            _native.start_vm(current)
    _heal(power_on, ctx)


@operation(resumable=True)
def check_vm_status(ctx=None, **_):
    """Fails unless the VM is there, and whole."""
    return _status(_native.vm_status, ctx)


@operation(resumable=True)
def check_vm_drift(ctx=None, **_):
    """Returns in what the VM is not as wished; nothing, if it is."""
    return _drift(_native.vm_drift, ctx)


@operation(resumable=True)
def pull_vm(ctx=None, **_):
    """Records name, power state and address as they are now."""
    return _run(_native.pull_vm, ctx)


@operation(resumable=True)
def power_on_vm(ctx=None, **_):
    """Powers the VM on, also if power_on is false, and waits for its address, as wished."""
    _run(_native.start_vm, ctx)


@operation(resumable=True)
def power_off_vm(ctx=None, **_):
    """Powers the VM off, without asking its guest."""
    _run(_native.power_off_vm, ctx)


@operation(resumable=True)
def shut_down_vm(ctx=None, **_):
    """Asks the guest to shut down, and powers the VM off if it does not in time."""
    _run(_native.shut_down_vm, ctx)


@operation(resumable=True)
def get_state(ctx=None, **_):
    """Returns whether the VM runs. Records name, power state and address as they are now.

    The engine asks after it has started a host of its own, as esxi.nodes.Server is, until the answer is true: so it is true of a VM that
    nobody wants to run, and in an update, which must not fail.
    """
    ctx = _current(ctx)
    try:
        _native.pull_vm(ctx)
    except Exception as failed:  # pylint: disable=broad-except
        if not _is_update(ctx):
            raise
        ctx.logger.error('%s', failed)
    if ctx.instance.runtime_properties.get('power_state') == 'poweredOn':
        return True
    properties = ctx.node.properties
    is_meant = properties.get('power_on') is False or properties.get('use_external_resource') is True or _is_update(ctx)
    if is_meant:
        ctx.logger.warning('the VM does not run, and is not awaited')
    return is_meant


# ---- esxi.nodes.Snapshot --------------------------------------------------------------------------------------------------


def _refuse_drift_of_snapshot(ctx):
    for name, values in (_native.snapshot_drift(ctx) or {}).items():
        found = 'gone' if values['found'] is None else repr(values['found'])
        _refuse(ctx, f"{name} of the snapshot is wished to be {values['wished']!r} and is {found}: a snapshot is not changed or "
                         'taken anew by an update; remove it, or reinstall the node')


@operation(resumable=True)
def create_snapshot(ctx=None, **_):
    """Takes the snapshot, unless the VM has it."""
    _install(_native.create_snapshot, ctx, in_update=_refuse_drift_of_snapshot, is_first=True, is_last=True)


@operation(resumable=True)
def delete_snapshot(ctx=None, **_):
    """Removes the snapshot."""
    _take_down(_native.delete_snapshot, ctx)


@operation(resumable=True)
def check_snapshot_status(ctx=None, **_):
    """Fails unless the snapshot is there."""
    return _status(_native.snapshot_status, ctx)


@operation(resumable=True)
def pull_snapshot(ctx=None, **_):
    """Records the snapshot's name and its VM's as they are now."""
    return _run(_native.pull_snapshot, ctx)


@operation(resumable=True)
def check_snapshot_drift(ctx=None, **_):
    """Returns in what the snapshot is not as wished; nothing, if it is."""
    return _drift(_native.snapshot_drift, ctx)


@operation(resumable=True)
def update_snapshot(ctx=None, **_):
    """Records what differs: a snapshot cannot be changed, and one of another moment would be another one."""
    _update(_refuse_drift_of_snapshot, ctx)


@operation(resumable=True)
def postupdate_snapshot(ctx=None, **_):
    """Records the snapshot's name and its VM's as they are now."""
    _update(_native.pull_snapshot, ctx)


@operation(resumable=True)
def heal_snapshot(ctx=None, **_):
    """Fails unless the snapshot is there. It takes none."""
    _heal(_native.snapshot_status, ctx)
