# SPDX-License-Identifier: Apache-2.0
"""Credentials in the URL of an OVA: govc gets them, and they are told nowhere; nor is the host's password, however it was spelled."""
import secrets
import unittest

import spelling
from host import Host, OvaServer, keep_secret


class OvaUrl(unittest.TestCase):

    def setUp(self):
        self.own = 'own é"/' + secrets.token_hex(6)
        self.ovas = 'of the ovas: &%41/' + secrets.token_hex(6)
        self.wrong = 'wrong "one"/' + secrets.token_hex(6)
        for secret in (self.ovas, self.wrong):
            keep_secret(secret)
        self.host = self.enterContext(Host(self.own, '--vms', '0'))
        self.server = self.enterContext(OvaServer(self.host.make_ova(), 'ovauser', self.ovas))
        self.finder = spelling.Finder([self.own, self.ovas, self.wrong])
        self.looked = 0

    def untold(self, what, data):
        self.looked += 1
        self.assertEqual(self.finder.in_bytes(data if isinstance(data, bytes) else data.encode('utf-8', 'surrogateescape')), [], what)

    def create(self, name, url, *more):
        """Creates a VM in several ways of telling; what was told has no password in it. The last exit code, and all that was said."""
        said = ''
        for number, how in enumerate((('--dry-run',), ('--output', 'json'), ('-v', '--record', self.host.home / f'{name}.json'))):
            code, more_said = self.host.run(*how, 'vm', 'create', f'{name}{number}', '--ova', url, '--no-power-on', *more,
                                            ESXI_TRANSPORT=('subprocess', 'served')[number % 2])
            said += more_said
            self.untold(f'{name}, said', more_said)
        for path, data in self.host.files():
            self.untold(str(path), data)
        return code, said

    def test_the_right_ones(self):
        code, said = self.create('good', self.server.url('/good/a.ova'))
        self.assertEqual(code, 0, said)
        self.assertIn('http://<redacted>@127.0.0.1', said)
        self.assertGreater(len(self.server.requests), 0)
        # On the host neither, in the notes of what was imported.
        code, said = self.host.run('--output', 'json', 'vm', 'show', 'good1')
        self.assertEqual(code, 0, said)
        self.assertIn('Imported by esxi from a.ova', said)
        self.untold('vm show', said)
        # And in the files of a run: a tape, the state.
        self.assertIn(b'<redacted>@', (self.host.home / 'good.json').read_bytes())
        self.assertGreater(self.looked, 5)

    def test_what_fails(self):
        for path, password in (('/good/a.ova', self.wrong), ('/gone.ova', None), ('/redirect.ova', None), ('/forbidden.ova', None),
                               ('/broken.ova', None), ('/reset.ova', None), ('/gone.ova?token=' + 'x' * 500, None)):
            with self.subTest(path=path, password=password is not None):
                code, said = self.create('bad', self.server.url(path, password))
                self.assertNotEqual(code, 0)
                self.assertIn('error (', said)

    def test_what_is_no_url_as_it_should_be(self):
        for url in (f'http://ovauser:{self.ovas}@127.0.0.1:1/a.ova', f'http://ovauser:{self.ovas}@[::1/a.ova', f'ftp://ovauser:{self.ovas}@h/a.ova',
                    f'http://ovauser:{self.ovas}@', f'/nowhere/http://ovauser:{self.ovas}@h/a.ova'):
            with self.subTest(url.replace(self.ovas, '...')):
                code, said = self.create('odd', url)
                self.assertNotEqual(code, 0)
                self.assertIn('error (', said)

    def test_each_spelling_of_the_password_in_an_argument(self):
        # The library knows spellings by its own code; these are others'. In hex nothing is promised.
        spellings = [raw.decode('utf-8', 'surrogateescape') for raw, name in spelling.spellings(self.own).items() if name != 'in hex']
        self.assertGreater(len(spellings), 40)
        code, said = self.create('spelled', self.host.home / 'appliance.ova', '--annotation', ' | '.join(spellings))
        self.assertEqual(code, 0, said)
        self.assertIn('<redacted> | <redacted>', said)


if __name__ == '__main__':
    unittest.main()
