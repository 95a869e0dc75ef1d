'use strict';
// newsboat, as somebody runs it who follows a site: a folder of its own, its cache kept from one
// reload to the next, and what it asked of the server.

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { run } = require('./process');

const READ = `
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute('SELECT feedurl, guid, title, author, url, pubDate, content FROM rss_item')
print(json.dumps([dict(zip(('feed', 'guid', 'title', 'author', 'url', 'published', 'content'), row)) for row in rows]))`;

// Stands between the two and writes down what is asked and how it is answered. A feed reader asks
// the site by its own host, so that is put back.
function listen(site, asked) {
  const server = http.createServer((request, response) => {
    const { hostname, port, host } = new URL(site.url);
    const headers = { ...request.headers, host };
    const onward = http.request({ hostname, port, path: request.url, headers }, (answer) => {
      asked.push({ path: request.url, status: answer.statusCode, headers: request.headers });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

// { reload, items, asked, close }: reload() runs it once over all the feeds, whose paths are given;
// items() are those in its cache.
async function newsboat(site, paths) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'newsboat-'));
  const file = (name) => path.join(folder, name);
  const asked = [];
  const server = await listen(site, asked);
  const base = `http://127.0.0.1:${server.address().port}`;
  fs.writeFileSync(file('urls'), paths.map((where) => `${base}${where}\n`).join(''));
  fs.writeFileSync(file('config'), 'reload-threads 1\nsuppress-first-reload yes\n');
  const env = { ...process.env, HOME: folder };
  return {
    asked,
    async reload() {
      const done = await run(['newsboat', '-q', '-u', file('urls'), '-c', file('cache.db'), '-C', file('config'), '-x', 'reload'], { env });
      if (done.code !== 0) throw new Error(`newsboat ended with ${done.code}: ${done.stdout}${done.stderr}`);
    },
    async items() {
      const done = await run(['python3', '-c', READ, file('cache.db')]);
      if (done.code !== 0) throw new Error(done.stderr);
      return JSON.parse(done.stdout).map((item) => ({ ...item, feed: item.feed.slice(base.length) }));
    },
    close() {
      server.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

module.exports = { newsboat };
