'use strict';
// What others make of our HTML: the Nu validator.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { run } = require('./process');

const VNU_MS = 120_000;

// Errors of the Nu HTML checker for many pages in one call, since starting Java costs more than
// checking: { name: html } in, "name:line: message" out.
async function vnu(pages) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-vnu-'));
  try {
    const names = new Map();
    for (const [index, [name, html]] of Object.entries(pages).entries()) {
      const file = path.join(folder, `${index}.html`);
      fs.writeFileSync(file, html);
      names.set(file, name);
    }
    const jar = path.join(path.dirname(require.resolve('vnu-jar/package.json')), 'build/dist/vnu.jar');
    const done = await run(
      ['java', '-Xss8m', '-jar', jar, '--format', 'json', '--stdout', '--exit-zero-always', ...names.keys()],
      { timeoutMs: VNU_MS });
    if (done.code !== 0) throw new Error(`vnu ended with ${done.code}: ${done.stderr}`);
    return JSON.parse(done.stdout).messages
      .filter((message) => message.type !== 'info')
      .map(({ url, lastLine, message, extract }) =>
        `${names.get(url.replace(/^file:/, ''))}:${lastLine}: ${message} (${(extract || '').trim()})`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { vnu };
