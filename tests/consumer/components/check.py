# SPDX-License-Identifier: Apache-2.0
"""What CMake says of components that there are not, or that lack what they need; and that nothing is looked for that was not asked for."""
import argparse
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('--cmake', required=True)
parser.add_argument('--prefix', required=True, help='where the library is installed')
parser.add_argument('--source', required=True, help='where its sources are')
parser.add_argument('--work', required=True, type=pathlib.Path, help='a folder to work in')
parser.add_argument('options', nargs='*', help="further arguments of CMake's, after --")
arguments = parser.parse_args()

old_boost = arguments.work / 'old'
shutil.rmtree(arguments.work, ignore_errors=True)
(old_boost / 'boost').mkdir(parents=True)
(old_boost / 'boost' / 'version.hpp').write_text('#define BOOST_LIB_VERSION "1_74"\n')

ALL = 'esxi, json, json_source, subprocess, cloudify'
WITHOUT = '-DCMAKE_DISABLE_FIND_PACKAGE_{}=TRUE'.format
INSTALLED = f'-DCMAKE_PREFIX_PATH={arguments.prefix}'
SOURCES = f'-DESXI_SOURCE_DIR={arguments.source}'
# What is asked for and how; whether it is there; what is said.
CASES = (
    ('REQUIRED', (INSTALLED,), True, ('esxi_FOUND is 1', 'esxi::json;Threads::Threads;esxi::subprocess')),
    ('REQUIRED COMPONENTS esxi json_source', (INSTALLED, WITHOUT('Threads')), True, ('esxi::esxi;esxi::json_source',)),
    ('REQUIRED COMPONENTS nonsense json', (INSTALLED,), False, (f'component nonsense: there is no such component; they are {ALL}',)),
    ('COMPONENTS nonsense', (INSTALLED,), True, ('esxi_FOUND is 0',)),
    ('REQUIRED OPTIONAL_COMPONENTS nonsense', (INSTALLED,), True, ('esxi::nonsense is not there', 'esxi_FOUND is 1')),
    ('REQUIRED COMPONENTS subprocess', (INSTALLED, WITHOUT('Threads')), False, ('component subprocess: no threads were found',)),
    ('REQUIRED', (INSTALLED, WITHOUT('Threads')), True, ('esxi::subprocess is not there: no threads were found', 'esxi_FOUND is 1')),
    ('REQUIRED COMPONENTS cloudify', (INSTALLED, WITHOUT('Python')), False, ("component cloudify: Python's headers were not found",)),
    ('REQUIRED COMPONENTS cloudify', (INSTALLED, WITHOUT('pybind11')), False, ('component cloudify: pybind11 3 was not found',)),
    ('REQUIRED COMPONENTS json', (INSTALLED, WITHOUT('Boost')), False, ("component json: Boost.JSON's library was not found",)),
    ('REQUIRED', (INSTALLED, WITHOUT('Boost'), f'-DESXI_BOOST_INCLUDE_DIR={old_boost}'), False, ('Boost 1.81 or newer is needed, and this is 1.74',)),
    ('0.2 REQUIRED', (INSTALLED,), False, ('compatible with requested version "0.2"',)),
    ('json', (SOURCES, WITHOUT('Threads')), True, ()),
    ('nonsense', (SOURCES,), False, (f'component nonsense: there is no such component; they are {ALL}',)),
    ('subprocess', (SOURCES, WITHOUT('Threads')), False, ('component subprocess: no threads were found',)),
    ('', (SOURCES, WITHOUT('Threads')), True, ('esxi::subprocess is not there: no threads were found',)),
    ('', (SOURCES, WITHOUT('Boost'), f'-DESXI_BOOST_INCLUDE_DIR={old_boost}'), False, ('Boost 1.81 or newer is needed, and this is 1.74',)),
)

wrong = []
for number, (ask, options, there, sayings) in enumerate(CASES):
    build = arguments.work / str(number)
    argv = [arguments.cmake, '-S', HERE, '-B', build, *arguments.options, *options, '-DASK=' + ask.replace(' ', ';')]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    said = ' '.join(done.stdout.split())  # CMake breaks lines where it likes
    name = f'`{ask}` with {" ".join(options)}'
    if (done.returncode == 0) != there:
        wrong.append(f'{name}: exit {done.returncode}\n{done.stdout}')
    wrong += [f'{name}: does not say `{text}`\n{done.stdout}' for text in sayings if text not in said]
    if 'pybind11' in said and 'cloudify' not in ask:
        wrong.append(f'{name}: speaks of pybind11\n{done.stdout}')
print(f'{len(CASES)} ways to ask')
sys.exit('\n'.join(wrong) or 0)
