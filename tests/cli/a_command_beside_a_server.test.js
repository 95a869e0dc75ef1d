'use strict';
// What can go wrong between a command and the server that carries it out.
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { makeSite, run, startSite } = require('../support');
const { until } = require('../support/wait');
const { addStory, json, refused, STORY } = require('./journey');

const SKIP = process.env.COURANT_TEST_POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it';

test('the control socket is the owner\'s alone, and goes with its server', async (t) => {
  const site = await startSite({ test: t });
  const socket = path.join(site.dir, 'courant.sock');
  assert.equal((fs.statSync(socket).mode & 0o777).toString(8), '600');
  await site.drain();
  assert.ok(!fs.existsSync(socket));
});

test('a socket that a killed server left is in nobody\'s way', async (t) => {
  const site = await startSite({ test: t });
  await addStory(site);
  await site.kill9();
  assert.ok(fs.existsSync(path.join(site.dir, 'courant.sock')));
  assert.equal((await json(site, ['story', 'list'])).length, 1);
  await site.start();
  assert.equal((await json(site, ['story', 'list'])).length, 1);
});

test('commands that come at once are all carried out, with a server that starts and stops among them', async (t) => {
  const site = await makeSite({ test: t });
  const add = (n) => json(site, ['tag', 'add', `tag-${n}`, '--name', `Tag ${n}`]);
  const added = Array.from({ length: 8 }, (_, n) => add(n));
  const serving = site.start();
  added.push(...Array.from({ length: 8 }, (_, n) => add(n + 8)));
  await serving;
  added.push(...Array.from({ length: 8 }, (_, n) => add(n + 16)));
  const drained = site.drain();
  added.push(...Array.from({ length: 8 }, (_, n) => add(n + 24)));
  await Promise.all([...added, drained]);
  assert.equal((await json(site, ['tag', 'list'])).length, 32);
});

test('callers that never end their text hold nothing in the server', async (t) => {
  const site = await startSite({ test: t });
  const callers = await Promise.all(Array.from({ length: 8 }, () => callerThatTypes(site)));
  await addStory(site);
  // Nor do they keep it from stopping; what they typed is carried out when they are done.
  await site.drain();
  for (const { child } of callers.slice(1)) child.kill('SIGKILL');
  callers[0].child.stdin.end(' that is whole.');
  assert.equal((await callers[0].ended).code, 0, callers[0].stderr());
  const titles = await json(site, ['story', 'list']);
  assert.equal(titles.length, 2);
});

test('a server that dies at a command leaves the outcome open, and the command says so', { skip: SKIP }, async (t) => {
  const site = await startSite({ test: t, database: 'postgres' });
  const unlock = await site.holdTable('story');
  const caller = await callerThatTypes(site);
  caller.child.stdin.end();
  await until(() => hasCommand(site, caller), 'the server has the command');
  await site.kill9();
  const { code, stderr } = await caller.ended;
  await unlock();
  assert.equal(code, 1);
  assert.match(stderr, /the server stopped before it said how the command ended: look whether/);
});

test('SIGTERM gives up no act that the writer has in hand, and its caller is told how it ended', { skip: SKIP }, async (t) => {
  const site = await startSite({ test: t, database: 'postgres', args: ['--server.drain', '0s'] });
  const unlock = await site.holdTable('story');
  const caller = await callerThatTypes(site);
  caller.child.stdin.end();
  await until(() => hasCommand(site, caller), 'the server has the command');
  const drained = site.drain();
  await until(() => site.log.includes('stopping'), 'the server is told to stop');
  await unlock();
  await drained;
  const { code, stderr } = await caller.ended;
  assert.equal(code, 0, stderr);
  assert.equal((await json(site, ['story', 'list'])).length, 1);
});

test('a text is typed at a terminal', async (t) => {
  const site = await startSite({ test: t });
  const command = [site.binary, '--site', site.dir, ...STORY, '--publish'].map((word) => `'${word}'`).join(' ');
  // script(1) gives the command a terminal of its own; ^D ends what is typed.
  const typed = await run(['script', '-qec', command, '/dev/null'], { env: site.env, stdin: 'Typed by hand.\n\x04' });
  assert.equal(typed.code, 0, typed.stdout);
  const [story] = await json(site, ['story', 'list']);
  assert.match((await json(site, ['story', 'show', String(story.id)])).body, /Typed by hand\./);
});

test('words that are longer than a request may be are refused beside a server', async (t) => {
  const site = await startSite({ test: t });
  await refused(site, ['story', 'add', '--headline', 'x'.repeat(100_000), '--section', 'a', '--body', '-'],
    /longer than 65536 bytes in all/, { stdin: 'Text.' });
});

test('an invalid byte in a word is refused', async (t) => {
  for (const make of [makeSite, startSite]) {
    const site = await make({ test: t });
    const done = await run(['sh', '-c',
      'printf Text. | "$0" --site "$1" story add --headline "$(printf "a\\377b")" --section a --body - --json', site.binary, site.dir],
    { env: site.env });
    assert.equal(done.code, 1);
    assert.match(JSON.parse(done.stdout).error, /headline/i);
  }
});

// Starts a command whose caller has begun to type, and returns once that is read.
async function callerThatTypes(site) {
  const folder = fs.mkdtempSync(path.join(site.temporary, 'caller-'));
  const child = spawn(site.binary, ['--site', site.dir, ...STORY], { env: site.env, cwd: folder });
  let stderr = '';
  child.stderr.on('data', (bytes) => { stderr += bytes; });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
  child.stdin.on('error', () => {});
  child.stdin.write('The beginning of a text');
  await until(() => openFiles(child.pid).some((file) => file.startsWith('/memfd:input')), 'the command reads its text');
  return { child, ended, folder: fs.realpathSync(folder), stderr: () => stderr };
}

// Whether the server holds the working folder of a caller, which nobody else does.
function hasCommand(site, caller) {
  return openFiles(site.pid).includes(caller.folder);
}

function openFiles(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [fs.readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}
