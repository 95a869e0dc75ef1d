'use strict';
// Feeds, as feed readers find them: every kind in three formats and every language, valid, with the
// same items, and told apart from what was there before by the usual headers.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, makeSite, run, get, addStory } = require('../support');
const { until } = require('../support/wait');
const { readFeed, FEED_FORMATS } = require('../support/feed');
const { newsboat } = require('../support/newsboat');

const HOSTILE = [
  'Budget & <b>bold</b> "quotes" \'single\' ]]> <![CDATA[ x ]]> </title>',
  '&amp; &lt;script&gt;alert(1)&lt;/script&gt; &#x0; %s {{title}}',
  'Families 👩‍👩‍👧‍👦 and flags 🏴󠁧󠁢󠁥󠁮󠁧󠁿 beyond the plane 𝄞',
  'طويل '.repeat(75).trim().slice(0, 300),
  '\u202eturned round\u202c and \u2066isolated\u2069',
];
const shown = (headline) => headline.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').trim();
const BODY = '<p>Less &lt; than &amp; ]]&gt; “quoted”, <a href="/politics/2021?a=1&amp;b=2#c">ours</a>, '
  + '<a href="https://other.example/?a=1&amp;b=2">theirs</a> and <a href="mailto:desk@news.example">a letter</a>.</p>'
  + '<ul><li>👩‍🚀</li><li dir="rtl">مرحبا</li></ul>';

let site;
let languages; // that the program speaks: { code, prefix, stories }
const at = (where) => new URL(where, site.url).href;
const feedAt = async (where) => readFeed(await get(at(where)), at(where));
const command = (...args) => site.must(args.map(String));

const reply = (storyId, text, name = 'Reader <One> & Co') =>
  site.courant(['reply', 'add', '--story', String(storyId), '--name', name, '--email', 'one@example.org', '--text', '-', '--json'], text);
async function addReply(storyId, text) {
  const done = await reply(storyId, text);
  assert.strictEqual(done.code, 0, done.stderr);
  return JSON.parse(done.stdout);
}

async function addStories(code) {
  const stories = [];
  for (const [number, headline] of HOSTILE.entries()) {
    stories.push(await addStory(site, {
      headline, lang: code, section: 'politics', tags: ['Al-Kadhimi', 'R&D <x>'], body: BODY, format: 'html',
      byline: [`First Writer & Co ${code}`, `Second “Writer” ${code}`], source: 'Harbour Wire',
      slug: `story-${number}`, publishedAt: `2021-07-23T1${number}:39`,
    }));
  }
  stories.push(await addStory(site, { headline: `By the agency ${code}`, lang: code, section: 'sport', source: 'Harbour Wire', publishedAt: '2021-07-22T10:00' }));
  return stories.map((story, number) => ({ ...story, headline: shown(HOSTILE[number] || `By the agency ${code}`) }));
}

before(async () => {
  site = await startSite();
  const { stdout } = await site.courant(['story', 'add', '--help']);
  const codes = /--lang (\S+)/.exec(stdout)[1].split('|');
  languages = codes.map((code) => ({ code, prefix: code === 'en' ? '' : `/${code}` }));
  for (const language of languages) {
    language.stories = await addStories(language.code);
    const [first] = language.stories;
    await command('story', 'correct', first.id, '--text', `Was <b>wrong</b> & is right ]]> ${language.code}`);
    await command('story', 'correct', first.id, '--kind', 'update', '--text', 'More is known.');
    for (const text of ['A reply with <b>no markup</b> & https://reply.example/?a=1&b=2', 'Hide me'])
      language.reply = await addReply(first.id, text);
    await command('reply', 'hide', language.reply.id);
  }
  await command('tag', 'alias', 'add', 'al-kadhimi', 'Kazemi');
});
after(() => site.stop());

const slugOf = async (kind, name) => (await site.must([kind, 'list'])).find((row) => JSON.stringify(row).includes(JSON.stringify(name).slice(1, -1)))?.slug;

// Every feed of a language: its path without the format, and how many items it has.
async function scopesOf({ code, prefix, stories }) {
  const writer = await slugOf('byline', `First Writer & Co ${code}`);
  const agency = await slugOf('source', 'Harbour Wire');
  return [
    { name: 'language', where: `${prefix}/feed`, count: 6 },
    { name: 'section', where: `${prefix}/politics/feed`, count: 5 },
    { name: 'tag', where: `${prefix}/tag/al-kadhimi/feed`, count: 5 },
    { name: 'byline', where: `${prefix}/byline/${writer}/feed`, count: 5 },
    { name: 'source', where: `${prefix}/source/${agency}/feed`, count: 6 },
    { name: 'corrections', where: `${prefix}/corrections/feed`, count: 2 },
    { name: 'replies', where: `${prefix}/replies/feed`, count: 1 },
    { name: 'replies of a story', where: `${new URL(stories[0].url).pathname}/feed`, count: 1 },
  ];
}

