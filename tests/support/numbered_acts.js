'use strict';
// Acts that write their number, and the last one that a page shows.

// "Act 000017"; an address made of it has "act-000017".
const act = (number) => `Act ${String(number).padStart(6, '0')}`;

function lastOf(text, pattern, number) {
  return [...text.matchAll(pattern)].reduce((last, found) => Math.max(last, number(found)), 0);
}

// Search marks the word that was looked for.
const lastAct = (text) => lastOf(text.replace(/<\/?mark>/g, ''), /\bact[ -](\d{6})\b/gi, ([, digits]) => Number(digits));

module.exports = { act, lastOf, lastAct };
