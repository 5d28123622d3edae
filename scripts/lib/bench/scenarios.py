"""What is measured: each scenario puts load on a proxy and counts what was done."""
import dataclasses
import re
import statistics
import subprocess

from bench.machine import which


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    kind: str                   # which configuration; see Lab
    what: str
    load: tuple                 # arguments of the function below
    unit: str = "requests"


def wrk(connections, page="/", tls=False, script=None):
    return ("wrk", connections, page, tls, script)


def clients(mode, connections, tls=False):
    return ("clients", mode, connections, tls)


SCENARIOS = [
    Scenario("h1-small", "proxy", "64 keep-alive connections, http to http, 128 bytes", wrk(64)),
    Scenario("h1-small-256", "proxy", "the same with 256 connections", wrk(256)),
    Scenario("access-log", "log", "h1-small with an access log", wrk(64)),
    Scenario("tls-small", "proxy", "64 keep-alive connections, https to http",
             wrk(64, tls=True)),
    Scenario("tls-handshake", "proxy", "a new TLS connection for each request",
             clients("handshakes", 32, tls=True)),
    Scenario("ws-echo", "proxy", "64 WebSockets, messages of 128 bytes there and back",
             clients("echo", 64), "messages"),
    Scenario("wss-echo", "proxy", "the same over TLS", clients("echo", 64, tls=True), "messages"),
    Scenario("file-64k", "proxy", "proxied answers of 64 KiB", wrk(32, "/64k.bin")),
    Scenario("file-10m", "proxy", "proxied answers of 10 MiB", wrk(8, "/10m.bin")),
    Scenario("static-small", "static", "a small file from disk", wrk(64, "/small.txt")),
    Scenario("routing", "routing", "200 prefixes, 20 regular expressions, 50 names",
             wrk(64, script="routes.lua")),
    Scenario("fastcgi", "fastcgi", "FastCGI with connections that are kept", wrk(64, "/a.php")),
]


def put_load(lab, proxy, load, seconds):
    """Returns how many requests or messages were done."""
    if load[0] == "clients":
        _, mode, connections, tls = load
        words = [lab.load, mode, str(proxy.tls if tls else proxy.plain), str(connections),
                 str(seconds), *(["tls"] if tls else [])]
        done, failed = map(int, run(words).split())
    else:
        _, connections, page, tls, script = load
        scheme, port = ("https", proxy.tls) if tls else ("http", proxy.plain)
        words = [which("wrk"), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}"]
        words += ["-s", lab.folder / script] if script else []
        text = run([*words, f"{scheme}://127.0.0.1:{port}{page}"])
        done = int(re.search(r"(\d+) requests in", text).group(1))
        failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    if failed > done * 0.01 or done == 0:
        raise SystemExit(f"{proxy.name}: {failed} failed, {done} were done")
    return done


def run(words):
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{words[0]} failed: {result.stderr or result.stdout}")
    return result.stdout


@dataclasses.dataclass
class Figures:
    """The rounds of one scenario: nanoseconds and rate for each proxy, memory at the end."""
    times: dict
    rates: dict
    memory: dict

    def ratio(self, table, name):
        """The median of a proxy's figures over nginx's of the same round."""
        return statistics.median(a / b for a, b in zip(table[name], table["nginx"]))


def measure(lab, scenario, proxies, rounds, seconds):
    figures = Figures({p.name: [] for p in proxies}, {p.name: [] for p in proxies}, {})
    for proxy in proxies:
        proxy.start(scenario.kind)
    try:
        for proxy in proxies:
            put_load(lab, proxy, scenario.load, 0.3)
        for number in range(rounds):
            # Who goes first changes, so that a drift of the machine falls on all.
            turn = number % len(proxies)
            for proxy in proxies[turn:] + proxies[:turn]:
                before = proxy.program.processor_time()
                done = put_load(lab, proxy, scenario.load, seconds)
                figures.times[proxy.name].append(
                    (proxy.program.processor_time() - before) / done)
                figures.rates[proxy.name].append(done / seconds)
        for proxy in proxies:
            figures.memory[proxy.name] = proxy.program.memory()
    finally:
        for proxy in proxies:
            proxy.stop()
    return figures
