# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""What an operation asks of a manager: whether its execution was cancelled, who else has a VM, and that what it learns is stored."""
import threading
import time
import unittest

from cloudify.exceptions import NonRecoverableError

from harness import BLUEPRINTS, Deployment, Simulator, until
from manager import Manager
from test_external import VM, blueprint, one_vm


class OnAManager(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator(guest_ip=False))

    def test_a_cancelled_wait_ends(self):
        with one_vm(self.host, name=VM, wait_for_ip='true') as deployment, Manager(deployment) as manager:
            failure = []

            def create():
                try:
                    manager.run('create', 'vm')
                except Exception as failed:  # pylint: disable=broad-except
                    failure.append(failed)

            for status in ('cancelling', 'force_cancelling', 'kill_cancelling', 'cancelled'):
                with self.subTest(status):
                    failure.clear()
                    manager.status, manager.asked = 'started', 0
                    running = threading.Thread(target=create)
                    running.start()
                    until(lambda: manager.asked > 1)  # the answer to the first question ended nothing
                    self.assertTrue(running.is_alive())
                    manager.status, told = status, time.monotonic()
                    running.join(30)
                    self.assertLess(time.monotonic() - told, 10)
                    self.assertIsInstance(failure[0], NonRecoverableError)
                    self.assertEqual(failure[0].causes[0]['type'], 'cancelled')
                    self.assertIn('moid', deployment.runtime('vm'))

    def test_a_manager_that_does_not_answer_ends_nothing(self):
        with one_vm(self.host, name=VM, wait_for_ip='true', ip_timeout=7) as deployment, Manager(deployment) as manager:
            get = manager.get
            manager.get = lambda path, query: (500, {'message': 'broken', 'error_code': 'x'}) if path[0] == 'executions' else get(path, query)
            with self.assertRaisesRegex(Exception, 'reported no usable address within 7 s'):
                manager.run('create', 'vm')

    def test_a_manager_that_hangs_holds_nothing_up(self):
        with one_vm(self.host, name=VM, wait_for_ip='true', ip_timeout=7) as deployment, Manager(deployment) as manager:
            get, hangs = manager.get, threading.Event()
            self.addCleanup(hangs.set)
            manager.get = lambda path, query: (hangs.wait(), (404, {}))[1] if path[0] == 'executions' else get(path, query)
            began = time.monotonic()
            with self.assertRaisesRegex(Exception, 'reported no usable address within 7 s'):
                manager.run('create', 'vm')
            self.assertLess(time.monotonic() - began, 20)

    def test_what_is_learned_is_stored_after_conflicts(self):
        with one_vm(self.host, name=VM) as deployment, Manager(deployment) as manager:
            manager.conflicts = 3
            manager.run('create', 'vm')
            self.assertEqual(deployment.runtime('vm')['name'], VM)

    def test_one_vm_for_two_instances(self):
        with Deployment(blueprint(2, name=VM), self.host, inputs=self.host.inputs) as deployment, Manager(deployment) as manager:
            first, second = (one.id for one in deployment.instances('vm'))
            manager.run('create', 'vm', instance=first)
            with self.assertRaisesRegex(NonRecoverableError, f'is that of node instance `{first}`'):
                manager.run('create', 'vm', instance=second)
            manager.run('create', 'vm', instance=first)

    def test_instances_are_numbered(self):
        with one_vm(self.host, name='web', scale_suffix="'-{index}'", ova_url=self.host.make_ova()) as deployment, Manager(deployment) as manager:
            manager.run('create', 'vm')
            self.assertIn('web-1', self.host.vms())

    def test_a_snapshot_of_it(self):
        with Deployment(BLUEPRINTS / 'external-vm.yaml', self.host, inputs={**self.host.inputs, 'vm_name': VM}) as deployment, \
                Manager(deployment) as manager:
            manager.run('create', 'vm')
            manager.run('create', 'before_change')
            self.assertEqual(self.host.snapshots(VM), ['before-change'])


if __name__ == '__main__':
    unittest.main()
