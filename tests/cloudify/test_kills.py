# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""A worker that is killed at any moment of an install: the workflow, resumed or run again, ends with exactly the VMs that are wished, whole."""
import time
import unittest

from harness import BLUEPRINTS, GUEST_IP, Deployment, Simulator, until

MOMENTS = 20
ADOPTED, OTHER = 'ha-host_VM0', 'ha-host_VM1'

# Two imported VMs, the second with a snapshot, and one that was there before, which a delete by a wish would destroy.
BLUEPRINT = '''
inputs: {host: {}, ca_bundle: {}, prefix: {}, ova_url: {}}
node_templates:
  host: {type: esxi.nodes.Host, properties: {host: {get_input: host}, ca_bundle: {get_input: ca_bundle}, password: {get_secret: esxi_password}}}
  first:
    type: esxi.nodes.VM
    properties: {name: {concat: [{get_input: prefix}, -first]}, ova_url: {get_input: ova_url}, cpu: 2, memory_mb: 64, wait_for_ip: true}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
  second:
    type: esxi.nodes.VM
    properties: {name: {concat: [{get_input: prefix}, -second]}, ova_url: {get_input: ova_url}, cpu: 3, memory_mb: 128, annotation: second of all}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {name: whole}
    relationships: [{type: cloudify.relationships.depends_on, target: second}]
  adopted:
    type: esxi.nodes.VM
    properties: {name: ha-host_VM0, delete_adopted: true}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
'''
WISHED = {'first': (2, 64, 'Imported by esxi from appliance.ova'), 'second': (3, 128, 'second of all')}


