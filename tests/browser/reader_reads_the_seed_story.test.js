'use strict';
// The page at the centre: a story goes in through the command line as it came off a news site, and
// a reader finds every part of it, whole and working, in Chromium. The committed stories always;
// the seed where developers have it beside the project.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addPage, samplePages, browser, openPage } = require('../support');

const KB = 1000;
const FIRST_PAINT_MAX_BYTES = 30 * KB;
const WORDS = {
  en: { breaking: 'Breaking', reply: 'Leave a Reply', none: 'No replies yet. Yours could be the first.', one: '1 reply' },
  ar: { breaking: 'عاجل', reply: 'اترك رداً', none: 'لا ردود حتى الآن. كن أول من يرد.', one: 'رد واحد' },
};

let site;
let chromium;

before(async () => {
  site = await startSite({ name: 'The Two Rivers' });
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

// A visit to the page, with nothing wrong by the time that it is over. Visitors with the same
// options share a window, which costs more to open than to use; `fresh` ones have their own.
const windows = new Map();
async function visit(url, act, { fresh = false, ...options } = {}) {
  const name = JSON.stringify(options);
  const window = (!fresh && windows.get(name)) || (await openPage(chromium, options));
  if (!fresh) windows.set(name, window);
  const { page, problems, requests } = window;
  requests.length = 0;
  await page.goto(url);
  await act(page, { requests });
  assert.deepStrictEqual(problems.splice(0), []);
  if (fresh) await window.context.close();
}

const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent.trim());
const textsOf = (page, selector) => page.$$eval(selector, (elements) => elements.map((element) => element.textContent));
const styleOf = (page, selector, name) => page.$eval(selector, (element, of) => getComputedStyle(element)[of], name);
const bodySize = (page) => styleOf(page, '.story-body p', 'fontSize').then(parseFloat);
const metaOf = (page, name) => page.$eval(`meta[property="${name}"]`, (element) => element.content);

for (const sample of samplePages()) {
  const { lang, page: source } = sample;
  const words = WORDS[lang];
  const prefix = lang === 'en' ? '' : `/${lang}`;
  const home = () => `${site.url}${prefix || '/'}`;
  let story;

  describe(sample.name, () => {
    before(async () => {
      story = await addPage(site, sample);
    });

    test('has its headline and all ten paragraphs, letter for letter', () => visit(story.url, async (page) => {
      assert.strictEqual(source.paragraphs.length, 10);
      assert.strictEqual(await page.$eval('h1', (element) => element.textContent), source.headline);
      assert.deepStrictEqual(await textsOf(page, '.story-body > p'), source.paragraphs);
      assert.ok((await page.title()).startsWith(source.headline));
    }));

    test('credits its agency once, where the text begins', () => visit(story.url, async (page) => {
      assert.deepStrictEqual(await textsOf(page, '.run-in-credit'), [`${source.source}/`]);
      const text = await textOf(page, '.story');
      assert.strictEqual(text.split(source.source).length, 2, 'the credit is there twice');
    }));

    test('leads to its section, which lists it', () => visit(story.url, async (page) => {
      const link = page.locator('.story-head .kicker a');
      assert.strictEqual(await link.textContent(), source.section);
      await link.click();
      assert.strictEqual(await textOf(page, 'h1'), source.section);
      assert.ok((await textsOf(page, '.teaser h3')).includes(source.headline));
      assert.strictEqual(await page.locator('.sections [aria-current="page"]').textContent(), source.section);
    }));

    test('has three tags, each with a page that lists it', async () => {
      for (const tag of source.tags) {
        await visit(story.url, async (page) => {
          assert.deepStrictEqual(await textsOf(page, '.tags a'), source.tags);
          await page.locator('.tags a').filter({ hasText: tag }).click();
          assert.strictEqual(await textOf(page, 'h1'), tag);
          assert.deepStrictEqual(await textsOf(page, '.teaser h3'), [source.headline]);
        });
      }
    });

    test('is breaking: flagged here, and in a bar that leads to it on other pages', () => visit(story.url, async (page) => {
      assert.strictEqual(await textOf(page, '.story-head .flag'), words.breaking);
      assert.ok(!(await textsOf(page, '.breaking-bar a')).includes(source.headline), 'said twice');
      await page.goto(`${home()}/archive`.replace('//archive', '/archive'));
      assert.strictEqual(await textOf(page, '.breaking-bar .flag'), words.breaking);
      assert.ok((await textsOf(page, '.breaking-bar a')).includes(source.headline));
      await page.locator('.breaking-bar a').filter({ hasText: source.headline }).click();
      assert.strictEqual(page.url(), story.url);
    }));

    test('says when it was published, for people and for machines', () => visit(story.url, async (page) => {
      const [first] = await page.$$eval('.story-meta time', (times) => times.map((time) => [time.dateTime, time.textContent]));
      assert.strictEqual(first[0], `${source.publishedAt}:00+03:00`);
      const [date, clock] = source.publishedAt.split('T');
      const latin = first[1].replace(/[٠-٩]/g, (digit) => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit));
      for (const part of [date.slice(0, 4), String(Number(date.slice(8))), clock]) assert.ok(latin.includes(part), first[1]);
    }));

    test('is in its language and runs in its direction', () => visit(story.url, async (page) => {
      const root = await page.$eval('html', (element) => [element.lang, element.dir]);
      assert.deepStrictEqual(root, [lang, lang === 'ar' ? 'rtl' : 'ltr']);
      const [start, end] = await page.$eval('.story-body p', (paragraph) => {
        const range = document.createRange();
        range.selectNodeContents(paragraph);
        const line = range.getClientRects()[0];
        const box = paragraph.getBoundingClientRect();
        return [line.left - box.left, box.right - line.right];
      });
      assert.ok(lang === 'ar' ? end < 2 : start < 2, `the first line begins ${start} px from the left and ${end} px from the right`);
    }));

    test('tells machines what it is: NewsArticle, Open Graph, canonical', () => visit(story.url, async (page) => {
      const [data, crumbs] = JSON.parse(await page.$eval('script[type="application/ld+json"]', (element) => element.textContent));
      assert.strictEqual(data['@context'], 'https://schema.org');
      assert.strictEqual(data['@type'], 'NewsArticle');
      assert.strictEqual(data.headline, source.headline);
      assert.strictEqual(data.datePublished, `${source.publishedAt}:00+03:00`);
      assert.ok(Date.parse(data.dateModified) >= Date.parse(data.datePublished), data.dateModified);
      assert.deepStrictEqual([data.inLanguage, data.articleSection, data.keywords], [lang, source.section, source.tags]);
      assert.deepStrictEqual([data.author.map(({ name }) => name), data.publisher.name], [[source.source], 'The Two Rivers']);
      assert.strictEqual(crumbs['@type'], 'BreadcrumbList');
      assert.deepStrictEqual(crumbs.itemListElement.map(({ name }) => name), ['The Two Rivers', source.section, source.headline]);
      assert.deepStrictEqual([data.url, data.mainEntityOfPage], [story.url, story.url]);
      assert.strictEqual(await page.$eval('link[rel="canonical"]', (link) => link.href), story.url);
      for (const [name, value] of Object.entries({
        'og:type': 'article', 'og:title': source.headline, 'og:url': story.url, 'og:site_name': 'The Two Rivers',
        'article:published_time': `${source.publishedAt}:00+03:00`, 'article:section': source.section,
      })) assert.strictEqual(await metaOf(page, name), value, name);
      const description = await metaOf(page, 'og:description');
      assert.ok(source.paragraphs[0].replaceAll('\u00a0', ' ').includes(description.replaceAll('\u00a0', ' ').replace(/…$/, '').slice(0, 60)), description);
    }));

    for (const javaScriptEnabled of [true, false]) {
      describe(`has five sizes of text ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
        test('by A-, A and A+', () => visit(story.url, async (page) => {
          const normal = await bodySize(page);
          const press = (kind) => page.locator(`.text-size label.${kind}`).filter({ visible: true }).click();
          const sizes = [normal];
          for (let step = 0; step < 3; step++) {
            await press('larger');
            sizes.push(await bodySize(page));
          }
          assert.ok(sizes[1] > sizes[0] && sizes[2] > sizes[1], `${sizes}`);
          assert.strictEqual(sizes[3], sizes[2], 'the largest is the largest');
          await press('normal');
          assert.strictEqual(await bodySize(page), normal);
          const smaller = [normal];
          for (let step = 0; step < 3; step++) {
            await press('smaller');
            smaller.push(await bodySize(page));
          }
          assert.ok(smaller[1] < smaller[0] && smaller[2] < smaller[1], `${smaller}`);
          assert.strictEqual(smaller[3], smaller[2], 'the smallest is the smallest');
        }, { javaScriptEnabled, fresh: true }));

        test('by the keyboard, with the focus to be seen', () => visit(story.url, async (page) => {
          const normal = await bodySize(page);
          for (let press = 0; press < 40 && !(await page.$('.text-size :focus')); press++) await page.keyboard.press('Tab');
          assert.ok(await page.$('.text-size :focus'), 'Tab never leads there');
          assert.notStrictEqual(await styleOf(page, '.text-size', 'outlineStyle'), 'none');
          await page.keyboard.press('ArrowDown');
          const larger = await bodySize(page);
          await page.keyboard.press('ArrowUp');
          await page.keyboard.press('ArrowUp');
          assert.ok(larger > normal && (await bodySize(page)) < normal);
        }, { javaScriptEnabled, fresh: true }));
      });
    }

    test('has the size that the reader chose before the text is painted, and nothing moves', () => visit(story.url, async (page) => {
      for (let press = 0; press < 2; press++)
        await page.locator('.text-size label.larger').filter({ visible: true }).click();
      const chosen = await bodySize(page);
      await page.addInitScript(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value)))
          .observe({ type: 'layout-shift', buffered: true });
      });
      await page.reload();
      assert.strictEqual(await bodySize(page), chosen);
      assert.strictEqual(await page.$eval('#text-size-5', (radio) => radio.checked), true);
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepStrictEqual(await page.evaluate(() => globalThis.shifts), []);
      await page.goto(home());
      await page.goto(story.url);
      assert.strictEqual(await bodySize(page), chosen, 'it is remembered for other visits');
      assert.deepStrictEqual(await page.context().cookies(), [], 'and without a cookie');
    }, { fresh: true }));

    test('needs for its first paint only itself and its style, 30 KB at most with its scripts', async () => {
      const kinds = (requests) => requests.map((request) => request.resourceType());
      await visit(story.url, async (page, { requests }) => {
        assert.deepStrictEqual(kinds(requests), ['document', 'stylesheet']);
      }, { javaScriptEnabled: false, fresh: true });
      await visit(story.url, async (page, { requests }) => {
        // Chromium asks for the icon of the window too, when it pleases, and events begin once all is there.
        const all = requests.filter((request) => !['other', 'eventsource'].includes(request.resourceType()));
        assert.deepStrictEqual(kinds(all).sort(), ['document', 'script', 'script', 'script', 'script', 'stylesheet']);
        assert.strictEqual(await page.$$eval('script[src]:not([defer])', (scripts) => scripts.length), 0);
        const sizes = await Promise.all(all.map((request) => request.sizes()));
        const icon = await get(await page.$eval('link[rel="icon"]', (link) => link.href), { headers: { 'Accept-Encoding': 'br' } });
        const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, icon.body.length);
        assert.ok(bytes > 5 * KB && bytes <= FIRST_PAINT_MAX_BYTES, `${bytes} bytes`);
      }, { fresh: true });
    });

    test('prints as text: no form, no navigation, no buttons', () => visit(story.url, async (page) => {
      await page.emulateMedia({ media: 'print' });
      for (const hidden of ['.reply-form', '.sections', '.text-size', '.skip', '.masthead-tools', '.page-foot nav'])
        assert.strictEqual(await page.locator(hidden).first().isVisible(), false, hidden);
      for (const shown of ['h1', '.story-body p', '.story-meta time', '.nameplate'])
        assert.strictEqual(await page.locator(shown).first().isVisible(), true, shown);
      await page.emulateMedia({ media: 'screen' });
    }));

    test('is dark where the reader prefers it, and can be read there', async () => {
      const colours = {};
      for (const colorScheme of ['light', 'dark']) {
        await visit(story.url, async (page) => {
          colours[colorScheme] = [await styleOf(page, 'html', 'backgroundColor'), await styleOf(page, '.story-body p', 'color')]
            .map((colour) => /\d+, \d+, \d+/.exec(colour)[0].split(', ').map(Number))
            .map(([red, green, blue]) => (red * 0.3 + green * 0.59 + blue * 0.11) / 255);
        }, { colorScheme });
      }
      assert.ok(colours.light[0] > 0.9 && colours.light[1] < 0.2, `light: ${colours.light}`);
      assert.ok(colours.dark[0] < 0.2 && colours.dark[1] > 0.7, `dark: ${colours.dark}`);
    });

    test('has a place to reply, and the reply of a guest stands there for everybody', async () => {
      const text = `A guest’s words under “${source.headline}”.`;
      const address = 'guest.of.the.page@example.org';
      let anchor;
      await visit(story.url, async (page) => {
        assert.strictEqual(await textOf(page, '#leave-a-reply'), words.reply);
        assert.strictEqual(await textOf(page, '.no-replies'), words.none);
        await page.fill('#reply-text', text);
        await page.fill('#reply-name', 'Guest of the Page');
        await page.fill('#reply-email', address);
        await page.fill('#reply-website', 'guest.example');
        await page.click('.reply-form [type=submit]');
        await page.waitForURL(/#reply-\d+$/);
        anchor = new URL(page.url()).hash;
        assert.strictEqual(await textOf(page, `${anchor} .reply-text`), text);
        assert.strictEqual(await textOf(page, `${anchor} .reply-author`), 'Guest of the Page');
        assert.strictEqual(await page.$eval(`${anchor} .reply-author a`, (link) => link.href), 'https://guest.example/');
      });
      await visit(story.url, async (page) => {
        assert.strictEqual(await textOf(page, '.replies h2'), words.one);
        assert.strictEqual(await textOf(page, `${anchor} .reply-text`), text);
        assert.strictEqual(await page.inputValue('#reply-name'), '', 'nobody is given another reader\'s name');
      }, { fresh: true });
      const raw = (await get(story.url)).text;
      assert.ok(raw.includes('Guest of the Page') && !raw.includes(address), 'the e-mail address is on the page');
    });
  });
}
