'use strict';
// kill -9 while four readers reply, again and again. After each new start everything that was
// accepted is there, once and whole. A reader who got no answer presses the button again, with the
// same key; some walk away instead.

const { Accounts } = require('../support/accounts');
const { Reader, publishStory, uniqueText } = require('../support/replying');
const { inParts, middle, prove, scaled, withSite } = require('../support/proof');
const { randomFrom } = require('../support/random');
const { makeSite } = require('../support/site');

const ROUNDS = 2000;
const ROUNDS_PART = 50; // on a site of its own
const ROUNDS_STORY = 10; // then they go on to the next one
const READERS = 4;
const REQUESTS_MAX = 24; // of a round, before the kill
const KILL_DELAY_US = 3000; // and how long after the last of them, at most
const TEXT_MAX = 6000;
const WALK_AWAY = 5; // one of so many

class Part {
  constructor(number, rounds) {
    this.rounds = rounds;
    this.number = number;
    this.random = randomFrom(1 + number);
    this.accounts = new Accounts();
    this.readers = Array.from({ length: READERS }, (_, i) => ({ reader: new Reader(`Reader${i}`), open: null }));
    this.counts = { rounds: 0, noAnswer: 0, again: 0, walkedAway: 0, written: 0 };
    this.startsMs = [];
  }

  async run(site) {
    this.site = site;
    this.stories = [];
    for (let i = 0; i < Math.ceil(this.rounds / ROUNDS_STORY); i++)
      this.stories.push(await publishStory(site, `Story ${this.number}.${i}`));
    for (let round = 0; round < this.rounds; round++) {
      await this.start();
      await this.look(round);
      await this.disturb(this.stories[Math.floor(round / ROUNDS_STORY)]);
      this.counts.rounds++;
    }
    await this.settle();
    for (const { reader } of this.readers) reader.leave();
    return { ...this.counts, accepted: this.accounts.accepted.length, startsMs: this.startsMs };
  }

  async start() {
    const before = performance.now();
    await this.site.start();
    this.startsMs.push(performance.now() - before);
  }

  // The page of the story that was replied to last, right after the start.
  async look(round) {
    if (round > 0) await this.accounts.checkPage(this.site, this.stories[Math.floor((round - 1) / ROUNDS_STORY)]);
  }

  // Readers reply until the server is killed, a random time after a random request.
  async disturb(story) {
    const requests = 1 + this.random(REQUESTS_MAX);
    const delay = this.random(KILL_DELAY_US);
    let left = requests;
    let killed = null;
    const count = () => {
      if (--left === 0) killed = later(delay).then(() => this.site.kill9());
    };
    await Promise.all(this.readers.map((who) => this.replyUntilGone(who, story, count)));
    await killed;
  }

  async replyUntilGone(who, story, count) {
    for (;;) {
      try {
        who.open ??= await this.write(who.reader, story, count);
        count();
        await this.send(who);
      } catch (error) {
        if (!isGone(error)) throw error;
        if (who.open) this.counts.noAnswer++;
        if (who.open && this.random(WALK_AWAY) === 0) {
          who.open = null;
          this.counts.walkedAway++;
        }
        return;
      }
    }
  }

  async write(reader, story, count) {
    count();
    const key = await reader.key(this.site.url, story.id);
    const text = uniqueText(`${this.number}.${this.counts.written++}`, this.random(TEXT_MAX));
    return this.accounts.send({ storyId: story.id, key, text });
  }

  // For the first time, or again after there was no answer.
  async send(who) {
    if (who.open.sentBefore) this.counts.again++;
    who.open.sentBefore = true;
    const answer = await who.reader.send(this.site.url, who.open);
    if (answer.accepted === null)
      throw new Error(`a reply is answered ${answer.status}:\n${answer.text.slice(0, 2000)}`);
    this.accounts.accept(who.open, answer.accepted);
    who.open = null;
  }

  // The last answers that are missing; then every story and every record.
  async settle() {
    await this.start();
    for (const who of this.readers) if (who.open) await this.send(who);
    for (const story of this.stories) await this.accounts.checkPage(this.site, story);
    this.counts.kept = await this.accounts.checkList(this.site);
    await this.site.kill9();
    const done = await this.site.courant(['backup', `${this.site.temporary}/backup.db`]);
    if (done.code !== 0) throw new Error(`courant backup ended with ${done.code}: ${done.stderr}`);
  }
}

// The kernel's clock is asked in between, since timers count in milliseconds.
function later(us) {
  const deadline = process.hrtime.bigint() + BigInt(us) * 1000n;
  return new Promise((resolve) => {
    const look = () => (process.hrtime.bigint() >= deadline ? resolve() : setImmediate(look));
    look();
  });
}

function isGone(error) {
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(error.code);
}

function total(parts, name) {
  return parts.reduce((sum, part) => sum + part[name], 0);
}

prove(async () => {
  const rounds = scaled(ROUNDS);
  const count = Math.ceil(rounds / ROUNDS_PART);
  const parts = await inParts(count, async (number) => {
    const part = new Part(number, Math.min(ROUNDS_PART, rounds - number * ROUNDS_PART));
    return withSite(await makeSite({ binary: process.env.COURANT_RELEASE }), (site) => part.run(site));
  });
  const starts = parts.flatMap((part) => part.startsMs);
  console.log(`The server and its parent were killed with SIGKILL ${total(parts, 'rounds')} times, each time while ${READERS} readers
were replying, and started anew. After each start the page of the story, and after every ${ROUNDS_PART} also
every story, every record and a backup, were held against what was answered.

- Kills: ${total(parts, 'rounds')}
- Replies written: ${total(parts, 'written')}, of up to ${TEXT_MAX} characters
- Replies accepted: ${total(parts, 'accepted')}; lost: 0, doubled: 0, torn: 0
- Requests without an answer: ${total(parts, 'noAnswer')}; sent again with the same key: ${total(parts, 'again')};
  given up: ${total(parts, 'walkedAway')}
- Replies kept: ${total(parts, 'kept')}, of which ${total(parts, 'kept') - total(parts, 'accepted')} were given up after they had been stored
- From the start of the process to ready: ${middle(starts)} ms in the middle, ${Math.round(Math.max(...starts))} ms at most`);
});
