'use strict';
// Child processes: run to their end, or started, watched and ended.

const { spawn } = require('node:child_process');
const fs = require('node:fs');

const RUN_MS = 60_000;
const OUTPUT_MAX = 4 * 1024 * 1024; // of a server's log; the rest is dropped

// Runs to the end: exit code (or null and the signal) and both outputs. A string or Buffer goes to
// standard input.
function run(command, { env = process.env, stdin = '', cwd, timeoutMs = RUN_MS } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { env, cwd });
    const stdout = [];
    const stderr = [];
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${command.join(' ')}: no end after ${timeoutMs} ms`));
    }, timeoutMs);
    child.stdout.on('data', (bytes) => stdout.push(bytes));
    child.stderr.on('data', (bytes) => stderr.push(bytes));
    child.stdin.on('error', () => {}); // it need not read what it is given
    child.stdin.end(stdin);
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

// Starts and returns at once. It stays in this process's group, so that whoever ends the test's
// group ends it too.
function start(command, { env }) {
  const child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const outputs = [];
  let size = 0;
  let end = null;
  const listeners = [];
  const keep = (bytes) => {
    if (size < OUTPUT_MAX) outputs.push(bytes);
    size += bytes.length;
  };
  const ended = (how) => {
    if (end) return;
    end = how;
    for (const listener of listeners) listener(end);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => {
    keep(Buffer.from(String(error)));
    ended({ code: null, signal: null });
  });
  child.on('close', (code, signal) => ended({ code, signal }));
  return {
    pid: child.pid,
    output: () => Buffer.concat(outputs).toString(),
    ended: () => end !== null || child.exitCode !== null || child.signalCode !== null,
    onExit: (listener) => (end ? listener(end) : listeners.push(listener)),
  };
}

function waitForExit(child, timeoutMs, sentence) {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${sentence}:\n${child.output()}`)), timeoutMs);
    child.onExit((how) => {
      clearTimeout(deadline);
      resolve(how);
    });
  });
}

// The pids below `pid`, down to `depth` generations.
function descendants(pid, depth = Infinity) {
  if (depth === 0) return [];
  let children = [];
  try {
    const tasks = fs.readdirSync(`/proc/${pid}/task`);
    children = tasks.flatMap((task) =>
      fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
  return children.concat(children.flatMap((child) => descendants(child, depth - 1)));
}

// Zombies have ended: whoever adopted them may be slow to look.
function isRunning(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    return false;
  }
}

module.exports = { run, start, waitForExit, descendants, isRunning };
