'use strict';
// Accepted means on disk: 100 replies from four readers at once, the server under strace. For each,
// the fdatasync of the write-ahead log that covers its transaction has returned 0 before the first
// byte of its 303 is handed to the kernel.

const fs = require('node:fs');
const path = require('node:path');
const { Accounts } = require('../support/accounts');
const { Reader, publishStory, uniqueText } = require('../support/replying');
const { prove, withSite } = require('../support/proof');
const { STRACE, parseTrace, toHex } = require('../support/strace');
const { makeSite } = require('../support/site');

// Always all of them: a tenth would prove nothing about the rest.
const POSTS = 100;
const READERS = 4;
const CALLS = 'trace=pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg';

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a frame is a header of 24 bytes and
// a page; the number at byte 4 is 0 but in the last frame of a transaction.
const FRAME_HEADER_BYTES = 24;

function isWal(call) {
  return call.file.endsWith('/courant.db-wal');
}

function isCommit(call) {
  return call.bytes.length === FRAME_HEADER_BYTES && call.bytes.readUInt32BE(4) !== 0;
}

// Where the transaction that first wrote `token` is whole in the log: its last frame's page. -1 when
// there is none.
function commitOf(writes, token) {
  const first = writes.findIndex((call) => call.bytes.includes(token));
  if (first < 1) return -1;
  const last = writes.findIndex((call, index) => index >= first - 1 && isCommit(call));
  return last < 0 || last + 1 >= writes.length ? -1 : last + 1;
}

// What is wrong with the order, one sentence each. `posts` are [{ token, location }].
function problemsOf(calls, posts) {
  const writes = calls.filter((call) => call.name.startsWith('pwrite') && isWal(call));
  const syncs = calls.filter((call) => /^f(data)?sync$/.test(call.name) && isWal(call));
  const answers = calls.filter((call) => call.bytes.includes('HTTP/1.1 303 '));
  return posts.map(({ token, location }) => {
    const commit = commitOf(writes, token);
    if (commit < 0) return `${token}: no transaction in the log holds it`;
    const answer = answers.find((call) => call.bytes.includes(`Location: ${location}\r\n`));
    if (!answer) return `${token}: no 303 to ${location} was written`;
    const sync = syncs.find((call) => call.begin > writes[commit].end);
    if (!sync || sync.begin > answer.begin) return `${token}: answered before the log was synced`;
    if (sync.result !== 0) return `${token}: answered after a sync that failed`;
    if (sync.end > answer.begin) return `${token}: answered before the sync returned`;
    return null;
  }).filter(Boolean);
}

// ---- that the check would see it ----

const WAL = `7<${toHex('/site/courant.db-wal')}>`;
const SOCKET = `9<${toHex('TCP:[127.0.0.1:8080->127.0.0.1:40000]')}>`;
const MADE_UP = { token: 'made up', location: 'http://127.0.0.1:8080/s#reply-1' };

function frame(page, isLast) {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(isLast ? 9 : 0, 4);
  return [
    `1 pwrite64(${WAL}, "${toHex(header)}", 24, 32) = 24`,
    `1 pwrite64(${WAL}, "${toHex(page)}", ${page.length}, 56) = ${page.length}`,
  ];
}

function checkTheCheck() {
  const [begin, end] = [`1 fdatasync(${WAL} <unfinished ...>`, '1 <... fdatasync resumed>) = 0'];
  const sync = `1 fdatasync(${WAL}) = 0`;
  const failed = `1 fdatasync(${WAL}) = -1 EIO (Input/output error)`;
  const other = sync.replace(toHex('-wal'), '');
  const head = `HTTP/1.1 303 See Other\r\nLocation: ${MADE_UP.location}\r\n\r\n`;
  const answer = `2 sendmsg(${SOCKET}, {msg_iov=[{iov_base="${toHex(head)}", iov_len=80}]}, 0) = 80`;
  const elsewhere = answer.replace(toHex('#reply-1'), toHex('#reply-2'));
  const [token, rest] = [frame('a made up reply', false), frame('the rest', true)];

  const right = [[...token, ...rest, sync, answer], [...token, ...rest, begin, end, answer],
    [...token, ...rest, sync, ...rest, answer, sync]];
  const wrong = {
    'the answer comes first': [answer, ...token, ...rest, sync],
    'the answer comes before the sync': [...token, ...rest, answer, sync],
    'the answer comes while the sync is under way': [...token, ...rest, begin, answer, end],
    'there is no sync': [...token, ...rest, answer],
    'the sync fails': [...token, ...rest, failed, answer],
    'the sync that fails is tried again': [...token, ...rest, failed, sync, answer],
    'another file is synced': [...token, ...rest, other, answer],
    'the sync comes before the transaction is whole': [...token, sync, ...rest, answer],
    'the transaction is never whole': [...token, sync, answer],
    'the reply is not in the log': [...rest, sync, answer],
    'another reply is answered': [...token, ...rest, sync, elsewhere],
  };
  for (const lines of right) {
    const problems = problemsOf(parseTrace(lines.join('\n')), [MADE_UP]);
    if (problems.length) throw new Error(`the check sees what is not there: ${problems}`);
  }
  for (const [sentence, lines] of Object.entries(wrong))
    if (problemsOf(parseTrace(lines.join('\n')), [MADE_UP]).length !== 1)
      throw new Error(`the check does not see that ${sentence}`);
  return Object.keys(wrong).length;
}

// ---- the proof ----

async function postAll(site, story) {
  const accounts = new Accounts();
  const posts = [];
  let next = 0;
  const one = async (name) => {
    const reader = new Reader(name);
    while (next < POSTS) {
      const token = `token${String(next++).padStart(4, '0')}`;
      const reply = { storyId: story.id, key: await reader.key(site.url, story.id), text: uniqueText(token, 0) };
      const entry = accounts.send(reply);
      const answer = await reader.send(site.url, reply);
      if (answer.accepted === null) throw new Error(`${token} is answered ${answer.status}`);
      accounts.accept(entry, answer.accepted);
      posts.push({ token, location: answer.headers.location });
    }
    reader.leave();
  };
  await Promise.all(Array.from({ length: READERS }, (_, i) => one(`Reader${i}`)));
  await accounts.checkPage(site, story);
  return posts;
}

async function trace(site) {
  const story = await publishStory(site, 'A story under strace');
  const file = path.join(site.temporary, 'trace');
  await site.start({ wrapper: [...STRACE, file, '-e', CALLS] });
  const posts = await postAll(site, story);
  await site.drain();
  return { posts, calls: parseTrace(fs.readFileSync(file, 'latin1')) };
}

async function main() {
  const wrong = checkTheCheck();
  const { posts, calls } = await withSite(await makeSite({ binary: process.env.COURANT_RELEASE }), trace);
  const problems = problemsOf(calls, posts);
  if (problems.length) throw new Error(problems.join('\n'));
  const syncs = calls.filter((call) => call.name === 'fdatasync' && isWal(call)).length;
  console.log(`The server's system calls were recorded by strace while ${READERS} readers sent ${POSTS} replies at once.

- Replies accepted with 303: ${posts.length} of ${POSTS}
- of which the log's fdatasync had returned 0 before the 303 was written: ${posts.length}
- fdatasync calls on the log: ${syncs} (several replies share one, a new log needs one more)
- wrong orders made up, each of which the check finds: ${wrong}`);
}

prove(main);
