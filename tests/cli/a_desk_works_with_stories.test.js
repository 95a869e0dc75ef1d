'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { PLACES, done, json, refused, addStory, STORY, BODY } = require('./journey');

for (const { place, make } of PLACES) {
  describe(`the desk's commands, ${place}`, () => {
    test('a story is added, published, changed, corrected and withdrawn', async (t) => {
      const site = await make({ test: t });
      const base = site.url || 'http://127.0.0.1:8080';
      const draft = await addStory(site, []);
      assert.deepEqual(draft, { id: draft.id, url: null, status: 'draft' });
      assert.equal(await done(site, ['story', 'show', String(draft.id), '--json']).then((text) => JSON.parse(text).published_at),
        '2021-07-23T14:39:00+03:00');

      const id = String(draft.id);
      const published = await json(site, ['story', 'publish', id]);
      assert.deepEqual(published,
        { id: draft.id, url: `${base}/politics/2021/07/23/bridge-opens`, status: 'published' });

      await json(site, ['story', 'edit', id, '--headline', 'Old bridge opens', '--no-tags', '--breaking']);
      let shown = await json(site, ['story', 'show', id]);
      assert.equal(shown.headline, 'Old bridge opens');
      assert.deepEqual(shown.tags, []);
      assert.equal(shown.source, 'Tigris Wire');
      assert.ok(Date.parse(shown.breaking_until) > Date.now());
      assert.match(shown.body, /<p>.*The bridge is open\.<\/p>\s*<p>It was closed for a year\.<\/p>/s);

      await json(site, ['story', 'edit', id, '--no-breaking', '--tag', 'Karkh']);
      await json(site, ['story', 'correct', id, '--text', 'It was closed for two years.', '--kind', 'clarification',
        '--body', '-'], 'The bridge is open.\n\nIt was closed for two years.\n');
      shown = await json(site, ['story', 'show', id]);
      assert.equal(shown.breaking_until, null);
      assert.deepEqual(shown.tags.map((tag) => tag.name), ['Karkh']);
      assert.deepEqual(shown.corrections.map(({ kind, text }) => [kind, text]),
        [['clarification', 'It was closed for two years.']]);
      assert.match(shown.body, /two years/);

      const text = await done(site, ['story', 'show', id]);
      assert.match(text, /^headline +Old bridge opens$/m);
      assert.match(text, /^published +2021-07-23 14:39$/m);
      assert.match(text, /^clarification of \d{4}-.*: It was closed for two years\.$/m);

      assert.equal((await json(site, ['story', 'withdraw', id])).status, 'withdrawn');
      assert.equal((await json(site, ['story', 'publish', id])).status, 'published');
    });

    test('edit --publish publishes a draft in the same go', async (t) => {
      const site = await make({ test: t });
      const { id } = await addStory(site, []);
      const story = await json(site, ['story', 'edit', String(id), '--byline', 'Layla Hasan', '--publish']);
      assert.equal(story.status, 'published');
      assert.equal((await json(site, ['story', 'show', String(id)])).byline, 'Layla Hasan');
    });

    test('stories are listed by section, tag, status and language, and paged', async (t) => {
      const site = await make({ test: t });
      const first = await addStory(site);
      const second = await json(site, ['story', 'add', '--headline', 'جسر قديم', '--section', 'politics', '--lang', 'ar',
        '--published-at', '2021-07-24T10:00', '--body', '-', '--publish'], 'نص الخبر.');
      const third = await json(site, ['story', 'add', '--headline', 'A draft', '--section', 'Culture', '--body', '-'], 'Text.');
      const ids = async (...args) => (await json(site, ['story', 'list', ...args])).map((story) => story.id);
      assert.deepEqual((await ids()).sort(), [first.id, second.id, third.id].sort());
      assert.deepEqual(await ids('--status', 'published'), [second.id, first.id]);
      assert.deepEqual(await ids('--status', 'draft'), [third.id]);
      assert.deepEqual(await ids('--status', 'withdrawn'), []);
      assert.deepEqual(await ids('--lang', 'ar'), [second.id]);
      assert.deepEqual(await ids('--section', 'culture'), [third.id]);
      assert.deepEqual(await ids('--tag', 'white-house'), [first.id]);
      assert.deepEqual(await ids('--status', 'published', '--limit', '1'), [second.id]);
      assert.deepEqual(await ids('--status', 'published', '--before', String(second.id)), [first.id]);
      const all = await ids();
      assert.deepEqual(await ids('--before', String(all[0])), all.slice(1));

      const table = (await done(site, ['story', 'list'])).trimEnd().split('\n');
      assert.equal(table.length, 4);
      assert.match(table[0], /^ID +STATUS +PUBLISHED +LANG +SECTION +HEADLINE$/);
      assert.ok(table.some((line) => /^\d+ +published +2021-07-23 14:39 +en +politics +Bridge opens$/.test(line)));
      assert.equal(await done(site, ['story', 'list', '--status', 'withdrawn']), 'There are no such stories.\n');
    });

    test('sections, tags and sources are made and listed', async (t) => {
      const site = await make({ test: t });
      const section = await json(site, ['section', 'add', 'world', '--name', 'World', '--name', 'ar=العالم']);
      assert.deepEqual(await json(site, ['section', 'list']), [{ id: section.id, slug: 'world', name: 'World' }]);
      const tag = await json(site, ['tag', 'add', 'x-y', '--name', 'x=y']);
      assert.deepEqual(await json(site, ['tag', 'list']), [{ id: tag.id, slug: 'x-y', name: 'x=y' }]);
      const source = await json(site, ['source', 'add', 'Tigris Wire']);
      assert.deepEqual(await json(site, ['source', 'list']), [{ id: source.id, name: 'Tigris Wire' }]);
      assert.match(await done(site, ['section', 'list']), /^ID +SLUG +NAME\n\d+ +world +World\n$/);
      assert.match(await done(site, ['source', 'list']), /^ID +NAME\n\d+ +Tigris Wire\n$/);
      assert.match(await done(site, ['section', 'add', 'world', '--name', 'Globe', '--name', 'ar=عالم']),
        /^Section world is now called Globe, ar: عالم\.\n$/);
      assert.deepEqual(await json(site, ['section', 'list']), [{ id: section.id, slug: 'world', name: 'Globe' }]);
      await refused(site, ['section', 'add', 'other', '--name', 'globe'], /another section called "globe"/);
      await refused(site, ['section', 'add', 'sport', '--name', 'fr=Sport'],
        /fr is not a language that Courant speaks: take ar, ckb or en; for a name with = in it write en=fr=Sport$/m);
      await json(site, ['tag', 'add', 'fr-sport', '--name', 'en=fr=Sport']);
      await refused(site, ['section', 'add', 'tag', '--name', 'Tag'], /tag/);
      await refused(site, ['section', 'add', 'x'], /--name is missing; courant section add --help/, { code: 2 });
    });

    test('replies are added, listed, hidden and shown', async (t) => {
      const site = await make({ test: t });
      const { id } = await addStory(site);
      const add = (name, text, ...more) => json(site,
        ['reply', 'add', '--story', String(id), '--name', name, '--email', 'reader@example.org', '--text', '-', ...more], text);
      const first = await add('Sara', 'Good news.\nAt last.', '--website', 'https://example.org/sara');
      const second = await add('علي', 'متى يفتح؟', '--at', '2021-07-23T20:00');
      assert.deepEqual(first, { id: first.id, story: id, status: 'visible' });
      assert.deepEqual((await json(site, ['reply', 'hide', String(first.id)])).status, 'hidden');
      const ids = async (...args) => (await json(site, ['reply', 'list', ...args])).map((reply) => reply.id);
      assert.deepEqual(await ids(), [second.id]);
      assert.deepEqual(await ids('--hidden', '--story', String(id)), [second.id, first.id]);
      assert.deepEqual(await ids('--hidden', '--after', String(first.id)), [second.id]);
      assert.deepEqual(await ids('--hidden', '--limit', '1'), [second.id]);
      assert.deepEqual(await ids('--hidden', '--limit', '1', '--before', String(second.id)), [first.id]);
      assert.deepEqual(await ids('--hidden', '--story', String(id), '--before', String(second.id)), [first.id]);
      assert.equal((await json(site, ['reply', 'show', String(first.id)])).status, 'visible');
      const [, reply] = await json(site, ['reply', 'list']);
      assert.equal(reply.text, 'Good news.\nAt last.');
      assert.ok(Math.abs(Date.parse(reply.created_at) - Date.now()) < 60_000);
      assert.equal((await json(site, ['reply', 'list', '--after', String(first.id)]))[0].created_at, '2021-07-23T20:00:00+03:00');
      assert.equal(reply.website, 'https://example.org/sara');
      assert.match(await done(site, ['reply', 'list']), /^\d+ +\d+ +visible +[\d :-]+ +Sara +Good news\. At last\.$/m);
      await refused(site, ['reply', 'hide', '999'], /999|no .*reply/);
      await refused(site, ['reply', 'add', '--story', '999', '--name', 'A', '--email', 'a@example.org', '--text', '-'],
        /story/, { stdin: 'Text.' });
      await refused(site, ['reply', 'add', '--story', String(id), '--name', 'A', '--email', 'nobody', '--text', '-'],
        /--email: /, { stdin: 'Text.' });
    });

    test('hostile words are refused in a sentence', async (t) => {
      const site = await make({ test: t });
      const add = (headline, ...more) => ['story', 'add', '--headline', headline, '--section', 'politics', '--body', '-', ...more];
      const stdin = 'Text.';
      await refused(site, add('x'.repeat(10_000)), /headline/i, { stdin });
      await refused(site, add('a\u0007b'), /headline/i, { stdin });
      await refused(site, add('a\nb'), /headline/i, { stdin });
      await refused(site, add(' '), /headline/i, { stdin });
      await refused(site, add('Good', '--tag', 'x'.repeat(5000)), /tag|name/i, { stdin });
      await refused(site, add('Good', '--published-at', 'yesterday'), /--published-at: .*2021-07-23T14:39/, { stdin });
      await refused(site, add('Good', '--published-at', '2999-01-01T00:00', '--publish'), /future|schedule/, { stdin });
      await refused(site, add('Good'), /the text is larger than 524288 bytes/, { stdin: 'x'.repeat(600_000) });
      await refused(site, add('Good'), /UTF-8/, { stdin: Buffer.from([0x61, 0xff, 0x62]) });
      await refused(site, add('Good', '--format', 'html'), /deep|nest/, { stdin: '<blockquote>'.repeat(5000) });
      assert.deepEqual(await json(site, ['story', 'list']), []);
    });

    test('what is not there is refused in a sentence', async (t) => {
      const site = await make({ test: t });
      for (const args of [['story', 'show', '7'], ['story', 'edit', '7', '--headline', 'x'], ['story', 'publish', '7'],
        ['story', 'withdraw', '7'], ['story', 'correct', '7', '--text', 'x']])
        await refused(site, args, /no story|story 7/i);
      await refused(site, ['story', 'list', '--section', 'nowhere'], /section/);
      await refused(site, ['story', 'list', '--tag', 'nothing'], /tag/);
      await refused(site, ['story', 'list', '--before', '7'], /story/);
      const { id } = await addStory(site, []);
      await refused(site, ['story', 'correct', String(id), '--text', 'x'], /publish/);
      await refused(site, ['story', 'withdraw', String(id)], /publish/);
    });

    test('wrong usage is exit code 2 and says how to get help', async (t) => {
      const site = await make({ test: t });
      const wrong = [
        [['story', 'show', 'x'], /ID is a number from 1 on, and not "x"; courant story show --help says more/],
        [['story', 'show', '0'], /ID is a number/],
        [['story', 'show', '99999999999999999999'], /ID is a number/],
        [['story', 'edit', '1'], /it is not said what to change/],
        [['story', 'edit', '1', '--tag', 'a', '--no-tags'], /exclude each other/],
        [['story', 'edit', '1', '--breaking', '--no-breaking'], /exclude each other/],
        [['story', 'correct', '1'], /--text is missing/],
        [['story', 'correct', '1', '--text', 'x', '--kind', 'lie'], /--kind is correction, clarification or update/],
        [['story', 'add', '--section', 'a', '--body', '-'], /--headline is missing/],
        [['story', 'add', '--headline', 'a', '--body', '-'], /--section is missing/],
        [['story', 'add', '--headline', 'a', '--section', 'a'], /--body is missing/],
        [[...STORY, '--format', 'rtf'], /--format is text or html/],
        [['story', 'list', '--status', 'lost'], /--status is draft, published or withdrawn/],
        [['story', 'list', '--lang', 'xx'], /--lang is/],
        [['story', 'list', '--limit', '0'], /--limit is a number from 1 to 1000/],
        [['reply', 'list', '--story', '-1'], /--story is a number/],
        [['reply', 'add', '--story', '1'], /--name is missing/],
        [['routes', 'politics'], /PATH begins with \//],
      ];
      for (const [args, sentence] of wrong) await refused(site, args, sentence, { code: 2, stdin: BODY });
    });

    test('a body comes from a file of the caller', async (t) => {
      const site = await make({ test: t });
      const file = path.join(site.temporary, 'body.txt');
      fs.writeFileSync(file, 'From a file.\n');
      const add = (name) => ['story', 'add', '--headline', 'Files', '--section', 'a', '--body', name];
      const { id } = await json(site, add(file));
      assert.match((await json(site, ['story', 'show', String(id)])).body, /From a file\./);
      await refused(site, add(`${file}.absent`), /body\.txt\.absent can't be read: No such file/);
      await refused(site, add(site.temporary), /can't be read: Is a directory/);
    });

    test('the site and its routes can be asked for', async (t) => {
      const site = await make({ test: t });
      const shown = await json(site, ['site', 'show']);
      assert.equal(shown.name, 'The Test Courant');
      assert.equal(shown.timezone, 'Asia/Baghdad');
      assert.equal(shown.server, site.url !== null);
      assert.equal(shown.url, `${site.url || 'http://127.0.0.1:8080'}/`);
      const [route] = await json(site, ['routes', '/ar/politics/2021/07/23/x']);
      assert.equal(route.handler, 'story_get');
      assert.match(route.place, /^src\/site\/routes\.c:\d+$/);
      assert.match(await done(site, ['routes']), /^GET +\/tag\/\{tag\} +tag_get +readers +kept +- +site\/tag +src\/site\/routes\.c:\d+$/m);
      await refused(site, ['routes', '/a/b/c'], /no route answers \/a\/b\/c/);
    });
  });
}
