# SPDX-License-Identifier: Apache-2.0
"""What is learned is stored at once, and what somebody else has stored in between stays."""
import unittest
from unittest import mock

from cloudify import endpoint
from cloudify.workflows.local import StorageConflictError

from harness import BLUEPRINTS, Deployment, Simulator

store = endpoint.LocalEndpoint.update_node_instance


class Persist(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Simulator())

    def setUp(self):
        self.deployment = self.enterContext(Deployment(BLUEPRINTS / 'adopt-vm.yaml', self.host, inputs={**self.host.inputs, 'vm_name': 'ha-host_VM0'}))

    def test_what_somebody_else_stored_stays(self):
        def once(of, instance):
            if not others:
                others.append(1)
                self.deployment.set_runtime('host', {'theirs': {'a': [1, None]}})
            return store(of, instance)

        others = []
        with mock.patch.object(endpoint.LocalEndpoint, 'update_node_instance', once):
            self.deployment.run('create', 'host')
        self.assertEqual(set(self.deployment.runtime('host')), {'theirs', 'version', 'build', 'api_type'})

    def test_a_conflict_without_end(self):
        def never(*_):
            raise StorageConflictError('again')

        with mock.patch.object(endpoint.LocalEndpoint, 'update_node_instance', never):
            with self.assertRaisesRegex(StorageConflictError, 'again'):
                self.deployment.run('create', 'host')

    def test_at_once(self):
        stored = []

        def remember(of, instance):
            stored.append(dict(instance.runtime_properties))
            return store(of, instance)

        self.host.govc('vm.power', '-off', 'ha-host_VM0')
        with mock.patch.object(endpoint.LocalEndpoint, 'update_node_instance', remember):
            self.deployment.run('create', 'vm')
        self.assertEqual(stored[0]['adopted'], True)
        self.assertNotIn('power_state', stored[0])  # before it was looked further
        self.assertEqual(stored[-1]['power_state'], 'poweredOn')


if __name__ == '__main__':
    unittest.main()
