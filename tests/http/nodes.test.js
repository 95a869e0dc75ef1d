'use strict';
// Three servers over one PostgreSQL database: what one has published the others show as soon as the
// act is answered, also when one of them dies, is cut off, or the database is away for a while.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, makeSite, get, addStory, replyForm, repliesOn, until } = require('../support');
const { EventStream } = require('../support/events');
const { Far } = require('../support/far');

const POSTGRES = process.env.COURANT_TEST_POSTGRES;
const SKIP = POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it';

const text = async (site, path) => (await get(new URL(path, site.url))).text;
const health = async (site) => (await text(site, '/healthz')).trim();
const metric = async (site, name, labels = {}) => {
  const found = (await site.must(['metrics'])).metrics.find((one) => one.name === name &&
    Object.entries(labels).every(([label, value]) => one.labels[label] === value));
  return found.value;
};
const confirmed = (site) => until(async () => await metric(site, 'courant_db_pages_confirmed') === 1, 'pages count');

describe('Three servers over one database', { skip: SKIP }, () => {
  let first;
  let second;
  let third;
  let far;
  let story;
  const all = () => [first, second, third];
  // Every page of these is kept, so that an old one could be shown.
  const read = (sites = all()) => Promise.all(sites.flatMap((site) => ['/', story.path].map((path) => text(site, path))));
  const edit = (site, headline) => site.must(['story', 'edit', String(story.id), '--headline', headline]);
  const isShown = async (site, headline) => {
    for (const path of ['/', story.path]) assert.ok((await text(site, path)).includes(headline), `${path} shows ${headline}`);
  };

  before(async () => {
    far = await Far.open(POSTGRES);
    first = await startSite({ database: 'postgres' });
    [second, third] = await Promise.all([startSite({ beside: first }), startSite({ beside: first, through: far })]);
    story = await addStory(first, { headline: 'The first headline' });
    story.path = new URL(story.url).pathname;
    await Promise.all(all().map(confirmed));
  });
  after(async () => {
    await Promise.all([second?.stop(), third?.stop()]);
    await first?.stop(); // it drops the database
    far?.close();
  });

  test('show what any of them published, from the moment when it was answered', async () => {
    for (let i = 0; i < 6; i++) {
      await read();
      await edit(all()[i % 3], `Headline ${i}`);
      await Promise.all(all().map((site) => isShown(site, `Headline ${i}`)));
    }
    for (const site of all()) assert.strictEqual(await metric(site, 'courant_db_nodes'), 3);
    const told = await Promise.all(['all', 'late'].map((result) => metric(first, 'courant_db_confirms_total', { result })));
    assert.ok(told[0] + told[1] >= 2);
  });

  test('date no page, since their clocks are two', async () => {
    for (const site of all()) assert.strictEqual((await get(new URL('/feed.xml', site.url))).headers['last-modified'], undefined);
  });

  test('take a reply anywhere, and a form of one of them is good for all', async () => {
    await read();
    const form = await replyForm(second, story);
    const sent = await form.reader.post(new URL(`/reply/${story.id}`, third.url), { key: form.key, name: 'Reader', email: 'a@example.org', website: '', text: 'Taken elsewhere.' });
    assert.strictEqual(sent.status, 303);
    for (const site of all()) assert.strictEqual(repliesOn(await text(site, story.path)).length, 1);
  });

  test('tell the readers of all of them', async (context) => {
    const streams = await Promise.all(all().map((site) => EventStream.open(site, `/events?lang=en&story=${story.id}`)));
    context.after(() => streams.forEach((stream) => stream.close()));
    for (const stream of streams) assert.strictEqual((await stream.next()).name, 'hello');
    await second.must(['story', 'correct', String(story.id), '--text', 'A note.', '--headline', 'A corrected headline']);
    // One that had to connect anew tells its readers to look for themselves, by a bar that is null.
    const next = async (stream) => {
      for (;;) {
        const heard = await stream.next();
        if (heard.data !== null) return heard;
      }
    };
    for (const stream of streams) {
      const heard = await next(stream);
      assert.strictEqual(heard.name, 'story');
      assert.strictEqual(heard.data.kind, 'corrected');
    }
    await addStory(third, { headline: 'Breaking now', breaking: true });
    for (const stream of streams) {
      const heard = await next(stream);
      assert.strictEqual(heard.name, 'bar');
      assert.ok(JSON.stringify(heard.data).includes('Breaking now'));
    }
  });

  test('hear of what a command does without a server', async (context) => {
    const folder = await makeSite({ test: context, beside: first });
    await read();
    await edit(folder, 'By the command line alone');
    await Promise.all(all().map((site) => isShown(site, 'By the command line alone')));
  });

  test('go on without one that was killed', async () => {
    await read();
    await second.kill9();
    for (let i = 0; i < 3; i++) {
      await edit(first, `Without the second ${i}`);
      await isShown(third, `Without the second ${i}`);
    }
    await until(async () => await metric(first, 'courant_db_nodes') === 2, 'the dead one is forgotten');
    await second.restart();
    await confirmed(second);
    await edit(third, 'With the second again');
    await Promise.all(all().map((site) => isShown(site, 'With the second again')));
  });

  test('show nothing old when one that was cut off is back', async () => {
    await read();
    far.refuse();
    await until(async () => (await health(third)).startsWith('cut off'), 'it knows that it is cut off');
    // Nobody else can be asked, so it shows what it has.
    await isShown(third, 'With the second again');
    await edit(first, 'While one was cut off');
    await isShown(second, 'While one was cut off');
    far.mend();
    await until(async () => await health(third) === 'ok', 'it is back');
    await isShown(third, 'While one was cut off');
    await confirmed(third);
    await edit(third, 'All of them again');
    await Promise.all(all().map((site) => isShown(site, 'All of them again')));
  });

  test('drop all when their connection for hearing breaks', async () => {
    await read();
    far.break();
    await edit(first, 'Behind its back');
    await isShown(third, 'Behind its back');
    await Promise.all(all().map(confirmed));
  });

  test('let one of them go over to a new version', async () => {
    await third.must(['upgrade']);
    await edit(first, 'After the upgrade');
    await Promise.all(all().map((site) => isShown(site, 'After the upgrade')));
  });
});
