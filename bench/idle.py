#!/usr/bin/env python3
"""What 10,000 connections cost the server that have read a page and are kept open.

    tools/build.sh release courant
    python3 bench/idle.py [CONNECTIONS]
"""
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time

from streams import COURANT, READY_S, memory, served_by

TURN = 200  # so many are asked for a page before the answers are read
HEAD = b'GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: gzip\r\n\r\n'
LIMITS = ['--net.idle_timeout', '1h']


def answer_read(connection):
    """Reads one answer whole."""
    got = b''
    while b'\r\n\r\n' not in got:
        got += connection.recv(65536)
    head, body = got.split(b'\r\n\r\n', 1)
    assert head.startswith(b'HTTP/1.1 200 '), head
    length = int(head.lower().split(b'content-length: ')[1].split(b'\r\n')[0])
    while len(body) < length:
        body += connection.recv(65536)


def read_by_all(connections, port):
    for first in range(0, len(connections), TURN):
        some = connections[first:first + TURN]
        for connection in some:
            connection.sendall(HEAD % port)
        for connection in some:
            answer_read(connection)


def main(count):
    needed = count + 100
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, limit[0]), max(needed, limit[1])))
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, 'site')
        ready = os.path.join(folder, 'ready')
        subprocess.run([COURANT, 'init', site, '--demo'], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([COURANT, '--site', site, 'serve', '--listen', '127.0.0.1:0', '--ready-file', ready,
                                   *LIMITS], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + READY_S
            while not os.path.exists(ready) and time.monotonic() < deadline:
                time.sleep(0.02)
            with open(ready, encoding='ascii') as file:
                port = int(file.read().strip().rsplit(':', 1)[1])
            pid = served_by(server.pid)
            read_by_all([socket.create_connection(('127.0.0.1', port))], port)  # the page is in memory
            before = memory(pid)
            connections = [socket.create_connection(('127.0.0.1', port)) for _ in range(count)]
            read_by_all(connections, port)
            after = memory(pid)
            grown = after[1] - before[1]
            print(f'{count} connections, each has read a page and is open: {grown / 1e6:.2f} MB more of the '
                  f'server\'s own memory ({before[1] / 1e6:.1f} to {after[1] / 1e6:.1f}), {grown / count:.0f} bytes each')
            read_by_all(connections, port)
            again = memory(pid)
            print(f'once more read by all: {(again[1] - before[1]) / 1e6:.2f} MB')
        finally:
            server.terminate()
            server.wait()


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
