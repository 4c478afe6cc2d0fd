# SPDX-License-Identifier: Apache-2.0
"""While operations run, the arguments and the environment of every process of the machine are looked at, and the files of theirs."""
import os
import pathlib
import secrets
import threading
import unittest

import spelling
from host import Host, OvaServer, keep_produced, keep_secret

# Who may have the host's password in its environment: the simulator; govc; the tool, until it has read it.
MAY_HAVE_IT = {'esxi-sim', 'govc', 'esxi'}
# Who may have the credentials of an OVA among its arguments: the tool, where the caller put them, and govc, which has no other way but
# as a server.
MAY_HAVE_OVAS = {'subprocess': {'govc', 'esxi'}, 'served': {'esxi'}}


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b''  # it has ended


def program(process):
    try:
        return os.path.basename(os.readlink(process / 'exe')).removesuffix(' (deleted)')
    except OSError:
        return ''


def parent(process):
    fields = read(process / 'stat').rpartition(b') ')[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


class Watcher(threading.Thread):
    """Looks at all processes again and again."""

    def __init__(self, host, own, ovas, may_have_ovas):
        super().__init__(daemon=True)
        self.may_have_ovas = may_have_ovas
        self.host, self.own, self.ovas = host, spelling.Finder([own]), spelling.Finder([ovas])
        self.over = threading.Event()
        self.rounds = self.processes = self.files = 0
        self.found, self.holders, self.of_govc, self.after_govc = set(), set(), 0, 0

    def run(self):
        while not self.over.is_set():
            self.rounds += 1
            for process in pathlib.Path('/proc').iterdir():
                if process.name.isdigit():
                    self.look_at(process)
            for path, data in self.host.files():
                self.files += 1
                for _, name in self.own.in_bytes(data) + self.ovas.in_bytes(data):
                    self.found.add(f'{path}: {name}')

    def look_at(self, process):
        # The program before and after: between fork and exec it has the parent's.
        before, arguments, environment = program(process), read(process / 'cmdline'), read(process / 'environ')
        name = program(process)
        if before != name:
            return
        self.processes += 1
        for _, how in self.own.in_bytes(arguments):
            self.found.add(f'arguments of {name}: the password, {how}')
        if name not in self.may_have_ovas and self.ovas.in_bytes(arguments):
            self.found.add(f'arguments of {name}: the credentials of the OVA')
        if self.ovas.in_bytes(environment):
            self.found.add(f'environment of {name}: the credentials of the OVA')
        if self.own.in_bytes(environment):
            self.holders.add(name)
            if name not in MAY_HAVE_IT:
                self.found.add(f'environment of {name}: the password')
            if name == 'govc':
                self.of_govc += 1
                starter = pathlib.Path('/proc', str(parent(process)))
                if program(starter) == 'esxi':
                    self.after_govc += 1
                    if self.own.in_bytes(read(starter / 'environ')):
                        self.found.add('environment of the tool, after it has read it: the password')


class Running(unittest.TestCase):

    def test_arguments_environments_and_files(self):
        own, ovas = 'own é"/' + secrets.token_hex(6), 'of the ovas &%/' + secrets.token_hex(6)
        keep_secret(ovas)
        slow = [option for method in ('Login', 'Logout', 'PowerOnVM_Task', 'CreateSnapshot_Task', 'upload', 'ImportVApp')
                for option in ('--delay', f'{method}=300')]
        with Host(own, '--vms', '1', *slow) as host, OvaServer(host.make_ova(), 'ovauser', ovas) as server:
            for number, transport in enumerate(('subprocess', 'served')):
                with self.subTest(transport):
                    watcher = Watcher(host, own, ovas, MAY_HAVE_OVAS[transport])
                    self.addCleanup(watcher.over.set)
                    watcher.start()
                    vm = f'web{number}'
                    recorded = ('--record', host.home / f'{vm}.json')
                    ova = server.url('/good/a.ova')
                    for arguments in (('host', 'probe'), ('host', 'facts'), (*recorded, 'vm', 'create', vm, '--ova', ova),
                                      ('snapshot', 'create', vm, 's'), ('snapshot', 'delete', vm, 's'), ('vm', 'stop', vm),
                                      ('vm', 'configure', vm, '--memory-mb', '512'), ('vm', 'start', vm),
                                      # Somebody else's, to this state file: adopted.
                                      ('--state', host.home / f'other{number}.json', 'vm', 'create', vm, '--ova', ova), ('vm', 'delete', vm)):
                        code, said = host.run('-v', *arguments, ESXI_TRANSPORT=transport)
                        self.assertEqual(code, 0, said)
                    # A password that is refused is not told either.
                    code, said = host.run('host', 'probe', ESXI_PASSWORD=own + '!', ESXI_TRANSPORT=transport)
                    self.assertEqual(code, 3, said)
                    watcher.over.set()
                    watcher.join()
                    told = (f'{watcher.rounds} rounds, {watcher.processes} processes, {watcher.files} files; in the environment of '
                            f'{sorted(watcher.holders)}, {watcher.of_govc} times of govc')
                    print(f'{transport}: {told}')
                    keep_produced('what was looked at', told)
                    self.assertEqual(watcher.found, set())
                    # It was looked for where it is.
                    self.assertIn('govc', watcher.holders)
                    self.assertIn('esxi-sim', watcher.holders)
                    self.assertGreater(watcher.after_govc, 0)
                    self.assertGreater(watcher.files, 0)


if __name__ == '__main__':
    unittest.main()
