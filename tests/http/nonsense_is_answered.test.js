'use strict';
// Addresses that nobody was given: searches of broken syntax by the hundred, pages past an end, pages
// that are no number, languages that the site does not speak. Each is answered at once, with a page
// that leads on.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { get, rawRequest } = require('../support');
const { demoPages, DEMO_LANGUAGES } = require('../support/demo');
const { randomFrom } = require('../support/random');

const SEARCHES = 600;
const SEED = 20211;

let demo;
const at = (where) => new URL(where, demo.site.url).href;

before(async () => {
  demo = await demoPages();
}, { timeout: 120_000 });
after(() => demo?.stop());

const kinds = (lang) => (kind) => demo.pages.find((page) => page.lang === lang && page.kind === kind);

// A page that says what is wrong and leads on: to the front page, to a search, and nowhere else wrong.
function leadsOn({ text, headers }, where, { lang, first } = {}) {
  assert.strictEqual(headers['content-type'], 'text/html; charset=utf-8', where);
  assert.match(text, /<h1>[^<]+<\/h1>\n<p class="standfirst">[^<]+<\/p>/, where);
  assert.match(text, new RegExp(`<form class="search-form" method="get" action="${DEMO_LANGUAGES[lang].prefix}/search"`), where);
  assert.ok(text.includes(`<a class="button" href="${DEMO_LANGUAGES[lang].prefix || '/'}">`), where);
  assert.strictEqual(/<html lang="([a-z]+)"/.exec(text)[1], lang, where);
  if (first) assert.ok(text.includes(`<a class="button" href="${first}">`), `${where} does not lead to ${first}`);
}

