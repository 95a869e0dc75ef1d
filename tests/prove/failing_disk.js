'use strict';
// The disk fails: strace gives the server EIO as the result of its 1st to 20th fdatasync, while it
// takes replies and while it copies the log into the database. SQLite would go on as if nothing had
// happened; Courant must not accept anything more, must say so, and must have kept what it accepted.

const fs = require('node:fs');
const path = require('node:path');
const { Accounts } = require('../support/accounts');
const { publishStory } = require('../support/replying');
const { Crowd, checkReadOnly, health } = require('../support/refusals');
const { inParts, prove, withSite } = require('../support/proof');
const { start, waitForExit } = require('../support/process');
const { parseTrace } = require('../support/strace');
const { until } = require('../support/wait');
const { makeSite } = require('../support/site');

const FAILURES = 20;
const READERS = 3;
const AFTERWARDS = 5; // replies of each reader that are refused after the failure
const STOPPED = /nothing is stored any more/;

// In a fresh log the first reply takes two: for the log's head and for its transaction. The next
// two are the checkpoint's, if no other reply comes before it: for the log and for the database.
const CHECKPOINT_CALLS = [3, 4];
const TRACER_MS = 10_000;

// Traces the server, which is ready, until it ends.
async function breakDisk(site, number, trace) {
  const tracer = start(
    ['strace', '-f', '-xx', '-y', '-o', trace, '-e', 'trace=fdatasync',
      '-e', `inject=fdatasync:error=EIO:when=${number}`, '-p', String(site.pid)], { env: process.env });
  await until(() => / attached/.test(tracer.output()), 'strace is attached');
  return tracer;
}

// `number` is which fdatasync fails; `idle` when it is to be the checkpoint's.
async function fail({ number, idle }, site) {
  const name = `${number}${idle ? ' idle' : ''}`;
  const accounts = new Accounts();
  const story = await publishStory(site, 'A story on a failing disk');
  const other = await publishStory(site, 'Another story');
  const trace = path.join(site.temporary, 'trace');
  await site.start();
  const crowd = new Crowd(site, story, accounts, READERS);
  const tracer = await breakDisk(site, number, trace);
  if (idle) {
    if (!(await crowd.reply(crowd.readers[0], name))) throw new Error('the first reply is refused');
    await until(async () => (await health(site)).startsWith('read-only'),
      'a checkpoint fails and /healthz says so');
  }
  await crowd.replyUntilRefused(name);
  const accepted = accounts.accepted.length;
  await crowd.replyUntilRefused(`${name} after`, { times: AFTERWARDS });
  if (accounts.accepted.length !== accepted) throw new Error('a reply was accepted after the failure');
  await checkReadOnly(site, [story, other], STOPPED);
  await accounts.checkPage(site, story);

  // Half of them end in order, half as in a power cut.
  if (number % 2) await site.kill9();
  else await site.drain();
  await waitForExit(tracer, TRACER_MS, 'strace did not end with the server');
  const injected = parseTrace(fs.readFileSync(trace, 'latin1')).filter((call) => call.injected);
  if (injected.length !== 1) throw new Error(`${injected.length} calls failed instead of one`);

  await site.start();
  await accounts.checkPage(site, story);
  const refused = crowd.refused.length;
  await crowd.sendAgain();
  await accounts.checkPage(site, story);
  const kept = await accounts.checkList(site);
  if (kept !== accounts.sent.size) throw new Error(`${kept} replies instead of ${accounts.sent.size}`);
  crowd.leave();
  return { number, idle, file: path.basename(injected[0].file), accepted, refused };
}

prove(async () => {
  const all = [...CHECKPOINT_CALLS.map((number) => ({ number, idle: true })),
    ...Array.from({ length: FAILURES }, (_, i) => ({ number: i + 1, idle: false }))];
  // Always all of them: it is a matter of seconds.
  const parts = await inParts(all.length, async (i) =>
    withSite(await makeSite({ binary: process.env.COURANT_RELEASE }), (site) => fail(all[i], site)));
  const rows = parts.map(({ number, idle, file, accepted, refused }) =>
    `| ${number} | ${file}${idle ? ', by a checkpoint' : ''} | ${accepted} | ${refused} |`);
  console.log(`strace gave the server EIO for one call of fdatasync and let all others succeed. After it no reply
was accepted: each was answered 503 with Retry-After and the whole text in the form, pages went on,
/healthz and the log said what had happened. After a new start everything accepted was there, and
what had been refused was accepted once when it was sent again.

| failed fdatasync | file | accepted before it | refused after it |
|---|---|---|---|
${rows.join('\n')}`);
});
