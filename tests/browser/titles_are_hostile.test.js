'use strict';
// Titles and names as nobody should write them, in everything that the desk can call something: on
// every page, in every feed and file for machines they come out letter for letter, run nothing even
// without the policy, push no page sideways, and turn nothing round that stands beside them.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, allOrNone, get, addStory, replyForm, browser, sidewaysScroll } = require('../support');
const { readFeed, FEED_FORMATS } = require('../support/feed');
const { trap } = require('../support/trap');
const { parseXml, children, child, textOf } = require('../support/xml');

const NEWS = '{http://www.google.com/schemas/sitemap-news/0.9}';
const SEARCH = '{http://a9.com/-/spec/opensearch/1.1/}';
const PREFIXES = { en: '', ar: '/ar', ckb: '/ckb' };
const NAME_MAX = 100;
const HEADLINE_MAX = 300;
const MARKUP = '<script>xss()</script></title><img src=x onerror=xss()> &amp; ]]> --> "x" \'y\' {{z}} %s ${q}';

const against = (lang) => (lang === 'en' ? ['نهر (دجلة) 12!', '3 شط العرب', 'علي'] : ['River (Tigris) 12!', '3 Shatt al-Arab', 'Ali']);
// What is typed, and what comes out where that is another: nobody sees the controls that are taken out.
const TITLES = (lang) => ({
  markup: { typed: MARKUP },
  'another direction': { typed: against(lang)[0] },
  controls: { typed: `\u202eRight\u202c \u2066to\u2069 \u202aleft \u2067${against(lang)[1]}`, shown: `Right to left ${against(lang)[1]}` },
  marks: { typed: `a\u200f!\u200e b\u061c?` },
  emoji: { typed: '👩‍👩‍👧‍👦 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} 🇮🇶🇰🇼 👍🏽 ❤️ a' },
  word: { typed: 'Donaudampfschiff'.repeat(13).slice(0, 200) },
  long: { typed: `${'Long title '.repeat(28)}`.slice(0, HEADLINE_MAX).trim() },
});
const nameOf = (title) => title.slice(0, NAME_MAX).trim();
const SITE_NAME = 'The <b>Courant</b> &amp; ]]> "Sons"';

let site;
let chromium;
let caught;
const stories = []; // { lang, kind, title, name, url, id, slug }

before(async () => {
  [site, chromium] = await allOrNone([startSite({ name: SITE_NAME }), browser()]);
  for (const lang of Object.keys(PREFIXES)) {
    // One of the two that are written from the right has only what its catalogue's sentences may break.
    const titles = Object.entries(TITLES(lang)).filter((_, number) => lang !== 'ckb' || number < 3);
    for (const [kind, { typed, shown = typed }] of titles) {
      const slug = kind.replaceAll(' ', '-');
      const name = nameOf(typed);
      const story = await addStory(site, {
        headline: typed, standfirst: typed, byline: [name, ...against(lang).slice(1)], source: name, section: name, tags: [name, 'Rivers'], lang, slug,
        ...(kind === 'markup' ? {} : { publishedAt: '2021-07-23T14:39' }),
        body: `Words of ${slug}.`,
      });
      await site.must(['story', 'correct', String(story.id), '--text', typed]);
      await site.must(['page', 'set', `page-${slug}`, '--lang', lang, '--title', name, '--body', '-'], `${typed}\n\nWords.`);
      stories.push({ lang, kind, slug, title: shown, name: nameOf(shown), ...story });
    }
    await site.must(['site', 'set', '--tagline', `${lang}=${nameOf(MARKUP)}`]);
  }
  caught = await trap(chromium, site);
  await caught.page.setViewportSize({ width: 360, height: 740 });
}, { timeout: 120_000 });
after(async () => {
  await chromium?.close();
  await site?.stop();
});

const at = (where) => new URL(where, site.url).href;

// Every text that an element of the page holds, whole, and the values of its fields.
const textsOf = (page) => page.evaluate(() => [...document.querySelectorAll('body *')]
  .map((element) => (element.matches('input, textarea') ? element.value : element.textContent).trim()));

