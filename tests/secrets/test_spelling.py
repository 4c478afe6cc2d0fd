# SPDX-License-Identifier: Apache-2.0
"""The scan finds what it is to find: a password in each spelling, written out by hand, in each place where it looks."""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import scan
import spelling

SECRET = 'p@s "w\' <$x>\\n/%41&é+'

# As other programs wrote it down.
WRITTEN = {
    'plain': SECRET,
    'URL-encoded': 'p%40s%20%22w%27%20%3C%24x%3E%5Cn%2F%2541%26%C3%A9%2B',
    'URL-encoded, lower case': 'p%40s%20%22w%27%20%3c%24x%3e%5cn%2f%2541%26%c3%a9%2b',
    'URL-encoded as a query': 'p%40s+%22w%27+%3C%24x%3E%5Cn%2F%2541%26%C3%A9%2B',
    'URL-encoded by Go, as user information': 'p%40s%20%22w%27%20%3C$x%3E%5Cn%2F%2541&%C3%A9+',
    'URL-encoded twice': 'p%2540s%2520%2522w%2527%2520%253C%2524x%253E%255Cn%252F%252541%2526%25C3%25A9%252B',
    'JSON-escaped': 'p@s \\"w\' <$x>\\\\n/%41&\\u00e9+',
    'JSON-escaped, UTF-8': 'p@s \\"w\' <$x>\\\\n/%41&é+',
    'JSON-escaped by Go': 'p@s \\"w\' \\u003c$x\\u003e\\\\n/%41\\u0026é+',
    'JSON-escaped, the slash too': 'p@s \\"w\' <$x>\\\\n\\/%41&é+',
    'JSON in JSON': 'p@s \\\\\\"w\' <$x>\\\\\\\\n/%41&é+',
    'XML-escaped': 'p@s "w\' &lt;$x&gt;\\n/%41&amp;é+',
    'XML-escaped, an attribute': 'p@s &quot;w&apos; &lt;$x&gt;\\n/%41&amp;é+',
    'XML-escaped by Go': 'p@s &#34;w&#39; &lt;$x&gt;\\n/%41&amp;é+',
    'quoted by Python': 'p@s "w\\\' <$x>\\\\n/%41&é+',
    'base64': 'cEBzICJ3JyA8JHg+XG4vJTQxJsOpKw==',
    'base64 without padding': 'cEBzICJ3JyA8JHg+XG4vJTQxJsOpKw',
    'base64 of URLs': 'cEBzICJ3JyA8JHg-XG4vJTQxJsOpKw',
    'base64 in a URL': 'cEBzICJ3JyA8JHg%2BXG4vJTQxJsOpKw%3D%3D',
    'Authorization: Basic': 'cm9vdDpwQHMgIncnIDwkeD5cbi8lNDEmw6kr',
    'hex': '7040732022772720 3c24783e5c6e2f25343126c3a92b'.replace(' ', ''),
}


class Spelling(unittest.TestCase):

    def test_each_that_was_written_by_hand(self):
        finder = spelling.Finder([SECRET])
        for name, text in WRITTEN.items():
            with self.subTest(name):
                self.assertTrue(finder.in_bytes(f'before {text} after'.encode()))
                self.assertFalse(finder.in_bytes(f'before {text[:6]} after'.encode()))

    def test_inside_base64_of_anything(self):
        finder = spelling.Finder([SECRET])
        for before in range(7):
            for after in range(4):
                data = base64.b64encode(b'\xff' * before + SECRET.encode() + b'\0' * after)
                with self.subTest(before=before, after=after):
                    self.assertTrue(finder.in_bytes(data))
                    self.assertTrue(finder.in_bytes(data.translate(bytes.maketrans(b'+/', b'-_')).rstrip(b'=')))

    def test_nothing_where_there_is_nothing(self):
        finder = spelling.Finder([SECRET, 'short'])
        self.assertEqual(finder.secrets, [SECRET])
        self.assertFalse(finder.in_bytes(b''))
        self.assertFalse(finder.in_bytes(b'short and <redacted>, p@s and the like ' * 1000))
        self.assertGreater(len(finder.spellings), 40)


class Scan(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.produced, self.logs = self.top / 'produced', self.top / 'logs'
        self.logs.mkdir()
        scan.begin(self.produced)

    def end(self):
        run = subprocess.run([sys.executable, scan.__file__, 'end', self.produced, self.logs], capture_output=True, text=True, check=False,
                             env={**os.environ, 'TMPDIR': str(self.top)})
        return run.returncode, run.stdout + run.stderr

    def keep(self, text, secret=SECRET):
        (self.produced / 'secrets.hex').write_text(secret.encode().hex() + '\n')
        (self.produced / '123').write_text('==== somewhere\n' + text + '\n')

    def test_nothing_at_all(self):
        code, said = self.end()
        self.assertNotEqual(code, 0)
        self.assertIn('nothing was looked at', said)

    def test_no_password_or_no_output(self):
        self.keep('all is well')
        (self.produced / 'secrets.hex').unlink()
        self.assertNotEqual(self.end()[0], 0)
        self.keep('all is well')
        (self.produced / '123').unlink()
        self.assertNotEqual(self.end()[0], 0)

    def test_all_is_well(self):
        self.keep('all is well')
        code, said = self.end()
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r'\d+ passwords in \d+ spellings: \d+ files, \d+ bytes, 0 problems')

    def test_told_in_each_spelling(self):
        finder = spelling.Finder([SECRET])
        for name, text in WRITTEN.items():
            with self.subTest(name):
                self.keep('it is ' + text)
                problems, count, size = scan.scan([self.produced / '123'], finder)
                self.assertTrue(problems)
                self.assertIn('==== somewhere: a password', problems[0])
                self.assertNotIn(SECRET, ''.join(problems))
                self.assertEqual((count, size), (1, (self.produced / '123').stat().st_size))
        code, said = self.end()
        self.assertNotEqual(code, 0)
        self.assertNotIn(SECRET, said)

    def test_told_elsewhere(self):
        self.keep('all is well')
        home = self.top / f'esxi-{os.geteuid()}-abcdef' / '1' / 'sessions'
        home.mkdir(parents=True)
        for path in (self.logs / 'LastTest.log.tmp', home / 'session'):
            path.write_text('it is ' + SECRET)
            code, said = self.end()
            self.assertNotEqual(code, 0)
            self.assertIn(str(path), said)
            path.unlink()
        # What tests without a host use needs no entry.
        self.keep('it is hunter22')
        self.assertNotEqual(self.end()[0], 0)

    def test_what_cannot_be_read_is_said(self):
        problems, count, _ = scan.scan([self.top, self.top / 'gone'], spelling.Finder([SECRET]))  # a folder is no file to read
        self.assertEqual(count, 0)
        self.assertEqual(problems, [f'{self.top}: not looked at: Is a directory'])

    def test_what_an_older_run_left_is_gone(self):
        self.keep(SECRET)
        scan.begin(self.produced)
        self.assertEqual(list(self.produced.iterdir()), [])


if __name__ == '__main__':
    unittest.main()
