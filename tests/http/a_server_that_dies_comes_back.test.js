'use strict';
// The parent holds the socket: a server that dies is started again, and no reader is refused.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { describe, test } = require('node:test');
const { makeSite, startSite, addStory, get, replyForm, run, until, waitForExit, isRunning, start } = require('../support');

const tasks = (pid) => fs.readdirSync(`/proc/${pid}/task`).length;
const files = (pid) => fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
  try {
    return fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return ''; // closed meanwhile
  }
});

// Asks for `url` on a new connection each time, until told to stop; how each ended.
function visitor(url) {
  const ends = [];
  let stopped = false;
  const visit = () => new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode)).on('error', (error) => resolve(error.code));
    });
    request.on('error', (error) => resolve(error.code));
  });
  const done = (async () => {
    while (!stopped) ends.push(await visit());
    return ends;
  })();
  return { ends, stop: () => { stopped = true; return done; } };
}

describe('The parent of a server', () => {
  test('has one thread, the socket and no file of the site', async (context) => {
    const site = await startSite({ test: context });
    assert.notStrictEqual(site.pid, site.parentPid);
    assert.strictEqual(tasks(site.parentPid), 1);
    assert.ok(tasks(site.pid) > 1);
    const open = files(site.parentPid);
    assert.ok(!open.some((file) => file.startsWith(site.dir)), open.join(' '));
    assert.ok(files(site.pid).some((file) => file === path.join(site.dir, 'courant.db')));
  });

  test('starts a server that was killed again: who comes meanwhile waits, and is answered', async (context) => {
    const site = await startSite({ test: context });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    assert.strictEqual((await form.send({ text: 'Before it died.' })).status, 303);
    const visitors = Array.from({ length: 4 }, () => visitor(story.url));
    await until(() => visitors.every(({ ends }) => ends.length > 5), 'readers read');
    await site.killServer();
    const after = visitors.map(({ ends }) => ends.length);
    await until(() => visitors.every(({ ends }, i) => ends.length > after[i] + 5), 'readers read on');
    const ends = (await Promise.all(visitors.map((one) => one.stop()))).flat();
    // Only what was under way in the server that died may be lost.
    assert.ok(!ends.includes('ECONNREFUSED'), ends.join(' '));
    assert.ok(ends.filter((end) => end !== 200).length <= visitors.length, ends.join(' '));
    assert.match((await get(story.url)).text, /Before it died\./);
    assert.match(site.log, /error the server died \(signal 9, Killed\) and is started again/);
    await site.killServer();
    assert.match(site.log, /soon after its start and is started again in 100 ms/);
  });

  test('goes on trying, with pauses, while the server can not start', async (context) => {
    const site = await startSite({ test: context });
    const conf = path.join(site.dir, 'courant.conf');
    const before = fs.readFileSync(conf);
    fs.writeFileSync(conf, 'server.lisen = x\n');
    process.kill(site.pid, 'SIGKILL');
    await until(() => /died \(exit code 1\) soon after its start and is started again in 200 ms/.test(site.log), 'it is tried again');
    assert.match(site.log, /courant: .*courant\.conf line 1: there is no setting server\.lisen/);
    const waiting = get(`${site.url}/healthz`);
    fs.writeFileSync(conf, before);
    assert.strictEqual((await waiting).status, 200);
  });

  test('that is killed itself leaves no server behind', async (context) => {
    const site = await startSite({ test: context });
    const server = site.pid;
    process.kill(site.parentPid, 'SIGKILL');
    await waitForExit(site.child, 20_000, 'the parent does not end');
    await until(() => !isRunning(server), 'the server has ended');
    assert.match(site.log, /the parent process has gone/);
    site.child = null;
    await site.start();
  });

  test('tells systemd that it is ready, and takes the socket that systemd has opened', async (context) => {
    const site = await makeSite({ test: context });
    // Between them a listening socket as descriptor 3, and what is sent to NOTIFY_SOCKET.
    const child = start(['python3', path.join(__dirname, '../support/systemd.py'), site.binary, '--site', site.dir, 'serve'],
      { env: { ...site.env, COURANT_NOTIFY: path.join(site.temporary, 'notify') } });
    context.after(() => run(['kill', String(child.pid)]));
    await until(() => /^READY=1$/m.test(child.output()), 'systemd is told that the server is ready');
    const [, port] = /^listening on (\d+)$/m.exec(child.output());
    const answer = await get(`http://127.0.0.1:${port}/healthz`);
    assert.strictEqual(answer.text, 'ok\n');
    process.kill(child.pid, 'SIGTERM');
    const { code } = await waitForExit(child, 20_000, 'it does not end');
    assert.strictEqual(code, 0, child.output());
    assert.match(child.output(), /^STOPPING=1$/m);
  });
});
