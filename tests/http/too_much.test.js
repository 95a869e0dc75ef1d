'use strict';
// More than the workers can do: pages in memory are answered all the same, searches are refused
// first, and whoever wrote something gets it back. A lock in PostgreSQL holds the only worker.

const assert = require('node:assert');
const net = require('node:net');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, replyForm, repliesOn, until } = require('../support');
const { parseMetrics, valueOf } = require('../support/prometheus');

const SKIP = process.env.COURANT_TEST_POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it';
const QUEUE = 4;
const WORDS = 'First line & <b>\n\n“second” \'line\' %41+1';

const decoded = (html) => html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
const inputOf = (html, name) => decoded(/ value="([^"]*)"/.exec(new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)[0])[1]);
const actionOf = (html) => /<form class="reply-form"[^>]* action="([^"]*)"/.exec(html)[1];
const textOf = (html) => decoded(/<textarea[^>]*name="text"[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(html)[1]);

const metricsOf = async () => parseMetrics((await get(/its metrics at (\S+)/.exec(site.log)[1])).text);

let site;
let story;

before(async () => {
  if (SKIP) return;
  site = await startSite({
    database: 'postgres',
    args: ['--net.reactors', '1', '--server.workers', '1', '--server.queue', String(QUEUE), '--metrics.listen', '127.0.0.1:0'],
  });
  story = await addStory(site, { headline: 'Everybody writes' });
});
after(() => site && site.stop());

// The only reactor takes what came first: after these, what was sent before is on its way.
async function settled() {
  for (let round = 0; round < 2; round++) await get(`${site.url}/healthz`);
}

// Sends a reply that the only worker takes, and waits with: { answer, unlock }.
async function holdWorker() {
  const form = await replyForm(site, story);
  const unlock = await site.holdWrites();
  let answer;
  await new Promise((resolve) => (answer = form.send({ text: 'In hand.' }, { onSent: resolve })));
  await until(async () => valueOf(await metricsOf(), 'courant_workers_busy') === 1 &&
    valueOf(await metricsOf(), 'courant_queue_requests') === 0, 'the worker has the reply');
  return { answer, unlock };
}

function assertRefused(answer, lang) {
  assert.strictEqual(answer.status, 503);
  assert.ok(Number(answer.headers['retry-after']) >= 10 && Number(answer.headers['retry-after']) <= 30);
  assert.strictEqual(answer.headers['cache-control'], 'no-store');
  assert.ok(answer.headers['content-security-policy']);
  assert.match(answer.text, new RegExp(`<html lang="${lang}"`));
}

describe('When there is too much to do', { skip: SKIP }, () => {
  test('pages in memory are answered, searches are refused first, and a reply comes back', async () => {
    const forms = [];
    for (let i = 0; i <= QUEUE; i++) forms.push(await replyForm(site, story));
    await get(story.url);
    const held = await holdWorker();

    // A quarter of the places is for searches: one waits.
    const searches = ['a', 'b', 'c'].map((word) => get(`${site.url}/search?q=${word}`));
    const search = await Promise.any(searches.map((asked) => asked.then((answer) => answer.status === 503 ? answer : Promise.reject())));
    assertRefused(search, 'en');
    assert.match(search.text, /Load it again in half a minute/);
    const arabic = await get(`${site.url}/ar/search?q=d`, { headers: { 'Accept-Encoding': 'br' } });
    assertRefused(arabic, 'ar');
    assert.match(arabic.text, /أعد تحميلها بعد نصف دقيقة/);
    assert.strictEqual(arabic.headers['content-encoding'], 'br');

    // Pages and replies have places of their own.
    const waiting = forms.slice(0, QUEUE).map((form) => form.send({ text: 'In the queue.' }));
    await settled();
    const pages = Array.from({ length: QUEUE }, (_, n) => get(`${site.url}/none-${n}`));
    await settled();
    const page = await get(`${site.url}/ckb/none`);
    assertRefused(page, 'ckb');

    const last = forms[QUEUE];
    const refused = await last.send({ name: 'Rüya', website: 'example.org/?a&b', text: WORDS });
    assertRefused(refused, 'en');
    assert.match(refused.text, /your reply is not sent yet/);
    assert.strictEqual(textOf(refused.text), WORDS);
    assert.strictEqual(inputOf(refused.text, 'name'), 'Rüya');
    assert.strictEqual(inputOf(refused.text, 'website'), 'example.org/?a&b');
    assert.strictEqual(inputOf(refused.text, 'key'), last.key);
    assert.strictEqual(actionOf(refused.text), `/reply/${story.id}`);
    const inArabic = await last.reader.post(`/ar/reply/${story.id}`, { key: last.key, name: 'ر', email: 'r@example.org', website: '', text: 'نص' });
    assertRefused(inArabic, 'ar');
    assert.strictEqual(textOf(inArabic.text), 'نص');
    assert.strictEqual(actionOf(inArabic.text), `/ar/reply/${story.id}`);
    const foreign = await last.send({ text: WORDS }, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    assertRefused(foreign, 'en');
    assert.ok(!foreign.text.includes('<textarea'), 'what another site sent is not shown');

    for (let i = 0; i < 5; i++) assert.strictEqual((await get(story.url)).status, 200);
    const seen = await metricsOf();
    for (const work of ['search', 'page', 'write'])
      assert.ok(valueOf(seen, 'courant_queue_refused_total', { work }) >= 1, work);
    assert.strictEqual(valueOf(seen, 'courant_http_requests_total', { class: 'search', status: '503' }), 3);

    // When it is over everything is as before, and what came back can be sent as it is.
    await held.unlock();
    assert.strictEqual((await held.answer).status, 303);
    const ended = await Promise.all([...waiting, ...pages, ...searches]);
    for (const { status } of ended) assert.ok([200, 303, 404, 503].includes(status), String(status));
    const fields = Object.fromEntries(['key', 'name', 'email', 'website'].map((name) => [name, inputOf(refused.text, name)]));
    const again = await last.reader.post(actionOf(refused.text), { ...fields, text: textOf(refused.text) });
    assert.strictEqual(again.status, 303);
    assert.strictEqual((await get(`${site.url}/search?q=e`)).status, 200);
    assert.ok(repliesOn((await get(story.url)).text).some(({ html }) => html.includes('Rüya')));
  });

  test('no page is made for a reader who has gone', async () => {
    const unread = await addStory(site, { headline: 'Nobody reads' });
    const held = await holdWorker();
    const { hostname, port, host } = new URL(site.url);
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.write(`GET ${new URL(unread.url).pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    // Whoever closes at once may only have said that nothing more comes.
    await until(async () => valueOf(await metricsOf(), 'courant_queue_oldest_seconds') > 0.15, 'the page waits');
    socket.destroy();
    await settled();
    await held.unlock();
    assert.strictEqual((await held.answer).status, 303);
    await until(async () => valueOf(await metricsOf(), 'courant_queue_requests') === 0, 'nothing waits');
    const before = valueOf(await metricsOf(), 'courant_http_requests_total', { class: 'made', status: '200' });
    await get(unread.url);
    const seen = await metricsOf();
    assert.strictEqual(valueOf(seen, 'courant_http_requests_total', { class: 'made', status: '200' }) - before, 1);
  });
});
