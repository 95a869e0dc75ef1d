'use strict';
// A reader comes back to a story that has changed: the page says so, and shows which words, from
// what this browser alone remembers. Nothing moves while it does, and nothing is sent.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, allOrNone, addStory, browser, openPage, axe } = require('../support');

const LANGUAGES = {
  en: {
    headline: 'The gate will open in March', standfirst: 'The board has met.',
    first: 'The harbour board has set the day: 3 March.', second: 'Fishermen had asked for an earlier one.',
    edited: 'The harbour board has set the day: 9 March.', day: '23 July 2021', clock: '14:39',
    words: ['3', '9'], removed: 'Removed: ', added: 'Added: ', show: 'Show what changed', hide: 'Hide what changed',
  },
  ar: {
    headline: 'تفتح البوابة في آذار', standfirst: 'اجتمع المجلس.',
    first: 'حدد مجلس الميناء موعداً هو ٣ آذار.', second: 'وكان الصيادون قد طلبوا موعداً أقرب.',
    edited: 'حدد مجلس الميناء موعداً هو ٩ آذار.', day: '٢٣ تموز ٢٠٢١', clock: '١٤:٣٩',
    words: ['٣', '٩'], removed: 'حُذف: ', added: 'أُضيف: ', show: 'أظهر ما تغيّر', hide: 'أخفِ ما تغيّر',
  },
  ckb: {
    headline: 'دەروازەکە لە ئازاردا دەکرێتەوە', standfirst: 'ئەنجومەن کۆبووەوە.',
    first: 'ئەنجومەنی بەندەر ڕۆژی ٣ی ئازاری دیاری کرد.', second: 'ماسیگرەکان داوای ڕۆژێکی زووتریان کردبوو.',
    edited: 'ئەنجومەنی بەندەر ڕۆژی ٩ی ئازاری دیاری کرد.', day: '٢٠٢١', clock: '١٤:٣٩',
    words: ['٣ی', '٩ی'], removed: 'سڕایەوە: ', added: 'زیادکرا: ', show: 'گۆڕانکارییەکان پیشان بدە', hide: 'گۆڕانکارییەکان بشارەوە',
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

const add = (of, options = {}) =>
  addStory(site, { headline: of.headline, standfirst: of.standfirst, body: `${of.first}\n\n${of.second}`, slug: `s${Math.random()}`.replace('.', ''), ...options });
const edit = (story, body, ...args) => site.must(['story', 'edit', String(story.id), '--body', '-', ...args], body);

const READ_AT = new Date('2021-07-23T14:39:00+03:00');

// A browser of one reader, far from the site: times are the site's all the same, which notes what moves on its pages. With `clock` its time stands still
// until it is moved.
async function reader(context, { clock = false, ...options } = {}) {
  const opened = await openPage(chromium, { viewport: { width: 360, height: 740 }, timezoneId: 'Pacific/Auckland', ...options });
  context.after(() => opened.context.close());
  if (clock) await opened.page.clock.install({ time: READ_AT });
  else await opened.page.addInitScript((now) => { Date.now = () => now; }, READ_AT.getTime());
  await opened.page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value)))
      .observe({ type: 'layout-shift', buffered: true });
  });
  return opened;
}
const note = (page) => page.locator('.changed');
const settled = (page) => page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
const shiftsOf = (page) => page.evaluate(() => globalThis.shifts);
const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('courant.read.')));

