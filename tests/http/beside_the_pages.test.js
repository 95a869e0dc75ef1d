'use strict';
// What search engines, browsers and phones ask of a site beside its pages: site maps, robots.txt,
// OpenSearch, the web manifest, icons.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, ROOT } = require('../support');
const { parseXml, children, child, textOf } = require('../support/xml');

const MAP = '{http://www.sitemaps.org/schemas/sitemap/0.9}';
const NEWS = '{http://www.google.com/schemas/sitemap-news/0.9}';
const XHTML = '{http://www.w3.org/1999/xhtml}';
const SEARCH = '{http://a9.com/-/spec/opensearch/1.1/}';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
const NAME = 'The Very Long & <Hostile> Name of a Courant';
const TITLE = 'A & B <b>]]></b> "quoted" 🗞';

let site;
let languages;
let fresh;
const at = (where) => new URL(where, site.url).href;

before(async () => {
  site = await startSite({ name: NAME });
  const { stdout } = await site.courant(['story', 'add', '--help']);
  languages = /--lang (\S+)/.exec(stdout)[1].split('|').map((code) => ({ code, prefix: code === 'en' ? '' : `/${code}` }));
  fresh = [];
  for (const { code } of languages) {
    await addStory(site, { headline: `An old story ${code}`, lang: code, section: 'sport', publishedAt: '2021-07-23T14:39' });
    const translation = fresh.length > 0 ? { translationOf: fresh[0].id } : {};
    fresh.push(await addStory(site, { headline: `${TITLE} ${code}`, lang: code, slug: 'هذا-خبر', ...translation }));
  }
});
after(() => site.stop());

const setPage = (code, slug) => site.must(['page', 'set', slug, '--title', 'About us', '--lang', code, '--body', '-'], 'Who we are.');

// A file of the protocol: its root, which has the right name, and no more entries than it may.
async function mapAt(where, root) {
  const answer = await get(where);
  assert.strictEqual(answer.status, 200, where);
  assert.strictEqual(answer.headers['content-type'], 'application/xml; charset=utf-8');
  assert.ok(answer.headers.etag, where);
  const tree = await parseXml(answer.text);
  assert.strictEqual(tree.name, MAP + root);
  assert.ok(tree.children.length <= 50_000 && answer.text.length <= 52_428_800);
  return tree;
}

// An entry's address: whole, of this site, in ASCII, shorter than the protocol's 2,048, and it answers.
async function addressOf(entry) {
  const where = textOf(entry, `${MAP}loc`);
  assert.ok(where.startsWith(`${site.url}/`) && /^[\x21-\x7e]{1,2047}$/.test(where), where);
  assert.strictEqual((await get(where)).status, 200, where);
  return where;
}

async function partsOfIndex() {
  const index = await mapAt(at('/sitemap.xml'), 'sitemapindex');
  return Promise.all(index.children.map((entry) => {
    assert.strictEqual(entry.name, `${MAP}sitemap`);
    return addressOf(entry);
  }));
}

// Every page that the site map names: address → its alternates by language.
async function wholeMap() {
  const pages = new Map();
  for (const part of await partsOfIndex()) {
    const { children: entries } = await mapAt(part, 'urlset');
    assert.ok(entries.length > 0, `${part} is empty`);
    for (const entry of entries) {
      for (const { name } of entry.children) assert.ok([`${MAP}loc`, `${MAP}lastmod`, `${XHTML}link`].includes(name), name);
      const modified = textOf(entry, `${MAP}lastmod`);
      if (modified) assert.match(modified, DATE);
      const where = await addressOf(entry);
      assert.ok(!pages.has(where), `${where} comes twice`);
      const links = children(entry, `${XHTML}link`).map(({ attributes }) => attributes);
      assert.ok(links.every(({ rel }) => rel === 'alternate'));
      pages.set(where, Object.fromEntries(links.map(({ hreflang, href }) => [hreflang, href])));
    }
  }
  return pages;
}

