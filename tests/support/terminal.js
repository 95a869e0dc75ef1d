'use strict';
// The site in browsers made of text: what lynx and w3m show of a page, what of it they should, and
// lynx with somebody at its keys.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { run } = require('./process');

const COLUMNS = '80';
const FIELD_SHOWN = 20; // characters that a field of a form has room for
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const UTF8 = { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm' };

const SHOW = {
  lynx: ['lynx', '-dump', '-nolist', '-stdin', '-force_html', `-width=${COLUMNS}`, '-assume_charset=utf-8', '-display_charset=utf-8'],
  w3m: ['w3m', '-dump', '-T', 'text/html', '-cols', COLUMNS, '-I', 'UTF-8', '-O', 'UTF-8'],
};
const TERMINALS = Object.keys(SHOW);

async function shownIn(terminal, html) {
  const done = await run(SHOW[terminal], { stdin: html, env: UTF8 });
  if (done.code !== 0) throw new Error(`${terminal} ended with ${done.code}: ${done.stderr}`);
  return done.stdout;
}

// ---- what should be there ----

const decode = (text) => text.replace(/&(\w+|#\d+);/g, (whole, name) => ENTITIES[name] ?? whole);
const attribute = (tag, name) => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decode(value);
};
// Lines are wrapped, and what has no width of its own a terminal may leave out.
const letters = (text) => text.replace(/[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0f]+/gu, '');

// The words that a page has for a reader, in their order: { tag, text, isLink }. Our own markup is
// regular, so that its tags can be told apart without a parser. Of a list to choose from one line is
// shown, without a mark at its end, which w3m leaves out there.
function wordsOf(html) {
  const body = html.slice(html.indexOf('<body')).replace(/<(script|style|svg|template)\b[^]*?<\/\1>/g, '')
    .replace(/<select[^]*?<\/select>/g, (list) => `<i-chosen>${/ selected>([^<]*)/.exec(list)?.[1] ?? /<option[^>]*>([^<]*)/.exec(list)[1]}</i-chosen>`);
  const words = [];
  const open = [];
  for (const [, tag, text] of body.matchAll(/<([^>]+)>([^<]*)/g)) {
    const [, slash, name] = /^(\/?)([a-z0-9-]+)/.exec(tag);
    const isField = name === 'input' && !/^(hidden|radio)$/.test(attribute(tag, 'type'));
    if (isField) words.push({ tag: name, text: (attribute(tag, 'value') ?? '').slice(0, FIELD_SHOWN) });
    else if (slash) open.pop();
    else if (!/^(br|input|hr)$/.test(name)) open.push(name);
    const shown = open.at(-1) === 'i-chosen' ? text.replace(/\p{M}+$/u, '') : text;
    if (letters(shown) !== '') words.push({ tag: open.at(-1), text: decode(shown), isLink: open.includes('a') });
  }
  return words.filter(({ text }) => text !== '');
}

// What lynx lists at the head of a page: where else it can be found.
function headLinks(html) {
  return [...html.matchAll(/<link rel="(?:alternate|search)"[^>]*>/g)].map(([tag]) => ({ tag: 'link', text: attribute(tag, 'title') ?? '', isLink: true }));
}

const DECORATION = /^(?:[#•*[\]_]|\(BUTTON\)|\([ *]?\)|\d+\.)*$/;

// What is wrong with a page in a terminal: words that are not there in their order, and signs that
// are no words of the page's.
function faultsIn(terminal, html, shown) {
  const faults = [];
  const there = letters(shown);
  const words = terminal === 'lynx' ? [...headLinks(html), ...wordsOf(html)] : wordsOf(html);
  let place = 0;
  for (const { text, tag } of words) {
    const wanted = letters(text);
    const found = there.indexOf(wanted, place);
    const gap = there.slice(place, found);
    if (found < 0) faults.push(`lacks “${text.trim()}” (${tag})`);
    if (found < 0) continue;
    if (!DECORATION.test(gap)) faults.push(`has “${gap.slice(0, 200)}” before “${text.trim()}”`);
    place = found + wanted.length;
    // lynx fills up a list to choose from, and takes bytes for columns.
    if (tag === 'i-chosen') place = there.indexOf(']', place);
  }
  if (!DECORATION.test(there.slice(place))) faults.push(`ends with “${there.slice(place)}”`);
  return faults;
}

// ---- somebody at the keys ----

// `keys` are words of ASCII to type and the names of keys in brackets: ['/', 'Search', '<^J>'].
// Fields are entered by <^J>. Gives the addresses that were visited, and what came over the screen.
async function lynxWithKeys(url, keys) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lynx-'));
  try {
    const typed = (word) => [...word].map((letter) => (letter === ' ' ? '<space>' : letter));
    const pressed = [...keys, 'Q'].flatMap((word) => (/^<.+>$/.test(word) ? [word.slice(1, -1)] : typed(word)));
    const script = path.join(folder, 'keys');
    fs.writeFileSync(script, pressed.map((key) => `key ${key}\n`).join(''));
    const settings = path.join(folder, 'lynx.cfg');
    fs.writeFileSync(settings, ['INFO', 'MESSAGE', 'ALERT', 'DELAY', 'REPLAY'].map((what) => `${what}SECS:0\n`).join(''));
    // Keys that go astray must not start anything.
    const lynx = `lynx -cfg=${settings} -display_charset=utf-8 -tna -accept_all_cookies -restrictions=shell,exec,editor,download,print,mail,bookmark -cmd_script=${script} '${url}'`;
    const done = await run(['script', '-qec', lynx, path.join(folder, 'screen')], { env: { ...UTF8, HOME: folder } });
    const screen = done.stdout.replace(/\x1b(?:\[[0-9;?]*[a-zA-Z]|[()][A-Z0-9]|[=>])/g, '');
    return { screen, visited: [...screen.matchAll(/Getting (\S+)/g)].map(([, address]) => address) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { TERMINALS, shownIn, wordsOf, headLinks, faultsIn, letters, lynxWithKeys };
