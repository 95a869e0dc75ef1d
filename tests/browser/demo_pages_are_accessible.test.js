'use strict';
// Every kind of page of the demo newspaper, in every language: checked as markup, for people who hear
// or enlarge it, in light and in the dark, on a small telephone.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { allOrNone, vnu, browser, openPage, axe, sidewaysScroll } = require('../support');
const { demoPages } = require('../support/demo');

const OF_COLOURS = ['color-contrast', 'link-in-text-block']; // the rules of axe that the dark can break

let demo;
let chromium;

before(async () => {
  [demo, chromium] = await allOrNone([demoPages({ binary: process.env.COURANT_RELEASE }), browser()]);
}, { timeout: 120_000 });
after(async () => {
  await chromium?.close();
  await demo?.stop();
});

const nameOf = ({ lang, kind }) => `${lang}, ${kind}`;

test('Every one is valid HTML', { timeout: 120_000 }, async () => {
  assert.strictEqual(demo.pages.length, 111);
  assert.deepStrictEqual(await vnu(Object.fromEntries(demo.pages.map((page) => [nameOf(page), page.html]))), []);
});

test('None has an obstacle or scrolls sideways on a telephone, in light or in the dark', { timeout: 240_000 }, async () => {
  const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 } });
  // What answers a form has no address: it is shown under one.
  let shown;
  await context.route('**/shown', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: shown }));
  const found = [];
  for (const one of demo.pages.filter(({ isAlike }) => !isAlike)) {
    shown = one.html;
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(new URL(one.path ?? '/shown', demo.site.url).href);
    const pixels = await sidewaysScroll(page);
    if (pixels > 0) found.push(`${nameOf(one)}: ${pixels} px too wide`);
    found.push(...(await axe(page)).map((violation) => `${nameOf(one)}: ${violation}`));
    await page.emulateMedia({ colorScheme: 'dark' });
    found.push(...(await axe(page, OF_COLOURS)).map((violation) => `${nameOf(one)}, dark: ${violation}`));
  }
  await context.close();
  assert.deepStrictEqual(found, []);
});
