'use strict';
// A strict reader of Prometheus' text format 0.0.4: what it does not take, it says.

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const NUMBER = /^(?:-?(?:\d+(?:\.\d+)?)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;
const TYPES = ['counter', 'gauge', 'histogram'];
const number = (text) => ({ '+Inf': Infinity, '-Inf': -Infinity })[text] ?? Number(text);

function labelsOf(text, line) {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (!found) throw new Error(`labels can't be read: ${line}`);
    if (found[1] in labels) throw new Error(`${found[1]} is there twice: ${line}`);
    labels[found[1]] = found[2];
  }
  return labels;
}

function sampleOf(line) {
  const [, name, , labels, value] = /^([^{ ]+)(\{([^ ]*)\})? (\S+)$/.exec(line) ?? [];
  if (!name || !NAME.test(name) || !NUMBER.test(value)) throw new Error(`no sample: ${line}`);
  return { name, labels: labelsOf(labels ?? '', line), value: number(value) };
}

// Every bucket has what the one below it has, and the last one all.
function checkHistogram(family) {
  const series = new Map();
  for (const { name, labels, value } of family.samples) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    const one = series.get(key) ?? { buckets: [] };
    series.set(key, one);
    if (name === `${family.name}_bucket`) one.buckets.push([number(le), value]);
    else if (name === `${family.name}_sum`) one.sum = value;
    else if (name === `${family.name}_count`) one.count = value;
    else throw new Error(`${name} is no part of a histogram`);
  }
  for (const [key, { buckets, sum, count }] of series) {
    const isRising = buckets.every(([le, value], i) => i === 0 || (le > buckets[i - 1][0] && value >= buckets[i - 1][1]));
    if (!isRising || buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)[1] !== count || !(sum >= 0))
      throw new Error(`${family.name}${key} is no histogram: ${JSON.stringify(buckets)}, sum ${sum}, count ${count}`);
  }
}

// Families by name: { name, type, help, samples }.
function parseMetrics(text) {
  const families = new Map();
  let family = null;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, what, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (what === 'HELP') {
      if (families.has(name) || !NAME.test(name)) throw new Error(`a second time or no name: ${line}`);
      families.set(name, (family = { name, help: rest, samples: [] }));
    } else if (what === 'TYPE') {
      if (family?.name !== name || family.type || !TYPES.includes(rest)) throw new Error(`out of place: ${line}`);
      family.type = rest;
    } else {
      const sample = sampleOf(line);
      const belongs = family?.type === 'histogram' ? sample.name.startsWith(`${family.name}_`) : sample.name === family?.name;
      if (!belongs || !family.type) throw new Error(`out of place: ${line}`);
      if (family.type === 'counter' && !(family.name.endsWith('_total') && sample.value >= 0)) throw new Error(`no counter: ${line}`);
      family.samples.push(sample);
    }
  }
  for (const one of families.values()) {
    if (one.samples.length === 0) throw new Error(`${one.name} has no sample`);
    if (one.type === 'histogram') checkHistogram(one);
    const keys = one.samples.map((sample) => JSON.stringify([sample.name, sample.labels]));
    if (new Set(keys).size !== keys.length) throw new Error(`${one.name} has a sample twice`);
  }
  return families;
}

// The sum of the samples of this name that have these labels.
function valueOf(families, name, labels = {}) {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
  return (family?.samples ?? [])
    .filter((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}

module.exports = { parseMetrics, valueOf };
