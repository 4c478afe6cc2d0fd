# SPDX-License-Identifier: Apache-2.0
# ctest: verify
"""The plugin on the other engines, made of cloudify-common by renaming it (renamed.py): these tests themselves, in their words."""
import pathlib
import tempfile
import unittest

from renamed import DELL, NATIVEEDGE, PACKAGES, SITE, Environment, engine_into, plugin_into, tests_into

ALL_RUN = r'\nRan [1-9]\d* tests? in [\d.]+s\n\nOK\n'  # and none was skipped


class OnAnother:
    """The tests of this folder, on another engine."""
    engine = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.tests = tests_into(cls.folder, cls.engine)
        cls.packages = [engine_into(cls.folder / 'engine', cls.engine), plugin_into(cls.folder / 'plugin', cls.engine)]
        cls.environment = cls.enterClassContext(Environment())

    def run_tests(self, *names):
        code, said = self.environment.run('-m', 'unittest', *names, packages=self.packages, cwd=self.tests)
        self.assertEqual(code, 0, said)
        self.assertRegex(said, ALL_RUN)

    def test_there_is_no_cloudify(self):
        code, said = self.environment.run('-c', 'import cloudify', packages=self.packages)
        self.assertEqual((code, said.splitlines()[-1]), (1, "ModuleNotFoundError: No module named 'cloudify'"))

    def test_engine(self):
        self.run_tests('test_engine')

    def test_examples(self):
        self.run_tests(*(f'test_examples.Examples.test_{name}' for name in ('vm_with_snapshot', 'adopt_vm', 'several_vms')))

    def test_relations(self):
        self.run_tests('test_relations')

    def test_stops(self):
        self.run_tests('test_stops')

    def test_conversions(self):
        self.run_tests('test_conversions')


class OnNativeEdge(OnAnother, unittest.TestCase):
    engine = NATIVEEDGE


class OnDell(OnAnother, unittest.TestCase):
    """The rest of the tests too: the two differ in the name alone, and this one is the newest."""
    engine = DELL

    def test_looks(self):
        self.run_tests('test_looks')

    def test_adopted(self):
        self.run_tests('test_adopted')

    def test_external(self):
        self.run_tests('test_external')

    def test_manager(self):
        self.run_tests(*(f'test_manager.OnAManager.test_{name}' for name in ('what_is_learned_is_stored_after_conflicts', 'one_vm_for_two_instances',
                                                                             'a_cancelled_wait_ends')))

    def test_update(self):
        self.run_tests('test_update')

    def test_persist(self):
        self.run_tests('test_persist')

    def test_login(self):
        self.run_tests('test_login')

    def test_blueprint(self):
        self.run_tests('on_dap')


class OnDellWithOthers(unittest.TestCase):
    """A dell beside which the packages of other engines are."""

    def test_an_alias_and_a_stale_cloudify(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        alias, stale = folder / 'alias', folder / 'stale'
        (alias / 'nativeedge').mkdir(parents=True)
        for module in ('__init__', 'decorators', 'exceptions', 'state'):
            (alias / 'nativeedge' / f'{module}.py').write_text(f'from dell.{module} import *\n'.replace('.__init__', ''))
        stale.mkdir()
        for package in PACKAGES:
            (stale / package).symlink_to(SITE / package)
        tests = tests_into(folder, DELL)
        packages = [alias, engine_into(folder / 'engine', DELL), plugin_into(folder / 'plugin', DELL), stale]
        code, said = self.enterContext(Environment()).run('-m', 'unittest', 'test_engine', 'on_dap', packages=packages, cwd=tests)
        self.assertEqual(code, 0, said)
        self.assertRegex(said, ALL_RUN)


if __name__ == '__main__':
    unittest.main()
