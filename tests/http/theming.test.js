'use strict';
// A site with a theme, half of which is broken: every page is there, the good half is the theme's,
// and the log names the file, the line and the field of the other.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { makeSite, get, addStory, vnu } = require('../support');

let site;
let story;

function write(name, content) {
  const file = path.join(site.dir, 'theme', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
const read = (name) => fs.readFileSync(path.join(site.dir, 'theme', name), 'utf8');
const change = (name, from, to) => {
  assert.ok(read(name).includes(from), `${name} is without ${from}`);
  write(name, read(name).replaceAll(from, to));
};

before(async () => {
  site = await makeSite({ args: ['--web.request_memory', '1MB'] });
  story = await addStory(site, { headline: 'Themed headline', tags: ['White House'] });
  for (const name of ['web/page_head', 'web/page_foot', 'site/home', 'site/section', 'site/tag', 'site/story', 'stories/teaser', 'site.css'])
    await site.must(['theme', 'new', '--only', name]);
  change('templates/web/page_head.html', '<p class="nameplate">', '<p class="nameplate"><img src="{{#asset}}img/logo.svg{{/asset}}" alt="" width="20" height="20">');
  write('templates/site/section.html', '{{>web/page_head}}<h1>{{section_nam}}</h1>{{>web/page_foot}}');
  write('templates/stories/teaser.html', '<article>\n<a href="{{url}}" lang="{{lang}}" dir="{{dir}}">{{headline}}</a>\n<!-- {{byline}} </article>');
  // Fits its maximum as a file, but not the request's memory, however few stories there are.
  write('templates/site/tag.html', `{{>web/page_head}}${'{{>my/padding}}'.repeat(6)}{{>web/page_foot}}`);
  write('templates/my/padding.html', ' '.repeat(200_000));
  write('templates/site/story.html', `${read('templates/site/story.html').replace('{{>web/page_foot}}', '{{>my/note}}\n{{>web/page_foot}}')}`);
  write('templates/my/note.html', '<p class="my-note">Of {{page.site_name}}</p>');
  write('assets/img/logo.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>');
  write('assets/font.woff2', Buffer.from([0x77, 0x4f, 0x46, 0x32, ...Array(400).fill(7)]));
  write('assets/own.js', 'document.documentElement.dataset.themed = "yes";\n');
  fs.appendFileSync(path.join(site.dir, 'theme/assets/site.css'), '@font-face { font-family: X; src: url(font.woff2) }\n');
  await site.start();
  story.path = new URL(story.url, site.url).pathname;
});
after(() => site.stop());

describe('A half-broken theme', () => {
  test('leaves every page standing', async () => {
    for (const where of ['/', story.path, '/politics', '/ar', '/feed.xml', `/reply/${story.id}`])
      assert.strictEqual((await get(new URL(where, site.url))).status, 200, where);
    assert.strictEqual((await get(new URL('/none/at/all', site.url))).status, 404);
  });

  test('shows its good half', async () => {
    const page = (await get(new URL(story.path, site.url))).text;
    assert.match(page, /<p class="my-note">Of The Test Courant<\/p>/);
    assert.match(page, /<img src="\/assets\/img\/logo\.[0-9a-f]{8}\.svg"/);
    assert.match((await get(new URL('/none/at/all', site.url))).text, /\/assets\/img\/logo\./);
  });

  test('has Courant\'s own for the other, and valid pages', async () => {
    const section = (await get(new URL('/politics', site.url))).text;
    assert.match(section, /<h1[^>]*><bdi>[^<]*politics/i);
    assert.match(section, /Themed headline/);
    const pages = { section, home: (await get(site.url)).text, story: (await get(new URL(story.path, site.url))).text };
    assert.deepStrictEqual(await vnu(pages), []);
  });

  test('is told in the log: file, line, field, page and what is served', () => {
    for (const line of [
      /warning theme: \S+\/theme\/templates\/site\/section\.html:1: \{\{section_nam\}\} is a field of no view in sight here .*; on site\/section; Courant's own is served/,
      /warning theme: theme\/templates\/stories\/teaser\.html:3: \{\{byline\}\} .*; on site\/home.*; Courant's own is served/,
    ])
      assert.match(site.log, new RegExp(line.source.replace('\\S+\\/', '(\\S+\\/)?')), site.log);
    assert.match(site.log, /info theme: \d+ templates? and 4 assets in use, from \S*theme$/m);
  });

  test('whose page is too large is shown Courant\'s own, and the log says so once', async () => {
    const where = (n) => new URL(`/tag/white-house?x=${n}`, site.url);
    for (const n of [1, 2]) {
      const page = await get(where(n));
      assert.strictEqual(page.status, 200);
      assert.match(page.text, /Themed headline/);
    }
    assert.strictEqual((await get(new URL('/ar/tag/white-house', site.url))).status, 200);
    assert.strictEqual(site.log.split('the page site/tag could not be made with it').length, 2, site.log);
  });
});

describe('An asset of a theme', () => {
  test('is served under the name that pages and styles have, for ever, with its type', async () => {
    const page = (await get(site.url)).text;
    const [, style] = page.match(/<link rel="stylesheet" href="([^"]+)"/);
    const css = await get(new URL(style, site.url));
    assert.strictEqual(css.status, 200);
    const [, font] = css.text.match(/font-family: X; src: url\((\/assets\/font\.[0-9a-f]{8}\.woff2)\)/);
    const answer = await get(new URL(font, site.url), { headers: { 'Accept-Encoding': 'br, gzip' } });
    assert.strictEqual(answer.headers['content-type'], 'font/woff2');
    assert.strictEqual(answer.headers['content-encoding'], undefined);
    assert.match(answer.headers['cache-control'], /immutable/);
    assert.ok(answer.body.equals(fs.readFileSync(path.join(site.dir, 'theme/assets/font.woff2'))));
    const [, logo] = (await get(new URL(story.path, site.url))).text.match(/<img src="(\/assets\/img\/logo[^"]+)"/);
    assert.strictEqual((await get(new URL(logo, site.url))).headers['content-type'], 'image/svg+xml');
    assert.strictEqual((await get(new URL('/assets/font.woff2', site.url))).status, 404);
  });

  test('finds a policy that lets it in and nothing inline', async () => {
    const policy = (await get(site.url)).headers['content-security-policy'];
    for (const part of ["default-src 'none'", "font-src 'self'", "img-src 'self'", "style-src 'self'"])
      assert.ok(policy.split('; ').includes(part), policy);
    assert.doesNotMatch(policy, /unsafe/);
  });
});

describe('A theme that is named', () => {
  test('and is not there leaves the site as it is', async (context) => {
    const other = await makeSite({ test: context });
    await other.start({ args: ['--theme', 'nowhere'] });
    assert.strictEqual((await get(other.url)).status, 200);
    assert.match(other.log, /warning theme: nowhere: the folder can't be opened: No such file or directory; the site has Courant's own look/);
  });
});
