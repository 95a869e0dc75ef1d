'use strict';
// Readers who reply, and what the site keeps of it: stories to reply to, texts that can be told
// apart, the replies on a page and in the list.

const http = require('node:http');
const { createHash } = require('node:crypto');
const { request, post } = require('./http');
const { addStory } = require('./story');

const LIST_LIMIT = 1000;

// Publishes a story and gives its id and path.
async function publishStory(site, headline) {
  const { id, url } = await addStory(site, { headline });
  return { id, path: new URL(url, 'http://localhost').pathname };
}

// A text that nobody else writes and that shows when a part of it is missing or changed: its own
// checksum stands at its end. `size` is about how many characters it has.
function uniqueText(name, size) {
  const lines = [`Reply ${name} begins.`];
  const more = ['Less < than, "quoted" & 5 > 4.', 'السلام عليكم ورحمة الله وبركاته.', 'It’s fine; see you — again.', ''];
  for (let length = 0, i = 0; length < size; i++) {
    const line = more[i % more.length] || '';
    // Two line breaks in a row at most: a page shows more of them as two.
    lines.push(line && `${i}. ${line}`);
    length += line.length + 4;
  }
  while (lines.at(-1) === '') lines.pop();
  const text = lines.join('\n');
  return `${text}\n${name} ends ${createHash('sha256').update(text).digest('hex').slice(0, 16)}.`;
}

// One reader with a browser: a cookie, a connection that is kept, and the key of the form fetched
// as the page's script does it. Throws when there is no answer.
class Reader {
  constructor(name) {
    this.name = name;
    this.cookie = '';
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  get headers() {
    return this.cookie ? { Cookie: this.cookie } : {};
  }

  async key(base, storyId) {
    const url = new URL(`/reply/${storyId}/key`, base);
    const answer = await request(url, { agent: this.agent, headers: this.headers });
    if (answer.status !== 200) throw new Error(`${url.pathname} is answered ${answer.status}`);
    for (const line of answer.headers['set-cookie'] || []) this.cookie = line.split(';')[0];
    return JSON.parse(answer.text).key;
  }

  // Sends a reply: { storyId, key, text }. `accepted` is the id of the reply if it was.
  async send(base, reply) {
    const fields = {
      key: reply.key,
      name: this.name,
      email: `${this.name.toLowerCase()}@example.org`,
      website: '',
      // As browsers send it (HTML, "multipart/form-data" and its like: newlines are CRLF).
      text: reply.text.replaceAll('\n', '\r\n'),
    };
    const answer = await post(new URL(`/reply/${reply.storyId}`, base), fields,
      { agent: this.agent, headers: this.headers });
    const anchor = /#reply-(\d+)$/.exec(answer.headers.location || '');
    const accepted = answer.status === 303 && anchor ? Number(anchor[1]) : null;
    return { ...answer, accepted };
  }

  leave() {
    this.agent.destroy();
  }
}

// What stands between two tags, as a browser shows it.
function decoded(markup) {
  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return markup.replace(/&(?:#(\d+)|#[xX]([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal || hex) return String.fromCodePoint(parseInt(decimal || hex, decimal ? 10 : 16));
    if (!(name in entities)) throw new Error(`an entity that this test does not know: ${whole}`);
    return entities[name];
  });
}

// The replies on a story's page: [{ id, text }], in their order.
function repliesOnPage(html) {
  const found = html.matchAll(
    /<article class="reply" id="reply-(\d+)"[^>]*>.*?<div class="reply-text"[^>]*>(.*?)<\/div>/gs);
  return [...found].map(([, id, markup]) => ({ id: Number(id), text: replyText(markup) }));
}

// The path of the page with later replies; null when there are none.
function laterReplies(html) {
  const found = /<a href="([^"#]*\?replies-after=\d+)/.exec(html);
  return found ? decoded(found[1]) : null;
}

function replyText(markup) {
  const text = markup
    .trim()
    .replace(/<\/p>\s*<p[^>]*>/g, '\n\n')
    .replace(/<br>\n?/g, '\n')
    .replace(/<[^>]+>/g, '');
  return decoded(text);
}

// What the form holds as the reader's text; null when there is no form.
function textKept(html) {
  // A line feed right behind the start tag is not part of the text (HTML, 13.2.6.4.7).
  const found = /<textarea [^>]*name="text"[^>]*>\n?(.*?)<\/textarea>/s.exec(html);
  return found ? decoded(found[1]).replace(/\r\n?/g, '\n') : null;
}

// Every visible reply that the command line lists, the oldest first.
async function replyList(site) {
  const all = [];
  for (;;) {
    const before = all.length ? ['--before', String(all.at(-1).id)] : [];
    const some = await site.must(['reply', 'list', '--limit', String(LIST_LIMIT), ...before]);
    all.push(...some);
    if (some.length < LIST_LIMIT) return all.reverse();
  }
}

module.exports = { publishStory, uniqueText, Reader, laterReplies, repliesOnPage, textKept, replyList };
