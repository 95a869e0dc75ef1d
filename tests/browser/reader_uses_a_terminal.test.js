'use strict';
// A reader with a browser made of text, lynx or w3m: every kind of page says there what it says
// elsewhere, in its order and nothing else, and its forms are used from the keys.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { demoPages, DEMO_LANGUAGES } = require('../support/demo');
const { TERMINALS, shownIn, wordsOf, headLinks, faultsIn, lynxWithKeys, letters } = require('../support/terminal');

const AT_ONCE = 4;
// What a page must never say: another's placeholders, escapes shown as they are, words of machines.
const NOISE = /&(?:\w+|#\w+);|\{\{|\}\}|\{\w+\}|%[sdz]|\bundefined\b|\bnull\b|\bNaN\b|\[object|<\/?\w+/;

let site;
let pages;

before(async () => {
  ({ site, pages } = await demoPages());
}, { timeout: 120_000 });
after(() => site?.stop());

const nameOf = ({ lang, kind }) => `${lang}, ${kind}`;
const pageOf = (lang, kind) => pages.find((page) => page.lang === lang && page.kind === kind);
const addressOf = (page) => new URL(page.path, site.url).href;

for (const terminal of TERMINALS) {
  test(`${terminal} shows every page whole, in its order, and nothing else`, { timeout: 120_000 }, async () => {
    const faults = [];
    const left = [...pages];
    const look = async () => {
      for (let page = left.pop(); page; page = left.pop())
        faults.push(...faultsIn(terminal, page.html, await shownIn(terminal, page.html)).map((fault) => `${nameOf(page)} ${fault}`));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    assert.deepStrictEqual(faults, []);
  });
}

test('Every page has its title first, no line of noise, and a name for every link and button', () => {
  const found = [];
  for (const page of pages) {
    const words = wordsOf(page.html);
    const note = (what) => found.push(`${nameOf(page)}: ${what}`);
    const title = /<title>([^<]*)<\/title>/.exec(page.html)[1];
    const [first] = [...page.html.matchAll(/<h([1-6])[^>]*>([^]*?)<\/h\1>/g)];
    const heading = first[2].replace(/<[^>]+>/g, '');
    if (first[1] !== '1') note('its first heading is no h1');
    // Of a page further on in a list, and of a search, the window says which.
    if (!title.startsWith(heading)) note(`the title “${title}” does not begin with “${heading}”`);
    for (const { text } of words) if (NOISE.test(text)) note(`says “${text}”`);
    for (const { text } of headLinks(page.html)) if (letters(text) === '') note('a link of its head has no name');
    for (const [markup, , content] of page.html.matchAll(/<(a|button|summary|legend|label)\b(?![^>]*data-sign)[^>]*>([^]*?)<\/\1>/g))
      if (letters(content.replace(/<[^>]+>/g, '')) === '') note(`nameless: ${markup.slice(0, 120)}`);
  }
  assert.deepStrictEqual(found, []);
});

const FIELD = ['/', '____', '<^J>'];
const BUTTON = ['/', 'BUTTON', '<^J>'];
const down = (times) => Array(times).fill('<Down Arrow>');

for (const lang of Object.keys(DEMO_LANGUAGES)) {
  test(`A search is asked in lynx and leads to its results, in ${lang}`, async () => {
    const { visited, screen } = await lynxWithKeys(addressOf(pageOf(lang, 'search')), [...FIELD, '<^J>', '9', ...down(1), '<^J>', '/', ' 9', '<^J>']);
    assert.match(visited.at(-1), /\/search\?q=9&/, screen.slice(-2000));
    assert.ok(letters(screen.slice(screen.lastIndexOf('Getting'))).includes(letters(`${DEMO_LANGUAGES[lang].headline} 9`)), screen.slice(-2000));
  });

  // The field of the search in the masthead comes first, and so does its button.
  test(`A reply is written in lynx, checked, sent and shown, in ${lang}`, async () => {
    const text = `Sent from a terminal in ${lang}.`;
    const { visited, screen } = await lynxWithKeys(addressOf(pageOf(lang, 'story without replies')), [
      ...FIELD, 'n', '<^J>', text, ...down(6), '<^J>', 'Lynx Reader', ...down(1), '<^J>', 'lynx@example.org', ...down(2), '<^J>', ...BUTTON, 'n', '<^J>']);
    assert.match(visited.at(-1), /ferry-7#reply/, screen.slice(-3000));
    const [reply] = await site.must(['reply', 'list']);
    assert.deepStrictEqual([reply.name, reply.text], ['Lynx Reader', text]);
  });
}
