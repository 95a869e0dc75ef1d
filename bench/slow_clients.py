#!/usr/bin/env python3
"""What thousands of clients that are as slow as they can be do to the others.

    python3 bench/slow_clients.py FOLDER [--clients 5000] [--rate 5000] [--only header,body,read]

slowhttptest opens the clients, a fifth of them a second, while bench_surge reads kept pages at a
steady rate, as it did before in quiet: heads that never end, bodies that come by a byte, and answers
that are not read. For each kind: the others' p99, and how long the last client was left connected.
FOLDER is a site, as bench/surge.py makes one.
"""

import argparse
import subprocess
import threading
import time

import surge
from machine import COURANT, LOAD_CORE, run_bench

KINDS = {
    "header": ["-H", "-i", "3", "-x", "24"],
    "body": ["-B", "-i", "3", "-s", "8192", "-x", "10"],
    "read": ["-X", "-w", "256", "-y", "512", "-n", "3", "-z", "16", "-k", "1"],
}
TEST_SECONDS = 24
OPENING_SECONDS = 5


class Watch(threading.Thread):
    """How many clients are connected, by the kernel, several times a second. slowhttptest itself
    does not notice when it is cut while it reads slowly."""

    def __init__(self, port):
        super().__init__()
        self.port, self.seen, self.is_over = port, [], False

    def run(self):
        while not self.is_over:
            listed = subprocess.run(["ss", "-Htn", "state", "established", f"( sport = :{self.port} )"],
                                    check=True, capture_output=True, text=True).stdout
            self.seen.append((time.monotonic(), listed.count("\n")))
            time.sleep(0.2)

    def stop(self, others):
        """How many there were beside the others, and from when on the last of them was there until
        the last was gone."""
        self.is_over = True
        self.join()
        most = max(count for _, count in self.seen)
        full = next(moment for moment, count in self.seen if count >= most - others)
        gone = next((moment for moment, count in self.seen if moment > full and count <= others), None)
        return most - others, None if gone is None else gone - full


def run(server, files, kind, options):
    path = {"header": "/", "body": "/reply/1", "read": options.path}[kind]
    watch = Watch(server.port)
    watch.start()
    with subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, "slowhttptest", *KINDS[kind], "-c", str(options.clients),
             "-r", str(options.clients // OPENING_SECONDS), "-l", str(TEST_SECONDS), "-p", "3", "-v", "0",
             "-u", f"http://{server.host}{path}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        load = surge.Load(server, files, {"kept": options.rate}, TEST_SECONDS - 2)
    clients, seconds = watch.stop(load.all["kept"]["connections"] + 10)
    return load, clients, seconds


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--only", default="header,body,read")
    return parser.parse_args()


def bench(options, folder, log):
    server = surge.serve(COURANT, options.folder, folder, log)
    try:
        files = surge.prepare(server, folder)
        with open(files["kept"], encoding="utf-8") as file:
            options.path = file.readline().strip()
        surge.Load(server, files, {"kept": options.rate}, 2)
        quiet = surge.Load(server, files, {"kept": options.rate}, 10).all["kept"]
        print(f"quiet: {options.rate}/s, p50 {quiet['p50']:.2f} ms, p99 {quiet['p99']:.2f} ms", flush=True)
        for kind in options.only.split(","):
            load, clients, seconds = run(server, files, kind, options)
            kept = load.all["kept"]
            cut = "NOT ALL CUT" if seconds is None else f"the last one cut after {seconds:.1f} s"
            print(f"slow {kind}: {clients} clients, {cut}; others: p50 "
                  f"{kept['p50']:.2f} ms, p99 {kept['p99']:.2f} ms ({kept['p99'] / quiet['p99']:.2f} × quiet), "
                  f"{kept['failed'] + kept['other'] + kept['refused']} not answered; server's core "
                  f"{load.cpu * 100:.0f} %", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    run_bench(bench, parse_options())
