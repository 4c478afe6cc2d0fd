# SPDX-License-Identifier: Apache-2.0
"""A network that takes its time, in front of a port of this machine."""
import asyncio
import contextlib
import multiprocessing


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


@contextlib.contextmanager
def slow_network(port: int, round_trip: float):
    """A port that leads to that one, with so many seconds from a question to its answer."""
    queue: multiprocessing.Queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=relay, args=(port, round_trip / 2, queue), daemon=True)
    process.start()
    try:
        yield queue.get()
    finally:
        process.terminate()
        process.join()
