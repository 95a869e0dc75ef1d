#!/usr/bin/env python3
"""What a surge does to a server: an open loop at ten times what it can make, beside the pages that
it has in memory.

    python3 bench/surge.py FOLDER [--stories N] [--times 10] [--seconds 60] [--kept 20000]

FOLDER becomes a site with N made-up stories, five replies each, if it is none yet. Its cache is kept
small, so that a story that comes round again is no longer in it; the pages that are read as kept are
read so often that they stay. A costly request is a story that is not in memory (70 %), a search
that nobody made before (20 %) or a reply (10 %). The server runs on core 0, bench_surge on core 1.

1. quiet: kept pages alone, for their p99 and what they cost;
2. ramp: the costly mix beside them, faster step by step, until no more of it is answered: the peak;
3. surge: ten times the peak, beside them;
4. after: half the peak, beside them: when is it as it was?

Times are counted from when a request was due. Run it on a machine that has nothing else to do.
"""

import argparse
import json
import os
import random
import re
import subprocess
import time
import urllib.parse

from machine import COURANT, LOAD_CORE, ROOT, fetch, run_bench, start_courant

FILL = os.path.join(ROOT, "build/release/fill")
LOAD = os.path.join(ROOT, "build/release/bench_surge")
MIX = {"page": 0.7, "search": 0.2, "reply": 0.1}
WORDS = ("the", "of", "and", "to", "in")
CACHE = "8MB"
STEP_SECONDS, QUIET_SECONDS, AFTER_SECONDS = 4, 8, 8
STEPS = (100, 200, 300, 400, 500, 600, 800, 1000, 1300, 1600, 2000)
KEPT_PAGES = 20


def serve(program, site, folder, log, *more):
    """A server that keeps few pages, and a client's connection for as long as it comes."""
    server = start_courant("surge", program, site, folder, log, "--cache.size", CACHE,
                           "--net.max_requests_connection", "1000000", *more)
    server.host = f"127.0.0.1:{server.port}"
    return server


def get(server, path):
    answer = fetch(server.port, server.host, path, "identity")
    return answer, answer.body.decode()


def story_paths(server):
    """Of stories, from the site maps."""
    paths = []
    _, index = get(server, "/sitemap.xml")
    for part in re.findall(r"<loc>http://[^/]+(/sitemap/[^<]+)</loc>", index):
        _, text = get(server, part)
        paths += [re.sub(r"^http://[^/]+", "", place) for place in re.findall(r"<loc>([^<]+)</loc>", text)
                  if re.search(r"/\d{4}/\d\d/\d\d/", place)]
    return paths


class Load:
    """One run of bench_surge at these rates; `all` and `seconds` are what it counted, by kind."""

    def __init__(self, server, files, rates, seconds):
        kinds = [f"{kind}:{rate}:{files[kind]}" for kind, rate in rates.items() if rate > 0]
        cpu = server.cpu_seconds()
        done = subprocess.run(["taskset", "-c", LOAD_CORE, LOAD, str(server.port), server.host,
                               str(seconds), files["cookie"], files["key"], *kinds], check=True,
                              capture_output=True, text=True)
        self.cpu = (server.cpu_seconds() - cpu) / seconds
        self.length = seconds
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.all = {line["kind"]: line for line in lines if line["when"] == "all"}
        self.seconds = {kind: [line for line in lines if line["when"] == "second" and line["kind"] == kind]
                        for kind in rates}

    def goodput(self):
        return sum(self.all[kind]["fine"] for kind in MIX if kind in self.all) / self.length

    def show(self, name):
        cells = []
        for kind in ("kept", *MIX):
            if kind in self.all:
                one = self.all[kind]
                cells.append(f"{one['fine'] / self.length:.0f} of {one['sent'] / self.length:.0f}, "
                             f"{one['p50']:.2f} / {one['p99']:.2f} ms"
                             + (f", {one['refused_p99']:.1f} refused" if one["refused"] else "")
                             + (f", {one['failed'] + one['other']} FAILED"
                                if one["failed"] + one["other"] else ""))
            else:
                cells.append("–")
        print(f"| {name} | " + " | ".join(cells) + f" | {self.goodput():.0f} | {self.cpu * 100:.0f} % |",
              flush=True)


def rates_of(mix_rate, kept):
    return {"kept": kept, **{kind: mix_rate * share for kind, share in MIX.items()}}


