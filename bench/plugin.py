#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the Cloudify plugin costs, side by side: one JSON object of lists of milliseconds. usage: plugin.py ROUNDS, with the Python of its tests.

import, import_engine: a Python that imports the plugin's operations, and one that imports what they import of the engine.
operation, engine, bare: the start of a VM that runs, an operation that does nothing, and the one govc command of the first.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'tests' / 'cloudify'))

from harness import BIN, BLUEPRINTS, Deployment, Simulator  # noqa: E402


def milliseconds_of(action):
    begun = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - begun)


def python(code):
    subprocess.run([sys.executable, '-c', code], check=True)


def main():
    rounds = int(sys.argv[1])
    with Simulator() as host, Deployment(BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': 'ha-host_VM0'}) as deployment:
        deployment.must('install')
        environment = {'PATH': os.environ['PATH'], 'HOME': str(host.files), 'GOVMOMI_HOME': str(host.files / 'bench'), 'GOVC_URL': host.host,
                       'GOVC_USERNAME': 'root', 'GOVC_PASSWORD': host.password, 'GOVC_TLS_CA_CERTS': host.ca_file, 'GOVC_INDENT': 'false'}
        actions = {
            'import': lambda: python('import esxi_plugin.tasks'),
            'import_engine': lambda: python('import cloudify, cloudify.decorators, cloudify.exceptions'),
            'operation': lambda: deployment.run('start', 'vm'),
            'engine': lambda: deployment.run('delete', 'host'),
            'bare': lambda: subprocess.run([BIN / 'govc', 'vm.info', '-json', 'ha-host_VM0'], env=environment, check=True, stdout=subprocess.DEVNULL),
        }
        times = {name: [] for name in actions}
        for round_ in range(-1, rounds):
            for name, action in actions.items():
                took = milliseconds_of(action)
                if round_ >= 0:  # the first one logs in
                    times[name].append(took)
    print(json.dumps(times))


if __name__ == '__main__':
    main()
