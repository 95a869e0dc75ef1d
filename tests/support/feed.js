'use strict';
// What a feed must be, by the specifications and by what the W3C's validator says of them: RSS 2.0
// with the RSS Advisory Board's Best Practices Profile, Atom (RFC 4287), JSON Feed 1.1. A reader of
// each gives the same items, so that the three can be compared.

const { parseXml, children, child, textOf } = require('./xml');

const ATOM = '{http://www.w3.org/2005/Atom}';
const CONTENT = '{http://purl.org/rss/1.0/modules/content/}';
const DC = '{http://purl.org/dc/elements/1.1/}';
const LANG = '{http://www.w3.org/XML/1998/namespace}lang';

const TYPES = {
  xml: 'application/rss+xml; charset=utf-8',
  atom: 'application/atom+xml; charset=utf-8',
  json: 'application/feed+json; charset=utf-8',
};

const RFC822 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/;
const URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// Gathers what is wrong, so that one run tells all of it.
class Judge {
  constructor() {
    this.problems = [];
  }

  must(condition, sentence) {
    if (!condition) this.problems.push(sentence);
    return Boolean(condition);
  }

  address(text, where) {
    let url = null;
    try {
      url = new URL(text);
    } catch {
      // What it lacks is said below.
    }
    this.must(url && /^https?:$/.test(url.protocol) && /^[\x21-\x7e]+$/.test(text), `${where}: ${text} is no absolute address`);
  }

  rfc822(text, where) {
    if (!this.must(RFC822.test(text), `${where}: ${text} is no RFC 822 date`)) return;
    this.must(new Date(text).toUTCString() === text, `${where}: ${text} is a day that is not`);
    this.must(new Date(text) <= new Date(), `${where}: ${text} lies in the future`);
  }

  rfc3339(text, where) {
    this.must(RFC3339.test(text) && !Number.isNaN(Date.parse(text)), `${where}: ${text} is no RFC 3339 date`);
  }

  once(node, name, where, { optional = false } = {}) {
    const found = children(node, name);
    const label = name.replace(/^\{.*\}/, '');
    this.must(found.length <= 1, `${where}: ${found.length} of ${label}`);
    this.must(optional || found.length === 1, `${where}: no ${label}`);
    if (found.length > 0 && found[0].children.length === 0 && Object.keys(found[0].attributes).every((key) => !/href/.test(key)))
      this.must(found[0].text.trim() !== '', `${where}: an empty ${label}`);
  }

  only(node, names, where) {
    for (const { name } of node.children) this.must(names.includes(name), `${where}: ${name} has no place there`);
  }

  // Content is read without its page: it needs whole addresses, and may hold nothing that runs.
  markup(html, where) {
    for (const [, name, value] of html.matchAll(/<[^>]*\s(href|src)\s*=\s*"([^"]*)"/g))
      this.must(/^(https?:\/\/|mailto:|tel:)/.test(value), `${where}: ${name}="${value}" is not absolute`);
    this.must(!/<(script|style|iframe|object|embed|form|link|meta)\b/i.test(html), `${where}: what may run or does not belong`);
    this.must(!/<[^>]*\s(on\w+|style)\s*=/i.test(html), `${where}: a handler or a style`);
    const open = [];
    for (const [, slash, name] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (name === 'br' || name === 'hr') continue;
      if (!slash) open.push(name);
      else this.must(open.pop() === name, `${where}: </${name}> closes another`);
    }
    this.must(open.length === 0, `${where}: ${open} stays open`);
  }

  unique(values, what) {
    this.must(new Set(values).size === values.length, `${what} comes twice`);
  }
}

// ---- RSS 2.0 ----

const RSS_CHANNEL = ['title', 'link', 'description', 'language', 'lastBuildDate', `${ATOM}link`, 'item'];
const RSS_ITEM = ['title', 'link', 'guid', 'pubDate', `${ATOM}updated`, `${DC}creator`, 'category', `${DC}language`, 'description', `${CONTENT}encoded`];

