'use strict';
// The ways by which readers come to stories: by topic, writer, agency, day, correction and words,
// in every language.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory } = require('../support');

let site;
let at;
const stories = {};

const pathOf = (url) => new URL(url).pathname;
const path = (text) => encodeURI(text);
// The addresses of a listing's stories in their order.
const links = (html) => [...html.matchAll(/<h[23][^>]*><a href="([^"#]+)(?:#[^"]*)?">/g)].map(([, href]) => href);
const page = async (where, status = 200) => {
  const answer = await get(at(where));
  assert.strictEqual(answer.status, status, where);
  return answer;
};
const next = (html) => /<a href="([^"]+)" rel="next">/.exec(html)?.[1].replaceAll('&amp;', '&');

before(async () => {
  site = await startSite({ timezone: 'Asia/Baghdad' });
  at = (where) => new URL(where, site.url).href;
  const add = async (name, options) => {
    stories[name] = await addStory(site, options);
  };
  await add('visit', {
    headline: 'Al-Kadhimi visits the White House', tags: ['Al-Kazemi'], byline: 'Salma Haddad', source: 'Harbour Wire',
    publishedAt: '2021-07-23T14:39', body: 'The prime minister said “the talks” went well.\n\nMore on Monday.',
  });
  await add('late', { headline: 'Late that evening', publishedAt: '2021-07-23T23:59', byline: 'Salma Haddad' });
  await add('morning', { headline: 'Early next day', publishedAt: '2021-07-24T00:00' });
  await add('older', { headline: 'A week before', publishedAt: '2021-07-16T09:00' });
  await add('arabic', {
    headline: 'الكاظمي يزور البيت الأبيض', lang: 'ar', tags: ['Al-Kazemi'], translationOf: stories.visit.id,
    publishedAt: '2021-07-23T15:00', body: 'قال رئيس الوزراء إن المحادثات كانت جيدة.',
  });
  await add('kurdish', {
    headline: 'کازمی سەردانی کۆشکی سپی دەکات', lang: 'ckb', translationOf: stories.visit.id,
    publishedAt: '2021-07-23T16:00', body: 'سەرۆک وەزیران گوتی گفتوگۆکان باش بوون.',
  });
  await add('heat', {
    headline: 'A hot summer', tags: ['Baghdad'], publishedAt: '2021-06-01T10:00', body: 'It was hot in the capital.',
  });
  await add('rain', {
    headline: 'أمطار في العاصمة وأربيل', lang: 'ar', tags: ['Baghdad'], publishedAt: '2021-06-02T10:00',
    body: 'غرقت شوارع السليمانية أمس، وقال الوزير إن قمة الـ20 لم تؤجل.',
  });
  await add('since', { headline: 'لە ٢٠١٥ـەوە وڵات گۆڕا', lang: 'ckb', publishedAt: '2021-06-03T10:00' });
  for (let number = 0; number < 45; number++)
    await add(`many${number}`, {
      headline: `Market report ${number}`, section: 'economy', tags: ['Prices'], byline: 'Omar Aziz', source: 'Market Wire',
      publishedAt: `2022-01-01T${String(10 + Math.floor(number / 60)).padStart(2, '0')}:${String(number % 60).padStart(2, '0')}`,
      body: `The price of rice rose by ${number} dinars.`,
    });
}, { timeout: 120_000 });
after(() => site.stop());

describe('A tag', () => {
  test('is reached by every name it has', async () => {
    await site.must(['tag', 'add', 'al-kazemi', '--name', 'ar=الكاظمي']);
    await site.must(['tag', 'alias', 'add', 'al-kazemi', 'Kadhimi', 'Kazemi']);
    for (const name of ['kadhimi', 'Kazemi', 'KAZEMI', 'الكاظمي', 'الکاظمی', 'Al-Kazemi']) {
      const answer = await page(path(`/tag/${name}`), 301);
      assert.strictEqual(answer.headers.location, '/tag/al-kazemi', name);
    }
    assert.strictEqual((await page(path('/ar/tag/الكاظمي'), 301)).headers.location, '/ar/tag/al-kazemi');
    assert.strictEqual((await page('/tag/kazemi?before=1-2', 301)).headers.location, '/tag/al-kazemi?before=1-2');
    assert.deepStrictEqual(links((await page('/tag/al-kazemi')).text), [pathOf(stories.visit.url)]);
    assert.deepStrictEqual(links((await page('/ar/tag/al-kazemi')).text), [pathOf(stories.arabic.url)]);
  });

  test('that was merged into another leads there', async () => {
    await addStory(site, { headline: 'Two spellings', tags: ['Khadimy'], publishedAt: '2021-07-20T10:00' });
    await site.must(['tag', 'merge', 'khadimy', 'al-kazemi']);
    assert.strictEqual((await page('/tag/khadimy', 301)).headers.location, '/tag/al-kazemi');
    assert.strictEqual(links((await page('/tag/al-kazemi')).text).length, 2);
  });
});