class Kills(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.host = cls.enterClassContext(Simulator('--delay', 'upload=1000', '--delay', 'PowerOnVM_Task=50', '--delay', 'CreateSnapshot_Task=100'))
        cls.ova = cls.host.make_ova()
        cls.untouched = {name: cls.seen(vm) for name, vm in cls.host.vms().items()}
        cls.wished = {ADOPTED, OTHER}  # VMs of all deployments so far

    @staticmethod
    def seen(vm):
        """What a stop, a start, a reshaping or an import over it would change."""
        return vm['self'], vm['config']['instanceUuid'], vm['config']['hardware'], vm['config'].get('annotation'), vm['runtime'], vm.get('snapshot')

    def deployment(self, prefix):
        self.wished |= {f'{prefix}-first', f'{prefix}-second'}
        return Deployment(BLUEPRINT, self.host, inputs={**self.host.inputs, 'prefix': prefix, 'ova_url': self.ova})

    def assert_untouched(self, found):
        self.assertEqual({name: self.seen(found[name]) for name in (ADOPTED, OTHER)}, self.untouched)

    def assert_whole(self, deployment, prefix):
        found = self.host.vms()
        self.assertEqual(set(found), self.wished)
        self.assert_untouched(found)
        instances = {instance.node_id: instance for instance in deployment.instances()}
        runtime = {node: instance.runtime_properties for node, instance in instances.items()}
        for node, (cpu, memory_mb, annotation) in WISHED.items():
            vm, known = found[f'{prefix}-{node}'], runtime[node]
            self.assertEqual((vm['config']['hardware']['numCPU'], vm['config']['hardware']['memoryMB'], vm['config']['annotation']),
                             (cpu, memory_mb, annotation))
            self.assertEqual(vm['runtime']['powerState'], 'poweredOn')
            self.assertEqual(len([device for device in vm['config']['hardware']['device'] if 'capacityInKB' in device]), 1)
            self.assertNotIn('import', known)
            self.assertEqual((known['moid'], known['name'], known['adopted'], known['power_state']),
                             (vm['self']['value'], f'{prefix}-{node}', False, 'poweredOn'))
        self.assertEqual(runtime['first']['ip'], GUEST_IP)
        self.assertEqual(self.host.snapshots(f'{prefix}-first'), [])
        self.assertEqual(self.host.snapshots(f'{prefix}-second'), ['whole'])
        self.assertEqual((runtime['snapshot']['name'], runtime['snapshot']['vm_name']), ('whole', f'{prefix}-second'))
        self.assertEqual((runtime['adopted']['adopted'], runtime['adopted']['moid']), (True, found[ADOPTED]['self']['value']))
        self.assertEqual({instance.state for instance in instances.values()}, {'started'})

    def killed(self, deployment, calls, seconds, method=None):
        """A worker that was killed so many calls to the host (of this method), and so many seconds, after its install began. Whether it was
        still at it, and its output.
        """
        before, worker = len(self.host.calls(method)), deployment.start('install')
        begun = worker.process.stdout.readline()  # what it takes to start Python is not part of an install
        while len(self.host.calls(method)) - before < calls and worker.process.poll() is None:
            time.sleep(0.005)
        time.sleep(seconds)
        output = worker.kill()
        return worker.process.returncode != 0, begun + output

    def calls_of_an_install(self, prefix):
        """How many an undisturbed one makes."""
        before = len(self.host.calls())
        with self.deployment(prefix) as deployment:
            code, output = deployment.start('install').wait()
            calls = len(self.host.calls()) - before
            self.assertEqual(code, 0, output)
            self.assert_whole(deployment, prefix)
        return calls

    def test_at_any_moment(self):
        calls, killed, half = self.calls_of_an_install('calm'), 0, 0
        for moment in range(MOMENTS):
            # In the middle of an upload there are no calls: so some of the kills are a little later than a call.
            prefix, resume, after, seconds, method = f'kill{moment}', moment % 2 == 0, calls * moment // MOMENTS, moment % 3 * 0.1, None
            if moment % 5 == 4:  # at an import
                after, seconds, method = 1 + moment % 2, 0.2, 'ImportVApp'
            with self.subTest(moment=moment, resume=resume, after=f'{after} calls, {seconds:.1f} s', method=method), \
                    self.deployment(prefix) as deployment:
                was_killed, output = self.killed(deployment, after, seconds, method)
                killed += was_killed
                found = self.host.vms()
                self.assert_untouched(found)
                half += any(vm['config']['annotation'].startswith('esxi-import-') for vm in found.values() if vm['name'].startswith(prefix + '-'))
                again = deployment.execute('install', resume=resume, task_retries=3, task_retry_interval=0)
                self.assertTrue(again.ok, f'{output}\n==== {"resumed" if resume else "again"}: {again.error}\n{again.output}')
                self.assert_whole(deployment, prefix)
        print(f'{killed} of {MOMENTS} were killed before their end, {half} with a half import')
        self.assertGreaterEqual(killed, MOMENTS // 2)
        self.assertGreater(half, 0)

    def test_rolled_back_at_any_moment(self):
        calls = self.calls_of_an_install('quiet')
        for moment in range(1, 6):
            prefix = f'back{moment}'
            with self.subTest(moment), self.deployment(prefix) as deployment:
                self.killed(deployment, calls * moment // 6, moment % 2 * 0.1)
                deployment.must('rollback', task_retries=3)
                found = self.host.vms()
                self.assert_untouched(found)
                for node in WISHED:  # what was done already, a rollback leaves; no half import is left
                    name = f'{prefix}-{node}'
                    self.assertEqual(name in found, 'moid' in deployment.runtime(node))
                    self.assertNotIn('esxi-import-', found[name]['config']['annotation'] if name in found else '')
                    if name not in found:
                        self.wished.remove(name)
                self.assertEqual(set(found), self.wished)


class Adopting(unittest.TestCase):

    def test_killed_while_it_is_started(self):
        """Neither what a resumed install sends first, nor a rollback, stops or destroys it."""
        for delete_adopted in (True, False):
            for then, options in (('install', {'resume': True}), ('install', {}), ('rollback', {})):
                with self.subTest(delete_adopted=delete_adopted, then=then, **options), \
                        Simulator('--delay', 'PowerOnVM_Task=60000,max=1') as host, Deployment(
                            BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': ADOPTED, 'delete_adopted': delete_adopted}) as deployment:
                    moids = {name: vm['self']['value'] for name, vm in host.vms().items()}
                    host.govc('vm.power', '-off', '-force', ADOPTED)
                    worker = deployment.start('install')
                    until(lambda: host.calls('PowerOnVM_Task'))  # pylint: disable=cell-var-from-loop
                    worker.kill()
                    instance, = deployment.instances('vm')
                    self.assertEqual((instance.state, instance.runtime_properties['adopted']), ('creating', True))
                    ended = deployment.must(then, **options)
                    self.assertEqual('Rolling back prior to resuming install' in ended.output, 'resume' in options)
                    self.assertEqual({name: vm['self']['value'] for name, vm in host.vms().items()}, moids)
                    self.assertEqual(len(host.calls('PowerOffVM_Task')), 1)
                    if then == 'rollback':
                        self.assertEqual(deployment.runtime('vm'), {})
                    else:
                        self.assertEqual(host.power(ADOPTED), 'poweredOn')
                        self.assertEqual((deployment.runtime('vm')['moid'], deployment.runtime('vm')['adopted']), (moids[ADOPTED], True))
                    self.assertEqual(host.calls('Destroy_Task'), [])


if __name__ == '__main__':
    unittest.main()
