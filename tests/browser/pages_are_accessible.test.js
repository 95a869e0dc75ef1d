'use strict';
// Every kind of page that a reader can be shown, in all three languages: checked as markup, for people
// who hear or enlarge it, in the dark and on a small telephone.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const {
  startSite, allOrNone, get, request, addStory, addPage, samplePages, replyForm, vnu, browser, openPage, axe, sidewaysScroll,
} = require('../support');

const OF_COLOURS = ['color-contrast', 'link-in-text-block']; // the rules of axe that the dark can break
const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2);

const KURDISH = {
  lang: 'ckb',
  page: {
    headline: 'بەندەری کەنار ڕووبار دوای سێ ساڵ دەکرێتەوە',
    section: 'ئابووری',
    tags: ['بەندەر', 'ڕووبار'],
    source: 'دیجلە نیوز',
    publishedAt: '2021-07-23T14:39',
    paragraphs: [
      'دیجلە نیوز/ ئەنجوومەنی بەندەر ڕایگەیاند کە کەشتییەکان لە سەرەتای مانگی داھاتووەوە دەگەڕێنەوە.',
      '«چاوەڕوانیمان زۆر درێژ بوو»، سەرۆکی ئەنجوومەن وای گوت، «بەڵام ئێستا ھەموو شتێک ئامادەیە».',
      'بەندەرەکە لە ساڵی ٢٠١٨ بەھۆی لافاوەوە داخرابوو.',
      'ماسیگرەکان داوایان کردبوو زووتر بکرێتەوە.',
      'کرێی ڕاگرتنی کەشتی وەک خۆی دەمێنێتەوە.',
      'یەکەم کەشتی لە بەیانی ڕۆژی دووشەممە دەگات.',
    ],
  },
};
KURDISH.page.body = KURDISH.page.paragraphs.join('\n\n');

let site; // has stories
let empty; // has none
let chromium;
const pages = new Map(); // "en, story with replies": { url, html } as a reader got it
const shown = new Map(); // address → html, for pages that are an answer to a POST

before(async () => {
  [site, empty, chromium] = await allOrNone([
    startSite({ name: 'The Two Rivers', args: ['--replies.per_hour', '1'] }),
    startSite({ name: 'The Two Rivers' }),
    browser(),
  ]);
  const afterwards = [];
  for (const sample of [...samplePages().slice(0, 2), KURDISH]) afterwards.push(await collect(sample));
  await site.breakDisk();
  for (const lastPage of afterwards) await lastPage();
}, { timeout: 120_000 });
after(async () => {
  await chromium?.close();
  await Promise.all([site?.stop(), empty?.stop()]);
});

