# SPDX-License-Identifier: Apache-2.0
"""check_status, check_drift and pull, as the engine's workflows run them: they change nothing on the host."""
import unittest

from harness import BLUEPRINTS, Deployment, Simulator


class Looks(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Simulator())
        cls.deployment = cls.enterClassContext(
            Deployment(BLUEPRINTS / 'vm-with-snapshot.yaml', cls.host, inputs={**cls.host.inputs, 'ova_url': cls.host.make_ova()}))

    def setUp(self):
        self.deployment.must('install')
        self.changes = self.count_changes()
        self.runtime = {instance.id: instance.runtime_properties for instance in self.deployment.instances()}

    def tearDown(self):
        self.deployment.execute('uninstall')

    def count_changes(self):
        return len(self.host.changes())

    def system(self, node, key):
        instance, = self.deployment.instances(node)
        return instance.system_properties[key]

    def assert_only_looked(self):
        self.assertEqual(self.count_changes(), self.changes)
        self.assertEqual({instance.id: instance.runtime_properties for instance in self.deployment.instances()}, self.runtime)

    def test_status(self):
        self.deployment.must('check_status')
        self.assertEqual(self.system('vm', 'status')['result']['power_state'], 'poweredOn')
        self.assertEqual(self.system('as_delivered', 'status')['result']['name'], 'as-delivered')
        self.assertEqual(self.system('host', 'status')['result']['api_type'], 'HostAgent')
        for node in ('host', 'vm', 'as_delivered'):
            self.assertTrue(self.system(node, 'status')['ok'])
        self.assert_only_looked()

    def test_status_of_what_is_gone(self):
        self.host.govc('snapshot.remove', '-vm', 'web1', 'as-delivered')
        self.changes = self.count_changes()
        self.assertFalse(self.deployment.execute('check_status').ok)
        self.assertFalse(self.system('as_delivered', 'status')['ok'])
        self.assertIn('does not have the snapshot `as-delivered`', self.system('as_delivered', 'status')['result'])
        self.host.govc('vm.destroy', 'web1')
        self.changes = self.count_changes()
        self.assertFalse(self.deployment.execute('check_status', parameters={'node_ids': ['vm']}).ok)
        self.assertIn('cannot look at VM `web1`', self.system('vm', 'status')['result'])
        self.assert_only_looked()

    def test_no_drift(self):
        self.deployment.must('check_drift')
        for node in ('host', 'vm'):
            self.assertIsNone(self.system(node, 'configuration_drift')['result'])
            self.assertTrue(self.system(node, 'configuration_drift')['ok'])
        self.assert_only_looked()

    def test_drift(self):
        self.host.govc('vm.power', '-off', 'web1')
        self.host.govc('vm.change', '-vm', 'web1', '-c', '3', '-m', '2048')
        self.deployment.set_runtime('host', {**self.deployment.runtime('host'), 'version': '6.4.0'})
        self.changes = self.count_changes()
        self.runtime = {instance.id: instance.runtime_properties for instance in self.deployment.instances()}
        self.deployment.must('check_drift')
        self.assertEqual(self.system('vm', 'configuration_drift')['result'], {
            'cpu': {'wished': 2, 'found': 3}, 'memory_mb': {'wished': 1024, 'found': 2048},
            'power_state': {'wished': 'poweredOn', 'found': 'poweredOff'}})
        self.assertEqual(self.system('host', 'configuration_drift')['result'], {'version': {'recorded': '6.4.0', 'found': '6.5.0'}})
        self.assert_only_looked()

    def test_pull(self):
        self.host.govc('vm.power', '-off', 'web1')
        self.host.govc('vm.create', '-on=false', 'another')
        self.changes = self.count_changes()
        self.deployment.must('pull')
        self.assertEqual(self.deployment.runtime('vm')['power_state'], 'poweredOff')
        self.assertIn('another', self.deployment.runtime('host')['vms'])
        self.assertEqual(self.deployment.runtime('as_delivered')['name'], 'as-delivered')
        self.assertEqual(self.count_changes(), self.changes)
        self.host.govc('vm.destroy', 'another')


if __name__ == '__main__':
    unittest.main()
