'use strict';
// Lighthouse in Debian's Chromium, on every kind of page of the demo newspaper that has an address, in
// every language: accessibility, best practices and SEO must be 100.

const { Skip, inParts, prove, scaled, withSite } = require('../support/proof');
const { demoPages, DEMO_LANGUAGES } = require('../support/demo');

const CATEGORIES = ['accessibility', 'best-practices', 'seo'];
const CHROME = process.env.COURANT_CHROMIUM || '/usr/bin/chromium';

// A part of the proof begins with these.
const FIRST = ['home', 'story', 'section', 'search'];
const LEAST = 3;

// Three audits ask for what a page is not to have: one that says noindex should be found by search
// engines, one that is not there should be there, and Chromium should have written nothing about it.
const EXCUSES = {
  'is-crawlable': ({ page }) => page.html.includes('<meta name="robots" content="noindex">'),
  'http-status-code': ({ page }) => page.status >= 400,
  'errors-in-console': ({ page, url, audit }) => page.status >= 400 && audit.details.items.every(({ sourceLocation }) => sourceLocation.url === url),
};

// What Lighthouse says of a page: { lang, kind, scores, failed, excused }.
async function measure({ lighthouse, chrome }, site, page) {
  const url = new URL(page.path, site.url).href;
  const { lhr } = await lighthouse(url, {
    port: chrome.port, onlyCategories: CATEGORIES, ignoreStatusCode: true, logLevel: 'silent', throttlingMethod: 'provided', disableFullPageScreenshot: true,
  });
  if (lhr.runtimeError) throw new Error(`${page.path}: ${lhr.runtimeError.message}`);
  const failed = [];
  const excused = [];
  const scores = CATEGORIES.map((name) => {
    let [sum, weights] = [0, 0];
    for (const { id, weight } of lhr.categories[name].auditRefs) {
      const audit = lhr.audits[id];
      if (audit.score === null) continue;
      const isExcused = audit.score < 1 && EXCUSES[id]?.({ page, url, audit });
      if (isExcused) excused.push(id);
      else if (audit.score < 1 && weight > 0) failed.push(`${id}: ${audit.title}`);
      if (!isExcused) [sum, weights] = [sum + weight * audit.score, weights + weight];
    }
    return Math.round((100 * sum) / weights);
  });
  return { lang: page.lang, kind: page.kind, scores, failed, excused, version: lhr.lighthouseVersion };
}

async function main(tools, { site, pages }) {
  const addressed = pages.filter(({ path }) => path);
  const kinds = [...new Set([...FIRST, ...addressed.map(({ kind }) => kind)])];
  kinds.length = scaled(kinds.length, LEAST);
  // A part of the proof takes each kind in another language.
  const languages = Object.keys(DEMO_LANGUAGES);
  const isIn = ({ kind, lang }) => scaled(1, 0) === 1 || languages.indexOf(lang) === kinds.indexOf(kind) % languages.length;
  const chosen = addressed.filter((page) => kinds.includes(page.kind) && isIn(page));
  const results = await inParts(chosen.length, (number) => measure(tools, site, chosen[number]));
  const wrong = results.filter(({ scores, failed }) => failed.length > 0 || scores.some((score) => score !== 100));
  if (wrong.length > 0)
    throw new Error(wrong.map(({ lang, kind, scores, failed }) => `${lang}, ${kind}: ${scores}: ${failed.join(', ')}`).join('\n'));
  const rows = kinds.map((kind) => {
    const of = results.filter((one) => one.kind === kind);
    return `| ${kind} | ${of.map(({ scores }) => scores.join(' · ')).join(' | ')} | ${[...new Set(of.flatMap(({ excused }) => excused))].join(', ')} |`;
  });
  console.log(`Lighthouse ${results[0].version} gave each of ${results.length} pages of the demo newspaper 100 for accessibility, 100
for best practices and 100 for SEO. What is left out asks for what a page is not to have: is-crawlable
where it says noindex (results of searches, pages further on in a list, forms, what is not there), and,
of what is not there, http-status-code and the line that Chromium writes about that status.

| page | ${Object.keys(DEMO_LANGUAGES).join(' | ')} | left out |
|---|---|---|---|---|
${rows.join('\n')}`);
}

prove(async () => {
  const launcher = await import('chrome-launcher');
  const { default: lighthouse } = await import('lighthouse');
  let chrome;
  try {
    chrome = await launcher.launch({ chromePath: CHROME, chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
  } catch (error) {
    throw new Skip(`Chromium does not start: ${error.message}`);
  }
  try {
    const demo = await demoPages({ binary: process.env.COURANT_RELEASE });
    await withSite(demo.site, () => main({ lighthouse, chrome }, demo));
  } finally {
    chrome.kill();
  }
});
