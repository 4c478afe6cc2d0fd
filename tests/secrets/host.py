# SPDX-License-Identifier: Apache-2.0
"""What the live tests of secrets share: esxi-sim, the tool, a server of OVAs that wants a password, and what is kept for the scan.

ESXI_BIN_DIR says where the programs are.
"""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests' / 'support'))

from produced import keep_produced, keep_secret  # noqa: E402

BIN = pathlib.Path(os.environ.get('ESXI_BIN_DIR', ROOT / 'build' / 'bin')).resolve()


class Host:
    """A simulated host, and the tool on it, with a home of its own."""

    def __init__(self, password, *options):
        keep_secret(password)
        self.password = password
        self._folder = tempfile.TemporaryDirectory(prefix='esxi-secrets-')
        self.home = pathlib.Path(self._folder.name)
        self.process = subprocess.Popen(
            [BIN / 'esxi-sim', '--listen', '127.0.0.1:0', '--user', 'root', *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={'PATH': os.environ['PATH'], 'ESXI_SIM_PASSWORD': password, 'TMPDIR': str(self.home)})
        self.ready = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)
        self._folder.cleanup()

    @property
    def environment(self):
        return {'PATH': os.environ['PATH'], 'HOME': str(self.home), 'TMPDIR': str(self.home), 'ESXI_HOST': self.ready['host'],
                'ESXI_PASSWORD': self.password}

    def command(self, *arguments):
        return [str(BIN / 'esxi'), '--ca-bundle', self.ready['ca_file'], *map(str, arguments)]

    def start(self, *arguments, **environment):
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                errors='surrogateescape', env={**self.environment, **environment})

    def run(self, *arguments, **environment):
        """(exit code, all it said)"""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=300)
        keep_produced('esxi ' + ' '.join(arguments[:2]), out + err)
        return process.returncode, out + err

    def files(self):
        """All regular files of the home, which is also where temporary ones are: (path, content)."""
        for path in sorted(self.home.rglob('*')):
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()

    def make_ova(self, name='appliance.ova'):
        path = self.home / name
        subprocess.run([ROOT / 'examples' / 'demo' / 'make-ova', path, 'disk_kb=1024'], check=True, capture_output=True)
        return path


class OvaServer:
    """Serves OVAs to whom has the password: http://USER:PASSWORD@127.0.0.1:PORT/..."""

    def __init__(self, ova, user, password):
        self.user, self.password = user, password
        wanted = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()
        server = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.0'

            def do_HEAD(self):
                self.answer(body=False)

            def do_GET(self):
                self.answer(body=True)

            def answer(self, body):
                server.requests.append(self.path)
                path = urllib.parse.urlsplit(self.path).path
                authorized = self.headers.get('Authorization') == wanted
                if path.startswith('/redirect'):
                    self.send_response(302)
                    self.send_header('Location', server.url('/gone.ova'))
                    self.end_headers()
                elif path.startswith('/broken'):
                    self.send_response(200)
                    self.send_header('Content-Length', str(1 << 20))
                    self.end_headers()
                    self.wfile.write(b'no tar ' + server.url('/x').encode() + b'\n' * 1000)
                elif path.startswith('/reset'):
                    self.connection.close()
                elif not authorized or path.startswith('/forbidden'):
                    self.send_error(401, 'no entry for ' + str(self.headers.get('Authorization')))
                elif path.startswith('/good'):
                    data = pathlib.Path(ova).read_bytes()
                    self.send_response(200)
                    self.send_header('Content-Length', str(len(data)))
                    self.end_headers()
                    if body:
                        self.wfile.write(data)
                else:
                    self.send_error(404, 'there is nothing at ' + server.url(path))

            def log_message(self, *_):
                pass

            def handle(self):
                with contextlib.suppress(OSError, ValueError):
                    super().handle()

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def url(self, path, password=None):
        """With the credentials in it, encoded as they must be."""
        def quoted(text):
            return urllib.parse.quote(text, safe='')
        return f'http://{quoted(self.user)}:{quoted(password or self.password)}@127.0.0.1:{self._server.server_port}{path}'
