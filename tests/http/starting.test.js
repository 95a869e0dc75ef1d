'use strict';
// How the server starts, refuses to start, and stops. A refusal is one sentence and exit code 1.

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, test } = require('node:test');
const { startSite, makeSite, get, rawRequest, request, run, addStory, replyForm, repliesOn, until } = require('../support');

const serve = (site, ...args) => site.courant(['serve', '--listen', '127.0.0.1:0', ...args]);
const conf = (site, text) => fs.writeFileSync(path.join(site.dir, 'courant.conf'), text);
const sql = (site, statement) => run(['python3', '-c',
  'import sqlite3, sys; file = sqlite3.connect(sys.argv[1]); file.execute(sys.argv[2]); file.commit()',
  path.join(site.dir, 'courant.db'), statement]);

// One sentence with every part of `says`, exit code 1, nothing on standard output.
function isRefused(done, ...says) {
  assert.strictEqual(done.code, 1, done.stderr || `ended by ${done.signal}`);
  assert.strictEqual(done.stdout, '');
  const lines = done.stderr.trimEnd().split('\n');
  assert.strictEqual(lines.length, 1, done.stderr);
  for (const part of ['courant: ', ...says])
    assert.ok(part instanceof RegExp ? part.test(lines[0]) : lines[0].includes(part), `${lines[0]} is without ${part}`);
}

describe('A server does not start', () => {
  test('on a port that another program has', async (context) => {
    const site = await makeSite({ test: context });
    const other = net.createServer();
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    context.after(() => other.close());
    const address = `127.0.0.1:${other.address().port}`;
    isRefused(await site.courant(['serve', '--listen', address]), address);
  });

  test('on an address that is none', async (context) => {
    const site = await makeSite({ test: context });
    for (const address of ['nonsense', '127.0.0.1', '127.0.0.1:99999', ':8080', '203.0.113.1:0'])
      isRefused(await site.courant(['serve', '--listen', address]), address);
  });

  test('on all addresses without knowing which is the site\'s', async (context) => {
    const site = await makeSite({ test: context });
    isRefused(await site.courant(['serve', '--listen', '0.0.0.0:0']), 'site.url');
  });

  test('where there is no site, or one is already served', async (context) => {
    const site = await startSite({ test: context });
    isRefused(await serve(site), site.dir, 'open in another process');
    isRefused(await run([site.binary, '--site', `${site.dir}-none`, 'serve'], { env: site.env }), `${site.dir}-none`, 'courant init');
  });

  test('on a database that a newer Courant has made', async (context) => {
    const site = await makeSite({ test: context });
    const done = await sql(site, "INSERT INTO db_migration (number, name, at_ms, hash) VALUES (9000, '9000_later_wonders.sql', 0, 'x')");
    assert.strictEqual(done.code, 0, done.stderr);
    const before = fs.readFileSync(path.join(site.dir, 'courant.db'));
    isRefused(await serve(site), 'newer Courant', '9000_later_wonders.sql');
    assert.ok(fs.readFileSync(path.join(site.dir, 'courant.db')).equals(before), 'the database was touched');
  });

  test('on a database that another program has locked', async (context) => {
    const site = await makeSite({ test: context });
    const unlock = await site.lockDatabase();
    isRefused(await serve(site), 'courant.db', 'locked by another program');
    await unlock();
    await site.start();
    assert.strictEqual((await get(`${site.url}/`)).status, 200);
  });

  test('on a database that is missing, is no database, is damaged or may not be read', async (context) => {
    const site = await makeSite({ test: context });
    const file = path.join(site.dir, 'courant.db');
    const whole = fs.readFileSync(file);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 100, 4096);
    for (const [bytes, ...says] of [
      ['This is a letter, not a database. '.repeat(200), 'courant.db', 'not a database'],
      [damaged, 'courant.db', /damaged|malformed/],
    ]) {
      fs.writeFileSync(file, bytes);
      isRefused(await serve(site), ...says);
    }
    fs.rmSync(file);
    isRefused(await serve(site), 'courant.db', 'there is no database');
    fs.mkdirSync(file);
    isRefused(await serve(site), 'courant.db', 'not a file');
    fs.rmdirSync(file);
    fs.writeFileSync(file, whole);
    fs.chmodSync(file, 0o000);
    // Who is root may read all the same, unless without that right.
    const bounded = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
    const wrapper = process.getuid() === 0 ? bounded : [];
    isRefused(await run([...wrapper, site.binary, '--site', site.dir, 'serve'], { env: site.env }), 'courant.db', "can't be read");
  });

  for (const [what, text, ...says] of [
    ['a name that is unknown', '# mine\nserver.lisen = 127.0.0.1:8080\n', 'courant.conf', '2', 'server.lisen', 'server.listen'],
    ['a number that is none', 'net.reactors = many\n', 'courant.conf', '1', 'net.reactors', 'many', 'from 0 to 256'],
    ['a number that is too large', '\n\nserver.workers = 65\n', '3', 'server.workers', '65', 'from 1 to 64'],
    ['a duration that is too short', 'net.idle_timeout = 10ms\n', '1', 'net.idle_timeout', '10ms', '1s', '1h'],
    ['a size that is none', 'cache.size = big\n', '1', 'cache.size', 'big', '1MB'],
    ['a line without =', 'site.url\n', 'courant.conf', '1'],
    ['a name that is given twice', 'server.workers = 1\nserver.workers = 2\n', '2', 'server.workers'],
    ['an address with a path', 'site.url = https://news.example/path\n', 'site.url'],
    ['bytes that are not UTF-8', Buffer.from('site.url = https://\xff.example\n', 'latin1'), '1', 'site.url', 'UTF-8'],
  ]) {
    test(`with ${what} in courant.conf`, async (context) => {
      const site = await makeSite({ test: context });
      conf(site, text);
      isRefused(await serve(site), ...says);
    });
  }

  test('with a wrong setting on its command line, which it names', async (context) => {
    const site = await makeSite({ test: context });
    isRefused(await serve(site, '--server.workers', '0'), 'server.workers', 'from 1 to 64', 'command line');
    const unknown = await serve(site, '--server.worker', '1');
    assert.strictEqual(unknown.code, 2);
    assert.match(unknown.stderr, /^courant: there is no option --server\.worker/);
  });
});

