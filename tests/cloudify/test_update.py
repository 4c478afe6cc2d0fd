# SPDX-License-Identifier: Apache-2.0
"""The update of a deployment destroys nothing: each kind of change, and each kind of failure, on a host with a VM with a snapshot."""
# ctest: verify
import pathlib
import tempfile
import unittest

from cloudify.exceptions import NonRecoverableError

from harness import CHANGES, Deployment, Simulator, Workflow

DESTROYS = ('Destroy_Task', 'PowerOffVM_Task', 'ShutdownGuest', 'RemoveSnapshot_Task')
BLUEPRINT = '''
inputs: {{host: {{}}, ca_bundle: {{}}, ova_url: {{}}}}
node_types:
  broken_host:
    derived_from: esxi.nodes.Host
    interfaces: {{cloudify.interfaces.lifecycle: {{{host_breaks}}}}}
  broken_vm:
    derived_from: esxi.nodes.VM
    interfaces: {{cloudify.interfaces.lifecycle: {{{vm_breaks}}}}}
node_templates:
  host:
    type: broken_host
    properties: {{host: {{get_input: host}}, ca_bundle: {{get_input: ca_bundle}}, password: {{get_secret: esxi_password}}}}
  vm:
    type: broken_vm
    properties: {{name: {name}, ova_url: {{get_input: ova_url}}, cpu: 2, memory_mb: 1024, annotation: first{vm_properties}}}
    relationships: [{{type: cloudify.relationships.contained_in, target: host}}]
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {{name: s1{snapshot_properties}}}
    relationships: [{{type: cloudify.relationships.contained_in, target: vm}}]
'''


def blueprint(name='web1', host_breaks='', vm_breaks='', vm_properties='', snapshot_properties=''):
    def fails(operation):
        return f'{operation}: {{implementation: esxi.update_workflow.fail}}' if operation else ''
    return BLUEPRINT.format(name=name, host_breaks=fails(host_breaks), vm_breaks=fails(vm_breaks), vm_properties=vm_properties,
                            snapshot_properties=snapshot_properties)


