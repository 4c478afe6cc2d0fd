# SPDX-License-Identifier: Apache-2.0
"""What tests in Python produced is kept for tests/secrets/scan.py, which looks for their passwords in it: where ESXI_PRODUCED_DIR says so.
support/produced.hpp does it for those in C++."""
import os


def keep_produced(what, text):
    """Keeps a text, under a title."""
    folder = os.environ.get('ESXI_PRODUCED_DIR')
    if folder and text:
        with open(f'{folder}/{os.getpid()}', 'a', encoding='utf-8', errors='surrogateescape') as file:
            file.write(f'==== {what}\n{text}\n')


def keep_secret(secret):
    """Tells the scan what must not stand there."""
    folder = os.environ.get('ESXI_PRODUCED_DIR')
    if folder:
        with open(f'{folder}/secrets.hex', 'a', encoding='ascii') as file:
            file.write(secret.encode().hex() + '\n')
