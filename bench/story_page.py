#!/usr/bin/env python3
"""What a story page costs: server CPU per request of Courant, of nginx serving the same bytes as
a static file, and of a bare epoll loop.

The page is a story of 28 KB, 7 KB as gzip, as news sites have them. It is fetched from Courant, gzip
and identity, when it has been compressed as well as it will be, and its header block and body are
given to the two others; what each then sends is compared before anything is measured. Each server
runs on core 0 alone, wrk on core 1, in interleaved rounds. CPU is utime + stime of all processes of
a server. nginx runs in several configurations, of which the best is taken for each page.

With --other a second build of Courant is measured in the same rounds, to see what a change does.
"""

import argparse
import glob
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 15
SERVER_CORE, LOAD_CORE = "0", "1"
SITE_HOST = "news.example"
# Read often enough to be compressed well, and then left alone for so long.
SETTLE_REQUESTS, SETTLE_SECONDS = 300, 2

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


class Failure(Exception):
    """One sentence for the person who started this program."""


class Answer:
    def __init__(self, raw):
        head, self.body = raw
        lines = head.decode("latin-1").split("\r\n")
        self.status = lines[0]
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.head_bytes = len(head) + 4

    def field(self, name):
        return next((v for n, v in self.fields if n.lower() == name), "")

    def without(self, *names):
        return sorted((n.lower(), v) for n, v in self.fields if n.lower() not in names)


def fetch(port, host, path, encoding):
    """One answer, byte by byte as it came."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: {encoding}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(request.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += receive(connection)
        head, body = received.split(b"\r\n\r\n", 1)
        length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
        if not length:
            raise Failure(f"http://127.0.0.1:{port}{path} has no Content-Length")
        while len(body) < int(length[1]):
            body += receive(connection)
    return Answer((head, body))


def receive(connection):
    piece = connection.recv(65536)
    if not piece:
        raise Failure("a server closed the connection inside its answer")
    return piece


def free_port():
    with socket.socket() as chooser:
        chooser.bind(("127.0.0.1", 0))
        return chooser.getsockname()[1]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not get ready within {PATIENCE_SECONDS} seconds")
        time.sleep(0.02)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Server:
    """A process and what descends from it, pinned to the server's core."""

    def __init__(self, name, command, log, **options):
        self.name = name
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stderr=log,
                                        start_new_session=True, **options)
        self.port = 0

    def cpu_seconds(self):
        """Of all processes in its session: a parent and its children."""
        ticks = 0
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="latin-1") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(fields[3]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_courant(name, program, site, folder, log):
    ready = os.path.join(folder, f"ready-{name}")
    server = Server(name, [program, "--site", site, "serve", "--listen", "127.0.0.1:0",
                                "--ready-file", ready, "--net.reactors", "1"], log,
                    stdout=log)
    def is_ready():
        if server.process.poll() is not None:
            raise Failure("courant ended before it was ready; see above")
        return os.path.exists(ready) and os.path.getsize(ready) > 0
    try:
        wait_until(is_ready, "courant")
        with open(ready, encoding="ascii") as file:
            server.port = int(file.read().strip().rstrip("/").rpartition(":")[2])
    except BaseException:
        server.stop()
        raise
    return server


def start_nginx(name, transport, page, folder, log):
    root = os.path.join(folder, "root")
    os.makedirs(root)
    os.chmod(folder, 0o755)
    is_gzip = page.field("content-encoding") == "gzip"
    with open(os.path.join(root, "page.gz" if is_gzip else "page"), "wb") as file:
        file.write(page.body)
    if is_gzip:  # try_files looks for the plain name
        with open(os.path.join(root, "page"), "wb") as file:
            file.write(b"only the precompressed file is served\n")
    own = ("date", "content-length", "content-type", "content-encoding", "connection")
    fields = "".join("add_header %s %s;\n" % (n, quoted(v))
                     for n, v in page.fields if n.lower() not in own)
    if not page.field("last-modified"):
        fields += 'add_header Last-Modified "";\n'
    port = free_port()
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w", encoding="latin-1") as file:
        file.write(NGINX.format(folder=folder, port=port, fields=fields, transport=transport,
                                gzip_static="on" if is_gzip else "off",
                                user="user root;" if os.geteuid() == 0 else "",
                                content_type=page.field("content-type")))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    server = Server(name, [nginx, "-p", folder, "-c", configuration], log)
    server.port = port
    wait_until(lambda: answers(port), "nginx")
    return server


def quoted(value):
    if "$" in value:
        raise Failure("a field holds a $, which nginx would replace: " + value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def start_floor(page, program, folder, log):
    head, body = os.path.join(folder, "head"), os.path.join(folder, "body")
    with open(head, "w", encoding="latin-1", newline="") as file:
        file.write("".join(line + "\r\n" for line in
                           [page.status] + [f"{n}: {v}" for n, v in page.fields]))
    with open(body, "wb") as file:
        file.write(page.body)
    server = Server("bare loop", [program, head, body], log, stdout=subprocess.PIPE)
    server.port = int(server.process.stdout.readline())
    return server


def check_same(page, other, name, allowed):
    """The same body, and the same fields but for `allowed`."""
    if other.body != page.body:
        raise Failure(f"{name} sends another body than Courant")
    if other.without("date", *allowed) != page.without("date", *allowed):
        raise Failure(f"{name} sends other fields than Courant: "
                      f"{set(other.without(*allowed)) ^ set(page.without(*allowed))}")


def milliseconds(found):
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


class Load:
    """One run of wrk against one server."""

    def __init__(self, server, host, path, encoding, seconds):
        before = server.cpu_seconds()
        done = subprocess.run(
            ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", "--latency", f"-d{seconds}s",
             "-H", f"Host: {host}", "-H", f"Accept-Encoding: {encoding}",
             f"http://127.0.0.1:{server.port}{path}"],
            stdout=subprocess.PIPE, encoding="ascii", check=True)
        cpu = server.cpu_seconds() - before
        found = re.search(r"(\d+) requests in", done.stdout)
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout or not found:
            raise Failure(f"wrk saw errors from {server.name}:\n{done.stdout}")
        self.microseconds = cpu * 1e6 / int(found[1])
        self.p99_ms = milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)\b", done.stdout))
        self.per_second = float(re.search(r"Requests/sec: +([\d.]+)", done.stdout)[1])


