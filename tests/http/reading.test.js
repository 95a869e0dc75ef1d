'use strict';
// What a reader's browser, a cache and a feed reader see of the pages, byte by byte.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, request, get, post, rawRequest, run, addStory, replyForm, until } = require('../support');

const ENCODINGS = ['identity', 'gzip', 'br'];
const PAGES = ['/', '/ar', '/politics', '/ar/politics', '/tag/budget', '/feed.xml', '/ar/feed.xml'];

let site;
let story;
let arabic;
let at;

const as = (encoding, headers = {}) => ({ headers: { 'Accept-Encoding': encoding, ...headers } });
const pathOf = (url) => new URL(url).pathname;

before(async () => {
  site = await startSite();
  at = (where) => new URL(where, site.url).href;
  story = await addStory(site, {
    headline: 'The council passes a budget & goes <home>',
    tags: ['Budget'],
    source: 'Harbour Wire',
    publishedAt: '2021-07-23T14:39',
    body: 'Harbour Wire/ “It’s done,” they said.\n\nA second paragraph with <tags> & an ampersand.',
  });
  arabic = await addStory(site, {
    headline: 'المجلس يقر الموازنة', lang: 'ar', tags: ['Budget'], body: 'أقر المجلس الموازنة يوم الجمعة.',
  });
});
after(() => site.stop());

const allPages = () => [...PAGES, pathOf(story.url), pathOf(arabic.url)];

