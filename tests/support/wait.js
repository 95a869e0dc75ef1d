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

// What several beginnings have given, a site and a browser, say. When one of them fails the others
// are stopped, which nobody else could do: a test would wait for them until its time is over.
async function allOrNone(beginnings) {
  const ended = await Promise.allSettled(beginnings);
  const failed = ended.find(({ status }) => status === 'rejected');
  if (!failed) return ended.map(({ value }) => value);
  await Promise.allSettled(ended.filter(({ value }) => value).map(({ value }) => (value.stop ?? value.close ?? value.kill).call(value)));
  throw failed.reason;
}

module.exports = { until, allOrNone };
