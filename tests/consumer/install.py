# SPDX-License-Identifier: Apache-2.0
"""Installs the library and moves it to where it is used from then on. No file of it may tell where it was built or first
installed, and the programs of the consumers include all its headers."""
import argparse
import pathlib
import shutil
import subprocess
import sys

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('--cmake', required=True)
parser.add_argument('--build', required=True, type=pathlib.Path, help='the build to install')
parser.add_argument('--source', required=True, type=pathlib.Path, help='its sources')
parser.add_argument('--prefix', required=True, type=pathlib.Path, help='where to have it in the end')
arguments = parser.parse_args()

first = arguments.prefix.with_name('first')
for folder in (first, arguments.prefix):
    shutil.rmtree(folder, ignore_errors=True)
subprocess.run([arguments.cmake, '--install', arguments.build, '--prefix', first, '--component', 'library'], check=True, stdout=subprocess.DEVNULL)
first.rename(arguments.prefix)

installed = [path for path in arguments.prefix.rglob('*') if path.is_file()]
traces = [str(folder).encode() for folder in (arguments.source, arguments.build, first)]
told = [f'{path}: tells {trace.decode()}' for path in installed for trace in traces if trace in path.read_bytes()]
headers = {path.relative_to(arguments.source / 'include') for path in (arguments.source / 'include').rglob('*.hpp')}
missing = headers - {path.relative_to(arguments.prefix / 'include') for path in installed if path.suffix == '.hpp'}
told += [f'{path}: not installed' for path in sorted(missing)]
everything = (pathlib.Path(__file__).parent / 'programs' / 'everything.hpp').read_text()
told += [f'everything.hpp: does not include {path}' for path in sorted(headers)
         if f'#include <{path}>' not in everything and 'detail' not in path.parts and 'cloudify' not in path.name and path.name != 'src.hpp']
print(f'{len(installed)} files, {len(headers)} headers')
sys.exit('\n'.join(told) or 0)
