"""clang-tidy over all C files, a few at a time. What was found clean is remembered in build/tidy
under a hash of everything that could change the answer, and not analysed again. The analyzer follows
a function's paths as far as it is told: ./dev test stops it early, ./dev lint lets it finish."""

import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shlex

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r'(?:build/clang/)?([^:]+)(:\d+:\d+: (?:error|warning): .*)')
TIMEOUT_S = 300
QUICK = '.quick'  # the end of a mark that a quick look made
# Raise it when what clang-tidy is asked changes in this file.
ASKED = '2'
# How many states the analyzer looks at in a function: a sixth of its own bound takes a fifth of the
# time, which is most of clang-tidy's.
QUICK_NODES = 40_000


def project_files(root, path, seen):
    """`path` and all headers of the project that it reaches."""
    if path in seen or not os.path.exists(os.path.join(root, path)):
        return
    seen.add(path)
    with open(os.path.join(root, path), encoding='utf-8') as file:
        for name in INCLUDE.findall(file.read()):
            project_files(root, os.path.join('src', name), seen)


def fingerprint(root, path, command, version):
    digest = hashlib.sha256(f'{ASKED}\n{version}\n{command}\n'.encode())
    seen = set()
    project_files(root, path, seen)
    project_files(root, 'src/base/banned.h', seen)
    for name in ['.clang-tidy', *sorted(seen)]:
        with open(os.path.join(root, name), 'rb') as file:
            digest.update(name.encode() + b'\0' + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def findings(root, output):
    """One line each, without the path by which the analyzer came there: clang-tidy shows it to
    whoever asks about one file. What is no finding is kept whole: then something else is wrong."""
    found = []
    for line in output.splitlines():
        match = FINDING.match(line)
        if match:
            path = os.path.relpath(os.path.join(root, 'build/clang', match.group(1)), root)
            if f'{path}{match.group(2)}' not in found:
                found.append(f'{path}{match.group(2)}')
    return found or output.splitlines()


def check(root, commands, is_quick):
    """`commands` runs processes; build/clang must be set up. The problems as text."""
    with open(os.path.join(root, 'build/clang/compile_commands.json'), encoding='utf-8') as file:
        database = json.load(file)
    _, version = commands.run(['clang-tidy', '--version'], TIMEOUT_S)
    known = os.path.join(root, 'build/tidy')
    os.makedirs(known, exist_ok=True)
    wanted = {}  # mark that says "clean": path
    for entry in database:
        path = os.path.relpath(os.path.join(entry['directory'], entry['file']), root)
        if path.startswith('src/'):
            # Only the flags count, not the names of the outputs.
            flags = [flag for flag in shlex.split(entry['command']) if '.c.o' not in flag]
            mark = os.path.join(known, fingerprint(root, path, ' '.join(flags), version))
            wanted[mark] = path
    analysed = set(wanted.values())
    problems = [f'{path}: no meson.build names this file'
                for path in sorted(glob.glob('src/**/*.c', root_dir=root, recursive=True))
                if path not in analysed and not path.endswith('_fuzz.c')]
    for mark in glob.glob(os.path.join(known, '*')):
        if mark.removesuffix(QUICK) not in wanted:
            os.remove(mark)

    quick = ['-Xclang', '-analyzer-config', '-Xclang', f'max-nodes={QUICK_NODES}'] if is_quick else []
    extra = [f'--extra-arg={word}' for word in quick]

    def analyse(item):
        mark, path = item
        if os.path.exists(mark) or (is_quick and os.path.exists(f'{mark}{QUICK}')):
            return ''
        code, output = commands.run(
            ['clang-tidy', '--quiet', '-p', 'build/clang', '--warnings-as-errors=*', *extra, path],
            TIMEOUT_S, cwd=root)
        if code == 0:
            open(f'{mark}{QUICK}' if is_quick else mark, 'w').close()
            return ''
        return output.replace(f'{root}/', '') if code is not None else f'{path}: took too long'

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for output in pool.map(analyse, sorted(wanted.items(), key=lambda item: item[1])):
            problems += findings(root, output)
    return problems
