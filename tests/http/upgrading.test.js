'use strict';
// What the first version of Courant wrote is read by today's: as a backup on both databases, and as
// its own SQLite file.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { describe, test } = require('node:test');
const { makeSite, startSite, get, ROOT } = require('../support');

const FIXTURES = path.join(ROOT, 'tests/fixtures/first_version');
const unpacked = (name) => zlib.gunzipSync(fs.readFileSync(path.join(FIXTURES, `${name}.gz`)));

// A site restored from the first version's backup.
async function restored(test, database) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'courant-first-')), 'first_version.backup');
  test.after(() => fs.rmSync(path.dirname(file), { recursive: true }));
  fs.writeFileSync(file, unpacked('first_version.backup'));
  return startSite({ test, database, backup: file });
}

// A site whose database file the first version made.
async function opened(test) {
  const site = await makeSite({ test });
  fs.writeFileSync(path.join(site.dir, 'courant.db'), unpacked('first_version.db'));
  return site.start();
}

const PLACES = [
  ['a backup restored into SQLite', (context) => restored(context, 'sqlite')],
  ['a backup restored into PostgreSQL', (context) => restored(context, 'postgres')],
  ['its own database file', opened],
];

for (const [place, make] of PLACES) {
  const skip = place.includes('PostgreSQL') && !process.env.COURANT_TEST_POSTGRES
    ? 'COURANT_TEST_POSTGRES is not set: ./dev test sets it' : false;

  test(`the first version's site is whole: ${place}`, { skip }, async (context) => {
    const site = await make(context);
    const page = async (where, status = 200) => {
      const answer = await get(new URL(encodeURI(where), site.url));
      assert.strictEqual(answer.status, status, where);
      return answer;
    };
    const led = async (where) => decodeURI((await page(where, 301)).headers.location);

    // Pages, at the address of now and of before.
    const story = (await page('/basra/2021/07/23/the-date')).text;
    for (const words of ['The date of the meeting', 'It is set.', 'An earlier version named another palace.', 'I was there.', 'new palace'])
      assert.ok(story.includes(words), words);
    assert.ok(!story.includes('Hidden.'));
    assert.strictEqual(await led('/politics/2021/07/23/the-date-of-the-meeting'), '/basra/2021/07/23/the-date');
    assert.ok((await page('/')).text.includes('The date of the meeting'));
    assert.ok((await page('/ar')).text.includes('ماء المدينة'));
    assert.ok((await page('/ar/basra')).text.includes('البصرة – المنطقة ٥'));
    assert.ok((await page('/corrections')).text.includes('another palace'));
    await page('/politics/2021/07/17/no-longer', 410);
    const drafts = await site.must(['story', 'list', '--status', 'draft']);
    assert.deepStrictEqual(drafts.map(({ headline }) => headline), ['Not yet']);

    // Search, by words as readers type them.
    const found = async (where, words) => (await page(`${where}?q=${words}`)).text;
    assert.ok((await found('/search', 'palace')).includes('/basra/2021/07/23/the-date'));
    assert.ok((await found('/ar/search', 'البصره')).includes('/ar/politics/2021/07/14/'));
    assert.ok((await found('/ar/search', 'الذكري')).includes('/ar/politics/2021/07/14/'));

    // Who wrote it and where it is from have pages; what can't be a name has none.
    assert.ok(story.includes('href="/byline/layla-hassan"'));
    assert.ok((await page('/byline/layla-hassan')).text.includes('The date of the meeting'));
    assert.ok((await page('/ar/byline/مصطفى-حسن')).text.includes('ماء المدينة'));
    assert.ok((await page('/source/shafaq-news')).text.includes('The date of the meeting'));

    // Names in the letters and digits that today's rules take for one another.
    const added = async (...options) => {
      const section = options.includes('--section') ? [] : ['--section', 'politics'];
      const { id } = await site.must(['story', 'add', '--headline', 'More', ...section, '--body', '-', ...options], 'Text.');
      return site.must(['story', 'show', String(id)]);
    };
    const again = await added('--tag', 'البصره', '--tag', 'Mustafa al-Kadhimi', '--byline', 'مصطفي حسن', '--lang', 'ar');
    assert.deepStrictEqual(again.tags.map(({ slug }) => slug), ['basra-city', 'mustafa-al-kādhimī']);
    assert.strictEqual(again.byline, 'مصطفى حسن');
    assert.strictEqual((await added('--section', 'البصره - المنطقه 5', '--lang', 'ar')).section.slug, 'basra');
    assert.strictEqual((await site.must(['section', 'list'])).length, 2);

    // Two that are one by today's rules: both have their page, the name leads to one, and it is said.
    const twins = (await site.must(['tag', 'list'])).map(({ slug }) => slug).filter((slug) => slug.startsWith('ثورة'));
    assert.deepStrictEqual(twins.sort(), ['ثورة-14-تموز', 'ثورة-١٤-تموز']);
    for (const slug of twins) assert.ok((await page(`/ar/tag/${slug}`)).text.includes('/ar/'), slug);
    assert.ok(twins.includes((await added('--tag', 'ثورة ١٤ تموز', '--lang', 'ar')).tags[0].slug));
    assert.strictEqual((await added('--source', "O'Hara Wire")).source, "O'Hara Wire");
    assert.strictEqual((await site.must(['source', 'list'])).length, 3);
    assert.match(site.log, /warning stories: the tags "ثورة ١٤ تموز" \(ثورة-١٤-تموز\) and "ثورة 14 تموز" \(ثورة-14-تموز\) are one name/);
    assert.match(site.log, /warning stories: the sources "O’Hara Wire" \(\S+\) and "O'Hara Wire" \(\S+\) are one name/);

    // Once: at the next start nothing is said.
    await site.restart();
    assert.doesNotMatch(site.log, /are one name/);
    await page('/basra/2021/07/23/the-date');
  });
}

describe('A backup of the first version', () => {
  test('takes the place of what a new site has, and its names are looked at again', async (context) => {
    const site = await makeSite({ test: context });
    await site.must(['site', 'show']); // opened once: its own names were looked at
    const file = path.join(site.temporary, 'first_version.backup');
    fs.writeFileSync(file, unpacked('first_version.backup'));
    await site.must(['restore', file]);
    const { stderr } = await site.courant(['tag', 'list']);
    assert.match(stderr, /are one name/);
    const { id } = await site.must(['story', 'add', '--headline', 'More', '--section', 'البصرة - المنطقة 5', '--body', '-'], 'Text.');
    assert.strictEqual((await site.must(['story', 'show', String(id)])).section.slug, 'basra');
  });
});
