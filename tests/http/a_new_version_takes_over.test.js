'use strict';
// courant upgrade and SIGUSR2: a new server takes the old one's place, and nobody notices. One that
// can't leaves the old one as it was.

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, test } = require('node:test');
const { makeSite, startSite, addStory, get, replyForm, repliesOn, run, until, COURANT } = require('../support');
const { startLoad } = require('../support/load');

const POSTGRES = { skip: process.env.COURANT_TEST_POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it' };
const RATE = 300; // the program has its sanitizers
const PAUSE_MAX_MS = 1000; // so do other tests beside it; the proof measures without

// A site whose program is a file of its own, which a new version can take the place of.
async function installedSite(test) {
  const site = await makeSite({ test });
  site.binary = path.join(site.temporary, 'courant');
  fs.copyFileSync(COURANT, site.binary);
  await site.start();
  site.installed = site.binary;
  site.binary = COURANT; // for commands
  return site;
}

// Installs the program with `from` written as `to`.
function install(site, from, to) {
  const bytes = fs.readFileSync(COURANT);
  assert.strictEqual(from.length, to.length);
  let found = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1), found++) bytes.write(to, at, 'latin1');
  assert.ok(found > 0, `the program is without ${from}`);
  fs.writeFileSync(`${site.installed}.new`, bytes, { mode: 0o755 });
  fs.renameSync(`${site.installed}.new`, site.installed);
}

async function upgrade(site) {
  const before = site.pid;
  const done = await site.courant(['upgrade', '--json']);
  assert.strictEqual(done.code, 0, done.stderr);
  const { paused_ms: paused } = JSON.parse(done.stdout);
  assert.ok(paused < PAUSE_MAX_MS, `${paused} ms`);
  assert.notStrictEqual(site.pid, before);
}

async function isRefused(site, ...says) {
  const before = site.pid;
  const done = await site.courant(['upgrade']);
  assert.strictEqual(done.code, 1, done.stdout);
  for (const part of says) assert.match(done.stderr, part);
  // The one that was refused may take a moment to end.
  await until(() => site.pid === before, 'the old server goes on alone');
  assert.strictEqual((await get(`${site.url}/healthz`)).text, 'ok\n');
}

function client(url) {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const one = { socket, got: '', ended: false };
  socket.on('data', (bytes) => { one.got += bytes.toString('latin1'); });
  socket.on('close', () => { one.ended = true; });
  socket.on('error', (error) => { one.got += error.code; });
  return one;
}

for (const database of ['sqlite', 'postgres'])
  test(`No request fails while new servers take over, and replies are kept (${database})`, database === 'postgres' ? POSTGRES : {}, async (context) => {
    const site = await startSite({ test: context, database });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    const load = startLoad({ url: site.url, paths: [new URL(story.url).pathname, '/'], rate: RATE, connections: 16 });
    await until(() => load.counts.answered > 100, 'readers are answered');
    for (let i = 0; i < 3; i++) {
      const [answer] = await Promise.all([
        (await replyForm(site, story)).send({ text: `Sent during upgrade ${i}.` }), upgrade(site)]);
      assert.strictEqual(answer.status, 303);
    }
    process.kill(site.parentPid, 'SIGUSR2');
    await until(() => site.log.match(/upgraded: Courant \S+ answers/g).length === 4, 'SIGUSR2 upgrades too');
    const seen = await load.stop();
    assert.deepStrictEqual(seen.failed, []);
    assert.ok(seen.answered > 300);
    assert.strictEqual((await form.send({ text: 'Written before all of them.' })).status, 303);
    assert.strictEqual(repliesOn((await get(story.url)).text).length, 4);
  });