def measure_page(servers, host, path, encoding, options):
    """The medians of each server: {name: (microseconds, requests a second, p99 in ms)}."""
    loads = {server.name: [] for server in servers}
    for number in range(options.rounds):
        # Each round begins with another one, so that none always comes first.
        turn = number % len(servers)
        for server in servers[turn:] + servers[:turn]:
            loads[server.name].append(Load(server, host, path, encoding, options.seconds))
    return {name: (statistics.median(load.microseconds for load in list_),
                   statistics.median(load.per_second for load in list_),
                   statistics.median(load.p99_ms for load in list_))
            for name, list_ in loads.items()}


def best_nginx(page, host, path, encoding, folder, log):
    """Starts all configurations, keeps the one that needs the least CPU in a short trial."""
    servers = []
    try:
        for name, transport in NGINX_TRANSPORTS.items():
            place = os.path.join(folder, "nginx-" + re.sub(r"\W+", "-", name))
            os.makedirs(place)
            servers.append(start_nginx(f"nginx ({name})", transport, page, place, log))
        costs = [statistics.median(Load(server, host, path, encoding, 1).microseconds
                                   for _ in range(3)) for server in servers]
        best = servers.pop(costs.index(min(costs)))
    finally:
        for server in servers:
            server.stop()
    return best


def settled(server, host, path, encoding):
    """The page once it has been compressed as well as it will be."""
    for _ in range(SETTLE_REQUESTS):
        fetch(server.port, host, path, encoding)
    page = fetch(server.port, host, path, encoding)
    since = time.monotonic()
    while time.monotonic() < since + SETTLE_SECONDS:
        time.sleep(0.1)
        now = fetch(server.port, host, path, encoding)
        if now.body != page.body:
            page, since = now, time.monotonic()
    return page


def bench_page(courants, host, path, encoding, options, floor_program, folder, log):
    os.makedirs(folder)
    page, *others = (settled(courant, host, path, encoding) for courant in courants)
    if any(len(other.body) != len(page.body) for other in others):
        print("The other build sends a body of", *(len(other.body) for other in others), "bytes.")
    if not page.status.startswith("HTTP/1.1 200 "):
        raise Failure(f"Courant answers {path} with {page.status}")
    if (page.field("content-encoding") or "identity") != encoding:
        raise Failure(f"Courant does not send {path} as {encoding}")
    floor = start_floor(page, floor_program, folder, log)
    started = [floor]
    try:
        nginx = best_nginx(page, host, path, encoding, folder, log)
        started.append(nginx)
        from_floor = fetch(floor.port, host, path, encoding)
        from_nginx = fetch(nginx.port, host, path, encoding)
        check_same(page, from_floor, "the bare loop", ())
        # It always says who it is and that the connection stays, 41 bytes in all.
        check_same(page, from_nginx, "nginx", ("server", "connection"))
        medians = measure_page([*courants, nginx, floor], host, path, encoding, options)
    finally:
        for server in started:
            server.stop()
    print(f"\n{path} as {encoding}: {len(page.body)} bytes, head {page.head_bytes} "
          f"(nginx {from_nginx.head_bytes}, which adds {added(page, from_nginx)})")
    print_table([courant.name for courant in courants], nginx.name, floor.name, medians)


