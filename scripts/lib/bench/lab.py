"""The origins, the proxies and their configuration: the same text for nginx and for apus."""
import os
import pathlib
import subprocess
import tempfile

from bench.machine import Program, free_port, which

HERE = pathlib.Path(__file__).resolve().parent
ANSWER = "an answer of one hundred and twenty-eight bytes, as small as those of many programs ".ljust(127, ".")
PREFIXES, EXPRESSIONS, NAMES = 200, 20, 50
FIELDS = """proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;"""
FASTCGI = " ".join(
    f"fastcgi_param {name} {value};" for name, value in {
        "SCRIPT_NAME": "$fastcgi_script_name", "QUERY_STRING": "$query_string",
        "REQUEST_METHOD": "$request_method", "CONTENT_TYPE": "$content_type",
        "CONTENT_LENGTH": "$content_length", "REQUEST_URI": "$request_uri",
        "DOCUMENT_URI": "$document_uri", "DOCUMENT_ROOT": "$document_root",
        "SERVER_PROTOCOL": "$server_protocol", "GATEWAY_INTERFACE": "CGI/1.1",
        "REMOTE_ADDR": "$remote_addr", "REMOTE_PORT": "$remote_port",
        "SERVER_ADDR": "$server_addr", "SERVER_PORT": "$server_port",
        "SERVER_NAME": "$server_name",
        "SCRIPT_FILENAME": "$document_root$fastcgi_script_name"}.items())


