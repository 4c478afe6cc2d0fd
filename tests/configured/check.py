# SPDX-License-Identifier: Apache-2.0
"""Prints what a configured tool costs, and checks that what it was not configured with is not in it: check.py BUILD PROGRAM...

The headers are those that the build's own compilation included, the size is that of the stripped program. The programs are named in the
order of their size.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

build, programs = pathlib.Path(sys.argv[1]), sys.argv[2:]
PROCESS = re.compile(r'/boost/(process|asio)[./]|esxi/transport/subprocess\.hpp')


def headers(program: str) -> list[str]:
    objects = f'examples/CMakeFiles/example_{program}.dir/configured.cpp.o'
    said = subprocess.run(['ninja', '-C', build, '-t', 'deps', objects], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [line.strip() for line in said.splitlines() if line.startswith('    ')]
    if not any('esxi/esxi.hpp' in path for path in found):
        sys.exit(f'ninja knows nothing of what {objects} includes:\n{said}')
    return found


def stripped(program: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / program
        subprocess.run(['strip', '-o', copy, build / 'examples' / program], check=True)
        return copy.read_bytes()


wrong, sizes = [], []
print(f'{"program":<16}{"headers":>8}{"of Process and Asio":>21}{"size":>12}  operations')
for program in programs:
    included, content = headers(program), stripped(program)
    process = sum(1 for path in included if PROCESS.search(path))
    asked = subprocess.run([build / 'examples' / program, 'nonsense'], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={'ESXI_TAPE': str(pathlib.Path(__file__).resolve().parents[2] / 'examples/tapes/host-facts.json'), 'ESXI_GOVC': '/bin/true'})
    operations = asked.stderr.partition('built for:')[2].split()
    print(f'{program:<16}{len(included):>8}{process:>21}{len(content):>12}  {" ".join(operations)}')
    sizes.append(len(content))
    if asked.returncode != 2 or not operations:
        wrong.append(f'{program}: does not say what it was built for: {asked.returncode} {asked.stderr}')
    if (process > 0) == ('on_tape' in program):
        wrong.append(f'{program}: includes {process} headers of what runs a process')
    if (b'import.ova' in content) != ('create_vm' in operations) or (b'snapshot.remove' in content) != ('delete_snapshot' in operations):
        wrong.append(f'{program}: what is in it is not what it was built for')
if sorted(set(sizes)) != sizes:
    wrong.append('the sizes do not grow')
sys.exit('\n'.join(wrong) or 0)
