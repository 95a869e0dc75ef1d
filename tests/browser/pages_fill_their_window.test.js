'use strict';
// How the demo's pages lie in the window of a telephone and of a desk: where a reader would see that
// something slipped.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { startSite, makeSite, addStory, browser, openPage, ROOT } = require('../support');

const LANGUAGES = { en: '', ar: '/ar', ckb: '/ckb' };

let site;
let chromium;
let page;

before(async () => {
  [site, chromium] = await Promise.all([startSite({ demo: true }), browser()]);
  ({ page } = await openPage(chromium));
}, { timeout: 60_000 });
after(async () => {
  await chromium?.close();
  await site?.stop();
});

const open = async (where, width, height = 800) => {
  await page.setViewportSize({ width, height });
  await page.goto(`${site.url}${where}`);
};
const box = (selector) => page.locator(selector).first().boundingBox();
const middle = ({ y, height }) => y + height / 2;

test('The search field at the top asks from the side on which the language begins', async () => {
  for (const [lang, prefix] of Object.entries(LANGUAGES)) {
    await open(prefix || '/', 1280);
    const direction = () => page.$eval('#masthead-words', (field) => getComputedStyle(field).direction);
    assert.strictEqual(await direction(), lang === 'en' ? 'ltr' : 'rtl', lang);
    await page.fill('#masthead-words', 'Baghdad');
    assert.strictEqual(await direction(), 'ltr', `${lang}: what is typed has its own direction`);
  }
});

test('On a telephone the head of an inner page is one line, and a breaking headline two', async () => {
  for (const [lang, prefix] of Object.entries(LANGUAGES)) {
    await open(`${prefix}/archive`, 360);
    const [name, search] = [await box('.nameplate'), await box('.search-link')];
    assert.ok(Math.abs(middle(name) - middle(search)) < 4, `${lang}: the tools stand in a second line`);
    const lines = await page.$eval('.breaking-bar li', (item) => item.getBoundingClientRect().height / parseFloat(getComputedStyle(item).lineHeight));
    assert.ok(lines < 2.1, `${lang}: ${lines} lines`);
  }
});

test('A standing page begins below its title, and ends with its day', async () => {
  for (const prefix of Object.values(LANGUAGES))
    for (const width of [360, 1280]) {
      await open(`${prefix}/about`, width);
      const [title, text, day] = [await box('h1'), await box('.story-body'), await box('.static-page .times')];
      const gap = text.y - (title.y + title.height);
      assert.ok(gap > 8 && gap < 48, `${prefix} ${width} px: ${gap} px below the title`);
      assert.ok(day.y > text.y + text.height, `${prefix} ${width} px`);
    }
});

// The part of the front page's width that stands empty at the end side of its top, and what is empty
// below its second rows.
const holes = () => page.evaluate(() => {
  const rect = (selector) => document.querySelector(selector)?.getBoundingClientRect();
  const [front, top, second, latest] = ['.front', '.front-top', '.second', '.latest'].map(rect);
  const last = [...document.querySelectorAll('.second .teaser')].map((teaser) => teaser.getBoundingClientRect());
  return {
    right: front.right - Math.max(top.right, latest?.right ?? 0),
    below: second ? front.bottom - second.bottom : 0,
    row: second ? second.right - Math.max(...last.map(({ right }) => right)) : 0,
    beside: latest ? Math.max(0, front.height - (document.querySelector('.latest .more').getBoundingClientRect().bottom - front.top)) : 0,
    height: front.height,
  };
});

test('The front page leaves no hole, with few stories or many', { timeout: 120_000 }, async (context) => {
  const own = await startSite({ test: context, name: 'The Two Rivers' });
  let added = 0;
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 40]) {
    for (; added < count; added++)
      await addStory(own, {
        headline: `The council of the city speaks about matter number ${added}`, section: `part-${added % 7}`,
        standfirst: 'It came to no decision, as nobody had thought that it would, and will meet again.',
        publishedAt: `2021-07-${String(1 + Math.floor(added / 2)).padStart(2, '0')}T1${added % 2}:00`,
      });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(own.url);
    const found = await holes();
    const said = `${count} stories: ${JSON.stringify(found)}`;
    for (const hole of ['right', 'below', 'row']) assert.ok(Math.abs(found[hole]) < 2, said);
    assert.ok(found.beside < found.height / 3, said);
  }
});

// The picture and the words in one line, whatever the size: as docs/manual/themes.md says it.
test('A logo stands as high as the name, by the manual’s recipe', { timeout: 60_000 }, async (context) => {
  const own = await makeSite({ test: context, name: 'The Two Rivers' });
  const manual = fs.readFileSync(path.join(ROOT, 'docs/manual/themes.md'), 'utf8');
  const image = /<img src="\{\{#asset\}\}logo\.svg[^>]*>/.exec(manual)[0];
  await own.must(['theme', 'new', '--only', 'web/page_head', '--only', 'site.css']);
  const head = path.join(own.dir, 'theme/templates/web/page_head.html');
  const before = fs.readFileSync(head, 'utf8');
  const withLogo = before.replaceAll('{{page.home_url}}"><bdi>', `{{page.home_url}}">${image} <bdi>`);
  assert.strictEqual(withLogo.split(image).length, 3, 'the recipe fits no template');
  fs.writeFileSync(head, withLogo);
  fs.writeFileSync(path.join(own.dir, 'theme/assets/logo.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><path d="M0 0h40v40H0z"/></svg>');
  await own.start();
  for (const where of ['/', '/archive'])
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(new URL(where, own.url).href);
      const [logo, name] = [await box('.nameplate img'), await box('.nameplate')];
      assert.ok(Math.abs(middle(logo) - middle(name)) < name.height / 8, `${where} ${width} px: ${JSON.stringify({ logo, name })}`);
      assert.ok(logo.height < name.height && logo.height > name.height / 2, `${where} ${width} px`);
      assert.strictEqual(Math.round(logo.width), Math.round(logo.height));
    }
});