def day(when):
    return time.strftime("%Y-%m-%d", time.gmtime(when))


def prepare(server, place):
    paths = story_paths(server)
    random.Random(1).shuffle(paths)
    kept = paths[:KEPT_PAGES - 1] + ["/"]
    pages = paths[KEPT_PAGES:]
    dice = random.Random(time.time())
    today = time.time()
    searches = []
    for number in range(20000):
        until = today - number % 90 * 86400
        since = until - (1 + number // 90) * 86400 - dice.randrange(1000) * 86400
        asked = {"q": f"{dice.choice(WORDS)} {dice.choice(WORDS)}", "until": day(until), "from": day(since)}
        searches.append("/search?" + urllib.parse.urlencode(asked))
    _, text = get(server, pages[0])
    ids = sorted({int(one) for path in pages[:40] for one in re.findall(r'action="/(?:\w+/)?reply/(\d+)"', get(server, path)[1])})
    answer, key = get(server, f"/reply/{ids[0]}/key")
    files = {"cookie": answer.field("set-cookie").split(";")[0], "key": json.loads(key)["key"]}
    for kind, lines in {"kept": kept, "page": pages, "search": searches,
                        "reply": [f"/reply/{one}" for one in ids]}.items():
        files[kind] = os.path.join(place, kind)
        with open(files[kind], "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return files


def find_peak(server, files, kept):
    """The most of the mix that was answered in a step, and at which rate."""
    best = (0, 0)
    for rate in STEPS:
        load = Load(server, files, rates_of(rate, kept), STEP_SECONDS)
        load.show(f"ramp, {rate}/s")
        best = max(best, (load.goodput(), rate))
        if load.goodput() < 0.8 * rate:
            break
    return best


def calm_after(load, kept_p99):
    """The second from which on nothing was refused and kept pages were as quick as before."""
    calm = 0
    for kind, seconds in load.seconds.items():
        for line in seconds:
            is_calm = line["refused"] == 0 and line["failed"] == 0 and \
                (kind != "kept" or line["p99"] <= 1.5 * kept_p99)
            if not is_calm:
                calm = max(calm, line["at"])
    return calm


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--stories", type=int, default=20000)
    parser.add_argument("--times", type=float, default=10)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--kept", type=int, default=20000)
    parser.add_argument("--peak", type=float, help="of an earlier run: no ramp")
    parser.add_argument("--ramp", action="store_true", help="that alone")
    parser.add_argument("--program", default=COURANT)
    parser.add_argument("--serve", default="", help="more settings for serve")
    return parser.parse_args()


def bench(options, folder, log):
    if not os.path.exists(os.path.join(options.folder, "courant.conf")):
        subprocess.run([COURANT, "init", options.folder, "--name", "Archive", "--timezone", "UTC"],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run([FILL, options.folder, str(options.stories), str(5 * options.stories)], check=True)
    server = serve(options.program, options.folder, folder, log, *options.serve.split())
    try:
        files = prepare(server, folder)
        print("| | kept: answered of offered a second, p50 / p99 | page | search | reply | goodput/s | server's core |\n"
              "|---|---|---|---|---|---|---|")
        Load(server, files, {"kept": options.kept}, 2)
        quiet = Load(server, files, {"kept": options.kept}, QUIET_SECONDS)
        quiet.show("quiet")
        peak, rate = (options.peak, options.peak) if options.peak else find_peak(server, files, options.kept)
        if options.ramp:
            print(f"\npeak {peak:.0f}/s at {rate:.0f}/s")
            return
        surge = Load(server, files, rates_of(options.times * peak, options.kept), options.seconds)
        surge.show(f"surge, {options.times * peak:.0f}/s")
        after = Load(server, files, rates_of(peak / 2, options.kept), AFTER_SECONDS)
        after.show("after")
        kept = quiet.all["kept"]["p99"]
        print(f"\nkept pages' p99 in the surge ÷ quiet: {surge.all['kept']['p99'] / kept:.2f}; "
              f"goodput ÷ peak: {surge.goodput() / peak:.2f} (peak {peak:.0f}/s at {rate:.0f}/s); "
              f"as before after {calm_after(after, kept):.0f} s")
    finally:
        server.stop()


if __name__ == "__main__":
    run_bench(bench, parse_options())
