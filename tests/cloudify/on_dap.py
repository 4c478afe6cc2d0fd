# SPDX-License-Identifier: Apache-2.0
"""The example blueprint of DAP, which is written in dell_1_1. test_engines.py runs this on an engine that is called dell."""
import json
import unittest

from dsl_parser import parser
from dsl_parser.exceptions import DSLParsingLogicException

from harness import GUEST_IP, PLUGIN, Deployment, Resolver, Simulator

BLUEPRINT = PLUGIN / 'dell' / 'vm-with-snapshot' / 'blueprint.yaml'


class Versions(unittest.TestCase):

    def test_blueprints_of_each_version_import_the_plugin(self):
        text = 'tosca_definitions_version: {}\nimports: [dell/types/types.yaml, "plugin:esxi-plugin"]\nnode_templates: {{one: {{type: dell.nodes.Root}}}}\n'
        for version in ('dell_1_0', 'dell_1_1'):
            self.assertEqual(parser.parse(text.format(version), resolver=Resolver())['version']['raw'], version)
        with self.assertRaisesRegex(DSLParsingLogicException, 'Unexpected tosca_definitions_version'):
            parser.parse(text.format('dell_1_2'), resolver=Resolver())


class Blueprint(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())
        self.deployment = self.enterContext(Deployment(
            BLUEPRINT, inputs={'esxi_host': self.host.host, 'esxi_credentials': 'of_the_host', 'esxi_thumbprint': self.host.thumbprint,
                               'ova_url': self.host.make_ova()},
            secrets={'of_the_host': json.dumps({'username': 'root', 'password': self.host.password})}))

    def test_from_install_to_uninstall(self):
        before = set(self.host.vms())
        self.deployment.must('install')
        vm = self.deployment.runtime('vm')
        self.assertEqual((vm['name'], vm['ip'], vm['adopted']), ('web1', GUEST_IP, False))
        self.assertEqual(self.host.snapshots('web1'), ['as-delivered'])

        changes, recorded = self.host.changes(), {node: self.deployment.runtime(node) for node in ('host', 'vm', 'as_delivered')}
        self.deployment.must('check_status')
        self.deployment.must('check_drift')
        for node in recorded:
            self.assertTrue(self.deployment.system(node, 'status')['ok'])
            self.assertIsNone(self.deployment.system(node, 'configuration_drift')['result'])
        self.deployment.change('vm', cpu=3)
        self.deployment.must('check_drift')
        self.assertEqual(self.deployment.system('vm', 'configuration_drift')['result'], {'cpu': {'wished': 3, 'found': 2}})
        self.assertEqual(self.host.changes(), changes)  # a check only looks
        self.assertEqual({node: self.deployment.runtime(node) for node in recorded}, recorded)

        self.deployment.must('update')
        self.assertEqual(self.host.vms()['web1']['config']['hardware']['numCPU'], 3)
        self.assertEqual(self.deployment.runtime('vm')['moid'], vm['moid'])
        self.assertNotIn('Destroy_Task', self.host.changes())
        self.deployment.must('uninstall')
        self.assertEqual(set(self.host.vms()), before)


if __name__ == '__main__':
    unittest.main()
