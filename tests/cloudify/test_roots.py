# SPDX-License-Identifier: Apache-2.0
"""Which engine the plugin takes, of those that are there: the one that runs it."""
import pathlib
import tempfile
import unittest

from renamed import CLOUDIFY, DELL, NATIVEEDGE, SITE, Environment, engine_into, plugin_into

# What the plugin took: the engine, whose exception its native module raises, and what it made a decorated operation of.
LOOK = '''
from esxi_plugin import tasks, engine, _native
try:
    _native._round_trip(b'')
except Exception as failed:
    raised = type(failed)
assert raised is engine.NonRecoverableError and raised.__module__ == engine.name + '.exceptions', raised
assert engine.operation.__module__ == engine.name + '.decorators' and tasks.create_vm.resumable
print('took', engine.name)
'''


class Roots(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.environment = cls.enterClassContext(Environment())
        cls.dell = engine_into(cls.folder / 'dell', DELL)
        cls.nativeedge = engine_into(cls.folder / 'nativeedge', NATIVEEDGE)
        cls.plugin = plugin_into(cls.folder / 'plugin', DELL)
        cls.cloudify = cls.folder / 'cloudify'
        cls.cloudify.mkdir()
        for name in ('cloudify', 'cloudify_rest_client', 'cloudify_async_client', 'dsl_parser', 'script_runner'):
            (cls.cloudify / name).symlink_to(SITE / name)

    def package(self, files):
        """A folder with these files: name: text."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        return folder

    def look(self, *folders, engine=None):
        """After the engine, if one is named, has begun to run an operation, as its dispatcher does."""
        begin = f'import {engine}.dispatch\n' if engine else ''
        code, said = self.environment.run('-c', begin + LOOK, packages=[*folders, self.plugin])
        return said.strip() if code == 0 else said.splitlines()[-1]

    def test_the_only_one(self):
        for engine, folder in ((CLOUDIFY, self.cloudify), (NATIVEEDGE, self.nativeedge), (DELL, self.dell)):
            self.assertEqual(self.look(folder), f'took {engine.root}')
            self.assertEqual(self.look(folder, engine=engine.root), f'took {engine.root}')

    def test_the_one_that_runs(self):
        for engine in ('cloudify', 'nativeedge', 'dell'):
            self.assertEqual(self.look(self.cloudify, self.nativeedge, self.dell, engine=engine), f'took {engine}')

    def test_an_alias(self):
        """dell, which is also to be had as nativeedge: the same classes."""
        alias = self.package({f'nativeedge/{name}.py': f'from dell.{name} import *' for name in ('__init__', 'decorators', 'exceptions', 'state')})
        for first in ((alias, self.dell), (self.dell, alias)):
            self.assertEqual(self.look(*first), 'took dell')
            self.assertEqual(self.look(*first, engine='dell'), 'took dell')

    def test_a_stale_one(self):
        """cloudify-common beside dell, as out of a wagon that brought it along."""
        self.assertEqual(self.look(self.cloudify, self.dell), 'took dell')
        self.assertEqual(self.look(self.cloudify, self.dell, engine='dell'), 'took dell')

    def test_a_package_that_is_called_alike(self):
        for unrelated in map(self.package, ({'dell/__init__.py': ''}, {'dell.py': ''}, {'dell/__init__.py': '', 'dell/exceptions.py': ''},
                                            {'dell/__init__.py': '', 'dell/state.py': '', 'dell/exceptions.py': ''})):
            self.assertEqual(self.look(unrelated, self.cloudify), 'took cloudify')

    def test_none(self):
        said = 'ImportError: there is no engine to run in: none of dell, nativeedge, cloudify is a package with decorators, exceptions, state'
        self.assertEqual(self.look(), said)
        self.assertEqual(self.look(self.package({'dell/__init__.py': ''})), said)

    def test_a_broken_one_is_not_passed_over(self):
        for text, said in (('import nowhere', "ModuleNotFoundError: No module named 'nowhere'"),
                           ('raise ImportError("broken")', 'ImportError: broken'),
                           ('from dell.state import nothing', "ImportError: cannot import name 'nothing' from 'dell.state'")):
            broken = self.package({'dell/__init__.py': '', 'dell/decorators.py': '', 'dell/exceptions.py': text, 'dell/state.py': ''})
            self.assertTrue(self.look(broken, self.cloudify).startswith(said))
        self.assertEqual(self.look(broken, self.cloudify, engine='cloudify'), 'took cloudify')


if __name__ == '__main__':
    unittest.main()
