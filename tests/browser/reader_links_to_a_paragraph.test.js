'use strict';
// A reader copies the link to one paragraph, with the mouse, a finger or the keyboard, and whoever
// follows it comes to that paragraph, even when the story has changed since.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, allOrNone, get, addStory, browser, openPage, axe } = require('../support');

const PARAGRAPHS = Array.from({ length: 12 }, (_, n) => `Paragraph number ${n + 1}: ${'some words that fill its lines '.repeat(6)}.`);

let site;
let chromium;
let story;

before(async () => {
  [site, chromium] = await allOrNone([startSite({ name: 'The Two Rivers' }), browser()]);
  story = await addStory(site, { body: PARAGRAPHS.join('\n\n') });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

async function reader(context, options = {}) {
  const opened = await openPage(chromium, { permissions: ['clipboard-read', 'clipboard-write'], ...options });
  context.after(() => opened.context.close());
  await opened.page.goto(story.url);
  return opened;
}
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const idsOf = (page) => page.$$eval('.story-body > p', (list) => list.map(({ id }) => id));
const status = (page) => page.locator('.story-status').textContent();

test('Every paragraph has an address, without JavaScript too', async () => {
  const ids = [...(await get(story.url)).text.matchAll(/<p id="(p\d+-[0-9a-f]{4})">/g)].map(([, id]) => id);
  assert.deepStrictEqual(ids.map((id) => id.split('-')[0]), PARAGRAPHS.map((_, n) => `p${n + 1}`));
  assert.strictEqual(new Set(ids).size, 12);
});

describe('The link to a paragraph', () => {
  test('is copied with the mouse', async (context) => {
    const { page, problems } = await reader(context);
    const button = page.locator('.paragraph-link');
    assert.strictEqual(await button.evaluate((element) => getComputedStyle(element).opacity), '0', 'nobody asked for it yet');
    await page.hover('.story-body > p:nth-child(3)');
    assert.strictEqual(await button.evaluate((element) => getComputedStyle(element).opacity), '1');
    await button.click();
    const [, , id] = await idsOf(page);
    assert.strictEqual(await copied(page), `${story.url}#${id}`);
    assert.strictEqual(await status(page), 'The link to paragraph 3 is copied');
    assert.strictEqual(page.url(), `${story.url}#${id}`);
    assert.deepStrictEqual(problems, []);
  });

  test('is copied with a finger, which disturbs neither links nor a selection', async (context) => {
    const { page } = await reader(context, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await page.locator('.story-body > p').nth(1).tap();
    const button = page.locator('.paragraph-link.shown');
    assert.ok(await button.evaluate((element) => {
      const { left, right, width, height } = element.getBoundingClientRect();
      return left >= 0 && right <= innerWidth && width >= 44 && height >= 44;
    }));
    assert.deepStrictEqual(await axe(page), []);
    await button.tap();
    assert.strictEqual(await copied(page), `${story.url}#${(await idsOf(page))[1]}`);
    await page.locator('.story-body > p').nth(3).tap();
    await page.locator('.story-body > p').nth(3).tap();
    assert.strictEqual(await button.count(), 0, 'a second tap puts it away');
  });

  test('is one stop of the Tab key, and the arrow keys go from paragraph to paragraph', async (context) => {
    const { page } = await reader(context);
    const stops = [];
    while (stops.filter((name) => name === 'skip').length < 2) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate(() => document.activeElement.className));
    }
    assert.strictEqual(stops.filter((name) => name.startsWith('paragraph-link')).length, 1);
    await page.focus('.paragraph-link');
    assert.strictEqual(await page.getAttribute('.paragraph-link', 'aria-label'), 'Copy the link to paragraph 1');
    await page.keyboard.press('ArrowUp');
    for (let press = 0; press < 11; press++) await page.keyboard.press('ArrowDown');
    assert.strictEqual(await page.getAttribute('.paragraph-link', 'aria-label'), 'Copy the link to paragraph 12');
    assert.strictEqual(await status(page), 'Copy the link to paragraph 12');
    assert.ok(await page.$eval('.story-body > p:nth-child(12)', (element) => element.getBoundingClientRect().bottom <= innerHeight));
    await page.keyboard.press('Enter');
    assert.strictEqual(await copied(page), `${story.url}#${(await idsOf(page))[11]}`);
    assert.deepStrictEqual(await axe(page), []);
  });

  test('stands in the address where nothing can be copied', async (context) => {
    const { page } = await reader(context, { permissions: [] });
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined }));
    await page.reload();
    await page.focus('.paragraph-link');
    await page.keyboard.press('Enter');
    assert.strictEqual(page.url(), `${story.url}#${(await idsOf(page))[0]}`);
    assert.strictEqual(await status(page), 'The address of this page now leads to paragraph 1');
  });

  test('leaves the words of the story alone', async (context) => {
    const { page } = await reader(context);
    await page.hover('.story-body > p:nth-child(3)');
    assert.deepStrictEqual(await page.$$eval('.story-body > p', (list) => list.map((paragraph) => paragraph.textContent)), PARAGRAPHS.map((words) => words.replace(/ +/g, ' ')));
  });

  test('leads there after the story has changed: by its words, else by its number', async (context) => {
    const moving = await addStory(site, { body: PARAGRAPHS.join('\n\n'), slug: 'moving' });
    const { page } = await reader(context);
    await page.goto(moving.url);
    const [, , , fourth, fifth] = await idsOf(page);
    const changed = ['A new first one.', ...PARAGRAPHS];
    changed[5] = 'The fifth in quite other words.';
    await site.must(['story', 'edit', String(moving.id), '--body', '-'], changed.join('\n\n'));
    const target = async (id) => {
      await page.goto('about:blank');
      await page.goto(`${moving.url}#${id}`);
      await page.waitForFunction(() => document.querySelector('.story-body p:target'));
      return page.$eval('.story-body p:target', (paragraph) => [paragraph.textContent.trim(), Math.round(paragraph.getBoundingClientRect().top)]);
    };
    const [words, top] = await target(fourth);
    assert.strictEqual(words, PARAGRAPHS[3]);
    assert.ok(top >= 0 && top < 800, `it is ${top} px from the top`);
    assert.strictEqual((await target(fifth))[0], changed[4].trim(), 'the number is all that is left');
    await page.goto(`${moving.url}#p99-0000`);
    assert.strictEqual(await page.locator('.story-body p:target').count(), 0);
  });
});
