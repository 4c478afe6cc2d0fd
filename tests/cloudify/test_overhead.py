# SPDX-License-Identifier: Apache-2.0
"""What an operation costs over its govc commands: measured with a govc that answers at once, a shell script."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import BLUEPRINTS, HERE, Deployment, Simulator

SCRIPT = """
import os, subprocess, sys, time
from harness import Deployment
deployment = Deployment.of(sys.argv[1])
deployment.run('start', 'vm')
def best(what, times=60):
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        what()
        took.append(time.perf_counter() - begun)
    return min(took) * 1000, sorted(took)[times // 2] * 1000
print(*best(lambda: deployment.run('start', 'vm')), *best(lambda: deployment.run('delete', 'host')),
      *best(lambda: subprocess.run([os.environ['ESXI_GOVC'], 'vm.info'], stdout=subprocess.DEVNULL, close_fds=False)))
"""


class Overhead(unittest.TestCase):

    def test_a_few_milliseconds(self):
        with Simulator() as host, tempfile.TemporaryDirectory() as folder, Deployment(
                BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
            deployment.must('install')
            answer, govc = pathlib.Path(folder) / 'answer', pathlib.Path(folder) / 'govc'
            answer.write_text(json.dumps(host.govc('vm.info', '-json', 'ha-host_VM0')))
            govc.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo govc 0.56.0 || exec cat {answer}\n')
            govc.chmod(0o755)
            said = subprocess.run([sys.executable, '-c', SCRIPT, deployment.folder], cwd=HERE, env={**os.environ, 'ESXI_GOVC': str(govc)},
                                  capture_output=True, text=True, check=True).stdout
        operation, operation_median, engine, engine_median, govc_alone, govc_median = map(float, said.split())
        print(f'start_vm: {operation:.1f} ms (median {operation_median:.1f}); of it, the engine and an operation that does nothing '
              f'{engine:.1f} ({engine_median:.1f}), a govc that answers at once {govc_alone:.1f} ({govc_median:.1f})', file=sys.stderr)
        self.assertLess(operation - engine - govc_alone, 100)  # 1.5 where nothing else runs


if __name__ == '__main__':
    unittest.main()
