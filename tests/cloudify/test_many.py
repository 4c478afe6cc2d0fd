# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""Operations of many nodes at once, in one process: none mixes up its context, all share one session."""
import unittest

from harness import Deployment, Simulator

COUNT = 6


def blueprint(ova):
    lines = ['inputs: {host: {}, ca_bundle: {}}', 'node_templates:',
             '  host: {type: esxi.nodes.Host, properties: {host: {get_input: host}, ca_bundle: {get_input: ca_bundle}, password: {get_secret: esxi_password}}}']
    for i in range(COUNT):
        lines += [f'  vm{i}:', '    type: esxi.nodes.VM',
                  f'    properties: {{name: many-{i}, ova_url: {ova}, cpu: {i + 1}, memory_mb: {64 * (i + 1)}}}',
                  '    relationships: [{type: cloudify.relationships.contained_in, target: host}]',
                  f'  snap{i}:', '    type: esxi.nodes.Snapshot', f'    properties: {{name: s{i}}}',
                  f'    relationships: [{{type: cloudify.relationships.depends_on, target: vm{i}}}]']
    return '\n'.join(lines)


class Many(unittest.TestCase):

    def test_at_once(self):
        with Simulator() as host, Deployment(blueprint(host.make_ova()), host, inputs=host.inputs) as deployment:
            before, logins = set(host.vms()), len(host.calls('Login'))
            deployment.must('install')
            found = host.vms()
            for i in range(COUNT):
                vm = found[f'many-{i}']
                self.assertEqual((vm['config']['hardware']['numCPU'], vm['config']['hardware']['memoryMB']), (i + 1, 64 * (i + 1)))
                self.assertEqual(deployment.runtime(f'vm{i}')['moid'], vm['self']['value'])
                self.assertEqual(deployment.runtime(f'snap{i}')['vm_name'], f'many-{i}')
                self.assertEqual(host.snapshots(f'many-{i}'), [f's{i}'])
            self.assertEqual(len(host.calls('Login')), logins + 2)  # probe_host's, and one for all others
            deployment.must('uninstall')
            self.assertEqual(set(host.vms()), before)


if __name__ == '__main__':
    unittest.main()
