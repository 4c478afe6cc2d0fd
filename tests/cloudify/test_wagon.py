# SPDX-License-Identifier: Apache-2.0
# ctest: verify, wagon
"""What is in the wagons, and that they install without a network."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import venv
import zipfile

from renamed import CLOUDIFY, DIST, PLUGIN, SUCCESSORS


class Wagon(unittest.TestCase):

    def assert_installs(self, wagon, engine):
        """Without a network and without anything else. An engine is there where the plugin runs, and stands in for one here."""
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wagon) as archive:
            archive.extractall(folder)
            package = f'{engine.package}/package.json'
            about = json.loads(archive.read(package))
            wheel, = about['wheels']
            self.assertEqual(set(archive.namelist()), {package, f'{engine.package}/wheels/{wheel}', f'{engine.package}/files/plugin.yaml'})
            self.assertEqual((about['package_name'], about['package_version'], about['archive_name']), (engine.package, engine.version, wagon.name))
            definitions = PLUGIN / ('plugin.yaml' if engine is CLOUDIFY else f'{engine.root}/plugin.yaml')
            self.assertEqual(archive.read(f'{engine.package}/files/plugin.yaml').decode(), definitions.read_text())
            venv.create(f'{folder}/venv', with_pip=True)
            subprocess.run([f'{folder}/venv/bin/pip', 'install', '--quiet', '--no-index', '--find-links', f'{folder}/{engine.package}/wheels',
                            f'{engine.package}=={engine.version}'], check=True, capture_output=True)
            stand_in = pathlib.Path(folder, 'engine', engine.root)
            stand_in.mkdir(parents=True)
            for name, text in (('__init__', ''), ('decorators', 'def operation(resumable): return lambda function: function'), ('state', 'ctx = None'),
                               ('exceptions', 'class NonRecoverableError(Exception): pass\nclass RecoverableError(Exception): pass')):
                (stand_in / f'{name}.py').write_text(text)
            said = subprocess.run([f'{folder}/venv/bin/python', '-c', 'from esxi_plugin import tasks, _native; print(_native._govc())'],
                                  check=True, capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': str(stand_in.parent)}).stdout
            self.assertTrue(os.access(said.strip(), os.X_OK))
            self.assertTrue(said.startswith(folder))

    def test_installs_offline(self):
        wagon, = DIST.glob('*.wgn')
        self.assert_installs(wagon, CLOUDIFY)

    def test_installs_offline_on_other_engines(self):
        for engine in SUCCESSORS:
            with self.subTest(engine.root):
                wagon, = (DIST / engine.root).glob('*.wgn')
                self.assertTrue(wagon.name.startswith(f'{engine.package.replace("-", "_")}-{engine.version}-'))
                self.assert_installs(wagon, engine)


if __name__ == '__main__':
    unittest.main()
