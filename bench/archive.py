#!/usr/bin/env python3
"""What a large archive costs: the first answer after kill -9; for its readers each kind of listing's
first, 1,000th and 10,000th pages, others anywhere in it, stories with their replies, and searches of
every kind; for its newsroom a publication, while readers take half a core; and bytes on the disk. On
SQLite or PostgreSQL.

    python3 bench/archive.py FOLDER [--stories N] [--replies N] [--database postgres://…]
        [--only restart,disk,publish,stories,listings,searches]

FOLDER becomes a site with N made-up stories and replies, if it is none yet; that takes minutes.
Every address is asked for once, so that no page comes from memory; times are of whole answers, in
milliseconds, as a reader's program on the same machine sees them. A publication is timed from its
command's way into the server to its answer, which comes when it is on the disk. CPU is the server's
alone, utime and stime. Run it on a machine that has nothing else to do.
"""

import argparse
import http.client
import os
import random
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COURANT = os.path.join(ROOT, "build/release/courant")
FILL = os.path.join(ROOT, "build/release/fill")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 60
RESTARTS = 5
PAGE_STORIES = 20
PAGES_DEEP = (1_000, 10_000)
STORY_ROUNDS = 500
PUBLICATIONS = 500
PUBLICATION_EVERY_SECONDS = 0.05
HALF_A_CORE = 0.5
DEEP_ROUNDS = 300
SEARCH_ROUNDS = 300
DAY_SECONDS = 86_400


