'use strict';
// A backup that is made while readers reply is one moment of the site, and comes back whole: from
// SQLite and PostgreSQL, into either of them. Held against the site that went on, record by record.

const assert = require('node:assert/strict');
const path = require('node:path');
const { Accounts } = require('../support/accounts');
const { Reader, publishStory, replyList, uniqueText } = require('../support/replying');
const { inParts, middle, prove, scaled } = require('../support/proof');
const { randomFrom } = require('../support/random');
const { makeSite, startSite } = require('../support/site');

const BACKUPS = 20; // of each pair of databases
const READERS = 4;
const BEFORE_MAX = 200; // replies that are there when the backup begins, at most
const TEXT_MAX = 3000;
const ENGINES = process.env.COURANT_TEST_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];
const PAIRS = ENGINES.flatMap((from) => ENGINES.map((to) => ({ from, to })));

// Readers reply one after the other until `stop` says so.
async function reply(site, story, accounts, random, stop) {
  const one = async (name) => {
    const reader = new Reader(name);
    while (!stop()) {
      const key = await reader.key(site.url, story.id);
      const text = uniqueText(`${name}.${accounts.sent.size}`, random(TEXT_MAX));
      const entry = accounts.send({ storyId: story.id, key, text });
      const answer = await reader.send(site.url, entry);
      if (answer.accepted === null) throw new Error(`a reply is answered ${answer.status}`);
      accounts.accept(entry, answer.accepted);
    }
    reader.leave();
  };
  await Promise.all(Array.from({ length: READERS }, (_, i) => one(`Reader${i}`)));
}

// Everything about the stories but the address of the server.
async function stories(site) {
  const all = [];
  for (const { id } of await site.must(['story', 'list'])) {
    const story = await site.must(['story', 'show', String(id)]);
    all.push(JSON.stringify(story).replaceAll(new URL(story.url).origin, ''));
  }
  return all;
}

async function backUpAndRestore({ from, to }, number) {
  const random = randomFrom(1 + number);
  const accounts = new Accounts();
  const site = await startSite({ binary: process.env.COURANT_RELEASE, database: from });
  let restored;
  try {
    const story = await publishStory(site, 'A story that is backed up');
    const before = random(BEFORE_MAX);
    await reply(site, story, accounts, random, () => accounts.accepted.length >= before);
    const file = path.join(site.temporary, 'backup');

    let isDone = false;
    const replying = reply(site, story, accounts, random, () => isDone);
    const due = accounts.accepted.map((entry) => entry.accepted);
    const began = performance.now();
    await site.must(['backup', file]).finally(() => { isDone = true; });
    const ms = performance.now() - began;
    await replying;

    restored = await makeSite({ binary: process.env.COURANT_RELEASE, database: to, backup: file });
    const kept = await replyList(restored);
    const live = new Map((await replyList(site)).map((one) => [one.id, one]));
    for (const one of kept) assert.deepEqual(one, live.get(one.id));
    const ids = new Set(kept.map((one) => one.id));
    for (const id of due) assert.ok(ids.has(id), `lost: ${id} was accepted before the backup began`);
    assert.deepEqual(await stories(restored), await stories(site));
    assert.equal((await restored.must(['site', 'show'])).name, (await site.must(['site', 'show'])).name);

    // It serves, and goes on counting where the other was.
    await restored.start();
    const later = new Accounts();
    for (const one of kept)
      later.accept(later.send({ storyId: story.id, key: '', text: one.text }), one.id);
    await later.checkPage(restored, story);
    await reply(restored, story, later, random, () => later.sent.size >= kept.length + READERS);
    await later.checkList(restored);
    return { from, to, ms, due: due.length, kept: kept.length, live: live.size };
  } catch (error) {
    error.message += `\nfrom ${from} to ${to}, number ${number}; the server's log:\n${site.log}`;
    throw error;
  } finally {
    if (restored) await restored.stop();
    await site.stop();
  }
}

prove(async () => {
  const each = scaled(BACKUPS);
  const parts = await inParts(each * PAIRS.length, (i) => backUpAndRestore(PAIRS[i % PAIRS.length], i));
  const rows = PAIRS.map(({ from, to }) => {
    const own = parts.filter((part) => part.from === from && part.to === to);
    const sum = (name) => own.reduce((total, part) => total + part[name], 0);
    return `| ${from} | ${to} | ${own.length} | ${sum('due')} | ${sum('kept')} | ${sum('live')} | ${middle(own.map((part) => part.ms))} |`;
  });
  console.log(`\`courant backup\` ran while ${READERS} readers replied, and the file was restored into a new site. All that
had been accepted before the backup began was there, and each record was the same as on the site that
went on. The restored site then took replies itself.

| from | to | backups | replies before | in the backups | at the end | ms a backup |
|---|---|---|---|---|---|---|
${rows.join('\n')}`);
});
