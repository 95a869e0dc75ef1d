#!/usr/bin/env python3
"""How soon an event reaches 10,000 readers with a page open, and what they cost the server.

    tools/build.sh release courant bench_streams
    python3 bench/streams.py [STREAMS]

Server and clients share the machine. An event is a reply hidden and shown again, by the command
line beside the server: a commit to disk each time.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COURANT = os.path.join(ROOT, 'build/release/courant')
CLIENTS = os.path.join(ROOT, 'build/release/bench_streams')
ROUNDS = 20
PAUSE_S = 0.5  # reactors leave time to other work after each event; this is about one that comes alone
READY_S = 30


def memory(pid):
    """Resident and of its own, in bytes."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        fields = dict(line.split(':', 1) for line in file if ':' in line.split(' ')[0])
    kilobytes = {name: int(value.split()[0]) for name, value in fields.items()}
    return kilobytes['Rss'] * 1024, (kilobytes['Private_Clean'] + kilobytes['Private_Dirty']) * 1024


def cpu_s(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def served_by(parent):
    """The process number of the server, which the parent that was started has started."""
    with open(f'/proc/{parent}/task/{parent}/children', encoding='ascii') as file:
        return int(file.read().split()[0])


def main(count):
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, 'site')

        def courant(*args, stdin=None):
            return subprocess.run([COURANT, '--site', site, *args], check=True, text=True,
                                  input=stdin, stdout=subprocess.PIPE).stdout

        subprocess.run([COURANT, 'init', site, '--demo'], check=True, stdout=subprocess.DEVNULL)
        ready = os.path.join(folder, 'ready')
        server = subprocess.Popen([COURANT, '--site', site, 'serve', '--listen', '127.0.0.1:0',
                                   '--ready-file', ready], stdout=subprocess.DEVNULL)
        clients = None
        try:
            deadline = time.monotonic() + READY_S
            while not os.path.exists(ready) and time.monotonic() < deadline:
                time.sleep(0.02)
            with open(ready, encoding='ascii') as file:
                port = file.read().strip().rsplit(':', 1)[1]
            courant('reply', 'add', '--story', '1', '--name', 'Bench', '--email', 'b@example.org',
                    '--text', '-', stdin='A reply that comes and goes.\n')
            reply = courant('reply', 'list', '--limit', '1', '--json').split('"id":')[1].split(',')[0].strip()
            pid = served_by(server.pid)
            before = memory(pid)
            since = time.monotonic()
            clients = subprocess.Popen([CLIENTS, port, str(count), '/events?lang=en&story=1'],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if clients.stdout.readline() != 'ready\n':
                sys.exit('the streams could not be opened')
            opened = time.monotonic() - since
            used = cpu_s(pid)
            spread, whole = [], []
            for turn in range(ROUNDS):
                clients.stdin.write('go\n')
                clients.stdin.flush()
                start = time.monotonic()
                courant('reply', 'hide' if turn % 2 == 0 else 'show', reply)
                first, last = (int(moment) / 1e6 for moment in clients.stdout.readline().split())
                time.sleep(PAUSE_S)
                spread.append((last - first) * 1000)
                whole.append((last - start) * 1000)
            used = cpu_s(pid) - used
            after = memory(pid)
            print(f'{count} streams opened in {opened:.1f} s')
            print(f'from the first client to the last: median {statistics.median(spread):.0f} ms, '
                  f'worst {max(spread):.0f} ms ({ROUNDS} events)')
            print(f'from the command\'s start to the last: median {statistics.median(whole):.0f} ms, '
                  f'worst {max(whole):.0f} ms')
            print(f'server\'s CPU: {used / ROUNDS / count * 1e6:.1f} µs an event and stream, the act included')
            print(f'server\'s memory: {after[0] / 1e6:.1f} MB resident, of its own {before[1] / 1e6:.1f} MB before '
                  f'and {after[1] / 1e6:.1f} MB after; {(after[1] - before[1]) / count:.0f} bytes a stream')
        finally:
            if clients:
                clients.kill()
            server.terminate()
            server.wait()


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