function judgeRss(judge, root, self) {
  judge.must(root.name === 'rss' && root.attributes.version === '2.0', 'it is no RSS 2.0');
  judge.once(root, 'channel', 'rss');
  const channel = child(root, 'channel');
  judge.only(channel, RSS_CHANNEL, 'channel');
  for (const name of ['title', 'link', 'description', 'language']) judge.once(channel, name, 'channel');
  judge.once(channel, 'lastBuildDate', 'channel', { optional: true });
  judge.address(textOf(channel, 'link'), 'channel link');
  judge.must(LANGUAGE.test(textOf(channel, 'language')), 'channel: no language of RFC 5646');
  if (child(channel, 'lastBuildDate')) judge.rfc822(textOf(channel, 'lastBuildDate'), 'lastBuildDate');
  judge.once(channel, `${ATOM}link`, 'channel');
  const link = child(channel, `${ATOM}link`).attributes;
  judge.must(link.rel === 'self' && link.href === self && link.type === 'application/rss+xml', `atom:link is ${JSON.stringify(link)}`);
  const items = children(channel, 'item');
  items.forEach((item, number) => judgeRssItem(judge, item, `item ${number}`));
  judge.unique(items.map((item) => textOf(item, 'guid')), 'a guid');
}

function judgeRssItem(judge, item, where) {
  judge.only(item, RSS_ITEM, where);
  for (const name of ['title', 'link', 'guid', 'pubDate', 'description', `${ATOM}updated`, `${DC}language`]) judge.once(item, name, where);
  judge.once(item, `${CONTENT}encoded`, where, { optional: true });
  judge.address(textOf(item, 'link'), `${where} link`);
  judge.rfc822(textOf(item, 'pubDate'), `${where} pubDate`);
  judge.rfc3339(textOf(item, `${ATOM}updated`), `${where} atom:updated`);
  judge.must(child(item, 'guid').attributes.isPermaLink === 'false' && URN.test(textOf(item, 'guid')), `${where}: its guid is no urn:uuid`);
  for (const name of [`${DC}creator`, 'category'])
    for (const node of children(item, name)) judge.must(node.text.trim() !== '', `${where}: an empty ${name}`);
  judge.markup(textOf(item, 'description'), `${where} description`);
  judge.markup(textOf(item, `${CONTENT}encoded`) || '', `${where} content`);
  const names = item.children.map(({ name }) => name);
  const encoded = names.indexOf(`${CONTENT}encoded`);
  judge.must(encoded < 0 || encoded > names.indexOf('description'), `${where}: the content stands before the description`);
}

const unescaped = (html) => html.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name]);

function readRss(root) {
  const channel = child(root, 'channel');
  return {
    title: textOf(channel, 'title'),
    home: textOf(channel, 'link'),
    language: textOf(channel, 'language'),
    items: children(channel, 'item').map((item) => ({
      id: textOf(item, 'guid'),
      title: textOf(item, 'title'),
      url: textOf(item, 'link'),
      language: textOf(item, `${DC}language`),
      published: Date.parse(textOf(item, 'pubDate')),
      updated: Date.parse(textOf(item, `${ATOM}updated`)),
      authors: children(item, `${DC}creator`).map(({ text }) => text),
      tags: children(item, 'category').map(({ text }) => text),
      summary: unescaped(textOf(item, 'description')),
      content: textOf(item, `${CONTENT}encoded`) || '',
    })),
  };
}

// ---- Atom ----

const atom = (...names) => names.map((name) => ATOM + name);
const ATOM_FEED = atom('id', 'title', 'subtitle', 'updated', 'link', 'icon', 'author', 'entry');
const ATOM_ENTRY = atom('id', 'title', 'link', 'published', 'updated', 'author', 'category', 'summary', 'content');

