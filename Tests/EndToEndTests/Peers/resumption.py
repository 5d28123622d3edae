"""Resumes one TLS session on many connections, and prints how many are resumed.

Usage: resumption.py [--name NAME] [--other NAME] PORT VERSION [COMMAND ...]. NAME is what the
handshake asks for. With --other, another number tells how many are resumed under that name. The
COMMAND is run at last, such as one that changes the server, and one more number tells how many are
resumed behind it.
"""
import argparse
import socket
import ssl
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("version")
parser.add_argument("--name")
parser.add_argument("--other")
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion[options.version]


def visit(session, name):
    """Makes one request; returns whether the session was resumed, and the session to go on with."""
    plain = socket.create_connection(("127.0.0.1", options.port), 10)
    with context.wrap_socket(plain, session=session, server_hostname=name) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        # Tickets of TLS 1.3 come with the response.
        while stream.recv(4096):
            pass
        return stream.session_reused, stream.session


def resumed(session, name):
    return sum(visit(session, name)[0] for _ in range(20))


_, first = visit(None, options.name)
print(resumed(first, options.name))
if options.other:
    print(resumed(first, options.other))
if options.command:
    subprocess.run(options.command, check=True, stderr=subprocess.DEVNULL)
    print(resumed(first, options.name))
