# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""Any call to the host may fail once: an install and an uninstall get over it with one retry at most, and end as wished."""
import collections
import itertools
import re
import unittest
from unittest import mock

from cloudify.workflows import local

from harness import CHANGES, GUEST_IP, Deployment, Simulator

UPLOAD = 'upload'
RETRIES = 3

BLUEPRINT = '''
inputs: {host: {}, ca_bundle: {}, ova_url: {}, stop_mode: {}}
node_templates:
  host: {type: esxi.nodes.Host, properties: {host: {get_input: host}, ca_bundle: {get_input: ca_bundle}, password: {get_secret: esxi_password}}}
  vm:
    type: esxi.nodes.VM
    properties: {name: web1, ova_url: {get_input: ova_url}, cpu: 2, memory_mb: 1024, wait_for_ip: true, stop_mode: {get_input: stop_mode}}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
  snapshot:
    type: esxi.nodes.Snapshot
    properties: {name: as-delivered}
    relationships: [{type: cloudify.relationships.depends_on, target: vm}]
'''
INSTALL = ('probe_host', 'record_host_facts', 'create_vm', 'configure_vm', 'start_vm', 'create_snapshot')
UNINSTALL = ('delete_snapshot', 'stop_vm', 'delete_vm')


class Faults:

    def workflows(self, *options, stop_mode='hard', on_operation=None):
        """An install, a look at what it made, and an uninstall. What the engine said."""
        with Simulator(*options) as host, Deployment(BLUEPRINT, host, inputs={**host.inputs, 'ova_url': host.make_ova(), 'stop_mode': stop_mode}) as deployment:
            def operation(*args, **kwargs):
                context, before = args[0] if args else kwargs['__cloudify_context'], host.calls()
                try:
                    return dispatch(*args, **kwargs)
                finally:
                    if on_operation is not None and context['type'] == 'operation':
                        on_operation(context['task_name'].rsplit('.', 1)[1], before, host.calls()[len(before):])

            def vms():
                try:
                    return host.vms()
                except RuntimeError:  # the fault was for this one
                    return host.vms()

            dispatch = local.dispatch.dispatch
            with mock.patch.object(local.dispatch, 'dispatch', operation):
                installed = deployment.must('install', task_retries=RETRIES)
                found, known = vms(), deployment.runtime('vm')
                self.assertEqual(set(found), {'ha-host_VM0', 'ha-host_VM1', 'web1'})
                vm = found['web1']
                self.assertEqual((vm['config']['hardware']['numCPU'], vm['config']['hardware']['memoryMB'], vm['config']['annotation']),
                                 (2, 1024, 'Imported by esxi from appliance.ova'))
                self.assertEqual((known['moid'], known['adopted'], known['power_state'], known['ip']),
                                 (vm['self']['value'], False, vm['runtime']['powerState'], GUEST_IP))
                self.assertEqual(vm['runtime']['powerState'], 'poweredOn')
                self.assertNotIn('import', known)
                snapshot, = vm['snapshot']['rootSnapshotList']
                self.assertEqual((snapshot['name'], snapshot['snapshot']['value'], snapshot.get('childSnapshotList') or []),
                                 ('as-delivered', deployment.runtime('snapshot')['moid'], []))
                uninstalled = deployment.must('uninstall', task_retries=RETRIES)
                self.assertEqual(set(vms()), {'ha-host_VM0', 'ha-host_VM1'})
                self.assertEqual((deployment.runtime('vm'), deployment.runtime('snapshot')), ({}, {}))
            return installed.output + uninstalled.output

    def collect(self, *options, **how):
        """Operation: the methods that it uses, each with how often they were called before."""
        def note(name, before, calls):
            for method in calls:
                used[name].setdefault(method, before.count(method))

        used = collections.defaultdict(dict)
        self.workflows(*options, on_operation=note, **how)
        return used

    def faults_of(self, method, skip):
        """How a call of this method fails: the connection breaks or an answer has no SOAP in it, one of them; the task of a call; the call itself."""
        yield f'{method}=,skip={skip},max=1,as={next(self.forms)}'
        if method.endswith('_Task') or method == 'ImportVApp':
            yield f'{method}=SystemError,skip={skip},max=1,as=task'
        if method in CHANGES:
            yield f'{method}=SystemError,skip={skip},max=1,as=fault'

    def setUp(self):
        self.forms = itertools.cycle(('reset', 'http503', 'http500'))

    def get_over(self, fault, *options, **how):
        """How many retries it took."""
        output = self.workflows(*options, '--fault', fault, **how)
        retries = set(re.findall(rf'\[retry (\d+)/{RETRIES}\]', output))
        self.assertLessEqual(retries, {'1'}, output)
        return len(retries)

    def each(self, operations):
        used = self.collect()
        self.assertEqual(set(used), {*INSTALL, *UNINSTALL})
        tried = retried = 0
        for operation in operations:
            self.assertIn({'probe_host': 'Login', 'record_host_facts': 'WaitForUpdatesEx'}.get(operation, 'RetrievePropertiesEx'), used[operation])
            for method, skip in used[operation].items():
                for fault in self.faults_of(method, skip):
                    with self.subTest(operation=operation, fault=fault):
                        retried += self.get_over(fault)
                        tried += 1
        print(f'{tried} faults, {retried} retries')
        self.assertGreater(retried, tried // 2)
        return {method for operation in operations for method in used[operation]}


class Installing(Faults, unittest.TestCase):

    def test_each_method_of_each_operation_once(self):
        used = self.each(INSTALL)
        self.assertLess({'Login', 'Logout', 'CreateImportSpec', 'ImportVApp', 'HttpNfcLeaseComplete', 'ReconfigVM_Task', 'PowerOnVM_Task',
                         'CreateSnapshot_Task'}, used)

    def test_upload(self):
        for form in ('reset', 'http500', 'http503'):
            with self.subTest(form):
                self.get_over(f'{UPLOAD}=,max=1,as={form}')

    def test_progress_of_a_slow_import(self):
        for form in ('reset', 'http500'):
            with self.subTest(form):
                self.get_over(f'HttpNfcLeaseProgress=,max=1,as={form}', '--delay', f'{UPLOAD}=2500')


class Uninstalling(Faults, unittest.TestCase):

    def test_each_method_of_each_operation_once(self):
        used = self.each(UNINSTALL)
        self.assertLess({'RemoveSnapshot_Task', 'PowerOffVM_Task', 'Destroy_Task'}, used)

    def test_graceful_stop(self):
        skip = self.collect(stop_mode='graceful')['stop_vm']['ShutdownGuest']
        for fault in self.faults_of('ShutdownGuest', skip):
            with self.subTest(fault):
                self.assertEqual(self.get_over(fault, stop_mode='graceful'), 1)


if __name__ == '__main__':
    unittest.main()
