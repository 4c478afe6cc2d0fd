#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures, side by side, and prints tables. usage: bench/run.py [--quick] [PART...]; parts: see PARTS at the end.

A figure is a ratio of two things that were run in turn, in one run on one machine: the median of the rounds' ratios, and in brackets the
first and the third quartile. Absolute times are medians, for orientation only. All is also written to build/bench/results.json.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

from slow_network import slow_network

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / 'build' / 'bin'
BENCH = ROOT / 'build' / 'bench'
PASSWORD = 'correct horse battery'

results = {}


# ---- Telling ---------------------------------------------------------------------------------------------------------------


def spread(values):
    """Median, first and third quartile."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return middle, low, high


def shown(values, unit=''):
    return '{:.2f}{u} ({:.2f}–{:.2f})'.format(*spread(values), u=unit)


def ratios(ours, theirs):
    return [one / other for one, other in zip(ours, theirs)]


def table(title, header, rows):
    print(f'\n## {title}\n\n| ' + ' | '.join(header) + ' |\n|' + '---|' * len(header))
    for row in rows:
        print('| ' + ' | '.join(str(cell) for cell in row) + ' |')
    sys.stdout.flush()
    results[title] = [dict(zip(header, map(str, row))) for row in rows]


# ---- Running ---------------------------------------------------------------------------------------------------------------


class Simulator:
    """A simulated host, and the environment that leads to it."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        self.calls_file = pathlib.Path(self.folder.name) / 'calls'
        self.process = subprocess.Popen([BIN / 'esxi-sim', '--calls', self.calls_file, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env={**os.environ, 'ESXI_SIM_PASSWORD': PASSWORD})
        ready = json.loads(self.process.stdout.readline())
        home = pathlib.Path(self.folder.name) / 'home'
        home.mkdir()
        self.environment = {
            'PATH': os.environ['PATH'], 'HOME': str(home), 'XDG_STATE_HOME': str(home / 'state'),
            'ESXI_GOVC': str(BIN / 'govc'), 'ESXI_HOST': ready['host'], 'ESXI_PASSWORD': PASSWORD, 'ESXI_CA_BUNDLE': ready['ca_file'],
            'GOVC_URL': ready['host'], 'GOVC_USERNAME': 'root', 'GOVC_PASSWORD': PASSWORD, 'GOVC_TLS_CA_CERTS': ready['ca_file'],
            'GOVC_INDENT': 'false', 'GOVMOMI_HOME': str(home / 'govmomi')}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()

    def calls(self, method):
        return self.calls_file.read_text().split('\n').count(method) if self.calls_file.exists() else 0

    def run(self, *argv, **variables):
        """Seconds that a program took, its peak memory in MB, and its standard output."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            begun = time.perf_counter()
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={**self.environment, **variables})
            _, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                err.seek(0)
                sys.exit(f'{argv} failed: {err.read().decode()}')
            out.seek(0)
            return took, usage.ru_maxrss / 1024, out.read().decode()

    def tool_argv(self, *argv):
        return [f'{BIN}/esxi', '--no-state', '--ca-bundle', self.environment['ESXI_CA_BUNDLE'], *argv]

    def tool(self, *argv):
        return self.run(*self.tool_argv(*argv))

    def compare(self, case, rounds, vm='ha-host_VM0'):
        return json.loads(self.run(BENCH / 'bench' / 'bench_operations', case, str(rounds), vm)[2])


def in_turn(rounds, *actions):
    """The times of each action; in every round they are run one after another, each time another one first."""
    times = [[] for _ in actions]
    for round_ in range(rounds):
        for i in range(len(actions)):
            which = (i + round_) % len(actions)
            times[which].append(actions[which]())
    return times


def hyperfine(rounds, simulator, *commands):
    """Milliseconds of whole processes, as hyperfine measures them; in several rounds, since it runs one command after the other."""
    times = [[] for _ in commands]
    for _ in range(rounds):
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run(['hyperfine', '-N', '--style', 'none', '--warmup', '2', '--runs', '10', '--export-json', file.name, *commands],
                           check=True, env=simulator.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for each, result in zip(times, json.load(file)['results']):
                each.append(1000 * result['median'])
    return times


# ---- Parts -----------------------------------------------------------------------------------------------------------------


def overhead(quick):
    rows = []
    for case, vms, rounds in (('probe', 2, 60), ('adopt', 2, 60), ('start', 2, 60), ('facts', 1000, 40)):
        with Simulator('--vms', str(vms)) as host:
            said = host.compare(case, 6 if quick else rounds)
        more = [(ours - bare) / said['commands'] for ours, bare in zip(said['ours'], said['bare'])]
        rows.append((case + (' of 1,000 VMs' if vms == 1000 else ''), said['commands'], f"{statistics.median(said['bare']):.1f} ms",
                     shown(ratios(said['ours'], said['bare'])), shown(more, ' ms')))
    table('An operation against its govc commands, run bare', ('operation', 'commands', 'bare', 'ratio', 'more, a command'), rows)


def pyvmomi():
    """A Python with pyVmomi, in build/bench/pyvmomi."""
    python = BENCH / 'pyvmomi' / 'bin' / 'python'
    if not python.exists():
        subprocess.run([sys.executable, '-m', 'venv', BENCH / 'pyvmomi'], check=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'pyvmomi==8.0.3.0.1'], check=True)
    return python


def facts(quick):
    script = pyvmomi()
    rows = []
    govc = str(BIN / 'govc')
    for vms in (10, 100, 1000):
        with Simulator('--vms', str(vms)) as host:
            peak = []
            tape = pathlib.Path(host.folder.name) / 'facts.json'
            host.tool('--record', str(tape), 'host', 'facts')
            sent = json.loads(tape.read_text())['commands'][0]
            request = pathlib.Path(host.folder.name) / 'request.xml'
            request.write_text(sent['stdin'])
            collect = [govc, *(str(request) if word == '-' else word for word in sent['argv'])]

            def ours():
                took, memory, out = host.tool('--output', 'json', 'host', 'facts')
                peak.append(memory)
                assert len(json.loads(out)['runtime']['vms']) == vms
                return took

            def bare():
                return host.run(*collect)[0]

            def bare_with_login():
                with tempfile.TemporaryDirectory() as home:
                    return sum(host.run(*command, GOVMOMI_HOME=home)[0] for command in (collect, [govc, 'session.logout']))

            def each():
                names = json.loads(host.run(govc, 'ls', '-json', 'vm')[2])['elements']
                return sum(host.run(govc, 'vm.info', '-json', name['Path'])[0] for name in names)

            def all_at_once():
                return host.run(govc, 'vm.info', '-json', '*')[0]

            def by_pyvmomi():
                return host.run(script, ROOT / 'bench' / 'facts_pyvmomi.py')[0]

            bare()  # logs in, and warms the simulator up
            ours_took, bare_took, login_took, python_took = in_turn(4 if quick else 15, ours, bare, bare_with_login, by_pyvmomi)
            ours_again, each_took, all_took = in_turn(1 if quick or vms == 1000 else 3, ours, each, all_at_once)
            rows.append((vms, f'{1000 * statistics.median(ours_took):.0f} ms', f'{max(peak):.0f} MB', shown(ratios(ours_took, bare_took)),
                         shown(ratios(ours_took, login_took)), shown(ratios(python_took, ours_took)), f'{statistics.median(each_took) / statistics.median(ours_again):.0f}',
                         f'{statistics.median(all_took) / statistics.median(ours_again):.1f}'))
    table('Facts: `esxi host facts` as a whole process, 1 command', (
        'VMs', 'time', 'peak memory', 'ratio to the bare command', 'with a login and a logout, as ours', 'pyVmomi, times as long', '`ls` and a `vm.info` each, times as long',
        "`vm.info '*'`, times as long"), rows)


def login(quick):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        ova = pathlib.Path(folder) / 'small.ova'
        subprocess.run([ROOT / 'examples' / 'demo' / 'make-ova', ova, 'disk_kb=64'], check=True, capture_output=True)
        for case, what in (('one', '1'), ('import', '1, an import'), ('hundred', '100')):
            took, logins = [], 0
            for delay in (0, 300):
                with Simulator('--delay', f'Login={delay}') as host:
                    vm = 'imported' if case == 'import' else 'ha-host_VM0'
                    said = json.loads(host.run(BENCH / 'bench' / 'bench_operations', case, '1', vm, ESXI_OVA=str(ova))[2])
                    took.append(said['took'])
                    logins = host.calls('Login')
            rows.append((what, said['commands'], logins, f'{took[0]:.0f} ms', f'{took[1]:.0f} ms', f'{took[1] - took[0]:.0f} ms'))
    table('Operations on one transport, with a login that takes 300 ms', ('operations', 'commands', 'logins', 'without the delay', 'with it', 'more'), rows)


def tapes(quick):
    said = json.loads(subprocess.run([BENCH / 'bench' / 'bench_in_process', '--benchmark_format=json', '--benchmark_repetitions=5',
                                      f'--benchmark_min_time={0.05 if quick else 0.5}'], cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    rows = []
    for each in dict.fromkeys(b['run_name'] for b in said['benchmarks']):
        runs = [b for b in said['benchmarks'] if b['run_name'] == each and b['run_type'] == 'iteration']
        if 'items_per_second' in runs[0]:
            rows.append((each, shown([b['items_per_second'] / 1000 for b in runs]) + ' thousand a second'))
        elif 'bytes_per_second' in runs[0]:
            rows.append((each, shown([b['bytes_per_second'] / 1e6 for b in runs]) + ' MB/s'))
        else:
            rows.append((each, shown([b['cpu_time'] / 1000 for b in runs]) + ' µs'))
    table('Without a process', ('what', 'figure'), rows)


PROGRAMS = {  # the last ones call operations that another source file instantiates
    'Boost.JSON alone': '#include <boost/json.hpp>\nint main() { return int(boost::json::parse("[]").as_array().size()); }',
    'Boost.Process v2 alone': '#include <boost/asio/io_context.hpp>\n#include <boost/asio/readable_pipe.hpp>\n#include <boost/process/v2.hpp>\n'
                              'int main() { boost::asio::io_context io; boost::process::v2::process p(io, "/bin/true", {}); return p.wait(); }',
    'replay + plain': '#include <esxi/esxi.hpp>\n#include <esxi/transport/replay.hpp>\n#include <esxi/context/plain.hpp>\n',
    'subprocess + plain': '#include <esxi/esxi.hpp>\n#include <esxi/transport/subprocess.hpp>\n#include <esxi/context/plain.hpp>\n',
    'all': '#include <esxi/esxi.hpp>\n#include <esxi/transport/subprocess.hpp>\n#include <esxi/transport/replay.hpp>\n#include <esxi/transport/record.hpp>\n'
           '#include <esxi/transport/any.hpp>\n#include <esxi/context/plain.hpp>\n#include <esxi/context/state_file.hpp>\n',
    'replay + plain, operations elsewhere': '#include <esxi/operations.hpp>\n#include <esxi/transport/replay.hpp>\n#include <esxi/context/plain.hpp>\n',
    'subprocess + plain, operations elsewhere': '#include <esxi/operations.hpp>\n#include <esxi/transport/subprocess.hpp>\n#include <esxi/context/plain.hpp>\n',
    'any + plain, operations and transport elsewhere': '#include <esxi/operations.hpp>\n#include <esxi/transport/any.hpp>\n#include <esxi/context/plain.hpp>\n'
                                                      'extern esxi::any_transport t;\n',
}
BODY = '''int main() {{
    {transport}
    esxi::plain_context host({{{{"host", "esxi1"}}, {{"password", "p"}}}});
    esxi::plain_context vm({{{{"name", "web1"}}}}, host);
    esxi::probe_host(t, host);
    esxi::create_vm(t, vm);
}}
'''


def compiled(source, level):
    """Seconds and MB that a compiler took, and the size of the object file's code in kB."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'program.cpp'
        path.write_text(source)
        begun = time.perf_counter()
        process = subprocess.Popen(['g++', '-std=c++20', level, '-I', ROOT / 'include', '-c', path, '-o', path.with_suffix('.o')])
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f'does not compile:\n{source}')
        size = subprocess.run(['size', path.with_suffix('.o')], check=True, capture_output=True, text=True).stdout.split('\n')[1].split()[0]
        return took, usage.ru_maxrss / 1024, int(size) / 1024