async function collect(sample) {
  const { lang } = sample;
  const prefix = lang === 'en' ? '' : `/${lang}`;
  const story = await addPage(site, sample);
  const quiet = await addStory(site, { headline: sample.page.headline, section: sample.page.section, lang, slug: `quiet-${lang}` });
  const gone = await addStory(site, { headline: 'Gone', lang, slug: `gone-${lang}` });
  await site.must(['story', 'withdraw', String(gone.id)]);
  await site.must(['story', 'edit', String(story.id), '--byline', 'Salma Haddad', '--standfirst', `${sample.page.paragraphs[3]} ${LONG_WORD}`]);
  for (const kind of ['correction', 'clarification', 'update'])
    await site.must(['story', 'correct', String(story.id), '--kind', kind, '--text', sample.page.paragraphs[5]]);
  for (const [name, text] of [
    ['Rana', `${sample.page.paragraphs[1]}\n\nhttps://example.org/a/very/long/path/${'x'.repeat(200)}`],
    ['ليلى', 'أوافق على هذا الرأي.\nتماماً.'], [LONG_WORD.slice(0, 60), LONG_WORD]])
    await site.must(['reply', 'add', '--story', String(story.id), '--name', name, '--email', 'a@example.org',
      '--website', 'https://example.org', '--text', '-'], text);
  for (let number = 0; number < 24; number++)
    await addStory(site, { headline: `${sample.page.headline} ${number}`, section: `long-${lang}`, lang, publishedAt: `2022-03-0${1 + (number % 7)}T10:00`, slug: `n${number}` });

  const add = (name, url, html) => pages.set(`${lang}, ${name}`, { url, html });
  const fetched = async (name, url, status) => {
    const answer = await get(url);
    assert.strictEqual(answer.status, status, name);
    add(name, url, answer.text);
    return answer.text;
  };
  // An answer to a POST has no address of its own: it is shown again under one.
  const posted = (name, answer, status) => {
    assert.strictEqual(answer.status, status, name);
    const url = `${site.url}/shown-again/${shown.size}`;
    shown.set(url, answer.text);
    add(name, url, answer.text);
  };
  await fetched('home', `${site.url}${prefix || '/'}`, 200);
  const nothing = await fetched('home without a story', `${empty.url}${prefix || '/'}`, 200);
  assert.ok(nothing.includes('class="nothing-yet"') && !/courant|--/.test(/<main[^]*<\/main>/.exec(nothing)[0].replace(/<[^>]*>/g, '')), 'no command is for readers');
  const section = await fetched('section', `${site.url}${prefix}/long-${lang}`, 200);
  await fetched('section, second page', new URL(/<a href="([^"]+)" rel="next">/.exec(section)[1], site.url).href, 200);
  await site.must(['section', 'add', `empty-${lang}`, '--name', `${lang}=Empty`]);
  await fetched('section without a story', `${site.url}${prefix}/empty-${lang}`, 200);
  const text = await fetched('story with replies and corrections', story.url, 200);
  await fetched('tag', new URL(/<a href="([^"]+)" rel="tag">/.exec(text)[1], site.url).href, 200);
  await fetched('story without replies', quiet.url, 200);
  await fetched('reply form', `${site.url}/reply/${story.id}`, 200);
  await fetched('not found', `${site.url}${prefix}/not/found`, 404);
  await fetched('withdrawn', gone.url, 410);
  const form = await replyForm(site, story);
  posted('confirm', await form.send({ key: '', text: 'One line\nand another, https://example.org/' }), 200);
  posted('refused, with four errors', await form.send({ name: '', email: '', website: 'x', text: '' }), 422);
  posted('from elsewhere', await form.send({}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }), 403);
  posted('with a field too many', await form.send({ role: 'editor' }), 422);
  posted('no form', await form.send({}, { headers: { 'Content-Type': 'text/plain' } }), 415);
  const localAddress = { en: '127.0.0.2', ar: '127.0.0.3', ckb: '127.0.0.4' }[lang];
  await form.send({}, { localAddress });
  posted('too many replies', await form.send({ text: 'Another.' }, { localAddress }), 429);
  posted('another method', await request(`${site.url}${prefix || '/'}`, { method: 'DELETE' }), 405);
  if (lang === 'en') posted('unreadable address', await get(`${site.url}/%ff`), 400);
  return async () => posted('can not be stored now', await form.send({ text: 'Kept.' }), 503);
}

test('Every page is valid HTML', { timeout: 120_000 }, async () => {
  assert.ok(pages.size >= 54, `${pages.size} pages`);
  const found = await vnu(Object.fromEntries([...pages].map(([name, { html }]) => [name, html])));
  assert.deepStrictEqual(found, []);
});

describe('On a telephone', () => {
  test('no page has an obstacle or scrolls sideways, in light or in the dark', { timeout: 240_000 }, async () => {
    const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 } });
    for (const [url, body] of shown)
      await context.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    const found = [];
    for (const [name, { url }] of pages) {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(url);
      found.push(...(await axe(page)).map((violation) => `${name}: ${violation}`));
      await page.emulateMedia({ colorScheme: 'dark' });
      found.push(...(await axe(page, OF_COLOURS)).map((violation) => `${name}, dark: ${violation}`));
      for (const width of [360, 320, 280]) {
        await page.setViewportSize({ width, height: 740 });
        const pixels = await sidewaysScroll(page);
        if (pixels > 0) found.push(`${name}: ${pixels} px wider than ${width}`);
      }
    }
    await context.close();
    assert.deepStrictEqual(found, []);
  });

  test('every control can be hit with a finger and reached by the keyboard', async () => {
    const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 } });
    for (const lang of ['en', 'ar', 'ckb']) {
      await page.goto(pages.get(`${lang}, story with replies and corrections`).url);
      const small = await page.$$eval('button, .text-size label, .reply-form input:not([type=hidden]), textarea', (controls) =>
        controls.filter((control) => control.getClientRects().length > 0)
          .map((control) => [control.outerHTML.slice(0, 80), control.getBoundingClientRect()])
          .filter(([, box]) => box.width < 44 || box.height < 40).map(([markup]) => markup));
      assert.deepStrictEqual(small, []);
      const reached = new Set();
      for (let press = 0; press < 140; press++) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.type || document.activeElement.className));
      }
      for (const id of ['skip', 'reply-text', 'reply-name', 'reply-email', 'reply-website', 'submit', 'text-size-3'])
        assert.ok(reached.has(id), `${lang}: Tab never reaches ${id}: ${[...reached].join(' ')}`);
    }
    await context.close();
  });

  test('the link past the masthead leads to the content', async () => {
    const { context, page } = await openPage(chromium, { viewport: { width: 360, height: 740 } });
    await page.goto(pages.get('en, story without replies').url);
    await page.keyboard.press('Tab');
    assert.strictEqual(await page.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0), true, 'it is not to be seen');
    await page.keyboard.press('Enter');
    assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'content');
    await context.close();
  });
});
