'use strict';
// Stories and replies for tests: short ones, and whole pages as they come off a news site.

const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('./site');
const { visitor } = require('./http');

// Adds a story through the command line and publishes it, unless `publish` is false. The answer is
// the command's: { id, url, status }. Other names are the command's options, in camelCase; a list
// gives one several times.
function addStory(site, options = {}) {
  const { body = 'One paragraph.', tags = [], publish = true, breaking = false, ...rest } = options;
  const given = { headline: 'A short story', section: 'politics', ...rest };
  const args = ['story', 'add', '--body', '-'];
  for (const [name, value] of Object.entries(given)) {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const one of [value].flat()) args.push(option, String(one));
  }
  for (const tag of tags) args.push('--tag', tag);
  if (breaking) args.push('--breaking');
  if (publish) args.push('--publish');
  return site.must(args, body);
}

// A page as tests/fixtures/story/README.md describes it. Line 3 glues its parts together, so they
// must be named to be told apart; it must be made of just these.
function readPage(file, { section, flag, tags }) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const glued = `${section}${flag}${tags.join('')}\u00a0`;
  const time = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)A-AA\+$/.exec(lines[2].slice(glued.length));
  const source = /^([^/]+)\/ /.exec(lines[4]);
  if (!lines[2].startsWith(glued) || !time || !source) throw new Error(`${file} is not such a page`);
  const paragraphs = lines.slice(4, 23).filter((line) => line !== '');
  return {
    headline: lines[0],
    section,
    tags,
    publishedAt: `${time[1]}T${time[2]}`,
    source: source[1],
    paragraphs,
    body: lines.slice(4, 23).join('\n'),
  };
}

// The committed pages, and the one that developers have beside the project: { name, lang, page }.
function samplePages() {
  const fixture = (name) => path.join(ROOT, 'tests/fixtures/story', name);
  const samples = [
    {
      name: 'the story of the tidal gate',
      lang: 'en',
      page: readPage(fixture('en.txt'), {
        section: 'climate', flag: 'breaking', tags: ['Kestrel Bay', 'Tidal Gate', 'Harbour Board'],
      }),
    },
    {
      name: 'the Arabic story of the ferry',
      lang: 'ar',
      page: readPage(fixture('ar.txt'), {
        section: 'اقتصاد', flag: 'عاجل', tags: ['مرسى الزعفران', 'العبّارة', 'النقل البحري'],
      }),
    },
  ];
  const seed = path.join(ROOT, '../shared/seed');
  const found = fs.existsSync(seed) ? fs.readdirSync(seed).filter((name) => name.endsWith('.txt')) : [];
  for (const name of found) {
    samples.push({
      name: 'the seed story',
      lang: 'en',
      page: readPage(path.join(seed, name), {
        section: 'politics', flag: 'breaking', tags: ['Biden', 'White House', 'Al-Kazemi'],
      }),
    });
  }
  return samples;
}

function addPage(site, { page, lang }) {
  const { headline, section, tags, source, publishedAt, body } = page;
  return addStory(site, { headline, section, tags, source, publishedAt, body, lang, breaking: true });
}

const REPLY = { name: 'Reader One', email: 'reader.one@example.org', website: '', text: 'A reply.' };

// The reply form of a story as a browser holds it: its cookie and its key. send() posts it, with
// what is given in place of the usual words.
async function replyForm(site, story) {
  const reader = visitor(site.url);
  const answer = await reader.get(`/reply/${story.id}/key`);
  const { key } = JSON.parse(answer.text);
  const send = (fields = {}, options = {}) =>
    reader.post(`/reply/${story.id}`, { key, ...REPLY, ...fields }, options);
  return { reader, key, send };
}

// The replies that a page shows: { id, html } each, in the page's order.
function repliesOn(html) {
  return [...html.matchAll(/<article class="reply" id="reply-(\d+)"[\s\S]*?<\/article>/g)]
    .map(([markup, id]) => ({ id: Number(id), html: markup }));
}

module.exports = { addStory, readPage, samplePages, addPage, replyForm, repliesOn, REPLY };