def added(page, other):
    more = set(other.without("date")) - set(page.without("date"))
    return ", ".join(sorted(f"{n}: {v}" for n, v in more)) or "nothing"


def print_table(courants, nginx, floor, medians):
    print(f"  {'':34}{'CPU µs/request':>16}{'÷ nginx':>10}{'÷ loop':>10}{'requests/s':>13}{'p99 ms':>9}")
    for name in (*courants, nginx, floor):
        cost, rate, p99 = medians[name]
        print(f"  {name:34}{cost:16.2f}{cost / medians[nginx][0]:10.2f}"
              f"{cost / medians[floor][0]:10.2f}{rate:13.0f}{p99:9.2f}")


def story_text():
    """Words in an order that says nothing, and compress as well as the words of a story do."""
    chance = random.Random(20210723)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = ["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3)))) for _ in range(90)]
    sentences = [" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(130)]
    return "\n\n".join(" ".join(chance.choices(sentences, k=5)) for _ in range(40))


def make_site(program, site):
    """The demo newspaper with a long story; gives that one's path."""
    subprocess.run([program, "init", site, "--demo", "--url", f"https://{SITE_HOST}"], check=True,
                   stdout=subprocess.DEVNULL)
    added = subprocess.run(
        [program, "--site", site, "story", "add", "--body", "-", "--headline", "A long story",
         "--section", "politics", "--publish", "--json"],
        input=story_text(), stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return json.loads(added.stdout)["url"].removeprefix(f"https://{SITE_HOST}")


def first_story(port, host):
    """The address of a story that the home page leads to: /section/yyyy/mm/dd/slug."""
    home = fetch(port, host, "/", "identity").body.decode("utf-8", "replace")
    found = re.search(r'href="(?:https?://[^/"]+)?(/[^"/]+/\d{4}/\d\d/\d\d/[^"#?]+)"', home)
    if not found:
        raise Failure("the home page leads to no story: name one with --path")
    return found[1]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--site", help="folder of a newspaper (else one is made)")
    parser.add_argument("--path", help="address of the page (else the first story of the home page)")
    parser.add_argument("--host", help="Host field of the requests (else that of the server)")
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/courant"))
    parser.add_argument("--other", help="another build, measured in the same rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of load, per server and round")
    return parser.parse_args()


def bench(options, folder, log):
    if os.cpu_count() < 2:
        raise Failure("this needs two cores: one for the server, one for the load")
    floor_program = os.path.join(folder, "floor")
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", floor_program,
                    os.path.join(ROOT, "bench/floor.c")], check=True)
    site, path, host = options.site, options.path, options.host
    if site is None:
        site = os.path.join(folder, "site")
        path, host = make_site(options.program, site), SITE_HOST
    programs = {"courant": (options.program, site)}
    if options.other is not None:
        copy = os.path.join(folder, "copy")
        shutil.copytree(site, copy)
        programs["courant (other)"] = (options.other, copy)
    courants = []
    try:
        for name, (program, place) in programs.items():
            courants.append(start_courant(name, program, place, folder, log))
        host = host or f"127.0.0.1:{courants[0].port}"
        path = path or first_story(courants[0].port, host)
        print(f"Server on core {SERVER_CORE}, wrk -t1 -c64 on core {LOAD_CORE}, medians of "
              f"{options.rounds} interleaved rounds of {options.seconds} s; keep-alive, no logs.")
        busy = os.getloadavg()[0]
        if busy > 0.5:
            print(f"The machine has other work (load {busy:.1f}): only the ratios say something.")
        for encoding in ("gzip", "identity"):
            bench_page(courants, host, path, encoding, options, floor_program,
                       os.path.join(folder, encoding), log)
    finally:
        for courant in courants:
            courant.stop()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="courant-bench-") as folder:
        os.chmod(folder, 0o755)
        log_path = os.path.join(folder, "log")
        with open(log_path, "wb") as log:
            try:
                bench(options, folder, log)
            except (Failure, OSError, subprocess.CalledProcessError) as error:
                with open(log_path, encoding="utf-8", errors="replace") as said:
                    sys.stderr.write("".join(said.readlines()[-20:]))
                sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
