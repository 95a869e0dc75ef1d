'use strict';
// What bash, zsh and fish complete, asked of the shells themselves.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { makeSite, run, startSite, COURANT } = require('../support');
const { json } = require('./journey');

// Readline parts a line at blanks and at =, and completes what stands last.
const BASH = `
source <(courant completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_courant "$1" "\${@: -1}"
printf '%s\\n' "\${COMPREPLY[@]}"`;

let folder; // with the program, the scripts, and files to complete
let env;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-shells-'));
  fs.symlinkSync(COURANT, path.join(folder, 'courant'));
  fs.mkdirSync(path.join(folder, 'files/paper'), { recursive: true });
  for (const name of ['page.txt', 'other.txt']) fs.writeFileSync(path.join(folder, 'files', name), '');
  env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder, TERM: 'dumb' };
  delete env.COURANT_SITE;
  for (const shell of ['bash', 'zsh', 'fish'])
    fs.writeFileSync(path.join(folder, `courant.${shell}`), (await run([COURANT, 'completion', shell])).stdout);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

// A shell writes a blank within a word with a backslash before it.
const lines = (text) => [...new Set(text.replaceAll('\\', '').split('\n').map((line) => line.replace(/\t.*/, '').replace(/[ /]$/, '')).filter((line) => line !== ''))].sort();
const ask = async (args, more) => {
  const { code, stdout, stderr } = await run(args, { cwd: path.join(folder, 'files'), env: { ...env, ...more } });
  assert.equal(stderr, '', args.join(' '));
  assert.equal(code, 0, args.join(' '));
  return lines(stdout);
};

// Each answers what may stand in place of the last word, as the shell would write it.
const SHELLS = {
  async bash(line, more) {
    const words = line.split(' ').flatMap((word) => word.split(/(=)/).filter((part, index) => part !== '' || index === 0));
    const found = await ask(['bash', '--norc', '-c', BASH, 'bash', ...words], more);
    const last = line.slice(line.lastIndexOf(' ') + 1);
    return last.includes('=') ? found.map((word) => last.slice(0, last.indexOf('=') + 1) + word) : found;
  },
  zsh: (line, more) => ask(['zsh', path.join(__dirname, '../support/complete.zsh'), path.join(folder, 'courant.zsh'), line], more),
  fish: (line, more) => ask(['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', path.join(folder, 'courant.fish'), line], more),
};

const LANGUAGES = lines(fs.readdirSync(path.join(__dirname, '../../po')).map((name) => name.replace('.po', '')).join('\n').concat('\nen'));
const GENERAL = ['--help', '--json', '--site'];
const CASES = [
  ['courant sto', ['story']],
  ['courant se', ['section', 'serve', 'settings']],
  ['courant source ', ['add', 'alias', 'list', 'merge', 'remove']],
  ['courant tag al', ['alias']],
  ['courant tag alias ', ['add', 'remove']],
  ['courant byline alias ', ['add', 'remove']],
  ['courant help story pub', ['publish']],
  ['courant tag ali', ['alias']],
  ['courant tag alias a', ['add']],
  ['courant serve --feeds.text ', ['full', 'summary']],
  ['courant serve --feeds.text=s', ['--feeds.text=summary']],
  ['courant --json story wi', ['withdraw']],
  ['courant --j', ['--json']],
  ['courant stroy ', []],
  ['courant story list --st', ['--status']],
  ['courant story list --status ', ['draft', 'published', 'withdrawn']],
  ['courant story list --status p', ['published']],
  ['courant story list --status=', ['--status=draft', '--status=published', '--status=withdrawn']],
  ['courant story list --status=d', ['--status=draft']],
  ['courant story list --status draft --st', []],
  ['courant story correct 7 --kind ', ['clarification', 'correction', 'update']],
  ['courant story add --format ', ['html', 'text']],
  ['courant story add --lang ', LANGUAGES],
  ['courant init paper --lang=', LANGUAGES.map((code) => `--lang=${code}`)],
  ['courant story add --headline ', []],
  ['courant story add --headline --st', []],
  ['courant completion ', ['bash', 'fish', 'zsh']],
  ['courant man courant.', ['courant.conf']],
  ['courant version -', GENERAL],
  ['courant source add -', [...GENERAL, '--name'].sort()],
  ['courant serve --li', ['--listen']],
  ['courant serve --site paper --cache', ['--cache.size']],
  ['courant -- story -', []],
  ['courant story add --body pa', ['page.txt', 'paper']],
  ['courant story add --body=pa', ['--body=page.txt', '--body=paper']],
  ['courant restore p', ['page.txt', 'paper']],
  ['courant --site p', ['paper']],
  ['courant --site=p', ['--site=paper']],
  ['courant init p', ['paper']],
];

for (const [shell, complete] of Object.entries(SHELLS)) {
  test(`${shell} completes commands, options, values and files`, async () => {
    for (const [line, expected] of CASES) assert.deepEqual(await complete(line), expected, line);
  });
}

