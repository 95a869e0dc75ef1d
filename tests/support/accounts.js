'use strict';
// The books of a proof: which replies were sent and what was answered, held against what the site
// keeps. A reply that was accepted must be there once and whole; one without an answer may be there
// once and whole; nothing else may be there.

const { laterReplies, repliesOnPage, replyList } = require('./replying');
const { get } = require('./http');

class Accounts {
  constructor() {
    this.sent = new Map(); // text: { storyId, key, text, accepted }; accepted is the reply's id or null
  }

  // To be called before a reply is sent for the first time.
  send(reply) {
    if (this.sent.has(reply.text)) throw new Error(`sent twice by mistake: ${reply.text}`);
    const entry = { ...reply, accepted: null };
    this.sent.set(reply.text, entry);
    return entry;
  }

  // The same reply that was accepted once is accepted again as the same.
  accept(entry, id) {
    if (entry.accepted !== null && entry.accepted !== id)
      throw new Error(`doubled: accepted as ${entry.accepted} and again as ${id}: ${begin(entry.text)}`);
    entry.accepted = id;
  }

  get accepted() {
    return [...this.sent.values()].filter((entry) => entry.accepted !== null);
  }

  // `kept` is [{ id, text }] of the story, or of all stories; `where` says of what.
  check(kept, where, storyId = null) {
    const seen = new Map();
    for (const { id, text } of kept) {
      const entry = this.sent.get(text);
      if (!entry) throw new Error(`torn: ${where} shows as ${id} what nobody sent: ${JSON.stringify(text)}`);
      if (seen.has(text))
        throw new Error(`doubled: ${where} shows as ${seen.get(text)} and as ${id}: ${begin(text)}`);
      if (entry.accepted !== null && entry.accepted !== id)
        throw new Error(`moved or doubled: ${where} shows as ${id} what was accepted as ${entry.accepted}`);
      if (storyId !== null && entry.storyId !== storyId)
        throw new Error(`moved: ${where} shows a reply to story ${entry.storyId}`);
      seen.set(text, id);
    }
    for (const entry of this.accepted)
      if ((storyId === null || entry.storyId === storyId) && !seen.has(entry.text))
        throw new Error(`lost: ${where} does not show ${entry.accepted}: ${begin(entry.text)}`);
    return seen.size;
  }

  // The story's page, and those on which later replies stand.
  async checkPage(site, story) {
    const kept = [];
    for (let path = story.path; path; ) {
      const page = await get(new URL(path, site.url));
      if (page.status !== 200) throw new Error(`${path} is answered ${page.status}`);
      const found = repliesOnPage(page.text);
      const last = kept.length ? kept.at(-1).id : 0;
      if (path !== story.path && !(found.length && found[0].id > last))
        throw new Error(`${path} does not go on after ${last}`);
      kept.push(...found);
      path = laterReplies(page.text);
    }
    return this.check(kept, story.path, story.id);
  }

  // Every record, through the command line.
  async checkList(site) {
    return this.check(await replyList(site), 'courant reply list');
  }
}

function begin(text) {
  return text.slice(0, 60);
}

module.exports = { Accounts };
