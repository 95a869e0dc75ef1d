'use strict';
// A page that stays open: breaking news comes and goes, its story is changed and withdrawn, replies
// come in. Nothing moves of what is being read, and a reader who does not look is left alone.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, allOrNone, addStory, browser, openPage, axe, until } = require('../support');
const { Reader } = require('../support/replying');

const WORDS = {
  en: {
    updated: 'This story was updated.', show: 'Show the new version', corrected: 'This story was corrected.',
    withdrawn: 'This story was withdrawn.', one: '1 new reply', three: '3 new replies', close: 'Close',
  },
  ar: {
    updated: 'جرى تحديث هذا الخبر.', show: 'أظهر النسخة الجديدة', corrected: 'جرى تصحيح هذا الخبر.',
    withdrawn: 'سُحب هذا الخبر.', one: 'رد جديد واحد', three: '٣ ردود جديدة', close: 'أغلق',
  },
  ckb: {
    updated: 'ئەم ھەواڵە نوێکرایەوە.', show: 'وەشانە نوێیەکە پیشان بدە', corrected: 'ئەم ھەواڵە ڕاستکرایەوە.',
    withdrawn: 'ئەم ھەواڵە کشێنرایەوە.', one: 'یەک وەڵامی نوێ', three: '٣ وەڵامی نوێ', close: 'دایبخە',
  },
};

let site;
let chromium;
before(async () => {
  [site, chromium] = await allOrNone([startSite({ name: 'The Two Rivers' }), browser()]);
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

// A page whose stream has greeted; notes what moves from then on.
async function listening(context, url, options = {}) {
  const opened = await openPage(chromium, { viewport: { width: 360, height: 740 }, ...options });
  context.after(() => opened.context.close());
  const { page } = opened;
  await page.addInitScript(() => {
    globalThis.shifts = [];
    // Notes at the foot of the window make room for each other, over what is read.
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries()
      .flatMap(({ sources }) => sources.map(({ node }) => node))
      .filter((node) => !node?.parentElement?.closest('.live'))
      .map((node) => node?.className || node?.nodeName)))
      .observe({ type: 'layout-shift', buffered: true });
  });
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/events');
  await page.goto(url);
  assert.strictEqual((await stream).status(), 200);
  await page.evaluate(() => { globalThis.shifts = []; });
  return opened;
}
const streams = (requests) => requests.filter((request) => new URL(request.url()).pathname === '/events').length;
const note = (page, name) => page.locator(`.live-${name}`);
const moved = (page) => page.evaluate(() => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(globalThis.shifts)));
}));

async function reply(story, name) {
  const reader = new Reader(name);
  const sent = await reader.send(site.url, { storyId: story.id, key: await reader.key(site.url, story.id), text: `From ${name}.` });
  reader.leave();
  assert.ok(sent.accepted, `the reply is answered ${sent.status}`);
  return sent.accepted;
}

const paragraphs = Array.from({ length: 12 }, (_, i) => `Paragraph ${i} has some words to read, and a few more.`).join('\n\n');

for (const [lang, words] of Object.entries(WORDS)) {
  test(`Breaking news, a new version and new replies come while a story is read, in ${lang}`, async (context) => {
    const story = await addStory(site, { headline: 'The gate', body: paragraphs, lang });
    const { page, problems } = await listening(context, story.url);
    // The bar comes and goes.
    const breaking = await addStory(site, { headline: 'A fire in the harbour', lang, breaking: true });
    const link = note(page, 'breaking').getByRole('link', { name: 'A fire in the harbour' });
    await link.waitFor();
    assert.strictEqual(await link.getAttribute('href'), new URL(breaking.url).pathname);
    // Replies, counted on a line of their own.
    const line = page.locator('.new-replies');
    await reply(story, 'Dana');
    await line.getByRole('button', { name: words.one }).waitFor();
    const hidden = await reply(story, 'Lana');
    await reply(story, 'Sara');
    await line.getByRole('button', { name: words.three }).waitFor();
    await site.must(['reply', 'hide', String(hidden)]);
    await line.getByRole('button', { name: words.three }).waitFor({ state: 'detached' });
    await reply(story, 'Hana');
    await line.getByRole('button', { name: words.three }).waitFor();
    // A new version.
    await site.must(['story', 'edit', String(story.id), '--headline', 'The gate opens']);
    await note(page, 'story').getByText(words.updated).waitFor();
    assert.deepStrictEqual(await axe(page), []);
    await site.must(['story', 'edit', String(breaking.id), '--no-breaking']);
    await note(page, 'breaking').waitFor({ state: 'detached' });
    assert.deepStrictEqual(await moved(page), [], 'the page moved');
    // The replies are put below those that are there, and what was begun is kept.
    await page.fill('#reply-form textarea', 'Half a thought');
    await line.getByRole('button').click();
    await page.locator('.reply').nth(2).waitFor();
    assert.deepStrictEqual(await page.locator('.reply-text').allInnerTexts(), ['From Dana.', 'From Sara.', 'From Hana.']);
    assert.strictEqual(await page.evaluate(() => document.activeElement.textContent.includes('From Dana.')), true);
    assert.strictEqual((await line.innerText()).trim(), '');
    assert.strictEqual(await page.inputValue('#reply-form textarea'), 'Half a thought');
    // The new version shows what is new in it.
    await note(page, 'story').getByRole('button', { name: words.show }).click();
    await page.locator('.changed-show').waitFor();
    assert.strictEqual(await page.locator('h1').innerText(), 'The gate opens');
    assert.strictEqual(await page.inputValue('#reply-form textarea'), 'Half a thought');
    assert.strictEqual(await note(page, 'story').count(), 0);
    assert.deepStrictEqual(problems, []);
  });
}

