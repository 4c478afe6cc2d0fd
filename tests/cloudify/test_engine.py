# SPDX-License-Identifier: Apache-2.0
"""What the plugin takes from the engine that runs it is that engine's own. test_engines.py runs this, in their words, on the other engines."""
import unittest
from unittest import mock

from cloudify import endpoint, exceptions, state
from cloudify.mocks import MockCloudifyContext
from cloudify_rest_client.exceptions import CloudifyClientError

from esxi_plugin import _native, engine, tasks
from harness import BLUEPRINTS, Deployment, Simulator

store = endpoint.LocalEndpoint.update_node_instance
UNREACHABLE = '''
node_templates:
  host:
    type: esxi.nodes.Host
    properties: {host: "127.0.0.1:1", password: secret}
'''


class OfThisEngine(unittest.TestCase):

    def test_name(self):
        self.assertEqual(engine.name, 'cloudify')
        self.assertEqual(exceptions.__name__, f'{engine.name}.exceptions')

    def test_exceptions(self):
        self.assertIs(engine.NonRecoverableError, exceptions.NonRecoverableError)
        self.assertIs(engine.RecoverableError, exceptions.RecoverableError)
        with self.assertRaises(exceptions.NonRecoverableError) as caught:
            _native._round_trip(b'')
        self.assertIs(type(caught.exception), exceptions.NonRecoverableError)

    def test_context(self):
        """An operation that is called without a ctx takes the current one."""
        ctx = MockCloudifyContext(node_id='host_1', node_name='host', properties={}, runtime_properties={'update_refused': 'then'})
        with state.current_ctx.push(ctx), mock.patch.object(type(ctx.instance), 'update', create=True):
            tasks.preupdate()
        self.assertEqual(ctx.instance.runtime_properties, {})


class Retries(unittest.TestCase):

    def tries(self, ended):
        return ended.output.count("Task started 'esxi_plugin.tasks.probe_host'")

    def test_what_is_recoverable_is_tried_again(self):
        with Deployment(UNREACHABLE) as deployment:
            ended = deployment.execute('install', task_retries=1)
        self.assertFalse(ended.ok)
        self.assertIn('connection refused', ended.output)
        self.assertEqual(self.tries(ended), 2, ended.output)

    def test_what_is_not_recoverable_is_not(self):
        with Deployment(UNREACHABLE.replace('127.0.0.1:1', 'a b')) as deployment:
            ended = deployment.execute('install', task_retries=1)
        self.assertFalse(ended.ok)
        self.assertIn('property `host`', ended.output)
        self.assertEqual(self.tries(ended), 1, ended.output)


class Conflicts(unittest.TestCase):
    """The manager answers by a class that each engine calls otherwise, with a status code."""

    def probe(self, *failures):
        failures, tries = list(failures), []

        def update(of, instance):
            tries.append(1)
            if failures:
                raise failures.pop(0)
            return store(of, instance)

        with Simulator() as host, Deployment(BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
            with mock.patch.object(endpoint.LocalEndpoint, 'update_node_instance', update):
                deployment.run('create', 'host')
            self.assertIn('version', deployment.runtime('host'))
        return len(tries)

    def test_a_conflict_is_tried_again(self):
        without = self.probe()
        self.assertEqual(self.probe(*(CloudifyClientError('conflict', status_code=409) for _ in range(3))), without + 3)

    def test_another_failure_is_not(self):
        with self.assertRaisesRegex(CloudifyClientError, '500: broken'):
            self.probe(CloudifyClientError('broken', status_code=500))


if __name__ == '__main__':
    unittest.main()
