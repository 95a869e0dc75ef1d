'use strict';
// A server that can't store anything for now: what it must still do, and what it must not.

const fs = require('node:fs');
const { Reader, textKept, uniqueText } = require('./replying');
const { get } = require('./http');

// A crowd of readers that reply to one story, and note what was answered in the accounts. What is
// refused stays open, to be sent again with the same key.
class Crowd {
  constructor(site, story, accounts, size) {
    Object.assign(this, { site, story, accounts });
    this.readers = Array.from({ length: size }, (_, i) => new Reader(`Reader${i}`));
    this.refused = []; // { reader, entry }
    this.written = 0;
  }

  // One new reply; true when it was accepted, false when it was refused as it should be.
  async reply(reader, name, size = 200) {
    const key = await reader.key(this.site.url, this.story.id);
    const text = uniqueText(`${name}.${this.written++}`, size);
    const entry = this.accounts.send({ storyId: this.story.id, key, text });
    return this.send(reader, entry);
  }

  async send(reader, entry) {
    const answer = await reader.send(this.site.url, entry);
    if (answer.accepted !== null) {
      this.accounts.accept(entry, answer.accepted);
      return true;
    }
    this.refused.push({ reader, entry });
    checkRefusal(answer, entry);
    return false;
  }

  // Everybody replies at once, again and again, until each was refused `times` times in a row.
  async replyUntilRefused(name, { times = 1, size, repliesMax = 2000 } = {}) {
    await Promise.all(this.readers.map(async (reader) => {
      for (let inARow = 0, sent = 0; inARow < times; sent++) {
        if (sent === repliesMax) throw new Error(`${name}: ${sent} replies of one reader, and none was refused`);
        inARow = (await this.reply(reader, name, size)) ? 0 : inARow + 1;
      }
    }));
  }

  // Presses the button again for all that were refused: now each is accepted.
  async sendAgain() {
    for (const { reader, entry } of this.refused.splice(0))
      if (!(await this.send(reader, entry))) throw new Error('refused although writing goes on');
  }

  leave() {
    for (const reader of this.readers) reader.leave();
  }
}

function checkRefusal(answer, { text }) {
  if (answer.status !== 503) throw new Error(`a reply that can't be stored is answered ${answer.status}`);
  if (!answer.headers['retry-after']) throw new Error('a 503 without Retry-After');
  const kept = textKept(answer.text);
  if (kept !== text) throw new Error(`the text is not kept but is ${JSON.stringify(kept)}`);
}

async function health(site) {
  const answer = await get(new URL('/healthz', site.url));
  if (answer.status !== 200) throw new Error(`/healthz is answered ${answer.status}`);
  return answer.text;
}

// Nothing of the site is mapped into memory: on a full disk the first touch of such a page can end
// the process with SIGBUS.
function checkNothingMapped(site) {
  const mapped = fs.readFileSync(`/proc/${site.pid}/maps`, 'utf8').split('\n').filter((line) => line.includes(site.dir));
  if (mapped.length) throw new Error(`mapped: ${mapped}`);
}

// Reading goes on, and the server says what is the matter.
async function checkReadOnly(site, stories, sentence) {
  for (const path of ['/', '/politics', '/feed.xml', ...stories.map((story) => story.path)]) {
    const page = await get(new URL(path, site.url));
    if (page.status !== 200) throw new Error(`${path} is answered ${page.status}`);
  }
  const said = await health(site);
  if (!said.startsWith('read-only')) throw new Error(`/healthz says: ${said}`);
  if (!sentence.test(site.log)) throw new Error(`the log does not say ${sentence}:\n${site.log}`);
}

module.exports = { Crowd, checkNothingMapped, checkReadOnly, health };
