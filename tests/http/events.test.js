'use strict';
// What readers with a page open are told, and when: after the act, when its page is there; of
// everything that was missed, or that something was; and never of what they may not see.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, request, post, addStory, until } = require('../support');
const { EventStream } = require('../support/events');
const { Reader } = require('../support/replying');

let site;
before(async () => {
  site = await startSite({ name: 'The Two Rivers' });
});
after(() => site?.stop());

const open = async (context, path, options) => {
  const stream = await EventStream.open(site, path, options);
  context.after(() => stream.close());
  return stream;
};
// A stream that has been greeted.
const greeted = async (context, path, options) => {
  const stream = await open(context, path, options);
  const hello = await stream.next();
  assert.strictEqual(hello.name, 'hello');
  return stream;
};
const text = async (url) => (await get(url)).text;

async function reply(story, name) {
  const reader = new Reader(name);
  const sent = await reader.send(site.url, { storyId: story.id, key: await reader.key(site.url, story.id), text: `From ${name}` });
  reader.leave();
  assert.ok(sent.accepted, `the reply is answered ${sent.status}`);
  return sent.accepted;
}

describe('A stream', () => {
  test('greets with an id, the clock and when to come back', async (context) => {
    const stream = await open(context, '/events?lang=en');
    const hello = await stream.next();
    assert.match(hello.id, /^[0-9a-f]{16}-\d+$/);
    assert.ok(Math.abs(hello.data - Date.now()) < 60_000);
    assert.ok(stream.retry >= 2000 && stream.retry < 6000, `retry: ${stream.retry}`);
    const { headers } = stream.head;
    assert.strictEqual(headers['content-type'], 'text/event-stream');
    assert.strictEqual(headers['cache-control'], 'no-store');
    assert.strictEqual(headers['x-accel-buffering'], 'no');
    assert.strictEqual(headers.connection, 'close');
    assert.strictEqual(headers['content-length'], undefined);
    assert.strictEqual(headers['set-cookie'], undefined);
  });

  test('comes back at another time than others', async (context) => {
    const streams = await Promise.all(Array.from({ length: 12 }, () => greeted(context, '/events')));
    assert.ok(new Set(streams.map(({ retry }) => retry)).size > 6);
  });

  test('is refused where it can not be understood', async () => {
    for (const query of ['story=x', 'story=-1', 'lang=xx', 'age=1e9', 'story=1&story=2', 'since=a&since=b']) {
      const answer = await get(`${site.url}/events?${query}`);
      assert.strictEqual(answer.status, 400, query);
      assert.match(answer.text, /a story's number/);
    }
    assert.strictEqual((await post(`${site.url}/events`, {})).status, 405);
    assert.strictEqual((await get(`${site.url}/events`, { headers: { Host: 'elsewhere.example' } })).status, 421);
  });

  test('answers HEAD with its head alone', async () => {
    const answer = await request(`${site.url}/events?story=1`, { method: 'HEAD' });
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.headers['content-type'], 'text/event-stream');
    assert.strictEqual(answer.body.length, 0);
  });

  test('has its row', async () => {
    const [row] = await site.must(['routes', '/events']);
    assert.strictEqual(row.path, '/events');
    assert.strictEqual(row.audience, 'readers');
    assert.strictEqual(row.cache, 'never');
    assert.match(row.place, /^src\/live\//);
  });
});

describe('Who has a story open', () => {
  test('is told of each change when the page shows it', async (context) => {
    const story = await addStory(site, { headline: 'Before' });
    const stream = await greeted(context, `/events?story=${story.id}`);
    for (let version = 1; version <= 20; version++) {
      const done = site.must(['story', 'edit', String(story.id), '--headline', `Version ${version}.`]);
      const event = await stream.next();
      const page = await text(story.url);
      assert.deepStrictEqual([event.name, event.data.kind], ['story', 'updated']);
      assert.ok(page.includes(`Version ${version}.`), `version ${version} was announced before its page`);
      assert.ok(page.includes(`data-changed="${event.data.at}"`));
      await done;
    }
    await site.must(['story', 'correct', String(story.id), '--text', 'The day was wrong.']);
    const { data } = await stream.next();
    assert.strictEqual(data.kind, 'corrected');
    const page = await text(story.url);
    assert.ok(page.includes('The day was wrong.') && page.includes(`data-changed="${data.at}"`));
    await site.must(['story', 'withdraw', String(story.id)]);
    assert.strictEqual((await stream.next()).data.kind, 'withdrawn');
    assert.strictEqual((await get(story.url)).status, 410);
  });

  test('is told of replies that come and go', async (context) => {
    const story = await addStory(site, { headline: 'Replied to' });
    const other = await addStory(site, { headline: 'Another' });
    const stream = await greeted(context, `/events?story=${story.id}`);
    const first = await reply(story, 'Dana');
    await reply(other, 'Lana');
    const second = await reply(story, 'Sara');
    assert.deepStrictEqual([await stream.next(), await stream.next()].map(({ name, data }) => [name, data]), [['reply', first], ['reply', second]]);
    await site.must(['reply', 'hide', String(first)]);
    assert.deepStrictEqual([(await stream.next()), (await text(story.url)).includes('From Dana')].map((one) => one.name ?? one), ['reply-gone', false]);
    await site.must(['reply', 'show', String(first)]);
    assert.strictEqual((await stream.next()).name, 'reply');
  });

  test('is told nothing of drafts, of other stories, and of work on what was withdrawn', async (context) => {
    const draft = await addStory(site, { headline: 'A secret', publish: false });
    const other = await addStory(site, { headline: 'In the open' });
    const stream = await greeted(context, `/events?story=${draft.id}`);
    const others = await greeted(context, `/events?story=${other.id}`);
    await site.must(['story', 'edit', String(draft.id), '--headline', 'A secret still', '--breaking']);
    await site.must(['story', 'publish', String(draft.id)]);
    // Everybody is told of the breaking bar, and only now.
    const bar = await stream.next();
    assert.deepStrictEqual([bar.name, bar.data[0].headline], ['bar', 'A secret still']);
    await site.must(['story', 'withdraw', String(draft.id)]);
    await until(() => stream.events.some(({ data }) => data.kind === 'withdrawn'), 'it is withdrawn');
    const heard = stream.events.length;
    await site.must(['story', 'edit', String(draft.id), '--headline', 'Nobody reads this']);
    await site.must(['story', 'edit', String(other.id), '--headline', 'The end']);
    await until(() => others.events.some(({ data }) => data.kind === 'updated'), 'the other is told');
    assert.strictEqual(stream.events.length, heard);
    assert.ok(!JSON.stringify([...stream.events, ...others.events]).includes('Nobody reads'));
  });
});

test('The breaking bar of a language is told to its readers alone', async (context) => {
  const [english, arabic] = await Promise.all([greeted(context, '/events'), greeted(context, '/events?lang=ar')]);
  const story = await addStory(site, { headline: 'خبر عاجل', lang: 'ar', breaking: true });
  const { name, data } = await arabic.next();
  assert.strictEqual(name, 'bar');
  assert.strictEqual(data.length, 1);
  const [{ until: end, ...item }] = data;
  assert.deepStrictEqual(item, { story: story.id, url: new URL(story.url).pathname, headline: 'خبر عاجل', lang: 'ar', dir: 'rtl' });
  assert.ok(Math.abs(end - Date.now() - 6 * 3_600_000) < 60_000);
  assert.ok((await text(`${site.url}/ar`)).includes('خبر عاجل'));
  await site.must(['story', 'edit', String(story.id), '--no-breaking']);
  assert.deepStrictEqual((await arabic.next()).data, []);
  assert.strictEqual(english.events.length, 1);
});

describe('Who comes back', () => {
  test('hears what was missed, by the id or by the page’s age', async (context) => {
    const story = await addStory(site, { headline: 'Missed' });
    const first = await greeted(context, `/events?story=${story.id}`);
    const opened = Date.now();
    first.close();
    const ids = [await reply(story, 'Aram'), await reply(story, 'Bahar')];
    const data = async (stream) => [await stream.next(), await stream.next()].map((event) => event.data);
    const resumed = await greeted(context, `/events?story=${story.id}`, { headers: { 'Last-Event-ID': first.lastId } });
    assert.deepStrictEqual(await data(resumed), ids);
    assert.deepStrictEqual(await data(await greeted(context, `/events?story=${story.id}&since=${first.lastId}`)), ids);
    const aged = await greeted(context, `/events?lang=ckb&story=${story.id}&age=${Date.now() - opened + 500}`);
    assert.deepStrictEqual(await data(aged), ids);
    const late = await greeted(context, `/events?story=${story.id}&since=${resumed.lastId}`);
    const third = await reply(story, 'Chia');
    assert.strictEqual((await late.next()).data, third);
  });

  test('is told to look where something may be lost: too long ago, or another process', async (context) => {
    for (const query of ['since=0123456789abcdef-1', 'since=nonsense', 'age=86400000']) {
      const stream = await greeted(context, `/events?${query}`);
      assert.strictEqual((await stream.next()).name, 'reset', query);
    }
    const stream = await greeted(context, '/events');
    const before = stream.lastId;
    await site.restart();
    assert.ok(stream.ended, 'the stream has ended');
    assert.ok(stream.retry >= 1000 && stream.retry < 11_000, `retry: ${stream.retry}`);
    const again = await greeted(context, '/events', { headers: { 'Last-Event-ID': before } });
    assert.strictEqual((await again.next()).name, 'reset');
    assert.notStrictEqual(again.lastId.split('-')[0], before.split('-')[0]);
  });
});

test('Fifty replies at once reach a hundred readers, each once', async (context) => {
  const READERS = 100;
  const REPLIES = 50;
  const story = await addStory(site, { headline: 'A lively one' });
  const streams = await Promise.all(Array.from({ length: READERS }, () => greeted(context, `/events?story=${story.id}`)));
  const ids = await Promise.all(Array.from({ length: REPLIES }, (_, i) => reply(story, `Reader${i}`)));
  for (const stream of streams) {
    const heard = [];
    while (heard.length < REPLIES) heard.push((await stream.next()).data);
    assert.deepStrictEqual(heard.toSorted((a, b) => a - b), ids.toSorted((a, b) => a - b));
  }
});
