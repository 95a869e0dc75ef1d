'use strict';
// Published means visible: once a command has answered, no page that it touches is served in its
// old form, to anybody, though every one of them lay in memory before.

const assert = require('node:assert');
const http = require('node:http');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, repliesOn, replyForm, until } = require('../support');

let site;
let other; // an English story that no act below is about
let arabic;

const pathOf = (url) => new URL(url).pathname;
const read = (where) => get(new URL(where, site.url));

before(async () => {
  site = await startSite();
  other = await addStory(site, { headline: 'The other story', section: 'sport', publishedAt: '2020-02-02T10:00' });
  arabic = await addStory(site, { headline: 'الخبر الآخر', section: 'sport', lang: 'ar', publishedAt: '2020-02-02T10:00' });
});
after(() => site.stop());

// Reads the pages until they lie in memory, then acts, then reads them again: what `expected` says
// of each page must be true at once. { path: { status, has: […], hasNot: […] } }
async function actIsSeen(act, expected) {
  const pages = Object.keys(expected);
  for (const page of [...pages, ...pages]) await read(page);
  await act();
  await Promise.all(pages.map((page) => isAsExpected(page, expected[page])));
}

async function isAsExpected(page, { status = 200, has = [], hasNot = [], location }) {
  const answer = await read(page);
  assert.strictEqual(answer.status, status, page);
  for (const text of has) assert.ok(answer.text.includes(text), `${page} is without “${text}”`);
  for (const text of hasNot) assert.ok(!answer.text.includes(text), `${page} still has “${text}”`);
  if (location) assert.strictEqual(new URL(answer.headers.location, site.url).href, location, page);
}

const everywhere = (pages, expectation) => Object.fromEntries(pages.map((page) => [page, expectation]));
const BAR = '<aside class="breaking-bar"';
const FLAG = '<p class="flag">Breaking</p>';
const ARABIC_FLAG = '<p class="flag">عاجل</p>';

