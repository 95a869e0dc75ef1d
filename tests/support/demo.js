'use strict';
// The demo newspaper with every kind of page that a reader can be shown, in each of its languages.

const assert = require('node:assert');
const { get } = require('./http');
const { startSite } = require('./site');
const { addStory, replyForm } = require('./story');

const PAGE_STORIES = 20; // that a page of a listing holds
const AT_ONCE = 4; // commands beside the server

const LANGUAGES = {
  en: { prefix: '', ferry: 'ferry', headline: 'The ferry leaves at eight', standfirst: 'And comes back at noon.', kept: 'These words stay.' },
  ar: { prefix: '/ar', ferry: 'العبّارة', headline: 'العبّارة تنطلق عند الثامنة', standfirst: 'وتعود عند الظهر.', kept: 'تبقى هذه الكلمات.' },
  ckb: { prefix: '/ckb', ferry: 'بەلەمەکە', headline: 'بەلەمەکە کاتژمێر ھەشت دەڕوات', standfirst: 'نیوەڕۆ دەگەڕێتەوە.', kept: 'ئەم وشانە دەمێننەوە.' },
};

const firstHref = (html, pattern) => pattern.exec(html)[1].replaceAll('&amp;', '&');
const nextPage = (html) => firstHref(html, /<a href="([^"]+)" rel="next">/);

// More stories than one page of a listing shows, all of one day, section, tag, writer and agency,
// and one that was withdrawn.
async function addStories(site, lang) {
  const { headline, standfirst } = LANGUAGES[lang];
  const add = (number) => addStory(site, {
    headline: `${headline} ${number}`, standfirst, lang, section: 'sport', tags: ['al-kazemi'], byline: 'Layth Mansour', source: 'Tigris Wire',
    publishedAt: `2020-02-02T10:${String(number).padStart(2, '0')}`, slug: `ferry-${number}`,
  });
  for (let number = 1; number <= PAGE_STORIES + 1; number += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, PAGE_STORIES + 2 - number) }, (_, i) => add(number + i)));
  const gone = await addStory(site, { headline, lang, slug: 'gone', publishedAt: '2020-01-01T10:00', section: 'sport' });
  await site.must(['story', 'withdraw', String(gone.id)]);
  return gone;
}

// Made by a template that another page of the same state has shown already: of these a browser, which
// takes its time, need not draw each.
const isAlike = (kind) => /^(?:(?:tag|byline|source|day), |search results, past|standing page c)/.test(kind);

// The pages of one language: { lang, kind, path, status, html, isAlike }. What answers a form has no
// path.
async function pagesIn(site, lang, gone) {
  const { prefix, ferry, kept } = LANGUAGES[lang];
  const pages = [];
  const take = async (kind, path, status = 200) => {
    const { status: found, text: html } = await get(new URL(path, site.url));
    assert.strictEqual(found, status, path);
    pages.push({ lang, kind, path, status, html, isAlike: isAlike(kind) });
    return html;
  };
  const posted = (kind, answer, status) => {
    assert.strictEqual(answer.status, status, kind);
    pages.push({ lang, kind, status, html: answer.text, isAlike: false });
  };
  const ferries = `${prefix}/search?q=${encodeURIComponent(ferry)}`;
  await take('home', prefix || '/');
  const corrections = await take('corrections', `${prefix}/corrections`);
  const corrected = firstHref(corrections, /<h2[^>]*><a href="([^"#]+)/);
  const [, id] = /data-story="(\d+)"/.exec(await take('story', corrected));
  await take('story without replies', `${prefix}/sport/2020/02/02/ferry-7`);
  for (const [kind, path] of [['section', '/sport'], ['tag', '/tag/al-kazemi'], ['byline', '/byline/layth-mansour'], ['source', '/source/tigris-wire'], ['day', '/2020/02/02']]) {
    const html = await take(kind, prefix + path);
    await take(`${kind}, second page`, nextPage(html));
    await take(`${kind}, past its end`, `${prefix}${path}?before=1-1`, 404);
  }
  await take('day without a story', `${prefix}/2020/02/03`);
  await take('archive', `${prefix}/archive`);
  await take('month', `${prefix}/2020/02`);
  await take('archive, no such day', `${prefix}/archive?day=x`);
  for (const slug of ['about', 'contact', 'corrections-policy']) await take(`standing page ${slug}`, `${prefix}/${slug}`);
  await take('search', `${prefix}/search`);
  const found = await take('search results', ferries);
  await take('search results, second page', nextPage(found));
  await take('search results, narrowed', `${ferries}&section=sport&from=2020-02-02&until=2020-02-02&order=relevance`);
  await take('nothing found', `${prefix}/search?q=zzzz`);
  await take('search results, past their end', `${ferries}&before=1-1`, 404);
  await take('not found', `${prefix}/no/such/page`, 404);
  await take('withdrawn', new URL(gone.url).pathname, 410);

  await take('reply form', `/reply/${id}`);
  const form = await replyForm(site, { id });
  posted('reply to be confirmed', await form.send({ key: '', text: kept }), 200);
  posted('reply refused', await form.send({ name: '', email: 'a@localhost', website: 'x', text: kept }), 422);
  return pages;
}

// { site, pages, stop }: a demo newspaper that serves, and its pages as a reader gets them.
async function demoPages(options = {}) {
  const site = await startSite({ demo: true, ...options });
  try {
    const pages = [];
    const gone = {};
    for (const lang of Object.keys(LANGUAGES)) gone[lang] = await addStories(site, lang);
    for (const lang of Object.keys(LANGUAGES)) pages.push(...await pagesIn(site, lang, gone[lang]));
    return { site, pages, stop: () => site.stop() };
  } catch (error) {
    if (!options.test) await site.stop().catch(() => {});
    throw error;
  }
}

module.exports = { demoPages, DEMO_LANGUAGES: LANGUAGES };
