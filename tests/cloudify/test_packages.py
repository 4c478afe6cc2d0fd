# SPDX-License-Identifier: Apache-2.0
# ctest: verify, packages
"""The wheels and wagons for managers: what they are called, what is in them, which C library they run with, and that they install."""
import email
import json
import os
import pathlib
import platform
import re
import subprocess
import tempfile
import unittest
import venv
import zipfile
from types import SimpleNamespace

import wagon
from cloudify import plugin_installer

from harness import PLUGIN, ROOT
from renamed import CLOUDIFY, SUCCESSORS

DIST = pathlib.Path(os.environ.get('ESXI_DIST_DIR', ROOT / 'build' / 'dist'))
WORK = pathlib.Path(os.environ.get('ESXI_PLUGIN_WORK', ROOT / 'build' / 'plugin'))
MACHINES = {'x86_64': 'Advanced Micro Devices X86-64', 'aarch64': 'AArch64'}  # as readelf calls them
GLIBC = (2, 17)
# What any glibc since 2.17 consists of.
SYSTEM = {'libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'}


def wheel_of(machine):
    return DIST / f'{CLOUDIFY.stem}-cp311-cp311-manylinux2014_{machine}.manylinux_2_17_{machine}.whl'


def wagon_of(machine, tag='manylinux'):
    """As Cloudify's own are called: cloudify_azure_plugin-3.8.6-manylinux-py311-none-linux_x86_64.wgn."""
    return DIST / f'{CLOUDIFY.stem}-{tag}-py311-none-linux_{machine}.wgn'


def said_by(*argv):
    return subprocess.run([str(argument) for argument in argv], check=True, capture_output=True, text=True).stdout


