#!/usr/bin/env python3
"""What a large archive costs its readers: the first answer after kill -9, each kind of listing's
first and 1,000th page, deep ones in between, and searches of every kind, on SQLite or PostgreSQL.

    python3 bench/archive.py FOLDER [--stories N] [--database postgres://…]

FOLDER becomes a site with N made-up stories, if it is none yet; that takes minutes. Every address
is asked for once, so that no page comes from memory; times are of whole answers, in milliseconds,
as a reader's program on the same machine sees them. CPU is the server's alone, utime and stime.
Run it on a machine that has nothing else to do.
"""

import argparse
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COURANT = os.path.join(ROOT, "build/release/courant")
FILL = os.path.join(ROOT, "build/release/fill")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 60
RESTARTS = 5
PAGE_STORIES = 20
PAGES_DEEP = 1000
DEEP_ROUNDS = 100
SEARCH_ROUNDS = 100
DAY_SECONDS = 86_400


def command(folder, *words):
    answer = subprocess.run([COURANT, "--site", folder, *words, "--json"], check=True,
                            capture_output=True, text=True)
    return json.loads(answer.stdout)


class Server:
    """Ends with the program: it is a child, and is waited for."""

    def __init__(self, folder):
        started = time.monotonic()
        self.process = subprocess.Popen(
            [COURANT, "--site", folder, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            sys.exit("archive.py: the server did not start; try it by hand with courant serve")
        self.get("/")
        self.first_ms = (time.monotonic() - started) * 1000

    def get(self, path):
        """Milliseconds, status and text of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        took_ms = (time.perf_counter() - start) * 1000
        connection.close()
        return took_ms, answer.status, body.decode()

    def server(self):
        """The process number of the server, which the parent that was started has started."""
        parent = self.process.pid
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def cpu_ms(self):
        with open(f"/proc/{self.server()}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / TICKS

    def kill(self):
        server = self.server()
        self.process.send_signal(signal.SIGSTOP)  # else it would start the server again
        os.kill(server, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def row(name, times, cpu_ms=None):
    times = sorted(times)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    cpu = "" if cpu_ms is None else f"{cpu_ms / len(times):8.2f}"
    print(f"{name:46} {len(times):5} {statistics.median(times):8.2f} {p99:8.2f} {times[-1]:8.2f} {cpu}",
          flush=True)


def measure(server, name, paths, statuses=(200,)):
    before = server.cpu_ms()
    times = []
    for path in paths:
        took_ms, got, _ = server.get(path)
        if got not in statuses:
            sys.exit(f"archive.py: {path} answered {got}")
        times.append(took_ms)
    row(name, times, server.cpu_ms() - before)


def listings(folder, dice):
    """A name and an address of each kind that lists stories."""
    for kind, where in (("section", "/{}"), ("tag", "/tag/{}"), ("byline", "/byline/{}"),
                        ("source", "/source/{}")):
        items = command(folder, kind, "list")
        yield kind, where.format(urllib.parse.quote(dice.choice(items[:5])["slug"]))


def deep_pages(server, first):
    """The addresses of a listing's pages up to the 1,000th, each from the one before."""
    address = first
    for number in range(1, PAGES_DEEP + 1):
        _, status, text = server.get(address)
        found = re.search(r'<a href="([^"]+)" rel="next">', text)
        if status != 200 or not found:
            return number, None
        address = found.group(1).replace("&amp;", "&")
    return PAGES_DEEP, address


def measure_listings(server, folder, dice):
    for name, address in (("archive", "/archive"), ("corrections", "/corrections")):
        measure(server, name, [address])
    for name, address in listings(folder, dice):
        measure(server, f"{name} {address}, first page", [address])
        _, _, text = server.get(address)
        found = re.search(r"before=(-?\d+)-(\d+)", text)
        if not found:
            continue
        newest_ms = int(found.group(1))
        span = newest_ms - OLDEST_MS
        deep = [f"{address}?before={OLDEST_MS + dice.randrange(span // 50, span)}-{dice.randrange(1, 10**6)}"
                for _ in range(DEEP_ROUNDS)]
        measure(server, f"{name}, anywhere in it or past its end", deep, (200, 404))
        number, last = deep_pages(server, address)
        if last is None:
            print(f"{name:46} has {number} pages")
        else:
            measure(server, f"{name}, page {number + 1}", [last])
    now = time.time()
    days = {time.strftime("/%Y/%m/%d", time.gmtime(OLDEST_MS / 1000 + dice.random() * (now - OLDEST_MS / 1000)))
            for _ in range(DEEP_ROUNDS)}
    measure(server, "day", sorted(days))


COMMON = {
    "": ["the", "of", "and", "to", "in", "said", "on", "for", "was", "his", "that", "with"],
    "/ar": ["في", "من", "على", "إلى", "أن", "التي", "عن", "مع", "قال", "بعد"],
    "/ckb": ["لە", "بۆ", "بە", "کە", "ئەم", "لەگەڵ", "کرد", "دوای"],
}


def rare_words(server, prefix):
    """Words of the newest stories in the language, most of them not common."""
    _, _, text = server.get(prefix or "/")
    texts = re.findall(r'<h[23][^>]*><a href="[^"]+">([^<]+)</a>', text)
    return [word for line in texts for word in line.split() if len(word) > 4]


def question(kind, common, rare, dice):
    if kind == "rare":
        return dice.choice(rare)
    if kind == "two rare":
        return " ".join(dice.sample(rare, 2))
    if kind == "common":
        return dice.choice(common)
    if kind == "several common":
        return " ".join(dice.sample(common, 3))
    if kind == "common and rare":
        return f"{dice.choice(common)} {dice.choice(rare)}"
    if kind == "phrase":
        return '"' + " ".join(dice.sample(common, 2)) + '"'
    return " -".join(dice.sample(common, 2))


KINDS = ("rare", "two rare", "common", "several common", "common and rare", "phrase", "excluded")


def searches(kind, order, rare, dice):
    """Addresses that nobody has asked for: the last day differs, and so does what is found."""
    for number in range(SEARCH_ROUNDS):
        prefix = dice.choice(list(COMMON))
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - DAY_SECONDS * number))
        asked = {"q": question(kind, COMMON[prefix], rare[prefix], dice), "until": day}
        if order == "relevance":
            asked["order"] = order
        yield f"{prefix}/search?{urllib.parse.urlencode(asked)}"


