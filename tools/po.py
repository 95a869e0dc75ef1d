"""Reads gettext catalogues (po/*.po) as strictly as Courant needs them: no contexts, no fuzzy
entries, no message twice, as many plural forms as the header promises, and all of them whole."""

import re

ESCAPES = {'n': '\n', 't': '\t', '"': '"', '\\': '\\'}
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*$')
MAX_FORMS = 6


class PoError(Exception):
    """The catalogue is wrong; the text names file and line."""


class Message:
    def __init__(self, line):
        self.line = line
        self.msgid = None
        self.msgid_plural = None
        self.forms = {}

    def form_list(self):
        return [self.forms.get(i, '') for i in range(len(self.forms))]

    def is_translated(self):
        return bool(self.forms) and all(self.forms.values())


def unquote(text, where):
    match = QUOTED.match(text.strip())
    if not match:
        raise PoError(f'{where}: expected text in double quotes')

    def replace(escape):
        if escape.group(1) not in ESCAPES:
            raise PoError(f'{where}: unknown escape \\{escape.group(1)}')
        return ESCAPES[escape.group(1)]

    return re.sub(r'\\(.)', replace, match.group(1))


def read_entries(path, text):
    """Splits the file into messages, in file order, the header (msgid "") among them."""
    messages = []
    message = None
    field = None  # 'msgid', 'msgid_plural' or the number of a form

    def append(value):
        if isinstance(field, int):
            message.forms[field] = message.forms.get(field, '') + value
        else:
            setattr(message, field, (getattr(message, field) or '') + value)

    for number, line in enumerate(text.split('\n'), 1):
        where = f'{path}:{number}'
        line = line.strip()
        if line.startswith('#,') and 'fuzzy' in line:
            raise PoError(f'{where}: fuzzy entry: check the translation and remove the mark')
        if not line or line.startswith('#'):
            continue
        if line.startswith('"'):
            if field is None:
                raise PoError(f'{where}: text without a keyword before it')
            append(unquote(line, where))
            continue
        keyword, _, rest = line.partition(' ')
        if keyword == 'msgid':
            message = Message(number)
            messages.append(message)
            field = 'msgid'
        elif message is None:
            raise PoError(f'{where}: expected msgid')
        elif keyword == 'msgid_plural':
            field = 'msgid_plural'
        elif keyword == 'msgstr':
            field = 0
        elif re.fullmatch(r'msgstr\[[0-5]\]', keyword):
            field = int(keyword[7])
        else:
            raise PoError(f'{where}: "{keyword}" is not something Courant reads')
        append(unquote(rest, where))
    return messages


def read_catalogue(path, content):
    """The messages of one catalogue without its header, in file order. `path` is for errors."""
    try:
        messages = read_entries(path, content.decode('utf-8'))
    except UnicodeDecodeError as error:
        raise PoError(f'{path}: not UTF-8 at byte {error.start}') from error
    if not messages or messages[0].msgid != '':
        raise PoError(f'{path}:1: the header (msgid "") is missing')
    plural = re.search(r'nplurals\s*=\s*(\d+)', messages[0].forms.get(0, ''))
    if not plural or not 1 <= int(plural.group(1)) <= MAX_FORMS:
        raise PoError(f'{path}:1: the header needs Plural-Forms with nplurals from 1 to {MAX_FORMS}')
    language = re.search(r'^Language: *(\S*)$', messages[0].forms.get(0, ''), re.MULTILINE)
    if not language or not path.endswith(f'/{language.group(1)}.po'):
        raise PoError(f'{path}:1: the header needs Language with the name of the file')
    seen = {}
    for message in messages[1:]:
        where = f'{path}:{message.line}'
        if not message.msgid:
            raise PoError(f'{where}: empty msgid')
        if message.msgid in seen:
            raise PoError(f'{where}: already on line {seen[message.msgid]}: "{message.msgid}"')
        seen[message.msgid] = message.line
        expected = int(plural.group(1)) if message.msgid_plural is not None else 1
        if sorted(message.forms) != list(range(expected)):
            raise PoError(f'{where}: expected {expected} form(s), found {len(message.forms)}')
    return messages[1:]


def check_whole(catalogues):
    """Raises PoError unless all catalogues, {path: messages}, have the same messages, translated.
    English stands in the source; a catalogue of it would hold only the plurals."""
    first_path, first = None, {}
    for path, messages in sorted(catalogues.items()):
        for message in messages:
            if not message.is_translated():
                raise PoError(f'{path}:{message.line}: "{message.msgid}" is not translated')
        if path.endswith('/en.po'):
            continue
        there = {message.msgid: message.msgid_plural for message in messages}
        if first_path is None:
            first_path, first = path, there
        for msgid in [*first, *there]:
            if msgid not in there:
                raise PoError(f'{path}: "{msgid}" is missing; {first_path} has it')
            if msgid not in first:
                raise PoError(f'{first_path}: "{msgid}" is missing; {path} has it')
            if first[msgid] != there[msgid]:
                raise PoError(f'{path}: the plural of "{msgid}" in {first_path} is another')
