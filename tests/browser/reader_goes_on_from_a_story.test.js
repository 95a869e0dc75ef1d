'use strict';
// Where a story leads: to the same story in another language, to those who wrote it, to what is
// related, and, by the browser's own sheet, to other people.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, allOrNone, get, addStory, browser, openPage, axe } = require('../support');

let site;
let chromium;
let english;
let arabic;
let kurdish;
let alone;

before(async () => {
  [site, chromium] = await allOrNone([startSite({ name: 'The Two Rivers' }), browser()]);
  english = await addStory(site, { headline: 'The gate opens', byline: 'Rana Saleh', tags: ['Gate', 'Harbour'], source: 'Tidewire' });
  for (const name of ['Sam Ali', 'Lana Amin']) await site.must(['byline', 'add', name.toLowerCase().replace(' ', '-'), '--name', `en=${name}`]);
  await site.must(['story', 'edit', String(english.id), '--byline', 'Rana Saleh', '--byline', 'Sam Ali', '--byline', 'Lana Amin']);
  arabic = await addStory(site, { headline: 'تفتح البوابة', lang: 'ar', translationOf: english.id, tags: ['بوابة'] });
  kurdish = await addStory(site, { headline: 'دەروازە دەکرێتەوە', lang: 'ckb', translationOf: english.id });
  alone = await addStory(site, { headline: 'A story of its own', tags: ['Gate'], section: 'harbour' });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

async function reader(context, options) {
  const opened = await openPage(chromium, options);
  context.after(() => opened.context.close());
  return opened;
}
const hrefs = (page, selector) => page.$$eval(selector, (links) => links.map(({ href }) => href));
const alternates = (page) => page.$$eval('link[rel="alternate"][hreflang]', (links) => links.map(({ hreflang, href }) => [hreflang, href]));

describe('The same story in another language', () => {
  test('is where the switch leads, and what search engines are told', async (context) => {
    const { page, problems } = await reader(context);
    const all = [['ar', arabic.url], ['ckb', kurdish.url], ['en', english.url], ['x-default', english.url]];
    for (const [story, others] of [[english, [arabic, kurdish]], [arabic, [kurdish, english]], [kurdish, [arabic, english]]]) {
      await page.goto(story.url);
      assert.deepStrictEqual(await hrefs(page, '.languages a'), others.map(({ url }) => url));
      assert.deepStrictEqual(await hrefs(page, '.translations a'), others.map(({ url }) => url));
      assert.deepStrictEqual(await alternates(page), all);
      assert.strictEqual(await page.locator('meta[property="og:locale:alternate"]').count(), 2);
      for (const width of [360, 500, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const tops = await page.$$eval('.translations a', (links) => links.map((link) => link.getBoundingClientRect().top));
        assert.strictEqual(new Set(tops).size, 1, `${story.url} at ${width}: the languages stand in one line`);
      }
    }
    await page.locator('.translations a[hreflang="ar"]').click();
    assert.strictEqual(await page.textContent('h1'), 'تفتح البوابة');
    assert.deepStrictEqual(problems, []);
  });

  test('is a translation to machines: of what was there first', async (context) => {
    const { page } = await reader(context);
    const article = async (url) => {
      await page.goto(url);
      return JSON.parse(await page.textContent('script[type="application/ld+json"]'))[0];
    };
    const original = await article(english.url);
    assert.deepStrictEqual(original.workTranslation.map((work) => [work['@id'], work.inLanguage]), [[arabic.url, 'ar'], [kurdish.url, 'ckb']]);
    assert.deepStrictEqual(original.author.map(({ name }) => name), ['Rana Saleh', 'Sam Ali', 'Lana Amin']);
    assert.strictEqual(original.isAccessibleForFree, true);
    const translation = await article(arabic.url);
    assert.deepStrictEqual(translation.translationOfWork.map((work) => work['@id']), [english.url]);
    assert.strictEqual(translation.workTranslation, undefined);
  });

  test('is the front page of that language where the story is not told in it', async (context) => {
    const { page } = await reader(context);
    await page.goto(alone.url);
    assert.deepStrictEqual(await hrefs(page, '.languages a'), [`${site.url}/ar`, `${site.url}/ckb`]);
    assert.strictEqual(await page.locator('.translations').count(), 0);
    assert.deepStrictEqual(await alternates(page), []);
  });

  test('goes for the front pages too', async (context) => {
    const { page } = await reader(context);
    for (const path of ['/', '/ar', '/ckb']) {
      await page.goto(site.url + path);
      assert.deepStrictEqual(await alternates(page), [['ar', `${site.url}/ar`], ['ckb', `${site.url}/ckb`], ['en', `${site.url}/`], ['x-default', `${site.url}/`]]);
    }
  });
});

test('Those who wrote it are named in the language’s own way, each with a page', async (context) => {
  const { page } = await reader(context);
  await page.goto(english.url);
  assert.strictEqual(await page.textContent('.byline'), 'By Rana Saleh, Sam Ali and Lana Amin');
  assert.deepStrictEqual(await hrefs(page, '.byline a'), ['rana-saleh', 'sam-ali', 'lana-amin'].map((slug) => `${site.url}/byline/${slug}`));
  assert.deepStrictEqual(await hrefs(page, '.source a'), [`${site.url}/source/tidewire`]);
});

test('Related stories are those that share its tags', async (context) => {
  const { page } = await reader(context);
  await page.goto(alone.url);
  assert.deepStrictEqual(await hrefs(page, '.related a'), [english.url]);
  assert.deepStrictEqual(await axe(page), []);
  assert.ok(!(await get(kurdish.url)).text.includes('class="related"'), 'what has no tags is related to nothing');
});

describe('Sharing', () => {
  const withShare = (page, answer) => page.addInitScript((name) => {
    globalThis.shared = [];
    Navigator.prototype.share = (what) => {
      globalThis.shared.push(what);
      return name ? Promise.reject(new DOMException('no', name)) : Promise.resolve();
    };
  }, answer);

  test('opens the browser’s own sheet with headline and address', async (context) => {
    const { page, problems } = await reader(context);
    await withShare(page);
    await page.goto(`${english.url}?utm_source=x`);
    await page.getByRole('button', { name: 'Share' }).click();
    assert.deepStrictEqual(await page.evaluate(() => globalThis.shared), [{ title: 'The gate opens', url: english.url }]);
    assert.strictEqual(await page.textContent('.story-status'), '');
    assert.deepStrictEqual(problems, []);
  });

  test('that the reader breaks off does nothing else', async (context) => {
    const { page, problems } = await reader(context);
    await withShare(page, 'AbortError');
    await page.goto(english.url);
    await page.getByRole('button', { name: 'Share' }).click();
    assert.strictEqual(await page.textContent('.story-status'), '');
    assert.deepStrictEqual(problems, []);
  });

  test('copies the address where there is no sheet, and says so', async (context) => {
    const { page } = await reader(context, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.addInitScript(() => { Navigator.prototype.share = undefined; });
    await page.goto(english.url);
    await page.getByRole('button', { name: 'Share' }).click();
    const said = page.getByRole('status').filter({ hasText: 'The link is copied' });
    await said.waitFor();
    assert.strictEqual(await page.evaluate(() => navigator.clipboard.readText()), english.url);
  });

  test('is not offered where neither can be done, nor without JavaScript', async (context) => {
    const { page } = await reader(context);
    await page.addInitScript(() => {
      Navigator.prototype.share = undefined;
      Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });
    });
    await page.goto(english.url);
    assert.strictEqual(await page.locator('.share').count(), 0);
    const plain = await reader(context, { javaScriptEnabled: false });
    await plain.page.goto(english.url);
    assert.strictEqual(await plain.page.locator('.share, .paragraph-link').count(), 0);
    assert.strictEqual(await plain.page.locator('.changed').isVisible(), false);
  });
});
