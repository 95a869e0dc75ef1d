"""The scoreboard as a page: a table for each encoding, and what must hold, marked by its figures."""

import datetime
import os

from machine import ROOT, described, priority, version

# CPU per request, beside nginx's best and beside the cheapest bare loop of the same mechanism.
NGINX_COST_LIMIT, NGINX_COST_AIM, FLOOR_COST_LIMIT = 0.80, 0.60, 1.2
OWN_FLOOR = "bare loop, send"
NGINX = "nginx"
PACKAGES = ("nginx-light", "wrk", "h2o", "varnish", "wordpress", "php8.2-fpm", "mariadb-server",
            "liburing2")


def number(value, form, scale=1):
    return "–" if value is None else format(value * scale, form)


def ratio(value, other):
    return "–" if value is None or not other else f"{value / other:.2f}"


class Limit:
    """One sentence that must hold, and whether it does."""

    def __init__(self, what, value, most):
        self.what, self.value, self.most = what, value, most

    @property
    def is_held(self):
        return round(self.value, 2) <= self.most

    def __str__(self):
        return (f"| {self.what} | {self.value:.2f} | ≤ {self.most:.2f} | "
                f"{'held' if self.is_held else '**not held**'} |")


def limits(figures):
    """Of one encoding; of what was measured alone."""
    ours = figures["courant"]
    nginx = next((f for name, f in figures.items() if name.startswith(NGINX)), None)
    floor = figures.get(OWN_FLOOR)
    if nginx is not None:
        yield Limit("CPU a request ÷ nginx's best", ours.cost / nginx.cost, NGINX_COST_LIMIT)
        yield Limit("p99 ÷ nginx's, at the same rate", ours.open_p99_us / nginx.open_p99_us, 1.0)
        yield Limit("p99 ÷ nginx's, each as fast as it can",
                    ours.closed_p99_ms / nginx.closed_p99_ms, 1.0)
    if floor is not None:
        yield Limit("CPU a request ÷ bare loop of the same mechanism", ours.cost / floor.cost,
                    FLOOR_COST_LIMIT)


def page_table(page):
    """The lines of one encoding."""
    ours = page.figures["courant"]
    yield f"## {page.encoding}: {len(page.body)} bytes, header block {page.head_bytes}"
    yield ""
    yield ("| | CPU µs a request | Courant ÷ it | spread | requests/s | p99 ms, full | "
           "median µs, same rate | p99 µs | Courant's p99 ÷ it |")
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, of in page.figures.items():
        yield (f"| {name}{page.notes.get(name, '')} | {number(of.cost, '.2f')} | "
               f"{ratio(ours.cost, of.cost)} | {of.spread():.2f} | {number(of.per_second, '.0f')} | "
               f"{number(of.closed_p99_ms, '.2f')} | {number(of.open_median_us, '.0f')} | "
               f"{number(of.open_p99_us, '.0f')} | {ratio(ours.open_p99_us, of.open_p99_us)} |")
    yield ""
    yield from page.remarks
    yield ""
    held = list(limits(page.figures))
    if held:
        yield "| must hold | is | limit | |"
        yield "|---|---|---|---|"
        yield from map(str, held)
        yield ""


def text_of(pages, options, missing):
    """The whole report."""
    lines = [f"# Scoreboard, {datetime.date.today()}", "",
             f"`./dev bench` on {described()}. Load average {os.getloadavg()[0]:.1f} at the end"
             + (": **the machine had other work**, and only the ratios say something."
                if os.getloadavg()[0] > 2.5 else ".") + priority(), "",
             f"Server on core 0 and load on core 1, {options.rounds} interleaved rounds of "
             f"{options.seconds} s for each server and kind of load, medians. Keep-alive, 64 "
             "connections, no logs. CPU is user and system time of all of a server's processes, "
             "while wrk asks as fast as it is answered. Its p99 (\"full\") is that of a closed loop: who "
             "waits asks for nothing, so it mostly says how fast a round of 64 is answered. The other "
             f"times come from bench/load.c, an open loop that asks {options.rate:,} times a second of "
             "each and counts from when a request was due. Spread: the dearest round ÷ the cheapest. "
             f"The aim beyond the limit is {NGINX_COST_AIM:.2f} × nginx.", ""]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES if version(name))
    lines += [f"Courant at {options.commit}; {versions}.", ""]
    lines += [f"Not measured: {sentence}" for sentence in missing] + ([""] if missing else [])
    for page in pages:
        lines += page_table(page)
    return "\n".join(lines).rstrip() + "\n"


def write(text):
    """To bench/results; gives the file's path from the root."""
    path = os.path.join("bench", "results", f"{datetime.date.today()}-scoreboard.md")
    with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
        file.write(text)
    return path
