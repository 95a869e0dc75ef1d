'use strict';
// The whole journey of a story on PostgreSQL: everything else is the same program.

const assert = require('node:assert');
const { describe, test } = require('node:test');
const { startSite, get, addPage, samplePages, replyForm, repliesOn } = require('../support');

const SKIP = process.env.COURANT_TEST_POSTGRES ? false : 'COURANT_TEST_POSTGRES is not set: ./dev test sets it';

describe('On PostgreSQL', { skip: SKIP }, () => {
  test('a story is published, edited, replied to once, and all is there after a restart', async (context) => {
    const site = await startSite({ test: context, database: 'postgres' });
    const stories = [];
    for (const sample of samplePages()) stories.push({ ...sample, ...(await addPage(site, sample)) });
    for (const { url, lang, page } of stories) {
      const home = new URL(lang === 'en' ? '/' : `/${lang}`, site.url);
      assert.ok((await get(home)).text.includes(page.headline.trim()));
      const { text } = await get(url);
      for (const paragraph of page.paragraphs.slice(1)) assert.ok(text.includes(`">${paragraph}</p>`), paragraph);
    }
    const [story] = stories;
    await site.must(['story', 'edit', String(story.id), '--headline', 'Another headline']);
    assert.ok((await get(`${site.url}/`)).text.includes('Another headline'));

    const form = await replyForm(site, story);
    const answers = await Promise.all(Array.from({ length: 10 }, () => form.send({ text: 'Once, please.' })));
    assert.deepStrictEqual(new Set(answers.map(({ status }) => status)), new Set([303]));
    assert.strictEqual(repliesOn((await get(story.url)).text).length, 1);

    const path = new URL(story.url).pathname;
    const before = await get(story.url);
    await site.kill9();
    await site.restart();
    const after = await get(new URL(path, site.url));
    assert.strictEqual(after.status, 200);
    assert.deepStrictEqual(repliesOn(after.text), repliesOn(before.text));
    assert.ok(after.text.includes('Another headline'));

    await site.must(['story', 'withdraw', String(story.id)]);
    assert.strictEqual((await get(new URL(path, site.url))).status, 410);
  });

  test('many edits and replies at once all end well', async (context) => {
    const site = await startSite({ test: context, database: 'postgres' });
    const [sample] = samplePages();
    const story = await addPage(site, sample);
    const edits = Array.from({ length: 8 }, (_, index) =>
      site.must(['story', 'edit', String(story.id), '--standfirst', `Standfirst number ${index}`]));
    const replies = Array.from({ length: 24 }, async (_, index) =>
      (await replyForm(site, story)).send({ text: `At once ${index}.` }));
    await Promise.all(edits);
    for (const answer of await Promise.all(replies)) assert.strictEqual(answer.status, 303);
    const { text } = await get(story.url);
    assert.strictEqual(repliesOn(text).length, 24);
    assert.match(text, /Standfirst number \d/);
    assert.strictEqual((await site.must(['story', 'show', String(story.id)])).revision, 9);
  });
});
