'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { get, makeSite, run, startSite, COURANT, ROOT } = require('../support');
const { PLACES, json, refused } = require('./journey');

const paper = JSON.parse(fs.readFileSync(path.join(ROOT, 'demo/newspaper.json'), 'utf8'));
const prefix = (language) => (language === paper.lang ? '' : `/${language}`);
// What stories that tell the same have in common: the key of the first of them.
const original = (story) =>
  story.translation_of ? original(paper.stories.find((other) => other.key === story.translation_of)) : story.key;
const corrected = (story) => story.corrections.reduce((headline, next) => next.headline || headline, story.headline);
// The text that stands there in the end.
function text(story) {
  const file = story.corrections.reduce((name, next) => next.body_file || name, story.file);
  return fs.readFileSync(path.join(ROOT, 'demo', file), 'utf8');
}
const MINUTE_MS = 60_000;
// Whether something has its time: what is new, minutes before the newspaper was made, between `began`
// and `ended`.
function hasTime(found, expected, began, ended) {
  const { minutes_ago: ago, published_at: published, at = published } = expected;
  if (ago === undefined) return found === `${at}:00+03:00`;
  const made = Date.parse(found) + ago * MINUTE_MS;
  return made % MINUTE_MS === 0 && made > began - MINUTE_MS && made <= ended;
}
// Line ends between elements mean nothing.
const joined = (markup) => markup.replaceAll('\n', '');

// The stories of the site, each with what newspaper.json says of it.
async function stories(site) {
  const listed = await json(site, ['story', 'list', '--limit', '500']);
  return listed.map((story) => {
    const slug = decodeURIComponent(story.url).split('/').pop();
    return { ...story, expected: paper.stories.find((one) => one.slug === slug) };
  });
}

for (const { place, make } of PLACES)
  test(`the demo has every story, correction and reply of its file, ${place}`, async (t) => {
    const began = Date.now();
    const site = await make({ test: t, demo: true });
    const ended = Date.now();
    const timed = (found, expected) => assert.ok(hasTime(found, expected, began, ended), `${found}: ${JSON.stringify(expected)}`);
    const listed = await stories(site);
    assert.equal(listed.length, paper.stories.length);
    assert.ok(listed.length >= 40);
    const sources = await json(site, ['source', 'list']);
    assert.deepEqual(sources.map(({ slug, names }) => ({ slug, names })), paper.sources);
    const replies = await json(site, ['reply', 'list', '--limit', '1000']);
    for (const { id, expected, ...story } of listed) {
      assert.equal(story.status, 'published', story.url);
      assert.equal(story.language, expected.lang);
      assert.equal(story.headline, corrected(expected));
      assert.equal(story.section, expected.section);
      timed(story.published_at, expected);
      assert.equal(story.breaking, expected.breaking);
      const shown = await json(site, ['story', 'show', String(id)]);
      assert.deepEqual(shown.tags.map((tag) => tag.slug).sort(), [...expected.tags].sort());
      assert.deepEqual(shown.bylines.map((byline) => byline.slug), expected.bylines);
      assert.equal(shown.source, sources.find(({ names }) => Object.values(names).includes(expected.source)).names[expected.lang]);
      assert.equal(joined(shown.body), joined(text(expected)));
      assert.deepEqual(shown.corrections.map(({ kind, text }) => [kind, text]), expected.corrections.map(({ kind, text }) => [kind, text]));
      shown.corrections.forEach(({ at }, place) => timed(at, expected.corrections[place]));
      const siblings = paper.stories.filter((one) => one !== expected && original(one) === original(expected));
      assert.deepEqual(shown.translations.map((one) => one.language), siblings.map((one) => one.lang).sort());
      // They came in the order of their times, so the newest is the first of the list.
      const came = replies.filter((reply) => reply.story === id).reverse();
      assert.deepEqual(came.map(({ name }) => name), expected.replies.map(({ name }) => name));
      came.forEach(({ created_at: at }, place) => timed(at, expected.replies[place]));
    }
  });

test('the demo is new, breaking for 30 days, and each language has its own first page', async (t) => {
  const site = await makeSite({ test: t, demo: true });
  const listed = await stories(site);
  for (const language of Object.keys(paper.front)) {
    const newest = listed.filter((story) => story.language === language).map((story) => Date.parse(story.published_at));
    assert.ok(Date.now() - Math.max(...newest) < 3 * 60 * MINUTE_MS, language);
    assert.equal(listed.filter((story) => story.language === language && story.breaking).length, 1, language);
  }
  for (const { id } of listed.filter((story) => story.breaking)) {
    const { breaking_until: until } = await json(site, ['story', 'show', String(id)]);
    const days = (Date.parse(until) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30, until);
  }
  for (const [language, keys] of Object.entries(paper.front)) {
    const front = await json(site, ['front', 'show', '--lang', language]);
    const found = front.map(({ id }) => listed.find((story) => story.id === id).expected.key);
    assert.deepEqual(found, keys);
  }
});

test('the demo answers to every other name of a tag, and has its pages in three languages', async (t) => {
  const site = await startSite({ test: t, demo: true });
  const others = paper.tags.flatMap((tag) => tag.aliases.map((alias) => [tag.slug, alias]));
  assert.ok(others.length > 30);
  for (const [slug, alias] of others) {
    const answer = await get(`${site.url}/tag/${encodeURIComponent(alias)}`);
    assert.equal(answer.status, 301, alias);
    assert.equal(answer.headers.location, `/tag/${slug}`, alias);
  }
  for (const { slug, titles } of paper.pages)
    for (const [language, title] of Object.entries(titles)) {
      const answer = await get(`${site.url}${prefix(language)}/${slug}`);
      assert.equal(answer.status, 200, `${language} ${slug}`);
      assert.ok(answer.text.includes(title), title);
    }
  for (const [language, name] of Object.entries(paper.names)) {
    const answer = await get(`${site.url}${prefix(language) || '/'}`);
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes(name), language);
  }
  const { names, taglines } = await json(site, ['site', 'show']);
  assert.deepEqual({ names, taglines }, { names: paper.names, taglines: paper.taglines });
});

test('init --demo leaves everything as it was when it is refused or fails', async (t) => {
  const site = await makeSite({ test: t });
  await refused(site, ['init', site.dir, '--demo'], /there is a site in .* already/);
  assert.deepEqual(await json(site, ['story', 'list']), []);
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-demo-'));
  t.after(() => fs.rmSync(parent, { recursive: true, force: true }));
  const folder = path.join(parent, 'paper');
  await refused(site, ['init', folder, '--demo', '--name', 'Mine'], /--demo has its own name/, { code: 2 });
  await refused(site, ['init', folder, '--demo', '--url', 'ftp://news.example'], /http/);
  // The database may not grow past what its empty tables take.
  const full = await run(['prlimit', '--fsize=1000000', COURANT, 'init', folder, '--demo']);
  assert.equal(full.code, 1, full.stderr);
  assert.match(full.stderr, /^courant: .*the disk failed/m);
  assert.deepEqual(fs.readdirSync(parent), []);
});
