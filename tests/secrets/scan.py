# SPDX-License-Identifier: Apache-2.0
"""Looks for every password of the tests, in every spelling, in all that the tests produced.

    scan.py begin FOLDER               empties the folder, before any test
    scan.py end FOLDER LOGS            looks through it, the logs of ctest, and private directories that were left behind

Tests put there what programs printed, what the library logged and threw, and the files of their directories (state, tapes, sessions), and
in secrets.hex the passwords that they used. A folder without either fails: nothing was looked at.
"""
import os
import pathlib
import shutil
import stat
import sys
import tempfile

import spelling

# What tests without a host use, but for what is made of ordinary words.
ALWAYS = ('s3cret!', 's3cret-of-the-sweep!', 'hunter22', 'hunter23', 'correct horse', 'correct horse battery', 'licence-key', 'tr0ub4dor',
          'a-p4ssw0rd-of-more-than-fifteen-characters+&/', 'p@ss "w\' $x', 'p@ss "w\' $x\\n%41&\u00e9', 'p@ss word')


def begin(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def secrets_in(file):
    return {bytes.fromhex(line).decode('utf-8', 'surrogateescape') for line in file.read_text().split()} if file.exists() else set()


def left_behind():
    """The files of private directories of this user that no transport has any more, or has not removed yet."""
    for parent in {os.environ.get('XDG_RUNTIME_DIR'), os.environ.get('TMPDIR'), '/tmp', tempfile.gettempdir()} - {None, ''}:
        for directory in pathlib.Path(parent).glob(f'esxi-{os.geteuid()}-*'):
            yield from regular_files(directory)


def regular_files(folder):
    def report(failed):
        if not isinstance(failed, FileNotFoundError):
            raise failed

    for parent, _, names in os.walk(folder, onerror=report):
        for name in names:
            path = pathlib.Path(parent) / name
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except FileNotFoundError:
                pass


def where(data, at):
    """The heading under which it stands, and its line without what was found."""
    heading = data.rfind(b'==== ', 0, at)
    return data[heading:data.find(b'\n', heading)].decode(errors='replace') if heading >= 0 else f'byte {at}'


def scan(files, finder):
    """Problems, and how many files and bytes were looked at. A file that is there and cannot be read is a problem too."""
    problems, count, size = [], 0, 0
    for path in files:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # of a directory that went in the meantime
        except OSError as failed:
            problems.append(f'{path}: not looked at: {failed.strerror}')
            continue
        count, size = count + 1, size + len(data)
        problems += [f'{path}: {where(data, at)}: a password, {name}' for at, name in finder.in_bytes(data)]
    return problems, count, size


def end(folder, logs):
    secrets = secrets_in(folder / 'secrets.hex')
    finder = spelling.Finder(secrets | set(ALWAYS))
    produced = [path for path in regular_files(folder) if path.name != 'secrets.hex']
    # That of this run; the last one's is there until it has ended.
    log = next((logs / name for name in ('LastTest.log.tmp', 'LastTest.log') if (logs / name).exists()), None)
    problems, count, size = scan([*produced, *([log] if log else []), *left_behind()], finder)
    print(*problems, sep='\n')
    print(f'{len(finder.secrets)} passwords in {len(finder.spellings)} spellings: {count} files, {size} bytes, {len(problems)} problems')
    if not secrets or not produced or not size:
        sys.exit('nothing was looked at: no test kept what it produced')
    if problems:
        sys.exit('a password was told, or it cannot be known')


def main():
    command, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == 'begin':
        begin(folder)
    elif command == 'end':
        end(folder, pathlib.Path(sys.argv[3]))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
