# SPDX-License-Identifier: Apache-2.0
"""The example blueprint of DAP keeps the mandatory rules for blueprints, as far as they can be checked by its text."""
import copy
import re
import unittest

import yaml

from harness import PLUGIN

FOLDER = PLUGIN / 'dell' / 'vm-with-snapshot'
MAIN = ('tosca_definitions_version', 'description', 'imports', 'input_groups', 'labels', 'blueprint_labels')
OF_AN_INPUT = ('type', 'display_label', 'description', 'hidden', 'allow_update', 'display')


def read():
    """File: its content."""
    return {path.name: yaml.safe_load(path.read_text()) for path in FOLDER.iterdir()}


def strings(value):
    """All texts in a value, keys too."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def of_inputs(inputs, groups):
    for name, schema in inputs.items():
        yield from (f'IN: input {name} has no {key}' for key in OF_AN_INPUT if key not in schema)
        if schema.get('type') == 'list' and 'item_type' not in schema:
            yield f'IN-002: input {name} has no item_type'
        if not re.fullmatch(r'([A-Z][A-Za-z0-9]*|[a-z]{2})( ([A-Z][A-Za-z0-9]*|of))*', schema.get('display_label', '')):
            yield f'IN-003: the label of input {name} is not in title case'
        if schema.get('type') == 'deployment_id':
            yield f'IN-011: input {name} is a deployment'
        if not schema.get('constraints'):
            yield f'IN-007: input {name} has no constraints'
        for constraint in schema.get('constraints', []):
            if 'type' not in constraint and 'error_message' not in constraint:
                yield f'IN-008: a constraint of input {name} has no error_message'
        group = schema.get('display', {}).get('group')
        if 'index' not in schema.get('display', {}) or name not in groups.get(group, {}).get('inputs', []):
            yield f'IN-009, IG-002: input {name} is in no group'
        if schema.get('type') == 'secret_key' and not any('type' in each for each in schema.get('constraints', [])):
            yield f'SC-002: input {name} does not say which type of secret it names'
        if re.search('password|credentials|secret', name) and schema.get('type') != 'secret_key':
            yield f'SC-001: input {name} is no name of a secret'
    for group, schema in groups.items():
        yield from (f'IG-001: group {group} has no {key}' for key in ('display_label', 'collapsible', 'index', 'inputs') if key not in schema)
        yield from (f'IG-001: group {group} has an unknown input {name}' for name in schema.get('inputs', []) if name not in inputs)


def of_nodes(nodes, types):
    """`types`: of the plugin."""
    related = {each['target'] for node in nodes.values() for each in node.get('relationships', [])}
    for name, node in nodes.items():
        if len(nodes) > 1 and not node.get('relationships') and name not in related:
            yield f'ND-001: node {name} is related to none'
        operations = set()
        for interface in types.get(node['type'], {}).get('interfaces', {}).values():
            operations |= set(interface)
        yield from (f'ND-003: node {name} has {do} and no {undo}' for do, undo in (('create', 'delete'), ('start', 'stop'))
                    if do in operations and undo not in operations)
        if operations & {'update', 'check_drift', 'postupdate'} and not {'update', 'check_drift', 'postupdate'} <= operations:
            yield f'ND-009: node {name} does not have all of update, check_drift and postupdate'


def broken_rules(files, types):
    """What breaks a rule, each with the rule's name."""
    main = files.get('blueprint.yaml', {})
    merged = {key: value for content in files.values() for key, value in content.items()}
    inputs, nodes = merged.get('inputs', {}), main.get('node_templates', {})
    yield from (f'BS-004: there is no {key}' for key in MAIN if not main.get(key))
    if main.get('tosca_definitions_version') != 'dell_1_1':
        yield 'TD-001: it is not of dell_1_1'
    yield from (f'TD-002: {text}' for text in strings(files) if re.search(r'\b(cloudify|nativeedge)\b', text))
    for version, entries in (files.get('CHANGELOG.yaml') or {'': [{}]}).items():
        if not re.fullmatch(r'\d+(\.\d+)+', str(version)) or any(set(entry) != {'ticket', 'developer', 'description'} for entry in entries):
            yield 'BS-009: there is no changelog'
    if (len(inputs) >= 5 or len(nodes) > 2) and ('inputs' in main or 'capabilities' in main):
        yield 'BS-010: inputs and capabilities are not in files of their own'
    imports = main.get('imports', [])
    if 'dell/types/types.yaml' not in imports:
        yield 'IM-001: the types are not imported'
    yield from (f'IM-003: {name} has no range of versions' for name in imports if name.startswith('plugin:')
                and not re.fullmatch(r'plugin:[a-z-]+\?version= >=\d+\.\d+\.\d+\.\d+,<\d+\.0\.0\.0', name))
    yield from (f'IM-004: {name} is not there' for name in imports if ':' not in name and '/' not in name and name not in files)
    yield from of_inputs(inputs, main.get('input_groups', {}))
    yield from of_nodes(nodes, types)
    yield from (f'CP-002: capability {name} has no description' for name, each in merged.get('capabilities', {}).items() if 'description' not in each)
    if 'outputs' in merged or 'vm_ip' not in merged.get('capabilities', {}):
        yield 'CP-001: the address is no capability'


