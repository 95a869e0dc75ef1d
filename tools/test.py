#!/usr/bin/env python3
"""What ./dev test, lint, fuzz and prove run. Jobs and what they need are listed in make_run; the
names are those that ./dev test NAME looks in: unit/…, db/…, threaded/…, lint/…, build/…, http/…,
cli/…, browser/…, fuzz/…, prove/…."""

import datetime
import glob
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile

import lint
import tap
import tidy
from jobs import Commands, Failed, Job, Run
from postgres import Postgres
from tap import Result

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD_S = 900
UNIT_S = 120
NODE_S = 300
PROVE_S = 600  # of the tenth; a whole proof takes what it takes
NPM_S = 300
FUZZ_SMOKE_S = 5
PROVE_TEST_SCALE = '0.1'
PROVE_SKIPPED = 77  # a proof's exit code when it can't be made on this machine

SANITIZERS = {
    'ASAN_OPTIONS': 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1',
    'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1',
}


class Suite:
    """The jobs, and what they share."""

    def __init__(self):
        self.commands = Commands()
        self.postgres = Postgres()
        self.postgres_url = None
        # Whatever jobs leave behind lies here and goes with the run.
        self.temporary = tempfile.mkdtemp(prefix='courant-', dir='/tmp')

    def build(self, name, *targets):
        code, output = self.commands.run(['tools/build.sh', name, *targets], BUILD_S, cwd=ROOT)
        if code != 0:
            raise Failed(output or 'the build took too long')

    def build_job(self, name, *targets, counted=False):
        """A build; `counted` when that it has no warning is itself a test."""
        def run(job):
            self.build(name, *targets)
            return [Result('compiles without a warning', 'passed')] if counted else []
        return Job(f'build/{name}', run)

    def environment(self):
        environment = {**SANITIZERS, 'COURANT_ROOT': ROOT,
                       'COURANT': os.path.join(ROOT, 'build/asan/courant'),
                       'COURANT_RELEASE': os.path.join(ROOT, 'build/release/courant'),
                       'CMOCKA_MESSAGE_OUTPUT': 'tap', 'TMPDIR': self.temporary}
        if self.postgres_url:
            environment['COURANT_TEST_POSTGRES'] = self.postgres_url
        return environment

    def tap_results(self, code, output):
        """What the output says, and a failure more when it ended otherwise than it says."""
        results, promised, came = tap.parse(output)
        if code is None:
            results.append(Result('took too long and was stopped', 'failed'))
        elif came == 0:
            results.append(Result('ran no test', 'failed'))
        elif promised != came:
            results.append(Result(f'ended after {came} of {promised} tests', 'failed'))
        elif code != 0 and all(result.status != 'failed' for result in results):
            results.append(Result(f'all tests passed, but it ended with {code}', 'failed'))
        failed = [result for result in results if result.status == 'failed']
        if failed:
            failed[-1].detail = output
        return results

    def program_job(self, kind, build, name, needs):
        def run(job):
            code, output = self.commands.run([f'build/{build}/{name}'], UNIT_S,
                                             env=self.environment(), cwd=ROOT)
            return self.tap_results(code, output)
        return Job(f'{kind}/{name}', run, needs)

    def node_job(self, kind, path, needs):
        def run(job):
            code, output = self.commands.run(['node', '--test-reporter=tap', path], NODE_S,
                                             env=self.environment(), cwd=ROOT)
            return self.tap_results(code, output)
        name = os.path.basename(path).removesuffix('.test.js')
        return Job(f'{kind}/{name}', run, needs)

    def fuzz_job(self, name, seconds):
        def run(job):
            corpus = os.path.join(ROOT, 'build/fuzz/corpus', name)
            seeds = os.path.join(ROOT, 'tests/fixtures/corpus', name)
            findings = os.path.join(ROOT, 'build/fuzz/findings')
            os.makedirs(corpus, exist_ok=True)
            os.makedirs(findings, exist_ok=True)
            folders = [corpus] + ([seeds] if os.path.isdir(seeds) else [])
            dictionary = f'{seeds}.dict'
            flags = [f'-dict={dictionary}'] if os.path.exists(dictionary) else []
            code, output = self.commands.run(
                [f'build/fuzz/{name}', f'-max_total_time={seconds}', '-timeout=10',
                 '-rss_limit_mb=2048', '-print_final_stats=1', *flags,
                 f'-artifact_prefix={findings}/{name}-', *folders],
                seconds + 120, env=self.environment(), cwd=ROOT)
            if code == 0:
                return [Result(f'clean for {seconds} s', 'passed')]
            return [Result(f'found something: see {findings}', 'failed', output)]
        return Job(f'fuzz/{name}', run, ['build/fuzz'])

    def lint_job(self, name, check, needs=()):
        def run(job):
            problems = check()
            if problems:
                return [Result('', 'failed', '\n'.join(problems))]
            return [Result('', 'passed')]
        return Job(f'lint/{name}', run, needs)

    def tool_check(self, *arguments):
        """A check by a program: what it prints are its problems."""
        def check():
            code, output = self.commands.run(list(arguments), BUILD_S, cwd=ROOT)
            return output.splitlines() or ['failed without a word'] if code != 0 else []
        return check

    def check_format(self, paths):
        """Each path that clang-format would change, once."""
        _, output = self.commands.run(['clang-format', '--dry-run', *paths], BUILD_S, cwd=ROOT)
        found = dict.fromkeys(line.split(':')[0] for line in output.splitlines()
                              if '[-Wclang-format-violations]' in line)
        return [f'{path}: run clang-format -i {path}' for path in found]

    def start_postgres(self, job):
        self.postgres_url = self.postgres.start()
        return []

    def install_node_packages(self, job):
        """npm ci by the lock file, once for each state of it."""
        with open(os.path.join(ROOT, 'tests/package-lock.json'), 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        mark = os.path.join(ROOT, 'tests/node_modules/.installed')
        if os.path.exists(mark):
            with open(mark, encoding='utf-8') as file:
                if file.read() == digest:
                    return []
        code, output = self.commands.run(['npm', 'ci', '--loglevel=error'], NPM_S,
                                         cwd=os.path.join(ROOT, 'tests'))
        if code != 0:
            raise Failed(f'npm ci failed in tests/: check the network, then try again\n{output}')
        with open(mark, 'w', encoding='utf-8') as file:
            file.write(digest)
        return []

    def prove_job(self, name, scale, state, timeout_s, needs, keep):
        def run(job):
            path = proof_path(name)
            interpreter = ['node'] if path.endswith('.js') else ['bash']
            folder = state or tempfile.mkdtemp(prefix='prove-', dir=self.temporary)
            os.makedirs(folder, exist_ok=True)
            try:
                code, said, errors = self.commands.run_apart(
                    [*interpreter, path, scale], timeout_s,
                    env={**self.environment(), 'PROVE_STATE': folder}, cwd=ROOT)
            finally:
                if state is None:
                    shutil.rmtree(folder, ignore_errors=True)
            if code == PROVE_SKIPPED:
                return [Result(said.strip(), 'skipped')]
            if code != 0:
                return [Result('', 'failed', f'{said}\n{errors}' if code is not None else
                               f'{said}\n{errors}\ntook more than {timeout_s} s')]
            if keep:
                keep_proof(name, scale, said)
                shutil.rmtree(folder, ignore_errors=True)
            return [Result('', 'passed')]
        return Job(f'prove/{name}', run, needs)

    def stop(self):
        self.commands.stop()
        self.postgres.stop()
        shutil.rmtree(self.temporary, ignore_errors=True)


def proof_path(name):
    found = [path for path in (f'tests/prove/{name}.js', f'tests/prove/{name}.sh')
             if os.path.exists(os.path.join(ROOT, path))]
    if not found:
        names = ', '.join(proof_names()) or 'none yet'
        sys.exit(f'dev: there is no proof "{name}" in tests/prove; there are: {names}')
    return found[0]


def proof_names():
    found = glob.glob('tests/prove/*.js', root_dir=ROOT) + glob.glob('tests/prove/*.sh', root_dir=ROOT)
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in found)