describe('A server', () => {
  test('that is told its public address answers to that, and to no other', async (context) => {
    const site = await startSite({ test: context, url: 'https://news.example' });
    assert.match(site.url, /^http:\/\/127\.0\.0\.1:\d+$/, 'the ready file says where it listens');
    const local = `${site.url}/`;
    const page = await get(local, { headers: { Host: 'news.example' } });
    assert.strictEqual(page.status, 200);
    assert.match(page.text, /<link rel="canonical" href="https:\/\/news\.example\/">/);
    assert.strictEqual((await get(local)).status, 421);
    const said = `is served at https://news.example (listening on ${site.url})\n`;
    await until(() => site.log.includes(said), `the server says where it is served: ${said}`);
    await until(() => /^Nothing is published yet: courant --site \S+ story add /m.test(site.log), 'and how there will be something to read');
  });

  test('serves IPv6', async (context) => {
    const site = await startSite({ test: context, listen: '[::1]:0' });
    assert.match(site.url, /^http:\/\/\[::1\]:\d+$/);
    assert.strictEqual((await get(`${site.url}/`)).status, 200);
  });

  test('that is started again serves the same pages and replies, byte for byte', async (context) => {
    const site = await startSite({ test: context });
    const story = await addStory(site, { headline: 'Before and after', tags: ['memory'] });
    await (await replyForm(site, story)).send({ text: 'Still here.' });
    const { host } = new URL(site.url);
    const pages = ['/', '/politics', '/tag/memory', '/feed.xml', '/ar', new URL(story.url).pathname];
    const texts = () => Promise.all(pages.map(async (page) => {
      const answer = await get(new URL(page, site.url));
      return [answer.status, answer.headers.etag, answer.text];
    }));
    const before = await texts();
    await site.restart({ listen: host });
    assert.deepStrictEqual(await texts(), before);
    await site.kill9();
    await site.restart({ listen: host });
    assert.deepStrictEqual(await texts(), before);
  });

  test('whose key for forms was made before a restart still takes it, once', async (context) => {
    const site = await startSite({ test: context });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    const { host } = new URL(site.url);
    const first = await form.send({ text: 'Over a restart.' });
    await site.restart({ listen: host });
    const second = await form.send({ text: 'Over a restart.' });
    assert.deepStrictEqual([first.status, second.status], [303, 303]);
    assert.strictEqual(first.headers.location, second.headers.location);
    assert.strictEqual(repliesOn((await get(story.url)).text).length, 1);
  });
});