class Updated(unittest.TestCase):

    def install(self, *options, **parts):
        self.host = self.enterContext(Simulator(*options))
        inputs = {**self.host.inputs, 'ova_url': self.host.make_ova()}
        self.deployment = self.enterContext(Deployment(blueprint(**parts), self.host, inputs=inputs))
        self.deployment.must('install')
        self.before = {node: self.deployment.runtime(node) for node in ('host', 'vm', 'snapshot')}
        self.began = len(self.host.calls())

    def breaks(self):
        """A file: while it is there, a fault strikes."""
        return pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), 'breaks')

    def calls(self, *names):
        return [name for name in self.host.calls()[self.began:] if name in names]

    def update(self, **parameters) -> Workflow:
        return self.deployment.must('update', parameters=parameters)

    def config(self, name='web1'):
        return self.host.vms()[name]['config']

    def assert_kept(self):
        """Nothing was stopped or destroyed; all is recorded as it was, and will be updated again."""
        self.assertEqual(self.calls(*DESTROYS, 'ImportVApp', 'CreateSnapshot_Task'), [])
        for node, before in self.before.items():
            instance, = self.deployment.instances(node)
            self.assertEqual(instance.state, 'started', node)
            for key in ('moid', 'instance_uuid', 'adopted', 'api_type'):
                self.assertEqual(instance.runtime_properties.get(key), before.get(key), f'{node}.{key}')
            self.assertNotIn('kept_in_update', instance.runtime_properties)

    # ---- What is changed ----

    def test_nothing(self):
        self.install()
        self.update()
        self.assert_kept()
        self.assertEqual(self.calls(*CHANGES), [])

    def test_annotation(self):
        self.install()
        self.deployment.change('vm', annotation='second')
        self.update()
        self.assertEqual(self.config()['annotation'], 'second')
        self.assert_kept()
        self.assertIsNone(self.deployment.system('vm'))
        self.assertNotIn('update_refused', self.deployment.runtime('vm'))

    def test_cpu_of_a_running_vm_is_refused_and_the_rest_done(self):
        self.install()
        self.deployment.change('vm', cpu=4, annotation='second')
        for _ in range(2):  # it is told again as long as it is so
            ended = self.update()
            self.assertIn('cannot change cpu of VM `web1` while it is running', ended.output)
            self.assertEqual(self.config()['hardware']['numCPU'], 2)
            self.assertEqual(self.config()['annotation'], 'second')
            self.assertIn('cannot change cpu', self.deployment.runtime('vm')['update_refused'])
            self.assert_kept()
        self.deployment.must('check_status')
        self.assertIn('cannot change cpu', self.deployment.system('vm', 'status')['result']['update_refused'])
        self.deployment.change('vm', cpu=2)
        self.update()
        self.assertNotIn('update_refused', self.deployment.runtime('vm'))

    def test_memory_with_a_power_cycle(self):
        self.install()
        self.deployment.change('vm', memory_mb=2048, allow_power_cycle=True)
        self.update()
        self.assertEqual(self.config()['hardware']['memoryMB'], 2048)
        self.assertEqual(self.host.power('web1'), 'poweredOn')
        self.assertEqual(self.calls(*DESTROYS), ['PowerOffVM_Task'])
        self.assertEqual(self.deployment.runtime('vm')['moid'], self.before['vm']['moid'])

    def test_name(self):
        self.install()
        self.deployment.change('vm', name='web2')
        ended = self.update()
        self.assertIn('cannot rename VM `web1`', ended.output)
        self.assertIn('cannot rename', self.deployment.runtime('vm')['update_refused'])
        self.assertNotIn('update_refused', self.deployment.runtime('snapshot'))
        self.assertNotIn('making anew', ended.output)
        self.assert_kept()
        self.deployment.run('cloudify.interfaces.lifecycle.pull', 'snapshot')
        self.assertEqual(self.deployment.runtime('snapshot')['vm_name'], 'web1')
        self.assertNotIn('is gone', self.update().output)

    def test_powered_off_by_hand(self):
        self.install()
        self.host.govc('vm.power', '-off', 'web1')
        self.began = len(self.host.calls())
        self.update()
        self.assertEqual(self.host.power('web1'), 'poweredOn')
        self.assertEqual(self.deployment.runtime('vm')['power_state'], 'poweredOn')
        self.assert_kept()

    def test_patched_host(self):
        self.install()
        self.deployment.set_runtime('host', {**self.before['host'], 'version': '6.0.0', 'build': '1'})
        self.update()
        self.assertEqual(self.deployment.runtime('host')['version'], self.before['host']['version'])
        self.assertEqual(self.deployment.runtime('host')['build'], self.before['host']['build'])
        self.assert_kept()
        self.assertEqual(self.calls(*CHANGES), [])

    def test_snapshot(self):
        self.install()
        self.deployment.change('snapshot', name='s2')
        ended = self.update()
        self.assertIn("name of the snapshot is wished to be 's2' and is 's1'", ended.output)
        self.assertNotIn('making anew', ended.output)
        self.assertIn('s2', self.deployment.runtime('snapshot')['update_refused'])
        self.assertEqual(self.host.snapshots('web1'), ['s1'])
        self.assert_kept()

    def test_removed_snapshot(self):
        self.install()
        self.host.govc('snapshot.remove', '-vm', 'web1', 's1')
        self.began = len(self.host.calls())
        self.assertNotIn('making anew', self.update().output)
        self.assertIn('is gone', self.deployment.runtime('snapshot')['update_refused'])
        self.assertEqual(self.host.snapshots('web1'), [])
        self.assert_kept()

    def test_adopted_vm(self):
        self.install(name='ha-host_VM0', vm_properties=', allow_power_cycle: true')
        self.assertTrue(self.before['vm']['adopted'])
        self.host.govc('vm.power', '-off', 'ha-host_VM0')
        self.began = len(self.host.calls())
        self.deployment.change('vm', annotation='second')
        self.update()
        self.assertEqual(self.config('ha-host_VM0')['annotation'], 'second')
        self.assert_kept()

    def test_added_node(self):
        self.install()
        self.deployment.set_state('snapshot', 'uninitialized')
        self.host.govc('snapshot.remove', '-vm', 'web1', 's1')
        self.deployment.set_runtime('snapshot', {})
        self.began = len(self.host.calls())
        self.update(added=['snapshot'])
        self.assertEqual(self.calls(*CHANGES), ['CreateSnapshot_Task'])

    def test_an_added_node_that_fails_fails_the_update(self):
        self.install()
        self.deployment.set_state('vm', 'uninitialized')
        self.deployment.set_runtime('vm', {})
        self.deployment.change('vm', name='web2', ova_url='/nowhere.ova')
        for _ in range(2):
            ended = self.deployment.execute('update', parameters={'added': ['vm']})
            self.assertFalse(ended.ok)
            self.assertIn('/nowhere.ova', ended.output)
            self.deployment.run('delete', 'vm', workflow='update', state='creating')
        self.assertEqual(self.calls(*CHANGES), [])

    def test_an_added_node_that_fails_after_its_import_fails_the_update(self):
        self.install()
        self.deployment.set_state('vm', 'uninitialized')
        self.deployment.set_runtime('vm', {})
        self.deployment.change('vm', name='web2', wait_for_ip=True, ip_timeout=0, ip_version='v6')
        for _ in range(2):
            self.assertFalse(self.deployment.execute('update', parameters={'added': ['vm']}, task_retries=0).ok)
            self.deployment.run('delete', 'vm', workflow='update', state='creating')
        self.assertEqual(self.calls('ImportVApp', *DESTROYS), ['ImportVApp'])

    def test_removed_nodes_are_let_go_of(self):
        self.install()
        ended = self.update(removed=['vm', 'snapshot'])
        self.assertIn('VM `web1` is neither stopped nor removed', ended.output)
        self.assertEqual(self.calls(*CHANGES), [])
        self.assertEqual((self.host.power('web1'), self.host.snapshots('web1')), ('poweredOn', ['s1']))

    # ---- What fails ----

    def test_host_whose_connection_config_is_wrong(self):
        self.install(host_breaks='check_drift')
        self.deployment.change('host', connection_config={'port': 0})
        self.update()
        self.assertEqual(self.calls(*DESTROYS), [])
        self.assertEqual({one.state for one in self.deployment.instances()}, {'started'})

    def test_check_drift_of_the_host_fails(self):
        """The engine makes the host anew, and the VM and the snapshot that it contains."""
        self.install(host_breaks='check_drift')
        self.deployment.change('vm', annotation='second', cpu=4)
        ended = self.update()
        self.assertIn('making anew: host_', ended.output)
        self.assert_kept()
        self.assertEqual(self.config()['annotation'], 'second')
        self.assertIn('cannot change cpu', self.deployment.runtime('vm')['update_refused'])

    def test_check_drift_of_the_vm_fails(self):
        self.install(vm_breaks='check_drift')
        for _ in range(2):
            self.assertIn('making anew: ', self.update().output)
            self.assert_kept()

    def test_update_of_the_vm_fails(self):
        self.install(vm_breaks='update')
        self.deployment.change('vm', annotation='second')
        self.assertIn('making anew: vm_', self.update().output)
        self.assert_kept()
        self.assertEqual(self.config()['annotation'], 'second')

    def test_the_install_that_follows_fails(self):
        breaks = self.breaks()
        self.install('--fault', f'ReconfigVM_Task=,while={breaks},as=http503', vm_breaks='check_drift')
        self.deployment.change('vm', annotation='second')
        breaks.touch()
        self.assertIn('making anew: ', self.update().output)
        self.assert_kept()
        self.assertIn('503', self.deployment.runtime('vm')['update_refused'])
        breaks.unlink()
        self.update()
        self.assertEqual(self.config()['annotation'], 'second')
        self.assertNotIn('update_refused', self.deployment.runtime('vm'))

    def test_a_vm_that_is_gone_is_not_imported_anew(self):
        self.install(vm_breaks='check_drift')
        self.host.govc('vm.destroy', 'web1')
        self.began = len(self.host.calls())
        self.update()
        self.assert_kept()
        self.assertIn('the host has it no more', self.deployment.runtime('vm')['update_refused'])

    def test_properties_that_are_wrong(self):
        self.install(host_breaks='check_drift')
        self.deployment.change('vm', cpu=0)
        self.update()
        self.assert_kept()
        self.assertIn('property `cpu` of VM `web1` is 0', self.deployment.runtime('vm')['update_refused'])
        self.deployment.change('vm', cpu=2)
        self.update()
        self.assert_kept()
        self.assertNotIn('update_refused', self.deployment.runtime('vm'))

    def test_without_a_check_of_drift(self):
        self.install()
        self.host.govc('vm.destroy', 'web1')
        self.began = len(self.host.calls())
        self.deployment.change('vm', annotation='second')
        self.update(skip_drift_check=True, changed=['host', 'vm', 'snapshot'])
        self.assert_kept()

    def test_unreachable_host(self):
        self.install()
        self.deployment.change('host', host='127.0.0.1:1')
        self.deployment.change('vm', annotation='second')
        ended = self.update()
        self.assertIn('whether this has drifted is not known', ended.output)
        self.assertTrue(self.deployment.system('vm')['ok'])
        self.assert_kept()
        self.assertEqual(self.calls(*CHANGES), [])

    def test_a_host_that_fails_meanwhile(self):
        breaks = self.breaks()
        self.install('--fault', f'ReconfigVM_Task=,while={breaks},as=http503')
        breaks.touch()
        self.deployment.change('vm', annotation='second')
        self.update()
        self.assert_kept()
        self.assertIn('503', self.deployment.runtime('vm')['update_refused'])

    # ---- What is wished ----

    def test_recreate_on_update(self):
        self.install(vm_breaks='check_drift', vm_properties=', recreate_on_update: true', snapshot_properties=', recreate_on_update: true')
        self.update()
        self.assertEqual(self.calls('Destroy_Task', 'ImportVApp'), ['Destroy_Task', 'ImportVApp'])

    def test_recreate_on_update_of_a_removed_node(self):
        self.install(vm_properties=', recreate_on_update: true')
        self.update(removed=['vm', 'snapshot'])
        self.assertEqual(self.calls('Destroy_Task'), ['Destroy_Task'])

    def test_a_running_vm_is_not_waited_for(self):
        self.install()
        self.deployment.change('vm', annotation='second', wait_for_ip=True, ip_version='v6', ip_timeout=600)
        self.update()
        self.assertEqual(self.config()['annotation'], 'second')
        self.assert_kept()

    def test_a_user_s_reinstall(self):
        self.install()
        self.deployment.must('reinstall')
        self.assertEqual(self.calls('Destroy_Task', 'ImportVApp'), ['Destroy_Task', 'ImportVApp'])

    def test_heal_powers_on_and_makes_nothing_anew(self):
        self.install()
        self.host.govc('vm.power', '-off', 'web1')
        self.deployment.run('heal', 'vm', workflow='heal')
        self.assertEqual(self.host.power('web1'), 'poweredOn')
        self.deployment.run('heal', 'host', workflow='heal')
        self.deployment.run('heal', 'snapshot', workflow='heal')
        self.host.govc('vm.destroy', 'web1')
        for node in ('vm', 'snapshot'):
            with self.assertRaisesRegex(NonRecoverableError, 'web1'):
                self.deployment.run('heal', node, workflow='heal')
        self.assertNotIn('web1', self.host.vms())

    def test_the_update_of_cloudify_6(self):
        self.install()
        for operation in ('cloudify.interfaces.validation.delete', 'stop', 'delete'):
            for node in ('snapshot', 'vm', 'host'):
                if operation != 'stop' or node == 'vm':
                    self.deployment.run(operation, node, workflow='csys_new_deployment_update', state='stopping')
        self.assertEqual(self.calls(*CHANGES), [])
        self.assertEqual(self.deployment.runtime('vm')['moid'], self.before['vm']['moid'])


if __name__ == '__main__':
    unittest.main()
