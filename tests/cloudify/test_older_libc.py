# SPDX-License-Identifier: Apache-2.0
# ctest: verify, packages
"""The wheels for managers are loaded and run with the C library of Debian 11. See older_libc.py."""
import json
import pathlib
import platform
import subprocess
import tempfile
import unittest
import zipfile

import cloudify

import older_libc
from harness import BIN, HERE, keep_produced
from test_packages import WORK, wagon_of, wheel_of

HOME = WORK / 'older'
LOAD = """
import json, os
from esxi_plugin import _native, tasks
mapped = {line.split(maxsplit=5)[5].strip() for line in open('/proc/self/maps') if '/libc' in line}
try:
    _native._round_trip(float('nan'))
except Exception as failed:
    refused = type(failed).__name__
print(json.dumps({'glibc': os.confstr('CS_GNU_LIBC_VERSION'), 'libc': sorted(mapped), 'machine': os.uname().machine, 'module': _native.__file__,
                  'kept': _native._round_trip({'text': '\u00e9', 'list': [1, 0.1, None, True]}), 'refused': refused}))
"""


class OlderLibc(unittest.TestCase):

    def setUp(self):
        self.assertTrue((HOME / 'stamp').exists(), f'there is no older C library in {HOME}: run `./dev verify`, or tests/cloudify/older_libc.py')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_python(self, machine, paths, *argv, **variables):
        done = subprocess.run([*older_libc.command(HOME, machine), *argv], cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**older_libc.environment(paths), **variables}, check=False)
        keep_produced('with an older C library', done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_loads(self):
        """On both machines, with all that the offline wagon has; that of the other one in an emulator."""
        for machine in older_libc.MACHINES:
            with self.subTest(machine):
                to = self.folder / machine
                with zipfile.ZipFile(wagon_of(machine, 'manylinux_offline')) as archive:
                    for name in archive.namelist():
                        if name.endswith('.whl'):
                            with archive.open(name) as file, zipfile.ZipFile(file) as wheel:
                                wheel.extractall(to)
                said = json.loads(self.run_python(machine, [to], '-c', LOAD))
                self.assertEqual((said['glibc'], said['machine']), (f'glibc {older_libc.GLIBC}', machine))
                self.assertTrue(said['module'].startswith(str(to)))
                self.assertEqual((said['kept'], said['refused']), ({'text': '\u00e9', 'list': [1, 0.1, None, True]}, 'NonRecoverableError'))
                for path in said['libc']:
                    self.assertTrue(path.startswith(str(HOME)), path)

    def test_runs_operations(self):
        """Deployments with this machine's wheel, the real govc in it and the simulator; an emulator cannot start a child as the plugin does."""
        with zipfile.ZipFile(wheel_of(platform.machine())) as archive:
            archive.extractall(self.folder)
        engine = pathlib.Path(cloudify.__file__).parent.parent
        said = self.run_python(platform.machine(), [self.folder, engine], '-m', 'unittest', '-v', 'test_examples', 'test_conversions', 'test_stops',
                               ESXI_BIN_DIR=str(BIN))
        self.assertRegex(said, r'Ran \d\d tests')


if __name__ == '__main__':
    unittest.main()
