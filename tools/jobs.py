"""Runs jobs two side by side, each after those that it needs, and keeps count of the tests in
them. A job runs commands in process groups of their own, so that nothing outlives the run."""

import os
import signal
import subprocess
import sys
import threading
import time

from tap import Result

LANES = 2


class Job:
    """`run(job)` returns a list of Result. A job without results that anybody counts (a build that
    others need) returns an empty one, and raises Failed when it can't go on."""

    def __init__(self, name, run, needs=()):
        self.name = name
        self.run = run
        self.needs = tuple(needs)


class Failed(Exception):
    """What a job needs is not there; the text is shown."""


class Commands:
    """Processes that were started and have not ended; stopped together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()  # under lock
        self.stopped = False  # under lock

    def run(self, arguments, timeout_s, env=None, cwd=None):
        """Exit code and what it wrote, both streams in one, bad UTF-8 replaced. After the timeout
        the whole process group is killed and the code is None."""
        code, output, _ = self.start_and_wait(arguments, timeout_s, env, cwd, subprocess.STDOUT)
        return code, output

    def run_apart(self, arguments, timeout_s, env=None, cwd=None):
        """As run, with standard error as a third value."""
        return self.start_and_wait(arguments, timeout_s, env, cwd, subprocess.PIPE)

    def start_and_wait(self, arguments, timeout_s, env, cwd, stderr):
        with self.lock:
            if self.stopped:
                raise Failed('stopped')
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True)
            self.running.add(process)
        try:
            output, errors = process.communicate(timeout=timeout_s)
            code = process.returncode
        except subprocess.TimeoutExpired:
            code = None
        finally:
            # Also when it ended by itself: what it left behind would hold the output open.
            kill_group(process)
            with self.lock:
                self.running.discard(process)
        if code is None:
            output, errors = process.communicate()
        return code, output.decode(errors='replace'), (errors or b'').decode(errors='replace')

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                kill_group(process)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Run:
    """All jobs of one call, their results and their order."""

    def __init__(self, commands):
        self.commands = commands
        self.jobs = []
        self.results = []  # (job name, Result), under changed
        self.state = {}  # job name: 'waiting', 'running', 'done' or 'failed', under changed
        self.changed = threading.Condition()

    def add(self, job):
        if job.name in self.state:
            raise ValueError(f'two jobs are called {job.name}')
        self.jobs.append(job)
        self.state[job.name] = 'waiting'

    def take(self):
        """The first job that can go on, in the order in which they were added; waits until there
        is one. None when all are taken."""
        with self.changed:
            while True:
                waiting = [job for job in self.jobs if self.state[job.name] == 'waiting']
                if not waiting:
                    return None
                for job in waiting:
                    needs = [self.state[name] for name in job.needs]
                    if all(state in ('done', 'failed') for state in needs):
                        self.state[job.name] = 'running'
                        return job
                self.changed.wait()

    def work(self):
        while True:
            job = self.take()
            if job is None:
                return
            started = time.monotonic()
            broken = [name for name in job.needs if self.state[name] == 'failed']
            try:
                if broken:
                    raise Failed(f'not run, because {broken[0]} failed')
                results = job.run(job)
                state = 'done'
            except Failed as failure:
                results = [Result('', 'failed', str(failure))]
                state = 'failed'
            except Exception as error:  # a mistake in the tools themselves must not go unseen
                results = [Result('', 'failed', f'{type(error).__name__}: {error}')]
                state = 'failed'
            with self.changed:
                self.state[job.name] = state
                self.results += [(job.name, result) for result in results]
                self.show(job, results, time.monotonic() - started)
                self.changed.notify_all()

    def show(self, job, results, seconds):
        failed = [result for result in results if result.status == 'failed']
        verdict = 'FAILED' if failed else 'ok'
        count = f'{len(results)} tests, ' if len(results) > 1 else ''
        print(f'{verdict:7}{job.name} ({count}{seconds:.1f} s)', flush=True)
        for result in failed:
            print(f'  failed: {job.name} {result.name}'.rstrip())
            for line in result.detail.rstrip().splitlines()[-200:]:
                print(f'    {line}')
        for result in results:
            if result.status == 'skipped':
                print(f'  skipped: {job.name} {result.name}')
        sys.stdout.flush()

    def go(self):
        """Runs everything; returns the exit code after the line that counts."""
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(LANES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = {'passed': 0, 'failed': 0, 'skipped': 0}
        for _, result in self.results:
            count[result.status] += 1
        if count['failed']:
            print('\nFailed:')
            for job, result in self.results:
                if result.status == 'failed':
                    print(f'  {job} {result.name}'.rstrip())
        skips_fail = count['skipped'] and os.environ.get('CI') == 'true'
        if skips_fail:
            print('Tests were skipped, which counts as failed where CI=true.')
        skipped = f', {count["skipped"]} skipped' if count['skipped'] else ''
        print(f'{count["passed"]} passed, {count["failed"]} failed{skipped}', flush=True)
        return 1 if count['failed'] or skips_fail or not count['passed'] else 0
