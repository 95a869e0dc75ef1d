'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { makeSite, run, startSite, COURANT } = require('../support');
const { PLACES, addStory, done, json, refused } = require('./journey');

// Stories in every state, in both languages, with what hangs on them.
async function fill(site) {
  await json(site, ['section', 'add', 'politics', '--name', 'Politics', '--name', 'ar=سياسة']);
  await json(site, ['byline', 'add', 'sara', '--name', 'Sara', '--name', 'ar=سارة']);
  await json(site, ['byline', 'add', 'sarah', '--name', 'Sarah']);
  await json(site, ['byline', 'merge', 'sarah', 'sara']);
  await json(site, ['source', 'add', 'tigris-wire', '--name', 'Tigris Wire', '--name', 'ar=دجلة']);
  await json(site, ['source', 'add', 'wire', '--name', 'The Wire']);
  await json(site, ['source', 'merge', 'wire', 'tigris-wire']);
  const { id } = await addStory(site);
  await json(site, ['story', 'correct', String(id), '--text', 'Two years.']);
  await json(site, ['story', 'edit', String(id), '--section', 'Iraq', '--slug', 'the-bridge']); // leaves a redirect
  await addStory(site, []);
  const { id: gone } = await addStory(site);
  await json(site, ['story', 'withdraw', String(gone)]);
  await json(site, ['story', 'add', '--headline', 'خبر', '--section', 'politics', '--lang', 'ar', '--body', '-', '--publish'], 'نص');
  const reply = ['reply', 'add', '--story', String(id), '--name', 'Sara “S”', '--email', 's@example.org', '--text', '-'];
  const { id: hidden } = await json(site, reply, "It's\nabout\ttime; 100% \\ sure 😀");
  await json(site, reply, 'Another.');
  await json(site, ['reply', 'hide', String(hidden)]);
  return id;
}

async function rows(file, statement) {
  const { code, stdout, stderr } = await run(['sqlite3', '-readonly', '-json', file, statement]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout || '[]');
}

