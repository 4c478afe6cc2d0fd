# SPDX-License-Identifier: Apache-2.0
"""Runs a program on a simulated host: on_simulator.py BIN FOLDER PROGRAM, where BIN has esxi-sim and govc. The host's own account of what
became of the program's commands is looked at in the end.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

binaries, folder, program = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
password = "it's $(a) \"secret\""  # each of them something to a shell
ova, calls = folder / 'small.ova', folder / 'calls'
make_ova = pathlib.Path(__file__).resolve().parents[3] / 'examples' / 'demo' / 'make-ova'
subprocess.run([make_ova, ova], check=True)
with subprocess.Popen([binaries / 'esxi-sim', '--listen', '127.0.0.1:0', '--user', 'root', '--calls', calls], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                      env={**os.environ, 'ESXI_SIM_PASSWORD': password}) as simulator:
    try:
        ready = json.loads(simulator.stdout.readline())
        environment = {'PATH': os.environ['PATH'], 'HOME': str(folder), 'ESXI_HOST': ready['host'], 'ESXI_PASSWORD': password,
                       'ESXI_CA_BUNDLE': ready['ca_file'], 'ESXI_GOVC': str(binaries / 'govc')}
        done = subprocess.run([program, folder, ova], env=environment, check=False, stdout=subprocess.PIPE, text=True, timeout=120)
    finally:
        simulator.terminate()
print(done.stdout)
called = calls.read_text().split()
counts = {method: called.count(method) for method in ('ImportVApp', 'CreateSnapshot_Task', 'RemoveSnapshot_Task', 'Destroy_Task')}
print(counts)
sys.exit(done.returncode or set(counts.values()) != {1} or 'nothing changed\n' not in done.stdout)