describe('A listing', () => {
  for (const where of ['/economy', '/tag/prices', '/byline/omar-aziz', '/source/market-wire', '/2022/01/01', '/search?q=rice']) {
    test(`of ${where} has every story once, newest first, and an end`, async () => {
      const found = [];
      let pages = 0;
      for (let url = where; url; pages++) {
        const { text } = await page(url);
        found.push(...links(text));
        url = next(text);
      }
      assert.strictEqual(pages, 3);
      const expected = [];
      for (let number = 44; number >= 0; number--) expected.push(pathOf(stories[`many${number}`].url));
      assert.deepStrictEqual(found, expected);
    });
  }

  test('past its end is a 404 that leads on', async () => {
    for (const where of ['/economy?before=1-1', '/tag/prices?before=1-1', '/byline/omar-aziz?before=1-1', '/source/market-wire?before=1-1',
      '/2022/01/01?before=1-1', '/corrections?before=1', '/search?q=rice&before=1']) {
      const { text } = await page(where, 404);
      const first = where.replace(/[?&]before=.*/, '');
      assert.ok(text.includes(`<a class="button" href="${first}">`), where);
      assert.ok(text.includes('action="/search"'), where);
    }
  });

  test('with a place that is none is a 404', async () => {
    for (const place of ['x', '-1', '0', '1-', '1-0', '99999999999999999999-1', '1-2-3', '%00', '%ff'])
      for (const where of ['/economy', '/2022/01/01', '/corrections']) await page(`${where}?before=${place}`, 404);
  });
});

describe('A day', () => {
  test('holds what was published between its midnights in the site’s time zone', async () => {
    assert.deepStrictEqual(links((await page('/2021/07/23')).text), [pathOf(stories.late.url), pathOf(stories.visit.url)]);
    assert.deepStrictEqual(links((await page('/2021/07/24')).text), [pathOf(stories.morning.url)]);
    assert.deepStrictEqual(links((await page('/ar/2021/07/23')).text), [pathOf(stories.arabic.url)]);
  });

  test('leads to the days beside it that have stories', async () => {
    const { text } = await page('/2021/07/23');
    assert.match(text, /<a href="\/2021\/07\/20" rel="prev">/);
    assert.match(text, /<a href="\/2021\/07\/24" rel="next">/);
    const quiet = await page('/2021/07/21');
    assert.match(quiet.text, /<a href="\/2021\/07\/20" rel="prev">/);
    assert.match(quiet.text, /<a href="\/2021\/07\/23" rel="next">/);
  });

  test('that no calendar has is a 404', async () => {
    for (const day of ['2021/02/29', '2021/13/01', '2021/7/23', '0000/01/01', '9999/12/31', 'abcd/ef/gh', '2021/07/2٣'])
      await page(path(`/${day}`), 404);
  });

  test('is found through the archive', async () => {
    assert.match((await page('/archive')).text, /<a href="\/2022\/01\/01">/);
    assert.strictEqual((await page('/archive?day=2021-07-23', 303)).headers.location, '/2021/07/23');
    assert.match((await page('/archive?day=yesterday')).text, /no such day/);
    await page('/ckb/archive');
  });

  test('before 1970 is in the archive too', async () => {
    const old = [];
    for (const publishedAt of ['1965-03-02T10:00', '1970-01-01T03:01']) old.push(await addStory(site, { headline: 'From the cellar', publishedAt }));
    const { text } = await page('/archive');
    for (const day of ['/1965/03/02', '/1970/01/01']) assert.ok(text.includes(`<a href="${day}">`), day);
    assert.match((await page('/1970/01/01')).text, /<a href="\/1965\/03\/02" rel="prev">/);
    for (const { id } of old) await site.must(['story', 'withdraw', String(id)]);
  });
});