describe('A page that is kept', () => {
  test('is revalidated by every cache and differs only by its encoding', async () => {
    for (const page of allPages()) {
      const answer = await get(at(page));
      assert.strictEqual(answer.status, 200, page);
      assert.strictEqual(answer.headers['cache-control'], 'no-cache', page);
      assert.strictEqual(answer.headers.vary, 'Accept-Encoding', page);
      assert.match(answer.headers.etag, /^(W\/)?"[^"]+"$/, page);
      assert.strictEqual(answer.headers['set-cookie'], undefined, page);
    }
  });

  test('has the same text in every encoding, and smaller where it is compressed', async () => {
    for (const page of allPages()) {
      const [identity, gzip, br] = await Promise.all(ENCODINGS.map((name) => get(at(page), as(name))));
      assert.strictEqual(identity.headers['content-encoding'], undefined, page);
      assert.strictEqual(gzip.headers['content-encoding'], 'gzip', page);
      assert.strictEqual(br.headers['content-encoding'], 'br', page);
      assert.strictEqual(gzip.text, identity.text, page);
      assert.strictEqual(br.text, identity.text, page);
      assert.ok(gzip.body.length < identity.body.length && br.body.length < identity.body.length, page);
      for (const answer of [identity, gzip, br])
        assert.strictEqual(Number(answer.headers['content-length']), answer.body.length, page);
    }
  });

  test('is not sent in an encoding that the browser refuses', async () => {
    for (const [accept, sent] of [
      ['gzip;q=0, br;q=0', undefined],
      ['*;q=0', undefined],
      ['br;q=0, *', 'gzip'],
      ['br;q=0.1, gzip;q=0.9', 'gzip'],
      ['deflate, zstd', undefined],
      ['gzip, deflate, br, zstd', 'br'],
    ]) {
      const answer = await get(at(pathOf(story.url)), as(accept));
      assert.strictEqual(answer.headers['content-encoding'], sent, accept);
    }
  });

  test('is not sent again to a browser that has it, whatever the encoding', async () => {
    for (const page of allPages()) {
      for (const encoding of ENCODINGS) {
        const first = await get(at(page), as(encoding));
        for (const tag of [first.headers.etag, `"other", ${first.headers.etag}`, '*']) {
          const again = await get(at(page), as(encoding, { 'If-None-Match': tag }));
          assert.strictEqual(again.status, 304, `${page} ${encoding} ${tag}`);
          assert.strictEqual(again.body.length, 0);
          for (const name of ['etag', 'cache-control', 'vary'])
            assert.strictEqual(again.headers[name], first.headers[name], `${page} ${name}`);
        }
        const other = await get(at(page), as(encoding, { 'If-None-Match': '"other"' }));
        assert.strictEqual(other.status, 200);
        assert.strictEqual(other.text, first.text);
      }
    }
  });

  test('answers HEAD with the headers of GET and no body', async () => {
    const varying = (headers) => ({ ...headers, date: undefined, connection: undefined });
    for (const page of [...allPages(), '/nothing/here', '/healthz']) {
      for (const encoding of ENCODINGS) {
        const full = await get(at(page), as(encoding));
        const head = await request(at(page), { method: 'HEAD', ...as(encoding) });
        assert.strictEqual(head.status, full.status, page);
        assert.deepStrictEqual(varying(head.headers), varying(full.headers), page);
      }
    }
    const { host } = new URL(site.url);
    const both = `HEAD / HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const { answers } = await rawRequest(site.url, both, { heads: [0] });
    assert.deepStrictEqual(answers.map(({ status }) => status), [200, 200]);
    assert.strictEqual(answers[1].body.toString(), 'ok\n');
  });

  test('carries a true Date', async () => {
    const answer = await get(at('/'));
    assert.ok(Math.abs(Date.parse(answer.headers.date) - Date.now()) < 5_000, answer.headers.date);
  });
});

describe('An address', () => {
  test('means the same page whatever a campaign has added to it', async () => {
    for (const page of allPages()) {
      const plain = await get(at(page));
      for (const query of ['?utm_source=x&utm_medium=y', '?fbclid=abc', '?', '?before']) {
        const answer = await get(at(page + query));
        assert.strictEqual(answer.status, 200, page + query);
        assert.strictEqual(answer.headers.etag, plain.headers.etag, page + query);
      }
    }
  });

  test('with a trailing or doubled slash leads to the one without, and keeps its query', async () => {
    for (const [asked, meant] of [
      ['/politics/', '/politics'],
      ['/ar/', '/ar'],
      ['/tag/budget/?before=1-1', '/tag/budget?before=1-1'],
      [`${pathOf(story.url)}/`, pathOf(story.url)],
      ['/politics//2021', '/politics/2021'],
    ]) {
      const answer = await get(at(asked));
      assert.strictEqual(answer.status, 301, asked);
      assert.strictEqual(new URL(answer.headers.location, site.url).href, at(meant), asked);
    }
  });

  test('never redirects to another site', async () => {
    for (const asked of ['//evil.example/', '///evil.example', '/\\evil.example/', '/%2f%2fevil.example/', '/.//evil.example/']) {
      const { host } = new URL(site.url);
      const raw = `GET ${asked} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const { answers } = await rawRequest(site.url, raw);
      const { location } = answers[0].headers;
      if (location !== undefined)
        assert.strictEqual(new URL(location, site.url).host, host, `${asked} -> ${location}`);
    }
  });

  test('of a story that was given another slug leads to the new one, for good', async () => {
    const first = await addStory(site, { headline: 'A slug will change', slug: 'first-slug' });
    for (const slug of ['second-slug', 'third-slug']) await site.must(['story', 'edit', String(first.id), '--slug', slug]);
    const shown = await site.must(['story', 'show', String(first.id)]);
    assert.match(shown.url, /\/third-slug$/);
    for (const old of [first.url, first.url.replace('first', 'second')]) {
      const answer = await get(old);
      assert.strictEqual(answer.status, 301);
      assert.strictEqual(new URL(answer.headers.location, site.url).href, shown.url);
    }
    assert.strictEqual((await get(shown.url)).status, 200);
  });

  test('of a withdrawn story says that it is gone, in its language', async () => {
    for (const [lang, title] of [['en', 'This story was withdrawn'], ['ar', 'سُحب هذا الخبر']]) {
      const gone = await addStory(site, { headline: `Soon gone ${lang}`, lang });
      await site.must(['story', 'withdraw', String(gone.id)]);
      const answer = await get(gone.url);
      assert.strictEqual(answer.status, 410);
      assert.ok(answer.text.includes(title), answer.text);
      assert.ok(!answer.text.includes('Soon gone'));
    }
  });

  test('that is none says so in the language of its place, and is kept by nobody', async () => {
    for (const [page, lang, dir] of [['/nothing', 'en', 'ltr'], ['/tag/nothing', 'en', 'ltr'],
      ['/politics/2021/07/23/nothing', 'en', 'ltr'], ['/ar/nothing', 'ar', 'rtl'],
      ['/politics?before=1-1', 'en', 'ltr'], ['/politics?before=x', 'en', 'ltr'], ['/assets/none.css', 'en', 'ltr']]) {
      const answer = await get(at(page));
      assert.strictEqual(answer.status, 404, page);
      assert.match(answer.text, new RegExp(`<html lang="${lang}" dir="${dir}">`), page);
      assert.match(answer.text, lang === 'ar' ? /هذه الصفحة غير موجودة/ : /This page does not exist/, page);
      assert.strictEqual(answer.headers['cache-control'], 'no-store', page);
    }
  });

  test('that is not UTF-8 or hides a NUL is refused, and nothing breaks', async () => {
    for (const page of ['/%ff', '/politics/%00', '/tag/%c0%af', '/%ed%a0%80']) {
      const answer = await get(at(page));
      assert.strictEqual(answer.status, 400, page);
    }
    assert.strictEqual((await get(at('/'))).status, 200);
  });
});

