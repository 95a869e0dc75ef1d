#!/usr/bin/env python3
"""Writes templates, migrations, assets, shells' scripts and translated words as one C file that
implements src/base/embedded.h. Meson runs it; the depfile it writes names all that it looked at,
folders included, so that ninja runs it again when a file is added."""

import argparse
import hashlib
import os
import re
import sys

from po import PoError, check_whole, read_catalogue

MIGRATION = re.compile(r'(\d{4})_[a-z]+_[a-z0-9_]+?(\.sqlite|\.postgres)?\.sql')


class EmbedError(Exception):
    pass


class Tree:
    """Reads below the root, and remembers what was looked at."""

    def __init__(self, root):
        self.root = root
        self.seen = [os.path.abspath(__file__), os.path.join(os.path.dirname(__file__), 'po.py')]

    def folders(self, *parts):
        """Names of the folders directly below, sorted; none when the folder is missing."""
        path = os.path.join(self.root, *parts)
        if not os.path.isdir(path):
            return []
        self.seen.append(path)
        return sorted(e.name for e in os.scandir(path) if e.is_dir())

    def files(self, *parts):
        """Paths of all files below, relative to the folder, sorted."""
        top = os.path.join(self.root, *parts)
        found = []
        for folder, _, names in os.walk(top):
            self.seen.append(folder)
            for name in names:
                if not name.startswith('.') and not name.endswith(('~', '.orig')):
                    found.append(os.path.relpath(os.path.join(folder, name), top))
        return sorted(found)

    def read(self, *parts):
        path = os.path.join(self.root, *parts)
        self.seen.append(path)
        with open(path, 'rb') as file:
            return file.read()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read_templates(tree):
    templates = []
    for room in tree.folders('src'):
        for path in tree.files('src', room, 'templates'):
            if not path.endswith('.html'):
                raise EmbedError(f'src/{room}/templates/{path}: a template must end in .html')
            name = f'{room}/{path[:-len(".html")]}'
            templates.append((name, None, tree.read('src', room, 'templates', path)))
    return templates


def read_migrations(tree):
    migrations = []
    engines = {}
    for path in tree.files('migrations'):
        if path == 'README.md':
            continue
        match = MIGRATION.fullmatch(path)
        if not match:
            raise EmbedError(f'migrations/{path}: the name must be NNNN_room_what.sql, '
                             'or end in .sqlite.sql or .postgres.sql')
        engines.setdefault(int(match.group(1)), []).append(match.group(2) or 'both')
        migrations.append((path, None, tree.read('migrations', path)))
    for position, number in enumerate(sorted(engines), 1):
        if position != number:
            raise EmbedError(f'migrations: {position:04d} is missing')
        if sorted(engines[number]) not in (['both'], ['.postgres', '.sqlite']):
            raise EmbedError(f'migrations: {number:04d} must be one file for both databases, '
                             'or one for each')
    return migrations


def read_assets(tree):
    """A folder named like a file, site.css/, is one file in parts: joined in the order of their
    names, since a page should ask for one style and an editor for short files."""
    contents = {}
    for path in tree.files('assets', 'site'):
        folder = os.path.dirname(path)
        name = folder if folder.endswith(('.css', '.js')) else path
        contents[name] = contents.get(name, b'') + tree.read('assets', 'site', path)
    assets = []
    for name, content in contents.items():
        stem, ending = os.path.splitext(name)
        assets.append((name, f'{stem}.{sha256(content)[:8]}{ending}', content))
    return assets


def read_completions(tree):
    return [(path, None, tree.read('packaging', 'completion', path))
            for path in tree.files('packaging', 'completion')]


def read_messages(tree):
    catalogues = {f'po/{path}': read_catalogue(f'po/{path}', tree.read('po', path))
                  for path in tree.files('po') if path.endswith('.po')}
    check_whole(catalogues)
    messages = [(path[len('po/'):-len('.po')], message)
                for path, catalogue in catalogues.items() for message in catalogue]
    return sorted(messages, key=lambda pair: (pair[0].encode(), pair[1].msgid.encode()))


def literal(content, indent=''):
    """Bytes as C string literals, broken after each newline. Escapes are three octal digits, so
    that a digit after one is no part of it; '?' is escaped against trigraphs."""
    plain = {b for b in range(0x20, 0x7f)} - set(b'"\\?')
    lines = content.split(b'\n')
    lines = [line + b'\n' for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    out = []
    for line in lines or [b'']:
        text = ''.join(chr(b) if b in plain else '\\n' if b == 10 else f'\\{b:03o}' for b in line)
        out.append(f'{indent}"{text}"')
    return '\n'.join(out)


def c_string(text):
    return 'NULL' if text is None else literal(text.encode()).replace('\n', ' ')


def write_files(out, kind, files):
    files = sorted(files, key=lambda file: file[0].encode())
    for index, (_, _, content) in enumerate(files):
        out.append(f'static const unsigned char {kind}_{index}[] =\n{literal(content, "    ")};\n')
    out.append(f'const struct embedded_file embedded_{kind}s[] = {{')
    for index, (name, public_name, content) in enumerate(files):
        out.append(f'    {{.name = {c_string(name)}, .public_name = {c_string(public_name)},\n'
                   f'     .bytes = {kind}_{index}, .size_bytes = {len(content)},\n'
                   f'     .hash = "{sha256(content)}"}},')
    if not files:
        out.append('    {.name = NULL}, /* C has no empty arrays */')
    out.append(f'}};\nconst size_t embedded_{kind}_count = {len(files)};\n')


def write_messages(out, messages):
    out.append('const struct embedded_message embedded_messages[] = {')
    for lang, message in messages:
        forms = ',\n               '.join(c_string(form) for form in message.form_list())
        out.append(f'    {{.lang = {c_string(lang)}, .msgid = {c_string(message.msgid)},\n'
                   f'     .msgid_plural = {c_string(message.msgid_plural)},\n'
                   f'     .forms = {{{forms}}}, .form_count = {len(message.forms)}}},')
    if not messages:
        out.append('    {.lang = NULL}, /* C has no empty arrays */')
    out.append(f'}};\nconst size_t embedded_message_count = {len(messages)};')


def write_depfile(path, output, tree):
    names = sorted(set(tree.seen))
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{output}: ' + ' \\\n '.join(name.replace(' ', '\\ ') for name in names) + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--root', required=True)
    parser.add_argument('--depfile', required=True)
    parser.add_argument('output')
    arguments = parser.parse_args()

    tree = Tree(arguments.root)
    # The folders that do not exist yet are noticed through the root.
    tree.seen += [path for path in (arguments.root, os.path.join(arguments.root, 'assets'))
                  if os.path.isdir(path)]
    out = ['/* Written by tools/embed.py; changes here are lost. */',
           '#include "base/embedded.h"\n']
    try:
        write_files(out, 'template', read_templates(tree))
        write_files(out, 'migration', read_migrations(tree))
        write_files(out, 'asset', read_assets(tree))
        write_files(out, 'completion', read_completions(tree))
        write_messages(out, read_messages(tree))
    except (EmbedError, PoError) as error:
        sys.exit(f'embed.py: {error}')

    with open(arguments.output, 'w', encoding='utf-8') as file:
        file.write('\n'.join(out) + '\n')
    write_depfile(arguments.depfile, arguments.output, tree)


if __name__ == '__main__':
    main()
