'use strict';
// A machine of its own, as far as a network goes: a namespace with two cables, one to its readers
// and one to its database, which can be pulled.

const { run } = require('./process');

async function ip(...words) {
  const done = await run(['ip', ...words]);
  if (done.code !== 0) throw new Error(`ip ${words.join(' ')}: ${done.stderr}`);
}

class Machine {
  // `number` tells machines of one process apart.
  constructor(number) {
    const name = `courant${process.pid % 10000}${number}`;
    this.name = name;
    this.cables = ['r', 'd'].map((letter, index) => ({
      outside: `${name}${letter}`,
      inside: `${name}${letter}i`,
      near: `10.203.${number * 2 + index}.1`,
      far: `10.203.${number * 2 + index}.2`,
    }));
  }

  // Where its servers listen, where its database does, and the network between the two.
  get address() {
    return this.cables[0].far;
  }

  get databaseAddress() {
    return this.cables[1].near;
  }

  get network() {
    return `${this.cables[1].near}/30`;
  }

  async open() {
    await ip('netns', 'add', this.name);
    await ip('-n', this.name, 'link', 'set', 'lo', 'up');
    for (const { outside, inside, near, far } of this.cables) {
      await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', this.name);
      await ip('addr', 'add', `${near}/30`, 'dev', outside);
      await ip('link', 'set', outside, 'up');
      await ip('-n', this.name, 'addr', 'add', `${far}/30`, 'dev', inside);
      await ip('-n', this.name, 'link', 'set', inside, 'up');
    }
  }

  // The database's cable is pulled: whatever is sent is lost, and nobody is told.
  cut() {
    return ip('link', 'set', this.cables[1].outside, 'down');
  }

  mend() {
    return ip('link', 'set', this.cables[1].outside, 'up');
  }

  get wrapper() {
    return ['ip', 'netns', 'exec', this.name];
  }

  // Its cables go with it.
  async close() {
    await run(['ip', 'netns', 'del', this.name]);
    for (const { outside } of this.cables) await run(['ip', 'link', 'del', outside]);
  }
}

module.exports = { Machine };
