"""Programs that are started, watched and stopped."""
import os
import shutil
import signal
import socket
import subprocess
import time

SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def which(*names):
    return next(filter(None, (shutil.which(name, path=SEARCH_PATH) for name in names)), None)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def children():
    """Process → its children, of the whole machine."""
    families = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()
        except OSError:
            continue
        families.setdefault(int(fields[1]), []).append(int(name))
    return families


class Program:
    """A program in a session of its own, with its descendants."""

    def __init__(self, words, log, folder=None):
        self.log = log
        self.process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=log.open("ab"),
            stderr=subprocess.STDOUT, start_new_session=True)

    def wait_for(self, port, seconds=30):
        """Returns once the port listens."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{self.process.args[0]} does not listen: {self.log.read_text()[-500:]}")

    def processes(self):
        families, found = children(), [self.process.pid]
        for process in found:
            found += families.get(process, [])
        return found

    def processor_time(self):
        """Nanoseconds that all its processes have run."""
        total = 0
        for process in self.processes():
            try:
                total += time.clock_gettime_ns((~process << 3) | 2)
            except OSError:
                pass
        return total

    def memory(self):
        """KiB in proportion to how many share them (PSS)."""
        total = 0
        for process in self.processes():
            try:
                lines = open(f"/proc/{process}/smaps_rollup").readlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
