'use strict';
// Three servers over one PostgreSQL database: 1,000 publications, edits and corrections, made through each of
// them in turn, while readers ask all three for every kind of page without a pause. Each act writes
// its number, and each page tells which act it shows last. A request that begins after an act was
// answered must show that act, whichever server it goes to. Meanwhile one server is killed, stands
// still, and is upgraded; one, in a network of its own, has its cable to the database pulled; and the
// database crashes. While a server can't reach the database it may show what it had, as long as it
// says that it is cut off; from the moment when it no longer does, nothing old.

const http = require('node:http');
const { Skip, prove, scaled, middle } = require('../support/proof');
const { makeSite } = require('../support/site');
const { addStory } = require('../support/story');
const { get } = require('../support/http');
const { run } = require('../support/process');
const { until } = require('../support/wait');
const { act, lastAct } = require('../support/numbered_acts');
const { Machine } = require('../support/netns');
const { Postgres } = require('../support/postgres');

const ACTS = scaled(1000, 40);
const READERS = 2; // of each server
const STORIES = 3;
const LATE_MS = 250;
const CUT_ACTS = scaled(50, 5); // while a server is cut off
const STILL_ACTS = 3;
const IN_COMMON = { section: 'politics', tags: ['Ferry'] };
const LISTS = ['/', '/politics', '/tag/ferry', '/feed.xml', '/feed.json', '/politics/feed.atom', '/search?q=act'];

const isOld = ({ number }, text) => lastAct(text) < number;

function checkTheCheck() {
  const page = { number: 17 };
  if ([act(17), act(18), '/politics/2026/01/01/act-000017'].some((text) => isOld(page, text))) throw new Error('the check finds new pages old');
  if (![act(16), '', 'Act'].every((text) => isOld(page, text))) throw new Error('the check does not see an old page');
}

// ---- what must be seen ----

// By path the last act that it must show, and when that was answered.
class Promises {
  constructor() {
    this.pages = new Map();
  }

  promise(number, paths) {
    for (const path of paths) this.pages.set(path, { path, number, at: performance.now() });
  }

  pick(turn) {
    return [...this.pages.values()][turn % this.pages.size];
  }
}

// ---- readers ----

class Server {
  constructor(name, site) {
    Object.assign(this, { name, site, isCutOff: false, asked: 0, unchanged: 0, unanswered: 0, oldWhileCutOff: 0, old: [] });
  }

  // Whether it says that it can't reach the database, asked before a page is.
  async look(agent) {
    const { text } = await get(new URL('/healthz', this.site.url), { agent });
    return text.startsWith('cut off');
  }

  async ask(promises, turn, seen, agent) {
    const page = { ...promises.pick(turn) };
    const wasCutOff = this.mayBeCutOff && await this.look(agent);
    const before = seen.get(page.path);
    const headers = before && turn % 2 ? { 'If-None-Match': before.etag } : {};
    const begun = performance.now();
    const answer = await get(new URL(page.path, this.site.url), { headers, agent });
    this.asked++;
    if (answer.status === 304) this.unchanged++;
    else if (answer.status === 503) this.unanswered++;
    if (answer.status === 503) return;
    if (answer.status !== 304 && answer.status !== 200) throw new Error(`${page.path} of ${this.name} is answered ${answer.status}`);
    const text = answer.status === 304 ? before.text : answer.text;
    seen.set(page.path, { etag: answer.headers.etag, text });
    if (!isOld(page, text)) return;
    // It may have said so before, or have found out while this was asked.
    if (wasCutOff || (this.mayBeCutOff && await this.look(agent))) this.oldWhileCutOff++;
    else this.old.push({ path: page.path, shown: lastAct(text), promised: page.number, afterMs: begun - page.at });
  }

  async read(promises, number, over) {
    const seen = new Map();
    let agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = number; !over.is; turn += 3) {
      try {
        await this.ask(promises, turn, seen, agent);
      } catch (error) {
        // A server that was killed answers nobody: only a server that runs can show something old.
        if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(error.code)) throw error;
        this.unanswered++;
        agent.destroy();
        agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        await until(() => over.is || this.look().then(() => true, () => false), `${this.name} answers`);
      }
    }
    agent.destroy();
  }
}