class Wheels(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file_of(self, machine, name):
        with zipfile.ZipFile(wheel_of(machine)) as archive:
            return archive.extract(name, self.folder / machine)

    def module_of(self, machine):
        return self.file_of(machine, f'esxi_plugin/_native.cpython-311-{machine}-linux-gnu.so')

    def test_tags_and_metadata(self):
        for machine in MACHINES:
            with self.subTest(machine), zipfile.ZipFile(wheel_of(machine)) as archive:
                info = f'{CLOUDIFY.stem}.dist-info'
                tags = email.message_from_bytes(archive.read(f'{info}/WHEEL'))
                self.assertEqual(tags['Root-Is-Purelib'], 'false')
                self.assertEqual(set(tags.get_all('Tag')), {f'cp311-cp311-{name}_{machine}' for name in ('manylinux_2_17', 'manylinux2014')})
                metadata = email.message_from_bytes(archive.read(f'{info}/METADATA'))
                self.assertEqual((metadata['Name'], metadata['Version'], metadata['Requires-Python']), (CLOUDIFY.package, CLOUDIFY.version, '>=3.10'))
                programs = [f'esxi_plugin/_native.cpython-311-{machine}-linux-gnu.so', 'esxi_plugin/govc']
                self.assertEqual([entry.filename for entry in archive.infolist() if entry.external_attr >> 16 & 0o100], programs)

    def test_auditwheel_agrees(self):
        for machine in MACHINES:
            with self.subTest(machine):
                said = ' '.join(said_by(WORK / 'tools' / 'bin' / 'auditwheel', 'show', wheel_of(machine)).split())
                self.assertIn(f'is consistent with the following platform tag: "manylinux_2_17_{machine}".', said)

    def test_symbols(self):
        """Each symbol is Python's or one of a version that glibc had then. auditwheel passes over symbols without a version."""
        for machine in MACHINES:
            with self.subTest(machine):
                lines = said_by('readelf', '--dyn-syms', '--wide', self.module_of(machine)).splitlines()
                wanted = [line.split()[4:8:3] for line in lines if ' UND ' in line and len(line.split()) > 7]
                self.assertGreater(len(wanted), 100)
                for binding, symbol in wanted:
                    version = re.search(r'@GLIBC_([\d.]+)$', symbol)
                    if version:
                        self.assertLessEqual(tuple(map(int, version[1].split('.')))[:2], GLIBC, symbol)
                    elif binding != 'WEAK':
                        self.assertRegex(symbol, '^_?Py')

    def test_needs_nothing_but_the_c_library(self):
        for machine in MACHINES:
            with self.subTest(machine):
                needed = set(re.findall(r'\(NEEDED\).*\[(.+)\]', said_by('readelf', '--dynamic', self.module_of(machine))))
                self.assertIn('libc.so.6', needed)
                self.assertLessEqual(needed, SYSTEM)
                self.assertNotIn('RUNPATH', said_by('readelf', '--dynamic', self.module_of(machine)))

    def test_are_of_that_machine(self):
        for machine, name in MACHINES.items():
            with self.subTest(machine):
                govc = self.file_of(machine, 'esxi_plugin/govc')
                self.assertNotIn('INTERP', said_by('readelf', '--program-headers', '--wide', govc))
                for path in (govc, self.module_of(machine)):
                    self.assertIn(f'Machine: {name}', ' '.join(said_by('readelf', '--file-header', path).split()))


class Wagons(unittest.TestCase):

    @staticmethod
    def contents(path):
        with zipfile.ZipFile(path) as archive:
            names = [name.removeprefix(f'{CLOUDIFY.package}/') for name in archive.namelist()]
            return (json.loads(archive.read(f'{CLOUDIFY.package}/package.json')), archive.read(f'{CLOUDIFY.package}/files/plugin.yaml').decode(),
                    sorted(name.removeprefix('wheels/') for name in names if name.startswith('wheels/')))

    def test_contents(self):
        for machine in MACHINES:
            for tag in ('manylinux', 'manylinux_offline'):
                with self.subTest(machine=machine, tag=tag):
                    package, plugin_yaml, wheels = self.contents(wagon_of(machine, tag))
                    self.assertEqual((package['package_name'], package['package_version'], package['package_build_tag']), (CLOUDIFY.package, CLOUDIFY.version, tag))
                    self.assertEqual((package['supported_platform'], package['supported_python_versions']), (f'linux_{machine}', ['py311']))
                    self.assertEqual(plugin_yaml, (PLUGIN / 'plugin.yaml').read_text())
                    self.assertIn(wheel_of(machine).name, wheels)
                    self.assertEqual(sorted(package['wheels']), wheels)
                    others = {name.split('-')[0].lower() for name in wheels} - {CLOUDIFY.package.replace('-', '_')}
                    if tag == 'manylinux':
                        self.assertEqual(others, set())
                    else:
                        self.assertLess({'cloudify_common', 'aiohttp', 'networkx', 'pyyaml'}, others)
                    for name in wheels:  # as old a glibc will do
                        self.assertRegex(name, rf'-none-any\.whl$|-cp311-.*manylinux(1|2014|_2_5|_2_17)_{machine}')

    def test_a_manager_takes_those_of_its_machine(self):
        for machine in MACHINES:
            package, _, _ = self.contents(wagon_of(machine))
            plugin = SimpleNamespace(supported_platform=package['supported_platform'])
            self.assertEqual(plugin_installer._is_plugin_supported(plugin), machine == platform.machine())

    def test_install_without_a_network(self):
        """The one with all that is needed into nothing, the other one where that is."""
        offline, alone = (str(wagon_of(platform.machine(), tag)) for tag in ('manylinux_offline', 'manylinux'))
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder, with_pip=True)
            for path, engine in ((offline, 'cloudify-common[dispatcher]'), (alone, '')):
                wagon.install(path, venv=folder, install_args=f'--no-index --quiet {engine}')
                said = said_by(f'{folder}/bin/python', '-c', 'from esxi_plugin import tasks, _native; print(_native._govc())').strip()
                self.assertTrue(os.access(said, os.X_OK))
                self.assertTrue(said.startswith(folder))
                said_by(f'{folder}/bin/pip', 'uninstall', '--yes', '--disable-pip-version-check', CLOUDIFY.package)

    def assert_installs(self, path, engine):
        """Without a network and without anything else. An engine is there where the plugin runs; here are three modules in its place."""
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
            package = f'{engine.package}/package.json'
            about = json.loads(archive.read(package))
            wheel, = about['wheels']
            self.assertEqual(set(archive.namelist()), {package, f'{engine.package}/wheels/{wheel}', f'{engine.package}/files/plugin.yaml'})
            self.assertEqual((about['package_name'], about['package_version'], about['archive_name']), (engine.package, engine.version, path.name))
            definitions = PLUGIN / engine.root / 'plugin.yaml'
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

    def test_install_on_other_engines(self):
        for engine in SUCCESSORS:
            with self.subTest(engine.root):
                self.assert_installs(DIST / engine.root / wagon_of(platform.machine()).name.replace(CLOUDIFY.stem, engine.stem), engine)
                self.assertEqual(len(list((DIST / engine.root).glob('*-py311-*.wgn'))), len(MACHINES))

    def test_definitions_beside(self):
        for path in PLUGIN.glob('*plugin*.yaml'):
            self.assertEqual((DIST / path.name).read_text(), path.read_text())


if __name__ == '__main__':
    unittest.main()