describe('A month', () => {
  test('lists its days that have stories, the newest first, and leads back to the archive', async () => {
    const { text } = await page('/2021/07');
    const days = [...text.matchAll(/<li><a href="(\/2021[^"]+)">/g)].map(([, href]) => href);
    assert.deepStrictEqual(days, ['/2021/07/24', '/2021/07/23', '/2021/07/20', '/2021/07/16']);
    assert.match(text, /<a href="\/archive">Archive<\/a>[^]*<h1>July 2021<\/h1>/);
    assert.match((await page('/ar/2021/07')).text, /<h1>تموز ٢٠٢١<\/h1>[^]*<a href="\/ar\/2021\/07\/23">/);
  });

  test('without a story, or that no calendar has, is a 404', async () => {
    for (const month of ['2021/05', '2021/08', '2021/13', '2021/7', '0000/01', '9999/12', 'abcd/ef', '2021/0٧']) await page(path(`/${month}`), 404);
    await page('/ckb/2022/01', 404);
  });

  test('is named to search engines and readers in those languages alone that have stories in it', async () => {
    const { text } = await page('/2022/01');
    assert.doesNotMatch(text, /rel="alternate" hreflang="(?:ar|ckb)"/);
    assert.match((await page('/2021/07')).text, /<link rel="alternate" hreflang="ar"[^>]* href="[^"]*\/ar\/2021\/07">/);
  });
});

describe('A story without a standfirst', () => {
  test('is summed up by its first paragraph, without headings and lists, in listings, feeds and its head', async () => {
    const story = await addStory(site, {
      headline: 'Bridge closed', section: 'roads', format: 'html', publishedAt: '2021-07-16T10:00',
      body: '<h2>In short</h2><p>The old bridge is <b>closed</b>.</p><ul><li>From the north</li></ul><p>Till May.</p>',
    });
    for (const where of ['/roads', '/2021/07/16']) assert.match((await page(where)).text, /<p class="summary"[^>]*>The old bridge is closed\.<\/p>/);
    assert.match((await page('/roads/feed.xml')).text, /<description>The old bridge is closed\.<\/description>/);
    assert.match((await page(pathOf(story.url))).text, /<meta name="description" content="The old bridge is closed\.">/);
    await site.must(['story', 'withdraw', String(story.id)]);
  });
});

describe('The corrections page', () => {
  test('lists them with their stories, newest first, language by language', async () => {
    await site.must(['story', 'correct', String(stories.visit.id), '--text', 'The first one.']);
    await site.must(['story', 'correct', String(stories.late.id), '--kind', 'clarification', '--text', 'The second one.']);
    await site.must(['story', 'correct', String(stories.arabic.id), '--text', 'الثالث.']);
    const { text } = await page('/corrections');
    assert.deepStrictEqual(links(text), [pathOf(stories.late.url), pathOf(stories.visit.url)]);
    assert.ok(text.indexOf('The second one.') < text.indexOf('The first one.'));
    assert.deepStrictEqual(links((await page('/ar/corrections')).text), [pathOf(stories.arabic.url)]);
    assert.deepStrictEqual(links((await page('/ckb/corrections')).text), []);
    await site.must(['story', 'withdraw', String(stories.late.id)]);
    assert.deepStrictEqual(links((await page('/corrections')).text), [pathOf(stories.visit.url)]);
  });
});