test('A correction leads to its note, and a story that is withdrawn says so', async (context) => {
  const story = await addStory(site, { headline: 'The day', body: paragraphs });
  const { page } = await listening(context, story.url);
  await site.must(['story', 'correct', String(story.id), '--text', 'The day was wrong.']);
  await note(page, 'story').getByText(WORDS.en.corrected).waitFor();
  const again = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/events');
  await note(page, 'story').getByRole('button', { name: WORDS.en.show }).click();
  await page.locator('#corrections').getByText('The day was wrong.').waitFor();
  assert.strictEqual(new URL(page.url()).hash, '#corrections');
  await again;
  await site.must(['story', 'withdraw', String(story.id)]);
  await note(page, 'story').getByText(WORDS.en.withdrawn).waitFor();
  await note(page, 'story').getByRole('button', { name: WORDS.en.close }).click();
  assert.strictEqual(await note(page, 'story').count(), 0);
});

test('The bar that came with the page keeps its room when its news is over', async (context) => {
  const breaking = await addStory(site, { headline: 'An earthquake', breaking: true });
  const story = await addStory(site, { headline: 'Beside it', body: paragraphs });
  const { page } = await listening(context, story.url);
  assert.strictEqual(await page.locator('.breaking-bar').isVisible(), true);
  assert.strictEqual(await note(page, 'breaking').count(), 0, 'the bar shows it already');
  // A second one comes beside it, and the reader closes it.
  const second = await addStory(site, { headline: 'A second one', breaking: true });
  await note(page, 'breaking').getByText('A second one').waitFor();
  assert.ok(!(await note(page, 'breaking').innerText()).includes('An earthquake'));
  await note(page, 'breaking').getByRole('button', { name: WORDS.en.close }).click();
  assert.strictEqual(await note(page, 'breaking').count(), 0);
  await site.must(['story', 'edit', String(second.id), '--no-breaking']);
  await site.must(['story', 'edit', String(breaking.id), '--no-breaking']);
  await until(async () => !(await page.locator('.breaking-bar').isVisible()), 'the bar has gone');
  assert.deepStrictEqual(await moved(page), []);
});

test('A breaking story ends by the server’s clock, without a word from it', async (context) => {
  const { page, context: window } = await listening(context, site.url);
  await window.clock.install();
  await page.goto(site.url);
  await page.clock.runFor(2000);
  const breaking = await addStory(site, { headline: 'For six hours', breaking: true });
  // It leads the front page from now on, but this page does not know it yet.
  await note(page, 'breaking').getByText('For six hours').waitFor();
  await page.clock.fastForward('05:58:00');
  assert.strictEqual(await note(page, 'breaking').count(), 1);
  await page.clock.fastForward('00:04:00');
  await note(page, 'breaking').waitFor({ state: 'detached' });
  await site.must(['story', 'edit', String(breaking.id), '--no-breaking']);
});

describe('A page', () => {
  test('that is out of sight gives its connection back, and hears what it missed', async (context) => {
    const story = await addStory(site, { headline: 'Left alone', body: paragraphs });
    const { page, requests } = await listening(context, story.url);
    const show = (state) => page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
    await show('hidden');
    // Another page of the site opens: this one makes room at once.
    const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('/events'));
    await page.evaluate(() => window.dispatchEvent(new StorageEvent('storage', { key: 'courant.live' })));
    await ended;
    await reply(story, 'Meanwhile');
    assert.strictEqual(await page.locator('.new-replies button').count(), 0);
    await show('visible');
    await page.locator('.new-replies').getByText(WORDS.en.one).waitFor();
    assert.strictEqual(streams(requests), 2);
    assert.match(requests.at(-1).url(), /since=[0-9a-f]{16}-\d+/);
  });

  test('whose server was restarted looks once what it missed', async (context) => {
    const story = await addStory(site, { headline: 'Through a restart', body: paragraphs });
    const { page, requests } = await listening(context, story.url);
    const address = new URL(site.url).host;
    await site.drain();
    await site.courant(['story', 'edit', String(story.id), '--headline', 'After the restart']);
    requests.length = 0;
    await site.start({ listen: address });
    await note(page, 'story').getByText(WORDS.en.updated).waitFor({ timeout: 20_000 });
    assert.deepStrictEqual(requests.filter((request) => request.url() === story.url).length, 1);
  });

  test('that is no story hears the site’s news alone', async (context) => {
    await site.must(['page', 'set', 'about', '--title', 'About us', '--body', '-'], 'We are a newspaper.');
    for (const where of ['/', '/about', '/archive']) {
      const { requests, problems } = await listening(context, `${site.url}${where}`);
      const asked = new URL(requests.find((request) => request.url().includes('/events')).url());
      assert.strictEqual(asked.searchParams.has('story'), false, where);
      assert.deepStrictEqual(problems, []);
    }
  });

  test('of a reader who saves data has no stream', async (context) => {
    const opened = await openPage(chromium);
    context.after(() => opened.context.close());
    await opened.page.addInitScript(() => {
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
    });
    await opened.context.clock.install();
    await opened.page.goto(site.url, { waitUntil: 'load' });
    await opened.page.clock.runFor(10_000);
    assert.strictEqual(streams(opened.requests), 0);
    assert.deepStrictEqual(opened.problems, []);
  });
});
