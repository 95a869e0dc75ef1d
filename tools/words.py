"""Visible words: those that templates and C name, against those that the catalogues hold."""

import glob
import os
import re

from po import PoError, read_catalogue

TEMPLATE_WORDS = re.compile(r'\{\{#_\}\}(.*?)\{\{/_\}\}', re.DOTALL)
C_STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
# The language may be any expression without a string in it.
C_TEXT = re.compile(r'\bi18n_text\s*\(\s*[^"();]*(?:\([^"();]*\)[^"();]*)*,\s*' + C_STRING)
C_PLURAL = re.compile(r'\bi18n_plural(?:_sentence)?\s*\(\s*[^"();]*(?:\([^"();]*\)[^"();]*)*,\s*' + C_STRING +
                      r',\s*' + C_STRING)
# _("…") and N_("…") mark words that stand in a table or travel through a variable.
C_MARKED = re.compile(r'(?<![A-Za-z0-9_])N?_\s*\(\s*' + C_STRING)
C_ESCAPES = {'n': '\n', 't': '\t', '"': '"', '\\': '\\', "'": "'"}
LANGUAGE = re.compile(r'^    \{\{"([a-z]+)", \d\}', re.MULTILINE)
MARK = re.compile(r'\{[a-z_]+\}')
TAG = re.compile(r'\{\{[^}]*\}\}')


def c_value(literals):
    """The text of one or more adjacent string literals; \\u and hexadecimal escapes included."""
    inner = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))

    def replace(match):
        escape = match.group(1)
        if escape[0] in 'uU':
            return chr(int(escape[1:], 16))
        return C_ESCAPES.get(escape, match.group(0))

    return re.sub(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)', replace, inner)


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def words_in_templates(root):
    for path in sorted(glob.glob('src/*/templates/**/*.html', root_dir=root, recursive=True)):
        text = read(root, path)
        for match in TEMPLATE_WORDS.finditer(text):
            yield f'{path}:{text.count(chr(10), 0, match.start()) + 1}', match.group(1), None


def words_in_c(root):
    for path in sorted(glob.glob('src/**/*.c', root_dir=root, recursive=True)):
        if path.endswith(('_test.c', '_fuzz.c')):
            continue
        text = read(root, path)
        for pattern in (C_TEXT, C_MARKED):
            for match in pattern.finditer(text):
                where = f'{path}:{text.count(chr(10), 0, match.start()) + 1}'
                yield where, c_value(match.group(1)), None
        for match in C_PLURAL.finditer(text):
            where = f'{path}:{text.count(chr(10), 0, match.start()) + 1}'
            yield where, c_value(match.group(1)), c_value(match.group(2))


def marks(text):
    """What is filled in later: {name}, and the tags of a template."""
    tags = TAG.findall(text)
    return sorted(set(tags + MARK.findall(TAG.sub('', text))))


def check_catalogue(root, path, used):
    try:
        with open(os.path.join(root, path), 'rb') as file:
            messages = {m.msgid: m for m in read_catalogue(path, file.read())}
    except PoError as error:
        return [str(error)]
    problems = []
    for msgid, (where, plural) in used.items():
        message = messages.get(msgid)
        if message is None:
            problems.append(f'{where}: {path} has no "{msgid}"')
        elif message.msgid_plural != plural:
            problems.append(f'{where}: the plural of "{msgid}" in {path} is another')
    for msgid, message in messages.items():
        where = f'{path}:{message.line}'
        if msgid not in used:
            problems.append(f'{where}: nothing uses "{msgid}"')
        if not message.is_translated():
            problems.append(f'{where}: "{msgid}" is not translated')
            continue
        # One and two may be said without the number.
        allowed = marks(message.msgid_plural or msgid)
        for number, form in message.forms.items():
            wrong = [mark for mark in marks(form) if mark not in allowed]
            if message.msgid_plural is None:
                wrong += [mark for mark in allowed if mark not in marks(form)]
            for mark in wrong:
                problems.append(f'{where}: {mark} differs in form {number} of "{msgid}"')
    return problems


def check(root):
    used = {}
    problems = []
    for where, msgid, plural in [*words_in_templates(root), *words_in_c(root)]:
        if msgid in used and used[msgid][1] != plural:
            problems.append(f'{where}: "{msgid}" has another plural at {used[msgid][0]}')
        if msgid != msgid.strip() or '\n' in msgid:
            problems.append(f'{where}: "{msgid}" must stand on one line, without space around')
        used.setdefault(msgid, (where, plural))
    catalogues = sorted(glob.glob('po/*.po', root_dir=root))
    languages = LANGUAGE.findall(read(root, 'src/i18n/language.c'))
    if 'en' not in languages:
        problems.append('src/i18n/language.c: the table of languages is not found')
    problems += [f'po/{code}.po is missing' for code in languages
                 if code != 'en' and f'po/{code}.po' not in catalogues]
    problems += [f'{path}: src/i18n/language.c has no such language' for path in catalogues
                 if path[len('po/'):-len('.po')] not in languages]
    for path in catalogues:
        if path == 'po/en.po':
            # English stands in the source; its catalogue holds only the plurals.
            used_there = {k: v for k, v in used.items() if v[1] is not None}
            problems += check_catalogue(root, path, used_there)
        else:
            problems += check_catalogue(root, path, used)
    return problems