describe('The site map', () => {
  test('names every page once, and translations name each other', async () => {
    const pages = await wholeMap();
    for (const [where, alternates] of pages) {
      if (Object.keys(alternates).length === 0) continue;
      assert.ok(Object.values(alternates).includes(where), `${where} does not name itself`);
      for (const other of Object.values(alternates)) assert.deepStrictEqual(pages.get(other), alternates, other);
    }
    assert.deepStrictEqual(pages.get(fresh[0].url), Object.fromEntries(languages.map(({ code }, number) => [code, fresh[number].url])));
    for (const { prefix } of languages)
      for (const where of [prefix || '/', `${prefix}/sport`, `${prefix}/politics`, `${prefix}/corrections`, `${prefix}/archive`]) assert.ok(pages.has(at(where)), where);
  });

  test('loses a withdrawn story at once, also as a translation, and finds it again', async () => {
    const [first, second] = fresh;
    assert.ok((await wholeMap()).has(second.url));
    await site.must(['story', 'withdraw', String(second.id)]);
    const pages = await wholeMap();
    assert.ok(!pages.has(second.url));
    assert.ok(!Object.values(pages.get(first.url)).includes(second.url));
    await site.must(['story', 'publish', String(second.id)]);
    assert.ok(Object.values((await wholeMap()).get(first.url)).includes(second.url));
  });

  test('has no part where there is no story, and each at one address', async () => {
    for (const where of ['/sitemap/1.xml', '/sitemap/00.xml', '/sitemap/0', '/sitemap/.xml', '/sitemap/-1.xml', '/sitemap/99999999999999999999.xml', '/sitemap/0.xml.xml', '/ar/sitemap.xml', '/ar/sitemap/0.xml', '/ar/news-sitemap.xml', '/ar/robots.txt'])
      assert.strictEqual((await get(at(where))).status, 404, where);
  });
});

describe('A standing page', () => {
  test('is in the site map as soon as it is there, with its other languages', async () => {
    for (const { code } of languages) await setPage(code, 'about');
    const pages = await wholeMap();
    for (const { prefix } of languages) assert.strictEqual(Object.keys(pages.get(at(`${prefix}/about`))).length, languages.length);
  });
});

describe('The news site map', () => {
  test('has what was published in two days, with its language and title', async () => {
    const { children: entries } = await mapAt(at('/news-sitemap.xml'), 'urlset');
    assert.ok(entries.length <= 1000);
    const found = [];
    for (const entry of entries) {
      const news = child(entry, `${NEWS}news`);
      const publication = child(news, `${NEWS}publication`);
      assert.strictEqual(textOf(publication, `${NEWS}name`), NAME);
      assert.match(textOf(news, `${NEWS}publication_date`), DATE);
      found.push([textOf(publication, `${NEWS}language`), textOf(news, `${NEWS}title`), await addressOf(entry)]);
    }
    assert.deepStrictEqual(found.sort(), languages.map(({ code }, number) => [code, `${TITLE} ${code}`, fresh[number].url]).sort());
  });
});

describe('robots.txt', () => {
  test('lets everything be read but forms and searches, and names both site maps', async () => {
    const answer = await get(at('/robots.txt'));
    assert.strictEqual(answer.headers['content-type'], 'text/plain; charset=utf-8');
    const searches = languages.map(({ prefix }) => `Disallow: ${prefix}/search?`).sort();
    const lines = answer.text.split('\n').filter(Boolean);
    assert.deepStrictEqual(lines.slice(0, 2), ['User-agent: *', 'Disallow: /reply/']);
    assert.deepStrictEqual(lines.slice(2, -2).sort(), searches);
    assert.deepStrictEqual(lines.slice(-2), [`Sitemap: ${at('/sitemap.xml')}`, `Sitemap: ${at('/news-sitemap.xml')}`]);
  });
});

