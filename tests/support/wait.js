'use strict';
// Waiting for a condition, never for a time.

const LOOK_EVERY_MS = 20;
const WAIT_MS = 20_000;

// The first true value of `condition`, which may be a promise; fails with the sentence.
async function until(condition, sentence, { timeoutMs = WAIT_MS } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${sentence}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

module.exports = { until };
