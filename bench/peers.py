"""What Courant is held against: other servers that send the same bytes, and the bare loops. Each is
started on the server's core, in a folder and on a port of its own, without logs."""

import os
import re
import shutil
import statistics
import subprocess

from load import Closed
from machine import SYSTEM_PATH, Failure, Server, answers, free_port, wait_until

FLOORS = ("send", "sendfile", "uring")
# One worker, as the others have one thread. Debian builds gzip_static into nginx-light.
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error; {user}
events {{ worker_connections 1024; multi_accept on; }}
http {{
  access_log off; server_tokens off; etag off; keepalive_requests 1000000000;
  keepalive_timeout 1h; max_ranges 0; tcp_nodelay on; {transport}
  open_file_cache max=16 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}; root {folder}/root; gzip_static {gzip_static};
    default_type "{content_type}"; types {{ }} charset off;
    {fields}
    location / {{ try_files /page =404; }}
  }}
}}
"""
NGINX_TRANSPORTS = {
    "sendfile, tcp_nopush": "sendfile on; tcp_nopush on;",
    "sendfile": "sendfile on; tcp_nopush off;",
    "read and writev": "sendfile off; output_buffers 1 256k;",
}
H2O = """
num-threads: 1
user: {user}
pid-file: {folder}/h2o.pid
error-log: {folder}/error.log
http1-request-timeout: 3600
file.etag: OFF
listen: {{host: 127.0.0.1, port: {port}}}
hosts:
  default:
    paths:
      "/":
        file.dir: {folder}/root
        file.send-compressed: {compressed}
        file.mime.setdefaulttype: "{content_type}"
        header.unset: accept-ranges
{fields}
"""
# Everything is kept for an hour, whatever Cache-Control tells browsers.
VARNISH = """
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_backend_response {{ set beresp.ttl = 1h; return (deliver); }}
"""


def program(name):
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise Failure(f"{name} is not there: ./dev bench installs what packages/bench.txt names")
    return found


def started(server, what):
    """The server once it answers; it has ended when it does not."""
    try:
        wait_until(lambda: server.process.poll() is not None or answers(server.port), what)
        if server.process.poll() is not None:
            raise Failure(f"{what} ended at once; see above")
    except BaseException:
        server.stop()
        raise
    return server


def is_gzip(page):
    return page.field("content-encoding") == "gzip"


def fields_to_add(page):
    """What a server of files does not say by itself."""
    own = ("date", "content-length", "content-type", "content-encoding", "connection", "last-modified")
    return [(name, value) for name, value in page.fields if name.lower() not in own]


def quoted(value):
    if "$" in value or "%" in value:
        raise Failure("a field holds a sign that a configuration would replace: " + value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def root_make(page, folder, name):
    """A folder to serve from: the page, and beside it its gzip."""
    path = os.path.join(folder, "root", name)
    os.makedirs(os.path.dirname(path))
    os.chmod(folder, 0o755)
    with open(path, "wb") as file:
        file.write(b"only the precompressed file is served\n" if is_gzip(page) else page.body)
    if is_gzip(page):
        with open(path + ".gz", "wb") as file:
            file.write(page.body)


# ---- nginx ----

def start_nginx(name, transport, page, folder, log):
    root_make(page, folder, "page")
    fields = "".join(f"add_header {n} {quoted(v)};\n" for n, v in fields_to_add(page))
    fields += f'add_header Last-Modified {quoted(page.field("last-modified"))};\n'
    port = free_port()
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w", encoding="latin-1") as file:
        file.write(NGINX.format(folder=folder, port=port, fields=fields, transport=transport,
                                gzip_static="on" if is_gzip(page) else "off",
                                user="user root;" if os.geteuid() == 0 else "",
                                content_type=page.field("content-type")))
    server = Server(name, [program("nginx"), "-p", folder, "-c", configuration], log)
    server.port = port
    return started(server, "nginx")


def best_nginx(page, target, folder, log):
    """Starts all configurations, keeps the one that needs the least CPU in a short trial."""
    servers = []
    try:
        for name, transport in NGINX_TRANSPORTS.items():
            place = os.path.join(folder, "nginx-" + re.sub(r"\W+", "-", name))
            os.makedirs(place)
            servers.append(start_nginx(f"nginx ({name})", transport, page, place, log))
        costs = [statistics.median(Closed(server, target, 64, 1).microseconds for _ in range(3))
                 for server in servers]
        best = servers.pop(costs.index(min(costs)))
    finally:
        for server in servers:
            server.stop()
    return best


# ---- h2o ----

def start_h2o(page, target, folder, log):
    """It finds files by their names alone, so the page lies where its address says."""
    os.makedirs(folder)
    root_make(page, folder, target.path.lstrip("/"))
    port = free_port()
    configuration = os.path.join(folder, "h2o.conf")
    fields = fields_to_add(page)
    if page.field("last-modified"):
        fields.append(("Last-Modified", page.field("last-modified")))
    with open(configuration, "w", encoding="latin-1") as file:
        file.write(H2O.format(
            folder=folder, port=port, user="root" if os.geteuid() == 0 else os.environ.get("USER", ""),
            compressed="ON" if is_gzip(page) else "OFF", content_type=page.field("content-type"),
            fields="\n".join(f"        header.set: {quoted(f'{n}: {v}')}" for n, v in fields)))
    server = Server("h2o", [program("h2o"), "-m", "worker", "-c", configuration], log)
    server.port = port
    return started(server, "h2o")


# ---- varnish ----

def start_varnish(origin, folder, log):
    """In front of a bare loop that sends the page; answers from its memory."""
    os.makedirs(folder)
    port = free_port()
    vcl = os.path.join(folder, "default.vcl")
    with open(vcl, "w", encoding="ascii") as file:
        file.write(VARNISH.format(port=origin.port))
    server = Server("varnish", [program("varnishd"), "-F", "-j", "none", "-n", folder, "-f", vcl,
                                "-a", f"127.0.0.1:{port}", "-s", "malloc,64m",
                                "-p", "timeout_idle=3600"], log, stdout=subprocess.DEVNULL)
    server.port = port
    return started(server, "varnish")


# ---- bare loops ----

def start_floor(mode, page, loop, folder, log):
    head, body = os.path.join(folder, "head"), os.path.join(folder, "body")
    with open(head, "w", encoding="latin-1", newline="") as file:
        file.write("".join(line + "\r\n" for line in
                           [page.status] + [f"{n}: {v}" for n, v in page.fields]))
    with open(body, "wb") as file:
        file.write(page.body)
    server = Server(f"bare loop, {mode}", [loop, mode, head, body], log, stdout=subprocess.PIPE)
    line = server.process.stdout.readline()
    if not line:
        server.stop()
        raise Failure(f"the bare loop can't run with {mode}; see above")
    server.port = int(line)
    return server
