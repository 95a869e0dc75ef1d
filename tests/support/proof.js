'use strict';
// What proofs have in common: their scale, the note of what is done, and their end.

const fs = require('node:fs');
const path = require('node:path');

// A proof that can't be made here ends with this code, and its last words say what is missing.
const SKIPPED = 77;

class Skip extends Error {}

// The part of `whole` that this call is to do, at least `least`.
function scaled(whole, least = 1) {
  const scale = Number(process.argv[2] || '1');
  if (!(scale > 0)) throw new Error(`the scale is "${process.argv[2]}": a number above 0`);
  return Math.max(least, Math.round(whole * scale));
}

// Parts of a proof that each take a while: `part(i)` runs for those that no earlier call has
// finished, and all results are given back.
async function inParts(count, part) {
  const file = process.env.PROVE_STATE && path.join(process.env.PROVE_STATE, 'parts.json');
  const results = file && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : [];
  while (results.length < count) {
    results.push(await part(results.length));
    console.error(`${results.length} of ${count} parts are done`);
    if (!file) continue;
    fs.writeFileSync(`${file}.new`, JSON.stringify(results));
    fs.renameSync(`${file}.new`, file);
  }
  return results.slice(0, count);
}

// Does `body` with a site and stops that afterwards. What fails is told with the server's log, and
// is not hidden by a server that then does not stop as it should.
async function withSite(site, body) {
  let result;
  try {
    result = await body(site);
  } catch (error) {
    error.message += `\nThe server's log:\n${site.log}`;
    await site.stop().catch((later) => { error.message += `\nAnd then: ${later.message}`; });
    throw error;
  }
  await site.stop();
  return result;
}

// Runs a proof to its end; a failure is explained on standard error.
function prove(main) {
  main().catch((error) => {
    if (error instanceof Skip) console.log(`Skipped: ${error.message}`);
    else console.error(error);
    process.exitCode = error instanceof Skip ? SKIPPED : 1;
  });
}

// The middle and the largest of some numbers, rounded.
function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]);
}

module.exports = { Skip, scaled, inParts, withSite, prove, middle };
