# SPDX-License-Identifier: Apache-2.0
"""A bad property ends the operation at once, by an error that names node and property, before any govc command."""
import os
import unittest
import unittest.mock

import yaml
from cloudify.exceptions import NonRecoverableError, RecoverableError

from harness import PLUGIN, PLUGIN_ONLY, Deployment, Simulator

TYPES = {'host': 'esxi.nodes.Host', 'vm': 'esxi.nodes.VM', 'snapshot': 'esxi.nodes.Snapshot'}

MISSING = object()

BAD = {
    'host': {
        'host': [MISSING, None, '', 5, True, 'https://esxi1', 'esxi1:0', 'root:hunter22@esxi1', 'a b', ['esxi1'], 'esxi1/sdk', '[::g]'],
        'password': [MISSING, None, '', 5, False, ['hunter22'], '/etc/passwd', 'hunter\0'],
        'user': ['', 5, '/root', {}],
        'verify_tls': ['yes', 1, 'true', []],
        'ca_bundle': [5, '/nowhere/ca.pem', 'no certificate', {}],
        'thumbprint': [5, 'AA:BB', 'xyz', []],
        'use_external_resource': [False, 'yes', 0],
    },
    'vm': {
        'name': [MISSING, None, '', 5, True, '.', '..', 'a' * 81, 'a\nb', ['web1']],
        'ova_url': [5, 'ftp://h/a.ova', '/nowhere/a.ova', 'file:///a.ova', 'https://h/a b.ova', {}],
        'datastore': [5, [], {}],
        'cpu': [0, -1, 769, 1.5, '2', True, [2], 2**63],
        'memory_mb': [0, 3, 1023, 25165828, 512.5, '512', {}],
        'power_on': ['yes', 1, 0.0, []],
        'wait_for_ip': ['true', 1],
        'ip_timeout': [-1, 604801, '600', 1.5],
        'ip_version': ['v5', 4, 'V4', []],
        'network_map': ['VM Network', ['VM Network'], {'VM Network': ''}, {'VM Network': ['x']}],
        'disk_provisioning': ['Thin', 5, 'none'],
        'ovf_properties': ['a=b', ['a'], {'a': ['b']}, {'a': None}],
        'annotation': [5, {}, 'esxi-import-0123456789abcdef0123456789abcdef'],
        'verify_manifest': ['yes', 0],
        'stop_mode': ['soft', 5, 'Graceful'],
        'stop_timeout': [-1, 604801, '2m'],
        'allow_power_cycle': ['no', 1],
        'use_external_resource': ['yes', 1, []],
        'adopt': ['Never', True, 'if ours', []],
        'stop_adopted': ['no', 1],
        'delete_adopted': ['no', 1],
        'replace_abandoned_import': ['no', 1],
    },
    'snapshot': {
        'name': [MISSING, None, '', 5, 'a' * 81, '.', ['s1']],
        'description': [5, {}],
        'memory': ['yes', 1],
        'quiesce': ['yes', 1],
        'use_external_resource': ['yes', 1],
        'remove_children': ['yes', 1],
    },
}


BLUEPRINT = """
node_templates:
  host: {type: esxi.nodes.Host, properties: {host: x, password: x}}
  vm:
    type: esxi.nodes.VM
    properties: {name: x}
    relationships: [{type: cloudify.relationships.depends_on, target: host}]
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {name: x}
    relationships: [{type: cloudify.relationships.depends_on, target: vm}]
"""

# Properties that are right, of an OVA that is not there.
NOWHERE = ('/nowhere/a.ova', 'file:///a.ova')