// Where a title has not kept its place: what stands before it in its line must come before it, what
// stands behind it behind.
const strayed = (page, titles) => page.evaluate((wanted) => {
  const found = [];
  const blocks = new Map(); // the block that a text flows in → its texts
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let block = node.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    if (!block.checkVisibility()) continue;
    if (!blocks.has(block)) blocks.set(block, []);
    blocks.get(block).push(node);
  }
  for (const [block, nodes] of blocks) {
    const letters = nodes.flatMap((node) => Array.from({ length: node.length }, (_, index) => ({ node, index })));
    const text = nodes.map((node) => node.data).join('');
    const isRtl = getComputedStyle(block).direction === 'rtl';
    const rectsOf = (from, to) => {
      const range = document.createRange();
      range.setStart(letters[from].node, letters[from].index);
      range.setEnd(letters[to].node, letters[to].index + 1);
      return [...range.getClientRects()].filter((rect) => rect.width > 0);
    };
    const isOneLine = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
    const isBefore = (a, b) => (isRtl ? a.left >= b.right - 1 : a.right <= b.left + 1);
    const taken = []; // a title in a longer one is none
    for (const title of wanted.toSorted((a, b) => b.length - a.length)) {
      for (let start = text.indexOf(title); start >= 0; start = text.indexOf(title, start + 1)) {
        if (taken.some(([from, to]) => start >= from && start < to)) continue;
        taken.push([start, start + title.length]);
        const own = rectsOf(start, start + title.length - 1);
        let before = start - 1;
        while (before >= 0 && /\s/.test(text[before])) before--;
        let behind = start + title.length;
        while (behind < text.length && /\s/.test(text[behind])) behind++;
        const neighbours = [
          ...(before >= 0 ? rectsOf(before, before).map((rect) => [rect, true]) : []),
          ...(behind < text.length ? rectsOf(behind, behind).map((rect) => [rect, false]) : []),
        ];
        for (const [rect, isFirst] of neighbours)
          if (own.some((part) => isOneLine(part, rect) && !(isFirst ? isBefore(rect, part) : isBefore(part, rect))))
            found.push(`“${text.trim().replace(/\s+/g, ' ').slice(0, 120)}” in ${block.outerHTML.slice(0, 120)}`);
      }
    }
  }
  return [...new Set(found)];
}, titles);

// The pages that all titles of a language stand on, and what of each they must have.
const sharedPages = (lang) => {
  const prefix = PREFIXES[lang];
  return {
    home: [at(prefix || '/'), 'title'],
    day: [at(`${prefix}/2021/07/23`), 'title'],
    corrections: [at(`${prefix}/corrections`), 'title'],
    archive: [at(`${prefix}/archive`), 'name'],
    'not found': [at(`${prefix}/no/such/page`), 'name'],
  };
};

// Those that a title has to itself, and the texts of it that each must have.
function ownPages({ lang, slug, url, title, name, links }) {
  const prefix = PREFIXES[lang];
  return {
    story: [url, title, name],
    section: [at(links.section), name, title],
    tag: [at(links.tag), name, title],
    byline: [at(links.byline), name, title],
    source: [at(links.source), name, title],
    'standing page': [at(`${prefix}/page-${slug}`), name, title],
    'search, of its words': [at(`${prefix}/search?${new URLSearchParams({ q: `words ${slug}` })}`), title, name],
    'search, of itself': [at(`${prefix}/search?${new URLSearchParams({ q: title })}`), title],
    'reply form': [at(links.reply), title],
  };
}

