'use strict';
// Published means visible: 1,000 publications, corrections and replies, while readers ask for every
// kind of page without a pause, with and without the ETag of what they saw last. Each act writes its
// number, and each page tells which act it shows last. A request that begins after an act was
// answered must show that act, on every page that it touches.

const http = require('node:http');
const { prove, scaled, withSite } = require('../support/proof');
const { act, lastOf, lastAct } = require('../support/numbered_acts');
const { Reader } = require('../support/replying');
const { makeSite } = require('../support/site');
const { addStory } = require('../support/story');
const { get } = require('../support/http');

const ACTS = scaled(1000, 8);
const READERS = 4;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2019, 0, 1);
// What all stories of this proof have in common.
const IN_COMMON = { section: 'politics', tags: ['Ferry'], byline: 'Nadia Haddad', source: 'Harbour Wire' };
const LISTS = ['/', '/politics', '/tag/ferry', '/byline/nadia-haddad', '/source/harbour-wire'];
const FEEDS = ['', '/all', ...LISTS.slice(1)].flatMap((of) => ['xml', 'atom', 'json'].map((form) => `${of}/feed.${form}`));
const CORRECTIONS = ['/corrections', '/corrections/feed.xml', '/corrections/feed.atom', '/corrections/feed.json'];

// ---- what a page shows ----

const dayOf = (number) => new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10);

// The archive names days: an act's own day is as many days after the first as its number says.
const lastDay = (text) => lastOf(text, /href="[^"]*\/(\d{4})\/(\d\d)\/(\d\d)"/g, ([, year, month, day]) => {
  const number = Math.round((Date.UTC(year, month - 1, day) - FIRST_DAY) / DAY_MS);
  return number <= ACTS ? number : 0; // later ones are those of stories published now
});

// What readers ask for: by the kind of page its address, how it tells its last act, and the act that
// it must show. Addresses change, so a request takes all three at once.
class Promises {
  constructor() {
    this.pages = new Map();
  }

  promise(number, paths, shows = lastAct) {
    for (const [kind, path] of Object.entries(paths)) this.pages.set(kind, { kind, path, shows, number });
  }

  list() {
    return [...this.pages.values()];
  }
}

function judge({ path, shows, number }, status, text) {
  if (status !== 200) throw new Error(`${path} is answered ${status} after act ${number}`);
  const shown = shows(text);
  if (shown < number) throw new Error(`${path} shows act ${shown} after act ${number} was answered`);
}

function checkTheCheck() {
  const page = (number, shows = lastAct) => ({ path: '/', shows, number });
  const right = [[page(17), 200, `<h2>${act(17)}</h2>`], [page(17), 200, '/politics/2021/01/01/act-000018'],
    [page(17, lastDay), 200, `<a href="/${dayOf(17).replaceAll('-', '/')}">`]];
  const wrong = [[page(17), 200, `<h2>${act(16)}</h2>`], [page(1), 200, ''], [page(17), 404, act(17)],
    [page(17, lastDay), 200, `<a href="/${dayOf(16).replaceAll('-', '/')}">`]];
  for (const one of right) judge(...one);
  for (const one of wrong) {
    let seen = false;
    try {
      judge(...one);
    } catch {
      seen = true;
    }
    if (!seen) throw new Error(`the check does not see that ${one} is old`);
  }
  return wrong.length;
}

// ---- readers ----

class Crowd {
  constructor(site, promises) {
    this.site = site;
    this.promises = promises;
    this.asked = 0;
    this.unchanged = 0;
    this.kinds = new Set();
    this.isOver = false;
  }

  // One request for a page as it is promised now. `seen` has what this reader saw last of an address.
  async ask(page, seen, agent) {
    const before = seen.get(page.path);
    const headers = { 'Accept-Encoding': ['gzip', 'br', 'identity'][this.asked % 3] };
    if (before && this.asked % 2) headers['If-None-Match'] = before.etag;
    this.asked++;
    this.kinds.add(page.kind);
    const answer = await get(new URL(page.path, this.site.url), { headers, agent });
    if (answer.status === 304) {
      this.unchanged++;
      judge(page, 200, before.text);
      return;
    }
    judge(page, answer.status, answer.text);
    seen.set(page.path, { etag: answer.headers.etag, text: answer.text });
  }

