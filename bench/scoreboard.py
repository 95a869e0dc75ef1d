#!/usr/bin/env python3
"""What a story page costs: CPU per request and times of Courant, of the servers that Debian has, and
of bare loops; what ./dev bench runs.

The page is a story of 28 KB, 7 KB as gzip, as news sites have them. It is fetched from Courant, gzip
and identity, when it has been compressed as well as it will be, and its header block and body are
given to nginx, h2o, varnish and the bare loops; what each then sends is compared before anything is
measured. WordPress makes its own page of the same text. nginx runs in several configurations, of
which the best is taken for each page.

Measured are, for each encoding and in turns, CPU per request under a closed loop and times under an
open one (bench/load.py). The report goes to bench/results/DATE-scoreboard.md when everything was
measured, and to the terminal alone with --only.
"""

import argparse
import os
import re
import shutil
import subprocess
import time

import peers
import report
import wordpress
from load import Closed, Figures, run_open
from machine import (COURANT, ROOT, SITE_HOST, Failure, Target, build_c, fetch, make_site, run_bench,
                     start_courant, story_text, version)

CONNECTIONS = 64
# Read often enough to be compressed well, and then left alone for so long.
SETTLE_REQUESTS, SETTLE_SECONDS = 300, 2
# WordPress can't answer at the others' rate, on one core: nginx compresses each answer of its cache.
CACHED_RATE, BARE_CONNECTIONS, BARE_RATE = 100, 4, 4
NAMES = ("courant", "nginx", "h2o", "varnish", "wordpress", "floors")


class Entrant:
    """A server in the rounds, and how it is asked."""

    def __init__(self, server, target, connections=CONNECTIONS, rate=None):
        self.server, self.target = server, target
        self.connections, self.rate = connections, rate

    def measure(self, load, options, figures):
        figures.closed.append(Closed(self.server, self.target, self.connections, options.seconds))
        figures.open += run_open(load, self.server, self.target, self.connections,
                                 self.rate or options.rate, options.seconds)


class Page:
    """One encoding's results."""

    def __init__(self, encoding, answer):
        self.encoding, self.body, self.head_bytes = encoding, answer.body, answer.head_bytes
        self.figures, self.notes, self.remarks = {}, {}, []


def check_same(page, other, name, allowed):
    """The same body, and the same fields but for `allowed`; gives what it adds."""
    if other.body != page.body:
        raise Failure(f"{name} sends another body than Courant")
    have, want = other.without("date", *allowed), page.without("date", *allowed)
    if have != want:
        raise Failure(f"{name} sends other fields than Courant: {set(have) ^ set(want)}")
    more = sorted(f"{n}: {v}" for n, v in set(other.without("date")) - set(page.without("date")))
    return other.head_bytes - page.head_bytes, ", ".join(more)


def settled(server, target):
    """The page once it has been compressed as well as it will be."""
    def now():
        return fetch(server.port, target.host, target.path, target.encoding)
    for _ in range(SETTLE_REQUESTS):
        now()
    page, since = now(), time.monotonic()
    while time.monotonic() < since + SETTLE_SECONDS:
        time.sleep(0.1)
        other = now()
        if other.body != page.body:
            page, since = other, time.monotonic()
    return page


