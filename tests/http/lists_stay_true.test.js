'use strict';
// What lists, feeds and redirects say after something has changed, and where they lead at their
// ends: nobody is shown what is not so any more, or what was meant for another's question.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory } = require('../support');

let site;
const at = (where) => new URL(where, site.url).href;
const page = async (where, status = 200, options = {}) => {
  const answer = await get(at(where), options);
  assert.strictEqual(answer.status, status, where);
  return answer;
};
const pathOf = (url) => new URL(url).pathname;
const headlines = (html) => [...html.matchAll(/<h[23][^>]*><a href="[^"]+">([^<]+)<\/a>/g)].map(([, text]) => text);

before(async () => {
  site = await startSite();
  await addStory(site, { headline: 'An English word' });
  await addStory(site, { headline: 'خبر واحد', lang: 'ar', section: 'اقتصاد' });
}, { timeout: 120_000 });
after(() => site.stop());

describe('A kept page', () => {
  test('is never given for another address, whatever signs the words of a search have', async () => {
    await addStory(site, { headline: 'Rain over the harbour', section: 'climate' });
    const found = {
      '/search?q=harbour&section=sport': false,
      '/search?q=harbour?section=sport': false, // there is no word "sport"
      '/search?q=harbour?section=climate': false,
      '/search?q=harbour&section=climate': true,
      '/search?section=climate&q=harbour': true,
      '/search?q=harbour%26section%3Dclimate': false,
      '/search?q=harbour=rain': true,
      '/search?q=harbour&order=rain': true,
    };
    for (const order of [Object.keys(found), Object.keys(found).reverse()]) {
      await addStory(site, { headline: 'Nothing of that', section: 'sport' }); // which drops them all
      for (const where of order)
        assert.strictEqual((await page(where)).text.includes('<mark>harbour</mark>'), found[where], where);
    }
  });

  test('of related stories says what they are called now, and none that was withdrawn', async () => {
    const [first, second, third] = await Promise.all(['First', 'Second', 'Third'].map((name) =>
      addStory(site, { headline: `${name} of the kin`, tags: ['Kin'] })));
    const related = async () => [...(await page(first.url)).text.matchAll(/<li><a href="[^"]+" lang="en" dir="ltr">([^<]+ of the kin)</g)].map(([, text]) => text).sort();
    assert.deepStrictEqual(await related(), ['Second of the kin', 'Third of the kin']);
    await site.must(['story', 'edit', String(second.id), '--headline', 'Renamed of the kin']);
    assert.deepStrictEqual(await related(), ['Renamed of the kin', 'Third of the kin']);
    await site.must(['story', 'withdraw', String(third.id)]);
    assert.deepStrictEqual(await related(), ['Renamed of the kin']);
  });

  test('of a feed has the name that a tag was merged into', async () => {
    await addStory(site, { headline: 'On two spellings', section: 'merged', tags: ['Old Spelling'], byline: 'Nadia Merge' });
    await addStory(site, { headline: 'On one spelling', section: 'merged', tags: ['New Spelling'] });
    const feeds = ['/feed.xml', '/feed.json', '/all/feed.atom', '/merged/feed.xml', '/byline/nadia-merge/feed.xml'];
    for (const where of feeds) assert.match((await page(where)).text, /Old Spelling/, where);
    await site.must(['tag', 'merge', 'old-spelling', 'new-spelling']);
    for (const where of feeds) assert.doesNotMatch((await page(where)).text, /Old Spelling/, where);
  });

  test('of one second is not taken for the next one of it by who asks by date', async () => {
    let dated = 0;
    for (let round = 0; round < 12 || dated === 0; round++) {
      await addStory(site, { headline: `First of round ${round}` });
      const { headers, text } = await page('/feed.xml');
      await addStory(site, { headline: `Second of round ${round}` });
      const now = await page('/feed.xml');
      assert.notStrictEqual(now.text, text);
      const date = headers['last-modified'];
      dated += date !== undefined;
      if (date) await page('/feed.xml', 200, { headers: { 'If-Modified-Since': date } });
    }
  });
});

describe('A list', () => {
  test('of stories from before 1970 has all its pages', async () => {
    for (let number = 0; number < 25; number++)
      await addStory(site, { headline: `Old ${number}`, section: 'history', publishedAt: `1965-03-01T10:${String(number).padStart(2, '0')}` });
    const first = (await page('/history')).text;
    const older = /<a href="([^"]+)" rel="next">/.exec(first)[1];
    assert.match(older, /before=-\d+-\d+$/);
    const all = [...headlines(first), ...headlines((await page(older)).text)];
    assert.deepStrictEqual(all, Array.from({ length: 25 }, (_, number) => `Old ${24 - number}`));
  });

  test('without stories is not named to search engines, nor a day that has not come', async () => {
    await addStory(site, { headline: 'Only in English', tags: ['Coalition'], byline: 'Layth Mansour' });
    for (const where of ['/ar/tag/coalition', '/ar/byline/layth-mansour', '/1901/01/02']) {
      const { text } = await page(where);
      assert.match(text, /<meta name="robots" content="noindex">/, where);
      assert.doesNotMatch(text, /rel="canonical"|hreflang="x-default"/, where);
    }
    await page('/2999/01/01', 404);
    assert.match((await page('/tag/coalition')).text, /rel="canonical"/);
  });

  test('of a byline or a source is at one address, and has its feeds', async () => {
    await addStory(site, { headline: 'By both', byline: 'Dana Rash', source: 'Harbour Wire' });
    for (const name of ['Dana-Rash', 'DANA-RASH', 'dana%20rash'])
      assert.strictEqual((await page(`/byline/${name}?before=9-9`, 301)).headers.location, '/byline/dana-rash?before=9-9');
    for (const where of ['/byline/dana-rash', '/source/harbour-wire']) {
      const { text } = await page(where);
      assert.match(text, new RegExp(`<link rel="alternate" type="application/rss\\+xml"[^>]+href="${where}/feed.xml">`));
    }
  });

  test('leads to the feeds that no other page has', async () => {
    const home = (await page('/')).text;
    for (const where of ['/replies/feed.xml', '/all/feed.xml']) {
      assert.match(home, new RegExp(`<footer[^]*<a href="${where}"`), where);
      await page(where);
    }
    const story = await addStory(site, { headline: 'With replies' });
    assert.match((await page(story.url)).text, new RegExp(`<footer[^]*<a href="${pathOf(story.url)}/feed.xml"`));
  });

  test('ends with a way back to what was asked', async () => {
    const { text } = await page('/search?q=harbour&section=climate&before=1', 404);
    assert.match(text, /<a class="button" href="\/search\?q=harbour&amp;section=climate">/);
  });
});

describe('The replies to a story', () => {
  test('lead back to the story when there are no later ones, also from its former address', async () => {
    const story = await addStory(site, { headline: 'Before it moved' });
    const former = pathOf(story.url);
    const { text } = await page(`${former}?replies-after=99999`, 404);
    assert.match(text, new RegExp(`<a class="button" href="${former}">Back to the story</a>`));
    const { url } = await site.must(['story', 'edit', String(story.id), '--section', 'elsewhere']);
    assert.notStrictEqual(pathOf(url), former);
    assert.strictEqual((await page(`${former}?replies-after=54&other=1`, 301)).headers.location, `${pathOf(url)}?replies-after=54`);
  });
});
