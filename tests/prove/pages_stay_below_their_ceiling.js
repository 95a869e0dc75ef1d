'use strict';
// The ceiling of the page cache holds for memory, not for a number in the program: whoever reads
// through far more different pages than there is room for makes the server larger by cache.size and
// a tenth of it at most, against one that keeps next to none.

const fs = require('node:fs');
const http = require('node:http');
const { prove, scaled, withSite } = require('../support/proof');
const { makeSite } = require('../support/site');
const { get } = require('../support/http');

const MEGABYTE = 1024 * 1024;
const PAGES = scaled(30_000);
const CEILING = scaled(64, 8) * MEGABYTE;
// By so much two servers without pages differ; a small ceiling can't be measured better.
const NOISE = scaled(64) < 64 ? 2 * MEGABYTE : 0;
const LEAST = MEGABYTE; // the smallest that the setting allows
const READERS = 8;
const LOOK_EVERY = 50;

function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
}

// Reads that many different pages and gives the most memory that the server had meanwhile, and how
// many bytes it sent.
async function sweep(site, ceiling) {
  await site.start({ args: ['--cache.size', String(ceiling)] });
  let next = 0;
  let most = 0;
  let sent = 0;
  const read = async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (next < PAGES) {
      const number = next++;
      // Searches of different words are different pages; a common word fills a page, a rare one none.
      const words = number % 2 ? `the+w${number}` : `w${number}`;
      const { status, body } = await get(new URL(`/search?q=${words}`, site.url), { agent });
      if (status !== 200) throw new Error(`page ${number} is answered ${status}`);
      sent += body.length;
      if (number % LOOK_EVERY === 0) most = Math.max(most, residentBytes(site.pid));
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: READERS }, read));
  most = Math.max(most, residentBytes(site.pid));
  await site.drain();
  return { most, sent };
}

const inMegabytes = (bytes) => (bytes / MEGABYTE).toFixed(1);

async function compare(site) {
  const without = await sweep(site, LEAST);
  const kept = await sweep(site, CEILING);
  return { without, kept };
}

async function main() {
  const site = await makeSite({ binary: process.env.COURANT_RELEASE, demo: true });
  const { without, kept } = await withSite(site, compare);
  const otherwise = without.most - LEAST;
  const pages = kept.most - otherwise;
  if (kept.sent < 1.5 * CEILING) throw new Error('there was room for most of the pages: nothing is shown');
  if (pages > 1.1 * CEILING + NOISE)
    throw new Error(`pages took ${inMegabytes(pages)} MB of memory, and their ceiling is ${inMegabytes(CEILING)} MB`);
  if (pages < 0.5 * CEILING)
    throw new Error(`pages took ${inMegabytes(pages)} MB of memory: the ceiling of ${inMegabytes(CEILING)} MB was not reached`);
  console.log(`${READERS} readers asked for ${PAGES} different pages, ${inMegabytes(kept.sent)} MB as they were sent.

- ceiling (cache.size): ${inMegabytes(CEILING)} MB
- resident memory at its most, with a ceiling of ${inMegabytes(LEAST)} MB: ${inMegabytes(without.most)} MB
- and with that ceiling: ${inMegabytes(kept.most)} MB
- so pages took ${inMegabytes(pages)} MB, ${(pages / CEILING).toFixed(2)} of their ceiling (1.10 at most)`);
}

prove(main);
