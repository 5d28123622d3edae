"""Load on a server over https and wss while its configuration is changed again and again.

Usage: reload.py ORIGIN_PORT TUNNEL_PORT PROXY_PORT FOLDER COUNT SECONDS COMMAND ...

FOLDER has cert.pem, the pid file, and nginx.conf.template with the word VERSION; every other time
HUP makes the server take it, and COMMAND in between. Both the tunnels and the requests of all kinds
go on all the time. The last line is a JSON object: `median_ms` is the time from a HUP to the first
request whose response shows the change, `stale` counts requests that were made after COMMAND had
ended and do not show it.
"""
import asyncio
import json
import os
import pathlib
import resource
import signal
import ssl
import statistics
import sys
import time

import websockets

TUNNELS = 200
BLOCK = b"x" * 65536
outcome = {
    "requests": 0, "failed": 0, "closed_on_reuse": 0, "tunnels_lost": 0, "messages": 0,
    "reloads": 0, "stale": 0, "median_ms": 0, "problems": [],
}
ended = asyncio.Event()


def fail(kind, problem):
    outcome[kind] += 1
    outcome["problems"] = (outcome["problems"] + [f"{kind}: {problem!r}"])[:5]


async def read_message(reader):
    """The start line, the fields by lower-case name, and the length of the content."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    fields = {n.lower(): v for n, v in (line.split(": ", 1) for line in head[1:] if line)}
    length = int(fields.get("content-length", 0))
    await reader.readexactly(length)
    return head[0], fields, length


async def origin(reader, writer):
    """Answers with as many bytes as the request's content has, slowly."""
    try:
        while True:
            start, fields, length = await read_message(reader)
            length = length or (1 << 20 if "/download" in start else 5)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
            for begin in range(0, length, len(BLOCK)):
                writer.write(BLOCK[: min(len(BLOCK), length - begin)])
                await writer.drain()
                if length > len(BLOCK):
                    await asyncio.sleep(0.01)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


class Connector:
    def __init__(self, port, folder):
        self.port = port
        self.context = ssl.create_default_context(cafile=folder / "cert.pem")

    async def open(self):
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=self.context,
                                             server_hostname="localhost")

    async def ask(self, connection, path, content=b"", close=False):
        reader, writer = connection
        method = "POST" if content else "GET"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Length: {len(content)}\r\n" if content else ""
        head += "Connection: close\r\n" if close else ""
        writer.write((head + "\r\n").encode() + content)
        await writer.drain()
        start, fields, length = await read_message(reader)
        assert start == "HTTP/1.1 200 OK", start
        assert close or fields["connection"] == "keep-alive", fields
        outcome["requests"] += 1
        return fields, length


async def kept(connector, path, content=b""):
    """Requests on one connection that stays open."""
    connection = await connector.open()
    fresh = True
    while not ended.is_set():
        try:
            await connector.ask(connection, path, content)
            fresh = False
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            fail("failed" if fresh else "closed_on_reuse", error)
            connection, fresh = await connector.open(), True
        except AssertionError as error:
            fail("failed", error)
        await asyncio.sleep(0.005)


async def anew(connector, path):
    """Requests on a new connection each."""
    while not ended.is_set():
        try:
            connection = await connector.open()
            await connector.ask(connection, path, close=True)
            connection[1].close()
        except Exception as error:
            fail("failed", error)


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def tunnel(connector, number):
    try:
        async with websockets.connect(
                f"wss://localhost:{connector.port}/wss", ssl=connector.context, open_timeout=60,
                ping_interval=None, proxy=None, compression=None) as connection:
            while True:
                await connection.send(f"message {number}")
                assert await connection.recv() == f"message {number}"
                outcome["messages"] += 1
                if ended.is_set():
                    return
                await asyncio.sleep(0.2)
    except Exception as error:
        fail("tunnels_lost", error)


async def shows(connector, version):
    """Whether a new connection is served with the configuration."""
    connection = await connector.open()
    fields, _ = await connector.ask(connection, "/text", close=True)
    connection[1].close()
    return fields["x-version"] == str(version)


async def reload(connector, folder, template, version, command):
    """Changes the configuration by COMMAND, behind which everything must be new."""
    (folder / "nginx.conf").write_text(template.replace("VERSION", str(version)))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    for _ in range(4):
        outcome["stale"] += not await shows(connector, version)
    outcome["reloads"] += 1


async def hang_up(connector, connection, folder, template, version):
    """Changes the configuration by HUP; returns the milliseconds until a request gets it."""
    (folder / "nginx.conf").write_text(template.replace("VERSION", str(version)))
    start = time.monotonic()
    os.kill(int((folder / "nginx.pid").read_text()), signal.SIGHUP)
    while True:
        asked = time.monotonic()
        fields, _ = await connector.ask(connection, "/text")
        if fields["x-version"] == str(version):
            break
    outcome["reloads"] += 1
    return (asked - start) * 1000


async def main(origin_port, tunnel_port, port, folder, count, seconds, command):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    connector = Connector(port, folder)
    template = (folder / "nginx.conf.template").read_text()
    async with (
            await asyncio.start_server(origin, "127.0.0.1", origin_port),
            websockets.serve(echo, "127.0.0.1", tunnel_port, ping_interval=None,
                             compression=None)):
        work = [asyncio.create_task(tunnel(connector, number)) for number in range(TUNNELS)]
        work += [asyncio.create_task(kept(connector, "/text")) for _ in range(4)]
        work += [asyncio.create_task(kept(connector, "/origin")) for _ in range(4)]
        work += [asyncio.create_task(kept(connector, "/upload", BLOCK * 4)) for _ in range(2)]
        work += [asyncio.create_task(kept(connector, "/download")) for _ in range(2)]
        work += [asyncio.create_task(anew(connector, "/text")) for _ in range(2)]
        while outcome["messages"] < TUNNELS and not outcome["tunnels_lost"]:
            await asyncio.sleep(0.05)
        times, connection = [], await connector.open()
        for version in range(1, count + 1):
            begin = time.monotonic()
            if version % 2:
                times.append(await hang_up(connector, connection, folder, template, version))
            else:
                await reload(connector, folder, template, version, command)
            await asyncio.sleep(max(0, begin + seconds / count - time.monotonic()))
        outcome["median_ms"] = statistics.median(times)
        ended.set()
        await asyncio.wait_for(asyncio.gather(*work), 30)
        print(json.dumps(outcome), flush=True)
        # What the origin's connections are still doing does not matter any more.
        os._exit(0)


arguments = sys.argv[1:]
asyncio.run(main(*map(int, arguments[:3]), pathlib.Path(arguments[3]), int(arguments[4]),
                 float(arguments[5]), arguments[6:]))
