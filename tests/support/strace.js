'use strict';
// Reads what `strace -f -xx -y -o FILE` wrote. A thread that is traced goes on only after its line
// is written, so what one thread did because of another's call stands behind that call's return.

// Strings in hexadecimal and the files behind descriptors, nothing cut short.
const STRACE = ['strace', '-f', '--seccomp-bpf', '-xx', '-y', '-s', '1000000', '-o'];

const LINE = /^(\d+) +(.*)$/;
const WHOLE = /^(\w+)\((.*)\) += (-?\d+|\?)(.*)$/s;
const BEGUN = /^(\w+)\((.*) <unfinished \.\.\.>$/s;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/s;

// The calls in the order in which they returned: thread, name, file (of the first argument), bytes
// (of all strings behind it), result, injected, begin and end (line numbers).
function parseTrace(text) {
  const calls = [];
  const pending = new Map();
  text.split('\n').forEach((line, number) => {
    const [, thread, rest] = LINE.exec(line) || [];
    if (!thread || /^[+-]{3} /.test(rest)) return;
    const begun = BEGUN.exec(rest);
    if (begun) {
      pending.set(thread, { begin: number, start: `${begun[1]}(${begun[2]}` });
      return;
    }
    const resumed = RESUMED.exec(rest);
    const before = resumed && pending.get(thread);
    if (resumed && !before) throw new Error(`line ${number + 1}: resumes what was not begun`);
    pending.delete(thread);
    const whole = WHOLE.exec(resumed ? before.start + resumed[2] : rest);
    if (!whole) throw new Error(`line ${number + 1} is not understood: ${line.slice(0, 200)}`);
    calls.push(callOf(thread, whole, before ? before.begin : number, number));
  });
  return calls;
}

function callOf(thread, [, name, args, result, comment], begin, end) {
  const file = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args);
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) => match[1]);
  return {
    thread,
    name,
    file: file ? fromHex(file[1]).toString() : '',
    bytes: fromHex(strings.join('')),
    result: Number(result),
    injected: comment.includes('(INJECTED)'),
    begin,
    end,
  };
}

function fromHex(text) {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}

function toHex(bytes) {
  return Buffer.from(bytes).toString('hex').replace(/../g, '\\x$&');
}

module.exports = { STRACE, parseTrace, toHex };