describe('A standing page', () => {
  test('is there in the languages that it is written in, and every foot leads to it', async () => {
    await site.must(['page', 'set', 'about', '--title', 'About us', '--body', '-'], 'We are <a newspaper>.');
    await site.must(['page', 'set', 'about', '--title', 'من نحن', '--lang', 'ar', '--body', '-'], 'نحن صحيفة.');
    assert.match((await page('/about')).text, /<h1>About us<\/h1>[^]*<p>We are &lt;a newspaper&gt;.<\/p>/);
    assert.match((await page('/ar/about')).text, /<h1>من نحن<\/h1>/);
    await page('/ckb/about', 404);
    const { text } = await page('/about');
    assert.match(text, /<nav class="languages"[^]*<a href="\/ar\/about" lang="ar"[^]*<a href="\/ckb" lang="ckb"/);
    assert.match(text, /<link rel="alternate" hreflang="ar"[^>]* href="http[^"]*\/ar\/about">/);
    assert.doesNotMatch(text, /hreflang="ckb"[^>]* href="http/);
    assert.match((await page(pathOf(stories.visit.url))).text, /<footer[^]*<a href="\/about"><bdi>About us<\/bdi><\/a>/);
    assert.match((await page('/ar')).text, /<footer[^]*<a href="\/ar\/about"><bdi>من نحن<\/bdi><\/a>/);
    assert.doesNotMatch((await page('/ckb')).text, /\/about"/);
    await site.must(['page', 'remove', 'about']);
    await page('/about', 404);
    assert.doesNotMatch((await page('/')).text, /"\/about"/);
  });
});

describe('Search', () => {
  const found = async (query, where = '/search') => links((await page(`${where}?${new URLSearchParams(query)}`)).text);

  test('finds words however they are written', async () => {
    for (const q of ['white house', 'WHITE  HOUSE', '“White House”', 'kadhimi al', 'talks monday'])
      assert.deepStrictEqual(await found({ q }), [pathOf(stories.visit.url)], q);
    for (const q of ['الكاظمي', 'الکاظمی', 'البيت الابيض', 'الأبْيَض', 'محادثات كانت', 'جيده'])
      assert.deepStrictEqual(await found({ q }, '/ar/search'), [pathOf(stories.arabic.url)], q);
    for (const q of ['کازمی', 'كازمي', 'کوشکی سپی', 'سەرۆک وەزیران', 'سه‌رۆك'])
      assert.deepStrictEqual(await found({ q }, '/ckb/search'), [pathOf(stories.kurdish.url)], q);
  });

  test('finds Arabic words whatever article or conjunction stands before them', async () => {
    for (const q of ['أربيل', 'وأربيل', 'سليمانية', 'والسليمانية', 'وزير', 'للوزير', 'عاصمة', '"عاصمة أربيل"', '20', 'الـ٢٠'])
      assert.deepStrictEqual(await found({ q }, '/ar/search'), [pathOf(stories.rain.url)], q);
    const { text } = await page(path('/ar/search?q=أربيل سليمانية'));
    assert.match(text, /في العاصمة <mark>وأربيل<\/mark><\/a>/);
    assert.match(text, /شوارع <mark>السليمانية<\/mark> أمس/);
  });

  test('leaves Kurdish words whole, and finds numbers that an ending is glued to', async () => {
    for (const q of ['2015', 'ولات', '٢٠١٥ـەوە']) assert.deepStrictEqual(await found({ q }, '/ckb/search'), [pathOf(stories.since.url)], q);
    assert.deepStrictEqual(await found({ q: 'لات' }, '/ckb/search'), []);
  });

  test('keeps its words when the language is switched, and nothing of its place', async () => {
    const switched = (text) => [...text.matchAll(/<li><a href="([^"]+)" lang="(ar|ckb)"/g)].slice(0, 2).map(([, href]) => href);
    const { text } = await page('/search?q=white+%26+house&utm_source=x');
    assert.deepStrictEqual(switched(text), ['/ar/search?q=white%20%26%20house', '/ckb/search?q=white%20%26%20house']);
    const second = await page(next((await page('/search?q=rice')).text));
    assert.deepStrictEqual(switched(second.text), ['/ar/search?q=rice', '/ckb/search?q=rice']);
    assert.match((await page('/search')).text, /<a href="\/ar\/search" lang="ar"/);
  });

  test('keeps to its language, section and days', async () => {
    assert.deepStrictEqual(await found({ q: 'الكاظمي' }), []);
    assert.deepStrictEqual(await found({ q: 'rice', section: 'politics' }), []);
    assert.strictEqual((await found({ q: 'rice', section: 'economy' })).length, 20);
    assert.deepStrictEqual(await found({ q: 'early', from: '2021-07-24', until: '2021-07-24' }), [pathOf(stories.morning.url)]);
    assert.deepStrictEqual(await found({ q: 'early', until: '2021-07-23' }), []);
  });

  test('offers the same question in the other languages when nothing is found', async () => {
    const offered = async (query, where = '/search') =>
      [...(await page(`${where}?${new URLSearchParams(query)}`)).text.matchAll(/<li><span class="kicker">[^<]*<\/span> <a href="([^"]*)" hreflang="(ar|ckb|en)"/g)]
        .map(([, href]) => href);
    assert.deepStrictEqual(await offered({ q: 'الكاظمي', section: 'economy' }),
      [`/ar/search?q=${encodeURIComponent('الكاظمي')}`, `/ckb/search?q=${encodeURIComponent('الكاظمي')}`]);
    assert.deepStrictEqual(await offered({ q: 'zzz' }, '/ar/search'), ['/ckb/search?q=zzz', '/search?q=zzz']);
    assert.deepStrictEqual(await offered({ q: 'rice' }), []);
    assert.deepStrictEqual(await offered({ q: 'zzz', section: 'none' }), []);
  });

  test('says what is wrong with its days and its section', async () => {
    const said = async (query) => /<p class="search-note" role="status">([^<]*)</.exec((await page(`/search?${query}`)).text)?.[1];
    assert.match(await said('q=early&from=2021-07-25&until=2021-07-24'), /first day is later than the last one/);
    assert.strictEqual(await said('q=early&from=2021-07-24&until=2021-07-24'), undefined);
    assert.match(await said('q=rice&section=none'), /no such section/);
    assert.deepStrictEqual(await found({ q: 'rice', section: 'none' }), []);
    assert.match(await said('section=none'), /no such section/);
  });

  test('shows where the words are', async () => {
    const { text } = await page('/search?q=talks');
    assert.match(text, /said “the <mark>talks<\/mark>” went well/);
    assert.match((await page('/search?q=kadhimi')).text, /Al-<mark>Kadhimi<\/mark> visits/);
    assert.match((await page(path('/ar/search?q=الابيض'))).text, /<mark>الأبيض<\/mark>/);
  });

  test('says how many there are when all are on one page', async () => {
    const count = async (where) => /<p class="search-count">([^<]*)</.exec((await page(path(where))).text)?.[1];
    assert.strictEqual(await count('/search?q=early'), '1 result');
    assert.strictEqual(await count('/search?q="market report 7"'), '1 result');
    assert.strictEqual(await count('/search?q=rice'), undefined);
    assert.strictEqual(await count('/search?q=nobody'), undefined);
    assert.strictEqual(await count('/ar/search?q=وزير'), 'نتيجة واحدة');
    let last;
    for (let url = '/search?q=rice'; url; url = next((await page(url)).text)) last = url;
    assert.strictEqual(await count(last), undefined);
  });

  test('reads anything as words and fails at nothing', async () => {
    for (const q of ['"', '""', '"unbalanced', '(', ')', '*', 'a*', 'NEAR(a b)', 'a AND', 'OR', 'NOT', '-', '--', '-a', 'col:word', '^a', 'a^2',
      "'; DROP TABLE story; --", '&|!', ':*', '<->', '\\', '%', '_', '\u0000', '\u202e', '😀', 'x'.repeat(5000), 'a '.repeat(500), '\ufffd',
      '‘', 'ـ', 'َ', '\u200d', '١٢٣']) {
      const answer = await get(at(`/search?${new URLSearchParams({ q })}`));
      assert.ok([200, 431, 414].includes(answer.status), `${answer.status} for ${JSON.stringify(q.slice(0, 40))}`);
    }
    for (const query of ['q=%ff', 'q=a&q=b', 'q=rice&from=tomorrow', 'q=rice&order=best', 'q=rice&section=none', 'q=rice&until=2021-02-30'])
      await page(`/search?${query}`);
    await page('/search?q=rice&before=x', 404);
    await page('/search?q=rice&order=relevance&before=100000', 404);
  });

  test('escapes what was asked', async () => {
    const { text } = await page(`/search?${new URLSearchParams({ q: '"><script>alert(1)</script>' })}`);
    assert.doesNotMatch(text, /<script>alert/);
  });

  test('finds a story as soon as it is published, changed or withdrawn', async () => {
    const story = await addStory(site, { headline: 'Zygomorphic flowers', body: 'Orchids.' });
    assert.deepStrictEqual(await found({ q: 'zygomorphic' }), [pathOf(story.url)]);
    await site.must(['story', 'edit', String(story.id), '--headline', 'Actinomorphic flowers']);
    assert.deepStrictEqual(await found({ q: 'zygomorphic' }), []);
    assert.deepStrictEqual(await found({ q: 'actinomorphic orchids' }), [pathOf(story.url)]);
    await site.must(['story', 'withdraw', String(story.id)]);
    assert.deepStrictEqual(await found({ q: 'actinomorphic' }), []);
    await site.must(['story', 'publish', String(story.id)]);
    assert.deepStrictEqual(await found({ q: 'actinomorphic' }), [pathOf(story.url)]);
    const draft = await addStory(site, { headline: 'Cryptozoic draft', publish: false });
    assert.deepStrictEqual(await found({ q: 'cryptozoic' }), []);
    await site.must(['story', 'publish', String(draft.id)]);
    assert.strictEqual((await found({ q: 'cryptozoic' })).length, 1);
  });
});

describe('A name that is searched for', () => {
  // [label, address, name] of each
  const subjects = async (q, where = '/search') =>
    [...(await page(`${where}?${new URLSearchParams({ q })}`)).text.matchAll(/<li><span class="kicker">([^<]*)<\/span> <a href="([^"]*)"><bdi>([^<]*)</g)]
      .map(([, ...parts]) => parts);

  test('leads to its topic, in whatever language it is written', async () => {
    await site.must(['tag', 'add', 'baghdad', '--name', 'ar=بغداد', '--name', 'ckb=بەغدا']);
    await site.must(['tag', 'alias', 'add', 'baghdad', 'Bagdad']);
    for (const q of ['Baghdad', 'BAGDAD', 'بغداد', 'بَغْداد', 'بەغدا', '“Baghdad”']) {
      assert.deepStrictEqual(await subjects(q), [['Topic', '/tag/baghdad', 'Baghdad']], q);
      assert.deepStrictEqual(await subjects(q, '/ar/search'), [['موضوع', '/ar/tag/baghdad', 'بغداد']], q);
      // Nothing to read there in Kurdish.
      assert.deepStrictEqual(await subjects(q, '/ckb/search'), [], q);
    }
    for (const q of ['Baghdad heat', 'Bag', '']) assert.deepStrictEqual(await subjects(q), [], q);
    const { text } = await page(path('/search?q=بغداد'));
    assert.match(text, /No story has these words\./);
    assert.ok(text.indexOf('/tag/baghdad') < text.indexOf('No story has these words.'));
  });

  test('leads to a writer, a section and a source', async () => {
    assert.deepStrictEqual(await subjects('omar aziz'), [['Stories by', '/byline/omar-aziz', 'Omar Aziz']]);
    assert.deepStrictEqual(await subjects('Economy'), [['Section', '/economy', 'economy']]);
    assert.deepStrictEqual(await subjects('market wire'), [['Source', '/source/market-wire', 'Market Wire']]);
    assert.deepStrictEqual(await subjects('omar-aziz'), [['Stories by', '/byline/omar-aziz', 'Omar Aziz']]);
  });

  test('leads on from the first page of its results alone', async () => {
    const first = await page('/search?q=economy+report');
    assert.doesNotMatch(first.text, /search-subjects/);
    await addStory(site, { headline: 'Prices rise', tags: ['Rice'], publishedAt: '2022-01-02T10:00' });
    const { text } = await page('/search?q=rice');
    assert.match(text, /<a href="\/tag\/rice"><bdi>Rice<\/bdi><\/a>/);
    assert.doesNotMatch((await page(next(text))).text, /search-subjects/);
  });

  test('leads there as soon as there is the name, a story, or another name', async () => {
    assert.deepStrictEqual(await subjects('City of Peace'), []);
    await site.must(['tag', 'alias', 'add', 'baghdad', 'City of Peace']);
    assert.deepStrictEqual(await subjects('City of Peace'), [['Topic', '/tag/baghdad', 'Baghdad']]);
    await site.must(['tag', 'add', 'baghdad', '--name', 'en=Baghdad city']);
    assert.deepStrictEqual(await subjects('City of Peace'), [['Topic', '/tag/baghdad', 'Baghdad city']]);
    assert.deepStrictEqual(await subjects('Najaf'), []);
    const story = await addStory(site, { headline: 'Visitors', tags: ['Najaf'] });
    assert.deepStrictEqual(await subjects('Najaf'), [['Topic', '/tag/najaf', 'Najaf']]);
    await site.must(['story', 'withdraw', String(story.id)]);
    assert.deepStrictEqual(await subjects('Najaf'), []);
  });
});

test('A language that the site does not speak is no page', async () => {
  for (const where of ['/fr', '/fr/politics', '/xx/search?q=a', '/AR', '/ar-IQ', '/ku']) await page(where, 404);
});