def keep_proof(name, scale, said):
    """docs/proof/NAME.md: what the whole proof said, with the date and what it was said of."""
    if float(scale) < 1:
        print(f'{said.strip()}\nThis was a part of the proof: its result is not kept.')
        return
    version = subprocess.run(['git', 'describe', '--always', '--dirty'], cwd=ROOT, check=False,
                             capture_output=True, text=True).stdout.strip() or 'unknown'
    today = datetime.date.today().isoformat()
    with open(os.path.join(ROOT, 'docs/proof', f'{name}.md'), 'w', encoding='utf-8') as file:
        file.write(f'# {name}\n\n{today}, commit {version}, scale {scale}, {os.cpu_count()} cores, '
                   f'Linux {".".join(platform.release().split(".")[:2])}. Made by `./dev prove {name}`.\n\n{said.strip()}\n')
    print(f'The result lies in docs/proof/{name}.md')


def introspect_tests():
    """Name and suites of each test program, as Meson knows them."""
    done = subprocess.run(['meson', 'introspect', '--tests', 'build/asan'], cwd=ROOT, check=True,
                          capture_output=True, text=True)
    # A suite is called "courant:unit".
    return [(test['name'], {suite.rpartition(':')[2] for suite in test['suite']})
            for test in json.loads(done.stdout)]


