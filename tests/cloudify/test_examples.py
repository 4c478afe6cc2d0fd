# SPDX-License-Identifier: Apache-2.0
"""Each example blueprint is installed and uninstalled, and again; the host then holds what it held before."""
import unittest

from harness import BLUEPRINTS, GUEST_IP, Deployment, Simulator

OF_A_VM = {'moid', 'instance_uuid', 'name', 'adopted', 'power_state', 'ip'}


class Examples(unittest.TestCase):

    def twice(self, host, deployment, look):
        before = {name: vm['self']['value'] for name, vm in host.vms().items()}
        for _ in range(2):
            deployment.must('install')
            look()
            changes = host.changes()
            for node in {instance.node_id for instance in deployment.instances()}:
                deployment.set_state(node, 'uninitialized')
            deployment.must('install')  # all over again: all is there
            look()
            self.assertEqual(host.changes(), changes)
            deployment.must('uninstall')
            self.assertEqual({name: vm['self']['value'] for name, vm in host.vms().items()}, before)
            for instance in deployment.instances():
                if not instance.node_id.startswith('host'):
                    self.assertEqual(instance.runtime_properties, {}, instance.id)

    def test_vm_with_snapshot(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'vm-with-snapshot.yaml', host,
                                             inputs={**host.inputs, 'ova_url': host.make_ova()}) as deployment:
            def look():
                vm = deployment.runtime('vm')
                self.assertEqual(set(vm), OF_A_VM)
                self.assertEqual((vm['name'], vm['adopted'], vm['power_state'], vm['ip']), ('web1', False, 'poweredOn', GUEST_IP))
                self.assertEqual(host.vms()['web1']['self']['value'], vm['moid'])
                self.assertEqual((host.vms()['web1']['config']['hardware']['numCPU'], host.vms()['web1']['config']['hardware']['memoryMB']), (2, 1024))
                snapshot = deployment.runtime('as_delivered')
                self.assertEqual(set(snapshot), {'moid', 'name', 'vm_name'})
                self.assertEqual((snapshot['name'], snapshot['vm_name']), ('as-delivered', 'web1'))
                self.assertEqual(host.snapshots('web1'), ['as-delivered'])
                known = deployment.runtime('host')
                self.assertEqual(set(known), {'version', 'build', 'api_type', 'vms'})
                self.assertEqual(set(known['vms']['ha-host_VM0']), {'moid', 'power_state', 'connection_state', 'ip', 'config'})

            self.twice(host, deployment, look)
            self.assertIn('version', deployment.runtime('host'))  # a host is kept

    def test_adopt_vm(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'adopt-vm.yaml', host,
                                             inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
            moid = host.vms()['ha-host_VM0']['self']['value']

            def look():
                vm = deployment.runtime('vm')
                self.assertEqual((vm['adopted'], vm['moid'], vm['power_state']), (True, moid, 'poweredOn'))
                self.assertEqual(host.power('ha-host_VM0'), 'poweredOn')

            self.twice(host, deployment, look)
            self.assertEqual(host.calls('ImportVApp') + host.calls('Destroy_Task'), [])

    def test_external_vm(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'external-vm.yaml', host,
                                             inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
            def look():
                self.assertEqual(deployment.runtime('vm')['power_state'], 'poweredOn')
                self.assertEqual(host.snapshots('ha-host_VM0'), ['before-change'])

            self.twice(host, deployment, look)
            self.assertEqual(set(host.changes()), {'CreateSnapshot_Task', 'RemoveSnapshot_Task'})
            self.assertEqual(host.power('ha-host_VM0'), 'poweredOn')

    def test_updated(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'vm-with-snapshot.yaml', host,
                                             inputs={**host.inputs, 'ova_url': host.make_ova()}) as deployment:
            deployment.must('install')
            before, installed = host.changes(), deployment.runtime('vm')
            deployment.change('vm', annotation='of the update', memory_mb=2048)
            deployment.must('update', parameters={'changed': ['vm']})
            vm = host.vms()['web1']
            self.assertEqual((vm['config']['annotation'], vm['self']['value'], vm['runtime']['powerState']),
                             ('of the update', installed['moid'], 'poweredOn'))
            self.assertIn('cannot change memory_mb', deployment.runtime('vm')['update_refused'])  # it runs
            self.assertEqual(host.changes(), [*before, 'ReconfigVM_Task'])
            self.assertEqual(host.snapshots('web1'), ['as-delivered'])

    def test_several_vms(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'several-vms.yaml', host,
                                             inputs={**host.inputs, 'ova_url': host.make_ova()}) as deployment:
            def look():
                sizes = {name: (vm['config']['hardware']['numCPU'], vm['config']['hardware']['memoryMB'])
                         for name, vm in host.vms().items() if name.startswith('shop-')}
                self.assertEqual(sizes, {'shop-db': (2, 2048), 'shop-web1': (1, 512), 'shop-web2': (1, 512)})
                for node, name in (('database', 'shop-db'), ('web1', 'shop-web1'), ('web2', 'shop-web2')):
                    self.assertEqual(deployment.runtime(node)['name'], name)
                    self.assertEqual(deployment.runtime(node)['moid'], host.vms()[name]['self']['value'])

            self.twice(host, deployment, look)

    def test_each_dsl_version(self):
        for plugin_yaml in ('plugin.yaml', 'plugin_1_4.yaml'):
            with self.subTest(plugin_yaml), Simulator() as host, Deployment(
                    BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': 'ha-host_VM1'}, plugin_yaml=plugin_yaml) as deployment:
                deployment.must('install')
                deployment.must('uninstall')
                self.assertIn('ha-host_VM1', host.vms())


if __name__ == '__main__':
    unittest.main()
