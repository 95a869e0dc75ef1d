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

// A page of a context of its own, with what went wrong on it: console errors, exceptions, failed
// requests and whatever the Content-Security-Policy stopped; and all that it asked for.
async function openPage(opened, options = {}) {
  const context = await opened.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  const problems = [];
  const requests = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error}`));
  page.on('requestfailed', (request) => {
    // A page that is left while its icon is still on the way ends that request: no fault of the site.
    const { errorText } = request.failure();
    if (errorText !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()} ${errorText}`);
  });
  page.on('request', (request) => requests.push(request));
  return { context, page, problems, requests };
}

let axeSource;

// The violations on a page, one line each: rule, what is wrong, where; of all rules, or of those
// named. Evaluated from outside, so that the page's Content-Security-Policy stays as it is.
async function axe(page, rules) {
  axeSource ??= fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  const { violations } = await page.evaluate((runOnly) => globalThis.axe.run(document, runOnly ? { runOnly } : {}), rules);
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

module.exports = { browser, openPage, axe, sidewaysScroll };
