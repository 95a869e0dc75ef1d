'use strict';
// Many readers at a steady rate, in a thread of its own: kept connections and new ones, every answer
// looked at. What is not answered whole with 200 is a failure, with how it failed.

const net = require('node:net');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const TICK_MS = 5;
const NEW_EVERY = 20; // one request in so many comes on a connection of its own

// Starts `rate` requests a second for `paths` on `connections` kept connections. `stop()` gives
// { sent, answered, failed: [...], late: ms of the slowest tenth of a percent, slowest }.
function startLoad({ url, paths, rate, connections = 64 }) {
  const worker = new Worker(__filename, { workerData: { url, paths, rate, connections } });
  worker.unref(); // a test that failed does not wait for it
  let counts = { answered: 0, failed: 0 };
  const failed = new Promise((resolve, reject) => worker.on('error', reject));
  failed.catch(() => {});
  worker.on('message', (message) => { if (!message.over) counts = message; });
  return {
    get counts() { return counts; },
    stop: () => Promise.race([failed, new Promise((resolve) => {
      worker.on('message', (message) => { if (message.over) resolve(message); });
      worker.postMessage('stop');
    })]),
  };
}

class Connection {
  constructor(load, isKept) {
    this.load = load;
    this.isKept = isKept;
    this.open();
  }

  open() {
    this.sentAt = 0;
    this.got = [];
    this.size = 0;
    this.needed = 0;
    this.socket = net.connect(this.load.place);
    this.socket.setNoDelay();
    this.socket.on('data', (bytes) => this.take(bytes));
    this.socket.on('error', (error) => { this.why = error.code; });
    this.socket.on('close', () => this.closed());
  }

  ask(path) {
    this.sentAt = performance.now();
    const end = this.isKept ? '' : 'Connection: close\r\n';
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.load.host}\r\nAccept-Encoding: gzip\r\n${end}\r\n`);
  }

  take(bytes) {
    this.got.push(bytes);
    this.size += bytes.length;
    if (!this.needed) {
      const text = Buffer.concat(this.got).toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.status = Number(text.slice(9, 12));
      this.isLast = /\r\nconnection: close/i.test(text.slice(0, end));
      this.needed = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))[1]);
    }
    if (this.size < this.needed) return;
    this.load.answered(performance.now() - this.sentAt, this.status);
    this.sentAt = 0;
    this.got = [];
    this.size = 0;
    this.needed = 0;
    if (this.isKept && !this.isLast) this.load.free(this);
    else this.socket.end(); // one of its own, or the server says so: after many requests
  }

  closed() {
    if (this.sentAt) this.load.fail(`${this.isKept ? 'a kept' : 'a new'} connection: ${this.why || 'closed'} after ${this.size} bytes`);
    this.load.closes += this.isKept;
    if (!this.isKept || this.load.isOver) return;
    this.load.lost(this);
    this.open();
    this.load.free(this);
  }
}

class Load {
  constructor({ url, paths, rate, connections }) {
    const { hostname, port, host } = new URL(url);
    Object.assign(this, { place: { host: hostname, port: Number(port) }, host, paths, rate });
    Object.assign(this, { sent: 0, done: 0, closes: 0, failed: [], times: [], waiting: 0, isOver: false });
    this.idle = [];
    for (let i = 0; i < connections; i++) this.idle.push(new Connection(this, true));
    this.began = performance.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  // As many as are due; those for which no connection is free go when one is.
  tick() {
    const due = Math.floor((performance.now() - this.began) * this.rate / 1000);
    while (this.sent < due) {
      this.sent++;
      if (this.sent % NEW_EVERY === 0) new Connection(this, false).ask(this.path());
      else this.waiting++;
    }
    this.serve();
    parentPort.postMessage({ answered: this.done, failed: this.failed.length });
  }

  path() {
    return this.paths[this.sent % this.paths.length];
  }

  serve() {
    while (this.waiting > 0 && this.idle.length > 0) {
      this.waiting--;
      this.idle.shift().ask(this.path());
    }
  }

  free(connection) {
    this.idle.push(connection);
    this.serve();
    this.settle();
  }

  lost(connection) {
    this.idle = this.idle.filter((one) => one !== connection);
  }

  answered(ms, status) {
    this.done++;
    this.times.push(ms);
    if (status !== 200) this.fail(`status ${status}`);
    this.settle();
  }

  fail(how) {
    this.failed.push(how);
    this.settle();
  }

  stop() {
    clearInterval(this.timer);
    this.isStopping = true;
    this.settle();
  }

  settle() {
    if (!this.isStopping || this.isOver || this.done + this.failed.length < this.sent) return;
    this.isOver = true;
    for (const connection of this.idle) connection.socket.destroy();
    this.times.sort((a, b) => a - b);
    const at = (share) => Math.round(this.times[Math.floor(share * (this.times.length - 1))] * 10) / 10;
    parentPort.postMessage({
      over: true,
      sent: this.sent,
      answered: this.done,
      failed: this.failed,
      closes: this.closes,
      rate: Math.round(this.sent / (performance.now() - this.began) * 1000),
      middle: at(0.5),
      p999: at(0.999),
      slowest: at(1),
    });
    parentPort.close();
  }
}

if (!isMainThread && workerData && workerData.paths) {
  const load = new Load(workerData);
  parentPort.on('message', () => load.stop());
}

module.exports = { startLoad };