class Properties(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Simulator())
        cls.deployment = cls.enterClassContext(Deployment(BLUEPRINT))
        cls.good = {'host': {'host': cls.host.host, 'password': cls.host.password, 'ca_bundle': cls.host.ca_file},
                    'vm': {'name': 'ha-host_VM0'}, 'snapshot': {'name': 's1'}}

    def setUp(self):
        for node, properties in self.good.items():
            self.deployment.set_properties(node, properties)

    def refuse(self, node, name, value):
        properties = {**self.good[node], name: value}
        if value is MISSING:
            del properties[name]
        self.deployment.set_properties(node, properties)
        before = len(self.host.calls())
        with self.assertRaises(NonRecoverableError) as caught:
            self.deployment.run('create', node)
        self.assertEqual(len(self.host.calls()), before)
        text = str(caught.exception)
        self.assertIn(f'node `{node}`: ', text)
        self.assertIn(f'property `{name}', text)
        self.assertIn('there is no such file' if name == 'ova_url' and value in NOWHERE else 'allowed is', text)
        self.assertNotIn('hunter', text)
        self.assertEqual(caught.exception.causes[0]['type'], 'config')

    def check(self, node):
        for name, values in BAD[node].items():
            for value in values:
                with self.subTest(property=name, value=value):
                    self.refuse(node, name, value)

    def test_host(self):
        self.check('host')

    def test_vm(self):
        self.check('vm')

    def test_snapshot(self):
        self.check('snapshot')

    def test_good_ones_are_taken(self):
        for node in ('host', 'vm', 'snapshot'):
            self.deployment.run('create', node)
        self.deployment.run('delete', 'snapshot')

    def test_of_the_host_of_a_vm(self):
        self.deployment.set_properties('host', {**self.good['host'], 'verify_tls': 'yes'})
        before = len(self.host.calls())
        for node in ('vm', 'snapshot'):
            with self.assertRaises(NonRecoverableError) as caught:
                self.deployment.run('create', node)
            self.assertIn('property `verify_tls` of Host', str(caught.exception))
        self.assertEqual(len(self.host.calls()), before)

    def test_thumbprint_without_verification(self):
        self.deployment.set_properties('host', {**self.good['host'], 'verify_tls': False, 'thumbprint': self.host.thumbprint})
        with self.assertRaises(NonRecoverableError) as caught:
            self.deployment.run('create', 'host')
        self.assertIn('property `thumbprint`', str(caught.exception))

    def test_bounds_of_the_workers_environment(self):
        for variable in ('ESXI_COMMAND_TIMEOUT', 'ESXI_IMPORT_TIMEOUT'):
            for value in ('soon', '0', '-1', '1e9', 'nan', '5 '):
                with self.subTest(variable=variable, value=value), unittest.mock.patch.dict(os.environ, {variable: value}):
                    with self.assertRaises(NonRecoverableError) as caught:
                        self.deployment.run('create', 'host')
                    self.assertIn(f'{variable} is no number of seconds', str(caught.exception))
            with unittest.mock.patch.dict(os.environ, {variable: ''}):
                self.deployment.run('create', 'host')
        with Simulator('--delay', 'ImportVApp=5000') as slow, Deployment(BLUEPRINT) as deployment:
            deployment.set_properties('host', {'host': slow.host, 'password': slow.password, 'ca_bundle': slow.ca_file})
            deployment.set_properties('vm', {'name': 'web1', 'ova_url': slow.make_ova()})
            with unittest.mock.patch.dict(os.environ, {'ESXI_IMPORT_TIMEOUT': '0.5'}), self.assertRaises(RecoverableError) as caught:
                deployment.run('create', 'vm')
            self.assertIn('made no progress for 0.5 s', str(caught.exception))

    def test_workflow_ends_without_a_retry(self):
        with Deployment(BLUEPRINT) as deployment:
            deployment.set_properties('host', self.good['host'])
            deployment.set_properties('vm', {'name': 'x', 'cpu': 0})
            ended = deployment.execute('install', task_retries=5)
            self.assertFalse(ended.ok)
            self.assertEqual(ended.output.count("Task failed 'esxi_plugin.tasks.create_vm'"), 1)
            self.assertIn('node `vm`: property `cpu` of VM `x` is 0; allowed is', ended.output)

    def test_every_property_is_here(self):
        parsed = yaml.safe_load((PLUGIN / 'plugin.yaml').read_text())['node_types']
        for node, properties in BAD.items():
            self.assertEqual(list(properties), [name for name in parsed[TYPES[node]]['properties'] if name not in PLUGIN_ONLY])


if __name__ == '__main__':
    unittest.main()