function judgeAtom(judge, root, self) {
  judge.must(root.name === `${ATOM}feed`, 'it is no Atom feed');
  judge.must(LANGUAGE.test(root.attributes[LANG]), 'feed: no xml:lang');
  judge.only(root, ATOM_FEED, 'feed');
  for (const name of atom('id', 'title', 'updated')) judge.once(root, name, 'feed');
  for (const name of atom('subtitle', 'icon')) judge.once(root, name, 'feed', { optional: true });
  judge.must(URN.test(textOf(root, `${ATOM}id`)), 'feed: its id is no urn:uuid');
  judge.rfc3339(textOf(root, `${ATOM}updated`), 'feed updated');
  judge.address(textOf(root, `${ATOM}icon`), 'icon');
  judgeText(judge, root, 'title', 'feed');
  judgeText(judge, root, 'subtitle', 'feed');
  const links = children(root, `${ATOM}link`).map(({ attributes }) => attributes);
  judge.must(links.filter(({ rel, href, type }) => rel === 'self' && href === self && type === 'application/atom+xml').length === 1, `feed: its links are ${JSON.stringify(links)}`);
  judge.must(links.filter(({ rel }) => rel === 'alternate').length === 1, 'feed: not one alternate');
  for (const { href } of links) judge.address(href, 'feed link');
  judgePeople(judge, root, 'feed');
  judge.must(children(root, `${ATOM}author`).length > 0, 'feed: no author');
  const entries = children(root, `${ATOM}entry`);
  entries.forEach((entry, number) => judgeEntry(judge, entry, `entry ${number}`));
  judge.unique(entries.map((entry) => textOf(entry, `${ATOM}id`)), 'an id');
}

function judgeText(judge, node, name, where) {
  for (const { attributes } of children(node, ATOM + name))
    judge.must(['text', 'html', 'xhtml'].includes(attributes.type), `${where}: ${name} of type ${attributes.type}`);
}

function judgePeople(judge, node, where) {
  for (const author of children(node, `${ATOM}author`)) {
    judge.only(author, atom('name', 'uri', 'email'), `${where} author`);
    judge.once(author, `${ATOM}name`, `${where} author`);
    judge.once(author, `${ATOM}uri`, `${where} author`, { optional: true });
  }
}

function judgeEntry(judge, entry, where) {
  judge.must(LANGUAGE.test(entry.attributes[LANG]), `${where}: no xml:lang`);
  judge.only(entry, ATOM_ENTRY, where);
  for (const name of atom('id', 'title', 'updated', 'published', 'summary')) judge.once(entry, name, where);
  judge.once(entry, `${ATOM}content`, where, { optional: true });
  judge.must(URN.test(textOf(entry, `${ATOM}id`)), `${where}: its id is no urn:uuid`);
  judge.rfc3339(textOf(entry, `${ATOM}published`), `${where} published`);
  judge.rfc3339(textOf(entry, `${ATOM}updated`), `${where} updated`);
  judge.must(Date.parse(textOf(entry, `${ATOM}updated`)) >= Date.parse(textOf(entry, `${ATOM}published`)), `${where}: updated before it was published`);
  for (const name of ['title', 'summary', 'content']) judgeText(judge, entry, name, where);
  const links = children(entry, `${ATOM}link`).map(({ attributes }) => attributes);
  judge.must(links.length === 1 && links[0].rel === 'alternate' && links[0].type === 'text/html', `${where}: its links are ${JSON.stringify(links)}`);
  for (const { href } of links) judge.address(href, `${where} link`);
  for (const { attributes } of children(entry, `${ATOM}category`)) judge.must(attributes.term && attributes.label, `${where}: a category without a name`);
  judgePeople(judge, entry, where);
  judge.markup(textOf(entry, `${ATOM}content`) || '', `${where} content`);
}

function readAtom(root) {
  const alternate = (node) => children(node, `${ATOM}link`).find(({ attributes }) => attributes.rel === 'alternate').attributes.href;
  return {
    title: textOf(root, `${ATOM}title`),
    home: alternate(root),
    language: root.attributes[LANG],
    items: children(root, `${ATOM}entry`).map((entry) => ({
      id: textOf(entry, `${ATOM}id`),
      title: textOf(entry, `${ATOM}title`),
      url: alternate(entry),
      language: entry.attributes[LANG],
      published: Date.parse(textOf(entry, `${ATOM}published`)),
      updated: Date.parse(textOf(entry, `${ATOM}updated`)),
      authors: children(entry, `${ATOM}author`).map((author) => textOf(author, `${ATOM}name`)),
      tags: children(entry, `${ATOM}category`).map(({ attributes }) => attributes.label),
      summary: textOf(entry, `${ATOM}summary`),
      content: textOf(entry, `${ATOM}content`) || '',
    })),
  };
}

