# SPDX-License-Identifier: Apache-2.0
"""A signal, and a cancelled workflow, end an operation and its govc at once."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

from cloudify.exceptions import NonRecoverableError
from cloudify.workflows import workflow_api

from harness import BLUEPRINTS, HERE, Deployment, Simulator, children, until


class Stops(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator('--delay', 'PowerOnVM_Task=60000', '--ignore-stdin'))
        self.host.govc('vm.power', '-off', 'ha-host_VM0')
        self.deployment = self.enterContext(Deployment(BLUEPRINTS / 'adopt-vm.yaml', self.host, inputs={**self.host.inputs, 'vm_name': 'ha-host_VM0'}))

    def when_powering_on(self, then):
        def wait():
            until(lambda: self.host.calls('PowerOnVM_Task'))
            self.began = time.monotonic()
            then()
        watcher = threading.Thread(target=wait)
        watcher.start()
        self.addCleanup(watcher.join)

    def assert_ended_at_once(self):
        self.assertLess(time.monotonic() - self.began, 20)
        self.assertEqual(children('govc'), [])
        self.assertEqual(self.deployment.runtime('vm')['adopted'], True)  # what was learned is kept

    def test_interrupt(self):
        self.when_powering_on(lambda: os.kill(os.getpid(), signal.SIGINT))
        with self.assertRaises(KeyboardInterrupt):
            self.deployment.run('create', 'vm')
        self.assert_ended_at_once()

    def test_termination_with_a_handler(self):
        class Terminated(Exception):
            pass

        def handler(*_):
            raise Terminated

        self.addCleanup(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, handler))
        self.when_powering_on(lambda: os.kill(os.getpid(), signal.SIGTERM))
        with self.assertRaises(Terminated):
            self.deployment.run('create', 'vm')
        self.assert_ended_at_once()

    def test_a_handler_that_throws_nothing_ends_nothing(self):
        seen = []
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: seen.append(1)))

        def both():
            os.kill(os.getpid(), signal.SIGUSR1)
            until(lambda: seen)
            time.sleep(0.5)
            self.began = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

        self.when_powering_on(both)
        with self.assertRaises(KeyboardInterrupt):
            self.deployment.run('create', 'vm')
        self.assertEqual(seen, [1])
        self.assert_ended_at_once()

    def test_cancelled_workflow(self):
        def reset():
            workflow_api.cancel_request = False
        self.addCleanup(reset)
        self.when_powering_on(workflow_api.set_cancel_request)
        with self.assertRaises(NonRecoverableError) as caught:
            self.deployment.run('create', 'vm')
        self.assertEqual(caught.exception.causes[0]['type'], 'cancelled')
        self.assert_ended_at_once()

    def test_a_worker_that_is_killed_leaves_no_govc(self):
        worker = self.deployment.start('install')
        until(lambda: self.host.calls('PowerOnVM_Task'))
        worker.kill()
        command = 'govc vm.power -json -on VirtualMachine:' + self.deployment.runtime('vm')['moid']
        until(lambda: command not in subprocess.run(['ps', '-eo', 'args'], capture_output=True, text=True, check=True).stdout, 20)

    def test_the_end_of_the_interpreter_stops_what_runs(self):
        script = ('import sys, threading, time; from harness import *\n'
                  'deployment = Deployment.of(sys.argv[1])\n'
                  'threading.Thread(target=lambda: deployment.run("create", "vm"), daemon=True).start()\n'
                  'input()\n')
        process = subprocess.Popen([sys.executable, '-c', script, self.deployment.folder], cwd=HERE, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        until(lambda: self.host.calls('PowerOnVM_Task'))
        began = time.monotonic()
        _, errors = process.communicate(b'\n', timeout=50)
        self.assertEqual(process.returncode, 0, errors)
        self.assertLess(time.monotonic() - began, 20)


class Killed(unittest.TestCase):

    def test_its_private_directory_is_removed_by_the_next_operation(self):
        with tempfile.TemporaryDirectory() as place, unittest.mock.patch.dict(os.environ, {'TMPDIR': place, 'XDG_RUNTIME_DIR': ''}), \
                Simulator('--delay', 'PowerOnVM_Task=60000,max=1') as host, Deployment(
                    BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
            def left():
                return list(pathlib.Path(place).glob(f'esxi-{os.getuid()}-*'))

            host.govc('vm.power', '-off', 'ha-host_VM0')
            worker = deployment.start('install')
            until(lambda: host.calls('PowerOnVM_Task'))
            self.assertEqual(len(left()), 1)
            worker.kill()
            self.assertEqual(len(left()), 1)
            self.assertNotIn(host.password, ''.join(path.read_text(errors='replace') for path in left()[0].rglob('*') if path.is_file()))
            code, output = deployment.start('install', resume=True).wait()
            self.assertEqual(code, 0, output)
            self.assertEqual(left(), [])


if __name__ == '__main__':
    unittest.main()