def compile_time(quick):
    rows = []
    sources = {}
    for name, source in PROGRAMS.items():
        transport = ('' if 'extern' in source else 'esxi::subprocess_transport t;' if 'subprocess' in source
                     else 'esxi::replay_transport t(esxi::load_tape("t"));')
        sources[name] = source if 'main' in source else source + BODY.format(transport=transport)
    for level in ('-O0', '-O2'):
        measured = {name: [] for name in sources}
        for _ in range(1 if quick else 3):
            for name, source in sources.items():
                measured[name].append(compiled(source, level))
        seconds = {name: [m[0] for m in each] for name, each in measured.items()}
        for name, each in measured.items():
            rows.append((name, level, f'{statistics.median(seconds[name]):.1f} s', f'{max(m[1] for m in each):.0f} MB', f'{each[0][2]:.0f} kB',
                         shown(ratios(seconds[name], seconds['Boost.JSON alone'])),
                         shown(ratios(seconds[name], seconds['Boost.Process v2 alone']))))
    table('To compile a program', ('program', 'level', 'time', 'peak memory', 'code', 'ratio to Boost.JSON alone', 'ratio to Boost.Process alone'), rows)


def start(quick):
    rows = []
    with Simulator() as host:
        for name, ours, bare in (('esxi --version', f'{BIN}/esxi --version', 'govc version'),
                                 ('esxi host probe', ' '.join(host.tool_argv('host', 'probe')), 'govc about -json -persist-session=false')):
            took, bare_took = hyperfine(2 if quick else 10, host, ours, f'{BIN}/{bare}')
            rows.append((name, bare, f'{statistics.median(took):.1f} ms',
                         shown(ratios(took, bare_took)), shown([one - other for one, other in zip(took, bare_took)], ' ms')))
    table('Start of the tool', ('ours', 'bare', 'time', 'ratio', 'more'), rows)


