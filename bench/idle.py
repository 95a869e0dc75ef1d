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

from machine import COURANT, receive_answer, request, run_bench, start_courant
from streams import memory, served_by

TURN = 200  # so many are asked for a page before the answers are read


def read_by_all(connections, port):
    for first in range(0, len(connections), TURN):
        some = connections[first:first + TURN]
        for connection in some:
            connection.sendall(request(f"127.0.0.1:{port}", "/", "gzip"))
        for connection in some:
            answer = receive_answer(connection)
            assert answer.status == "HTTP/1.1 200 OK", answer.status


def bench(count, folder, log):
    needed = count + 100
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, limit[0]), max(needed, limit[1])))
    site = os.path.join(folder, "site")
    subprocess.run([COURANT, "init", site, "--demo"], check=True, stdout=subprocess.DEVNULL)
    server = start_courant("idle", COURANT, site, folder, log, "--net.idle_timeout", "1h")
    try:
        pid, address = served_by(server.process.pid), ("127.0.0.1", server.port)
        read_by_all([socket.create_connection(address)], server.port)  # the page is in memory
        before = memory(pid)[1]
        connections = [socket.create_connection(address) for _ in range(count)]
        read_by_all(connections, server.port)
        grown = memory(pid)[1] - before
        print(f"{count} connections, each has read a page and is open: {grown / 1e6:.2f} MB more of the server's "
              f"own memory, {grown / count:.0f} bytes each")
        read_by_all(connections, server.port)
        print(f"once more read by all: {(memory(pid)[1] - before) / 1e6:.2f} MB")
    finally:
        server.stop()


if __name__ == "__main__":
    run_bench(bench, int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