for (const lang of ['en', 'ar']) {
  describe(`A story in ${lang} is, everywhere and at once,`, () => {
    const prefix = lang === 'en' ? '' : '/ar';
    const home = lang === 'en' ? '/' : '/ar';
    const otherHome = lang === 'en' ? '/ar' : '/';
    const [section, tag, feed] = [`${prefix}/economy-${lang}`, `${prefix}/tag/ports-${lang}`, `${prefix}/feed.xml`];
    const listings = [home, section, tag, feed];
    const edit = (...args) => site.must(['story', 'edit', String(story.id), ...args]);
    let story;
    let page;

    test('listed when it is published, and its section in the navigation of every page', async () => {
      const own = lang === 'en' ? other : arabic;
      const link = `href="${section}"`;
      await site.must(['tag', 'add', `ports-${lang}`, '--name', `Ports ${lang}`]);
      await actIsSeen(async () => {
        story = await addStory(site, { headline: `First headline ${lang}`, section: `economy-${lang}`, tags: [`ports-${lang}`, 'Harbours'], lang, body: `The first words ${lang}.` });
      }, {
        [home]: { has: [`First headline ${lang}`, link] },
        [section]: { has: [`First headline ${lang}`, link] },
        [tag]: { has: [`First headline ${lang}`, link] },
        [feed]: { has: [`First headline ${lang}`] },
        [pathOf(own.url)]: { has: [link] },
        [otherHome]: { hasNot: [`First headline ${lang}`, link] },
      });
      page = pathOf(story.url);
    });

    test('called by its new headline when it is edited', () => actIsSeen(
      () => edit('--headline', `Second headline ${lang}`),
      everywhere([...listings, page], { has: [`Second headline ${lang}`], hasNot: [`First headline ${lang}`] })));

    test('told in its new words when it is edited', () => actIsSeen(
      () => site.must(['story', 'edit', String(story.id), '--body', '-'], `Quite new words ${lang}.`),
      everywhere([...listings, page], { has: [`Quite new words ${lang}.`], hasNot: ['The first words'] })));

    test('corrected, with a note', () => actIsSeen(
      () => site.must(['story', 'correct', String(story.id), '--text', `It was the other bank ${lang}.`, '--body', '-'], `Corrected words ${lang}.`),
      {
        [page]: { has: [`It was the other bank ${lang}.`, `Corrected words ${lang}.`, 'class="corrections"'], hasNot: ['Quite new words'] },
        ...everywhere(listings, { has: [`Corrected words ${lang}.`], hasNot: ['Quite new words'] }),
      }));

    test('breaking: flagged where it leads a page, and in the bar of every other page of its language', async () => {
      const own = lang === 'en' ? other : arabic;
      const led = [home, section, tag, page];
      const others = [`${prefix}/archive`, pathOf(own.url)];
      const flag = lang === 'en' ? FLAG : ARABIC_FLAG;
      await actIsSeen(() => edit('--breaking'), {
        ...everywhere(led, { has: [flag], hasNot: [BAR] }), ...everywhere(others, { has: [BAR] }), [otherHome]: { hasNot: [BAR] },
      });
      await isAsExpected(`${prefix}/no/such/page`, { status: 404, has: [BAR] });
      await actIsSeen(() => edit('--headline', `Third headline ${lang}`),
        everywhere([...led, ...others], { has: [`Third headline ${lang}`], hasNot: ['Second headline'] }));
      const second = await addStory(site, { headline: `Also breaking ${lang}`, section: 'sport', lang, breaking: true });
      await isAsExpected(page, { has: [BAR, flag, `Also breaking ${lang}`] });
      await isAsExpected(pathOf(second.url), { has: [BAR, `Third headline ${lang}`] });
      await site.must(['story', 'withdraw', String(second.id)]);
      await actIsSeen(() => edit('--no-breaking'), everywhere([...led, ...others], { hasNot: [BAR, flag] }));
    });

    test('moved to another section, address and all', async () => {
      const old = page;
      await actIsSeen(async () => {
        story = await edit('--section', `health-${lang}`);
      }, {
        [section]: { hasNot: [`Third headline ${lang}`] },
        [home]: { has: [`href="${prefix}/health-${lang}"`], hasNot: [`href="${section}"`] },
        [pathOf((lang === 'en' ? other : arabic).url)]: { has: [`href="${prefix}/health-${lang}"`], hasNot: [`href="${section}"`] },
        [feed]: { has: [`<category>health-${lang}</category>`] },
      });
      page = pathOf(story.url);
      assert.ok(page.startsWith(`${prefix}/health-${lang}/`), page);
      await isAsExpected(old, { status: 301, location: story.url });
      await isAsExpected(`${prefix}/health-${lang}`, { has: [`Third headline ${lang}`] });
    });

    test('at its new address when its slug is changed', async () => {
      const [old, next] = [page, page.replace(/[^/]+$/, `another-slug-${lang}`)];
      await actIsSeen(() => edit('--slug', `another-slug-${lang}`), {
        [old]: { status: 301, location: new URL(next, site.url).href },
        [next]: { has: [`Third headline ${lang}`] },
        [home]: { has: [`href="${next}"`], hasNot: [`href="${old}"`] },
        [tag]: { has: [`href="${next}"`], hasNot: [`href="${old}"`] },
        [feed]: { has: [next], hasNot: [`<link>${new URL(old, site.url)}</link>`] },
      });
      page = next;
    });

    test('off a tag that is taken away, and on one that is given', () => actIsSeen(
      () => edit('--tag', `docks-${lang}`), {
        [tag]: { hasNot: [`Third headline ${lang}`] },
        [`${prefix}/tag/docks-${lang}`]: { has: [`Third headline ${lang}`] },
        [page]: { has: [`/tag/docks-${lang}"`], hasNot: [`/tag/ports-${lang}"`] },
      }));

    test('gone when it is withdrawn, and back when it is published again', async () => {
      const lists = [home, feed, `${prefix}/health-${lang}`, `${prefix}/tag/docks-${lang}`];
      await actIsSeen(() => site.must(['story', 'withdraw', String(story.id)]), {
        ...everywhere(lists, { hasNot: [`Third headline ${lang}`] }),
        [page]: { status: 410, hasNot: [`Third headline ${lang}`] },
      });
      await actIsSeen(() => site.must(['story', 'publish', String(story.id)]), everywhere([...lists, page], { has: [`Third headline ${lang}`] }));
    });

    test('with a reply that a reader sends or the desk adds, and without one that it hides', async () => {
      let added;
      const text = (number) => `Reply ${number} to ${lang}`;
      await actIsSeen(async () => {
        added = await site.must(['reply', 'add', '--story', String(story.id), '--name', 'Reader', '--email', 'r@example.org', '--text', '-'], text(1));
      }, { [page]: { has: [text(1)] } });
      await actIsSeen(async () => (await replyForm(site, story)).send({ text: text(2) }), { [page]: { has: [text(1), text(2)] } });
      await actIsSeen(() => site.must(['reply', 'hide', String(added.id)]), { [page]: { has: [text(2)], hasNot: [text(1)] } });
      await actIsSeen(() => site.must(['reply', 'show', String(added.id)]), { [page]: { has: [text(1), text(2)] } });
      assert.strictEqual(repliesOn((await read(page)).text).length, 2);
    });
  });
}