class Board:
    """All that is started once: Courant's builds, WordPress, the programs of this folder."""

    def __init__(self, options, folder, log):
        self.options, self.folder, self.log = options, folder, log
        self.floor = build_c("floor", folder, "-luring")
        self.load = build_c("load", folder, "-lm")
        self.courants, self.backend, self.missing = [], None, []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        site = os.path.join(self.folder, "site")
        self.path = make_site(self.options.program, site)
        programs = {"courant": (self.options.program, site)}
        if self.options.other is not None:
            copy = os.path.join(self.folder, "copy")
            shutil.copytree(site, copy)
            programs["courant (other)"] = (self.options.other, copy)
        for name, (program, place) in programs.items():
            self.courants.append(start_courant(name, program, place, self.folder, self.log))
        if self.wants("wordpress"):
            self._start_wordpress()

    def _start_wordpress(self):
        absent = [name for name in wordpress.PACKAGES if not version(name)]
        if absent:
            self.missing.append(f"WordPress, which needs {', '.join(absent)}.")
            return
        self.backend = wordpress.Backend(os.path.join(self.folder, "wp"), SITE_HOST, story_text(),
                                         self.log)

    def stop(self):
        for server in [*self.courants, *([self.backend] if self.backend else [])]:
            server.stop()

    def wants(self, name):
        return name in self.options.only

    def measure(self, encoding):
        """One page against all."""
        folder = os.path.join(self.folder, encoding)
        os.makedirs(folder)
        target = Target(SITE_HOST, self.path, encoding)
        answer = settled(self.courants[0], target)
        if not answer.status.startswith("HTTP/1.1 200 "):
            raise Failure(f"Courant answers {self.path} with {answer.status}")
        if (answer.field("content-encoding") or "identity") != encoding:
            raise Failure(f"Courant does not send {self.path} as {encoding}")
        page = Page(encoding, answer)
        for other in self.courants[1:]:
            if len(settled(other, target).body) != len(answer.body):
                page.remarks.append("The other build sends a body of another length.")
        started = []
        try:
            entrants = [Entrant(courant, target) for courant in self.courants]
            for server in self._peers(answer, target, folder, started):
                self._check(page, answer, server, target)
                entrants.append(Entrant(server, target))
            entrants += self._wordpress(page, encoding, started)
            self._rounds(page, entrants)
        finally:
            for server in reversed(started):
                server.stop()
        return page

    def _peers(self, answer, target, folder, started):
        """Starts what is to send the same bytes, one after the other."""
        def ready(server):
            started.append(server)
            return server
        if self.wants("nginx"):
            yield ready(peers.best_nginx(answer, target, folder, self.log))
        if self.wants("h2o"):
            yield ready(peers.start_h2o(answer, target, os.path.join(folder, "h2o"), self.log))
        if self.wants("varnish"):
            origin = ready(peers.start_floor("send", answer, self.floor, folder, self.log))
            yield ready(peers.start_varnish(origin, os.path.join(folder, "varnish"), self.log))
        if self.wants("floors"):
            for mode in peers.FLOORS:
                yield ready(peers.start_floor(mode, answer, self.floor, folder, self.log))

    def _check(self, page, answer, server, target):
        """Each says in its own way who it is and that the connection stays."""
        other = fetch(server.port, target.host, target.path, target.encoding)
        allowed = () if server.name.startswith("bare loop") else (
            "server", "connection", "via", "x-varnish", "age", "accept-ranges", "last-modified")
        more, what = check_same(answer, other, server.name, allowed)
        if what:
            page.remarks.append(f"{server.name} sends {more} bytes more: {what}.")

    def _wordpress(self, page, encoding, started):
        if self.backend is None:
            return
        target = Target(SITE_HOST, self.backend.path, encoding)
        for name, is_cached in (("WordPress behind fastcgi_cache", True), ("WordPress, bare", False)):
            server = wordpress.WordPress(name, self.backend, is_cached)
            started.append(server)
            answer = fetch(server.port, target.host, target.path, encoding)
            page.remarks.append(f"{name} sends a page of its own, {len(answer.body)} bytes.")
            connections, rate = (CONNECTIONS, CACHED_RATE) if is_cached else (
                BARE_CONNECTIONS, BARE_RATE)
            page.notes[name] = f" ({connections} connections; times at {rate}/s)"
            yield Entrant(server, target, connections, rate)

    def _rounds(self, page, entrants):
        page.figures = {entrant.server.name: Figures() for entrant in entrants}
        for number in range(self.options.rounds):
            # Each round begins with another one, so that none always comes first.
            turn = number % len(entrants)
            for entrant in entrants[turn:] + entrants[:turn]:
                entrant.measure(self.load, self.options, page.figures[entrant.server.name])


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii",
                          check=False)
    return done.stdout.strip() or "an unknown commit"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--only", help=f"names parted by commas, of {', '.join(NAMES)}")
    parser.add_argument("--program", default=COURANT)
    parser.add_argument("--other", help="another build, measured in the same rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4,
                        help="of each load, per server and round")
    parser.add_argument("--rate", type=int, default=5000, help="requests a second of the open loop")
    options = parser.parse_args()
    options.is_whole = options.only is None and options.other is None
    options.only = NAMES if options.only is None else tuple(re.split(r",\s*", options.only))
    unknown = set(options.only) - set(NAMES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}: --only takes {', '.join(NAMES)}")
    options.commit = commit()
    return options


def bench(options, folder, log):
    if os.cpu_count() < 2:
        raise Failure("this needs two cores: one for the server, one for the load")
    board = Board(options, folder, log)
    try:
        pages = [board.measure(encoding) for encoding in ("gzip", "identity")]
    finally:
        board.stop()
    text = report.text_of(pages, options, board.missing)
    print(text)
    if options.is_whole:
        print("Written to", report.write(text))


if __name__ == "__main__":
    run_bench(bench, parse_options())
