'use strict';
// What Lighthouse says of the demo newspaper's pages, in every language: for people who use them by
// other means than the eye, for what browsers ask of a sound page, and for search engines.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { startSite, allOrNone, get } = require('../support');

const CATEGORIES = ['accessibility', 'best-practices', 'seo'];

let site;
let chrome;
let lighthouse;

before(async () => {
  const launcher = await import('chrome-launcher');
  ({ default: lighthouse } = await import('lighthouse'));
  [site, chrome] = await allOrNone([
    startSite({ demo: true }),
    launcher.launch({
      chromePath: process.env.COURANT_CHROMIUM || '/usr/bin/chromium',
      chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'],
    }),
  ]);
}, { timeout: 60_000 });
after(async () => {
  chrome?.kill();
  await site?.stop();
});

// What falls short on a page: "seo 92: document-title: Document has no title".
async function shortcomings(url) {
  const { lhr } = await lighthouse(url, {
    port: chrome.port, onlyCategories: CATEGORIES, logLevel: 'silent', throttlingMethod: 'provided', disableFullPageScreenshot: true,
  });
  assert.strictEqual(lhr.runtimeError, undefined, url);
  assert.deepStrictEqual(Object.keys(lhr.categories), CATEGORIES);
  return Object.values(lhr.categories).filter(({ score }) => score !== 1).map(({ id, score, auditRefs }) => {
    const failed = auditRefs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 1);
    return `${decodeURI(url)}: ${id} ${Math.round(score * 100)}: ${failed.map((audit) => `${audit.id}: ${audit.title}`).join(', ')}`;
  });
}

for (const prefix of ['', '/ar', '/ckb']) {
  test(`Every kind of page has 100 for accessibility, best practices and search engines, under ${prefix || '/'}`, { timeout: 200_000 }, async () => {
    const home = await get(`${site.url}${prefix || '/'}`);
    const [, story] = /<h3[^>]*><a href="([^"]+\/20\d\d\/[^"]+)"/.exec(home.text);
    const found = [];
    const others = prefix === '' ? ['/politics', '/search'] : [];
    for (const path of [prefix || '/', story, ...others])
      found.push(...(await shortcomings(new URL(path, site.url).href)));
    assert.deepStrictEqual(found, []);
  });
}