describe('A page that was not there', () => {
  test('is there once its section or its tag is added', async () => {
    await actIsSeen(() => site.must(['section', 'add', 'culture', '--name', 'Culture', '--name', 'ar=ثقافة']),
      { '/culture': { has: ['<h1><bdi>Culture</bdi></h1>'] }, '/ar/culture': { has: ['<h1><bdi>ثقافة</bdi></h1>'] } });
    await actIsSeen(() => site.must(['tag', 'add', 'tigris', '--name', 'Tigris', '--name', 'ar=دجلة']),
      { '/tag/tigris': { has: ['<h1><bdi>Tigris</bdi></h1>'] }, '/ar/tag/tigris': { has: ['<h1><bdi>دجلة</bdi></h1>'] } });
  });

  test('is linked from every page once its language has a story', async (context) => {
    const fresh = await startSite({ test: context });
    const english = await addStory(fresh);
    const pages = [`${fresh.url}/`, `${fresh.url}/politics`, english.url];
    for (const page of [...pages, ...pages]) assert.ok(!(await get(page)).text.includes('hreflang="ar"'));
    await addStory(fresh, { headline: 'أول خبر', lang: 'ar' });
    for (const [page, there] of [[pages[0], '/ar'], [pages[1], '/ar/politics'], [pages[2], '/ar']])
      assert.ok((await get(page)).text.includes(`<a href="${there}" lang="ar" hreflang="ar"`), page);
  });

  test('of a story is linked from its translations at once, and no longer when it is withdrawn', async (context) => {
    const fresh = await startSite({ test: context });
    const english = await addStory(fresh);
    const links = async () => (await get(english.url)).text.includes('class="translations"');
    assert.strictEqual(await links(), false);
    const arabic = await addStory(fresh, { headline: 'أول خبر', lang: 'ar', translationOf: english.id });
    assert.strictEqual(await links(), true);
    await fresh.must(['story', 'withdraw', String(arabic.id)]);
    assert.strictEqual(await links(), false);
  });
});

test('A story of tomorrow is refused and shows nowhere, since there is no schedule', async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  const args = ['story', 'add', '--headline', 'Of tomorrow', '--section', 'sport', '--body', '-', '--published-at', tomorrow, '--publish'];
  const refused = await site.courant(args, 'Words.');
  assert.strictEqual(refused.code, 1);
  assert.match(refused.stderr, /future/);
  assert.ok(!(await read('/')).text.includes('Of tomorrow'));
});

