# SPDX-License-Identifier: Apache-2.0
"""The update of a deployment: what a manager's workflow `update` calls, in its order, by the graph functions of cloudify-common. (The
workflow itself is in the manager and not in cloudify-common.) And operations that fail, for node types of the tests.
"""
from cloudify.decorators import operation, workflow
from cloudify.exceptions import NonRecoverableError
from cloudify.plugins import lifecycle, workflows


@operation(resumable=True)
def fail(ctx=None, **_):
    """An operation that the user of the plugin has got wrong."""
    raise NonRecoverableError('this operation always fails')


def _cleared(ctx):
    graph = ctx.graph_mode()
    for task in list(graph.tasks):
        graph.remove_task(task)
    return graph


def _drift_of(instance):
    return instance.system_properties.get('configuration_drift') or {}


def _has(instance, *operations):
    return any(instance.node.has_operation(f'cloudify.interfaces.lifecycle.{name}') for name in operations)


def _now(ctx, instances):
    ctx.refresh_node_instances()
    return {ctx.get_node_instance(instance.id) for instance in instances}


@workflow
def update(ctx, removed, added, changed, skip_drift_check, **_):
    everything = set(ctx.node_instances)
    gone = {instance for instance in everything if instance.node_id in removed}
    new = {instance for instance in everything if instance.node_id in added}
    if gone:
        lifecycle.uninstall_node_instances(graph=_cleared(ctx), node_instances=gone, ignore_failure=False, related_nodes=everything - gone - new)

    there = {instance for instance in everything - gone - new if instance.state == 'started'}
    remade = set()
    if skip_drift_check:  # all that changed counts as drifted
        for instance in there:
            if instance.node_id in changed:
                instance.system_properties['configuration_drift'] = {'ok': True, 'result': True, 'task': None}
                ctx.update_node_instance(instance.id, force=True, system_properties=instance.system_properties)
        there = _now(ctx, there)
    elif there:
        workflows._make_check_drift_graph(ctx, node_instance_ids={instance.id for instance in there}, name='update_check_drift',
                                          ignore_failure=True).execute()
        there = _now(ctx, there)
    drifted = {instance for instance in there if _drift_of(instance).get('result')}
    for instance in there:
        failed = not _drift_of(instance).get('ok') if _drift_of(instance) else False
        if failed or (instance in drifted and not _has(instance, 'update', 'update_config', 'update_apply')):
            remade |= instance.get_contained_subgraph()

    updated = drifted - remade
    if updated:
        _cleared(ctx)
        workflows._make_check_status_graph(ctx, node_instance_ids=[instance.id for instance in updated], name='check_status',
                                           ignore_failure=True).execute()
        updated = _now(ctx, updated)
        healed, lost = workflows._find_instances_to_heal(updated, workflows._find_healthy_instances(updated))
        lifecycle.heal_node_instances(graph=_cleared(ctx), node_instances=list(healed), related_nodes=set(ctx.node_instances) - healed,
                                      ignore_failure=True)
        failed = workflows._find_heal_failed_instances(ctx, _now(ctx, healed))
        workflows._clean_healed_property(ctx, failed)
        remade |= lost | failed
        updated = _now(ctx, updated) - lost - failed
        lifecycle.update_node_instances(graph=_cleared(ctx), node_instances=updated,
                                        related_nodes=set(ctx.node_instances) - updated - gone - new)
        remade |= {instance for instance in _now(ctx, updated)
                   if instance.system_properties.get('update_failed') == ctx.execution_id}

    remade = {ctx.get_node_instance(instance.id) for instance in remade - gone - new}
    if remade:
        ctx.logger.info('making anew: %s', ', '.join(sorted(instance.id for instance in remade)))
        lifecycle.reinstall_node_instances(graph=_cleared(ctx), node_instances=remade, ignore_failure=False,
                                           related_nodes=set(ctx.node_instances) - remade - gone - new)
    if new:
        lifecycle.install_node_instances(graph=_cleared(ctx), node_instances={ctx.get_node_instance(instance.id) for instance in new},
                                         related_nodes=set(ctx.node_instances) - new - gone)
