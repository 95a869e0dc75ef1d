'use strict';
// What the site is called may change beside a running server: once the command has answered, every
// page in every language says so, whoever reads meanwhile.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, ROOT } = require('../support');

const LANGUAGES = ['en', ...fs.readdirSync(path.join(ROOT, 'po')).filter((name) => name.endsWith('.po')).map((name) => name.slice(0, -3)).sort()];
const ROUNDS = 40;

const pathOf = (url) => new URL(url).pathname;
const prefixOf = (lang) => (lang === 'en' ? '' : `/${lang}`);

const DATABASES = process.env.COURANT_TEST_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];

for (const database of DATABASES) {
  describe(`On ${database}`, () => {
    let site;
    const pages = {}; // by language

    before(async () => {
      site = await startSite({ database, name: 'The name at start' });
      for (const lang of LANGUAGES) {
        const story = await addStory(site, { headline: `Story in ${lang}`, lang, tags: ['Rivers'] });
        const prefix = prefixOf(lang);
        pages[lang] = [prefix || '/', `${prefix}/politics`, `${prefix}/tag/rivers`, `${prefix}/feed.xml`, pathOf(story.url), `/reply/${story.id}`];
      }
    });
    after(() => site.stop());

    const read = (where, options) => get(new URL(where, site.url), options);
    const set = (...args) => site.must(['site', 'set', ...args]);
    // A reply's page is in the language of its story, whatever its address.
    const allPages = () => LANGUAGES.flatMap((lang) => pages[lang].map((page) => ({ lang, page })));

    async function says(lang, name, old) {
      for (const page of [...pages[lang], `${prefixOf(lang)}/no/such/page`]) {
        if (page.startsWith('/reply/') && lang !== 'en') continue;
        const { text } = await read(page);
        assert.ok(text.includes(name), `${page} is without “${name}”`);
        assert.ok(!text.includes(old), `${page} still has “${old}”`);
      }
    }

    test('a name in one language is on its pages, and the site’s own on the others', async () => {
      for (const { page } of [...allPages(), ...allPages()]) await read(page);
      for (const lang of LANGUAGES) await says(lang, 'The name at start', 'no such name');
      await set('--name', 'Own name');
      for (const lang of LANGUAGES) await says(lang, 'Own name', 'The name at start');
      for (const lang of LANGUAGES.slice(1)) await set('--name', `${lang}=Name in ${lang}`);
      await says('en', 'Own name', 'Name in');
      for (const lang of LANGUAGES.slice(1)) await says(lang, `Name in ${lang}`, 'Own name');
      await set(...LANGUAGES.slice(1).flatMap((lang) => ['--name', `${lang}=`]));
      for (const lang of LANGUAGES) await says(lang, 'Own name', 'Name in');
    });

    test('the name is in title, nameplate, Open Graph, JSON-LD and feed', async () => {
      await set('--name', 'Tigris & Sons', '--name', 'ar=أبناء دجلة');
      const story = (await read(pages.en[4])).text;
      for (const part of ['– Tigris &amp; Sons</title>', 'property="og:site_name" content="Tigris &amp; Sons"', '"publisher":', '"><bdi>Tigris &amp; Sons</bdi></a></p>'])
        assert.ok(story.includes(part), part);
      const [json] = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(story)[1]);
      assert.strictEqual(json.publisher.name, 'Tigris & Sons');
      const arabic = (await read(pages.ar[4])).text;
      assert.strictEqual(JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(arabic)[1])[0].publisher.name, 'أبناء دجلة');
      assert.match((await read('/')).text, /<title>Tigris &amp; Sons<\/title>/);
      assert.match((await read('/feed.xml')).text, /<title>Tigris &amp; Sons<\/title>/);
      assert.match((await read('/ar/feed.xml')).text, /<title>أبناء دجلة<\/title>/);
    });

    test('a tagline stands on the pages of its language alone, until it is taken away', async () => {
      await set('--tagline', 'Every morning', '--tagline', 'ar=كل صباح');
      assert.match((await read('/')).text, /<p class="tagline">Every morning<\/p>/);
      assert.match((await read('/ar')).text, /<p class="tagline">كل صباح<\/p>/);
      await set('--tagline', '');
      assert.doesNotMatch((await read('/')).text, /class="tagline"/);
      assert.match((await read('/ar')).text, /<p class="tagline">كل صباح<\/p>/);
    });

    // A request that began after a change was answered finds that change's name or a later one.
    test(`${ROUNDS} changes while readers read: nobody is shown an older name`, { timeout: 120_000 }, async () => {
      let answered = 0;
      let isOver = false;
      const round = (number) => LANGUAGES.flatMap((lang) => ['--name', `${lang}=Paper ${number} of it`]);
      await set(...round(0));
      const counts = new Map();
      const reading = Promise.all(allPages().map(reader));
      for (let number = 1; number <= ROUNDS; number++) {
        await set(...round(number));
        answered = number;
      }
      isOver = true;
      await reading;
      for (const [page, count] of counts) assert.ok(count >= ROUNDS / 4, `${page} was read only ${count} times`);

      async function reader({ page }) {
        const agent = new http.Agent({ keepAlive: true });
        while (!isOver) {
          const least = answered;
          const { status, text } = await read(page, { agent });
          assert.strictEqual(status, 200, page);
          const numbers = [...text.matchAll(/Paper (\d+) of it/g)].map(([, number]) => Number(number));
          assert.ok(numbers.length > 0, `${page} is without the name`);
          assert.ok(Math.min(...numbers) >= least, `${page} shows name ${Math.min(...numbers)} after ${least} was answered`);
          counts.set(page, (counts.get(page) || 0) + 1);
        }
        agent.destroy();
      }
    });

    test('the names are in a backup', async () => {
      await set('--name', 'en=Backed up', '--name', 'ar=محفوظ');
      const file = path.join(site.temporary, 'backup');
      await site.must(['backup', file]);
      const { makeSite } = require('../support');
      const other = await makeSite({ backup: file });
      const { names } = await other.must(['site', 'show']);
      await other.stop();
      assert.strictEqual(names.en, 'Backed up');
      assert.strictEqual(names.ar, 'محفوظ');
    });
  });
}
