# SPDX-License-Identifier: Apache-2.0
"""The host of a VM and of a snapshot, and the VM of a snapshot, are found by their types; none and several are errors."""
import unittest

from cloudify.exceptions import NonRecoverableError

from harness import Deployment, Simulator

HOSTS = """
node_types:
  my.nodes.Host: {derived_from: esxi.nodes.Host, properties: {rack: {default: b12}}}
  my.nodes.VM: {derived_from: esxi.nodes.VM, properties: {team: {default: shop}, notes: {default: {a: [1]}}}}
  my.nodes.Snapshot: {derived_from: esxi.nodes.Snapshot, properties: {ticket: {default: 7}}}
relationships:
  my.relationships.on: {derived_from: cloudify.relationships.connected_to}
inputs:
  host: {}
  ca_bundle: {}
node_templates:
  host: &host
    type: esxi.nodes.Host
    properties: {host: {get_input: host}, ca_bundle: {get_input: ca_bundle}, password: {get_secret: esxi_password}}
  host2: *host
  my_host: {<<: *host, type: my.nodes.Host}
"""


def related(*targets, kind='cloudify.relationships.depends_on'):
    return '    relationships: [' + ', '.join(f'{{type: {kind}, target: {target}}}' for target in targets) + ']\n'


def vm(node, *targets, kind='esxi.nodes.VM', name='ha-host_VM0', **how):
    return f'  {node}:\n    type: {kind}\n    properties: {{name: {name}}}\n' + (related(*targets, **how) if targets else '')


def snapshot(node, *targets, kind='esxi.nodes.Snapshot', **how):
    return f'  {node}:\n    type: {kind}\n    properties: {{name: s1}}\n' + (related(*targets, **how) if targets else '')


class Relations(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Simulator())

    def deploy(self, *nodes):
        return self.enterContext(Deployment(HOSTS + ''.join(nodes), self.host, inputs=self.host.inputs))

    def assert_refused(self, deployment, node, *texts):
        before = len(self.host.calls())
        for operation in ('create', 'delete'):
            with self.subTest(node=node, operation=operation), self.assertRaises(NonRecoverableError) as caught:
                deployment.run(operation, node)
            for text in (f'node `{node}`: ', *texts):
                self.assertIn(text, str(caught.exception))
            self.assertEqual(caught.exception.causes[0]['type'], 'config')
        self.assertEqual(len(self.host.calls()), before)  # no command was sent

    def assert_found(self, deployment, node):
        deployment.run('create', node)
        self.assertTrue(deployment.runtime(node)['moid'])

    def test_whatever_the_relationship(self):
        for kind in ('cloudify.relationships.depends_on', 'cloudify.relationships.connected_to', 'cloudify.relationships.contained_in', 'my.relationships.on'):
            with self.subTest(kind):
                deployment = self.deploy(vm('vm', 'host', kind='esxi.nodes.VM').replace('cloudify.relationships.depends_on', kind),
                                         snapshot('snap', 'vm').replace('cloudify.relationships.depends_on', kind))
                self.assert_found(deployment, 'vm')
                self.assert_found(deployment, 'snap')
                deployment.run('delete', 'snap')

    def test_derived_types(self):
        deployment = self.deploy(vm('vm', 'my_host', kind='my.nodes.VM'), snapshot('snap', 'vm', kind='my.nodes.Snapshot'))
        deployment.run('create', 'my_host')
        self.assert_found(deployment, 'vm')
        self.assert_found(deployment, 'snap')
        deployment.run('delete', 'snap')

    def test_two_ways_to_one_host(self):
        deployment = self.deploy(vm('vm', 'host', 'host'), snapshot('snap', 'vm', 'host'))
        self.assert_found(deployment, 'vm')
        self.assert_found(deployment, 'snap')
        deployment.run('delete', 'snap')

    def test_other_nodes_do_not_matter(self):
        deployment = self.deploy(vm('first', 'host'), snapshot('before', 'first'), vm('vm', 'host', 'first', 'before', name='ha-host_VM1'),
                                 snapshot('snap', 'vm', 'before'))
        self.assert_found(deployment, 'vm')
        self.assert_found(deployment, 'snap')
        self.assertEqual(deployment.runtime('snap')['vm_name'], 'ha-host_VM1')
        deployment.run('delete', 'snap')

    def test_vm_without_host(self):
        self.assert_refused(self.deploy(vm('vm')), 'vm', 'this VM is related to no host', 'esxi.nodes.Host')
        self.assert_refused(self.deploy(vm('first', 'host'), vm('vm', 'first')), 'vm', 'this VM is related to no host')

    def test_vm_with_two_hosts(self):
        self.assert_refused(self.deploy(vm('vm', 'host', 'host2')), 'vm', 'this VM is related to 2 hosts (host_', ', host2_')

    def test_snapshot_without_vm(self):
        self.assert_refused(self.deploy(snapshot('snap')), 'snap', 'this snapshot is related to no VM', 'esxi.nodes.VM')
        self.assert_refused(self.deploy(snapshot('snap', 'host')), 'snap', 'this snapshot is related to no VM')

    def test_snapshot_with_two_vms(self):
        self.assert_refused(self.deploy(vm('a', 'host'), vm('b', 'host'), snapshot('snap', 'a', 'b')), 'snap', 'this snapshot is related to 2 VMs (a_', ', b_')

    def test_snapshot_without_host(self):
        self.assert_refused(self.deploy(vm('vm'), snapshot('snap', 'vm')), 'snap', 'this snapshot is related to no host')

    def test_snapshot_with_two_hosts(self):
        self.assert_refused(self.deploy(vm('vm', 'host'), snapshot('snap', 'vm', 'host2')), 'snap', 'this snapshot is related to 2 hosts (host2_', ', host_')


if __name__ == '__main__':
    unittest.main()