for (const lang of Object.keys(PREFIXES)) {
  describe(`In ${lang}`, () => {
    const own = () => stories.filter((story) => story.lang === lang);

    before(async () => {
      for (const story of own()) {
        const { text } = await get(story.url);
        const first = (pattern) => pattern.exec(text)[1].replaceAll('&amp;', '&');
        story.links = {
          section: first(/<p class="kicker"><a href="([^"]+)"/), tag: first(/<a href="([^"]+)" rel="tag"/), byline: first(/<a href="([^"]+)" rel="author"/),
          source: first(/<p class="source">[^<]*(?:<bdi>)?<a href="([^"]+)"/), reply: `/reply/${story.id}`,
        };
      }
    });

    test('every page shows them letter for letter, and runs, moves and turns nothing', { timeout: 200_000 }, async () => {
      const problems = [];
      const titles = [...against(lang), ...own().filter(({ title, name }) => title === name).map(({ title }) => title)];
      const look = async (what, wanted) => {
        const texts = await textsOf(caught.page);
        for (const text of wanted) if (!texts.includes(text)) problems.push(`${what} lacks “${text}”`);
        const pixels = await sidewaysScroll(caught.page);
        if (pixels > 0) problems.push(`${what} is ${pixels} px too wide`);
        problems.push(...(await strayed(caught.page, titles)).map((place) => `${what} is turned round: ${place}`));
      };
      for (const [page, [url, what]] of Object.entries(sharedPages(lang))) {
        await caught.open(url);
        await look(page, own().filter(({ kind }) => page !== 'day' || kind !== 'markup').map((story) => story[what]));
      }
      for (const story of own()) {
        for (const [page, [url, ...wanted]] of Object.entries(ownPages(story))) {
          await caught.open(url);
          await look(`${page} of ${story.kind}`, wanted);
        }
        const form = await replyForm(site, story);
        for (const answer of [await form.send({ key: '' }), await form.send({ email: '' })]) {
          await caught.open(answer.text);
          await look(`answer to a reply of ${story.kind}`, [story.title]);
        }
      }
      assert.deepStrictEqual(problems, []);
      assert.deepStrictEqual(caught.executions, []);
    });

    test('machines are told them letter for letter', async () => {
      for (const { title, name, url } of own()) {
        const { page } = caught;
        await page.goto(url);
        assert.strictEqual(await page.title(), `${title} – ${SITE_NAME}`);
        const [article, crumbs] = JSON.parse(await page.textContent('script[type="application/ld+json"]'));
        assert.deepStrictEqual([article.headline, article.description, article.articleSection, article.author[0].name, article.keywords[0], article.publisher.name],
          [title, title, name, name, name, SITE_NAME]);
        assert.deepStrictEqual(crumbs.itemListElement.map((crumb) => crumb.name), [SITE_NAME, name, title]);
        const metas = await page.$$eval('meta[property]', (all) => Object.fromEntries(all.map((meta) => [meta.getAttribute('property'), meta.content])));
        assert.deepStrictEqual([metas['og:title'], metas['og:site_name'], metas['article:section']], [title, SITE_NAME, name]);
        assert.ok(title.startsWith(metas['og:description'].replace(/…$/, '')), metas['og:description']);
      }
    });

    test('feeds hold them letter for letter', async () => {
      const itemsOf = async (feed) => {
        const all = [];
        for (const format of FEED_FORMATS) {
          const where = at(`${feed}/feed.${format}`);
          all.push([where, (await readFeed(await get(where), where)).items]);
        }
        return all;
      };
      const holds = (all, stories) => {
        for (const [where, items] of all)
          for (const { url, title, name } of stories) {
            const { summary, authors, tags, ...item } = items.find((one) => one.url === url);
            assert.deepStrictEqual([item.title, summary, authors[0], tags[0]], [title, title, name, name], where);
          }
      };
      for (const { title, id } of own()) await site.must(['reply', 'add', '--story', String(id), '--name', 'Reader', '--email', 'a@example.org', '--text', '-'], title);
      holds(await itemsOf(PREFIXES[lang]), own());
      for (const feed of ['corrections', 'replies'])
        for (const [where, items] of await itemsOf(`${PREFIXES[lang]}/${feed}`))
          for (const { title } of own()) assert.ok(items.some((item) => item.title.includes(title)), `${where} lacks “${title}”`);
      // These are made alike in every language.
      if (lang !== 'en') return;
      const [markup] = own();
      holds(await itemsOf('/all'), own());
      for (const feed of ['section', 'tag', 'byline', 'source']) holds(await itemsOf(markup.links[feed]), [markup]);
      for (const [, items] of await itemsOf(new URL(markup.url).pathname)) assert.ok(items[0].title.includes(markup.title));
    });

    test('the files beside the pages hold them', async () => {
      // It has what is new: of each language one story is.
      const news = await parseXml((await get(at('/news-sitemap.xml'))).text);
      const found = news.children.map((entry) => child(entry, `${NEWS}news`)).filter((entry) => textOf(child(entry, `${NEWS}publication`), `${NEWS}language`) === lang);
      assert.deepStrictEqual(found.map((entry) => [textOf(entry, `${NEWS}title`), textOf(child(entry, `${NEWS}publication`), `${NEWS}name`)]), [[MARKUP, SITE_NAME]]);
      for (const file of ['/sitemap.xml', '/sitemap/pages.xml', '/sitemap/0.xml']) assert.ok((await parseXml((await get(at(file))).text)).children.length > 0);
      const search = await parseXml((await get(at(`${PREFIXES[lang]}/opensearch.xml`))).text);
      assert.ok(textOf(search, `${SEARCH}Description`).includes(SITE_NAME));
      assert.strictEqual(children(search, `${SEARCH}Url`).length, 2);
      assert.strictEqual(JSON.parse((await get(at(`${PREFIXES[lang]}/manifest.webmanifest`))).text).name, SITE_NAME);
    });
  });
}
