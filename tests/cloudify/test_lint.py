# SPDX-License-Identifier: Apache-2.0
"""cfy-lint, without a network, finds nothing in the plugin's definitions but what is accepted here. It knows Cloudify alone."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import venv

from harness import PLUGIN

# It wants other versions of packages than the engine does, so it has an environment of its own, made once.
HOME = pathlib.Path(sys.prefix).parent / 'lint'
PACKAGES = ['cfy-lint==0.0.37', 'click==8.5.1', 'networkx==3.6.1', 'packaging==21.3', 'pathspec==1.1.1', 'pyparsing==3.3.3', 'PyYAML==6.0.4',
            'yamllint==1.28.0', 'setuptools==65.5.0']
# It exits 0 whatever it finds, and asks a marketplace on the network for what it does not know: an attempt is an error here.
OFFLINE = '''
import socket
def refuse(*_):
    raise RuntimeError('cfy-lint looks something up on a network')
socket.socket.connect = socket.getaddrinfo = refuse
from cfy_lint.commands.lint import lint
lint()
'''
# What is accepted: level, rule, words of the message, where, why.
ACCEPTED = (
    ('warning', 'line-length', 'line too long', None, 'a description is one line, however long'),
    ('error', 'node_types', 'Type esxi.datatypes.ConnectionConfig is not supported by DSL', None, 'cfy-lint 0.0.37 knows no data type of a plugin'),
    ('error', 'dsl_version', 'dsl_version not supported: cloudify_dsl_1_5', ('plugin_1_5.yaml',),
     'cfy-lint 0.0.37 knows cloudify_dsl_1_3 and 1_4 only; this file is for 1_5, which cloudify-common 7 takes'),
)


class Lint(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        stamp, wished = HOME / 'lint.stamp', '\n'.join(PACKAGES)
        if not stamp.exists() or stamp.read_text() != wished:
            shutil.rmtree(HOME, ignore_errors=True)
            venv.create(HOME, with_pip=True)
            done = subprocess.run([HOME / 'bin' / 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', *PACKAGES],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f'{done.stdout}\ncfy-lint comes from PyPI: with a network, run this again')
            stamp.write_text(wished)

    def found(self, path):
        """Level, rule, message and line of each finding."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([HOME / 'bin' / 'python', '-c', OFFLINE, '--blueprint-path', path, '--format', 'json', '--verbose'], cwd=folder,
                                  env={'HOME': folder, 'PATH': '', 'LC_ALL': 'C.UTF-8'}, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        lines = [line for line in said.splitlines() if not line.startswith(('Linting blueprint: ', 'The following linting errors'))]
        findings = [json.loads(line) for line in lines]
        return [(one['level'], one['rule'], one['message'].strip(), one['line']) for one in findings]

    def test_nothing_but_what_is_accepted(self):
        for path in sorted([*PLUGIN.glob('plugin*.yaml'), PLUGIN / 'v2_plugin.yaml']):
            with self.subTest(path.name):
                self.assertEqual([finding for finding in self.found(path) if not any(
                    finding[:2] == (level, rule) and words in finding[2] and (files is None or path.name in files)
                    for level, rule, words, files, _ in ACCEPTED)], [])

    def test_what_is_accepted_is_found(self):
        for level, rule, words, files, why in ACCEPTED:
            with self.subTest(why):
                for name in files or ('plugin.yaml',):
                    self.assertTrue([finding for finding in self.found(PLUGIN / name) if finding[:2] == (level, rule) and words in finding[2]])

    def test_an_error_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'plugin.yaml'
            path.write_text((PLUGIN / 'plugin.yaml').read_text() + '\n   bad: [\n')
            self.assertEqual([(level, rule) for level, rule, _, _ in self.found(path) if level == 'error'], [('error', 'syntax error')])


if __name__ == '__main__':
    unittest.main()
