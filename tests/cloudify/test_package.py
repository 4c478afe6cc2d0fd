# SPDX-License-Identifier: Apache-2.0
"""What is in the package: the files of plugin definitions and the wheel."""
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unittest

import yaml
from dsl_parser import parser

from esxi_plugin import _native, tasks
from harness import BIN, BLUEPRINTS, PLUGIN, PLUGIN_ONLY, ROOT, Resolver

NATIVE = pathlib.Path(os.environ.get('ESXI_NATIVE_DIR', ROOT / 'build' / 'plugin' / 'native'))
INSTALLED = pathlib.Path(_native.__file__).parent
DEFINITIONS = ('plugin.yaml', 'plugin_1_4.yaml', 'plugin_1_5.yaml', 'v2_plugin.yaml')


def read(name):
    return yaml.safe_load((PLUGIN / name).read_text())


class Definitions(unittest.TestCase):

    def test_as_they_are_written(self):
        subprocess.run([PLUGIN / 'make-plugin-yaml', '--check'], check=True)

    def test_agree(self):
        for name in DEFINITIONS:
            self.assertEqual({**read(name), 'tosca_definitions_version': None}, {**read('plugin.yaml'), 'tosca_definitions_version': None})

    def test_every_property_is_described(self):
        for node_type, definition in read('plugin.yaml')['node_types'].items():
            for name, schema in definition['properties'].items():
                with self.subTest(node_type=node_type, name=name):
                    self.assertLess({'description', 'type'}, set(schema))
                    self.assertTrue({'default', 'required'} & set(schema))

    def test_as_documented(self):
        """docs/properties.md has the same properties, in the same order, with the same defaults."""
        text = (ROOT / 'docs' / 'properties.md').read_text()
        for node_type, definition in read('plugin.yaml')['node_types'].items():
            section = re.search(rf'^## {node_type.rsplit(".", 1)[1]}\n(.*?)(?=^## |\Z)', text, re.M | re.S)[1]
            rows = re.findall(r'^\| `(\w+)` \| [^|]+ \| ([^|]+) \|', section, re.M)
            self.assertEqual([name for name, _ in rows], [name for name in definition['properties'] if name not in PLUGIN_ONLY])
            for name, shown in rows:
                schema = definition['properties'][name]
                with self.subTest(node_type=node_type, name=name):
                    self.assertEqual(shown.startswith('required'), schema.get('required', False))
                    if 'default' in schema:
                        self.assertEqual(shown.strip('`'), str(schema['default']).lower() if isinstance(schema['default'], bool) else str(schema['default']))

    def test_every_operation_is_there(self):
        named = set()
        for definition in read('plugin.yaml')['node_types'].values():
            for operations in definition['interfaces'].values():
                named |= {operation['implementation'] for operation in operations.values()}
        for name in named:
            with self.subTest(name):
                prefix, module, function = name.rsplit('.', 2)
                self.assertEqual((prefix, module), ('esxi.esxi_plugin', 'tasks'))
                self.assertTrue(getattr(tasks, function).resumable)

    def test_blueprints_are_parsed_with_each(self):
        for name in DEFINITIONS:
            for blueprint in sorted(BLUEPRINTS.glob('*.yaml')):
                text = blueprint.read_text()
                if '1_5' in read(name)['tosca_definitions_version']:
                    text = text.replace('cloudify_dsl_1_4', 'cloudify_dsl_1_5')
                with self.subTest(definitions=name, blueprint=blueprint.name):
                    parser.parse(text, resolver=Resolver(name))

    def test_versions_agree(self):
        version = re.search(r'^version = "(.+)"$', (PLUGIN / 'pyproject.toml').read_text(), re.M)[1]
        self.assertEqual(read('plugin.yaml')['plugins']['esxi']['package_version'], version)
        self.assertTrue((PLUGIN / 'CHANGELOG.txt').read_text().startswith(version + ':'))


class Wheel(unittest.TestCase):

    def test_the_govc_of_the_wheel_is_run(self):
        self.assertNotIn('ESXI_GOVC', os.environ)
        self.assertEqual(_native._govc(), str(INSTALLED / 'govc'))
        self.assertTrue(os.access(INSTALLED / 'govc', os.X_OK))
        said = subprocess.run([_native._govc(), 'version'], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said, subprocess.run([BIN / 'govc', 'version'], capture_output=True, text=True, check=True).stdout)

    def test_another_govc_can_be_named(self):
        said = subprocess.run([sys.executable, '-c', 'from esxi_plugin import _native; print(_native._govc())'], capture_output=True, text=True,
                              check=True, env={**os.environ, 'ESXI_GOVC': str(BIN / 'govc')}).stdout
        self.assertEqual(said.strip(), str(BIN / 'govc'))

    def test_needs_nothing_of_the_system(self):
        needed = subprocess.run(['ldd', _native.__file__], capture_output=True, text=True, check=True).stdout
        libraries = {line.split()[0].rsplit('/', 1)[-1] for line in needed.splitlines()}
        self.assertLessEqual(libraries, {'linux-vdso.so.1', 'libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'})

    def test_imports_alone(self):
        subprocess.run([sys.executable, '-c', 'import esxi_plugin.tasks'], check=True, env={'PATH': ''}, cwd='/')

    def test_has_a_platform(self):
        wheel, = NATIVE.glob('*.whl')
        self.assertRegex(wheel.name, r'^cloudify_esxi_plugin-[\d.]+-cp3\d+-cp3\d+-linux_\w+\.whl$')
        self.assertIsNotNone(importlib.util.find_spec('esxi_plugin'))

    def test_definitions_beside(self):
        for name in DEFINITIONS:
            self.assertEqual((NATIVE / name).read_text(), (PLUGIN / name).read_text())


if __name__ == '__main__':
    unittest.main()
