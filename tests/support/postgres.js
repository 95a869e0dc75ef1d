'use strict';
// A PostgreSQL of a proof's own, which it can stop and start: a throw-away folder, a port of the
// kernel's choice, on 127.0.0.1 and an address of the proof's own network.

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { run } = require('./process');

const PROGRAMS = '/usr/lib/postgresql';

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

class Postgres {
  // `addresses` beside 127.0.0.1, and the networks whose connections it takes.
  static async open({ addresses = [], networks = [] } = {}) {
    const postgres = new Postgres();
    const [version] = fs.readdirSync(PROGRAMS).sort().reverse();
    postgres.programs = path.join(PROGRAMS, version, 'bin');
    postgres.folder = fs.mkdtempSync('/tmp/courant-postgres-'); // where PostgreSQL's own user may go;
    postgres.data = path.join(postgres.folder, 'data');
    postgres.port = await freePort();
    postgres.addresses = ['127.0.0.1', ...addresses];
    if (process.geteuid() === 0) await postgres.must(['chown', 'postgres', postgres.folder], false);
    await postgres.must([`${postgres.programs}/initdb`, '--pgdata', postgres.data, '--username', 'courant', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C.UTF-8']);
    for (const network of networks) fs.appendFileSync(path.join(postgres.data, 'pg_hba.conf'), `host all all ${network} trust\n`);
    await postgres.start();
    return postgres;
  }

  // PostgreSQL refuses root.
  async must(words, asUser = true) {
    const user = asUser && process.geteuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
    const done = await run([...user, ...words], { cwd: '/' });
    if (done.code !== 0) throw new Error(`${words.join(' ')} ended with ${done.code}: ${done.stderr}${done.stdout}`);
    return done.stdout;
  }

  control(...words) {
    return this.must([`${this.programs}/pg_ctl`, '--pgdata', this.data, '--wait', '--log', path.join(this.folder, 'log'), ...words]);
  }

  start() {
    const settings = { listen_addresses: this.addresses.join(','), port: this.port, unix_socket_directories: this.folder, max_connections: 200 };
    return this.control('--options', Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' '), 'start');
  }

  // As a crash would: no connection is ended with a word.
  stop(mode = 'immediate') {
    return this.control('--mode', mode, 'stop');
  }

  url(address = '127.0.0.1') {
    return `postgres://courant@${address}:${this.port}/postgres`;
  }

  async close() {
    await this.stop('immediate').catch(() => {});
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { Postgres };