// Every record of every room's tables, whatever the order they lie in. What searching looks through is
// made anew from the stories and in no backup.
async function records(file) {
  const all = {};
  const tables = await rows(file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'db_%' AND name NOT LIKE 'search_%'");
  for (const { name } of tables)
    all[name] = (await rows(file, `SELECT * FROM "${name}"`)).map((row) => JSON.stringify(row)).sort();
  return all;
}

for (const { place, make } of PLACES) {
  describe(`a backup, ${place}`, () => {
    test('is restored record by record, into a folder that is not there yet and a site just made', async (t) => {
      const site = await make({ test: t });
      const story = await fill(site);
      const file = path.join(site.temporary, 'first.backup');
      const made = await json(site, ['backup', file]);
      assert.deepEqual(made, { file, bytes: fs.statSync(file).size });
      assert.equal((fs.statSync(file).mode & 0o077), 0);
      const first = await records(file);
      assert.deepEqual([first.reply.length, first.site_setting.length, first.correction.length], [2, 4, 1]);
      assert.deepEqual([first.byline_alias.length, first.source_alias.length, first.source_name.length], [1, 2, 2]);

      const fresh = path.join(site.temporary, 'fresh');
      const { stderr, code } = await run([COURANT, '--site', fresh, 'restore', file], { env: site.env });
      assert.equal(code, 0, stderr);
      assert.equal((fs.statSync(fresh).mode & 0o777).toString(8), '700');
      const onto = await makeSite({ test: t, database: site.options.database, name: 'To be replaced' });
      await done(onto, ['restore', file]);

      for (const [index, dir] of [fresh, onto.dir].entries()) {
        const again = path.join(site.temporary, `again-${index}.backup`);
        const asked = async (...args) => {
          const answer = await run([COURANT, '--site', dir, ...args, '--json'], { env: site.env, stdin: 'Text.' });
          assert.equal(answer.code, 0, answer.stderr);
          return JSON.parse(answer.stdout);
        };
        await asked('backup', again);
        assert.deepEqual(await records(again), first);
        const shown = await asked('story', 'show', String(story));
        assert.equal(shown.headline, 'Bridge opens');
        assert.equal((await asked('site', 'show')).name, 'The Test Courant');
        const added = await asked('story', 'add', '--headline', 'New', '--section', 'politics', '--body', '-', '--publish');
        assert.ok(!first.story.some((row) => JSON.parse(row).id === added.id));
        await asked('reply', 'add', '--story', String(added.id), '--name', 'A', '--email', 'a@example.org', '--text', '-');
      }
    });

    test('is written where the caller stands, and never over a file', async (t) => {
      const site = await make({ test: t });
      await addStory(site);
      const here = fs.mkdtempSync(path.join(site.temporary, 'here-'));
      const asked = () => run([COURANT, '--site', site.dir, 'backup', 'paper.backup'], { env: site.env, cwd: here });
      assert.equal((await asked()).code, 0);
      const before = fs.readFileSync(path.join(here, 'paper.backup'));
      const second = await asked();
      assert.equal(second.code, 1);
      assert.match(second.stderr, /^courant: .*paper\.backup.*\n$/);
      assert.deepEqual(fs.readFileSync(path.join(here, 'paper.backup')), before);
      await refused(site, ['backup', path.join(here, 'absent', 'x')], /absent/);
      assert.deepEqual(fs.readdirSync(here), ['paper.backup']);
    });
  });
}

test('backup keeps a damaged record with the rest, and names it', async (t) => {
  const site = await makeSite({ test: t });
  await addStory(site);
  const damage = "UPDATE story_revision SET body = '<p>It was never closed.</p>'";
  const { code, stderr } = await run(['sqlite3', path.join(site.dir, 'courant.db'), damage]);
  assert.equal(code, 0, stderr);
  const file = path.join(site.temporary, 'a.backup');
  const made = await site.courant(['backup', file]);
  assert.equal(made.code, 1);
  assert.equal(made.stderr, `courant: ${file} is written, but revision 1 of story 1 is damaged in the database: restore an earlier backup\n`);
  assert.equal((await records(file)).story_revision.length, 1);
});

test('a backup and a restore say what is not in the file', async (t) => {
  const site = await makeSite({ test: t });
  await addStory(site);
  const file = path.join(site.temporary, 'a.backup');
  const fresh = path.join(site.temporary, 'fresh');
  assert.match(await done(site, ['backup', file]),
    new RegExp(`^The backup is written to .*\\nIt holds the stories .*; not courant\\.conf and the theme's folder: keep a copy of both, from ${site.dir}\\.\\n$`));
  const { stdout } = await run([COURANT, '--site', fresh, 'restore', file], { env: site.env });
  assert.equal(stdout, `The site in ${fresh} is restored, checked record by record.\n`
    + `Its settings are the defaults now: take the lines of the old courant.conf over into the new one in ${fresh}, and copy the theme's folder there.\n`
    + `Then start it with: courant --site ${fresh} serve\n`);
  const onto = await makeSite({ test: t });
  assert.match(await done(onto, ['restore', file]), /\nIts settings are those of its courant\.conf; a theme goes into its folder\.\n/);
});

test('restore refuses a site with stories, and a site whose server runs', async (t) => {
  const site = await makeSite({ test: t });
  await addStory(site);
  const file = path.join(site.temporary, 'a.backup');
  await done(site, ['backup', file]);
  await refused(site, ['restore', file], /there are records in the database already, .*courant --site NEW restore FILE/);
  assert.equal((await json(site, ['story', 'list'])).length, 1);
  const running = await startSite({ test: t });
  await refused(running, ['restore', file], /is open in another process/);
});

test('restore refuses what is no backup, and leaves nothing behind', async (t) => {
  const site = await makeSite({ test: t });
  const file = path.join(site.temporary, 'a.backup');
  const absent = path.join(site.temporary, 'not-made');
  const conf = fs.readFileSync(path.join(site.dir, 'courant.conf'), 'utf8');
  await addStory(site);
  await done(site, ['backup', file]);
  const whole = fs.readFileSync(file);
  const cut = path.join(site.temporary, 'cut.backup');
  fs.writeFileSync(cut, whole.subarray(0, whole.length - 8192));
  const text = path.join(site.temporary, 'text.backup');
  fs.writeFileSync(text, 'Not a backup.');
  const empty = await makeSite({ test: t });
  for (const wrong of [cut, text, path.join(site.temporary, 'none.backup')]) {
    const { code, stderr } = await run([COURANT, '--site', absent, 'restore', wrong], { env: site.env });
    assert.equal(code, 1, wrong);
    assert.match(stderr, /^courant: [^\n]+\n$/);
    assert.ok(!fs.existsSync(absent));
    await refused(empty, ['restore', wrong], /./);
    assert.equal((await json(empty, ['site', 'show'])).name, 'The Test Courant');
  }
  assert.equal(fs.readFileSync(path.join(empty.dir, 'courant.conf'), 'utf8'), conf);
  await done(empty, ['restore', file]);
  assert.equal((await json(empty, ['story', 'list'])).length, 1);
});