  async read(number) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const seen = new Map();
    for (let turn = number; !this.isOver; turn += 7) {
      const pages = this.promises.list();
      await this.ask(pages[turn % pages.length], seen, agent);
    }
    agent.destroy();
  }
}

// ---- acts ----

const pathOf = (url) => new URL(url).pathname;
const named = (paths) => Object.fromEntries(paths.map((path) => [path, path]));

// Each act is carried out, and then promised where it must be seen. They come in turn.
const acts = [
  async function publishNow(number, { site, promises, stories }) {
    const story = await addStory(site, { ...IN_COMMON, headline: act(number) });
    stories.now = story;
    const [day] = (await site.must(['story', 'show', String(story.id)])).published_at.split('T');
    promises.promise(number, {
      ...named(LISTS), ...named(FEEDS), day: `/${day.replaceAll('-', '/')}`, story: pathOf(story.url),
      search: '/search?q=act', 'news sitemap': '/news-sitemap.xml', sitemap: stories.sitemap,
    });
  },
  async function reply(number, { site, promises, stories, reader }) {
    const { id, url } = stories.now;
    const sent = { storyId: id, key: await reader.key(site.url, id), text: `${act(number)} was replied to.` };
    const answer = await reader.send(site.url, sent);
    if (answer.accepted === null) throw new Error(`a reply is answered ${answer.status}`);
    promises.promise(number, { story: pathOf(url), 'replies feed': '/replies/feed.xml', 'feed of a story': `${pathOf(url)}/feed.xml` });
  },
  async function publishThen(number, { site, promises }) {
    const day = dayOf(number);
    const path = `/${day.replaceAll('-', '/')}`;
    // Before it there was nothing to be seen, and that may be kept too.
    await get(new URL(path, site.url));
    await addStory(site, { ...IN_COMMON, headline: act(number), publishedAt: `${day}T12:00` });
    promises.promise(number, { 'day of then': path });
    promises.promise(number, { archive: '/archive', month: path.slice(0, 8) }, lastDay);
  },
  async function correct(number, { site, promises, stories }) {
    const { id, url } = stories.now;
    await site.must(['story', 'correct', String(id), '--headline', act(number), '--text', `${act(number)} is right.`]);
    promises.promise(number, { ...named(LISTS), ...named(FEEDS), ...named(CORRECTIONS), story: pathOf(url), search: '/search?q=act', 'news sitemap': '/news-sitemap.xml' });
  },
];

async function actAll(scene, crowd) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const seen = new Map();
  const made = {};
  for (let number = 1; number <= ACTS; number++) {
    const one = acts[number % acts.length];
    await one(number, scene);
    made[one.name] = (made[one.name] || 0) + 1;
    for (const page of scene.promises.list().filter((page) => page.number === number))
      await crowd.ask(page, seen, agent);
  }
  agent.destroy();
  return made;
}

async function hammer(site) {
  await site.start();
  const promises = new Promises();
  const first = await addStory(site, { ...IN_COMMON, headline: act(0) });
  const [, sitemap] = /<loc>[^<]*(\/sitemap\/\d[^<]*)<\/loc>/.exec((await get(new URL('/sitemap.xml', site.url))).text);
  promises.promise(0, named(LISTS));
  const scene = { site, promises, stories: { now: first, sitemap }, reader: new Reader('Reader') };
  const crowd = new Crowd(site, promises);
  const readers = Array.from({ length: READERS }, (_, number) => crowd.read(number * 3));
  const acting = actAll(scene, crowd).finally(() => { crowd.isOver = true; });
  const [made] = await Promise.all([acting, ...readers.map((reader) => reader.catch((error) => {
    crowd.isOver = true;
    throw error;
  }))]);
  scene.reader.leave();
  return { made, crowd };
}

async function main() {
  const wrong = checkTheCheck();
  const { made, crowd } = await withSite(await makeSite({ binary: process.env.COURANT_RELEASE }), hammer);
  const { publishNow = 0, publishThen = 0, correct = 0, reply = 0 } = made;
  console.log(`${READERS} readers asked for pages of ${crowd.kinds.size} kinds without a pause, with and without the ETag of what they had seen, while acts were made.

- acts: ${ACTS} (${publishNow + publishThen} publications, ${correct} corrections, ${reply} replies)
- requests: ${crowd.asked}, of which ${crowd.unchanged} were answered 304
- requests that began after an act was answered and did not show it: 0
- old pages made up, each of which the check finds: ${wrong}`);
}

prove(main);
