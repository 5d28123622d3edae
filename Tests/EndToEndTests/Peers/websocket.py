"""WebSocket peers by another author (PyPI `websockets`): an echo server and clients over wss.

Usage: websocket.py ORIGIN_PORT PROXY_PORT CERTIFICATE subprotocols | many
       websocket.py ORIGIN_PORT PROXY_PORT CERTIFICATE meanwhile PATH
           talks through /wss and PATH, from the line "open" until SIGTERM
       websocket.py - PROXY_PORT CERTIFICATE echo PATH      a client only
"""
import asyncio
import os
import resource
import signal
import ssl
import sys

import websockets

LARGE = 10 << 20


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def choose(_, offered):
    """Takes the first subprotocol offered; a client may offer none."""
    return offered[0] if offered else None


async def subprotocols(connect):
    for offered, chosen in ((["chat", "superchat"], "chat"), (["superchat"], "superchat"), (None, None)):
        async with connect("/wss", subprotocols=offered) as connection:
            assert connection.subprotocol == chosen, connection.subprotocol
            for message in ("hello", "é ☃", b"\0\1\2", "x" * 70_000, ""):
                await connection.send(message)
                assert await connection.recv() == message
            await connection.send(["frag", "ment", "ed"])
            assert await connection.recv() == "fragmented"
            await (await connection.ping())


async def many(connect):
    gate = asyncio.Semaphore(50)

    async def open_one():
        async with gate:
            return await connect("/wss")

    connections = await asyncio.gather(*(open_one() for _ in range(1000)))
    large = os.urandom(LARGE)
    await connections[0].send(large)
    assert await connections[0].recv() == large

    async def one_message(number):
        await connections[number].send(f"message {number}")
        assert await connections[number].recv() == f"message {number}"

    await asyncio.gather(*(one_message(number) for number in range(1000)))
    await asyncio.gather(*(connection.close() for connection in connections))


async def meanwhile(connect, path):
    """Holds two tunnels that are never silent; both must still answer after the signal."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def talk(connection):
        number, is_last = 0, False
        while not is_last:
            is_last = stop.is_set()
            number += 1
            await connection.send(f"message {number}")
            assert await connection.recv() == f"message {number}"

    await subprotocols(connect)
    async with connect("/wss", subprotocols=["chat"]) as first, connect(path) as second:
        assert first.subprotocol == "chat", first.subprotocol
        print("open", flush=True)
        await asyncio.gather(talk(first), talk(second))


async def main(origin, port, certificate, mode, path="/wss"):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    context = ssl.create_default_context(cafile=certificate)

    def connect(path, **options):
        return websockets.connect(
            f"wss://localhost:{port}{path}", ssl=context, max_size=None, open_timeout=60,
            ping_interval=None, proxy=None, **options)

    if mode == "echo":
        async with connect(path) as connection:
            await connection.send("hello")
            print(await connection.recv())
        return
    async with websockets.serve(
            echo, "127.0.0.1", int(origin), select_subprotocol=choose, max_size=None,
            ping_interval=None, compression=None, backlog=1024):
        if mode == "meanwhile":
            await meanwhile(connect, path)
        else:
            await {"subprotocols": subprotocols, "many": many}[mode](connect)
    print("ok")


asyncio.run(main(*sys.argv[1:]))
