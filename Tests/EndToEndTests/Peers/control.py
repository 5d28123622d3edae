"""Says something to the control socket of a pid file: control.py PID_FILE MESSAGE.

MESSAGE may have escapes in it. Prints `closed` when the other end is.
"""
import os
import socket
import sys

identity = os.stat(sys.argv[1])
with socket.socket(socket.AF_UNIX) as control:
    control.settimeout(10)
    control.connect(f"\0apus/{identity.st_dev}/{identity.st_ino}")
    control.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
    try:
        print("answered" if control.recv(1) else "closed")
    except ConnectionResetError:
        print("closed")
