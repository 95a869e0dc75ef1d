'use strict';
// What a theme brings (style, script, picture, font) is loaded under the site's own policy, and a
// script written into the page itself is not run.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { makeSite, browser, openPage } = require('../support');

const FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';

// A TrueType font as WOFF (W3C, §3 to §5): its tables as they are, since none need be compressed.
function woff(ttf) {
  const count = ttf.readUInt16BE(4);
  const directory = [];
  const tables = [];
  let offset = 44 + 20 * count;
  for (let i = 0; i < count; i++) {
    const row = 12 + 16 * i;
    const [checksum, start, length] = [4, 8, 12].map((at) => ttf.readUInt32BE(row + at));
    const entry = Buffer.alloc(20);
    ttf.copy(entry, 0, row, row + 4);
    [offset, length, length, checksum].forEach((value, index) => entry.writeUInt32BE(value, 4 + 4 * index));
    directory.push(entry);
    tables.push(ttf.subarray(start, start + length), Buffer.alloc(-length & 3));
    offset += (length + 3) & ~3;
  }
  const head = Buffer.alloc(44);
  head.write('wOFF');
  head.writeUInt32BE(ttf.readUInt32BE(0), 4);
  head.writeUInt32BE(offset, 8);
  head.writeUInt16BE(count, 12);
  const total = tables.reduce((sum, table) => sum + table.length, 12 + 16 * count);
  head.writeUInt32BE(total, 16);
  return Buffer.concat([head, ...directory, ...tables]);
}

let site;
let chromium;

before(async () => {
  site = await makeSite({});
  const theme = path.join(site.dir, 'theme');
  await site.must(['theme', 'new', '--only', 'web/page_head', '--only', 'site.css']);
  const head = path.join(theme, 'templates/web/page_head.html');
  fs.writeFileSync(head, fs.readFileSync(head, 'utf8')
    .replace('</head>', '<script src="{{#asset}}mine.js{{/asset}}" defer></script>\n<script>document.documentElement.dataset.inline = "ran";</script>\n</head>')
    .replace('<h1 class="nameplate">', '<h1 class="nameplate"><img id="logo" src="{{#asset}}img/logo.svg{{/asset}}" alt="" width="40" height="40">'));
  fs.mkdirSync(path.join(theme, 'assets/img'));
  fs.writeFileSync(path.join(theme, 'assets/img/logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><path d="M0 0h40v40z"/></svg>');
  fs.writeFileSync(path.join(theme, 'assets/mine.js'), 'document.documentElement.dataset.mine = "ran";\n');
  fs.writeFileSync(path.join(theme, 'assets/paper.woff'), woff(fs.readFileSync(FONT)));
  fs.appendFileSync(path.join(theme, 'assets/site.css'),
    '@font-face { font-family: Paper; src: url(paper.woff) }\n.nameplate { font-family: Paper; color: rgb(1, 2, 3) }\n');
  const { faults } = JSON.parse((await site.courant(['theme', 'check', '--json'])).stdout);
  assert.deepStrictEqual(faults.map(({ file, field }) => [file, field]), [['templates/web/page_head.html', 'script']]);
  await site.start();
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

test('a theme\'s style, script, picture and font are loaded, an inline script is not run', async () => {
  const { page, problems } = await openPage(chromium);
  await page.goto(site.url, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready);
  const seen = await page.evaluate(() => ({
    logo: document.querySelector('#logo').naturalWidth,
    fonts: [...document.fonts].filter(({ family }) => family === 'Paper').map(({ status }) => status),
    color: getComputedStyle(document.querySelector('.nameplate')).color,
    mine: document.documentElement.dataset.mine,
    inline: document.documentElement.dataset.inline,
  }));
  assert.deepStrictEqual(seen, { logo: 40, fonts: ['loaded'], color: 'rgb(1, 2, 3)', mine: 'ran', inline: undefined });
  assert.strictEqual(problems.length, 1, problems.join('\n'));
  assert.match(problems[0], /inline script violates|Refused to execute inline script/);
});
