# SPDX-License-Identifier: Apache-2.0
"""What is there already: used and never touched, adopted, or refused."""
import unittest

from harness import BLUEPRINTS, REACHED, Deployment, Simulator

VM = 'ha-host_VM0'

ONE_VM = """
inputs: {host: {}, ca_bundle: {}}
node_templates:
  host:
    type: esxi.nodes.Host
    properties: {REACHED}
  vm:
    type: esxi.nodes.VM
    properties: {PROPERTIES}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
""".replace('REACHED', REACHED)
ITS_SNAPSHOT = """
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {name: s1}
    relationships: [{type: cloudify.relationships.contained_in, target: vm}]
"""


def blueprint(instances=1, **properties):
    """ONE_VM with these properties of the VM, in so many instances."""
    text = ONE_VM.replace('PROPERTIES', ', '.join(f'{key}: {value}' for key, value in properties.items()))
    scalable = f'capabilities: {{scalable: {{properties: {{default_instances: {instances}}}}}}}'
    return text.replace('    type: esxi.nodes.VM', f'    type: esxi.nodes.VM\n    {scalable}')


def one_vm(host, **properties):
    return Deployment(blueprint(**properties), host, inputs=host.inputs)


class External(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def test_nothing_changes_it(self):
        with one_vm(self.host, name=VM, use_external_resource='true', cpu=4, memory_mb=2048, annotation='mine', stop_adopted='true') as deployment:
            deployment.must('install')
            moid = self.host.vms()[VM]['self']['value']
            vm = deployment.runtime('vm')
            self.assertEqual((vm['moid'], vm['adopted'], vm['power_state']), (moid, True, 'poweredOn'))
            deployment.must('check_status')
            deployment.must('check_drift')
            deployment.must('update')
            for operation, workflow in (('update', 'update'), ('heal', 'heal'), ('stop', 'stop'), ('start', 'restart'), ('stop', 'execute_operation'),
                                        ('stop', 'uninstall'), ('delete', 'execute_operation')):
                with self.subTest(operation=operation, workflow=workflow):
                    deployment.run(operation, 'vm', workflow=workflow)
            deployment.must('reinstall')
            deployment.must('uninstall')
            self.assertEqual(deployment.runtime('vm'), {})
        self.assertEqual(self.host.changes(), [])
        self.assertEqual(self.host.power(VM), 'poweredOn')

    def test_it_is_not_started(self):
        self.host.govc('vm.power', '-off', VM)
        before = self.host.changes()
        with one_vm(self.host, name=VM, use_external_resource='true', wait_for_ip='true') as deployment:
            deployment.must('install')
            self.assertEqual(deployment.runtime('vm')['power_state'], 'poweredOff')
            deployment.run('heal', 'vm', workflow='heal')
            self.assertIsNone(deployment.run('check_drift', 'vm', workflow='update'))
        self.assertEqual(self.host.changes(), before)

    def test_it_must_exist(self):
        with one_vm(self.host, name='web1', use_external_resource='true', ova_url=self.host.make_ova()) as deployment:
            ended = deployment.execute('install')
            self.assertFalse(ended.ok)
            self.assertIn('the host has no VM `web1`, and use_external_resource is true', ended.output)
            deployment.must('uninstall')
        self.assertEqual(self.host.changes(), [])

    def test_not_with_delete_adopted(self):
        with one_vm(self.host, name=VM, use_external_resource='true', delete_adopted='true') as deployment:
            ended = deployment.execute('install')
            self.assertIn('property `delete_adopted` of VM', ended.output)
            self.assertFalse(ended.ok)

    def test_it_was_imported_and_is_external_now(self):
        with one_vm(self.host, name='web1', ova_url=self.host.make_ova()) as deployment:
            deployment.must('install')
            deployment.set_properties('vm', {'name': 'web1', 'use_external_resource': True})
            before = self.host.changes()
            deployment.must('uninstall')
        self.assertEqual(self.host.changes(), before)
        self.assertEqual(self.host.power('web1'), 'poweredOn')

    def test_its_snapshot_is_ours(self):
        with Deployment(BLUEPRINTS / 'external-vm.yaml', self.host, inputs={**self.host.inputs, 'vm_name': VM}) as deployment:
            deployment.must('install')
            self.assertEqual(self.host.snapshots(VM), ['before-change'])
            deployment.must('uninstall')
        self.assertEqual(self.host.snapshots(VM), [])
        self.assertEqual(self.host.changes(), ['CreateSnapshot_Task', 'RemoveSnapshot_Task'])

    def test_a_snapshot(self):
        with Deployment(BLUEPRINTS / 'external-vm.yaml', self.host, inputs={**self.host.inputs, 'vm_name': VM}) as deployment:
            deployment.set_properties('before_change', {'name': 'before-change', 'use_external_resource': True})
            ended = deployment.execute('install')
            self.assertFalse(ended.ok)
            self.assertIn('has no snapshot `before-change`, and use_external_resource is true', ended.output)
            self.host.govc('snapshot.create', '-vm', VM, 'before-change')
            deployment.must('install')
            self.assertIn('moid', deployment.runtime('before_change'))
            deployment.must('uninstall')
            self.assertEqual(deployment.runtime('before_change'), {})
        self.assertEqual(self.host.snapshots(VM), ['before-change'])


class Adopting(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def test_never(self):
        for adopt in ('never', 'if_ours'):
            with self.subTest(adopt), one_vm(self.host, name=VM, adopt=adopt) as deployment:
                ended = deployment.execute('install')
                self.assertFalse(ended.ok)
                self.assertIn('is there already, with no mark of an import of ours, and `adopt` is ' + adopt, ended.output)
                deployment.must('uninstall')
        self.assertEqual(self.host.changes(), [])

    def test_always_is_a_warning(self):
        with one_vm(self.host, name=VM) as deployment:
            ended = deployment.must('install')
            self.assertRegex(ended.output, f'WARNING: .*VM `{VM}` .* was there before, and this node did not import it: it is adopted')
            for instance in deployment.instances():
                deployment.set_state(instance.node_id, 'uninitialized')
            self.assertNotIn('was there before', deployment.must('install').output)

    def test_what_was_recorded_is_no_adoption(self):
        ova = self.host.make_ova()
        for adopt in ('never', 'if_ours'):
            with self.subTest(adopt), one_vm(self.host, name='web1', ova_url=ova, adopt=adopt) as deployment:
                deployment.must('install')
                deployment.set_state('vm', 'uninitialized')
                deployment.must('install')
                deployment.must('uninstall')
                self.assertNotIn('web1', self.host.vms())

    def test_ours_without_its_record(self):
        with one_vm(self.host, name='web1', ova_url=self.host.make_ova(), adopt='if_ours') as deployment:
            deployment.must('install')
            deployment.set_runtime('vm', {})
            deployment.set_state('vm', 'uninitialized')
            ended = deployment.must('install')
            self.assertNotIn('was there before', ended.output)
            self.assertTrue(deployment.runtime('vm')['adopted'])
            deployment.must('uninstall')  # not destroyed: whoever set that mark, this record did not
        self.assertIn('web1', self.host.vms())
        self.assertEqual(len(self.host.calls('ImportVApp')), 1)

    def test_that_of_another_node(self):
        with one_vm(self.host, name='web1', ova_url=self.host.make_ova()) as first:
            first.must('install')
            text = blueprint(name='web1', adopt='if_ours').replace('  vm:', '  other:')
            with Deployment(text, self.host, inputs=self.host.inputs) as second:
                ended = second.execute('install')
                self.assertFalse(ended.ok)
                self.assertIn('imported by `deployment/vm`, and `adopt` is if_ours', ended.output)

    def test_a_copy_has_no_mark(self):
        with one_vm(self.host, name='web1', ova_url=self.host.make_ova(), adopt='if_ours') as deployment:
            deployment.must('install')
            settings = {s['key']: s['value'] for s in self.host.vms()['web1']['config']['extraConfig']}
            deployment.must('uninstall')
            self.host.govc('vm.change', '-vm', VM, '-name', 'web1', '-e', f'esxi.imported_by={settings["esxi.imported_by"]}')
            ended = deployment.execute('install')
            self.assertFalse(ended.ok)
            self.assertIn('with no mark of an import of ours', ended.output)


class Stopping(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def test_an_uninstall_leaves_it_running(self):
        with one_vm(self.host, name=VM) as deployment:
            deployment.must('install')
            ended = deployment.must('uninstall')
            self.assertIn(f'VM `{VM}` is not stopped: we did not import it, and stop_adopted is not set', ended.output)
        self.assertEqual(self.host.power(VM), 'poweredOn')
        self.assertEqual(self.host.changes(), [])

    def test_an_uninstall_of_a_failed_install_too(self):
        with one_vm(self.host, name=VM, memory_mb=1024) as deployment:  # it runs, and takes no more memory
            self.assertFalse(deployment.execute('install').ok)
            self.assertTrue(deployment.runtime('vm')['adopted'])
            deployment.must('uninstall')
        self.assertEqual(self.host.power(VM), 'poweredOn')
        self.assertEqual(self.host.changes(), [])

    def test_stop_adopted(self):
        with one_vm(self.host, name=VM, stop_adopted='true') as deployment:
            deployment.must('install')
            deployment.must('uninstall')
        self.assertEqual(self.host.power(VM), 'poweredOff')
        self.assertIn(VM, self.host.vms())

    def test_the_one_that_is_destroyed_is_asked_first(self):
        with one_vm(self.host, name=VM, delete_adopted='true', stop_mode='graceful') as deployment:
            deployment.must('install')
            deployment.must('uninstall')
        self.assertEqual(self.host.changes()[-2:], ['ShutdownGuest', 'Destroy_Task'])
        self.assertNotIn(VM, self.host.vms())

    def test_a_person_may_stop_it(self):
        for workflow in ('stop', 'restart', 'execute_operation'):
            with self.subTest(workflow), one_vm(self.host, name=VM) as deployment:
                deployment.must('install')
                deployment.run('stop', 'vm', workflow=workflow, state='stopping')
                self.assertEqual(self.host.power(VM), 'poweredOff')


class NotItsOwn(unittest.TestCase):
    """A VM of the wished name that this node has not recorded, or does not record any more."""

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def test_what_was_refused_is_not_touched_later(self):
        self.host.govc('vm.power', '-off', VM)
        before = self.host.changes()
        with one_vm(self.host, name=VM, adopt='never', cpu=4, allow_power_cycle='true') as deployment:
            self.assertFalse(deployment.execute('install').ok)
            for operation in ('cloudify.interfaces.lifecycle.configure', 'cloudify.interfaces.lifecycle.start', 'cloudify.interfaces.power.on',
                              'cloudify.interfaces.power.off', 'cloudify.interfaces.lifecycle.stop', 'cloudify.interfaces.lifecycle.delete'):
                deployment.execute('execute_operation', parameters={'operation': operation, 'node_ids': ['vm']})
                self.assertEqual(self.host.changes(), before, operation)
            deployment.set_state('vm', 'started')
            self.assertIn('nothing is recorded', deployment.must('update', parameters={'changed': ['vm'], 'skip_drift_check': True}).output)
        self.assertEqual(self.host.changes(), before)

    def test_external_and_then_its_own(self):
        with one_vm(self.host, name=VM, use_external_resource='true') as deployment:
            deployment.must('install')
            self.assertTrue(deployment.runtime('vm')['external'])
            own = {'name': VM, 'adopt': 'never', 'cpu': 4, 'allow_power_cycle': True, 'stop_adopted': True}
            deployment.set_properties('vm', own)
            deployment.must('update', parameters={'changed': ['vm']})
            deployment.must('uninstall')
            self.assertEqual(self.host.changes(), [])
            self.assertFalse(deployment.execute('install').ok)
            deployment.set_properties('vm', {**own, 'adopt': 'always', 'cpu': 1})
            deployment.must('install')
            self.assertNotIn('external', deployment.runtime('vm'))
        self.assertEqual(self.host.changes(), [])

    def test_snapshot_of_the_vm_that_was_recorded(self):
        text = blueprint(name='web1', ova_url=self.host.make_ova()) + ITS_SNAPSHOT
        with Deployment(text, self.host, inputs=self.host.inputs) as deployment:
            deployment.must('install')
            deployment.set_state('snapshot', 'uninitialized')
            deployment.set_runtime('snapshot', {})
            self.host.govc('snapshot.remove', '-vm', 'web1', '*')
            self.host.govc('vm.change', '-vm', 'web1', '-name', 'old')
            self.host.govc('vm.change', '-vm', VM, '-name', 'web1')
            deployment.must('install')
            self.assertEqual((self.host.snapshots('old'), self.host.snapshots('web1')), (['s1'], []))
            self.assertEqual(deployment.runtime('snapshot')['vm_name'], 'old')
            deployment.must('uninstall')
        self.assertEqual(set(self.host.vms()), {'web1', 'ha-host_VM1'})


class Scaled(unittest.TestCase):
    """Several instances of one VM node."""

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def scaled(self, instances, **properties):
        return Deployment(blueprint(instances, **properties), self.host, inputs=self.host.inputs)

    def made(self):
        return sorted(name for name in self.host.vms() if name.startswith('web'))

    def test_with_the_number(self):
        with self.scaled(3, name='web', scale_suffix="'-{index}'", ova_url=self.host.make_ova()) as deployment:
            deployment.must('install')
            self.assertEqual(self.made(), ['web-1', 'web-2', 'web-3'])
            self.assertEqual(sorted(one.runtime_properties['name'] for one in deployment.instances('vm')), ['web-1', 'web-2', 'web-3'])
            for one in deployment.instances('vm'):
                self.assertEqual(self.host.vms()[one.runtime_properties['name']]['self']['value'], one.runtime_properties['moid'])
            deployment.must('check_drift')
            deployment.must('uninstall')
        self.assertEqual(self.made(), [])

    def test_with_the_id(self):
        with self.scaled(2, name='web', scale_suffix="'.{id}'", ova_url=self.host.make_ova()) as deployment:
            deployment.must('install')
            self.assertEqual(self.made(), sorted('web.' + one.id.removeprefix('vm_') for one in deployment.instances('vm')))

    def test_their_snapshots(self):
        text = blueprint(2, name='web', scale_suffix="'-{index}'", ova_url=self.host.make_ova())
        with Deployment(text + ITS_SNAPSHOT, self.host, inputs=self.host.inputs) as deployment:
            deployment.must('install')
            self.assertEqual([self.host.snapshots(name) for name in self.made()], [['s1'], ['s1']])

    def test_without_a_suffix_is_an_error(self):
        with self.scaled(2, name='web', ova_url=self.host.make_ova()) as deployment:
            ended = deployment.execute('install', task_thread_pool_size=1)
            self.assertFalse(ended.ok)
            self.assertIn('and one VM cannot be two; give this node another name, or, if the node has several instances, scale_suffix', ended.output)
            self.assertEqual(len([one for one in deployment.instances('vm') if 'moid' in one.runtime_properties]), 1)
            deployment.must('uninstall')
        self.assertEqual(self.made(), [])

    def test_that_adopt_the_same(self):
        with self.scaled(2, name=VM) as deployment:
            self.assertFalse(deployment.execute('install').ok)
            self.assertLessEqual(len([one for one in deployment.instances('vm') if 'moid' in one.runtime_properties]), 1)

    def test_one_that_is_used_by_several(self):
        with self.scaled(2, name=VM, use_external_resource='true') as deployment:
            deployment.must('install')
            deployment.must('uninstall')
        self.assertEqual(self.host.changes(), [])

    def test_suffix_that_is_none(self):
        for suffix in ("'-x'", '5', "'{name}'"):
            with self.subTest(suffix), self.scaled(1, name='web', scale_suffix=suffix) as deployment:
                self.assertIn('property `scale_suffix` is', deployment.execute('install').output)


if __name__ == '__main__':
    unittest.main()
