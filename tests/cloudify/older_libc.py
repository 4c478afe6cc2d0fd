#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Python on the C library of Debian 11, glibc 2.31, for this machine and, in an emulator, for the other one. Nothing is installed: all is
in one folder, which `older_libc.py FOLDER` fills.

The library and the emulator are packages of Debian. The Python is built for any glibc since 2.17; a Go module brings it, for programs in Go that
run Python. This machine's own Python needs this machine's C library.
"""
import gzip
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GLIBC = '2.31'
MODULE = 'github.com/kluctl/go-embed-python@v0.0.0-3.11.11-20241219-1'
SUM = 'h1:yVXFTxa6cvhLC6TwkDEHmNaiWlDyaFEGiXd1DQdoeOU='
# As Debian and Go call the machines.
MACHINES = {'x86_64': 'amd64', 'aarch64': 'arm64'}
OTHER, = set(MACHINES) - {platform.machine()}


def command(home, machine):
    """What starts that Python."""
    libraries, = home.glob(f'{machine}/libc/lib/*-linux-gnu')
    loader, = libraries.glob('ld-linux-*')
    emulator = [] if machine == platform.machine() else [home / 'emulator']
    return [str(part) for part in (*emulator, loader, '--library-path', libraries, home / machine / 'python' / 'bin' / 'python3.11')]


def environment(paths):
    """For that Python, which finds modules in these folders."""
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(str(path) for path in paths), 'PYTHONDONTWRITEBYTECODE': '1'}


def run(*argv, **options):
    done = subprocess.run([str(argument) for argument in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f'{done.stdout}{done.stderr}\n{" ".join(str(argument) for argument in argv)}: exit {done.returncode}')
    return done.stdout


def fetch_from_debian(home):
    """With lists of apt's own in a folder that goes: those of this machine have neither that release nor that architecture."""
    release = platform.freedesktop_os_release()['VERSION_CODENAME']
    archive = run('apt-get', 'indextargets', '--format', '$(REPO_URI)', f'Codename: {release}', 'Created-By: Packages').split()[0]
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        scratch.chmod(0o755)  # apt downloads as a user of its own
        for name in ('state/lists/partial', 'cache/archives/partial', 'packages'):
            (scratch / name).mkdir(parents=True)
        (scratch / 'status').touch()
        signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
        (scratch / 'sources.list').write_text(f'deb {signed} {archive} bullseye main\ndeb {signed} {archive} {release} main\n')
        apt = ['apt-get', '-q', '-o', f'Dir::State={scratch}/state', '-o', f'Dir::State::status={scratch}/status', '-o', f'Dir::Cache={scratch}/cache',
               '-o', f'Dir::Etc::sourcelist={scratch}/sources.list', '-o', 'Dir::Etc::sourceparts=-', '-o', 'Acquire::Languages=none',
               '-o', 'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false', '-o', f'APT::Architectures::={MACHINES[OTHER]}']
        run(*apt, 'update')
        wanted = {f'qemu-user-static:{MACHINES[platform.machine()]}/{release}': scratch / 'emulators'}
        wanted |= {f'{package}:{name}/bullseye': home / machine / 'libc' for machine, name in MACHINES.items() for package in ('libc6', 'libgcc-s1')}
        for package, to in wanted.items():
            run(*apt, 'download', package, cwd=scratch / 'packages')
            fetched, = (scratch / 'packages').iterdir()
            to.mkdir(parents=True, exist_ok=True)
            run('dpkg-deb', '--extract', fetched, to)
            fetched.unlink()
        shutil.copy(scratch / 'emulators' / 'usr' / 'bin' / f'qemu-{OTHER}-static', home / 'emulator')


def fetch_python(home):
    """As the module's own code unpacks it: files.json has all names, and what is large is compressed."""
    go = shutil.which('go', path=os.pathsep.join([os.environ['PATH'], '/usr/local/go/bin',
                                                  *map(str, ROOT.glob('build/go/lib/python3*/site-packages/go/bin'))]))
    if go is None:
        sys.exit('there is no Go here; `cmake -P cmake/go.cmake` installs one')
    module = json.loads(run(go, 'mod', 'download', '-json', MODULE, cwd='/',
                            env={**os.environ, 'GOFLAGS': '', 'GONOSUMDB': '*', 'GOTOOLCHAIN': 'local'}))
    if module['Sum'] != SUM:
        sys.exit(f'{MODULE} is not what it was: its sum is {module["Sum"]}')
    for machine, name in MACHINES.items():
        packed, to = pathlib.Path(module['Dir']) / 'python' / 'internal' / 'data' / f'linux-{name}', home / machine / 'python'
        for entry in json.loads((packed / 'files.json').read_text())['files']:
            path, mode = to / entry['name'], entry['perm']  # Go's FileMode: the highest bit says folder
            if mode & 1 << 31:
                path.mkdir(parents=True, exist_ok=True)
            elif 'symlink' in entry:
                path.symlink_to(entry['symlink'])
            else:
                compressed = entry.get('compressed', False)
                content = (packed / (entry['name'] + '.gz' * compressed)).read_bytes()
                path.write_bytes(gzip.decompress(content) if compressed else content)
                path.chmod(mode & 0o777)


def main():
    home = pathlib.Path(sys.argv[1]).resolve()
    stamp, wished = home / 'stamp', f'{GLIBC} {SUM}'
    if stamp.exists() and stamp.read_text() == wished:
        return
    print(f'== fetching a Python and Debian 11\'s C library for the tests into {home}', file=sys.stderr, flush=True)
    shutil.rmtree(home, ignore_errors=True)
    fetch_from_debian(home)
    fetch_python(home)
    stamp.write_text(wished)


if __name__ == '__main__':
    main()
