'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { makeSite, run, startSite, COURANT } = require('../support');
const { addStory, done, json, refused } = require('./journey');

function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-init-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}
const courant = (args, options) => run([COURANT, ...args], options);
const FILES = ['courant.conf', 'courant.db', 'lock'];
const mode = (file) => (fs.statSync(file).mode & 0o777).toString(8);

test('init makes a folder that is closed to others', async (t) => {
  const site = path.join(folder(t), 'paper');
  const made = await courant(['init', site, '--name', 'The Two Rivers', '--timezone', 'Asia/Baghdad']);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /Start it with: courant --site .*paper serve/);
  assert.match(made.stdout, /the first story: courant --site .*paper story add /);
  assert.equal(mode(site), '700');
  for (const name of fs.readdirSync(site)) assert.equal(mode(path.join(site, name)), '600', name);
  assert.deepEqual(fs.readdirSync(site).sort(), FILES);
  const shown = await courant(['--site', site, 'site', 'show', '--json']);
  assert.equal(JSON.parse(shown.stdout).name, 'The Two Rivers');
  const listed = await courant(['story', 'list', '--json'], { env: { ...process.env, COURANT_SITE: site } });
  assert.deepEqual(JSON.parse(listed.stdout), []);
});

test('init takes a name and a tagline in each language', async (t) => {
  const site = path.join(folder(t), 'paper');
  const made = await courant(['init', site, '--lang', 'ar', '--name', 'en=The Lantern', '--name', 'الفانوس', '--tagline', 'en=Every day']);
  assert.equal(made.code, 0, made.stderr);
  const shown = JSON.parse((await courant(['--site', site, 'site', 'show', '--json'])).stdout);
  assert.deepEqual(shown.names, { ar: 'الفانوس', en: 'The Lantern' });
  assert.deepEqual(shown.taglines, { en: 'Every day' });
  const unnamed = await courant(['init', path.join(folder(t), 'paper'), '--lang', 'ar', '--name', 'en=The Lantern']);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.stderr, /a site needs a name in its own language, ar$/m);
});

test('init fills an empty folder, and the one it is called in', async (t) => {
  const site = folder(t);
  const made = await courant(['init', '.'], { cwd: site });
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(fs.readdirSync(site).sort(), FILES);
  assert.equal(mode(site), '700');
  const slash = `${path.join(folder(t), 'paper')}//`;
  assert.equal((await courant(['init', slash])).code, 0);
});

test('init leaves everything as it was when it is refused', async (t) => {
  const parent = folder(t);
  const site = path.join(parent, 'paper');
  const wrong = [
    [['--name', ' '], /name/], [['--name', 'x'.repeat(121)], /name has 121 characters: shorten it to 120 at most/], [['--lang', 'xx'], /xx is not a language/], [['--lang', 'ku'], /for Kurdish \(Sorani\) take ckb/],
    [['--timezone', 'Mars/Olympus'], /Mars\/Olympus is not a time zone/], [['--url', 'ftp://news.example'], /http/],
    [['--url', 'news.example'], /site\.url is news\.example: it takes an address such as https:\/\/news\.example$/m],
    [['--url', 'https://news.example/path'], /it ends after the host/], [['--url', 'https://news.example\nx = y'], /./],
    [['--database', 'postgres://127.0.0.1:1/none'], /./], [['--database', 'mysql://localhost/none'], /site\.database .* postgres:/],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stderr } = await courant(['init', site, ...args]);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /^courant: [^\n]+\n$/);
    assert.match(stderr, sentence);
    assert.deepEqual(fs.readdirSync(parent), [], args.join(' '));
  }
  fs.mkdirSync(site);
  fs.writeFileSync(path.join(site, 'a letter'), '');
  assert.match((await courant(['init', site])).stderr, /is not empty/);
  assert.deepEqual(fs.readdirSync(site), ['a letter']);
  assert.match((await courant(['init', path.join(site, 'a letter')])).stderr, /can't become a site: Not a directory/);
  assert.match((await courant(['init', path.join(parent, 'absent', 'paper')])).stderr, /can't be made: No such file/);
});

