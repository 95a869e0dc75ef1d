'use strict';
// The disk is full: a small file system of its own is filled while readers reply. What can't be
// stored is refused with its text, pages go on, and once there is room again so does writing, by
// itself. The mount belongs to this process alone: whatever ends it, the mount is gone.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { Accounts } = require('../support/accounts');
const { publishStory } = require('../support/replying');
const { Crowd, checkNothingMapped, checkReadOnly, health } = require('../support/refusals');
const { Skip, inParts, prove, scaled, withSite } = require('../support/proof');
const { randomFrom } = require('../support/random');
const { makeSite } = require('../support/site');
const { until } = require('../support/wait');

const PARTS = 10;
const ROUNDS_PART = 4; // more would fill the disk with replies
const DISK_BYTES = 24 * 1024 * 1024;
const ROOM_MAX = 512 * 1024; // left free, at most, when readers begin to reply
const BLOCK = 4096;
const READERS = 4;
const TEXT_SIZE = 8000;
const REFUSED_TIMES = 3;
const FULL = /is full: nothing is stored until there is room again/;

// Runs this again in a mount namespace of its own, which ends with its last process.
function enterOwnMounts() {
  const own = ['--mount', '--propagation', 'private'];
  const script = [process.execPath, __filename, ...process.argv.slice(2)];
  for (const flags of [own, ['--user', '--map-root-user', ...own]]) {
    if (spawnSync('unshare', [...flags, 'true']).status !== 0) continue;
    const env = { ...process.env, COURANT_OWN_MOUNTS: 'yes' };
    process.exitCode = spawnSync('unshare', [...flags, ...script], { env, stdio: 'inherit' }).status ?? 1;
    return true;
  }
  return false;
}

// ext4 on a loop device, else a tmpfs, whose limit is as real though it knows no fdatasync.
function mountSmallDisk(folder) {
  const disk = path.join(folder, 'disk');
  const image = path.join(folder, 'image');
  fs.mkdirSync(disk);
  fs.closeSync(fs.openSync(image, 'w'));
  fs.truncateSync(image, DISK_BYTES);
  const commands = {
    'ext4 on a loop device': [['mkfs.ext4', '-q', '-m', '0', '-F', image], ['mount', '-o', 'loop', image, disk]],
    tmpfs: [['mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]],
  };
  for (const [kind, steps] of Object.entries(commands))
    if (steps.every(([command, ...args]) => spawnSync(command, args).status === 0)) return { disk, kind };
  throw new Skip('a small disk to fill needs a loop device (root), or user namespaces for a tmpfs.');
}

// Leaves `room` bytes on the disk, less a block.
function fill(disk, room) {
  const { bavail, bsize } = fs.statfsSync(disk);
  const filler = path.join(disk, 'filler');
  const file = fs.openSync(filler, 'w');
  let left = bavail * bsize - room;
  try {
    for (const chunk = Buffer.alloc(64 * BLOCK, 'x'); left >= BLOCK; )
      left -= fs.writeSync(file, chunk, 0, Math.min(chunk.length, left));
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(file);
  }
  return filler;
}

// Fills the disk under the readers, makes room again, and sees that nothing was lost.
async function round(number, site, story, accounts, disk, random) {
  const crowd = new Crowd(site, story, accounts, READERS);
  const before = accounts.accepted.length;
  const filler = fill(disk, random(ROOM_MAX));
  await crowd.replyUntilRefused(String(number), { times: REFUSED_TIMES, size: TEXT_SIZE });
  await checkReadOnly(site, [story], FULL);
  checkNothingMapped(site);
  await accounts.checkPage(site, story);
  const accepted = accounts.accepted.length - before;
  const refused = crowd.refused.length;
  // Every other time the server is killed while the disk is full.
  const isKilled = number % 2 === 1;
  if (isKilled) await site.kill9();
  fs.rmSync(filler);
  if (isKilled) await site.start();
  await until(async () => (await health(site)) === 'ok\n', 'writing goes on, since there is room');
  await accounts.checkPage(site, story);
  await crowd.sendAgain();
  await accounts.checkPage(site, story);
  crowd.leave();
  return { accepted, refused };
}

async function rounds(site, disk, random) {
  const accounts = new Accounts();
  const story = await publishStory(site, 'A story on a full disk');
  await site.start();
  const all = [];
  for (let i = 0; i < ROUNDS_PART; i++) all.push(await round(i, site, story, accounts, disk, random));
  return { rounds: all, kept: await accounts.checkList(site) };
}

// Some rounds on a site of their own, on a disk of its own.
async function fillDisk(part) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-disk-'));
  let mounted;
  try {
    mounted = mountSmallDisk(folder);
    const site = await makeSite({ binary: process.env.COURANT_RELEASE, folder: mounted.disk });
    const found = await withSite(site, () => rounds(site, mounted.disk, randomFrom(1 + part)));
    return { kind: mounted.kind, ...found };
  } finally {
    if (mounted) spawnSync('umount', [mounted.disk]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  if (!process.env.COURANT_OWN_MOUNTS) {
    if (!enterOwnMounts()) throw new Skip('a mount of its own needs unshare(1) as root, or with user namespaces.');
    return;
  }
  const parts = await inParts(scaled(PARTS), fillDisk);
  const all = parts.flatMap((part) => part.rounds);
  const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);
  console.log(`A disk of ${DISK_BYTES / 1024 / 1024} MB (${parts[0].kind}) was filled to a random rest below ${ROOM_MAX / 1024} KB, while ${READERS}
readers replied until each was refused ${REFUSED_TIMES} times in a row: 503, Retry-After and the whole text in the
form, while pages went on and /healthz and the log said why. Then room was made, and writing went on by
itself; every other time the server was killed with SIGKILL before that, and started anew. What had
been refused was sent again.

- Rounds: ${all.length}, on ${parts.length} disks
- Replies accepted before the disk was full: ${sum(all, 'accepted')}
- Replies refused: ${sum(all, 'refused')}, all accepted once when they were sent again
- Replies kept at the end: ${sum(parts, 'kept')}; lost: 0, doubled: 0, torn: 0`);
}

prove(main);