describe('A story that has changed', () => {
  for (const [lang, of] of Object.entries(LANGUAGES)) {
    test(`says when it was read, and shows which words are others, in ${lang}`, async (context) => {
      const story = await add(of, { lang });
      const { page, problems, requests } = await reader(context);
      await page.goto(story.url);
      assert.strictEqual(await note(page).isVisible(), false, 'nothing has changed on the first visit');
      await page.reload();
      assert.strictEqual(await note(page).isVisible(), false, 'nothing has changed on the second visit');
      await edit(story, `${of.edited}\n\n${of.second}`);
      requests.length = 0;
      await page.goto(story.url);
      await settled(page);
      const when = await page.textContent('.changed-when');
      for (const part of [of.day, of.clock]) assert.ok(when.replace(/[\u200e\u200f]/g, '').includes(part), `${when} lacks ${part}`);
      assert.deepStrictEqual(await shiftsOf(page), [], 'the page moved');
      assert.deepStrictEqual(await axe(page), []);
      const button = page.getByRole('button', { name: of.show });
      assert.strictEqual(await button.getAttribute('aria-expanded'), 'false');
      await button.click();
      assert.strictEqual(await page.locator('.changed-show').textContent(), of.hide);
      assert.strictEqual(await page.locator('.changed-words p').count(), 1, 'only the changed paragraph is shown');
      assert.deepStrictEqual(await page.locator('.changed del').allTextContents(), [of.removed + of.words[0]]);
      assert.deepStrictEqual(await page.locator('.changed ins').allTextContents(), [of.added + of.words[1]]);
      assert.strictEqual(await page.$eval('.changed-words p', (paragraph) => getComputedStyle(paragraph).direction), lang === 'en' ? 'ltr' : 'rtl');
      assert.deepStrictEqual(await axe(page), []);
      assert.ok(requests.every((request) => request.method() === 'GET' && !request.postData()), 'something was sent');
      assert.deepStrictEqual(await page.context().cookies(), []);
      assert.deepStrictEqual(problems, []);
      await page.reload();
      assert.strictEqual(await note(page).isVisible(), false, 'who was shown it has read it');
    });
  }

  test('tells what was added, taken away and put in other words, in the headline too', async (context) => {
    const of = LANGUAGES.en;
    const paragraphs = ['One stays as it is.', 'Two goes away without another in its place.', 'Three has a few words that will be others.', 'Four stays as well.'];
    const story = await add(of, { body: paragraphs.join('\n\n') });
    const { page } = await reader(context);
    await page.goto(story.url);
    await edit(story, [paragraphs[0], paragraphs[2].replace('a few', 'several'), 'Quite new is this sentence about boats.', paragraphs[3]].join('\n\n'), '--headline', 'The gate opens in April', '--standfirst', '');
    await page.goto(story.url);
    await page.click('.changed-show');
    const shown = await page.locator('.changed-words p').evaluateAll((list) => list.map((paragraph) => ({
      text: paragraph.textContent,
      gone: Array.from(paragraph.querySelectorAll('del'), (element) => element.lastChild.textContent.trim()),
      come: Array.from(paragraph.querySelectorAll('ins'), (element) => element.lastChild.textContent.trim()),
    })));
    assert.strictEqual(shown.length, 5);
    assert.ok(shown[0].text.startsWith('Headline '));
    assert.deepStrictEqual([shown[0].gone, shown[0].come], [['will open', 'March'], ['opens', 'April']]);
    assert.ok(shown[1].text.startsWith('Summary '));
    assert.deepStrictEqual([shown[1].gone, shown[1].come], [[of.standfirst], []]);
    assert.deepStrictEqual([shown[2].gone, shown[2].come], [[paragraphs[1]], []]);
    assert.deepStrictEqual([shown[3].gone, shown[3].come], [['a few'], ['several']]);
    assert.deepStrictEqual([shown[4].gone, shown[4].come], [[], ['Quite new is this sentence about boats.']]);
  });

  test('is one whose words have changed: links, tags, replies and the breaking flag are not', async (context) => {
    const of = LANGUAGES.en;
    const story = await add(of);
    const { page } = await reader(context);
    await page.goto(story.url);
    await site.must(['story', 'edit', String(story.id), '--tag', 'Harbour']);
    await site.must(['story', 'edit', String(story.id), '--format', 'html', '--body', '-'],
      `<p>The <a href="/politics">harbour board</a> has set the <b>day</b>: 3 March.</p><p>${of.second}</p>`);
    await site.must(['reply', 'add', '--story', String(story.id), '--name', 'A', '--email', 'a@example.org', '--text', '-'], 'A reply.');
    await page.goto(story.url);
    await page.locator('.text-size label.larger').filter({ visible: true }).click();
    await page.reload();
    assert.strictEqual(await page.locator('.reply').count(), 1);
    assert.strictEqual(await note(page).isVisible(), false);
  });

  test('has been read when its new words were in view for a while, and not before', async (context) => {
    const of = LANGUAGES.en;
    const story = await add(of);
    const { page } = await reader(context, { clock: true });
    await page.goto(story.url);
    await edit(story, of.edited);
    for (const isRead of [false, true]) {
      await page.goto(story.url);
      assert.strictEqual(await note(page).isVisible(), true);
      await page.clock.runFor(isRead ? 10_000 : 9_000);
    }
    await page.goto(story.url);
    assert.strictEqual(await note(page).isVisible(), false);
  });

  test('is shown as it was left when the reader comes back by the browser’s own memory', async (context) => {
    const of = LANGUAGES.en;
    const story = await add(of);
    const { page } = await reader(context);
    await page.goto(story.url);
    await edit(story, of.edited);
    await page.goto(story.url);
    await page.click('.changed-show');
    await page.goto(`${site.url}/politics`);
    await page.goBack();
    await settled(page);
    assert.deepStrictEqual(await shiftsOf(page), []);
  });

  test('is known to be another, but not where, when it is too long to be remembered', async (context) => {
    const long = Array.from({ length: 400 }, (_, n) => `Paragraph ${n} of a story that goes on and on, with some eighty characters in each.`);
    const story = await add(LANGUAGES.en, { body: long.join('\n\n') });
    const { page } = await reader(context);
    await page.goto(story.url);
    const [name] = await kept(page);
    assert.ok((await page.evaluate((of) => localStorage.getItem(of).length, name)) < 100);
    await edit(story, long.slice(1).join('\n\n'));
    await page.goto(story.url);
    assert.strictEqual(await note(page).isVisible(), true);
    assert.strictEqual(await page.locator('.changed-show').count(), 0);
  });

  test('is compared in bounded time, whatever became of it', async (context) => {
    const words = (salt) => Array.from({ length: 300 }, (_, n) => `${salt}${(n * 7919) % 101}`).join(' ');
    const body = (salt) => Array.from({ length: 14 }, (_, n) => words(`${salt}${n % 5}`)).join('\n\n');
    const story = await add(LANGUAGES.en, { body: body('a') });
    const { page } = await reader(context);
    await page.goto(story.url);
    await edit(story, body('b'));
    await page.goto(story.url);
    const spent = await page.evaluate(() => {
      const start = performance.timeOrigin + performance.now();
      document.querySelector('.changed-show').click();
      return performance.timeOrigin + performance.now() - start;
    });
    assert.ok(spent < 2000, `${spent} ms`);
    assert.ok((await page.locator('.changed ins').count()) > 0);
  });
});

