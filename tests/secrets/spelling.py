# SPDX-License-Identifier: Apache-2.0
"""How a secret can be written: not by the library's own code, which is what is tested."""
import base64
import html
import json
import re
import urllib.parse

# Too short to be told from other text: the library does not promise anything of such a one but that it is not recorded.
SHORTEST = 6
# Who logs in with it: the two stand together in an Authorization header.
USERS = ('root', 'user', 'ovauser')


def _quotings(text):
    """URL-encoded: all of it, and as Go and others do, which leave some characters as they are."""
    for safe in ('', '/', "!*'()", "$&+,;=", "!$&'()*+,;=:@/?", '-_.~'):
        once = urllib.parse.quote(text, safe=safe)
        yield once
        yield re.sub('%..', lambda code: code[0].lower(), once)
    yield urllib.parse.quote_plus(text)


def _json(text):
    """JSON-escaped, by Python, and by Go, which also escapes what HTML would read; with the slash as PHP and Boost have it."""
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield once.replace('/', '\\/')
        yield once.replace('<', '\\u003c').replace('>', '\\u003e').replace('&', '\\u0026')


def _xml(text):
    yield text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    yield html.escape(text)
    yield html.escape(text).replace('&#x27;', '&apos;')
    # Go's encoding/xml.
    yield html.escape(text).replace('&quot;', '&#34;').replace('&#x27;', '&#39;').replace('\n', '&#xA;').replace('\t', '&#x9;')
    yield html.escape(text).encode('ascii', 'xmlcharrefreplace').decode()
    yield ''.join(f'&#{ord(c)};' for c in text)


def _base64(raw):
    """Inside anything: what is the same whatever stands before and after it. And whole, with and without padding."""
    for before in range(3):
        text = base64.b64encode(b'\0' * before + raw).decode()
        begin = -(-before * 8 // 6)
        end = (before + len(raw)) * 8 // 6
        if end - begin >= SHORTEST:
            yield text[begin:end]
    yield base64.b64encode(raw).decode()


def spellings(secret):
    """All of them, as bytes, by what they are called."""
    found = {}

    def add(name, texts):
        for text in texts:
            raw = text if isinstance(text, bytes) else text.encode('utf-8', 'surrogateescape')
            if len(raw) >= SHORTEST:
                found.setdefault(raw, name)

    raw = secret.encode('utf-8', 'surrogateescape')
    add('plain', [raw])
    add('URL-encoded', _quotings(secret))
    add('URL-encoded twice', [again for once in _quotings(secret) for again in _quotings(once)])
    add('JSON-escaped', _json(secret))
    add('JSON-escaped twice', [again for once in _json(secret) for again in _json(once)])
    add('XML-escaped', _xml(secret))
    add('quoted by Python', [repr(secret)[1:-1]])
    for whole, name in ((raw, 'base64'), *((user.encode() + b':' + raw, f'base64 of {user}:password') for user in USERS)):
        for text in _base64(whole):
            in_urls = text.translate(str.maketrans('+/', '-_'))
            add(name, [text, text.rstrip('=')])
            add(name + ', as in URLs', [in_urls, in_urls.rstrip('=')])
            add(name + ', URL-encoded', [urllib.parse.quote(text, safe='')])
    add('in hex', [raw.hex(), raw.hex().upper()])
    return found


class Finder:
    """Finds any of some secrets, in any spelling."""

    def __init__(self, secrets):
        self.secrets = sorted({secret for secret in secrets if len(secret.encode('utf-8', 'surrogateescape')) >= SHORTEST})
        self.spellings = {}
        for secret in self.secrets:
            for raw, name in spellings(secret).items():
                self.spellings.setdefault(raw, name)

    def in_bytes(self, data):
        """What was found: (offset, what it is called), none where all is well."""
        found = []
        for raw, name in self.spellings.items():
            at = data.find(raw)
            if at >= 0:
                found.append((at, name))
        return sorted(found)