test('A connection goes over with what was read of its request', async (context) => {
  const site = await startSite({ test: context });
  const story = await addStory(site);
  const form = await replyForm(site, story);
  const { host } = new URL(site.url);
  const [[name, value]] = form.reader.cookies;
  const body = new URLSearchParams({ key: form.key, name: 'R', email: 'r@example.org', website: '', text: 'In two halves' }).toString();
  const head = `POST /reply/${story.id} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${name}=${value}\r\n` +
    'Content-Type: application/x-www-form-urlencoded\r\n';
  const healthz = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

  const [half, begun, idle, chunked] = [1, 2, 3, 4].map(() => client(site.url));
  idle.socket.write(healthz);
  begun.socket.write(healthz.slice(0, 20));
  half.socket.write(`${head}Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
  chunked.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nkey=x\r\n`);
  await until(() => half.got.includes('100 Continue') && idle.got.includes('ok\n'), 'the server has begun to read');
  half.socket.write(body.slice(0, 30));
  await get(`${site.url}/`); // by then it has read what was sent before
  await upgrade(site);
  half.socket.write(body.slice(30));
  begun.socket.write(healthz.slice(20));
  idle.socket.write(healthz);
  await until(() => half.got.includes('303 See Other'), 'the form is answered');
  await until(() => begun.got.endsWith('ok\n') && idle.got.split('ok\n').length === 3, 'the others are');
  assert.doesNotMatch(half.got + begun.got + idle.got, /Connection: close/i);
  assert.ok(!half.ended && !begun.ended && !idle.ended);
  assert.match((await get(story.url)).text, /In two halves/);
  // What comes in chunks can't go over: it is told to try again, with its text in the form.
  chunked.socket.write('0\r\n\r\n');
  await until(() => chunked.ended, 'what came in chunks ends');
  assert.match(chunked.got, /^HTTP\/1\.1 503 [\s\S]*Connection: close/i);
  for (const { socket } of [half, begun, idle]) socket.destroy();
});

describe('The old server goes on', () => {
  test('when the new version has other migrations', async (context) => {
    const site = await installedSite(context);
    const found = await run(['python3', '-c',
      'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT hash FROM db_migration ORDER BY number DESC").fetchone()[0])',
      (await copyOf(site))]);
    const hash = found.stdout.trim();
    install(site, hash, hash.replace(/./g, (digit) => (digit === '0' ? '1' : '0')));
    await isRefused(site, /other migrations or rules .*: restart the server \(systemctl restart courant\)/);
    assert.match(site.log, /error no upgrade: the new version has other migrations/);
  });

  test('when the new version does not start, or fails to open the database', async (context) => {
    const site = await installedSite(context);
    const story = await addStory(site);
    fs.appendFileSync(path.join(site.dir, 'courant.conf'), 'server.lisen = x\n');
    await isRefused(site, /the new version ended \(exit code 1\) before it was ready; the log says why/);
    assert.match(site.log, /there is no setting server\.lisen/);
    fs.truncateSync(path.join(site.dir, 'courant.conf'), 0);
    install(site, '/courant.db\0', '/courant.dX\0');
    await isRefused(site, /the new version ended \(exit code 1\)/);
    assert.match(site.log, /there is no database .*courant\.dX/);
    assert.ok((await site.must(['metrics'])).metrics !== undefined, 'its database is the one that it opened again');
    assert.strictEqual((await (await replyForm(site, story)).send({ text: 'After all that.' })).status, 303);
    fs.writeFileSync(`${site.installed}.new`, 'no program', { mode: 0o755 });
    fs.renameSync(`${site.installed}.new`, site.installed);
    await isRefused(site, /the new version ended/);
    fs.rmSync(site.installed);
    await isRefused(site, /the new version .* can't be opened: No such file/);
    await site.killServer(); // the same version still comes back
  });

  test('when a command or a request is under way for long', POSTGRES, async (context) => {
    const site = await startSite({ test: context, database: 'postgres' });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    const unlock = await site.holdWrites();
    const adding = site.must(['story', 'add', '--headline', 'Slow', '--section', 'politics', '--body', '-'], 'Text.');
    const sending = form.send({ text: 'It takes its time.' });
    await until(async () => (await waiting(site)) === 2, 'both wait for the database');
    const asked = performance.now();
    await isRefused(site, /a command is under way/);
    assert.ok(performance.now() - asked >= 2000, 'a command that is soon over is waited for');
    await unlock();
    await adding;
    assert.strictEqual((await sending).status, 303);

    const again = await site.holdWrites();
    const later = form.reader ? (await replyForm(site, story)).send({ text: 'So does this.' }) : null;
    await until(async () => (await waiting(site)) === 1, 'it waits for the database');
    await isRefused(site, /requests under way take too long/);
    await again();
    assert.strictEqual((await later).status, 303);
    await upgrade(site);
  });
});

// The database without its server, which has it for itself.
async function copyOf(site) {
  const file = path.join(site.temporary, 'copy.db');
  await site.must(['backup', file]);
  return file;
}

// How many acts wait for a lock in the site's database.
async function waiting(site) {
  const done = await run(['psql', '-X', '-A', '-t', '-c',
    `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '${site.database}' AND wait_event_type = 'Lock'`,
    process.env.COURANT_TEST_POSTGRES]);
  return Number(done.stdout);
}