describe('SIGTERM', () => {
  test('lets a request under way be answered, takes no other, and ends with 0', async (context) => {
    const site = await startSite({ test: context, args: ['--net.idle_timeout', '1m'] });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    const { hostname, port, host } = new URL(site.url);
    const idle = net.connect({ host: hostname, port: Number(port) });
    const idleEnds = new Promise((resolve) => idle.on('close', resolve));
    idle.on('error', () => {});
    idle.resume();

    // Half of a form is on its way when the signal comes.
    const [[name, value]] = form.reader.cookies;
    const body = new URLSearchParams({ key: form.key, name: 'R', email: 'r@example.org', website: '', text: 'Just in time' }).toString();
    const socket = net.connect({ host: hostname, port: Number(port) });
    let got = '';
    socket.on('data', (bytes) => (got += bytes.toString('latin1')));
    const ends = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
    socket.write(`POST /reply/${story.id} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${name}=${value}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
    await until(() => got.includes('100 Continue'), 'the server has begun to read the form');
    const stopped = site.drain();
    await idleEnds;
    const late = get(`${site.url}/healthz`).then(() => 'answered', () => 'not answered');
    socket.write(body);
    await ends;
    assert.match(got, /HTTP\/1\.1 303 [\s\S]*Connection: close/i);
    assert.strictEqual(await late, 'not answered');
    await stopped;
    await site.start({ listen: host });
    assert.match((await get(story.url)).text, /Just in time/);
  });

  test('does not wait longer than it is told for a client that says nothing more', async (context) => {
    const site = await startSite({ test: context, args: ['--server.drain', '1s', '--net.body_timeout', '5m'] });
    const { host } = new URL(site.url);
    const hanging = rawRequest(site.url, `POST /reply/1 HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nabc`);
    await request(`${site.url}/healthz`);
    const began = Date.now();
    await site.drain();
    assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
    assert.strictEqual((await hanging).closed, true);
  });

  test('while many replies come loses none that was accepted', async (context) => {
    const site = await startSite({ test: context });
    const story = await addStory(site);
    const { host } = new URL(site.url);
    const forms = await Promise.all(Array.from({ length: 40 }, () => replyForm(site, story)));
    let accepted = 0;
    const sending = Promise.all(forms.map(async (form, index) => {
      try {
        const answer = await form.send({ text: `Reply number ${index}.` });
        if (answer.status === 303) accepted++;
        return answer.status === 303 ? index : -1;
      } catch {
        return -1; // the server had gone
      }
    }));
    await until(() => accepted >= 5, 'some replies are accepted');
    await site.drain();
    const told = (await sending).filter((index) => index >= 0);
    await site.start({ listen: host });
    const { text } = await get(story.url);
    for (const index of told) assert.ok(text.includes(`Reply number ${index}.`), `reply ${index} is lost`);
  });
});
