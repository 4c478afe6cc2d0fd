# SPDX-License-Identifier: Apache-2.0
"""How a host is reached can be said once: in the words of the plugin for vSphere, or where a blueprint imports the plugin."""
import unittest

from cloudify.exceptions import NonRecoverableError

from harness import REACHED, Deployment, Simulator
from test_login import spellings

VM = 'ha-host_VM0'
NODES = """
inputs: {host: {}, ca_bundle: {}}
node_templates:
  host:
    type: esxi.nodes.Host
    properties: {PROPERTIES}
  vm:
    type: esxi.nodes.VM
    properties: {name: ha-host_VM0}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {name: s1}
    relationships: [{type: cloudify.relationships.depends_on, target: vm}]
"""
IMPORTED = """tosca_definitions_version: cloudify_dsl_1_5
imports:
  - cloudify/types/types.yaml
  - plugin:cloudify-esxi-plugin:
      host: {get_input: host}
      password: {get_secret: esxi_password}
      ca_bundle: {get_input: ca_bundle}
"""


class Connection(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def works(self, deployment):
        deployment.must('install')
        self.assertEqual(self.host.snapshots(VM), ['s1'])
        deployment.must('check_status')
        deployment.must('uninstall')
        self.assertEqual(self.host.snapshots(VM), [])
        for spelling in spellings(self.host.password):
            self.assertNotIn(spelling, deployment.stored())

    def test_of_one_node(self):
        config = 'host: {get_input: host}, username: root, password: {get_secret: esxi_password}, certificate_path: {get_input: ca_bundle}'
        with Deployment(NODES.replace('PROPERTIES', f'connection_config: {{{config}}}'), self.host, inputs=self.host.inputs) as deployment:
            self.works(deployment)

    def test_with_a_port_and_insecure(self):
        name, port = self.host.host.rsplit(':', 1)
        config = f'host: {name}, port: {port}, password: {{get_secret: esxi_password}}, allow_insecure: true'
        with Deployment(NODES.replace('PROPERTIES', f'connection_config: {{{config}}}'), self.host, inputs=self.host.inputs) as deployment:
            self.works(deployment)

    def test_its_own_properties_come_first(self):
        config = 'host: nowhere.invalid, password: wrong, allow_insecure: true'
        with Deployment(NODES.replace('PROPERTIES', f'connection_config: {{{config}}}, {REACHED}'), self.host, inputs=self.host.inputs) as deployment:
            self.works(deployment)

    def test_of_all_nodes(self):
        with Deployment(NODES.replace('PROPERTIES', ''), self.host, inputs=self.host.inputs, plugin_yaml='plugin_1_5.yaml',
                        imports=IMPORTED) as deployment:
            self.works(deployment)

    def test_of_all_nodes_but_one(self):
        text = NODES.replace('PROPERTIES', 'password: wrong')
        with Deployment(text, self.host, inputs=self.host.inputs, plugin_yaml='plugin_1_5.yaml', imports=IMPORTED) as deployment:
            ended = deployment.execute('install')
            self.assertFalse(ended.ok)
            self.assertIn('incorrect user name or password', ended.output)

    def test_of_none(self):
        with Deployment(NODES.replace('PROPERTIES', 'connection_config: {host: x}'), self.host, inputs=self.host.inputs) as deployment:
            with self.assertRaises(NonRecoverableError) as caught:
                deployment.run('create', 'host')
            self.assertIn('property `password` of Host is missing', str(caught.exception))

    def test_what_is_refused(self):
        good = {'host': self.host.host, 'password': self.host.password}
        for config, message in ((['hunter2'], 'is no map'), ('hunter2', 'is no map'), ({**good, 'user': 'x'}, 'has no property `user`'),
                                ({**good, 'port': 0}, 'property `port` of connection_config of Host'),
                                ({**good, 'allow_insecure': 'yes'}, 'property `allow_insecure` of connection_config of Host'),
                                ({**good, 'password': ['hunter2']}, 'property `password` of Host is a list, not shown here'),
                                ({**good, 'username': '', }, 'property `user` of Host')):
            with self.subTest(config), Deployment(NODES.replace('PROPERTIES', 'host: x'), self.host, inputs=self.host.inputs) as deployment:
                deployment.set_properties('host', {'connection_config': config})
                before = len(self.host.calls())
                with self.assertRaises(NonRecoverableError) as caught:
                    deployment.run('create', 'host')
                self.assertIn(message, str(caught.exception))
                self.assertNotIn('hunter2', str(caught.exception))
                self.assertEqual(len(self.host.calls()), before)


class Power(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def deploy(self, text=NODES, **more):
        deployment = self.enterContext(Deployment(text.replace('PROPERTIES', REACHED), self.host, inputs=self.host.inputs, **more))
        deployment.must('install')
        return deployment

    def power(self, deployment, operation):
        return deployment.must('execute_operation', parameters={'operation': f'cloudify.interfaces.power.{operation}', 'node_ids': ['vm']})

    def test_on_off_shut_down(self):
        deployment = self.deploy()
        self.power(deployment, 'off')
        self.assertEqual(self.host.power(VM), 'poweredOff')
        self.assertIs(deployment.run('cloudify.interfaces.host.get_state', 'vm'), False)
        self.power(deployment, 'on')
        self.assertEqual(self.host.power(VM), 'poweredOn')
        self.assertIs(deployment.run('cloudify.interfaces.host.get_state', 'vm'), True)
        self.power(deployment, 'shut_down')
        self.assertEqual(self.host.power(VM), 'poweredOff')
        self.assertEqual(self.host.calls('ShutdownGuest'), ['ShutdownGuest'])

    def test_on_whatever_the_property_says(self):
        deployment = self.deploy(NODES.replace('name: ha-host_VM0', 'name: ha-host_VM0, power_on: false'))
        self.power(deployment, 'off')
        deployment.run('start', 'vm', workflow='restart')
        self.assertEqual(self.host.power(VM), 'poweredOff')
        self.power(deployment, 'on')
        self.assertEqual(self.host.power(VM), 'poweredOn')

    def test_nothing_of_an_external_one(self):
        deployment = self.deploy(NODES.replace('name: ha-host_VM0', 'name: ha-host_VM0, use_external_resource: true'))
        for operation in ('off', 'shut_down'):
            self.assertIn('is not stopped: use_external_resource is true', self.power(deployment, operation).output)
        self.assertEqual(self.host.power(VM), 'poweredOn')
        self.host.govc('vm.power', '-off', VM)
        self.assertIn('is not started: use_external_resource is true', self.power(deployment, 'on').output)
        self.assertEqual(self.host.power(VM), 'poweredOff')


class Server(unittest.TestCase):

    def test_a_vm_that_an_agent_can_be_installed_on(self):
        with Simulator() as host:
            text = NODES.replace('PROPERTIES', REACHED).replace('esxi.nodes.VM', 'esxi.nodes.Server').replace(
                'name: ha-host_VM0', f'name: web1, ova_url: {host.make_ova()}, memory_mb: 64')
            with Deployment(text, host, inputs=host.inputs) as deployment:
                deployment.must('install')
                vm = deployment.runtime('vm')
                self.assertEqual((vm['name'], vm['power_state'], bool(vm['ip'])), ('web1', 'poweredOn', True))
                self.assertEqual(host.snapshots('web1'), ['s1'])
                deployment.must('update')
                for node in ('vm', 'snapshot'):  # as if an update had added them
                    deployment.set_state(node, 'uninitialized')
                    deployment.set_runtime(node, {})
                deployment.must('update', parameters={'added': ['vm', 'snapshot']})
                self.assertEqual({one.state for one in deployment.instances()}, {'started'})
                deployment.must('uninstall')

    def test_one_that_nobody_wants_to_run(self):
        with Simulator() as host:
            for more in ('use_external_resource: true', 'power_on: false'):
                host.govc('vm.power', '-off', '-force', VM)
                text = NODES.replace('PROPERTIES', REACHED).replace('esxi.nodes.VM', 'esxi.nodes.Server').replace(
                    'name: ha-host_VM0', f'name: {VM}, wait_for_ip: false, {more}')
                with self.subTest(more), Deployment(text, host, inputs=host.inputs) as deployment:
                    self.assertIn('the VM does not run, and is not awaited', deployment.must('install').output)
                    self.assertEqual(host.power(VM), 'poweredOff')


if __name__ == '__main__':
    unittest.main()
