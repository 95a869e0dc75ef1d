'use strict';
// A page that is read all the time is made anew before an act is answered: readers never wait for it,
// and whoever was answered finds what they did.

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory } = require('../support');
const { Reader, repliesOnPage } = require('../support/replying');
const { parseMetrics, valueOf } = require('../support/prometheus');

// Pages tell of themselves each time that their uses have doubled (web/remake.c).
const OFTEN = 8;
const AT_ONCE = 30;

let site;
before(async () => {
  site = await startSite({ args: ['--metrics.listen', '127.0.0.1:0', '--net.max_connections_address', '10000'] });
}, { timeout: 120_000 });
after(() => site.stop());

async function remade() {
  const metrics = await get(/its metrics at (\S+)/.exec(site.log)[1]);
  return valueOf(parseMetrics(metrics.text), 'courant_pages_remade_total');
}

async function readOften(url) {
  for (let i = 0; i < OFTEN; i++) assert.equal((await get(url)).status, 200);
}

describe('A page that is read all the time', () => {
  test('is made anew by each act, and is new when that is answered', async () => {
    const { id, url } = await addStory(site, { headline: 'Version 0' });
    const reader = new Reader('Amina');
    await readOften(url);
    const before = await remade();
    for (let version = 1; version <= 5; version++) {
      await site.must(['story', 'edit', String(id), '--headline', `Version ${version}`]);
      assert.match((await get(url)).text, new RegExp(`<h1[^>]*>Version ${version}`));
      const { accepted } = await reader.send(site.url, { storyId: id, key: await reader.key(site.url, id), text: `Reply ${version}` });
      const shown = repliesOnPage((await get(url)).text);
      assert.deepEqual(shown.at(-1), { id: accepted, text: `Reply ${version}` });
    }
    assert.equal(await remade() - before, 10);
    reader.leave();
  });

  test('is left to who asks for it if nobody reads it', async () => {
    const { id, url } = await addStory(site, { headline: 'Version 0' });
    assert.equal((await get(url)).status, 200);
    const before = await remade();
    await site.must(['story', 'edit', String(id), '--headline', 'Version 1']);
    assert.match((await get(url)).text, /<h1[^>]*>Version 1/);
    assert.equal(await remade(), before);
  });

  test('shows each of many replies that come at once to whoever sent it', async () => {
    const { id, url } = await addStory(site, { headline: 'Everybody has something to say' });
    await readOften(url);
    let isOver = false;
    const reading = (async () => { while (!isOver) assert.equal((await get(url)).status, 200); })();
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, number) => {
      const reader = new Reader(`Reader${number}`);
      const { accepted } = await reader.send(site.url, { storyId: id, key: await reader.key(site.url, id), text: `Reply ${number}` });
      const shown = repliesOnPage((await get(url)).text);
      assert.ok(shown.some((reply) => reply.id === accepted && reply.text === `Reply ${number}`), `reply ${number} is not shown`);
      reader.leave();
    })).finally(() => { isOver = true; });
    await reading;
  });

  test('is gone when its story is withdrawn, and back when that is published', async () => {
    const { id, url } = await addStory(site, { headline: 'Here and gone' });
    await readOften(url);
    await site.must(['story', 'withdraw', String(id)]);
    assert.equal((await get(url)).status, 410);
    await site.must(['story', 'publish', String(id)]);
    await readOften(url);
  });
});