def add_lint_jobs(suite, jobs, is_quick):
    for name, check in lint.CHECKS.items():
        jobs.append(suite.lint_job(name, lambda check=check: check(ROOT)))
    c_files = lint.c_files(ROOT)
    jobs.append(suite.lint_job('clang-format', lambda: suite.check_format(c_files)))
    jobs.append(suite.lint_job('shellcheck', suite.tool_check(
        'shellcheck', '-x', 'dev', '.ci/run', *lint.paths(ROOT, 'tools/*.sh', 'tests/**/*.sh'))))
    jobs.append(suite.lint_job('clang-tidy', lambda: tidy.check(ROOT, suite.commands, is_quick),
                               ['build/clang']))


def all_jobs(suite):
    """Everything, in the order in which the lanes should take it: what others need first, and the
    long ones early."""
    suite.build('asan', '--setup')
    programs = introspect_tests()
    threaded = sorted(name for name, kinds in programs if 'threaded' in kinds)
    node = {kind: lint.paths(ROOT, f'tests/{kind}/*.test.js') for kind in ('http', 'cli', 'browser')}

    jobs = [
        suite.build_job('asan'),
        Job('npm-ci', suite.install_node_packages),
        Job('postgres', suite.start_postgres),
        suite.build_job('release', counted=True),
    ]
    for name, kinds in sorted(programs):
        kind = 'db' if 'db' in kinds else 'unit'
        jobs.append(suite.program_job(kind, 'asan', name, ['build/asan', 'postgres']))
    jobs.append(suite.build_job('clang', counted=True))
    for kind, paths in node.items():
        jobs += [suite.node_job(kind, path, ['build/asan', 'build/release', 'npm-ci', 'postgres'])
                 for path in paths]
    if threaded:
        jobs.append(suite.build_job('tsan', *threaded))
        jobs += [suite.program_job('threaded', 'tsan', name, ['build/tsan', 'postgres'])
                 for name in threaded]
    add_lint_jobs(suite, jobs, is_quick=True)
    jobs += [suite.prove_job(name, PROVE_TEST_SCALE, None, PROVE_S,
                             ['build/asan', 'build/release', 'npm-ci', 'postgres'], keep=False)
             for name in proof_names()]
    add_fuzz_jobs(suite, jobs, FUZZ_SMOKE_S)
    return jobs


def add_fuzz_jobs(suite, jobs, seconds):
    fuzzers = sorted(os.path.splitext(os.path.basename(path))[0]
                     for path in glob.glob('src/*/*_fuzz.c', root_dir=ROOT))
    if fuzzers:
        jobs.append(suite.build_job('fuzz', *fuzzers))
        jobs += [suite.fuzz_job(name, seconds) for name in fuzzers]


def chosen(jobs, names):
    """The jobs that have one of the names in theirs, and all that these need."""
    by_name = {job.name: job for job in jobs}
    wanted = {job.name for job in jobs if any(name in job.name for name in names)}
    if not wanted:
        sys.exit(f'dev: no test has "{" or ".join(names)}" in its name; there are: '
                 f'{", ".join(sorted(by_name))}')
    pending = list(wanted)
    while pending:
        for need in by_name[pending.pop()].needs:
            if need not in wanted:
                wanted.add(need)
                pending.append(need)
    return [job for job in jobs if job.name in wanted]


def make_jobs(suite, command, arguments):
    if command == 'fuzz':
        jobs = []
        add_fuzz_jobs(suite, jobs, int(arguments[0]))
        return jobs
    if command == 'prove':
        name, scale = arguments[0], arguments[1] if len(arguments) > 1 else '1'
        proof_path(name)
        needs = [suite.build_job('asan', 'courant'), suite.build_job('release', 'courant'),
                 Job('npm-ci', suite.install_node_packages), Job('postgres', suite.start_postgres)]
        state = os.path.join(ROOT, 'build/prove', f'{name}-{scale}')
        return needs + [suite.prove_job(name, scale, state, None, [job.name for job in needs], keep=True)]
    if command == 'lint':
        jobs = [suite.build_job('clang', '--setup')]
        add_lint_jobs(suite, jobs, is_quick=False)
    else:
        jobs = all_jobs(suite)
    return chosen(jobs, arguments) if arguments else jobs


def main():
    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    command, arguments = sys.argv[1], sys.argv[2:]
    suite = Suite()
    run = Run(suite.commands)
    try:
        for job in make_jobs(suite, command, arguments):
            run.add(job)
        return run.go()
    except Failed as failure:
        print(f'{failure}\n0 passed, 1 failed')
        return 1
    except KeyboardInterrupt:
        print('dev: stopped', file=sys.stderr)
        return 130
    finally:
        suite.stop()


if __name__ == '__main__':
    code = main()
    sys.stdout.flush()
    # Lanes that wait for a stopped process are not waited for.
    os._exit(code)
