'use strict';
// What the desk may call things, at the door: characters that can't be shown and what is too long are
// refused in one sentence, wherever they are typed; nothing is cut.

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { makeSite, run } = require('../support');
const { json, refused } = require('./journey');

let site;

before(async () => {
  site = await makeSite();
  await json(site, ['story', 'add', '--headline', 'A story', '--section', 'politics', '--tag', 'Rivers', '--body', '-', '--publish'], 'Words.');
});
after(() => site.stop());

const add = (...more) => ['story', 'add', '--headline', 'H', '--section', 'politics', '--body', '-', ...more];
// What it is called in a sentence, how many characters it may have, and the command that takes it.
const FIELDS = [
  ['the headline', 300, (text) => ['story', 'add', '--section', 'politics', '--body', '-', '--headline', text]],
  ['the standfirst', 600, (text) => add('--standfirst', text)],
  ["the byline's name", 100, (text) => add('--byline', text)],
  ["the source's name", 100, (text) => add('--source', text)],
  ["the tag's name", 100, (text) => add('--tag', text)],
  ["the section's name", 100, (text) => ['story', 'add', '--headline', 'H', '--body', '-', '--section', text]],
  ["the section's name", 100, (text) => ['section', 'add', 'politics', '--name', text]],
  ["the tag's name", 100, (text) => ['tag', 'add', 'rivers', '--name', text]],
  ["the tag's other name", 100, (text) => ['tag', 'alias', 'add', 'rivers', text]],
  ['the correction', 2000, (text) => ['story', 'correct', '1', '--text', text]],
  ['the title', 120, (text) => ['page', 'set', 'about', '--body', '-', '--title', text]],
  ["the site's name", 120, (text) => ['site', 'set', '--name', text]],
  ["the site's tagline", 200, (text) => ['site', 'set', '--tagline', text]],
];

// Node gives no bytes to a command that are no text.
async function withBytes(args, bytes) {
  const script = `arguments=("$@"); arguments[${args.indexOf('HERE') + 3}]=$'A${bytes}'; exec "\${arguments[@]}"`;
  return run(['bash', '-c', script, 'bash', site.binary, '--site', site.dir, ...args], { env: site.env, stdin: 'Words.' });
}

const CONTROLS = ['\u0001', '\u001b[31m', '\u007f', '\u0085', '\ufffe', '\uffff', '\ufdd0', '\u{1fffe}', '\u{10ffff}'];
const NO_UTF8 = ['\\xff', '\\xc3(', '\\xc0\\x80', '\\xed\\xa0\\x80', '\\xf4\\x90\\x80\\x80', '\\xe2\\x82'];

for (const [number, [what, most, command]] of FIELDS.entries()) {
  test(`${what} of ${command('').slice(0, 3).join(' ')}: ${most} characters at most, and none that can't be shown`, async () => {
    const stdin = 'Words.';
    await json(site, command(String(number).padEnd(most, 'ێ')), stdin);
    await refused(site, command('x'.repeat(most + 1)), new RegExp(`${what} has ${most + 1} characters: shorten it to ${most} at most`), { stdin });
    const some = (list) => (number === 0 ? list : [list[number % list.length]]);
    for (const bad of some(CONTROLS)) await refused(site, command(`A${bad}b`), new RegExp(`${what} holds control characters: take them out`), { stdin });
    for (const bytes of some(NO_UTF8)) {
      const { code, stderr } = await withBytes(command('HERE'), bytes);
      assert.deepEqual([code, stderr], [1, `courant: ${what} is not UTF-8: save it in that encoding\n`], bytes);
    }
  });
}

test('A text that comes from a file holds no NUL', async () => {
  for (const args of [add(), ['page', 'set', 'about', '--title', 'About', '--body', '-']])
    for (const bad of ['\0', 'a\0b', '\u0001', '\ufffe'])
      await refused(site, args, /holds control characters: take them out/, { stdin: `Words.${bad}` });
});

test('What is refused leaves nothing behind', async () => {
  const before = await json(site, ['section', 'list']);
  await refused(site, ['story', 'add', '--headline', 'x'.repeat(301), '--section', 'A new section', '--body', '-'], /shorten it/, { stdin: 'Words.' });
  assert.deepEqual(await json(site, ['section', 'list']), before);
});