def program(folder, workers, http, single=False):
    """A whole configuration around the inside of `http`."""
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(
        f"{name}_temp_path {folder}/tmp;"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""daemon off; {user} {"master_process off;" if single else ""}
worker_processes {workers}; worker_rlimit_nofile 4096;
pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 2000; }}
http {{
  {temporary}
  default_type text/plain; sendfile on; tcp_nopush on;
  keepalive_timeout 300s; keepalive_requests 1000000000;
  {http}
}}
"""


class Lab:
    """A folder with everything that the scenarios share."""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = pathlib.Path(self.holder.name)
        self.folder.chmod(0o755)
        self.origins = []
        self.origin_port, self.websocket_port, self.fastcgi_port = (free_port() for _ in range(3))
        (self.folder / "tmp").mkdir()
        self.load = self.folder / "load"
        compiler = which("cc", "gcc", "clang") or exit("a C compiler is needed")
        subprocess.run([compiler, "-O2", "-o", self.load, HERE / "load.c", "-lssl", "-lcrypto",
                        "-pthread"], check=True)
        subprocess.run(
            [which("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=localhost",
             "-keyout", self.folder / "key.pem", "-out", self.folder / "certificate.pem"],
            check=True, stderr=subprocess.DEVNULL)
        root = self.folder / "root"
        root.mkdir()
        (root / "small.txt").write_text(ANSWER + "\n")
        (root / "64k.bin").write_bytes(os.urandom(65_536))
        (root / "10m.bin").write_bytes(os.urandom(10 << 20))
        self.write_routes()

    def write_routes(self):
        """A wrk script that visits every location and server in turn."""
        self.prefixes = [f"/api/v{i % 5}/service{i}/" for i in range(PREFIXES)]
        self.expressions = [rf"^/files/t{i}/[a-z0-9]+\.(json|xml)$" for i in range(EXPRESSIONS)]
        self.names = [f"h{i}.bench.test" for i in range(1, NAMES)]
        pages = [("localhost", f"{prefix}item/7?q=1") for prefix in self.prefixes]
        pages += [("localhost", f"/files/t{i}/a{i}.json") for i in range(EXPRESSIONS)]
        pages += [(name, "/some/page") for name in self.names]
        # A stride without a common divisor mixes the three kinds.
        pages = [pages[i * 101 % len(pages)] for i in range(len(pages))]
        requests = "\n".join(
            f'  n = n + 1; r[n] = wrk.format("GET", "{page}", {{["Host"] = "{name}"}})'
            for name, page in pages)
        (self.folder / "routes.lua").write_text(
            f"local n, i, r = 0, 0, {{}}\ninit = function(args)\n{requests}\nend\n"
            "request = function()\n  i = i % n + 1\n  return r[i]\nend\n")

    def start(self):
        configuration = self.folder / "origin.conf"
        configuration.write_text(program(self.folder, 1, f"""access_log off; open_file_cache max=100;
  server {{ listen 127.0.0.1:{self.origin_port} backlog=4096; root {self.folder}/root;
    location / {{ return 200 "{ANSWER}\\n"; }} location ~ bin$ {{ }} }}"""))
        nginx = which("nginx") or exit("nginx is needed, as an origin and to compare with")
        log = self.folder / "origin.log"
        for words, port in (
                ([nginx, "-p", self.folder, "-c", configuration, "-e", log], self.origin_port),
                ([self.load, "websocket-origin", str(self.websocket_port)], self.websocket_port),
                ([self.load, "fastcgi-origin", str(self.fastcgi_port)], self.fastcgi_port)):
            self.origins.append(Program(words, log))
            self.origins[-1].wait_for(port)

    def close(self):
        for origin in self.origins:
            origin.stop()
        self.holder.cleanup()

    # The inside of `http` for each kind of scenario; `plain` and `tls` are the proxy's ports.

    def proxy_text(self, plain, tls, log="off"):
        return f"""access_log {log};
  upstream origin {{ server 127.0.0.1:{self.origin_port}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{plain} backlog=4096; listen 127.0.0.1:{tls} ssl backlog=4096;
    ssl_certificate {self.folder}/certificate.pem; ssl_certificate_key {self.folder}/key.pem;
    ssl_protocols TLSv1.3;
    location / {{ proxy_pass http://origin; {FIELDS} proxy_max_temp_file_size 0; }}
    location /ws {{
      proxy_pass http://127.0.0.1:{self.websocket_port}; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
    }}
  }}"""

    def log_text(self, plain, tls):
        return self.proxy_text(plain, tls, log=f"{self.folder}/access.log")

    def static_text(self, plain, tls):
        return f"""access_log off;
  server {{ listen 127.0.0.1:{plain} backlog=4096; root {self.folder}/root; }}"""

    def fastcgi_text(self, plain, tls):
        return f"""access_log off;
  upstream program {{ server 127.0.0.1:{self.fastcgi_port}; keepalive 64; }}
  server {{ listen 127.0.0.1:{plain} backlog=4096; root {self.folder}/root;
    location / {{ fastcgi_pass program; fastcgi_keep_conn on; {FASTCGI} }} }}"""

    def routing_text(self, plain, tls):
        body = f"proxy_pass http://origin; {FIELDS}"
        locations = "\n    ".join(
            [f"location {prefix} {{ {body} }}" for prefix in self.prefixes]
            + [f'location ~ "{expression}" {{ {body} }}' for expression in self.expressions])
        servers = "\n  ".join(
            f"server {{ listen 127.0.0.1:{plain}; server_name {name}; location / {{ {body} }} }}"
            for name in self.names)
        return f"""access_log off;
  upstream origin {{ server 127.0.0.1:{self.origin_port}; keepalive 256; }}
  server {{ listen 127.0.0.1:{plain} backlog=4096 default_server; server_name localhost;
    {locations}
  }}
  {servers}"""


class Proxy:
    """nginx or apus with the configuration of one kind of scenario."""

    def __init__(self, lab, name, binary):
        self.lab, self.name, self.binary = lab, name, binary

    def start(self, kind, workers=2, around=(), single=False):
        """`around` is a program that runs the proxy, such as valgrind."""
        folder = self.lab.folder / self.name
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.plain, self.tls = free_port(), free_port()
        configuration = folder / "proxy.conf"
        configuration.write_text(
            program(folder, workers, getattr(self.lab, f"{kind}_text")(self.plain, self.tls), single))
        log = folder / "output.log"
        self.program = Program(
            [*around, self.binary, "-p", folder, "-c", configuration, "-e", folder / "error.log"], log)
        self.program.wait_for(self.plain)

    def stop(self):
        self.program.stop()
