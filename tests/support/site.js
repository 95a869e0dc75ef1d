'use strict';
// A whole Courant for a test: a site folder of its own, a server on a port of the kernel's choice,
// and its command line. What the sanitizers report fails the test that stops the server.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { run, start, descendants, waitForExit } = require('./process');

const ROOT = path.resolve(__dirname, '../..');
const COURANT = process.env.COURANT || path.join(ROOT, 'build/asan/courant');
const READY_MS = 30_000;
const STOP_MS = 20_000;
const LOCK = `
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute('PRAGMA locking_mode = EXCLUSIVE')
file.execute('BEGIN EXCLUSIVE')
print('locked', flush=True)
sys.stdin.read()`;

const sites = new Set();
process.on('exit', () => {
  for (const site of sites) site.killNow();
});

class Site {
  constructor(options) {
    this.options = options;
    this.temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-test-'));
    this.dir = path.join(options.folder || this.temporary, 'site');
    this.binary = options.binary || COURANT;
    this.env = { ...process.env, ...sanitizerOptions(this.temporary), ...options.env };
    this.child = null;
    this.isWrapped = false;
    this.unlocks = []; // what lets go of the database, for a test that failed before it did
    this.url = null;
    this.database = null; // the name of the PostgreSQL database, if it is on one
  }

  // The parent, that holds the socket and starts the server.
  get parentPid() {
    if (!this.child) return null;
    return this.isWrapped ? descendants(this.child.pid, 1)[0] : this.child.pid;
  }

  // The server itself, which has the database: after a death or an upgrade another one each time, and
  // the youngest, since one that was followed may still be there.
  get pid() {
    const parent = this.parentPid;
    return parent && (descendants(parent, 1).at(-1) || null);
  }

  // What the server wrote to standard output and error so far.
  get log() {
    return this.child ? this.child.output() : '';
  }

  // `courant ARGS` on this site, beside the server or without one.
  courant(args, stdin = '') {
    return run([this.binary, '--site', this.dir, ...args], { env: this.env, stdin });
  }

  // The same, which must go well: what it says, from JSON.
  async must(args, stdin) {
    const done = await this.courant([...args, '--json'], stdin);
    if (done.code !== 0) throw new Error(`courant ${args.join(' ')} ended with ${done.code}: ${done.stderr}`);
    return JSON.parse(done.stdout);
  }

  async init() {
    if (this.options.beside) {
      this.copy(this.options.beside);
      return;
    }
    const { name = 'The Test Courant', lang = 'en', timezone = 'Asia/Baghdad', url, backup, demo } = this.options;
    const args = backup ? ['--site', this.dir, 'restore', backup]
      : demo ? ['init', this.dir, '--demo']
        : ['init', this.dir, '--name', name, '--lang', lang, '--timezone', timezone];
    if (url) args.push('--url', url);
    if (this.options.database === 'postgres') args.push('--database', await this.createDatabase());
    const done = await run([this.binary, ...args], { env: this.env });
    if (done.code !== 0) throw new Error(`courant ${args.join(' ')} ended with ${done.code}: ${done.stderr}`);
  }

  // Another server's folder, for the same database, which may be reached through something else.
  copy({ dir }) {
    fs.mkdirSync(this.dir, { mode: 0o700 });
    const conf = fs.readFileSync(path.join(dir, 'courant.conf'), 'utf8');
    const { through } = this.options;
    fs.writeFileSync(path.join(this.dir, 'courant.conf'), through
      ? conf.replace(/^site\.database = (.*)$/m, (line, url) => `site.database = ${through.url(url)}`) : conf);
  }

  async createDatabase() {
    const server = process.env.COURANT_TEST_POSTGRES;
    if (!server) throw new Error('COURANT_TEST_POSTGRES is not set: ./dev test starts a PostgreSQL');
    const name = `courant_${randomBytes(8).toString('hex')}`;
    await psql(server, `CREATE DATABASE ${name}`);
    this.database = name;
    const url = new URL(server);
    url.pathname = `/${name}`;
    return url.href;
  }

  // Starts the server and waits until it is ready. `wrapper` goes before the command: strace, say.
  async start({ listen = '127.0.0.1:0', args = [], wrapper = [] } = {}) {
    const ready = path.join(this.temporary, 'ready');
    fs.rmSync(ready, { force: true });
    this.isWrapped = wrapper.length > 0;
    this.child = start(
      [...wrapper, this.binary, '--site', this.dir, 'serve', '--listen', listen, '--ready-file', ready,
        ...(this.options.args || []), ...args],
      { env: this.env });
    sites.add(this);
    this.url = (await appears(ready, this.child)).trim();
    return this;
  }

  // Locks the SQLite file as another program would; no server may run. Gives what lets go again.
  lockDatabase() {
    return this.hold('python3', ['-c', LOCK, path.join(this.dir, 'courant.db')]);
  }