// ---- acts ----

const pathOf = (url) => new URL(url).pathname;

// The command of an act: a correction, a new story, or an edit of one that is among the newest.
function commandOf(number, { id }) {
  const headline = ['--headline', act(number)];
  if (number % 5 === 0) return ['story', 'correct', String(id), ...headline, '--text', `${act(number)} is right.`];
  if (number % 5 > 2) return ['story', 'edit', String(id), ...headline];
  return ['story', 'add', ...headline, '--section', IN_COMMON.section, '--tag', IN_COMMON.tags[0], '--body', '-', '--publish'];
}

// Through one server after the other, until it is stored: who is cut off stores nothing. An act whose
// end is unknown may be done twice here.
async function carryOut(servers, stories, number) {
  const place = number % stories.length;
  const command = commandOf(number, stories[place]);
  for (let turn = number; ; turn++) {
    const done = await servers[turn % servers.length].site.courant([...command, '--json'], 'One paragraph.');
    if (done.code !== 0 && !/stored|reached|answer|server/.test(done.stderr)) throw new Error(done.stderr);
    if (done.code !== 0) continue;
    if (command[1] !== 'add') return;
    const { id, url } = JSON.parse(done.stdout);
    stories[place] = { id, path: pathOf(url) };
    return;
  }
}

// What happens beside the acts, each at its share of them.
function disturbances({ servers, postgres, machine }, note) {
  const [, second, third] = servers;
  const acts = (count) => {
    const before = note.tookMs.length;
    return until(() => note.tookMs.length >= before + count, `${count} acts are made`, { timeoutMs: 120_000 });
  };
  return [
    [0.2, async () => second.site.killServer()],
    [0.35, async () => {
      const { pid } = second.site;
      process.kill(pid, 'SIGSTOP');
      await acts(STILL_ACTS);
      process.kill(pid, 'SIGCONT');
    }],
    [0.5, async () => {
      third.mayBeCutOff = true;
      const cut = performance.now();
      await machine.cut();
      await until(() => third.look(), 'the server says that it is cut off');
      note.foundOutMs = performance.now() - cut;
      await acts(CUT_ACTS);
      const mended = performance.now();
      await machine.mend();
      await until(async () => !await third.look(), 'the server is back');
      note.backMs = performance.now() - mended;
    }],
    [0.7, async () => {
      for (const server of servers) server.mayBeCutOff = true;
      await postgres.stop();
      for (const server of servers) await until(() => server.look(), 'the server says that it is cut off');
      await postgres.start();
      for (const server of servers) await until(async () => !await server.look().catch(() => true), 'the server is back');
    }],
    // Between two commands.
    [0.85, () => until(async () => (await second.site.courant(['upgrade'])).code === 0, 'the second server is upgraded', { timeoutMs: 60_000 })],
  ].map(([share, happen]) => ({ at: Math.round(share * ACTS), happen }));
}

async function actAll({ servers, promises, stories }, happenings, note) {
  let happening = Promise.resolve();
  note.tookMs = [];
  for (let number = 1; number <= ACTS; number++) {
    for (const { happen } of happenings.filter(({ at }) => at === number)) {
      await happening; // one at a time
      happening = happen();
      happening.catch(() => {}); // it is waited for below
    }
    const begun = performance.now();
    await carryOut(servers, stories, number);
    note.tookMs.push(performance.now() - begun);
    promises.promise(number, [...LISTS, stories[number % stories.length].path]);
  }
  await happening;
}

async function lateOf(server) {
  const { metrics } = await server.site.must(['metrics']);
  const count = (result) => metrics.find(({ name, labels }) => name === 'courant_db_confirms_total' && labels.result === result).value;
  return { all: count('all'), late: count('late') };
}

