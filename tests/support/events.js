'use strict';
// An event stream, as a browser reads one (HTML, 9.2.6), with what it has heard kept for a test.

const http = require('node:http');
const { until } = require('./wait');

class EventStream {
  constructor() {
    this.events = []; // { id, name, data, at }
    this.retry = null;
    this.head = null;
    this.ended = false;
    this.text = '';
    this.read = 0; // of the events, by `next`
  }

  // Opens the stream at `path` of a site; fails unless it is one.
  static open(site, path, { headers = {}, localAddress, agent = false } = {}) {
    const stream = new EventStream();
    return new Promise((resolve, reject) => {
      stream.asked = http.get(new URL(path, site.url), { headers, agent, localAddress });
      stream.asked.on('error', (reason) => (stream.head ? stream.end() : reject(reason)));
      stream.asked.on('response', (answer) => {
        stream.head = answer;
        answer.setEncoding('utf8');
        answer.on('data', (text) => stream.take(text));
        answer.on('end', () => stream.end());
        answer.on('error', () => stream.end());
        if (answer.statusCode === 200) resolve(stream);
        else reject(new Error(`${path} is answered ${answer.statusCode}`));
      });
    });
  }

  end() {
    this.ended = true;
  }

  take(text) {
    const blocks = (this.text + text).split('\n\n');
    this.text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':'))
        .map((line) => /^([a-z]+): (.*)$/.exec(line).slice(1)));
      if (fields.retry) this.retry = Number(fields.retry);
      if (fields.data) this.events.push({ id: fields.id, name: fields.event, data: JSON.parse(fields.data), at: Date.now() });
    }
  }

  // The next event that no call has given yet.
  async next() {
    await until(() => this.events.length > this.read || this.ended, 'an event comes');
    if (this.events.length === this.read) throw new Error('the stream has ended');
    return this.events[this.read++];
  }

  get lastId() {
    return this.events.map(({ id }) => id).filter(Boolean).at(-1);
  }

  close() {
    this.asked.destroy();
  }
}

module.exports = { EventStream };
