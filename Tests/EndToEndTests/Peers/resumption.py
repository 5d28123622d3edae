"""Resumes one TLS session on many connections, and prints how many are resumed.

Usage: resumption.py PORT VERSION [COMMAND ...]. The COMMAND is run then, such as one that changes
the server, and another number tells how many connections are resumed behind it.
"""
import socket
import ssl
import subprocess
import sys

PORT, VERSION, COMMAND = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion[VERSION]


def visit(session):
    """Makes one request; returns whether the session was resumed, and the session to go on with."""
    plain = socket.create_connection(("127.0.0.1", PORT), 10)
    with context.wrap_socket(plain, session=session) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        # Tickets of TLS 1.3 come with the response.
        while stream.recv(4096):
            pass
        return stream.session_reused, stream.session


_, first = visit(None)
print(sum(visit(first)[0] for _ in range(20)))
if COMMAND:
    subprocess.run(COMMAND, check=True, stderr=subprocess.DEVNULL)
    print(sum(visit(first)[0] for _ in range(20)))
