'use strict';
// A reader whose browser runs no script: on every kind of page, in every language, nothing is offered
// that does nothing, every link leads somewhere, and every form does what it says.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { allOrNone, get, browser, openPage } = require('../support');
const { demoPages, DEMO_LANGUAGES } = require('../support/demo');

const PATH_OF_STORY = /\/sport\/2020\/02\/02\/ferry-\d+$/;

let demo;
let chromium;
let window;

before(async () => {
  [demo, chromium] = await allOrNone([demoPages({ binary: process.env.COURANT_RELEASE }), browser()]);
  window = await openPage(chromium, { viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
}, { timeout: 120_000 });
after(async () => {
  await chromium?.close();
  await demo?.stop();
});

const pageOf = (lang, kind) => demo.pages.find((page) => page.lang === lang && page.kind === kind);
const go = (path) => window.page.goto(new URL(path, demo.site.url).href);
const pathOf = () => decodeURI(new URL(window.page.url()).pathname);

test('No control is shown that does nothing', { timeout: 120_000 }, async () => {
  const { page } = window;
  const found = [];
  for (const { lang, kind, html, isAlike } of demo.pages) {
    if (isAlike) continue;
    await page.setContent(html.replace('<head>', `<head><base href="${demo.site.url}">`));
    // Playwright's own script still looks at a page that runs none.
    const idle = await page.locator('button, [role=button], [onclick], a, label, input, select, textarea').evaluateAll((controls) => controls
      .filter((control) => control.checkVisibility())
      .filter((control) => {
        if (control.tagName === 'A') return !control.hasAttribute('href') || control.getAttribute('href') === '#';
        if (control.tagName === 'LABEL') return !control.control;
        if (control.tagName === 'BUTTON') return !control.form || control.type !== 'submit';
        // A size of the text works by style alone.
        return !control.form && control.name !== 'text-size';
      }).map((control) => control.outerHTML.slice(0, 120)));
    found.push(...idle.map((markup) => `${lang}, ${kind}: ${markup}`));
  }
  assert.deepStrictEqual(found, []);
});

test('Every link of every page leads to one, and to the place on it that it names', { timeout: 120_000 }, async () => {
  const links = new Map(); // address without its place → the places, and where the link stands
  const at = demo.site.url;
  const found = [];
  for (const { lang, kind, html } of demo.pages) {
    for (const [, written] of html.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)) {
      const url = new URL(written.replaceAll('&amp;', '&'), at);
      const place = decodeURIComponent(url.hash.slice(1));
      if (url.origin !== new URL(at).origin) continue;
      if (written.startsWith('#')) {
        if (!html.includes(` id="${place}"`)) found.push(`${lang}, ${kind}: the page has no place “${place}”`);
        continue;
      }
      url.hash = '';
      if (!links.has(url.href)) links.set(url.href, new Map());
      links.get(url.href).set(place, `${lang}, ${kind}`);
    }
  }
  assert.ok(links.size > 200, `${links.size} addresses`);
  const answered = new Map(demo.pages.filter(({ path }) => path).map(({ path, status, html }) => [new URL(path, at).href, { status, text: html }]));
  for (const [url, places] of links) {
    const { status, text } = answered.get(url) ?? await get(url);
    for (const [place, where] of places) {
      if (status >= 400) found.push(`${where}: ${url} is answered ${status}`);
      if (place !== '' && !text.includes(` id="${place}"`)) found.push(`${where}: ${url} has no place “${place}”`);
    }
  }
  assert.deepStrictEqual(found, []);
});

for (const [lang, { prefix, ferry, headline, kept }] of Object.entries(DEMO_LANGUAGES)) {
  describe(`In ${lang}`, () => {
    test('a search is asked, narrowed, paged and left for a story', async () => {
      const { page } = window;
      await go(pageOf(lang, 'search').path);
      await page.fill('#search-text', ferry);
      await page.click('main .search-line button');
      const results = () => page.locator('.search-results article').count();
      assert.strictEqual(await results(), 20);
      await page.click('.pages a[rel="next"]');
      const rest = await results();
      assert.ok(rest > 0 && rest < 20, `${rest} results on the second page`);
      await page.click('.pages a:not([rel])');
      assert.strictEqual(await results(), 20);
      assert.strictEqual(await page.locator('#search-section').isVisible(), false);
      await page.click('.search-narrow summary');
      await page.selectOption('#search-section', 'sport');
      await page.fill('#search-from', '2020-02-02');
      await page.fill('#search-until', '2020-02-02');
      await page.selectOption('#search-order', 'relevance');
      await page.click('main .search-line button');
      assert.strictEqual(await page.inputValue('#search-until'), '2020-02-02');
      assert.strictEqual(await page.locator('#search-section').isVisible(), true, 'what narrows a search is hidden');
      assert.strictEqual(await results(), 20);
      await page.fill('#search-until', '2020-02-01');
      await page.fill('#search-from', '2020-02-01');
      await page.click('main .search-line button');
      assert.strictEqual(await results(), 0);
      await page.goBack();
      await page.click('.search-results h3 a');
      assert.match(pathOf(), PATH_OF_STORY);
    });

    test('a search is asked in the masthead and on a page that is not there', async () => {
      const { page } = window;
      await page.setViewportSize({ width: 1280, height: 800 });
      await go(pageOf(lang, 'home').path);
      await page.fill('#masthead-words', ferry);
      await page.click('.masthead-search button');
      assert.strictEqual(await page.locator('.search-results article').count(), 20);
      await page.setViewportSize({ width: 360, height: 740 });
      await go(pageOf(lang, 'not found').path);
      await page.fill('#error-search', ferry);
      await page.click('main .search-line button');
      assert.strictEqual(await page.locator('.search-results article').count(), 20);
      await go(pageOf(lang, 'home').path);
      await page.click('.search-link');
      assert.strictEqual(pathOf(), `${prefix}/search`);
    });

    test('a list is read to its end, a day is asked for, and what lies past an end leads back', async () => {
      const { page } = window;
      for (const kind of ['section', 'tag', 'byline', 'source', 'day']) {
        await go(pageOf(lang, kind).path);
        assert.strictEqual(await page.locator('main article').count(), 20, kind);
        await page.click('.pages a[rel="next"]');
        assert.ok((await page.locator('main article').count()) > 0, kind);
        await go(pageOf(lang, `${kind}, past its end`).path);
        await page.click('.error-page p:nth-last-child(2) a.button');
        assert.strictEqual(pathOf(), pageOf(lang, kind).path);
      }
      await go(pageOf(lang, 'archive').path);
      await page.fill('#archive-day', '2020-02-02');
      await page.click('.day-form button');
      assert.strictEqual(pathOf(), `${prefix}/2020/02/02`);
    });

    test('the switch of languages leads to the others, and back', async () => {
      const { page } = window;
      for (const kind of ['home', 'tag', 'standing page about', 'archive']) {
        const { path } = pageOf(lang, kind);
        for (const [other] of Object.entries(DEMO_LANGUAGES).filter(([code]) => code !== lang)) {
          await go(path);
          await page.click(`.languages a[hreflang="${other}"]`);
          assert.strictEqual(pathOf(), pageOf(other, kind).path, `${kind} in ${other}`);
          assert.strictEqual(await page.getAttribute('html', 'lang'), other);
          await page.click(`.languages a[hreflang="${lang}"]`);
          assert.strictEqual(pathOf(), path);
        }
      }
    });

    test('the text has five sizes', async () => {
      const { page } = window;
      await go(pageOf(lang, 'story').path);
      const size = () => page.$eval('.story-body p', (paragraph) => parseFloat(getComputedStyle(paragraph).fontSize));
      const press = (kind) => page.locator(`.text-size label.${kind}`).filter({ visible: true }).click();
      const sizes = [];
      for (const kind of ['normal', 'smaller', 'smaller', 'larger', 'larger', 'larger', 'larger']) {
        await press(kind);
        sizes.push(await size());
      }
      const [normal, small, smallest, , , large, largest] = sizes;
      assert.ok(smallest < small && small < normal && normal < large && large < largest, `${sizes}`);
    });

    test('a reply that is refused keeps its words, and is checked, changed, sent and shown', async () => {
      const { page } = window;
      await go(pageOf(lang, 'story without replies').path);
      await page.fill('#reply-text', kept);
      await page.fill('#reply-name', '…');
      await page.fill('#reply-email', 'reader@localhost');
      await page.click('.reply-form [type=submit]');
      assert.strictEqual(await page.locator('.form-problem li').count(), 2);
      assert.strictEqual(await page.inputValue('#reply-text'), kept);
      await page.fill('#reply-name', 'Reader');
      await page.fill('#reply-email', 'reader@example.org');
      await page.fill('#reply-website', 'example.org');
      await page.click('.reply-form [type=submit]');
      // The form that said what was wrong has a key, the one under the story has none.
      if (await page.locator('.confirm-form').count() > 0) await page.click('.confirm-form [type=submit]');
      assert.match(page.url(), /\/ferry-7#reply-\d+$/);
      assert.strictEqual((await page.locator('.reply-text').last().innerText()).trim(), kept);

      await page.fill('#reply-text', `${kept} 1`);
      await page.fill('#reply-name', 'Reader');
      await page.fill('#reply-email', 'reader@example.org');
      await page.click('.reply-form [type=submit]');
      assert.strictEqual(await page.locator('#reply-text').isVisible(), false);
      await page.click('.change summary');
      await page.fill('#reply-text', `${kept} 2`);
      await page.click('.change [type=submit]');
      await page.click('.confirm-form [type=submit]');
      assert.match(page.url(), /\/ferry-7#reply-\d+$/);
      assert.deepStrictEqual((await page.locator('.reply-text').allInnerTexts()).map((text) => text.trim()), [kept, `${kept} 2`]);
    });

    test('every story of the front page is opened, and its section', async () => {
      const { page } = window;
      await go(pageOf(lang, 'home').path);
      const lead = page.locator('.lead h3 a');
      const title = await lead.textContent();
      await lead.click();
      assert.strictEqual(await page.textContent('h1'), title);
      await page.click('.story-head .kicker a');
      assert.strictEqual(await page.locator('.sections [aria-current="page"]').count(), 1);
      assert.ok(headline.length > 0 && (await page.locator('main article').count()) > 0);
    });
  });
}