test('every option of every command is completed', async () => {
  const complete = async (...words) => lines((await run([COURANT, '--complete', ...words])).stdout);
  for (const family of await complete('')) {
    const members = (await complete(family, '')).filter((word) => !word.startsWith('-') && !word.startsWith(':'));
    const isFamily = (await run([COURANT, family])).stderr.includes('comes one of');
    for (const words of isFamily ? members.map((member) => [family, member]) : [[family]]) {
      const { stdout } = await run([COURANT, ...words, '--help']);
      const told = [...stdout.matchAll(/^  (--[a-z._-]+)/gm)].map(([, option]) => option);
      assert.ok(told.length >= GENERAL.length, words.join(' '));
      assert.deepEqual(await complete(...words, '--'), told.sort(), words.join(' '));
    }
  }
});

for (const [place, make] of [['without a server', makeSite], ['beside a server', startSite]]) {
  describe(`Of a site that is named, ${place},`, () => {
    let site;
    before(async () => {
      site = await make();
      await json(site, ['section', 'add', 'city', '--name', 'City life']);
      await json(site, ['section', 'add', 'world', '--name', 'World']);
      await json(site, ['tag', 'add', 'tigris', '--name', 'Tigris']);
      await json(site, ['source', 'add', 'tigris-wire', '--name', 'Tigris Wire']);
      for (const more of [[], ['--publish']])
        await json(site, ['story', 'add', '--headline', 'The bridge: open', '--section', 'city', ...more, '--body', '-'], 'Text.');
      for (const lang of ['en', 'ar'])
        await json(site, ['page', 'set', 'contact', '--title', 'Contact', '--lang', lang, '--body', '-'], 'Text.');
    });
    after(() => site.stop());

    for (const [shell, complete] of Object.entries(SHELLS)) {
      test(`${shell} completes sections, tags, sources and stories`, async () => {
        const named = `courant --site ${site.dir}`;
        for (const [line, expected] of [
          [`${named} story add --section `, ['city', 'world']],
          [`${named} story add --section w`, ['world']],
          [`${named} story list --tag=`, ['--tag=tigris']],
          [`${named} story add --source `, ['Tigris Wire']],
          [`${named} section add c`, ['city']],
          [`${named} tag alias add ti`, ['tigris']],
          [`${named} section remove w`, ['world']],
          [`${named} source merge t`, ['tigris-wire']],
          [`${named} tag alias add `, ['tigris']],
          [`${named} tag merge `, ['tigris']],
          [`${named} tag merge t`, ['tigris']],
          [`${named} story show `, ['1', '2']],
          [`${named} reply list --story `, ['1', '2']],
          [`${named} front set `, ['2']],
          [`${named} front set 1 `, ['2']],
          [`${named} page show `, ['contact']],
          [`${named} reply hide `, []],
        ]) assert.deepEqual(await complete(line), expected, line);
        assert.deepEqual(await complete('courant story list --section ', { COURANT_SITE: site.dir }), ['city', 'world']);
        assert.deepEqual(await complete('courant --site /nowhere story list --section '), []);
      });
    }

    test('a page that is there in two languages is offered once', async () => {
      const { stdout } = await site.courant(['page', 'list', '--json']);
      assert.equal(JSON.parse(stdout).length, 2);
      assert.equal((await run([COURANT, '--complete', '--site', site.dir, 'page', 'show', ''], { env: site.env })).stdout, 'contact\n');
    });
  });
}

test('completing waits for nobody: a site that another process holds gives nothing', async () => {
  const site = await makeSite();
  const free = await site.hold('flock', [path.join(site.dir, 'lock'), 'sh', '-c', 'echo locked; cat >/dev/null']);
  const begun = Date.now();
  const { code, stdout, stderr } = await run([COURANT, '--complete', '--site', site.dir, 'story', 'list', '--section', '']);
  const took_ms = Date.now() - begun;
  await free();
  await site.stop();
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  assert.ok(took_ms < 4000, `${took_ms} ms, and a command waits for 5 s`);
});

test('completing changes nothing: not what an older Courant left out, and not what one made', async () => {
  const site = await makeSite();
  const file = path.join(site.dir, 'courant.db');
  const sqlite = async (...args) => {
    const { code, stdout, stderr } = await run(['sqlite3', ...args]);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout.trim();
  };
  const complete = async () => {
    const { code, stdout, stderr } = await run([COURANT, '--complete', '--site', site.dir, 'story', 'show', '']);
    assert.deepEqual([code, stderr], [0, '']);
    return lines(stdout);
  };
  await json(site, ['story', 'add', '--headline', 'The bridge: open', '--section', 'city', '--body', '-', '--publish'], 'Text.');
  await sqlite(file, 'UPDATE story SET is_searchable = 0');
  const before = fs.readFileSync(file);
  assert.deepEqual(await complete(), ['1']);
  assert.ok(before.equals(fs.readFileSync(file)), 'the database is as it was');
  await sqlite(file, 'DELETE FROM db_migration WHERE number = (SELECT MAX(number) FROM db_migration)');
  const older = fs.readFileSync(file);
  assert.deepEqual(await complete(), []);
  assert.ok(older.equals(fs.readFileSync(file)), 'the older database is as it was');
  await site.stop();
});
