"""Checks that read the source and run none of it. Each is a function that returns its problems,
"file:line: sentence" each; CHECKS names them."""

import glob
import json
import os
import re
import subprocess

import words

# CONVENTIONS.md, "Where things go".
ROOMS = ('base i18n html cache net db web search live audit fetch jobs mail identity media stories '
         'diary pages moderation replies site newsroom wordpress server cli').split()
LINES_MAX = 600
README_LINES = (10, 20)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
# Beside what src/base/banned.h poisons: macros, or names that system headers use themselves.
BANNED = ('alloca system popen rand srand random srandom drand48 vfork setjmp longjmp '
          'gethostbyname inet_addr inet_ntoa strsignal readdir_r sleep '
          'mktemp tempnam tmpnam scanf sscanf fscanf putenv getpw '
          'strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atof').split()
BANNED_CALL = re.compile(r'(?<![A-Za-z0-9_.>])(' + '|'.join(BANNED) + r')\s*\(')
PHYSICAL = re.compile(
    r'(?<![a-z-])((?:margin|padding|border)-(?:left|right)(?:-[a-z]+)?'
    r'|border-(?:top|bottom)-(?:left|right)-radius|left|right|text-align\s*:\s*(?:left|right)'
    r'|(?:float|clear)\s*:\s*(?:left|right)|scroll-(?:margin|padding)-(?:left|right))\s*(?=[:;}!])')
SLEEP = re.compile(r'\bsetTimeout\s*\(\s*(?:resolve|r|done)\b|timers/promises')
RESOLVED = re.compile(r'"resolved"\s*:|https?://(?:registry|[^"/]*npm)')


def paths(root, *patterns):
    return sorted({path for pattern in patterns
                   for path in glob.glob(pattern, root_dir=root, recursive=True)
                   if 'node_modules/' not in path and os.path.isfile(os.path.join(root, path))})


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def code_only(text):
    """The text with comments and literals blanked, lines kept."""
    return NOT_CODE.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text)


def c_files(root):
    return paths(root, 'src/**/*.[ch]', 'bench/**/*.[ch]')


def check_rooms(root):
    problems = []
    for path in paths(root, 'src/*/**/*.[ch]'):
        room = path.split('/')[1]
        if room not in ROOMS:
            problems.append(f'{path}: "{room}" is not in the row of rooms')
            continue
        for number, line in enumerate(read(root, path).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            where = f'{path}:{number}'
            target, slash, name = match.group(1).partition('/')
            if not slash:
                problems.append(f'{where}: write the path from src/: "{room}/{target}"')
            elif target not in ROOMS:
                problems.append(f'{where}: there is no room "{target}"')
            elif ROOMS.index(target) > ROOMS.index(room):
                problems.append(f'{where}: {target} is to the right of {room}')
            elif target != room and name.endswith('_private.h'):
                problems.append(f'{where}: {name} is private to {target}')
    return problems


def check_banned(root):
    problems = []
    for path in paths(root, 'src/**/*.[ch]'):
        for number, line in enumerate(code_only(read(root, path)).splitlines(), 1):
            for match in BANNED_CALL.finditer(line):
                problems.append(f'{path}:{number}: {match.group(1)}() is banned')
    return problems


def check_css(root):
    """Right-to-left languages need start and end, not left and right."""
    problems = []
    for path in paths(root, 'assets/**/*.css', 'src/*/templates/**/*.html'):
        text = read(root, path)
        if path.endswith('.css'):
            text = re.sub(r'/\*.*?\*/', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text,
                          flags=re.DOTALL)
            lines = list(enumerate(text.splitlines(), 1))
        else:
            lines = [(text.count('\n', 0, m.start()) + 1, m.group(0)) for m in
                     re.finditer(r'<style.*?</style>|style="[^"]*"', text, re.DOTALL)]
        for number, line in lines:
            for match in PHYSICAL.finditer(line):
                problems.append(f'{path}:{number}: "{match.group(1)}" does not turn with the '
                                'direction of the language: use the logical property')
    return problems


def check_length(root):
    problems = []
    for path in paths(root, 'src/**/*.[ch]', 'src/**/*.html', 'assets/**/*.css', 'assets/**/*.js',
                      'tests/**/*.js', 'tools/*', 'bench/*.*', 'demo/*.py', 'dev'):
        if os.path.isfile(os.path.join(root, path)) and not path.startswith('tests/fixtures/'):
            count = read(root, path).count('\n')
            if count > LINES_MAX:
                problems.append(f'{path}: {count} lines; split what has more than {LINES_MAX}')
    return problems


def check_readmes(root):
    problems = []
    for folder in sorted({path.split('/')[1] for path in paths(root, 'src/*/*.c')}):
        path = f'src/{folder}/README.md'
        if not os.path.exists(os.path.join(root, path)):
            problems.append(f'{path}: missing; 10 to 20 lines: purpose, words, rules that always hold')
            continue
        count = read(root, path).count('\n')
        if not README_LINES[0] <= count <= README_LINES[1]:
            problems.append(f'{path}: {count} lines; a room says itself in 10 to 20')
    return problems


def check_lock(root):
    """npm packages by name and checksum, from wherever the reader's npm gets them."""
    problems = []
    lock = read(root, 'tests/package-lock.json')
    for number, line in enumerate(lock.splitlines(), 1):
        if RESOLVED.search(line):
            problems.append(f'tests/package-lock.json:{number}: names a host')
    for name, package in json.loads(lock)['packages'].items():
        if name and 'integrity' not in package:
            problems.append(f'tests/package-lock.json: {name} has no checksum')
    for name, version in json.loads(read(root, 'tests/package.json'))['dependencies'].items():
        if not re.fullmatch(r'\d+\.\d+\.\d+', version):
            problems.append(f'tests/package.json: {name} is not pinned to one version')
    return problems


def check_waits(root):
    """Tests wait for a condition, never for a time to pass."""
    problems = []
    for path in paths(root, 'tests/**/*.js'):
        if path == 'tests/support/wait.js':  # The one place that looks again after a while.
            continue
        for number, line in enumerate(read(root, path).splitlines(), 1):
            if SLEEP.search(line):
                problems.append(f'{path}:{number}: a sleep; wait for a condition')
    return problems


def check_links(root):
    """What a link points to need not be there where somebody else has the source."""
    # A clone may belong to another user than the one who tests it.
    listed = subprocess.run(['git', '-c', 'safe.directory=*', '-C', root, 'ls-files', '-z', '--stage'],
                            check=True, capture_output=True, text=True).stdout
    entries = (entry.partition('\t') for entry in listed.split('\0') if entry)
    return [f'{path}: a symbolic link; put the file itself there'
            for stage, _, path in entries if stage.startswith('120000')]


CHECKS = {
    'rooms': check_rooms,
    'banned': check_banned,
    'logical-css': check_css,
    'file-length': check_length,
    'room-readmes': check_readmes,
    'lock-file': check_lock,
    'no-sleeps': check_waits,
    'no-links': check_links,
    'visible-words': words.check,
}