// ---- JSON Feed 1.1 ----

const JSON_FEED = ['version', 'title', 'home_page_url', 'feed_url', 'description', 'language', 'favicon', 'authors', 'items'];
const JSON_ITEM = ['id', 'url', 'title', 'content_html', 'content_text', 'summary', 'date_published', 'date_modified', 'language', 'authors', 'tags'];

function judgeJson(judge, feed, self) {
  const isText = (value) => typeof value === 'string' && value.trim() !== '';
  judge.must(feed.version === 'https://jsonfeed.org/version/1.1', `it is version ${feed.version}`);
  for (const key of Object.keys(feed)) judge.must(JSON_FEED.includes(key), `${key} has no place in a feed`);
  for (const key of ['title', 'description']) judge.must(isText(feed[key]), `no ${key}`);
  judge.must(feed.feed_url === self, `feed_url is ${feed.feed_url}`);
  judge.must(LANGUAGE.test(feed.language), 'no language of RFC 5646');
  for (const key of ['home_page_url', 'favicon']) judge.address(feed[key], key);
  if (!judge.must(Array.isArray(feed.items), 'items are no list')) return;
  const isAuthor = (author) => isText(author.name) && (author.url === undefined || /^https?:/.test(author.url));
  judge.must(feed.authors.length > 0 && feed.authors.every(isAuthor), 'no authors');
  feed.items.forEach((item, number) => {
    const where = `item ${number}`;
    for (const key of Object.keys(item)) judge.must(JSON_ITEM.includes(key), `${where}: ${key} has no place there`);
    judge.must(URN.test(item.id), `${where}: its id is no urn:uuid`);
    for (const key of ['title', 'summary']) judge.must(isText(item[key]), `${where}: no ${key}`);
    judge.must(isText(item.content_html) || isText(item.content_text), `${where}: no content`);
    judge.address(item.url, `${where} url`);
    judge.rfc3339(item.date_published, `${where} date_published`);
    judge.rfc3339(item.date_modified, `${where} date_modified`);
    judge.must(LANGUAGE.test(item.language), `${where}: no language`);
    judge.must((item.authors || []).every(isAuthor) && (item.tags || []).every(isText), `${where}: an empty author or tag`);
    judge.markup(item.content_html || '', `${where} content_html`);
  });
  judge.unique(feed.items.map(({ id }) => id), 'an id');
}

function readJson(feed) {
  return {
    title: feed.title,
    home: feed.home_page_url,
    language: feed.language,
    items: feed.items.map((item) => ({
      id: item.id,
      title: item.title,
      url: item.url,
      language: item.language,
      published: Date.parse(item.date_published),
      updated: Date.parse(item.date_modified),
      authors: (item.authors || []).map(({ name }) => name),
      tags: item.tags || [],
      summary: item.summary,
      content: item.content_html || '',
    })),
  };
}

// ---- all three ----

const FORMATS = {
  xml: { parse: parseXml, judge: judgeRss, read: readRss },
  atom: { parse: parseXml, judge: judgeAtom, read: readAtom },
  json: { parse: JSON.parse, judge: judgeJson, read: readJson },
};

// The feed that an answer holds, which must be right in everything: { title, home, language, items },
// the same for each format. `self` is the address that was asked.
async function readFeed(answer, self) {
  const name = new URL(self).pathname.split('.').at(-1);
  const format = FORMATS[name];
  const judge = new Judge();
  judge.must(answer.status === 200, `it is answered ${answer.status}`);
  judge.must(answer.headers['content-type'] === TYPES[name], `its type is ${answer.headers['content-type']}`);
  if (judge.problems.length === 0) {
    const parsed = await format.parse(answer.text);
    format.judge(judge, parsed, self);
    if (judge.problems.length === 0) return format.read(parsed);
  }
  throw new Error(`${self}:\n${judge.problems.join('\n')}`);
}

module.exports = { readFeed, FEED_FORMATS: Object.keys(FORMATS) };