describe('While readers read', () => {
  // Each round the headline, and with it every page of the story, gets a higher number. A request
  // that began after a round was answered must find that round's number or a later one.
  test('100 edits: nobody is served a version older than the last that was answered', { timeout: 120_000 }, async () => {
    const story = await addStory(site, { headline: 'Version 0 of it', section: 'rounds', tags: ['rounds'] });
    const pages = [pathOf(story.url), '/', '/rounds', '/tag/rounds', '/feed.xml'];
    let answered = 0;
    let isOver = false;
    const counts = new Map(pages.map((page) => [page, 0]));
    const reading = Promise.all(pages.map(reader));
    for (let round = 1; round <= 100; round++) {
      await site.must(['story', 'edit', String(story.id), '--headline', `Version ${round} of it`]);
      answered = round;
    }
    isOver = true;
    await reading;
    for (const [page, count] of counts) assert.ok(count >= 100, `${page} was read only ${count} times`);

    async function reader(page) {
      const agent = new http.Agent({ keepAlive: true });
      while (!isOver) {
        const least = answered;
        const { status, text } = await get(new URL(page, site.url), { agent });
        assert.strictEqual(status, 200);
        const versions = [...text.matchAll(/Version (\d+) of it/g)].map(([, number]) => Number(number));
        assert.ok(versions.length > 0, `${page} is without the story`);
        assert.ok(Math.min(...versions) >= least, `${page} shows version ${Math.min(...versions)} after ${least} was answered`);
        counts.set(page, counts.get(page) + 1);
      }
      agent.destroy();
    }
  });

  test('20 replies at once: each is on the page by the time that its sender is led there', async () => {
    const story = await addStory(site, { headline: 'Read while it is replied to', section: 'rounds' });
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const form = await replyForm(site, story);
      await read(pathOf(story.url));
      const answer = await form.send({ text: `Reply number ${index}.` });
      const { hash } = new URL(answer.headers.location, site.url);
      const { text } = await read(pathOf(story.url));
      assert.ok(repliesOn(text).some(({ id, html }) => hash === `#reply-${id}` && html.includes(`Reply number ${index}.`)));
    }));
    assert.strictEqual(repliesOn((await read(pathOf(story.url))).text).length, 20);
  });
});

describe('A breaking story', () => {
  test('leaves the bar of pages in memory when its time is over, and nobody did anything', async () => {
    const until_s = Math.ceil(Date.now() / 1000) + 6;
    const story = await addStory(site, {
      headline: 'Breaking for a moment', section: 'sport', tags: ['moment'],
      breakingUntil: new Date(until_s * 1000).toISOString().replace('.000', ''),
    });
    const pages = ['/', '/sport', '/tag/moment', pathOf(story.url), pathOf(other.url)];
    for (const page of [...pages, ...pages]) await isAsExpected(page, { has: [page === pathOf(other.url) ? BAR : FLAG] });
    const tag = (await read('/')).headers.etag;
    assert.ok(Date.now() < until_s * 1000, 'the pages were read in time');
    await until(() => Date.now() > until_s * 1000, 'the time is over');
    for (const page of pages) await isAsExpected(page, { hasNot: [BAR, FLAG] });
    const again = await get(`${site.url}/`, { headers: { 'If-None-Match': tag } });
    assert.strictEqual(again.status, 200, 'a browser that has the bar gets the page without it');
  });

  test('leads the home page though others are newer, and stands down when it is cleared', async () => {
    const story = await addStory(site, { headline: 'Old and breaking', section: 'sport', publishedAt: '2019-01-01T08:00', breaking: true });
    const lead = async () => /<div class="lead">[\s\S]*?<h3[^>]*><a href="([^"]+)"/.exec((await read('/')).text)[1];
    assert.strictEqual(await lead(), pathOf(story.url));
    await site.must(['story', 'edit', String(story.id), '--no-breaking']);
    assert.notStrictEqual(await lead(), pathOf(story.url));
  });
});
