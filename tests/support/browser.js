'use strict';
// Debian's Chromium, driven by playwright-core; accessibility by axe-core.

const fs = require('node:fs');
const { chromium } = require('playwright-core');

const ARGS = [
  '--no-sandbox', // tests may run as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// The caller closes it; with a test's context it is closed at that test's end.
async function browser(test) {
  const opened = await chromium.launch({
    executablePath: process.env.COURANT_CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: ARGS,
  });
  if (test) test.after(() => opened.close());
  return opened;
}

let axeSource;

// The violations on a page, one line each: rule, what is wrong, where. Evaluated from outside, so
// that the page's Content-Security-Policy stays as it is.
async function axe(page) {
  axeSource ??= fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.html.slice(0, 200)}`));
}

// By how many pixels the page is wider than its window; 0 when nothing scrolls sideways.
function sidewaysScroll(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });
}

module.exports = { browser, axe, sidewaysScroll };