def measure_searches(server, dice):
    rare = {prefix: rare_words(server, prefix) for prefix in COMMON}
    for order in ("newest", "relevance"):
        for kind in KINDS:
            measure(server, f"search, {order} first: {kind}",
                    list(searches(kind, order, rare, dice)))


OLDEST_MS = 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--database")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    if not os.path.exists(os.path.join(options.folder, "courant.conf")):
        database = ["--database", options.database] if options.database else []
        subprocess.run([COURANT, "init", options.folder, "--name", "Archive", *database], check=True)
        started = time.monotonic()
        subprocess.run([FILL, options.folder, str(options.stories)], check=True)
        print(f"{options.stories} stories made in {time.monotonic() - started:.0f} s")
    global OLDEST_MS
    # One every seven minutes, up to now (bench/fill.c).
    OLDEST_MS = int(time.time() * 1000) - options.stories * 7 * 60_000
    print(f"{'':46} {'asked':>5} {'p50 ms':>8} {'p99':>8} {'max':>8} {'CPU ms':>8}")
    firsts = []
    for _ in range(RESTARTS):
        server = Server(options.folder)
        firsts.append(server.first_ms)
        server.kill()
    row("first answer after kill -9", firsts)
    server = Server(options.folder)
    try:
        measure_listings(server, options.folder, dice)
        measure_searches(server, dice)
    finally:
        server.stop()


main()