def served(quick):
    rounds = 3 if quick else 21
    rows = {}
    with Simulator() as host, slow_network(int(host.environment['ESXI_HOST'].rpartition(':')[2]), 0.02) as slow:
        ova = f'{host.folder.name}/small.ova'
        subprocess.run([ROOT / 'examples/demo/make-ova', ova], check=True, stdout=subprocess.DEVNULL)
        near = host.environment['ESXI_HOST']
        for at in (near, f'127.0.0.1:{slow}'):
            host.environment['ESXI_HOST'] = at
            for text in host.run(BENCH / 'bench' / 'bench_served', str(rounds))[2].splitlines():
                case = json.loads(text)
                rows.setdefault(case['case'], []).append((case['theirs'], case['ours']))

            def tool(transport, *argv):
                return 1000 * host.tool('--transport', transport, *argv)[0]

            times = {}
            for round_ in range(max(2, rounds // 3)):
                for transport in ('subprocess', 'served') if round_ % 2 else ('served', 'subprocess'):
                    for argv in (('vm', 'show', 'ha-host_VM0'), ('vm', 'create', 'web1', '--ova', ova, '--cpu', '2'), ('vm', 'configure', 'web1', '--cpu', '2'),
                                 ('vm', 'stop', 'web1'), ('vm', 'configure', 'web1', '--cpu', '1'), ('vm', 'delete', 'web1')):
                        name = 'tool: ' + ' '.join(argv).replace(ova, 'small.ova')
                        times.setdefault(name, {}).setdefault(transport, []).append(tool(transport, *argv))
            for name, each in times.items():
                rows.setdefault(name, []).append((each['subprocess'], each['served']))
    cells = [[name] + [cell for theirs, ours in places
                       for cell in (f'{statistics.median(theirs):.0f}, {statistics.median(ours):.1f}', shown(ratios(theirs, ours)))]
             for name, places in rows.items()]
    table('A govc that stays: a process each over `served_transport`', (
        'command', 'loopback: a process each, served, ms', 'ratio', 'round trip of 20 ms: a process each, served, ms', 'ratio '), cells)


def plugin(quick):
    python = ROOT / 'build' / 'plugin' / 'tests' / 'bin' / 'python'
    if not python.exists():
        sys.exit('part plugin: it is measured in the environment of its tests; run ./dev test -R cloudify first')
    said = json.loads(subprocess.run([python, ROOT / 'bench' / 'plugin.py', str(5 if quick else 40)], check=True, capture_output=True, text=True).stdout)
    expected = [engine + bare for engine, bare in zip(said['engine'], said['bare'])]
    rows = [(what, against, f'{statistics.median(ours):.1f} ms', shown(ratios(ours, theirs)), shown([a - b for a, b in zip(ours, theirs)], ' ms'))
            for what, against, ours, theirs in (
                ('a Python that imports the operations', 'one that imports what they import of cloudify-common', said['import'], said['import_engine']),
                ('`start` of a VM that runs', 'an operation that does nothing, and the bare govc command', said['operation'], expected))]
    table('The Cloudify plugin', ('ours', 'against', 'time', 'ratio', 'more'), rows)


def suite(quick):
    build = ROOT / 'build' / 'dev'
    if not (build / 'CTestTestfile.cmake').exists():
        sys.exit('part suite: it runs the tests of build/dev; run ./dev test -N first')
    took = []
    for _ in range(1 if quick else 3):
        begun = time.perf_counter()
        said = subprocess.run(['ctest', '--test-dir', build, '-L', '^unit$', '-j', str(os.cpu_count())], check=True, capture_output=True, text=True).stdout
        took.append(time.perf_counter() - begun)
    table('The unit tests, each a process of its own', ('time', 'tests'), [(shown(took, ' s'), re.search(r'out of (\d+)', said)[1])])


PARTS = {'overhead': overhead, 'facts': facts, 'login': login, 'tapes': tapes, 'compile': compile_time, 'start': start, 'served': served, 'plugin': plugin, 'suite': suite}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--quick', action='store_true', help='few rounds: to see that all works')
    parser.add_argument('part', nargs='*', choices=[*PARTS, []], help=', '.join(PARTS))
    arguments = parser.parse_args()
    print(f'{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}, '
          f'{subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]}')
    for name in arguments.part or PARTS:
        PARTS[name](arguments.quick)
    (BENCH / 'results.json').write_text(json.dumps(results, indent=1, ensure_ascii=False) + '\n')
    print(f'\nwritten: {(BENCH / "results.json").relative_to(ROOT)}')


if __name__ == '__main__':
    main()
