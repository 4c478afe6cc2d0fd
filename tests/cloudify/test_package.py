# SPDX-License-Identifier: Apache-2.0
"""What is in the package: the files of plugin definitions and the wheel."""
import base64
import hashlib
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unittest
import zipfile
from email.parser import Parser

import yaml
from dsl_parser import parser
from dsl_parser.exceptions import DSLParsingLogicException

from esxi_plugin import _native, tasks
from harness import BIN, BLUEPRINTS, PLUGIN, PLUGIN_ONLY, ROOT, Resolver
from renamed import CLOUDIFY, NATIVE, SUCCESSORS

INSTALLED = pathlib.Path(_native.__file__).parent
DEFINITIONS = ('plugin.yaml', 'plugin_1_4.yaml', 'plugin_1_5.yaml', 'v2_plugin.yaml')
OF_A_CONNECTION = {'host', 'password', 'user', 'verify_tls', 'ca_bundle', 'thumbprint'}
OF_SUCCESSORS = tuple(f'{engine.root}/plugin.yaml' for engine in SUCCESSORS)


def read(name):
    return yaml.safe_load((PLUGIN / name).read_text())


def about(wheel):
    """Its METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        name, = (name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
        return Parser().parsestr(archive.read(name).decode())


class Definitions(unittest.TestCase):

    def test_as_they_are_written(self):
        subprocess.run([PLUGIN / 'make-plugin-yaml', '--check'], check=True)

    def test_agree(self):
        apart = {'tosca_definitions_version': None, 'labels': None, 'blueprint_labels': None}
        for name in DEFINITIONS:
            definitions = read(name)
            if name == 'plugin_1_5.yaml':
                self.assertEqual(set(definitions['plugins']['esxi'].pop('properties')), OF_A_CONNECTION)
                definitions['plugins']['esxi'].pop('properties_description')
            self.assertEqual({**definitions, **apart}, {**read('plugin.yaml'), **apart})

    def test_labels(self):
        """Every file but that of 1_3."""
        for name in (*DEFINITIONS, *OF_SUCCESSORS):
            of_all = {'obj-type': {'values': ['esxi']}} if name != 'plugin.yaml' else None
            self.assertEqual((read(name).get('labels'), read(name).get('blueprint_labels')), (of_all, of_all), name)

    def test_of_other_engines(self):
        """They say the same in the engine's own words alone, and a blueprint of any version may import them."""
        for engine, name in zip(SUCCESSORS, OF_SUCCESSORS):
            with self.subTest(name):
                text, definitions = (PLUGIN / name).read_text(), read(name)
                others = {'cloudify', 'nativeedge', 'dell'} - {engine.root}
                self.assertIsNone(re.search('|'.join(others), text, re.I))
                self.assertNotIn('tosca_definitions_version', definitions)
                self.assertEqual(definitions['plugins'], {'esxi': {**read('plugin_1_5.yaml')['plugins']['esxi'], 'package_name': engine.package,
                                                                   'package_version': engine.version}})
                back = re.sub(rf'\b{engine.root}\.(nodes|datatypes)\.esxi\.', r'esxi.\1.', text)
                back = yaml.safe_load(re.sub(rf'\b{engine.root}\.(nodes|interfaces)\.', r'cloudify.\1.', back))
                self.assertEqual(back['node_types'], read('plugin_1_4.yaml')['node_types'])
                self.assertEqual(back['data_types'], read('plugin_1_4.yaml')['data_types'])
                for node_type, definition in definitions['node_types'].items():
                    self.assertTrue(node_type.startswith(f'{engine.root}.nodes.esxi.'))
                    self.assertTrue(definition['derived_from'].startswith(f'{engine.root}.nodes.'))
        for name in DEFINITIONS:
            self.assertIsNone(re.search(r'\b(dell|nativeedge)\b', (PLUGIN / name).read_text()))

    def test_what_can_drift_can_be_updated(self):
        """Else the engine would answer a drift by a reinstall."""
        for name in (*DEFINITIONS, *OF_SUCCESSORS):
            for node_type, definition in read(name)['node_types'].items():
                operations = {operation for interface, operations in definition['interfaces'].items() if interface.endswith('.lifecycle') for operation in operations}
                self.assertLessEqual({'check_drift', 'update', 'postupdate'}, operations, node_type)

    def test_every_property_is_described(self):
        for file in (*DEFINITIONS, *OF_SUCCESSORS):
            for owner, definition in {**read(file)['node_types'], **read(file).get('data_types', {})}.items():
                for name, schema in definition['properties'].items():
                    with self.subTest(file=file, owner=owner, name=name):
                        self.assertLess({'description', 'type'}, set(schema))
                        self.assertTrue({'default', 'required'} & set(schema))

    def test_as_documented(self):
        """docs/properties.md has the same properties, in the same order, with the same defaults. How a host is reached has none in the
        definitions, since a `connection_config` or the plugin may say it."""
        text = (ROOT / 'docs' / 'properties.md').read_text()
        types = read('plugin.yaml')['node_types']
        server = types.pop('esxi.nodes.Server')
        vm = types['esxi.nodes.VM']['properties']
        self.assertEqual(server['properties'], {**vm, 'wait_for_ip': {**vm['wait_for_ip'], 'default': True}})
        self.assertEqual(server['interfaces'], types['esxi.nodes.VM']['interfaces'])
        for node_type, definition in types.items():
            section = re.search(rf'^## {node_type.rsplit(".", 1)[1]}\n(.*?)(?=^## |\Z)', text, re.M | re.S)[1]
            rows = re.findall(r'^\| `(\w+)` \| [^|]+ \| ([^|]+) \|', section, re.M)
            self.assertEqual([name for name, _ in rows], [name for name in definition['properties'] if name not in PLUGIN_ONLY])
            for name, shown in rows:
                schema = definition['properties'][name]
                with self.subTest(node_type=node_type, name=name):
                    if node_type == 'esxi.nodes.Host' and name in OF_A_CONNECTION:
                        self.assertEqual(schema.get('required'), False)
                        self.assertNotIn('default', schema)
                        continue
                    self.assertEqual(shown.startswith('required'), schema.get('required', False))
                    if 'default' in schema:
                        self.assertEqual(shown.strip('`'), str(schema['default']).lower() if isinstance(schema['default'], bool) else str(schema['default']))

    def test_every_operation_is_there(self):
        named = set()
        for file in (*DEFINITIONS, *OF_SUCCESSORS):
            for definition in read(file)['node_types'].values():
                for operations in definition['interfaces'].values():
                    named |= {operation['implementation'] for operation in operations.values()}
        for name in named:
            with self.subTest(name):
                prefix, module, function = name.rsplit('.', 2)
                self.assertEqual((prefix, module), ('esxi.esxi_plugin', 'tasks'))
                self.assertTrue(getattr(tasks, function).resumable)

    def test_blueprints_are_parsed_with_each(self):
        """Those of the definitions' own DSL version, or of a later one."""
        versions = [f'cloudify_dsl_1_{minor}' for minor in (3, 4, 5)]
        for name in DEFINITIONS:
            for blueprint in sorted(BLUEPRINTS.glob('*.yaml')):
                for version in versions:
                    text = blueprint.read_text().replace('cloudify_dsl_1_4', version)
                    with self.subTest(definitions=name, blueprint=blueprint.name, version=version):
                        if version >= read(name)['tosca_definitions_version']:
                            parser.parse(text, resolver=Resolver(name))
                        else:
                            with self.assertRaisesRegex(DSLParsingLogicException, 'An import uses a different tosca_definitions_version'):
                                parser.parse(text, resolver=Resolver(name))

    def test_versions_agree(self):
        version = re.search(r'^version = "(.+)"$', (PLUGIN / 'pyproject.toml').read_text(), re.M)[1]
        self.assertEqual(read('plugin.yaml')['plugins']['esxi']['package_version'], version)
        self.assertEqual((CLOUDIFY.version, *(engine.version for engine in SUCCESSORS)), (version, f'{version}.0', f'{version}.0'))
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

    def test_requires_no_engine(self):
        """What it runs in is there; another one may be asked for, for local use."""
        wheel, = NATIVE.glob('*.whl')
        self.assertEqual(about(wheel).get_all('Requires-Dist'), ['cloudify-common[dispatcher]<8,>=7.0; extra == "local"'])

    def test_of_other_engines(self):
        """The same modules by another name and version, which require nothing."""
        wheel, = NATIVE.glob('*.whl')
        for engine in SUCCESSORS:
            renamed, = (NATIVE / engine.root).glob('*.whl')
            self.assertEqual(renamed.name, engine.stem + wheel.name.removeprefix(CLOUDIFY.stem))
            self.assertEqual((about(renamed)['Name'], about(renamed)['Version']), (engine.package, engine.version))
            self.assertIsNone(about(renamed).get_all('Requires-Dist'))
            self.assertNotIn('cloudify', str(about(renamed)).replace('docs/cloudify.md', ''))
            with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(renamed) as new:
                modules = [name for name in old.namelist() if '.dist-info/' not in name]
                self.assertEqual([name for name in new.namelist() if '.dist-info/' not in name], modules)
                for name in modules:
                    self.assertEqual((new.read(name), new.getinfo(name).external_attr), (old.read(name), old.getinfo(name).external_attr))
                record = dict(line.split(',', 1) for line in new.read(f'{engine.stem}.dist-info/RECORD').decode().splitlines())
                self.assertEqual(set(record), set(new.namelist()))
                for name, entry in record.items():
                    total = base64.urlsafe_b64encode(hashlib.sha256(new.read(name)).digest()).rstrip(b'=').decode()
                    self.assertEqual(entry, ',' if name.endswith('/RECORD') else f'sha256={total},{len(new.read(name))}')
            self.assertEqual((NATIVE / engine.root / 'plugin.yaml').read_text(), (PLUGIN / engine.root / 'plugin.yaml').read_text())

    def test_has_a_platform(self):
        wheel, = NATIVE.glob('*.whl')
        self.assertRegex(wheel.name, r'^cloudify_esxi_plugin-[\d.]+-cp3\d+-cp3\d+-linux_\w+\.whl$')
        self.assertIsNotNone(importlib.util.find_spec('esxi_plugin'))

    def test_definitions_beside(self):
        for name in DEFINITIONS:
            self.assertEqual((NATIVE / name).read_text(), (PLUGIN / name).read_text())


if __name__ == '__main__':
    unittest.main()
