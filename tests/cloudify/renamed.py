# SPDX-License-Identifier: Apache-2.0
"""Other engines than Cloudify: cloudify-common, these tests and what they need of the plugin, under another engine's name, in an environment
that has no module `cloudify`. No other engine can be had; what is known of them is that they are Cloudify, renamed.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile

from harness import BIN, HERE, PLUGIN, ROOT

sys.path.append(str(PLUGIN))  # last: its esxi_plugin is not the installed one
sys.dont_write_bytecode = True

from engines import CLOUDIFY, DELL, NATIVEEDGE, SUCCESSORS  # noqa: E402,F401

SITE = pathlib.Path(sysconfig.get_path('purelib'))
NATIVE = pathlib.Path(os.environ.get('ESXI_NATIVE_DIR', ROOT / 'build' / 'plugin' / 'native')).resolve()
PACKAGES = ('cloudify', 'cloudify_rest_client', 'cloudify_async_client', 'dsl_parser', 'script_runner')
# The oldest, which stands for cloudify_dsl_1_3, and the newest, for the later ones.
DSL_VERSIONS = {'nativeedge': ['nativeedge_1_0'], 'dell': ['dell_1_0', 'dell_1_1']}
# What blueprints of DAP have in their inputs beyond Cloudify's.
DAP_INPUTS = '''
class InputGroups(Element):
    schema = Leaf(type=dict)


class Display(Element):
    schema = Leaf(type=dict)


class AllowUpdate(Element):
    schema = Leaf(type=bool)


'''
DAP_CONSTRAINT = '''@register_constraint(name='type', constraint_data_type=_STRING)
class SecretType(DataBasedConstraint):
    SUPPORTED_DATA_TYPES = ['secret_key']


'''


def in_words_of(engine, text):
    """A text of the engine's or of these tests."""
    text = text.replace('cloudify_dsl_1_3', DSL_VERSIONS[engine.root][0])
    text = re.sub(r'cloudify_dsl_1_[45]', DSL_VERSIONS[engine.root][-1], text)
    text = text.replace('cloudify_dsl_', f'{engine.root}_').replace('CloudifyClientError', 'NativeEdgeClientError')
    return re.sub(r"(?<!/ ')cloudify", engine.root, engine.words(text))  # folders of the project keep their names


def _edit(path, *edits):
    """Each edit is a pattern that occurs once, and what is put there."""
    text = path.read_text()
    for pattern, new in edits:
        text, count = re.subn(pattern, lambda _, new=new: new, text, flags=re.S)
        if count != 1:
            raise AssertionError(f'{path}: {pattern!r} occurs {count} times')
    path.write_text(text)


def engine_into(folder, engine):
    """The engine's Python packages. Its DSL has the features of cloudify_dsl_1_5, and DAP's what is known of DAP's beyond these."""
    for package in PACKAGES:
        for source in (SITE / package).rglob('*.py'):
            target = folder / in_words_of(engine, str(source.relative_to(SITE)))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(in_words_of(engine, source.read_text()))
    parser = folder / 'dsl_parser'
    _edit(parser / 'version.py',
          (r'SUPPORTED_VERSIONS = \[.*?\]', f'SUPPORTED_VERSIONS = {DSL_VERSIONS[engine.root]}'),
          (r'return version_details\(int\(major\).*?\)\n', 'return version_details(1, 5, None)\n'))
    if engine is DELL:
        with (folder / 'dell' / 'exceptions.py').open('a') as file:
            file.write('\n\nfrom dell_rest_client.exceptions import NativeEdgeClientError  # noqa\n')
        _edit(parser / 'elements' / 'blueprint.py', (r"'inputs': inputs.Inputs,\n", "'inputs': inputs.Inputs,\n        'input_groups': inputs.InputGroups,\n"))
        _edit(parser / 'elements' / 'inputs.py',
              (r"'display': DisplayHints,\n", "'display': Display,\n        'allow_update': AllowUpdate,\n"),
              (r'class InputSchemaProperty\(SchemaProperty\):\n', DAP_INPUTS + 'class InputSchemaProperty(SchemaProperty):\n'))
        _edit(parser / 'constraints.py', (r"@register_constraint\(name='tenants'", DAP_CONSTRAINT + "@register_constraint(name='tenants'"))
    return folder


def plugin_into(folder, engine):
    """The plugin's modules, out of the engine's own wheel."""
    wheel, = (NATIVE / engine.root if engine is not CLOUDIFY else NATIVE).glob('*.whl')
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def tests_into(folder, engine):
    """Folders as the project's, in which these tests find their harness, the blueprints and the plugin definitions. Returns that of the tests."""
    tests, examples = folder / 'tests' / 'cloudify', folder / 'examples' / 'cloudify'
    for source, target in ((HERE, tests), (PLUGIN / 'blueprints', examples / 'blueprints')):
        target.mkdir(parents=True)
        for path in [*source.glob('*.py'), *source.glob('*.yaml')]:
            (target / path.name).write_text(in_words_of(engine, path.read_text()))
    shutil.copyfile(PLUGIN / engine.root / 'plugin.yaml', examples / 'plugin.yaml')
    shutil.copytree(PLUGIN / 'dell' / 'vm-with-snapshot', examples / 'dell' / 'vm-with-snapshot')
    (folder / 'tests' / 'support').symlink_to(ROOT / 'tests' / 'support')
    (folder / 'examples' / 'demo').symlink_to(ROOT / 'examples' / 'demo')
    return tests


class Environment:
    """A virtual environment with what cloudify-common needs, but without an engine and the plugin. Ends with the block."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='esxi-engine-'))
        needed = self.folder / 'needed'
        needed.mkdir()
        ours = [*PACKAGES, 'esxi_plugin', 'cloudify_common', 'cloudify_esxi_plugin']
        for path in SITE.iterdir():
            if path.name.split('-')[0] not in ours and path.suffix != '.pth':
                (needed / path.name).symlink_to(path)
        venv.create(self.folder / 'venv', symlinks=True)
        site, = (self.folder / 'venv').glob('lib/python*/site-packages')
        (site / 'needed.pth').write_text(f'{needed}\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments, packages, cwd='/'):
        """Runs its Python with these folders of packages, the first one first. Returns the exit code and all that it said."""
        done = subprocess.run([self.folder / 'venv' / 'bin' / 'python', *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, 'ESXI_BIN_DIR': str(BIN.resolve()), 'PYTHONDONTWRITEBYTECODE': '1',
                                   'PYTHONPATH': os.pathsep.join(map(str, packages))})
        return done.returncode, done.stdout
