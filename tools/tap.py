"""Reads the Test Anything Protocol as cmocka and node:test write it."""

import re

LINE = re.compile(r'((?:    )*)(not ok|ok)\b(?: \d+)?(?: -)? ?(.*)')
PLAN = re.compile(r'1\.\.(\d+)')
DIRECTIVE = re.compile(r'(?:^|(?<=[^\\]))# *(skip|todo)\b ?(.*)', re.IGNORECASE)


class Result:
    """One test that ran: `status` is 'passed', 'failed' or 'skipped'."""

    def __init__(self, name, status, detail=''):
        self.name = name
        self.status = status
        self.detail = detail


def result_of(verdict, rest):
    directive = DIRECTIVE.search(rest)
    if directive:
        # cmocka writes the name behind: "not ok 3 # SKIP test_name".
        name = rest[:directive.start()].strip() or directive.group(2).strip()
        return Result(name, 'skipped')
    return Result(rest.strip().replace('\\#', '#'), 'passed' if verdict == 'ok' else 'failed')


def without_yaml(lines):
    """The lines outside the blocks "---" to "..." in which node:test explains a result: they
    may quote anything."""
    end = None
    for line in lines:
        if end is not None:
            if line == end:
                end = None
        elif line.strip() == '---':
            end = line.replace('---', '...')
        else:
            yield line


def parse(text):
    """The tests at the leaves, and how many the text promised at its outermost level (or None)
    against how many came there. A suite counts only when it failed and none of its parts did."""
    results = []
    promised = None
    came = 0
    failed_below = {}  # depth: whether a part of the suite still open there has failed
    for line in without_yaml(text.splitlines()):
        plan = PLAN.match(line)
        if plan:
            promised = int(plan.group(1))
        match = LINE.match(line)
        if not match:
            continue
        depth = len(match.group(1)) // 4
        result = result_of(match.group(2), match.group(3))
        is_suite = depth + 1 in failed_below
        part_failed = failed_below.pop(depth + 1, False)
        failed_below[depth] = failed_below.get(depth, False) or result.status == 'failed'
        came += depth == 0
        if not is_suite or (result.status == 'failed' and not part_failed):
            results.append(result)
    return results, promised, came