describe('What was read', () => {
  test('is remembered of forty stories, the oldest goes first', async (context) => {
    const { page } = await reader(context);
    const first = await add(LANGUAGES.en);
    await page.goto(first.url);
    await page.evaluate(() => {
      for (let id = 1000; id < 1060; id++) localStorage.setItem(`courant.read.${id}`, `w 1 ${Date.now() + id}\n["",""]`);
    });
    const second = await add(LANGUAGES.en);
    await page.goto(second.url);
    const names = await kept(page);
    assert.strictEqual(names.length, 40);
    assert.ok(names.includes(`courant.read.${second.id}`) && !names.includes(`courant.read.${first.id}`) && names.includes('courant.read.1059'));
  });

  test('is forgotten when the reader wants it, and said to be', async (context) => {
    const of = LANGUAGES.en;
    const story = await add(of);
    const { page } = await reader(context, { clock: true });
    await page.goto(story.url);
    await edit(story, of.edited);
    await page.goto(story.url);
    await page.evaluate(() => localStorage.setItem('courant.text-size', '4'));
    await page.getByRole('button', { name: 'Forget all that I have read' }).click();
    assert.strictEqual(await note(page).textContent(), 'This browser no longer remembers what you have read here.');
    assert.strictEqual(await page.evaluate(() => document.activeElement.className), 'changed');
    await page.clock.runFor(60_000);
    assert.deepStrictEqual(await kept(page), []);
    assert.strictEqual(await page.evaluate(() => localStorage.getItem('courant.text-size')), '4');
  });

  test('is not needed: without storage, or with a broken one, the story is read as ever', async (context) => {
    const story = await add(LANGUAGES.en);
    const { page, problems } = await reader(context);
    await page.goto(story.url);
    for (const value of ['', 'x', 'other 0 0', 'other 0 0\n{', 'other 0 0\n[1,2,3]']) {
      await page.evaluate(([id, broken]) => localStorage.setItem(`courant.read.${id}`, broken), [story.id, value]);
      await page.goto(story.url);
      assert.strictEqual(await page.locator('.story-body > p').count(), 2);
    }
    await page.addInitScript(() => Object.defineProperty(globalThis, 'localStorage', { get: () => { throw new Error('no'); } }));
    await page.goto(story.url);
    assert.strictEqual(await note(page).isVisible(), false);
    assert.deepStrictEqual(problems, []);
  });
});
