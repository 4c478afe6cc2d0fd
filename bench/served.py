#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what a govc that stays gains: each command on loopback and over a slow network, and whole runs of the tool.

usage: bench/served.py [--rounds N] [--delay MS] BIN_DIR BENCH_SERVED
BIN_DIR has esxi, govc and esxi-sim; BENCH_SERVED is the program of served.cpp.
"""
import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

PASSWORD = 'correct horse battery'


def relay(port: int, delay: float, ready: multiprocessing.Queue) -> None:
    """Passes connections on to a port of this machine, and each byte so many seconds later: half of a round trip."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue = asyncio.Queue()

        async def send() -> None:
            while True:
                due, piece = await queue.get()
                await asyncio.sleep(due - loop.time())
                if not piece:
                    break
                writer.write(piece)
            with contextlib.suppress(OSError):
                writer.close()

        sender = asyncio.create_task(send())
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                queue.put_nowait((loop.time() + delay, piece))
        queue.put_nowait((loop.time() + delay, b''))
        await sender

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * delay)  # the round trip of the connection itself
        host_reader, host_writer = await asyncio.open_connection('127.0.0.1', port)
        await asyncio.gather(pump(reader, host_writer), pump(host_reader, writer))

    async def main() -> None:
        server = await asyncio.start_server(serve, '127.0.0.1', 0)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def shown(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f'{middle:8.1f} [{low:.1f} .. {high:.1f}]'


def line(name: str, theirs: list[float], ours: list[float]) -> None:
    ratio = shown([a / b for a, b in zip(theirs, ours)])
    print(f'{name:34} {shown(theirs):>28} {shown(ours):>28} {ratio:>28}')


def commands(bench: str, environment: dict[str, str], rounds: int) -> None:
    run = subprocess.run([bench, str(rounds)], env=environment, capture_output=True, text=True, check=True)
    for text in run.stdout.splitlines():
        case = json.loads(text)
        line(case['case'], case['theirs'], case['ours'])


def tool(bin_dir: pathlib.Path, environment: dict[str, str], rounds: int, ova: str) -> None:
    def took(transport: str, *argv: str) -> float:
        begun = time.perf_counter()
        subprocess.run([bin_dir / 'esxi', '--no-state', '--ca-bundle', environment['ESXI_CA_BUNDLE'], *argv],
                       env={**environment, 'ESXI_TRANSPORT': transport}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return 1000 * (time.perf_counter() - begun)

    times: dict[tuple[str, str], list[float]] = {}
    for step in range(rounds):
        both = ('subprocess', 'served') if step % 2 == 0 else ('served', 'subprocess')
        for transport in both:
            for name, argv in (('esxi vm show', ('vm', 'show', 'ha-host_VM0')), ('esxi host facts', ('host', 'facts')),
                               ('esxi vm create, with an import', ('vm', 'create', 'web1', '--ova', ova, '--cpu', '2')),
                               ('esxi vm configure, no change', ('vm', 'configure', 'web1', '--cpu', '2')),
                               ('esxi vm stop', ('vm', 'stop', 'web1')),
                               ('esxi vm configure, a change', ('vm', 'configure', 'web1', '--cpu', '1')),
                               ('esxi vm delete', ('vm', 'delete', 'web1'))):
                times.setdefault((name, transport), []).append(took(transport, *argv))
    for name, transport in times:
        if transport == 'served':
            line(name, times[name, 'subprocess'], times[name, 'served'])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=30)
    parser.add_argument('--delay', type=float, default=20, help='of the slow network, in ms: a round trip')
    parser.add_argument('bin_dir', type=pathlib.Path)
    parser.add_argument('bench')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as files:
        ova = f'{files}/small.ova'
        subprocess.run([pathlib.Path(__file__).parent.parent / 'examples/demo/make-ova', ova], check=True, stdout=subprocess.DEVNULL)
        simulator = subprocess.Popen([arguments.bin_dir / 'esxi-sim', '--listen', '127.0.0.1:0', '--user', 'root'], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, env={**os.environ, 'ESXI_SIM_PASSWORD': PASSWORD}, text=True)
        ready = json.loads(simulator.stdout.readline())
        port = int(ready['host'].rpartition(':')[2])
        queue: multiprocessing.Queue = multiprocessing.Queue()
        proxy = multiprocessing.Process(target=relay, args=(port, arguments.delay / 2000, queue), daemon=True)
        proxy.start()
        slow = queue.get()
        try:
            for where, at in (('loopback', port), (f'a round trip of {arguments.delay:g} ms', slow)):
                environment = {'PATH': os.environ['PATH'], 'HOME': files, 'ESXI_HOST': f'127.0.0.1:{at}', 'ESXI_PASSWORD': PASSWORD,
                               'ESXI_CA_BUNDLE': ready['ca_file'], 'ESXI_GOVC': str(arguments.bin_dir / 'govc')}
                print(f'{where}, ms: median [quartiles] {"a process each":>34} {"served":>28} {"ratio":>28}')
                commands(arguments.bench, environment, arguments.rounds)
                tool(arguments.bin_dir, environment, max(3, arguments.rounds // 3), ova)
                print()
        finally:
            proxy.terminate()
            simulator.stdin.close()
            simulator.wait()


if __name__ == '__main__':
    main()
