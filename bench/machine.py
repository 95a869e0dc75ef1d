"""What the benches share: servers on one core and loads on the other, their processor time, and a
newspaper with a story as long as news sites have them."""

import glob
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COURANT = os.path.join(ROOT, "build/release/courant")
SYSTEM_PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 60
SERVER_CORE, LOAD_CORE = "0", "1"
SITE_HOST = "news.example"


class Failure(Exception):
    """One sentence for the person who started this program."""


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not get ready within {seconds} seconds")
        time.sleep(0.02)


def free_port():
    with socket.socket() as chooser:
        chooser.bind(("127.0.0.1", 0))
        return chooser.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def run_bench(bench, options):
    """Runs `bench` with a folder and a log of its own, whose end is shown when it fails."""
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


def build_c(name, folder, *libraries):
    """Compiles bench/NAME.c; gives the program's path."""
    program = os.path.join(folder, name)
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", program,
                    os.path.join(ROOT, "bench", name + ".c"), *libraries], check=True)
    return program


def described():
    """The machine, and what else it does."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'PRETTY_NAME="(.*)"', file.read())
    return (f"{os.cpu_count()} cores of an {model[1] if model else 'unknown processor'}, "
            f"Linux {os.uname().release}, {system[1] if system else 'unknown system'}")


def priority():
    """A sentence, where the whole bench was put before what else the machine does."""
    if os.sched_getscheduler(0) in (os.SCHED_FIFO, os.SCHED_RR):
        return " Servers and loads were put before it by real-time priority."
    return ""


def version(package):
    """Of a Debian package; empty when it is not installed."""
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii",
                           check=False)
    state, _, found = asked.stdout.partition(" ")
    return found if state == "installed" else ""


def steal_seconds():
    """Processor time that the machine below has taken from this one, on the server's core."""
    with open("/proc/stat", encoding="ascii") as file:
        line = next(line for line in file if line.startswith(f"cpu{SERVER_CORE} "))
    return int(line.split()[8]) / TICKS


# ---- servers ----

class Server:
    """A process and what descends from it, on the server's core."""

    def __init__(self, name, command, log, **options):
        self.name = name
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stderr=log,
                                        start_new_session=True, **options)
        self.port = 0

    def processes(self):
        """The numbers of all processes in its session: a parent and its children."""
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="latin-1") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(fields[3]) == self.process.pid:
                yield int(path.split("/")[2]), fields

    def cpu_seconds(self):
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self.processes()) / TICKS

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_courant(name, program, site, folder, log, *flags):
    """On a port of its own, with one reactor."""
    ready = os.path.join(folder, f"ready-{name}")
    server = Server(name, [program, "--site", site, "serve", "--listen", "127.0.0.1:0",
                           "--ready-file", ready, "--net.reactors", "1", *flags], log, stdout=log)

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


# ---- one answer ----

class Target:
    """What is asked for."""

    def __init__(self, host, path, encoding):
        self.host, self.path, self.encoding = host, path, encoding


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = lines[0]
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.head_bytes = len(head) + 4
        self.body = body

    def field(self, name):
        return next((v for n, v in self.fields if n.lower() == name), "")

    def without(self, *names):
        return sorted((n.lower(), v) for n, v in self.fields if n.lower() not in names)


def receive(connection):
    piece = connection.recv(65536)
    if not piece:
        raise Failure("a server closed the connection inside its answer")
    return piece


def receive_chunks(connection, received):
    """A body in chunks, put together (RFC 9112 §7.1)."""
    body = b""
    while True:
        while b"\r\n" not in received:
            received += receive(connection)
        line, received = received.split(b"\r\n", 1)
        size = int(line, 16)
        while len(received) < size + 2:
            received += receive(connection)
        body, received = body + received[:size], received[size + 2:]
        if size == 0:
            return body


def request(host, path, encoding):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: {encoding}\r\n\r\n".encode()


def receive_answer(connection):
    """One answer, its head byte by byte as it came."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += receive(connection)
    head, body = received.split(b"\r\n\r\n", 1)
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    if length:
        while len(body) < int(length[1]):
            body += receive(connection)
    elif b"\r\ntransfer-encoding: chunked" in head.lower():
        body = receive_chunks(connection, body)
    else:
        raise Failure("a server does not say how long its answer is")
    return Answer(head, body)


def fetch(port, host, path, encoding):
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(request(host, path, encoding))
        return receive_answer(connection)


# ---- a newspaper ----

def story_text():
    """Words in an order that says nothing, and compress as well as the words of a story do."""
    chance = random.Random(20210723)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = ["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3)))) for _ in range(90)]
    sentences = [" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(130)]
    return "\n\n".join(" ".join(chance.choices(sentences, k=5)) for _ in range(40))


def add_story(program, site, headline, text):
    """Publishes it, beside a running server or without one; gives what the command says of it."""
    added = subprocess.run(
        [program, "--site", site, "story", "add", "--body", "-", "--headline", headline,
         "--section", "politics", "--publish", "--json"],
        input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return json.loads(added.stdout)


def make_site(program, site):
    """The demo newspaper with a long story; gives that one's path."""
    subprocess.run([program, "init", site, "--demo", "--url", f"https://{SITE_HOST}"], check=True,
                   stdout=subprocess.DEVNULL)
    url = add_story(program, site, "A long story", story_text())["url"]
    return url.removeprefix(f"https://{SITE_HOST}")
