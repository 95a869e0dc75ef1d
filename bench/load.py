"""The two loads of the scoreboard, both from the load's core over connections that stay.

A closed loop (wrk) asks again as soon as it is answered, as fast as the server can: it gives CPU per
request with the server full, and a 99th percentile that says little of what readers would feel,
since whoever waits asks for nothing meanwhile. An open loop (load.c) asks at the same rate of every
server, and counts from when a request was due: that 99th percentile is the one to compare."""

import re
import statistics
import subprocess

from machine import LOAD_CORE, Failure


def milliseconds(found):
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


class Closed:
    """One run of wrk."""

    def __init__(self, server, target, connections, seconds):
        before = server.cpu_seconds()
        done = subprocess.run(
            ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", "--latency",
             f"-d{seconds}s", "--timeout", "30s", "-H", f"Host: {target.host}",
             "-H", f"Accept-Encoding: {target.encoding}",
             f"http://127.0.0.1:{server.port}{target.path}"],
            stdout=subprocess.PIPE, encoding="ascii", check=True)
        cpu = server.cpu_seconds() - before
        found = re.search(r"(\d+) requests in", done.stdout)
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout or not found:
            raise Failure(f"wrk saw errors from {server.name}:\n{done.stdout}")
        self.microseconds = cpu * 1e6 / max(1, int(found[1]))
        self.p99_ms = milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)\b", done.stdout))
        self.per_second = float(re.search(r"Requests/sec: +([\d.]+)", done.stdout)[1])


class Open:
    """One run of load.c, or one of the two lines that it prints where it sends forms too."""

    def __init__(self, line):
        fields = line.split()
        self.count, self.failed = int(fields[0]), int(fields[6])
        self.median, self.p99, self.p999, self.longest, self.behind = map(float, fields[1:6])


def run_open(program, server, target, connections, rate, seconds, *forms):
    """The times of readers in microseconds, and, with a file of requests and their rate, of those."""
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, program, str(server.port), target.host, target.path,
         target.encoding, str(connections), str(rate), str(seconds), *map(str, forms)],
        stdout=subprocess.PIPE, encoding="ascii", check=True)
    times = [Open(line) for line in done.stdout.splitlines()]
    if any(one.failed for one in times):
        raise Failure(f"{server.name} failed to answer: {done.stdout}")
    return times


class Figures:
    """What the rounds gave for one server."""

    def __init__(self):
        self.closed, self.open = [], []

    def _of(self, runs, what):
        return statistics.median(getattr(run, what) for run in runs) if runs else None

    @property
    def cost(self):
        return self._of(self.closed, "microseconds")

    @property
    def per_second(self):
        return self._of(self.closed, "per_second")

    @property
    def closed_p99_ms(self):
        return self._of(self.closed, "p99_ms")

    @property
    def open_p99_us(self):
        return self._of(self.open, "p99")

    @property
    def open_median_us(self):
        return self._of(self.open, "median")

    def spread(self):
        """How far apart the rounds' costs lie: the largest by the smallest."""
        costs = [run.microseconds for run in self.closed]
        return max(costs) / min(costs) if min(costs) > 0 else float("inf")
