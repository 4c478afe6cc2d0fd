# SPDX-License-Identifier: Apache-2.0
"""A web server of OVAs, with faults. usage: ova_server.py DIRECTORY [CERTIFICATE KEY]; prints its port. DIRECTORY/requests has a line
for each request: its path, its range, how many bytes of the body it was sent, and which of Cookie, Authorization and Referer it had.
Paths: /HOW/FILE, where HOW is a list of these, with commas between: plain (no ranges), slow (400 kB/s), break (after 100 kB), gzip,
away (redirects to the URL in the query), 404."""
import gzip
import hashlib
import http.server
import os
import ssl
import sys
import threading
import time
import urllib.parse

directory = sys.argv[1]
said = threading.Lock()
requests = open(os.path.join(directory, 'requests'), 'w', buffering=1, encoding='ascii')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.sent = 0
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError):
            pass
        came_with = [name for name in ('Cookie', 'Authorization', 'Referer') if self.headers.get(name)]
        with said:
            print(urllib.parse.urlsplit(self.path).path, self.headers.get('Range', '-'), self.sent, *came_with, file=requests)

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        _, how, name = url.path.split('/', 2)
        how = how.split(',')
        path = os.path.join(directory, os.path.basename(name))
        if '404' in how or not os.path.exists(path):
            return self.head(404, 0)
        if 'away' in how:
            return self.head(302, 0, Location=urllib.parse.unquote(url.query))
        with open(path, 'rb') as file:
            data = file.read()
        etag = '"%s"' % hashlib.sha256(data).hexdigest()[:16]
        if self.headers.get('If-None-Match') == etag:
            return self.head(304, None, ETag=etag)
        begin, end = 0, len(data)
        ranges = self.headers.get('Range')
        if ranges and 'plain' not in how and 'gzip' not in how and self.headers.get('If-Range', etag) == etag:
            first, last = ranges.removeprefix('bytes=').split('-')
            begin, end = int(first), min(len(data), int(last) + 1)
            self.head(206, end - begin, ETag=etag, Content_Range=f'bytes {begin}-{end - 1}/{len(data)}')
        elif 'gzip' in how:
            data = gzip.compress(data)
            end = len(data)
            self.head(200, end, ETag=etag, Content_Encoding='gzip')
        else:
            self.head(200, end, ETag=etag)
        for at in range(begin, end, 20_000):
            piece = data[at:min(end, at + 20_000)]
            self.wfile.write(piece)
            self.sent += len(piece)
            if 'slow' in how:
                time.sleep(0.05)
            if 'break' in how and self.sent >= 100_000:
                self.close_connection = True
                return None
        return None

    def head(self, status, length, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace('_', '-'), value)
        if length is not None:
            self.send_header('Content-Length', str(length))
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(('127.0.0.1', 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
