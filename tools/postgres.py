"""A PostgreSQL server of the run's own: throw-away folder, free port on 127.0.0.1, no fsync (what
is tested here is Courant, not whether PostgreSQL survives a crash)."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from jobs import Failed

USER = 'courant'
START_S = 30
ATTEMPTS = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Postgres:
    """start() once, stop() always. The server ends with this process, however that ends: a shell
    that waits for the end of its standard input is its parent."""

    def __init__(self):
        self.folder = None
        self.process = None
        self.url = None

    def start(self):
        found = sorted(glob.glob('/usr/lib/postgresql/*/bin/postgres'))
        if not found:
            raise Failed('PostgreSQL is missing: install the Debian package postgresql-15')
        programs = os.path.dirname(found[-1])
        self.folder = tempfile.mkdtemp(prefix='courant-postgres-', dir='/tmp')
        as_user = []
        if os.geteuid() == 0:
            # PostgreSQL refuses root.
            owner = pwd.getpwnam('postgres')
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            as_user = ['setpriv', f'--reuid={owner.pw_uid}', f'--regid={owner.pw_gid}',
                       '--clear-groups']
        data = os.path.join(self.folder, 'data')
        self.call([*as_user, f'{programs}/initdb', '--pgdata', data, '--username', USER,
                   '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'])
        for _ in range(ATTEMPTS):
            if self.try_start(as_user, programs, data, free_port()):
                return self.url
        raise Failed(f'PostgreSQL did not start:\n{self.log()}')

    def try_start(self, as_user, programs, data, port):
        """False when it ended at once: somebody may have taken the port meanwhile."""
        settings = {'listen_addresses': '127.0.0.1', 'port': port, 'fsync': 'off',
                    'unix_socket_directories': self.folder, 'max_connections': 200,
                    'full_page_writes': 'off', 'shared_buffers': '64MB', 'log_statement': 'none'}
        flags = [word for name, value in settings.items() for word in ('-c', f'{name}={value}')]
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.process = subprocess.Popen(
                [*as_user, 'sh', '-c', '"$@" </dev/null & cat >/dev/null; kill -INT $!; wait $!',
                 'sh', f'{programs}/postgres', '-D', data, *flags],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            ready = subprocess.run([f'{programs}/pg_isready', '-q', '-h', '127.0.0.1', '-p', str(port),
                                    '-U', USER],
                                   check=False).returncode == 0
            if ready and os.path.exists(os.path.join(data, 'postmaster.pid')):
                self.url = f'postgres://{USER}@127.0.0.1:{port}/postgres'
                return True
            if not ready and 'could not bind' in self.log():
                break
            time.sleep(0.05)
        self.end_process()
        return False

    def log(self):
        try:
            with open(os.path.join(self.folder, 'log'), encoding='utf-8', errors='replace') as log:
                return log.read()[-4000:]
        except FileNotFoundError:
            return ''

    def call(self, arguments):
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, cwd='/')
        if done.returncode != 0:
            raise Failed(f'{arguments[-1]}: {done.stdout.decode(errors="replace")}')

    def end_process(self):
        if self.process is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def stop(self):
        self.end_process()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