async function main() {
  checkTheCheck();
  if (process.geteuid() !== 0) throw new Skip('a network namespace takes root');
  if ((await run(['ip', 'netns', 'list'])).code !== 0) throw new Skip('there are no network namespaces here');
  const machine = new Machine(1);
  const sites = [];
  let postgres;
  try {
    await machine.open();
    postgres = await Postgres.open({ addresses: [machine.databaseAddress], networks: [machine.network] });
    process.env.COURANT_TEST_POSTGRES = postgres.url();
    await prove3({ machine, postgres, sites });
  } finally {
    for (const site of sites.reverse()) await site.stop().catch((error) => { console.error(error); process.exitCode = 1; });
    await postgres?.close();
    await machine.close();
  }
}

async function prove3({ machine, postgres, sites }) {
  const binary = process.env.COURANT_RELEASE;
  const through = { url: (url) => url.replace('127.0.0.1', machine.databaseAddress) };
  sites.push(await makeSite({ binary, database: 'postgres' }));
  sites.push(await makeSite({ binary, beside: sites[0] }), await makeSite({ binary, beside: sites[0], through }));
  await sites[0].start();
  await sites[1].start();
  await sites[2].start({ listen: `${machine.address}:0`, wrapper: machine.wrapper });
  sites[2].isWrapped = false; // it runs in the place of what wrapped it
  const servers = ['the first', 'the second', 'the third'].map((name, index) => new Server(name, sites[index]));
  const promises = new Promises();
  const stories = [];
  for (let i = 0; i < STORIES; i++) {
    const story = await addStory(sites[0], { ...IN_COMMON, headline: act(0) });
    stories.push({ id: story.id, path: pathOf(story.url) });
  }
  promises.promise(0, [...LISTS, ...stories.map(({ path }) => path)]);
  const note = {};
  const over = { is: false };
  const readers = servers.flatMap((server) => Array.from({ length: READERS }, (_, number) => server.read(promises, number, over)));
  const failed = Promise.all(readers.map((reader) => reader.catch((error) => {
    over.is = true;
    throw error;
  })));
  failed.catch(() => {});
  await actAll({ servers, promises, stories }, disturbances({ servers, postgres, machine }, note), note);
  over.is = true;
  await failed;
  report(servers, note, await Promise.all(servers.map(lateOf)));
}

function report(servers, note, confirms) {
  const old = servers.flatMap((server) => server.old.map((one) => ({ ...one, server: server.name })));
  const sum = (name) => servers.reduce((total, server) => total + server[name], 0);
  const late = old.filter(({ afterMs }) => afterMs > LATE_MS);
  if (old.length > 0) throw new Error(`old pages: ${JSON.stringify(old.slice(0, 20))} and ${old.length} in all, ${late.length} of them after ${LATE_MS} ms`);
  if (sum('asked') < ACTS || note.foundOutMs === undefined) throw new Error('too little was asked');
  const counted = (name) => confirms.reduce((total, one) => total + one[name], 0);
  console.log(`${READERS} readers of each of three servers asked for lists, feeds, search and stories without a pause, with and without the ETag of what they had seen, while ${ACTS} acts were made through all three: publications of new stories, edits, corrections. Meanwhile one server was killed, stood still for ${STILL_ACTS} acts and was upgraded, one had its cable to the database pulled for ${CUT_ACTS} acts, and the database crashed.

- requests: ${sum('asked')}, of which ${sum('unchanged')} were answered 304, and ${sum('unanswered')} not at all or 503
- requests that began after an act was answered and did not show it: 0
- the same, of a server that said that it was cut off from the database: ${sum('oldWhileCutOff')}
- the server whose cable was pulled said so after ${Math.round(note.foundOutMs)} ms, and no longer ${Math.round(note.backMs)} ms after it was put back
- acts since the servers started last: ${counted('all')} were confirmed by all other servers, ${counted('late')} waited ${LATE_MS} ms for one that did not
- an act took ${middle(note.tookMs)} ms in the middle, with the command's own start`);
}

prove(main);