  // On PostgreSQL: whatever stores a story or a reply waits, and everything can be read. Gives what
  // lets go.
  holdWrites() {
    const url = new URL(process.env.COURANT_TEST_POSTGRES);
    url.pathname = `/${this.database}`;
    return this.hold('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', url.href],
      "BEGIN; LOCK TABLE story, reply IN EXCLUSIVE MODE; SELECT 'locked';\n");
  }

  // Holds a lock by a program that says so on its output, until its input ends.
  async hold(program, args, input = '') {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdin.write(input);
    const isLocked = await Promise.race([new Promise((resolve) => child.stdout.once('data', () => resolve(true))), ended]);
    if (isLocked !== true) throw new Error('the database could not be locked');
    const unlock = () => {
      child.stdin.end();
      return ended;
    };
    this.unlocks.push(unlock);
    return unlock;
  }

  // From now on no file of the running server may grow: the next write to the database fails.
  async breakDisk() {
    const done = await run(['prlimit', '--pid', String(this.pid), '--fsize=1']);
    if (done.code !== 0) throw new Error(`prlimit: ${done.stderr}`);
  }

  // SIGTERM, and the wait for a clean end; then the folder is gone. The site can't be used again.
  async stop() {
    try {
      await Promise.all(this.unlocks.map((unlock) => unlock()));
      if (this.child) await this.drain();
      this.checkSanitizers();
    } finally {
      this.killNow();
      sites.delete(this);
      if (this.database)
        await psql(process.env.COURANT_TEST_POSTGRES, `DROP DATABASE ${this.database} WITH (FORCE)`);
      this.database = null;
      fs.rmSync(this.temporary, { recursive: true, force: true });
    }
  }

  async drain() {
    const child = this.child;
    process.kill(this.parentPid, 'SIGTERM'); // a wrapper is not meant
    const { code, signal } = await waitForExit(child, STOP_MS, 'the server did not end after SIGTERM');
    const log = this.log;
    this.child = null;
    this.checkSanitizers();
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}:\n${log}`);
  }

  // Kills the server alone, and waits until its parent has brought another one up. The address stays.
  async killServer() {
    const before = this.pid;
    const ready = path.join(this.temporary, 'ready');
    fs.rmSync(ready, { force: true });
    process.kill(before, 'SIGKILL');
    const url = (await appears(ready, this.child)).trim();
    if (url !== this.url || this.pid === before) throw new Error('the server was not brought up again where it was');
  }

  // As a power cut would have it: parent, server and whatever they have started.
  async kill9() {
    const child = this.child;
    this.killNow();
    await waitForExit(child, STOP_MS, 'the server did not end after SIGKILL');
    this.child = null;
  }

  killNow() {
    if (!this.child || this.child.ended()) return;
    const parent = this.parentPid;
    const signals = [...descendants(this.child.pid), this.child.pid].map((pid) => [pid, 'SIGKILL']);
    // Held still, the parent starts no server that nobody would kill.
    if (parent) signals.unshift([parent, 'SIGSTOP']);
    for (const [pid, signal] of signals) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }

  // Also after kill9. The port may be another.
  async restart(options) {
    if (this.child) await this.drain();
    return this.start(options);
  }

  checkSanitizers() {
    if (!fs.existsSync(this.temporary)) return;
    const reports = fs.readdirSync(this.temporary).filter((name) => name.startsWith('sanitizer.'));
    if (reports.length === 0) return;
    const text = reports.map((name) => fs.readFileSync(path.join(this.temporary, name), 'utf8'));
    throw new Error(`sanitizer report:\n${text.join('\n').slice(0, 20_000)}`);
  }
}

function sanitizerOptions(folder) {
  const log = `log_path=${path.join(folder, 'sanitizer')}`;
  return {
    ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'detect_leaks=1', log].filter(Boolean).join(':'),
    UBSAN_OPTIONS: [process.env.UBSAN_OPTIONS, 'print_stacktrace=1', log].filter(Boolean).join(':'),
  };
}

// The content of a file that another process moves into place; fails when that process ends first.
function appears(file, child) {
  return new Promise((resolve, reject) => {
    const watcher = fs.watch(path.dirname(file), look);
    const deadline = setTimeout(() => {
      settle(reject, new Error(`not ready after ${READY_MS} ms:\n${child.output()}`));
    }, READY_MS);
    const gone = () => settle(reject, new Error(`the server ended early:\n${child.output()}`));
    child.onExit(gone);
    let settled = false;
    function settle(how, value) {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      watcher.close();
      how(value);
    }
    function look() {
      let content = '';
      try {
        content = fs.readFileSync(file, 'utf8');
      } catch (error) {
        if (error.code !== 'ENOENT') settle(reject, error);
      }
      if (content.endsWith('\n')) settle(resolve, content);
    }
    look();
  });
}

async function psql(server, statement) {
  const done = await run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', statement, server]);
  if (done.code !== 0) throw new Error(`psql: ${done.stderr}`);
}

// A site that serves. Options: name, lang, timezone, url (as `courant init` has them), database
// ('postgres', else SQLite), beside (another site, whose PostgreSQL database is served too; through: a Far in between), backup (a file to restore it from), demo (the demo newspaper), args (more of them for serve), env,
// binary, wrapper, listen, folder (where the site's own is made; the caller removes it), and `test`,
// the context of a test or suite at whose end the site is stopped.
async function startSite(options = {}) {
  const site = new Site(options);
  if (options.test) options.test.after(() => site.stop());
  try {
    await site.init();
    await site.start({ listen: options.listen, wrapper: options.wrapper });
  } catch (error) {
    if (!options.test) await site.stop().catch(() => {});
    throw error;
  }
  return site;
}

// A site folder without a server, for the command line alone.
async function makeSite(options = {}) {
  const site = new Site(options);
  if (options.test) options.test.after(() => site.stop());
  await site.init();
  return site;
}

module.exports = { startSite, makeSite, COURANT, ROOT };