async function allScopes() {
  const own = await Promise.all(languages.map(scopesOf));
  return [...own.flat(), { name: 'all languages', where: '/all/feed', count: 6 * languages.length }];
}

// The three formats of a feed must say the same.
async function threeAlike(scope) {
  const feeds = [];
  for (const format of FEED_FORMATS) feeds.push(await feedAt(`${scope.where}.${format}`));
  assert.strictEqual(feeds[0].items.length, scope.count, `${scope.where} has ${feeds[0].items.map(({ title }) => title)}`);
  for (const feed of feeds.slice(1)) assert.deepStrictEqual(feed, feeds[0], scope.where);
  return feeds[0];
}

describe('A feed', () => {
  test('of every kind is valid in every format and language, and says the same in each', async () => {
    for (const scope of await allScopes()) {
      const feed = await threeAlike(scope);
      assert.strictEqual((await get(feed.home.replace(/#.*/, ''))).status, 200, feed.home);
      for (const item of feed.items) assert.strictEqual((await get(item.url.replace(/#.*/, ''))).status, 200, item.url);
    }
  });

  test('holds a story with its authors, tags, times, whole text and corrections', async () => {
    for (const { code, prefix, stories } of languages) {
      const { items } = await feedAt(`${prefix}/feed.atom`);
      assert.deepStrictEqual(items.map(({ title }) => title), [4, 3, 2, 1, 0, 5].map((number) => stories[number].headline));
      const item = items[4];
      assert.strictEqual(item.url, stories[0].url);
      assert.strictEqual(item.language, code);
      assert.deepStrictEqual(item.authors, [`First Writer & Co ${code}`, `Second “Writer” ${code}`]);
      assert.deepStrictEqual(item.tags.slice(1), ['Al-Kadhimi', 'R&D <x>']);
      assert.strictEqual(item.published, Date.parse('2021-07-23T10:39:00+03:00'));
      assert.ok(Date.now() - item.updated < 600_000, 'a correction moves the time of the update');
      assert.ok(item.summary.startsWith('Less < than & ]]> “quoted”, ours, theirs'), item.summary);
      assert.ok(item.content.includes(`<a href="${site.url}/politics/2021?a=1&amp;b=2#c">ours</a>`), item.content);
      assert.ok(item.content.includes('<a href="https://other.example/?a=1&amp;b=2">theirs</a>'), item.content);
      assert.ok(item.content.includes(`Was &lt;b&gt;wrong&lt;/b&gt; &amp; is right ]]&gt; ${code}`), item.content);
      assert.ok(item.content.indexOf('More is known.') > item.content.indexOf('👩‍🚀'), 'corrections stand at the end');
      assert.ok(item.content.includes('Harbour Wire'), item.content);
      assert.match(item.content, new RegExp(`^<div lang="${code}" dir="(ltr|rtl)">`));
      assert.deepStrictEqual(items[5].authors, ['Harbour Wire']);
    }
  });

  test('of replies holds what was said, by whom and about what, and nothing that is hidden', async () => {
    for (const { prefix, stories } of languages) {
      const { items } = await feedAt(`${prefix}/replies/feed.json`);
      assert.strictEqual(items.length, 1);
      const [item] = items;
      assert.ok(item.title.includes('Reader <One> & Co') && item.title.includes(stories[0].headline), item.title);
      assert.deepStrictEqual(item.authors, ['Reader <One> & Co']);
      assert.ok(item.url.startsWith(`${stories[0].url}#reply-`), item.url);
      assert.ok(item.content.includes('A reply with &lt;b&gt;no markup&lt;/b&gt; &amp; <a href="https://reply.example/?a=1&amp;b=2"'), item.content);
    }
  });

  test('of all languages has the newest of each, and stands at one address', async () => {
    const { items } = await feedAt('/all/feed.atom');
    assert.deepStrictEqual(new Set(items.map(({ language }) => language)), new Set(languages.map(({ code }) => code)));
    for (const { prefix } of languages.filter((language) => language.prefix))
      assert.strictEqual((await get(at(`${prefix}/all/feed.atom`))).status, 404);
  });

  test('is led to by other names of its tag', async () => {
    for (const format of FEED_FORMATS) {
      const answer = await get(at(`/tag/kazemi/feed.${format}`));
      assert.strictEqual(answer.status, 301);
      assert.strictEqual(answer.headers.location, `/tag/al-kadhimi/feed.${format}`);
    }
  });

  test('of what is not there is not found', async () => {
    for (const where of ['/nothing/feed', '/tag/nothing/feed', '/byline/nothing/feed', '/source/nothing/feed', '/politics/2021/07/23/nothing/feed'])
      for (const format of FEED_FORMATS) assert.strictEqual((await get(at(`${where}.${format}`))).status, 404, where);
  });

  test('is read by feedparser without a complaint, and by xmllint', async () => {
    const READ = `
import feedparser, json, sys
feed = feedparser.parse(sys.stdin.buffer.read())
print(json.dumps({'bozo': str(feed.get('bozo_exception', '')) if feed.bozo else '', 'version': feed.version, 'ids': [entry.id for entry in feed.entries]}))`;
    for (const scope of await allScopes()) {
      for (const [format, version] of [['xml', 'rss20'], ['atom', 'atom10']]) {
        const { text } = await get(at(`${scope.where}.${format}`));
        const done = await run(['/usr/bin/python3', '-c', READ], { stdin: text });
        assert.strictEqual(done.code, 0, done.stderr);
        const read = JSON.parse(done.stdout);
        assert.strictEqual(read.bozo, '', scope.where);
        assert.strictEqual(read.version, version);
        assert.strictEqual(read.ids.length, scope.count);
        const lint = await run(['xmllint', '--noout', '--nonet', '-'], { stdin: text });
        assert.strictEqual(`${lint.stdout}${lint.stderr}`, '', scope.where);
      }
    }
  });
});

describe('What XML can’t hold', () => {
  test('is refused wherever it could come in', async () => {
    for (const bad of ['\ufffe', '\uffff', '\ufdd0', '\u0001', '\u{1ffff}']) {
      const add = (...args) => site.courant(['story', 'add', '--section', 'politics', '--publish', '--body', '-', ...args], 'x');
      for (const done of [
        await add('--headline', `a${bad}b`),
        await add('--headline', 'x', '--byline', `a${bad}b`),
        await add('--headline', 'x', '--tag', `a${bad}b`),
        await add('--headline', 'x', '--standfirst', `a${bad}b`),
        await site.courant(['story', 'correct', String(languages[0].stories[1].id), '--text', `a${bad}b`]),
        await reply(languages[0].stories[1].id, 'x', `a${bad}b`),
        await reply(languages[0].stories[1].id, `a${bad}b`),
      ]) assert.strictEqual(done.code, 1, `U+${bad.codePointAt(0).toString(16)}: ${done.stdout}${done.stderr}`);
    }
  });
});

describe('A feed reader that comes again', () => {
  test('gets nothing while nothing has changed, by ETag or by date, and the ETag goes first', async () => {
    const ask = (headers) => get(at('/feed.xml'), { headers });
    // What is made in the second of an act has no date, until the next.
    const first = await until(async () => {
      const answer = await ask({});
      return answer.headers['last-modified'] && answer;
    }, 'the feed has a date');
    const { etag, 'last-modified': date } = first.headers;
    assert.ok(etag && date);
    assert.ok(new Date(date) <= new Date(first.headers.date));
    const early = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const late = new Date(Date.parse(date) + 60_000).toUTCString();
    const asks = [
      [{ 'If-None-Match': etag }, 304],
      [{ 'If-Modified-Since': date }, 304],
      [{ 'If-Modified-Since': late }, 304],
      [{ 'If-Modified-Since': early }, 200],
      [{ 'If-Modified-Since': 'yesterday' }, 200],
      [{ 'If-None-Match': etag, 'If-Modified-Since': early }, 304],
      [{ 'If-None-Match': '"other"', 'If-Modified-Since': date }, 200],
    ];
    for (const [headers, status] of asks) {
      const answer = await ask(headers);
      assert.strictEqual(answer.status, status, JSON.stringify(headers));
      assert.strictEqual(answer.headers.etag, etag);
      if (status === 304) assert.strictEqual(answer.body.length, 0);
    }
    assert.strictEqual((await get(at('/'), { headers: { 'If-Modified-Since': late } })).status, 200);
  });

  test('finds a withdrawn story gone from every feed at once, and its replies with it', async () => {
    const story = await addStory(site, { headline: 'To be withdrawn', section: 'politics', tags: ['Al-Kadhimi'], byline: 'Brief Writer', source: 'Harbour Wire' });
    await addReply(story.id, 'Under it');
    await command('story', 'correct', story.id, '--text', 'Noted');
    const writer = await slugOf('byline', 'Brief Writer');
    const feeds = ['/feed', '/all/feed', '/politics/feed', '/tag/al-kadhimi/feed', `/byline/${writer}/feed`, '/source/harbour-wire/feed', '/replies/feed', '/corrections/feed'];
    const has = async (where) => (await feedAt(where)).items.some(({ url }) => url.startsWith(story.url));
    for (const where of feeds) assert.ok(await has(`${where}.atom`), where);
    await command('story', 'withdraw', story.id);
    for (const where of feeds) assert.ok(!await has(`${where}.atom`), where);
    assert.strictEqual((await get(`${story.url}/feed.xml`)).status, 410);
    await command('story', 'publish', story.id);
    for (const where of feeds) assert.ok(await has(`${where}.atom`), where);
    await command('story', 'withdraw', story.id);
  });

  test('finds a reply that is shown or hidden at once', async () => {
    const { prefix, stories, reply } = languages[0];
    const feeds = [`${prefix}/replies/feed.atom`, `${new URL(stories[0].url).pathname}/feed.atom`];
    const counts = async () => Promise.all(feeds.map(async (where) => (await feedAt(where)).items.length));
    assert.deepStrictEqual(await counts(), [1, 1]);
    await command('reply', 'show', reply.id);
    assert.deepStrictEqual(await counts(), [2, 2]);
    await command('reply', 'hide', reply.id);
    assert.deepStrictEqual(await counts(), [1, 1]);
  });

  // One newsboat for the feeds of a kind: it knows an item by its guid, wherever it found it first.
  test('is newsboat: it reads every feed, and asks again in a way that costs a 304', async (context) => {
    const all = await allScopes();
    for (const kind of new Set(all.map(({ name }) => name))) {
      const scopes = all.filter(({ name }) => name === kind);
      for (const format of ['xml', 'atom']) {
        const paths = scopes.map(({ where }) => `${where}.${format}`);
        const reader = await newsboat(site, paths);
        context.after(() => reader.close());
        await reader.reload();
        const items = await reader.items();
        for (const where of paths) isRead(await feedAt(where), items.filter(({ feed }) => feed === where), where);
        // It remembers ETag and date of a feed that its cache knew before: from the second time on.
        await reader.reload();
        assert.deepStrictEqual(reader.asked.splice(0).map(({ status }) => status), [...paths, ...paths].map(() => 200));
        await reader.reload();
        assert.deepStrictEqual(reader.asked.map(({ path }) => path).sort(), [...paths].sort());
        for (const { path, status, headers } of reader.asked) {
          assert.ok(headers['if-none-match'], path);
          assert.strictEqual(status, 304, path);
        }
      }
    }
  });

  function isRead(feed, found, where) {
    assert.strictEqual(found.length, feed.items.length, where);
    for (const item of feed.items) {
      const read = found.find(({ guid }) => guid === item.id);
      assert.ok(read, `${where} without ${item.title}`);
      assert.strictEqual(read.url, item.url);
      assert.strictEqual(read.published * 1000, item.published, item.title);
      assert.strictEqual(read.title, item.title);
      // Of several authors it keeps all that Atom names, and the last that RSS names.
      assert.strictEqual(read.author, where.endsWith('.atom') ? item.authors.join(', ') : item.authors.at(-1) || '');
      assert.ok(read.content.includes('</p>'), read.content);
    }
  }
});

// Last, since the server ends and begins anew, at another address.
describe('A setting', () => {
  test('makes feeds of summaries, and an item stays the same wherever the site moves', async () => {
    const before = await feedAt('/feed.json');
    await site.restart({ args: ['--feeds.text', 'summary', '--feeds.stories', '3'] });
    for (const scope of await allScopes()) {
      const feed = await threeAlike({ ...scope, count: Math.min(scope.count, 3) });
      const isOfStories = !/replies|corrections|\d\d\d\d/.test(scope.where);
      for (const item of feed.items) {
        assert.ok(item.summary.length > 0);
        assert.strictEqual(item.content === '', isOfStories, scope.where);
      }
    }
    const after = await feedAt('/feed.json');
    assert.deepStrictEqual(after.items.map(({ id }) => id), before.items.slice(0, 3).map(({ id }) => id));
    assert.notStrictEqual(after.items[0].url, before.items[0].url);
  });

  test('that is none of its words is refused, and the words are named', async (context) => {
    const idle = await makeSite({ test: context });
    const done = await idle.courant(['serve', '--feeds.text', 'some']);
    assert.notStrictEqual(done.code, 0);
    assert.match(done.stderr, /feeds\.text is some; it takes full or summary/);
  });
});
