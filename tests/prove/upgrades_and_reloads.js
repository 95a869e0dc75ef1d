'use strict';
// 100 upgrades and 1,000 reloads under 5,000 requests a second: no request fails, no connection is
// reset. Meanwhile readers reply: each reply is answered in its time and is kept.

const fs = require('node:fs');
const path = require('node:path');
const { Accounts } = require('../support/accounts');
const { startLoad } = require('../support/load');
const { Reader, publishStory, uniqueText } = require('../support/replying');
const { prove, scaled, withSite, middle } = require('../support/proof');
const { makeSite } = require('../support/site');
const { until } = require('../support/wait');

const RATE = 5000;
const UPGRADES = 100;
const RELOADS = 1000;
// Each takes half a second under this load: a tenth of them would be too long for ./dev test.
const reloadCount = scaled(RELOADS) < RELOADS ? scaled(RELOADS / 20) : RELOADS;
const WARM = 2000; // requests before the first of them
const READERS = 2;

class Writing {
  constructor(site, story, accounts) {
    Object.assign(this, { site, story, accounts, times: [], isOver: false, count: 0 });
    this.done = Promise.all(Array.from({ length: READERS }, (_, i) => this.write(new Reader(`Reader${i}`))));
  }

  async write(reader) {
    while (!this.isOver) {
      const key = await reader.key(this.site.url, this.story.id);
      const reply = { storyId: this.story.id, key, text: uniqueText(`${this.story.id}.${this.count++}`, 0) };
      const entry = this.accounts.send(reply);
      const before = performance.now();
      const answer = await reader.send(this.site.url, reply);
      if (answer.accepted === null) throw new Error(`a reply is answered ${answer.status}`);
      this.times.push(performance.now() - before);
      this.accounts.accept(entry, answer.accepted);
    }
    reader.leave();
  }

  async stop() {
    this.isOver = true;
    await this.done;
  }
}

async function reloads(site, count) {
  const style = path.join(site.dir, 'theme/assets/extra.css');
  fs.mkdirSync(path.dirname(style), { recursive: true });
  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) fs.writeFileSync(style, `body { order: ${i} }\n`);
    await site.must(['reload']);
  }
}

async function upgrades(site, count) {
  const paused = [];
  while (paused.length < count) {
    const done = await site.courant(['upgrade', '--json']);
    const answer = JSON.parse(done.stdout);
    // Those before are to have ended: their last requests are slow readers'.
    if (done.code !== 0 && /upgrades before/.test(answer.error)) continue;
    if (done.code !== 0) throw new Error(`upgrade ${paused.length}: ${done.stderr}`);
    paused.push(answer.paused_ms);
  }
  return paused;
}

// Under load: what `body` does, and what readers saw meanwhile.
async function under(site, story, accounts, body) {
  const load = startLoad({ url: site.url, paths: [story.path, '/', '/feed.xml'], rate: RATE });
  const writing = new Writing(site, story, accounts);
  const failed = writing.done.then(() => {}, (error) => { throw error; });
  await until(() => load.counts.answered > WARM, 'readers are answered');
  const quiet = writing.times.length;
  const result = await Promise.race([body(), failed.then(() => new Promise(() => {}))]);
  await writing.stop();
  const seen = await load.stop();
  if (seen.failed.length)
    throw new Error(`${seen.failed.length} of ${seen.sent} requests failed:\n${[...new Set(seen.failed)].join('\n')}`);
  await accounts.checkPage(site, story);
  return { result, seen, times: writing.times.slice(quiet) };
}

function line(what, { seen, times }) {
  return `| ${what} | ${seen.sent} | ${seen.rate} | 0 | ${seen.closes} | ${seen.middle} | ${seen.p999} | ${seen.slowest} | ${times.length} | ${middle(times)} | ${Math.round(Math.max(...times))} |`;
}

prove(async () => {
  const site = await makeSite({ binary: process.env.COURANT_RELEASE });
  await withSite(site, async () => {
    const first = await publishStory(site, 'A story that is reloaded');
    const second = await publishStory(site, 'A story that is upgraded');
    const accounts = new Accounts();
    await site.start({ args: ['--server.queue', '10000'] });
    const reloaded = await under(site, first, accounts, () => reloads(site, reloadCount));
    const upgraded = await under(site, second, accounts, () => upgrades(site, scaled(UPGRADES)));
    const paused = upgraded.result;
    const kept = await accounts.checkList(site);
    console.log(`While the server was reloaded and upgraded, readers asked for ${RATE} pages a second on 64 kept
connections, and for one in 20 on a new one, and ${READERS} readers replied. Each answer had to be whole and 200; each
reply had to be accepted, and to be there once at the end.

| | requests | a second | failed or reset | kept connections closed | middle ms | p99.9 ms | slowest ms | replies | middle ms | slowest ms |
|---|---|---|---|---|---|---|---|---|---|---|
${line(`${reloadCount} reloads`, reloaded)}
${line(`${scaled(UPGRADES)} upgrades`, upgraded)}

- No request was begun for ${middle(paused)} ms in the middle and ${Math.max(...paused)} ms at most, an upgrade.
- Replies kept in the end: ${kept}, each of those that were accepted once.`);
  });
});
