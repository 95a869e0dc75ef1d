'use strict';
// A backup that is made while readers reply is one moment of the site, and comes back whole: from
// SQLite and PostgreSQL, into either of them. Held against the site that went on, record by record.

const assert = require('node:assert/strict');
const path = require('node:path');
const { Accounts } = require('../support/accounts');
const { Reader, publishStory, replyList, uniqueText } = require('../support/replying');
const { inParts, middle, prove, scaled, withSite } = require('../support/proof');
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

// Backs the site up while readers reply; gives what is known of the moment.
async function backUp(site, story, random, file) {
  const accounts = new Accounts();
  const before = random(BEFORE_MAX);
  await reply(site, story, accounts, random, () => accounts.accepted.length >= before);
  let isDone = false;
  const replying = reply(site, story, accounts, random, () => isDone);
  const due = accounts.accepted.map((entry) => entry.accepted);
  const began = performance.now();
  const backingUp = site.must(['backup', file]).finally(() => { isDone = true; });
  const [ms] = await Promise.all([backingUp.then(() => performance.now() - began), replying]);
  return { due, ms };
}

// Every record that came back is that of the site which went on, and none that was due is missing.
async function compare(site, restored, due) {
  const kept = await replyList(restored);
  const live = new Map((await replyList(site)).map((one) => [one.id, one]));
  for (const one of kept) assert.deepEqual(one, live.get(one.id));
  const ids = new Set(kept.map((one) => one.id));
  for (const id of due) assert.ok(ids.has(id), `lost: ${id} was accepted before the backup began`);
  assert.deepEqual(await stories(restored), await stories(site));
  assert.equal((await restored.must(['site', 'show'])).name, (await site.must(['site', 'show'])).name);
  return { kept, live: live.size };
}

// The restored site goes on where the other was.
async function serve(restored, story, random, kept) {
  const accounts = new Accounts();
  for (const { id, text } of kept) accounts.accept(accounts.send({ storyId: story.id, key: '', text }), id);
  await restored.start();
  await accounts.checkPage(restored, story);
  await reply(restored, story, accounts, random, () => accounts.sent.size >= kept.length + READERS);
  await accounts.checkList(restored);
}

async function backUpAndRestore({ from, to }, number) {
  const random = randomFrom(1 + number);
  const binary = process.env.COURANT_RELEASE;
  return withSite(await startSite({ binary, database: from }), async (site) => {
    const story = await publishStory(site, 'A story that is backed up');
    const file = path.join(site.temporary, 'backup');
    const { due, ms } = await backUp(site, story, random, file);
    return withSite(await makeSite({ binary, database: to, backup: file }), async (restored) => {
      const { kept, live } = await compare(site, restored, due);
      await serve(restored, story, random, kept);
      return { from, to, ms, due: due.length, kept: kept.length, live };
    });
  });
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
