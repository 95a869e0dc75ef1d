'use strict';
// The front page: what the desk put first, then what is newest, then the sections; whole with one
// story and with forty, each story once, in every width.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, addStory, browser, openPage, axe, sidewaysScroll } = require('../support');

let chromium;

before(async () => {
  chromium = await browser();
});
after(() => chromium?.close());

const SECTIONS = ['politics', 'economy', 'culture', 'climate', 'sport'];
const add = (site, number, options = {}) => addStory(site, {
  headline: `Story number ${number}`, slug: `n${number}`, section: SECTIONS[number % SECTIONS.length],
  publishedAt: `2021-07-${String(1 + Math.floor(number / 2)).padStart(2, '0')}T1${number % 2}:00`, standfirst: `Of story ${number}.`, ...options,
});
const numbers = (page, selector) => page.$$eval(selector, (links) => links.map(({ textContent }) => Number(/\d+/.exec(textContent)[0])));
const parts = async (page, site) => {
  await page.goto(`${site.url}/`);
  return {
    lead: await numbers(page, '.lead h3 a'), second: await numbers(page, '.second h3 a'),
    latest: await numbers(page, '.latest li a'), blocks: await numbers(page, '.block h3 a'),
  };
};

test('The front page is whole, with each story once, whatever their number', { timeout: 120_000 }, async (context) => {
  const site = await startSite({ test: context, name: 'The Two Rivers' });
  const { page, problems } = await openPage(chromium);
  let added = 0;
  for (const count of [1, 2, 3, 5, 9, 16, 40]) {
    while (added < count) await add(site, ++added);
    const found = await parts(page, site);
    const shown = Object.values(found).flat();
    assert.strictEqual(new Set(shown).size, shown.length, `${count}: a story is there twice: ${shown}`);
    assert.strictEqual(shown.length, count === 40 ? 30 : count, `${count}: ${JSON.stringify(found)}`);
    assert.deepStrictEqual(found.lead, [count]);
    const top = [...found.lead, ...found.second, ...found.latest];
    assert.deepStrictEqual(top, top.map((_, place) => count - place), 'the newest first');
    assert.strictEqual(await page.locator('.block').count(), await page.locator('.block .more a').count());
    assert.deepStrictEqual(await axe(page), []);
    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      assert.strictEqual(await sidewaysScroll(page), 0, `${count} stories, ${width} px`);
    }
  }
  const name = await page.textContent('.block h2');
  assert.strictEqual(await page.textContent('.block .more a'), `More from ${name}`);
  assert.deepStrictEqual(problems, []);
});

describe('The desk’s order', () => {
  let site;
  let page;
  const ids = [];
  before(async () => {
    site = await startSite({ name: 'The Two Rivers' });
    ({ page } = await openPage(chromium));
    for (let number = 1; number <= 12; number++) ids[number] = (await add(site, number)).id;
  });
  after(() => site?.stop());
  const front = (...those) => site.must(['front', 'set', '--lang', 'en', ...those.map((number) => String(ids[number]))]);

  test('leads, however old, and the newest follow', async () => {
    await front(3, 7, 2);
    const found = await parts(page, site);
    assert.deepStrictEqual([found.lead, found.second], [[3], [7, 2, 12, 11]]);
    assert.deepStrictEqual(found.latest.slice(0, 2), [10, 9]);
  });

  test('is shown as a whole, seven stories long', async () => {
    await front(1, 2, 3, 4, 5, 6, 7);
    const found = await parts(page, site);
    assert.deepStrictEqual([found.lead, found.second], [[1], [2, 3, 4, 5, 6, 7]]);
    assert.strictEqual(found.latest[0], 12);
  });

  test('gives way to what breaks after its lead, and to nothing older', async () => {
    await front(9, 4);
    await site.must(['story', 'edit', String(ids[5]), '--breaking']);
    assert.deepStrictEqual((await parts(page, site)).lead, [9]);
    await site.must(['story', 'edit', String(ids[11]), '--breaking']);
    const found = await parts(page, site);
    assert.deepStrictEqual([found.lead, found.second.slice(0, 2)], [[11], [9, 4]]);
  });
});
