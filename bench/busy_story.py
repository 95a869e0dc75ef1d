#!/usr/bin/env python3
"""What readers feel while the story that they read takes 100 replies a second and another story is
published each second: times of whole answers, beside those of the same readers when nothing happens.

    python3 bench/busy_story.py [--program PROGRAM] [--other PROGRAM] [--rounds N] [--seconds N]

The story has 500 replies, 50 of them on the page that is read. Readers come in an open loop
(bench/load.c): 64 connections, gzip, at a fixed rate whether answers come or not. Replies take the
way of a browser's: a key, then the form; publications that of the command line. Server on core 0,
everything else on core 1, where the load goes first; quiet and busy by turns.
"""

import argparse
import http.client
import os
import statistics
import threading
import time
import urllib.parse

from load import run_open
from machine import (COURANT, LOAD_CORE, SITE_HOST, Target, add_story, build_c, described, fetch,
                     make_site, run_bench, start_courant, steal_seconds, story_text)

REPLIES_BEFORE = 500
REPLIES_PER_SECOND = 100
CONNECTIONS = 64
WARM_SECONDS = 2
LIMIT = 1.2


def replies(port, story, count, what):
    """Requests that each send a reply, with keys fetched as the page's script fetches them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    cookie, requests = "", []
    for number in range(count):
        if number % 500 == 0 and number > 0:  # a server answers so many on one connection
            connection.close()
        connection.request("GET", f"/reply/{story}/key", headers={"Host": SITE_HOST,
                                                                  "Cookie": cookie})
        answer = connection.getresponse()
        key = answer.read().decode().split('"')[3]
        cookie = answer.getheader("Set-Cookie", cookie).split(";")[0]
        form = urllib.parse.urlencode({
            "key": key, "name": f"Reader {number % 97}", "email": "reader@example.org", "website": "",
            "text": f"{what} {number}: I have read this twice, and still wonder who will pay for it. "
                    "The last time this was promised, nothing came of it.\n\nOr did I miss something?"})
        requests.append(f"POST /reply/{story} HTTP/1.1\r\nHost: {SITE_HOST}\r\nCookie: {cookie}\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        f"Content-Length: {len(form)}\r\n\r\n{form}\0")
    connection.close()
    return "".join(requests)


class Paper:
    """One build with its site, served."""

    def __init__(self, name, program, load, folder, log):
        self.name, self.program, self.load, self.folder = name, program, load, folder
        self.site = os.path.join(folder, f"site-{name}")
        self.target = Target(SITE_HOST, make_site(program, self.site), "gzip")
        self.server = start_courant(name, program, self.site, folder, log)
        page = fetch(self.server.port, SITE_HOST, self.target.path, "identity").body.decode()
        self.story = int(page.split('action="/reply/')[1].split('"')[0])
        self.rounds = {"quiet": [], "busy": []}
        self.posts, self.publications, self.cpu = [], [], {"quiet": [], "busy": []}
        self.stolen = 0

    def read(self, rate, seconds, requests="", per_second=REPLIES_PER_SECOND):
        """The times of readers, and of whoever replied."""
        forms = []
        if requests:
            forms = [os.path.join(self.folder, "replies"), per_second]
            with open(forms[0], "w", encoding="utf-8") as out:
                out.write(requests)
        return run_open(self.load, self.server, self.target, CONNECTIONS, rate, seconds, *forms)

    def prepare(self):
        self.read(100, REPLIES_BEFORE / REPLIES_PER_SECOND,
                  replies(self.server.port, self.story, REPLIES_BEFORE, "Before"))

    def publish(self, until):
        number = 0
        while time.monotonic() < until - 1:
            number += 1
            started = time.monotonic()
            add_story(self.program, self.site, f"Story {len(self.publications)}", story_text())
            self.publications.append((time.monotonic() - started) * 1e3)
            time.sleep(max(0, started + 1 - time.monotonic()))

    def round(self, kind, rate, seconds):
        requests = ""
        if kind == "busy":
            requests = replies(self.server.port, self.story, seconds * REPLIES_PER_SECOND,
                               f"Round {len(self.rounds[kind])}")
        self.read(rate, WARM_SECONDS)
        before, stolen = self.server.cpu_seconds(), steal_seconds()
        newsroom = threading.Thread(target=self.publish, args=(time.monotonic() + seconds,))
        if kind == "busy":
            newsroom.start()
        readers, *writers = self.read(rate, seconds, requests)
        self.cpu[kind].append((self.server.cpu_seconds() - before) / seconds)
        self.stolen += steal_seconds() - stolen
        if kind == "busy":
            newsroom.join()
            self.posts.append(writers[0])
        self.rounds[kind].append(readers)

    def median(self, kind, what):
        return statistics.median(getattr(times, what) for times in self.rounds[kind])

    def report(self):
        print(f"\n{self.name}: answers in µs, medians of rounds\n")
        print(f"| {'':5} | median | 99 % | 99.9 % | longest | load late (99 %) | CPU |")
        print("|---|---|---|---|---|---|---|")
        for kind in ("quiet", "busy"):
            figures = [self.median(kind, what) for what in
                       ("median", "p99", "p999", "longest", "behind")]
            print(f"| {kind:5} | " + " | ".join(f"{figure:.0f}" for figure in figures) +
                  f" | {statistics.median(self.cpu[kind]):.2f} |")
        pairs = [busy.p99 / quiet.p99 for quiet, busy in zip(self.rounds["quiet"], self.rounds["busy"])]
        ratio = self.median("busy", "p99") / self.median("quiet", "p99")
        print(f"\np99 busy ÷ quiet: {ratio:.2f} (each round: "
              f"{', '.join(f'{pair:.2f}' for pair in pairs)}): "
              f"{'held' if ratio <= LIMIT else 'NOT held'} (≤ {LIMIT})")
        print(f"a reply: median {statistics.median(t.median for t in self.posts) / 1e3:.1f} ms, "
              f"p99 {statistics.median(t.p99 for t in self.posts) / 1e3:.1f} ms; "
              f"a publication, its command and all: median {statistics.median(self.publications):.0f} "
              f"ms, longest {max(self.publications):.0f} ms")
        print(f"taken by the machine below: {self.stolen:.2f} s of the server's core")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--program", default=COURANT)
    parser.add_argument("--other", help="another build, measured in the same rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8, help="of each half of a round")
    parser.add_argument("--rate", type=int, default=4000, help="readers' requests a second")
    return parser.parse_args()


def bench(options, folder, log):
    load = build_c("load", folder, "-lm")
    papers = []
    programs = {"courant": options.program} | ({"other": options.other} if options.other else {})
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    try:
        for name, program in programs.items():
            papers.append(Paper(name, program, load, folder, log))
        for paper in papers:
            paper.prepare()
        for _ in range(options.rounds):
            for paper in papers:
                paper.round("quiet", options.rate, options.seconds)
                paper.round("busy", options.rate, options.seconds)
        print(f"{described()}\nload average {os.getloadavg()[0]:.1f}; {options.rounds} rounds of "
              f"{options.seconds} s quiet and {options.seconds} s busy; readers ask "
              f"{options.rate} times a second")
        for paper in papers:
            paper.report()
    finally:
        for paper in papers:
            paper.server.stop()


if __name__ == "__main__":
    run_bench(bench, parse_options())