class Server:
    """Ends with the program: it is a child, and is waited for."""

    def __init__(self, folder):
        started = time.monotonic()
        self.process = subprocess.Popen(
            [COURANT, "--site", folder, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = None
        self.version = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            sys.exit("archive.py: the server did not start; try it by hand with courant serve")
        self.get("/")
        self.first_ms = (time.monotonic() - started) * 1000

    def command_ms(self, folder, words, body):
        """Milliseconds until a command that `folder`'s server carries out is answered, without the
        start of a program: over the control socket, as server/control_message.h says."""
        version = subprocess.run([COURANT, "--version"], check=True, capture_output=True,
                                 text=True).stdout.split()[-1] if self.version is None else self.version
        self.version = version
        place = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        null = os.open(os.devnull, os.O_RDWR)
        body.seek(0)
        start = time.perf_counter()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.connect(os.path.join(folder, "courant.sock"))
            assert connection.recv(1) == b"c"
            request = b"".join(word.encode() + b"\0" for word in [version, *words])
            socket.send_fds(connection, [request], [body.fileno(), null, sys.stderr.fileno(), place])
            code = connection.recv(1)
        took_ms = (time.perf_counter() - start) * 1000
        os.close(place)
        os.close(null)
        if code != b"0":
            sys.exit(f"archive.py: {words[:3]} ended with {code}")
        return took_ms

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


# Of each kind that lists stories the one with most of them: fill numbers them by their rank.
LISTINGS = {"section": "/section-1", "tag": "/tag/topic-1", "byline": "/byline/reporter-1",
            "source": "/source/agency-1"}


def measure_deep(server, name, first):
    """Walks along a listing, each page from the one before: times of the hundred up to the 1,000th,
    and up to the 10,000th."""
    address, times = first, []
    for number in range(1, PAGES_DEEP[-1] + 1):
        took_ms, status, text = server.get(address)
        times.append(took_ms)
        if status != 200:
            sys.exit(f"archive.py: {address} answered {status}")
        if number in PAGES_DEEP:
            row(f"{name}, pages {number - 99:,} to {number:,}", times[-100:])
        found = re.search(r'<a href="([^"]+)" rel="next">', text)
        if not found:
            row(f"{name}, all {number:,} pages", times)
            return
        address = found.group(1).replace("&amp;", "&")


def measure_listings(server, dice):
    for name, address in (("archive", "/archive"), ("corrections", "/corrections")):
        measure(server, name, [address])
    for name, address in LISTINGS.items():
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
        measure_deep(server, name, f"{address}?before={newest_ms}-{found.group(2)}")
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
    """Words of stories in the language from the middle of the archive, most of them not common."""
    middle = (OLDEST_MS + int(time.time() * 1000)) // 2
    _, _, text = server.get(f"{prefix}/section-1?before={middle}-1")
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


# ---- restarts ----

def measure_restarts(folder):
    firsts = []
    for _ in range(RESTARTS):
        server = Server(folder)
        firsts.append(server.first_ms)
        server.kill()
    row("first answer after kill -9", firsts)


# ---- stories ----

def story_paths(server, dice, count):
    """Addresses of stories of any age, from the lists of days."""
    paths = set()
    while len(paths) < count:
        moment = OLDEST_MS / 1000 + dice.random() * (time.time() - OLDEST_MS / 1000)
        prefix = dice.choice(list(COMMON))
        _, status, text = server.get(prefix + time.strftime("/%Y/%m/%d", time.gmtime(moment)))
        if status == 200:
            found = re.findall(r'<h[23][^>]*><a href="(/[^"]+)">', text)
            paths.update(dice.sample(found, min(3, len(found))))
    return sorted(paths)[:count]


def measure_stories(server, dice):
    measure(server, "story with its replies", story_paths(server, dice, STORY_ROUNDS))


# ---- publications ----

class Readers(threading.Thread):
    """Ask for pages that are not in memory until the server has spent its share of a core on them,
    all the time."""

    def __init__(self, server, paths):
        super().__init__(daemon=True)
        self.server, self.paths, self.is_over, self.asked = server, paths, False, 0
        self.spent_ms = self.began = 0

    def run(self):
        start_ms, self.began = self.server.cpu_ms(), time.monotonic()
        number = 0
        while not self.is_over:
            self.spent_ms = self.server.cpu_ms() - start_ms
            elapsed_ms = (time.monotonic() - self.began) * 1000
            if self.spent_ms > HALF_A_CORE * elapsed_ms:
                time.sleep(0.001)
                continue
            # What no page declares is no part of its key: another day is.
            self.server.get(self.paths[number % len(self.paths)].format(number))
            self.asked = number = number + 1


def publication(number, dice):
    words = [dice.choice(COMMON[""]) for _ in range(8)]
    return ["--site", "", "story", "add", "--publish", "--headline", " ".join(words) + f" {number}",
            "--section", f"Section {dice.randrange(1, 8)}", "--byline", f"Reporter {dice.randrange(1, 150)}",
            "--tag", f"Topic {dice.randrange(1, 2000)}", "--tag", f"Topic {dice.randrange(1, 2000)}",
            "--source", f"Agency {dice.randrange(1, 12)}", "--body", "-"]


def measure_publications(server, folder, dice):
    rare = [word for prefix in COMMON for word in rare_words(server, prefix)]
    readers = Readers(server, [f"/search?q={urllib.parse.quote(word)}+-none{{0}}" for word in rare])
    readers.start()
    times = []
    for number in range(PUBLICATIONS):
        time.sleep(PUBLICATION_EVERY_SECONDS * dice.random() * 2)
        with tempfile.TemporaryFile() as body:
            for _ in range(6):
                body.write((" ".join(dice.choices(COMMON[""] + rare, k=55)) + ".\n\n").encode())
            words = publication(number, dice)
            words[1] = folder
            times.append(server.command_ms(folder, words, body))
    readers.is_over = True
    share = readers.spent_ms / ((time.monotonic() - readers.began) * 1000)
    readers.join()
    row(f"publication, server at {share:.2f} of a core", times)


# ---- the disk ----

# The tables and their indexes that belong to each.
PARTS = {"a story": ("story", "story_revision", "story_tag", "story_byline", "story_address",
                     "correction"),
         "search, of a story": ("search_document", "search_opening", "search_term_data",
                                "search_term_idx"),
         "a reply": ("reply",)}


def measure_disk(folder):
    path = os.path.join(folder, "courant.db")
    if not os.path.exists(path):
        print("bytes on disk: only of SQLite")
        return
    site = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    stories, replies = (site.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                        for table in ("story", "reply"))
    print(f"bytes on disk: {os.path.getsize(path):,} with {stories:,} stories and {replies:,} replies")
    sizes = dict(site.execute(
        "SELECT schema.tbl_name, SUM(stat.pgsize) FROM dbstat stat "
        "JOIN sqlite_schema schema ON schema.name = stat.name "
        "WHERE stat.aggregate = TRUE GROUP BY 1"))
    for part, tables in PARTS.items():
        count = replies if part == "a reply" else stories
        if count > 0:
            print(f"bytes on disk, {part}: {sum(sizes.get(table, 0) for table in tables) / count:,.0f}")
    site.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--replies", type=int, default=0)
    parser.add_argument("--database")
    parser.add_argument("--only", default="restart,disk,publish,stories,listings,searches")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    if not os.path.exists(os.path.join(options.folder, "courant.conf")):
        database = ["--database", options.database] if options.database else []
        subprocess.run([COURANT, "init", options.folder, "--name", "Archive", *database], check=True)
        started = time.monotonic()
        subprocess.run([FILL, options.folder, str(options.stories), str(options.replies)], check=True)
        print(f"{options.stories} stories and {options.replies} replies made in "
              f"{time.monotonic() - started:.0f} s")
    global OLDEST_MS
    # One every seven minutes, up to now (bench/fill.c).
    OLDEST_MS = int(time.time() * 1000) - options.stories * 7 * 60_000
    print(f"{'':46} {'asked':>5} {'p50 ms':>8} {'p99':>8} {'max':>8} {'CPU ms':>8}")
    only = options.only.split(",")
    if "restart" in only:
        measure_restarts(options.folder)
    if "disk" in only:
        measure_disk(options.folder)
    server = Server(options.folder)
    try:
        if "publish" in only:
            measure_publications(server, os.path.abspath(options.folder), dice)
        if "stories" in only:
            measure_stories(server, dice)
        if "listings" in only:
            measure_listings(server, dice)
        if "searches" in only:
            measure_searches(server, dice)
    finally:
        server.stop()


main()