class Rules(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.types = yaml.safe_load((PLUGIN / 'dell' / 'plugin.yaml').read_text())['node_types']

    def test_none_is_broken(self):
        self.assertEqual(list(broken_rules(read(), self.types)), [])

    def test_its_types_are_the_plugin_s(self):
        used = {node['type'] for node in read()['blueprint.yaml']['node_templates'].values()}
        self.assertEqual(used, set(self.types) - {'dell.nodes.esxi.Server'})

    def test_it_imports_a_range_that_the_plugin_is_in(self):
        version, = re.findall(r'plugin:esxi-plugin\?version= >=([\d.]+),', (FOLDER / 'blueprint.yaml').read_text())
        self.assertEqual(version, yaml.safe_load((PLUGIN / 'dell' / 'plugin.yaml').read_text())['plugins']['esxi']['package_version'])

    def test_each_that_is_broken_is_found(self):
        def without(file, *path):
            def change(files):
                at = files[file]
                for key in path[:-1]:
                    at = at[key]
                del at[path[-1]]
            return change

        def put(value, file, *path):
            def change(files):
                at = files[file]
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = value
            return change

        nodes, inputs = ('blueprint.yaml', 'node_templates'), ('inputs.yaml', 'inputs')
        for rule, change in (
                ('BS-004', without('blueprint.yaml', 'description')), ('BS-004', without('blueprint.yaml', 'labels')),
                ('BS-004', without('blueprint.yaml', 'blueprint_labels')), ('TD-001', put('dell_1_0', 'blueprint.yaml', 'tosca_definitions_version')),
                ('TD-002', put('cloudify.relationships.depends_on', *nodes, 'vm', 'relationships', 0, 'type')),
                ('BS-009', lambda files: files.pop('CHANGELOG.yaml')), ('BS-009', without('CHANGELOG.yaml', '0.1.0', 0, 'ticket')),
                ('BS-010', lambda files: files['blueprint.yaml'].update(inputs=files['inputs.yaml'].pop('inputs'))),
                ('IM-001', without('blueprint.yaml', 'imports', 0)), ('IM-003', put('plugin:esxi-plugin', 'blueprint.yaml', 'imports', 1)),
                ('IM-004', lambda files: files.pop('inputs.yaml')), ('IN: ', without(*inputs, 'cpus', 'hidden')),
                ('IN: ', without(*inputs, 'cpus', 'allow_update')), ('IN-003', put('memory_mb', *inputs, 'memory_mb', 'display_label')),
                ('IN-007', without(*inputs, 'cpus', 'constraints')), ('IN-008', without(*inputs, 'cpus', 'constraints', 0, 'error_message')),
                ('IN-009', without('blueprint.yaml', 'input_groups', 'vm', 'inputs', 0)), ('SC-001', put('string', *inputs, 'esxi_credentials', 'type')),
                ('SC-002', put([{'max_length': 3, 'error_message': ''}], *inputs, 'esxi_credentials', 'constraints')),
                ('IG-001', put(['none'], 'blueprint.yaml', 'input_groups', 'vm', 'inputs')), ('ND-001', without(*nodes, 'as_delivered', 'relationships')),
                ('CP-001', without('capabilities.yaml', 'capabilities', 'vm_ip')), ('CP-002', without('capabilities.yaml', 'capabilities', 'vm_ip', 'description'))):
            files = read()
            change(files)
            with self.subTest(rule):
                self.assertTrue([each for each in broken_rules(files, self.types) if each.startswith(rule)])
        for rule, operation in (('ND-003', 'stop'), ('ND-009', 'postupdate')):
            types = copy.deepcopy(self.types)
            del types['dell.nodes.esxi.VM']['interfaces']['dell.interfaces.lifecycle'][operation]
            with self.subTest(rule):
                self.assertTrue([each for each in broken_rules(read(), types) if each.startswith(rule)])


if __name__ == '__main__':
    unittest.main()
