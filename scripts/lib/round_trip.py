#!/usr/bin/env python3
"""One https and one wss round trip. Standard library only.

Usage: round_trip.py PORT CERTIFICATE       makes them, says so
       round_trip.py --wait PORT PID        returns once the port listens; fails when PID ended
"""
import base64
import os
import select
import socket
import ssl
import sys
import time


def wait(port, process):
    end = time.monotonic() + 20
    watch = os.pidfd_open(process)
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if select.select([watch], [], [], 0.05)[0]:
                sys.exit("the proxy ended at once")
    sys.exit("the proxy does not listen")


def receive(stream, until):
    data = b""
    while until not in data:
        more = stream.recv(65536)
        if not more:
            break
        data += more
    return data


def main(port, certificate):
    context = ssl.create_default_context(cafile=certificate)

    def connect():
        plain = socket.create_connection(("localhost", port), 10)
        return context.wrap_socket(plain, server_hostname="localhost")

    with connect() as stream:
        stream.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        page = receive(stream, b"</script>")
    if not page.startswith(b"HTTP/1.1 200") or b"echo: " not in page:
        sys.exit(f"https failed: {page[:200]!r}")
    print(f"https://localhost:{port}/ answered 200 over TLS")

    with connect() as stream:
        key = base64.b64encode(os.urandom(16)).decode()
        stream.sendall((
            f"GET /wss HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode())
        head = receive(stream, b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            sys.exit(f"wss failed: {head[:200]!r}")
        mask, text = os.urandom(4), b"hello"
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
        stream.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)
        if text not in receive(stream, text):
            sys.exit("wss failed: no echo")
    print(f"wss://localhost:{port}/wss echoed the message")


if sys.argv[1] == "--wait":
    wait(int(sys.argv[2]), int(sys.argv[3]))
else:
    main(int(sys.argv[1]), sys.argv[2])
