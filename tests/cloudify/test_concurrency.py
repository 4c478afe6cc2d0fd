# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""Twenty VMs with two snapshots each, all at once: none mixes up its context, and several imports run at the same time."""
import unittest

from harness import Deployment, Simulator

COUNT = 20
SNAPSHOTS = ('before', 'after')


def blueprint(ova):
    lines = ['inputs: {host: {}, ca_bundle: {}}', 'node_templates:',
             '  host: {type: esxi.nodes.Host, properties: {host: {get_input: host}, ca_bundle: {get_input: ca_bundle}, password: {get_secret: esxi_password}}}']
    for i in range(COUNT):
        lines += [f'  vm{i}:', '    type: esxi.nodes.VM',
                  f'    properties: {{name: vm-{i}, ova_url: {ova}, cpu: {i % 4 + 1}, memory_mb: {64 + 4 * i}, annotation: number {i}}}',
                  '    relationships: [{type: cloudify.relationships.contained_in, target: host}]']
        below = f'vm{i}'
        for name in SNAPSHOTS:
            lines += [f'  {name}{i}:', '    type: esxi.nodes.Snapshot', f'    properties: {{name: {name}-{i}, description: of vm-{i}}}',
                      f'    relationships: [{{type: cloudify.relationships.depends_on, target: vm{i}}}'
                      + (f', {{type: cloudify.relationships.depends_on, target: {below}}}]' if below != f'vm{i}' else ']')]
            below = f'{name}{i}'
    return '\n'.join(lines)


def snapshots_of(vm):
    """Name: what the host says of it."""
    found, rest = {}, list((vm.get('snapshot') or {}).get('rootSnapshotList') or [])
    while rest:
        snapshot = rest.pop()
        found[snapshot['name']] = snapshot
        rest += snapshot.get('childSnapshotList') or []
    return found


def most_imports_at_once(calls):
    now = most = 0
    for call in calls:
        now += {'ImportVApp': 1, 'HttpNfcLeaseComplete': -1}.get(call, 0)
        most = max(most, now)
    return most


class Concurrency(unittest.TestCase):

    def install(self, **options):
        """How many imports ran at once, at most."""
        with Simulator('--delay', 'Login=200', '--delay', 'upload=400') as host, Deployment(blueprint(host.make_ova()), host, inputs=host.inputs) as deployment:
            deployment.must('install', **options)
            calls, found = host.calls(), host.vms()
            runtime = {instance.node_id: instance.runtime_properties for instance in deployment.instances()}
            self.assertEqual(set(found), {'ha-host_VM0', 'ha-host_VM1'} | {f'vm-{i}' for i in range(COUNT)})
            for i in range(COUNT):
                vm, known = found[f'vm-{i}'], runtime[f'vm{i}']
                self.assertEqual((known['moid'], known['instance_uuid'], known['name'], known['adopted'], known['power_state']),
                                 (vm['self']['value'], vm['config']['instanceUuid'], f'vm-{i}', False, 'poweredOn'))
                self.assertEqual((vm['config']['hardware']['numCPU'], vm['config']['hardware']['memoryMB'], vm['config']['annotation']),
                                 (i % 4 + 1, 64 + 4 * i, f'number {i}'))
                snapshots = snapshots_of(vm)
                self.assertEqual(set(snapshots), {f'{name}-{i}' for name in SNAPSHOTS})
                for name in SNAPSHOTS:
                    known, snapshot = runtime[f'{name}{i}'], snapshots[f'{name}-{i}']
                    self.assertEqual(known, {'moid': snapshot['snapshot']['value'], 'name': f'{name}-{i}', 'vm_name': f'vm-{i}'})
                    self.assertEqual((snapshot['vm'], snapshot['description']), (vm['self'], f'of vm-{i}'))
            self.assertEqual(calls.count('Login'), 2)  # probe_host's, and one for all others
            return most_imports_at_once(calls)

    def test_at_once(self):
        self.assertGreater(self.install(), 1)

    def test_one_by_one(self):
        self.assertEqual(self.install(task_thread_pool_size=1), 1)


if __name__ == '__main__':
    unittest.main()