test('init refuses a folder that has a site', async (t) => {
  const site = await makeSite({ test: t });
  const again = await courant(['init', site.dir]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a site in .* already/);
});

test('commands say what to do when there is no site', async (t) => {
  const parent = folder(t);
  for (const name of [parent, path.join(parent, 'absent')])
    for (const args of [['story', 'list'], ['serve'], ['backup', 'x'], ['settings']]) {
      const { code, stderr } = await courant(['--site', name, ...args]);
      assert.equal(code, 1);
      assert.equal(stderr, `courant: there is no site in ${name}: make one with courant init ${name}\n`);
    }
  assert.deepEqual(fs.readdirSync(parent), []);
});

test('a wrong setting is named with its line and what is allowed', async (t) => {
  const site = await makeSite({ test: t });
  const conf = path.join(site.dir, 'courant.conf');
  const good = fs.readFileSync(conf, 'utf8');
  const line = good.split('\n').length;
  const wrong = [
    ['server.workers = many', /server\.workers.*from 1 to 64/], ['server.workers = 65', /server\.workers.*from 1 to 64/],
    ['server.drain = 10', /server\.drain.*duration/], ['colour = red', /colour/], ['nothing', /./],
    ['site.url = gopher://x', /http/],
  ];
  for (const [text, sentence] of wrong) {
    fs.writeFileSync(conf, `${good}${text}\n`);
    await refused(site, ['story', 'list'], sentence);
    const served = await site.courant(['serve', '--listen', '127.0.0.1:0']);
    assert.equal(served.code, 1);
    assert.match(served.stderr, sentence);
    if (!text.startsWith('site.url')) assert.match(served.stderr, new RegExp(`courant\\.conf.*\\b${line}\\b`));
  }
  fs.rmSync(conf);
  await refused(site, ['story', 'list'], /there is no site in/);
});

test('a wrong flag of serve is refused', async (t) => {
  const site = await makeSite({ test: t });
  const flag = await site.courant(['serve', '--server.workers', '0']);
  assert.equal(flag.code, 1);
  assert.match(flag.stderr, /server\.workers.*from 1 to 64/);
  const unknown = await site.courant(['serve', '--colour', 'red']);
  assert.equal(unknown.code, 2);
  const elsewhere = await site.courant(['story', 'list', '--listen', '127.0.0.1:0']);
  assert.equal(elsewhere.code, 2);
});

test('settings show what the file and the running server have, and no password', async (t) => {
  const site = await startSite({ test: t, args: ['--server.workers', '3'] });
  const value = async (name) => (await json(site, ['settings'])).find((row) => row.name === name).value;
  assert.equal(await value('server.workers'), '3');
  assert.match(await done(site, ['settings']), /^server\.workers +3 +4 /m);
  await site.drain();
  assert.equal(await value('server.workers'), '4');
  const paper = path.join(folder(t), 'paper');
  assert.equal((await courant(['init', paper])).code, 0);
  fs.appendFileSync(path.join(paper, 'courant.conf'), 'site.database = postgres://me:secret@127.0.0.1:1/none\n');
  const { stdout, stderr } = await courant(['--site', paper, 'settings']);
  assert.ok(!`${stdout}${stderr}`.includes('secret'));
});

test('a port in use is refused in a sentence', async (t) => {
  const site = await makeSite({ test: t });
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  t.after(() => taken.close());
  const { code, stderr } = await site.courant(['serve', '--listen', `127.0.0.1:${taken.address().port}`]);
  assert.equal(code, 1);
  assert.match(stderr, /courant: .*in use by another program: stop it, or choose another with --listen ADDRESS:PORT/);
});

test('a second server is refused, and the first goes on', async (t) => {
  const site = await startSite({ test: t });
  const { code, stderr } = await site.courant(['serve', '--listen', '127.0.0.1:0']);
  assert.equal(code, 1);
  assert.match(stderr, /is open in another process/);
  await addStory(site);
});

test('a file that is no database is refused in a sentence', async (t) => {
  const site = await makeSite({ test: t });
  fs.writeFileSync(path.join(site.dir, 'courant.db'), 'not a database, but long enough to be read as one '.repeat(100));
  await refused(site, ['story', 'list'], /database/);
});