describe('A method', () => {
  test('that an address does not take is answered with those that it takes', async () => {
    const allowed = (answer) => answer.headers.allow.split(', ').sort();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE']) {
      for (const page of ['/', '/politics', pathOf(story.url), '/feed.xml', `/reply/${story.id}/key`]) {
        const answer = await request(at(page), { method, headers: { 'Content-Length': '0' } });
        assert.strictEqual(answer.status, 405, `${method} ${page}`);
        assert.deepStrictEqual(allowed(answer), ['GET', 'HEAD'], `${method} ${page}`);
      }
      if (method === 'POST') continue;
      const answer = await request(at(`/reply/${story.id}`), { method });
      assert.strictEqual(answer.status, 405, `${method} reply`);
      assert.deepStrictEqual(allowed(answer), ['GET', 'HEAD', 'POST'], `${method} reply`);
    }
  });
});

describe('A host', () => {
  test('that is not the site gets 421, on every address', async () => {
    for (const host of ['evil.example', `${new URL(site.url).hostname}.evil.example`, '127.0.0.1', '127.0.0.1:1', 'localhost']) {
      for (const page of [...allPages(), '/nothing', '/assets/x.css', `/reply/${story.id}`]) {
        const answer = await get(at(page), { headers: { Host: host } });
        assert.strictEqual(answer.status, 421, `${host} ${page}`);
        assert.strictEqual(answer.headers['cache-control'], 'no-store');
      }
      const sent = await post(at(`/reply/${story.id}`), { name: 'x' }, { headers: { Host: host } });
      assert.strictEqual(sent.status, 421, host);
    }
    assert.deepStrictEqual([...site.log.matchAll(/the host "([^"]*)" was answered 421.*set site\.url to it/g)].map(([, host]) => host), ['evil.example']);
  });

  test('that watches the server may ask how it is by any name', async () => {
    const answer = await get(at('/healthz'), { headers: { Host: 'watcher.internal' } });
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.text, 'ok\n');
    assert.strictEqual(answer.headers['cache-control'], 'no-store');
  });
});

describe('What stands beside the pages', () => {
  test('is named by its content and may be kept for ever', async () => {
    const { text } = await get(story.url);
    const assets = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, where]) => where);
    assert.ok(assets.length >= 3, text);
    for (const asset of assets) {
      assert.match(asset, /\.[0-9a-f]{8,}\.(css|js|svg|png)$/);
      const answers = await Promise.all(ENCODINGS.map((name) => get(at(asset), as(name))));
      for (const answer of answers) {
        assert.strictEqual(answer.status, 200, asset);
        assert.strictEqual(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
        assert.strictEqual(answer.headers['x-content-type-options'], 'nosniff');
        assert.strictEqual(answer.text, answers[0].text, asset);
      }
      const again = await get(at(asset), { headers: { 'If-None-Match': answers[0].headers.etag } });
      assert.strictEqual(again.status, 304);
      // A page of another version names it otherwise.
      const old = await get(at(asset.replace(/\.[0-9a-f]{8,}\./, '.00000000.')));
      assert.strictEqual(old.status, 302);
      assert.strictEqual(old.headers.location, asset);
      assert.strictEqual(old.headers['cache-control'], 'no-store');
    }
    for (const none of ['/assets/none.00000000.css', '/assets/.00000000.css', '/assets/00000000.css', '/assets/site.0000000.css',
      '/assets/site.0000000G.css', '/assets/site.00000000', '/assets/site.00000000.', `/assets/${'x'.repeat(4000)}.00000000.css`]) {
      assert.strictEqual((await get(at(none))).status, 404, none);
    }
  });

  test('every answer forbids to be framed, sniffed or scripted from elsewhere', async () => {
    const form = await replyForm(site, story);
    const answers = {
      200: await get(story.url),
      303: await form.send(),
      301: await get(`${story.url}/`),
      400: await get(at('/%ff')),
      403: await form.send({}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
      404: await get(at('/nothing')),
      405: await request(at('/'), { method: 'DELETE' }),
      413: await form.send({ text: 'x'.repeat(400_000) }),
      415: await post(at(`/reply/${story.id}`), '{}', { headers: { 'Content-Type': 'application/json' } }),
      421: await get(at('/'), { headers: { Host: 'evil.example' } }),
      422: await form.send({ name: '' }),
    };
    for (const [status, answer] of Object.entries(answers)) {
      assert.strictEqual(answer.status, Number(status));
      assert.strictEqual(answer.headers['x-content-type-options'], 'nosniff', status);
      assert.strictEqual(answer.headers.server, undefined, status);
      // What is refused before a page is known is a line of text, in which nothing can run.
      if (status === '413') {
        assert.strictEqual(answer.headers['content-type'], 'text/plain; charset=utf-8');
        continue;
      }
      const policy = answer.headers['content-security-policy'] || '';
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        assert.ok(policy.includes(part), `${status}: ${policy}`);
      assert.ok(!/unsafe-|\*|https?:/.test(policy), policy);
      assert.ok(answer.headers['referrer-policy'], status);
    }
  });
});

