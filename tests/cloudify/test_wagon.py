# SPDX-License-Identifier: Apache-2.0
# ctest: verify, wagon
"""What is in the wagon, and that it installs without a network."""
import os
import subprocess
import tempfile
import unittest
import venv
import zipfile

from test_package import DIST


class Wagon(unittest.TestCase):

    def test_installs_offline(self):
        wagon, = DIST.glob('*.wgn')
        with tempfile.TemporaryDirectory() as folder:
            venv.create(f'{folder}/venv', with_pip=True)
            with zipfile.ZipFile(wagon) as archive:
                archive.extractall(folder)
                self.assertIn('cloudify-esxi-plugin/files/plugin.yaml', archive.namelist())
            subprocess.run([f'{folder}/venv/bin/pip', 'install', '--quiet', '--no-index', '--find-links', f'{folder}/cloudify-esxi-plugin/wheels',
                            'cloudify-esxi-plugin'], check=True, capture_output=True)
            said = subprocess.run([f'{folder}/venv/bin/python', '-c', 'from esxi_plugin import tasks, _native; print(_native._govc())'],
                                  check=True, capture_output=True, text=True).stdout
            self.assertTrue(os.access(said.strip(), os.X_OK))
            self.assertTrue(said.startswith(folder))


if __name__ == '__main__':
    unittest.main()
