'use strict';
// The pages that lead to stories, of the demo newspaper and in every language: checked as markup, for
// people who hear or enlarge them, on a small telephone, without JavaScript, and for parts that move.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { startSite, get, vnu, browser, openPage, axe, sidewaysScroll } = require('../support');

const KINDS = ['/search?q=2021', '/search?q=zzzz', '/byline/layth-mansour', '/source/two-rivers', '/2021/07/26', '/2021/07/01', '/2021/07', '/archive',
  '/archive?day=x', '/corrections', '/about', '/tag/al-kazemi', '/tag/al-kazemi?before=1-1'];
const PREFIXES = ['', '/ar', '/ckb'];

let site;
let chromium;
const pages = []; // addresses that answer with a page

before(async () => {
  [site, chromium] = await Promise.all([startSite({ demo: true }), browser()]);
  const lists = { byline: 'byline', source: 'source' };
  for (const name of Object.keys(lists)) lists[name] = (await site.must([name, 'list', '--json']))[0].slug;
  for (const prefix of PREFIXES)
    for (const kind of KINDS) {
      const path = kind.replace(/^\/(byline|source)\/.*/, (_, name) => `/${name}/${encodeURIComponent(lists[name])}`);
      pages.push(`${site.url}${prefix}${path}`);
    }
}, { timeout: 60_000 });
after(async () => {
  await chromium?.close();
  await site?.stop();
});

test('Every one is valid HTML', { timeout: 120_000 }, async () => {
  const html = {};
  for (const url of pages) {
    const answer = await get(url);
    assert.strictEqual(answer.status, url.includes('before=') ? 404 : 200, url);
    html[url] = answer.text;
  }
  assert.strictEqual(Object.keys(html).length, 39);
  assert.deepStrictEqual(await vnu(html), []);
});

test('None has an obstacle, scrolls sideways or moves while it loads, on a telephone', { timeout: 240_000 }, async () => {
  const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 } });
  await page.addInitScript(() => {
    window.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.moved += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const found = [];
  for (const url of pages) {
    await page.goto(url);
    found.push(...(await axe(page)).map((violation) => `${url}: ${violation}`));
    const pixels = await sidewaysScroll(page);
    if (pixels > 0) found.push(`${url}: ${pixels} px too wide`);
    const moved = await page.evaluate(() => window.moved);
    if (moved > 0) found.push(`${url}: moves by ${moved}`);
  }
  await context.close();
  assert.deepStrictEqual(found, []);
});

test('A search is asked, narrowed and paged without JavaScript', { timeout: 60_000 }, async () => {
  const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 }, javaScriptEnabled: false });
  await page.goto(`${site.url}/search`);
  await page.fill('#search-text', 'Baghdad');
  await page.click('main .search-line button');
  const all = await page.locator('.search-results article').count();
  assert.ok(all > 1, `${all} results`);
  await page.click('.search-narrow summary');
  await page.selectOption('#search-section', 'climate');
  await page.click('main .search-line button');
  const narrowed = await page.locator('.search-results article').count();
  assert.ok(narrowed > 0 && narrowed < all, `${narrowed} of ${all}`);
  await page.click('.search-results h3 a');
  assert.match(page.url(), /\/climate\/20\d\d\//);
  await context.close();
});
