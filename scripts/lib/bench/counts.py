"""What one plain proxied keep-alive request costs: system calls and instructions of user code.

Both are counted with one worker and with several connections that ask at the same time, so that
the waits for events are shared as they are under load.
"""
import re
import signal
import socket
import subprocess
import time

from bench.lab import Proxy
from bench.machine import which

CONNECTIONS = 16
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"


class Client:
    """Connections that all ask, and then all read their answers."""

    def __init__(self, port):
        self.streams = [socket.create_connection(("127.0.0.1", port), 60)
                        for _ in range(CONNECTIONS)]
        self.answer_size = 0
        self.rounds(2)

    def rounds(self, count):
        for _ in range(count):
            for stream in self.streams:
                stream.sendall(REQUEST)
            for stream in self.streams:
                self.read_answer(stream)

    def read_answer(self, stream):
        answer = stream.recv(65_536)
        while len(answer) < self.answer_size or b"\r\n\r\n" not in answer:
            more = stream.recv(65_536)
            if not more:
                raise SystemExit("the proxy closed a connection")
            answer += more
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"unexpected answer: {answer[:80]!r}")
        if not self.answer_size:
            length = int(re.search(rb"(?i)content-length: (\d+)", answer).group(1))
            self.answer_size = answer.index(b"\r\n\r\n") + 4 + length
            while len(answer) < self.answer_size:
                answer += stream.recv(65_536)

    def close(self):
        for stream in self.streams:
            stream.close()


def system_calls(proxy):
    """Calls for each request by name, counted by strace."""
    strace = which("strace")
    if not strace:
        return None
    proxy.start("proxy", workers=1)
    client = Client(proxy.plain)
    output = proxy.lab.folder / "strace.txt"
    words = [strace, "-f", "-c", "-q", "-o", str(output)]
    for process in proxy.program.processes():
        words += ["-p", str(process)]
    tracer = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    wait_for_tracer(proxy.program.processes(), tracer)
    client.rounds(200)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    client.close()
    proxy.stop()
    calls = {}
    for line in output.read_text().splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            calls[fields[-1]] = int(fields[3]) / (200 * CONNECTIONS)
    return calls


def wait_for_tracer(processes, tracer):
    """Returns once every thread is being traced."""
    end = time.monotonic() + 10
    while time.monotonic() < end and tracer.poll() is None:
        if all("TracerPid:\t0\n" not in open(f"/proc/{p}/status").read() for p in processes):
            return
        time.sleep(0.01)
    raise SystemExit("strace cannot trace the proxy")


def instructions(proxy):
    """Instructions of user code for each request, counted by callgrind."""
    if not which("valgrind") or not which("strip"):
        return None
    # Valgrind cannot read the debugging information that Swift's linker leaves.
    stripped = proxy.lab.folder / f"{proxy.name}.stripped"
    subprocess.run([which("strip"), "--strip-debug", "-o", stripped, proxy.binary], check=True)
    proxy = Proxy(proxy.lab, proxy.name, stripped)
    few, many = 10, 110
    difference = run_in_callgrind(proxy, many) - run_in_callgrind(proxy, few)
    return difference / ((many - few) * CONNECTIONS)


def run_in_callgrind(proxy, rounds):
    output = proxy.lab.folder / f"callgrind.{proxy.name}.{rounds}"
    around = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}"]
    proxy.start("proxy", workers=1, around=around, single=True)
    client = Client(proxy.plain)
    client.rounds(rounds)
    client.close()
    proxy.stop()
    totals = re.findall(r"^(?:totals|summary): (\d+)", output.read_text(), re.M)
    return int(totals[-1])


def show(proxies):
    for proxy in proxies:
        calls, count = system_calls(proxy), instructions(proxy)
        print(f"{proxy.name}: for one plain proxied keep-alive request")
        if calls is None:
            print("  system calls: strace is not installed")
        else:
            print(f"  system calls  {sum(calls.values()):10.2f}")
            for name, value in sorted(calls.items(), key=lambda pair: -pair[1]):
                if value >= 0.005:
                    print(f"    {name:16}{value:6.2f}")
        if count is None:
            print("  instructions: valgrind is not installed")
        else:
            print(f"  instructions  {count:10,.0f}")