describe('A browser', () => {
  test('finds how to search the site, in each language', async () => {
    for (const { code, prefix } of languages) {
      const where = at(`${prefix}/opensearch.xml`);
      const answer = await get(where);
      assert.strictEqual(answer.headers['content-type'], 'application/opensearchdescription+xml; charset=utf-8');
      const root = await parseXml(answer.text);
      assert.strictEqual(root.name, `${SEARCH}OpenSearchDescription`);
      assert.strictEqual(textOf(root, `${SEARCH}ShortName`), 'The Very Long &');
      assert.ok(textOf(root, `${SEARCH}Description`).includes(NAME));
      assert.strictEqual(textOf(root, `${SEARCH}Language`), code);
      const templates = children(root, `${SEARCH}Url`).map(({ attributes }) => attributes);
      assert.deepStrictEqual(templates, [
        { type: 'text/html', template: at(`${prefix}/search`) + '?q={searchTerms}' },
        { type: 'application/opensearchdescription+xml', rel: 'self', template: where },
      ]);
      const icon = await get(textOf(root, `${SEARCH}Image`));
      assert.strictEqual(icon.headers['content-type'], child(root, `${SEARCH}Image`).attributes.type);
    }
  });

  test('finds what a phone needs to keep the site, and every icon is as large as it says', async () => {
    const css = fs.readFileSync(path.join(ROOT, 'assets/site/site.css/1-ground.css'), 'utf8');
    const colour = (name) => new RegExp(`--${name}: (#[0-9a-f]+);`).exec(css)[1].replace(/^#(\w)(\w)(\w)$/, '#$1$1$2$2$3$3');
    for (const { code, prefix } of languages) {
      const answer = await get(at(`${prefix}/manifest.webmanifest`));
      assert.strictEqual(answer.headers['content-type'], 'application/manifest+json; charset=utf-8');
      const { icons, dir, ...manifest } = JSON.parse(answer.text);
      assert.deepStrictEqual(manifest, {
        id: prefix || '/', name: NAME, short_name: 'The Very', lang: code, start_url: prefix || '/', scope: '/',
        display: 'minimal-ui', theme_color: colour('accent'), background_color: colour('paper'),
      });
      assert.match(dir, /^(ltr|rtl)$/);
      assert.strictEqual((await get(at(manifest.start_url))).status, 200);
      assert.deepStrictEqual(icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`), ['192x192 any', '512x512 any', '512x512 maskable']);
      for (const { src, sizes, type } of icons) {
        const { headers, body } = await get(at(src));
        assert.strictEqual(headers['content-type'], type);
        assert.strictEqual(sizeOfPng(body), sizes);
      }
    }
  });

  test('finds icons where it looks for them without being told', async () => {
    const icon = await get(at('/favicon.ico'));
    assert.strictEqual(icon.status, 200);
    assert.strictEqual(icon.headers['content-type'], 'image/vnd.microsoft.icon');
    assert.deepStrictEqual([...icon.body.subarray(0, 6)], [0, 0, 1, 0, 2, 0]);
    assert.deepStrictEqual([6, 22].map((entry) => icon.body[entry]).sort(), [16, 32]);
    const touch = await get(at('/apple-touch-icon.png'));
    assert.strictEqual(touch.headers['content-type'], 'image/png');
    assert.strictEqual(sizeOfPng(touch.body), '180x180');
    const again = await get(at('/favicon.ico'), { headers: { 'If-None-Match': icon.headers.etag } });
    assert.strictEqual(again.status, 304);
    assert.strictEqual((await get(at('/ar/favicon.ico'))).status, 404);
  });

  test('is allowed to fetch the manifest', async () => {
    assert.match((await get(at('/'))).headers['content-security-policy'], /manifest-src 'self'/);
  });
});

function sizeOfPng(bytes) {
  assert.strictEqual(bytes.subarray(1, 4).toString(), 'PNG');
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}