describe('A search', () => {
  // What query languages give a meaning to, letters of each script, and what is no letter.
  const PIECES = ['"', '""', "'", '“', '”', '(', ')', '((', '*', '^', ':', '-', '--', '+', '~', '&', '|', '!', '<->', '\\', '%', '_', '/*', ';', 'AND', 'OR', 'NOT', 'NEAR(', 'NEAR/2',
    'headline:', '{a b}:', 'a', 'baghdad', 'ferry', 'الكاظمي', 'العبّارة', 'بەلەمەکە', 'ـ', 'ً', '\u200c', '\u202e', '\ufeff', '\u0000', '\u0001', '\ufffe', '😀', '🇮🇶', '١٢', '2021-07-26',
    '<b>', '</script>', '&amp;', '{{q}}', '%s', '$1', '\t', '\n', ' ', '  ', 'x'.repeat(300)];
  const FILTERS = { section: ['sport', 'none', "'", '../', ''], from: ['2020-02-02', 'x', '2020-02-30', '0000-00-00', '99999-01-01', ''], until: ['2020-02-02', '-1', ''], order: ['relevance', 'best', ''] };

  test(`of broken syntax is read as words, ${SEARCHES} times`, { timeout: 120_000 }, async () => {
    const random = randomFrom(SEED);
    const statuses = {};
    for (let number = 0; number < SEARCHES; number++) {
      const lang = Object.keys(DEMO_LANGUAGES)[number % 3];
      const q = Array.from({ length: 1 + random(12) }, () => PIECES[random(PIECES.length)]).join(random(2) ? ' ' : '');
      const query = new URLSearchParams({ q });
      for (const [name, values] of Object.entries(FILTERS)) if (random(4) === 0) query.set(name, values[random(values.length)]);
      const where = `${DEMO_LANGUAGES[lang].prefix}/search?${query}`;
      const { status, text } = await get(at(where));
      assert.strictEqual(status, 200, where);
      assert.doesNotMatch(text.replace(/<script src[^>]*><\/script>/g, ''), /<script(?! type="application\/ld\+json")|<b>/, where);
      // What was asked stands in its field again, as far as it can be shown.
      assert.match(text, /<input id="search-text"[^>]* value="/, where);
      statuses[status] = (statuses[status] || 0) + 1;
    }
    assert.deepStrictEqual(statuses, { 200: SEARCHES });
  });

  test('whose address is broken itself is answered too', async () => {
    for (const query of ['q=%', 'q=100%', 'q=%%EMAIL%%', 'q=%f', 'q=%ff', 'q=%00', 'q=%c3(', 'q=%ed%a0%80', 'q', '=', '&&&', 'q=a&q=b', 'q[]=a', 'Q=a', 'q=a;b', 'q=+', 'q=%2b', `q=${'%41'.repeat(900)}`, 'before=1-1', 'q=&before=1-1'])
      for (const [lang, { prefix }] of Object.entries(DEMO_LANGUAGES)) {
        const where = `${prefix}/search?${query}`;
        const [answer] = (await rawRequest(demo.site.url, `GET ${where} HTTP/1.1\r\nHost: ${new URL(demo.site.url).host}\r\n\r\n`, { answers: 1 })).answers;
        assert.ok([200, 404].includes(answer.status), `${answer.status}: ${where}`);
        assert.ok(answer.body.toString().includes(`<html lang="${lang}"`), where);
      }
  });

  test('keeps a % that somebody typed, and the last of all days', async () => {
    for (const query of ['q=100%', 'q=100%25', 'q=100%&section=']) assert.match((await get(at(`/search?${query}`))).text, /<input id="search-text"[^>]* value="100%"/, query);
    const { text } = await get(at('/search?q=baghdad&until=9999-12-31'));
    assert.match(text, /<input id="search-until"[^>]* value="9999-12-31"/);
    assert.doesNotMatch(text, /can’t be read/);
  });
});

describe('A page of a list', () => {
  const NO_PLACES = ['99999999999999999999', '-1', '0', '1', '1.5', '1e9', 'x', 'ـ', '١-١', '1-1-1', '1-', '-', '--', '9223372036854775808-1', '1-9223372036854775808', ' 1-1', '1-1 ', '+1-1', '0x1-1', '1-1;', "1-1'", '\u202e1-1', '\ufffd', ''];

  for (const [lang, { prefix, ferry }] of Object.entries(DEMO_LANGUAGES)) {
    test(`past its end, and one that is none, leads back to the first, in ${lang}`, { timeout: 60_000 }, async () => {
      const kind = kinds(lang);
      const lists = [...['section', 'tag', 'byline', 'source', 'day', 'corrections'].map((name) => kind(name).path), `${prefix}/search?q=${encodeURIComponent(ferry)}`];
      for (const list of lists) {
        for (const place of NO_PLACES) {
          const where = `${list}${list.includes('?') ? '&' : '?'}before=${encodeURIComponent(place)}`;
          const answer = await get(at(where));
          // An empty place is the beginning; corrections are counted by one number.
          if (place === '' || answer.status === 200) {
            assert.ok(place === '' || (list.endsWith('/corrections') && /^\d+$/.test(place)), `${where} is answered ${answer.status}`);
            continue;
          }
          assert.strictEqual(answer.status, 404, where);
          leadsOn(answer, where, { lang, first: list });
        }
      }
    });

    test(`is not asked for by its number: ?page=… is the first, in ${lang}`, async () => {
      const kind = kinds(lang);
      for (const name of ['section', 'tag', 'byline', 'source', 'day', 'corrections', 'home'])
        for (const page of ['2', '99999999999999999999', '-1', 'x']) {
          const { path, html } = kind(name);
          const answer = await get(at(`${path}?page=${page}`));
          assert.deepStrictEqual([answer.status, answer.text], [200, html], `${path}?page=${page}`);
        }
    });
  }
});

describe('A language that the site does not speak', () => {
  const CODES = ['xx', 'fr', 'EN', 'AR', 'Ar', 'CKB', 'en', 'ar-IQ', 'ar_IQ', 'ckb-IQ', 'ckb-Arab', 'en-GB', 'x-default', 'ku', 'kmr', 'ar,ckb', 'ar;q=0.5', '*', 'عر', 'ar%00', 'ar%20', 'a', 'arabic'];
  const RESTS = ['', '/', '/sport', '/2020/02/02', '/search?q=a', '/feed.xml', '/about', '/tag/al-kazemi', '/sport/2020/02/02/ferry-7', '/corrections', '/archive'];

  test('is no page, and what is said of it leads on', { timeout: 60_000 }, async () => {
    for (const code of CODES)
      for (const rest of RESTS) {
        const where = `/${code.includes('%') ? code : encodeURIComponent(code)}${rest}`;
        let answer = await get(at(where));
        // A redirect is to the one spelling of that address, which is none either.
        for (let times = 0; answer.status === 301 && times < 2; times++) answer = await get(at(answer.headers.location));
        if (code === 'ar%00') assert.strictEqual(answer.status, 400, where);
        else {
          assert.strictEqual(answer.status, 404, where);
          leadsOn(answer, where, { lang: 'en' });
        }
      }
  });

  test('is not come to by dots and slashes either', async () => {
    const host = new URL(demo.site.url).host;
    for (const where of ['/ckb/../', '/ckb/..', '/ckb/../ar', '/ckb/./', '/ckb//', '//ckb', '/ckb/%2e%2e/', '/ckb%2f..', '/ckb/..%2far', '/ckb\\..\\', '/ar/ckb', '/ckb/ar/', '/ckb/en', '/../ckb', '/ckb/sport/../../ar', '/ckb/..;/']) {
      const [answer] = (await rawRequest(demo.site.url, `GET ${where} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, { answers: 1 })).answers;
      assert.ok([301, 308, 400, 404].includes(answer.status), `${answer.status}: ${where}`);
      if (answer.status < 400) assert.match(answer.headers.location, /^\/(?![/\\])/, where);
      if (answer.status === 404) assert.match(answer.body.toString(), /<a class="button" href="\/(ar|ckb)?">/, where);
    }
  });

  test('is not taken for one by what a browser would rather read', async () => {
    const home = kinds('en')('home').html;
    for (const wish of ['ar', 'ckb', 'fr', '*', 'ar;q=2', '\u00ff', ',,,']) {
      const answer = await get(at('/'), { headers: { 'Accept-Language': wish } });
      assert.deepStrictEqual([answer.status, answer.text], [200, home], wish);
    }
  });
});
