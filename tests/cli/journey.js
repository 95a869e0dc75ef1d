'use strict';
// What every test of a command needs: the places it must work in, and its answer.

const assert = require('node:assert/strict');
const { makeSite, startSite } = require('../support');

// Every command works alike beside a running server and without one, on both databases.
const PLACES = [
  { place: 'without a server, on SQLite', make: makeSite },
  { place: 'beside a server, on SQLite', make: startSite },
];
if (process.env.COURANT_TEST_POSTGRES)
  PLACES.push(
    { place: 'without a server, on PostgreSQL', make: (options) => makeSite({ ...options, database: 'postgres' }) },
    { place: 'beside a server, on PostgreSQL', make: (options) => startSite({ ...options, database: 'postgres' }) });

// Runs a command that must succeed and gives its output.
async function done(site, args, stdin) {
  const { code, stdout, stderr } = await site.courant(args, stdin);
  assert.equal(code, 0, `courant ${args.join(' ')}: ${stderr}`);
  assert.equal(stderr, '');
  return stdout;
}

// The same with --json.
async function json(site, args, stdin) {
  return JSON.parse(await done(site, [...args, '--json'], stdin));
}

// A command that must be refused: with the code, in one sentence, and as JSON too.
async function refused(site, args, sentence, { code = 1, stdin } = {}) {
  const plain = await site.courant(args, stdin);
  assert.equal(plain.code, code, `courant ${args.join(' ')}: ${plain.stdout}${plain.stderr}`);
  assert.equal(plain.stdout, '');
  assert.match(plain.stderr, /^courant: [^\n]+\n$/);
  assert.match(plain.stderr, sentence);
  const machine = await site.courant([...args, '--json'], stdin);
  assert.equal(machine.code, code);
  assert.match(JSON.parse(machine.stdout).error, sentence);
}

const STORY = [
  'story', 'add', '--headline', 'Bridge opens', '--section', 'politics', '--tag', 'Baghdad', '--tag', 'White House',
  '--source', 'Tigris Wire', '--published-at', '2021-07-23T14:39', '--body', '-',
];
const BODY = 'Tigris Wire/ The bridge is open.\n\nIt was closed for a year.\n';

function addStory(site, more = ['--publish']) {
  return json(site, [...STORY, ...more], BODY);
}

module.exports = { PLACES, done, json, refused, addStory, STORY, BODY };
