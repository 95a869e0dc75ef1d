'use strict';
// No kind of page moves while it loads: in every language, on a telephone and on a desk, with a style
// sheet that comes after the page and scripts that come after its first paint, and for a reader whom
// the page remembers: a larger text, a story that has changed since, a reply that was begun.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { allOrNone, browser, openPage } = require('../support');
const { demoPages, DEMO_LANGUAGES } = require('../support/demo');

const AT_ONCE = 3;
const HEIGHT = 6000; // all of a page is in view: a shift below the first screen counts
const WIDTHS = [360, 1280];

let demo;
let chromium;

before(async () => {
  [demo, chromium] = await allOrNone([demoPages({ binary: process.env.COURANT_RELEASE }), browser()]);
}, { timeout: 120_000 });
after(async () => {
  await chromium?.close();
  await demo?.stop();
});

// A window that notes what moves. The style sheet is let through when the page is there, a script
// when it has been painted.
async function slowWindow(width) {
  const { context, page } = await openPage(chromium, { viewport: { width, height: HEIGHT } });
  let came;
  let painted;
  await page.exposeFunction('hasPainted', () => painted.resolve());
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value, sources }) =>
      `${value.toFixed(4)} ${sources.map(({ node }) => node?.className || node?.nodeName).join(' ')}`)))
      .observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver(() => globalThis.hasPainted()).observe({ type: 'paint', buffered: true });
  });
  page.on('requestfinished', (request) => request.isNavigationRequest() && came.resolve());
  await page.route('**/assets/**', async (route) => {
    const kind = route.request().resourceType();
    if (kind === 'stylesheet') await came.promise;
    if (kind === 'script') await painted.promise;
    await route.continue();
  });
  const open = async (url) => {
    [came, painted] = [promise(), promise()];
    await page.goto(url);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    return page.evaluate(() => globalThis.shifts);
  };
  return { page, open, close: () => context.close() };
}

function promise() {
  let resolve;
  return { promise: new Promise((done) => { resolve = done; }), resolve };
}

for (const width of WIDTHS) {
  test(`No page moves, ${width} px wide`, { timeout: 200_000 }, async () => {
    const found = [];
    const left = demo.pages.filter((page) => page.path && !page.isAlike);
    const look = async () => {
      const { open, close } = await slowWindow(width);
      for (let next = left.pop(); next; next = left.pop()) {
        const shifts = await open(new URL(next.path, demo.site.url).href);
        if (shifts.length > 0) found.push(`${next.lang}, ${next.kind}: ${shifts.join('; ')}`);
      }
      await close();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    assert.deepStrictEqual(found, []);
  });
}

for (const lang of Object.keys(DEMO_LANGUAGES)) {
  test(`Nor does a story for who has read it before, in ${lang}`, { timeout: 100_000 }, async () => {
    const { path } = demo.pages.find((page) => page.lang === lang && page.kind === 'story without replies');
    const url = new URL(path, demo.site.url).href;
    const windows = await Promise.all(WIDTHS.map(slowWindow));
    for (const { page, open } of windows) {
      assert.deepStrictEqual(await open(url), []);
      await page.locator('.text-size label.larger').filter({ visible: true }).click();
      await page.locator('#reply-text').pressSequentially('Begun');
    }
    const id = await windows[0].page.getAttribute('.story', 'data-story');
    await demo.site.must(['story', 'edit', id, '--body', '-'], 'Another paragraph than the one that was there.');
    for (const { page, open, close } of windows) {
      assert.deepStrictEqual(await open(url), []);
      assert.strictEqual(await page.locator('.changed').isVisible(), true, 'the page does not say that it has changed');
      assert.strictEqual(await page.isChecked('#text-size-4'), true, 'the size of the text is forgotten');
      assert.strictEqual(await page.inputValue('#reply-text'), 'Begun', 'what was begun is forgotten');
      assert.strictEqual(await page.locator('.draft-note').isVisible(), true);
      await close();
    }
  });
}