describe('A section of 45 stories', () => {
  test('is read page by page without a gap or a double, newest first', async () => {
    const add = (number) => addStory(site, {
      headline: `Story number ${number}`,
      section: 'records',
      tags: ['Old'],
      // Three share each minute: the order among them is the section's own.
      publishedAt: `2020-01-01T10:${String(Math.floor(number / 3)).padStart(2, '0')}`,
    });
    for (let from = 0; from < 45; from += 5)
      await Promise.all([0, 1, 2, 3, 4].map((more) => add(from + more)));
    for (const listing of ['/records', '/tag/old']) {
      const seen = [];
      let next = listing;
      let pages = 0;
      while (next) {
        assert.ok(++pages <= 3, `${next} is one page too many`);
        const { status, text } = await get(at(next));
        assert.strictEqual(status, 200);
        seen.push(...[...text.matchAll(/<h3[^>]*><a[^>]*>Story number (\d+)<\/a>/g)].map(([, number]) => Number(number)));
        next = /<a href="([^"]+)" rel="next">/.exec(text)?.[1].replaceAll('&amp;', '&');
      }
      assert.strictEqual(pages, 3, listing);
      assert.deepStrictEqual([...seen].sort((a, b) => a - b), [...Array(45).keys()], listing);
      const minutes = seen.map((number) => Math.floor(number / 3));
      assert.deepStrictEqual(minutes, [...minutes].sort((a, b) => b - a), listing);
    }
  });
});

describe('A page is kept under what it was made from', () => {
  test('a query that two readers could take differently is no address', async (context) => {
    const site = await startSite({ test: context });
    for (let number = 1; number <= 22; number++) await addStory(site, { headline: `Paged ${number}` });
    const first = await get(`${site.url}/politics`);
    const older = new URL(/href="([^"]*before=[^"]*)"/.exec(first.text)[1].replaceAll('&amp;', '&'), site.url);
    const poison = `${site.url}/politics?before&${older.search.slice(1)}`;
    assert.strictEqual((await get(poison)).status, 404);
    assert.strictEqual((await get(`${older}&before=`)).status, 404);
    const second = await get(older);
    assert.notStrictEqual(second.text, first.text);
    assert.strictEqual((await get(`${site.url}/politics?before=`)).text, first.text);
  });
});

// A lock in PostgreSQL is what a test can hold a worker with.
const SKIP = process.env.COURANT_TEST_POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it';

describe('Memory', { skip: SKIP }, () => {
  test('answers what was read before while the only worker is busy, whatever a campaign has added', async (context) => {
    const small = await startSite({ test: context, database: 'postgres', args: ['--net.reactors', '1', '--server.workers', '1'] });
    const read = await addStory(small);
    const form = await replyForm(small, read);
    const warm = [read.url, `${small.url}/`, `${small.url}/feed.xml`];
    for (const where of warm) await get(where);
    const unlock = await small.holdWrites();
    let posting;
    await new Promise((resolve) => (posting = form.send({}, { onSent: resolve })));
    // The one reactor takes what came first: after these the reply is on the worker, and waits.
    for (let round = 0; round < 2; round++) await get(`${small.url}/healthz`);
    let isMade = false;
    const unread = get(`${small.url}/politics`).then(() => (isMade = true));
    for (let round = 0; round < 3; round++) {
      for (const where of warm) {
        const answer = await get(`${where}?utm_source=round${round}&fbclid=${round}`);
        assert.strictEqual(answer.status, 200);
      }
    }
    assert.strictEqual(isMade, false, 'a page was made although the only worker was busy');
    await unlock();
    assert.strictEqual((await posting).status, 303);
    await unread;
  });
});
