'use strict';
// Somebody was made twice, an agency has a name in each language: readers are led to the one, and no
// page says the old name once the desk's command has answered.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory } = require('../support');

const DATABASES = process.env.COURANT_TEST_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];
const pathOf = (url) => new URL(url).pathname;

for (const database of DATABASES) {
  describe(`On ${database}`, () => {
    let site;
    before(async () => { site = await startSite({ database }); });
    after(() => site.stop());

    const page = async (where, status = 200) => {
      const answer = await get(new URL(encodeURI(where), site.url));
      assert.strictEqual(answer.status, status, where);
      return answer;
    };
    const leadsTo = async (where, target) => assert.strictEqual((await page(where, 301)).headers.location, target, where);
    const count = (text, words) => text.split(words).length - 1;

    test('a byline that was made twice has one page, under both names', async () => {
      const english = await addStory(site, { headline: 'In English', byline: 'Layla Hasan' });
      const arabic = await addStory(site, { headline: 'بالعربية', lang: 'ar', byline: 'ليلى حسن' });
      await site.must(['byline', 'add', 'layla-hassan', '--name', 'Layla Hassan']);
      const seen = [english.url, arabic.url, '/feed.xml', '/ar/feed.xml', '/byline/layla-hasan'].map((url) => decodeURI(url).replace(site.url, ''));
      for (const where of [...seen, ...seen]) await page(where);
      await site.must(['byline', 'merge', 'layla-hasan', 'layla-hassan']);
      await site.must(['byline', 'merge', 'ليلى-حسن', 'layla-hassan']);
      for (const format of ['', '/feed.xml', '/feed.atom'])
        await leadsTo(`/byline/layla-hasan${format}`, `/byline/layla-hassan${format}`);
      await leadsTo('/ar/byline/ليلى-حسن', '/ar/byline/layla-hassan');
      for (const where of seen.slice(0, 4)) {
        const { text } = await page(where);
        assert.ok(!text.includes('Layla Hasan<'), where);
        assert.ok(text.includes(where.startsWith('/ar') ? 'ليلى حسن' : 'Layla Hassan'), where);
      }
      assert.ok((await page('/byline/layla-hassan')).text.includes(pathOf(english.url)));
      assert.ok((await page('/ar/byline/layla-hassan')).text.includes(pathOf(arabic.url)));
    });

    test('the agency’s credit stands once, in the story’s language', async () => {
      await site.must(['source', 'add', 'tigris-wire', '--name', 'Tigris Wire', '--name', 'ckb=تایگریس وایەر']);
      const kurdish = { lang: 'ckb', source: 'Tigris Wire' };
      const credited = [
        await addStory(site, { ...kurdish, headline: 'Credited', body: 'تایگریس وایەر/ باران باری.' }),
        await addStory(site, { ...kurdish, headline: 'Credited in English', body: 'Tigris Wire/ باران باری.' }),
      ];
      const plain = await addStory(site, { ...kurdish, headline: 'Plain', body: 'باران باری.' });
      for (const { url } of credited) {
        const { text } = await get(url);
        assert.match(text, /<span class="run-in-credit"><a href="\/ckb\/source\/tigris-wire">تایگریس وایەر<\/a>\/<\/span> باران/);
        assert.doesNotMatch(text, /class="source"/);
      }
      const { text } = await get(plain.url);
      assert.match(text, /<p class="source">[^<]*<a href="\/ckb\/source\/tigris-wire"><bdi>تایگریس وایەر<\/bdi><\/a><\/p>/);
      assert.doesNotMatch(text, /run-in-credit/);
      const { text: feed } = await page('/ckb/source/tigris-wire/feed.json');
      const [own, english, named] = [plain, credited[1], credited[0]].map(({ url }) => JSON.parse(feed).items.find((item) => item.url === url).content_html);
      assert.strictEqual(count(own, 'تایگریس وایەر'), 1);
      assert.strictEqual(count(english, 'تایگریس وایەر'), 0);
      assert.strictEqual(count(named, 'تایگریس وایەر'), 1);
      assert.match((await page('/ckb/source/tigris-wire')).text, /<h1[^>]*><bdi>تایگریس وایەر<\/bdi><\/h1>/);
    });

    test('two sources become one, and a text that begins with the former name has its credit', async () => {
      const story = await addStory(site, { source: 'The Wire & Co', body: 'The Wire & Co/ It rained.' });
      await get(story.url);
      await site.must(['source', 'merge', 'the-wire-co', 'tigris-wire']);
      assert.match((await get(story.url)).text, /<span class="run-in-credit"><a href="\/source\/tigris-wire">Tigris Wire<\/a>\/<\/span> It rained/);
      await leadsTo('/source/the-wire-co?before=9-9', '/source/tigris-wire?before=9-9');
      await leadsTo('/ckb/source/تایگریس-وایەر', '/ckb/source/tigris-wire');
    });

    test('another name with a space and a hyphen is found as an address writes it', async () => {
      await site.must(['tag', 'add', 'al-kazemi', '--name', 'Al-Kazemi']);
      await site.must(['tag', 'alias', 'add', 'al-kazemi', 'Mustafa al-Kadhimi']);
      for (const name of ['mustafa-al-kadhimi', 'Mustafa al-Kadhimi']) await leadsTo(`/tag/${name}`, '/tag/al-kazemi');
      await site.must(['tag', 'alias', 'remove', 'al-kazemi', 'Mustafa al-Kadhimi']);
      await page('/tag/mustafa-al-kadhimi', 404);
    });

    test('what is taken away is gone at once, and a story’s address outlives its section', async () => {
      const { id, url } = await addStory(site, { headline: 'Moved', section: 'Sprot', tags: ['Rian'] });
      const former = pathOf(url);
      for (const where of ['/sprot', '/tag/rian']) await page(where);
      const moved = await site.must(['story', 'edit', String(id), '--section', 'Sport', '--no-tags']);
      for (const where of ['/sprot', '/tag/rian']) await page(where);
      await site.must(['section', 'remove', 'sprot']);
      await site.must(['tag', 'remove', 'rian']);
      for (const where of ['/sprot', '/tag/rian']) await page(where, 404);
      await leadsTo(former, pathOf(moved.url));
    });

    test('a feed’s id is never another’s, though a row’s number may be given again', async () => {
      const idOf = async (slug) => /<id>(urn:[^<]+)<\/id>/.exec((await page(`/tag/${slug}/feed.atom`)).text)[1];
      const { id } = await addStory(site, { headline: 'Tagged', tags: ['Tow Rivers'] });
      const wrong = await idOf('tow-rivers');
      await site.must(['story', 'edit', String(id), '--no-tags']);
      await site.must(['tag', 'remove', 'tow-rivers']);
      await site.must(['story', 'edit', String(id), '--tag', 'Two Rivers']);
      assert.notStrictEqual(await idOf('two-rivers'), wrong);
    });
  });
}
