'use strict';
// Pages in memory, as readers meet them: many who ask for one that is not there yet, pages that are
// read often, and an act in between.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, rawRequest, until } = require('../support');

// A page that is read so often is compressed anew (USES_MIN in web/improve.c).
const USES = 64;
const AT_ONCE = 150;

let site;
const at = (where) => new URL(where, site.url).href;
const pathOf = (url) => new URL(url).pathname;

before(async () => {
  // Two workers: if each that waits took one, nobody else would be answered.
  site = await startSite({ args: ['--server.workers', '2', '--server.queue', '4', '--net.max_connections_address', '10000'] });
}, { timeout: 120_000 });
after(() => site.stop());

const words = (number) => Array.from({ length: 1200 }, (_, i) => `word${(i * number) % 977}`).join(' ');

describe('A page that is not there', () => {
  test('is made for all who ask at once, though the queue has four places', async () => {
    const { url } = await addStory(site, { headline: 'Everybody comes at once', body: words(7) });
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => get(url)));
    for (const answer of answers) {
      assert.strictEqual(answer.status, 200);
      assert.strictEqual(answer.headers.etag, answers[0].headers.etag);
      assert.match(answer.text, /Everybody comes at once/);
    }
  });

  test('is shown to all as it is after an act, whenever they came', async () => {
    const { id, url } = await addStory(site, { headline: 'Version 0', body: words(11) });
    for (let version = 1; version <= 10; version++) {
      let answered = version - 1;
      const asked = [];
      const ask = async () => {
        const least = answered;
        const { text } = await get(url);
        const [, shown] = /<h1[^>]*>Version (\d+)/.exec(text);
        assert.ok(Number(shown) >= least, `version ${shown} is shown after ${least} was answered`);
      };
      const act = site.must(['story', 'edit', String(id), '--headline', `Version ${version}`]).then(() => { answered = version; });
      for (let i = 0; i < 20; i++) asked.push(ask());
      await act;
      for (let i = 0; i < 20; i++) asked.push(ask());
      await Promise.all(asked);
    }
  });

  test('is answered alike to all if there is none, and to HEAD without a body', async () => {
    const where = '/politics/2021/07/23/there-is-no-such-story';
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => get(at(where), { method: i % 2 ? 'GET' : 'HEAD' })));
    answers.forEach((answer, i) => {
      assert.strictEqual(answer.status, 404);
      assert.strictEqual(answer.body.length > 0, i % 2 === 1);
    });
  });

  test('leads each to where it is with the words that they asked with', async () => {
    const { id, url } = await addStory(site, { headline: 'It moves', slug: 'before' });
    await site.must(['story', 'edit', String(id), '--slug', 'behind']);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => get(`${url}?utm_source=${i}`)));
    for (const answer of answers) {
      assert.strictEqual(answer.status, 301);
      assert.match(answer.headers.location, /\/behind/);
    }
  });

  test('is answered in the order of a connection that asks for many', async () => {
    const { url } = await addStory(site, { headline: 'Asked for in a row', body: words(13) });
    const one = `GET ${pathOf(url)} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`;
    const other = one.replace(pathOf(url), '/robots.txt');
    const { answers } = await rawRequest(site.url, (one + other).repeat(5), { answers: 10 });
    answers.forEach(({ status, body }, i) => {
      assert.strictEqual(status, 200);
      assert.strictEqual(body.includes('Asked for in a row'), i % 2 === 0);
    });
  });
});

describe('A page that is read often', () => {
  const fetchAs = async (url, encoding) => get(url, { headers: { 'Accept-Encoding': encoding } });

  test('is compressed better, says the same and keeps its ETag', async () => {
    const { id, url } = await addStory(site, { headline: 'Read by everybody', body: words(17) });
    const first = { gzip: await fetchAs(url, 'gzip'), br: await fetchAs(url, 'br') };
    const smaller = await until(async () => {
      for (let i = 0; i < USES; i++) await get(url);
      const now = await fetchAs(url, 'br');
      return now.body.length < first.br.body.length && now;
    }, 'the page is compressed better');
    const gzip = await fetchAs(url, 'gzip');
    assert.ok(gzip.body.length < first.gzip.body.length);
    for (const [now, then] of [[smaller, first.br], [gzip, first.gzip]]) {
      assert.strictEqual(now.text, then.text);
      assert.strictEqual(now.headers.etag, then.headers.etag);
      assert.strictEqual(Number(now.headers['content-length']), now.body.length);
      const fieldsOf = ({ headers }) => ({ ...headers, date: '', 'content-length': '' });
      assert.deepStrictEqual(fieldsOf(now), fieldsOf(then));
      assert.strictEqual((await get(url, { headers: { 'If-None-Match': then.headers.etag } })).status, 304);
    }
    // And is as old as it was: an act takes it away at once.
    await site.must(['story', 'edit', String(id), '--headline', 'Read by nobody']);
    const changed = await get(url, { headers: { 'If-None-Match': first.br.headers.etag } });
    assert.strictEqual(changed.status, 200);
    assert.match(changed.text, /Read by nobody/);
  });
});
