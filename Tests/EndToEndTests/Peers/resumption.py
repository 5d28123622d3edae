"""Resumes one TLS session on many connections: resumption.py PORT VERSION; prints how many."""
import socket
import ssl
import sys

PORT, VERSION = int(sys.argv[1]), sys.argv[2]
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
