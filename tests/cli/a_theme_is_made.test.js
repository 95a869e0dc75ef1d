'use strict';
// A theme from the first copy of the templates to one that has no fault.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { makeSite, run, startSite, COURANT, ROOT } = require('../support');
const { done, json, refused } = require('./journey');

const WITHOUT_SITE = { ...process.env };
delete WITHOUT_SITE.COURANT_SITE;
const courant = (args, options) => run([COURANT, ...args], { env: WITHOUT_SITE, ...options });

function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-theme-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

const files = (top) => fs.readdirSync(top, { withFileTypes: true, recursive: false })
  .flatMap((entry) => (entry.isDirectory() ? files(path.join(top, entry.name)) : [path.join(top, entry.name)]));

test('theme new copies every template and asset byte for byte, and the copy has no fault', async (t) => {
  const theme = path.join(folder(t), 'mine');
  const made = await courant(['theme', 'new', theme]);
  assert.equal(made.code, 0, made.stderr);
  for (const room of fs.readdirSync(path.join(ROOT, 'src'))) {
    const own = path.join(ROOT, 'src', room, 'templates');
    if (!fs.existsSync(own)) continue;
    for (const name of fs.readdirSync(own))
      assert.equal(fs.readFileSync(path.join(theme, 'templates', room, name), 'utf8'),
        fs.readFileSync(path.join(own, name), 'utf8'));
  }
  const parts = path.join(ROOT, 'assets/site/site.css');
  assert.equal(fs.readFileSync(path.join(theme, 'assets/site.css'), 'utf8'),
    fs.readdirSync(parts).sort().map((name) => fs.readFileSync(path.join(parts, name), 'utf8')).join(''));
  assert.ok(!fs.existsSync(path.join(theme, 'assets/first_paint.js')));
  assert.match(fs.readFileSync(path.join(theme, 'README.md'), 'utf8'), /courant --site DIR theme check/);
  assert.equal(made.stdout.split('\n').filter((line) => line.startsWith('Made ')).length, files(theme).length);
  const checked = await courant(['theme', 'check', theme]);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /^In use: templates \d+, assets \d+\.\n$/);
});

test('theme new writes what is asked for into the site\'s theme, and never over a file', async (t) => {
  const site = await makeSite({ test: t });
  const theme = path.join(site.dir, 'theme');
  assert.deepEqual(await json(site, ['theme', 'new', '--only', 'web/page_head', '--only', 'site.css']), {
    folder: theme, made: ['templates/web/page_head.html', 'assets/site.css', 'README.md'], kept: [] });
  fs.writeFileSync(path.join(theme, 'assets/site.css'), 'mine');
  assert.match(await done(site, ['theme', 'new', '--only', 'site.css']),
    new RegExp(`^Left as it is: ${theme}/assets/site.css\nLeft as it is: ${theme}/README.md\n`));
  assert.equal(fs.readFileSync(path.join(theme, 'assets/site.css'), 'utf8'), 'mine');
  await refused(site, ['theme', 'new', '--only', 'site/none'], /--only site\/none: there is no such template or asset/, { code: 2 });
  await refused(site, ['theme', 'new', '--only', 'first_paint.js'], /there is no such template or asset/, { code: 2 });
  fs.writeFileSync(path.join(site.dir, 'afile'), '');
  await refused(site, ['theme', 'new', path.join(site.dir, 'afile')], /can't be opened: Not a directory/);
  await refused(site, ['theme', 'new', path.join(site.dir, 'no/such')], /can't be made: No such file/);
});

test('theme new and check go by site.theme, beside a server too', async (t) => {
  const site = await startSite({ test: t });
  fs.appendFileSync(path.join(site.dir, 'courant.conf'), 'site.theme = looks/spring\n');
  fs.mkdirSync(path.join(site.dir, 'looks'));
  await done(site, ['theme', 'new', '--only', 'web/error']);
  assert.ok(fs.existsSync(path.join(site.dir, 'looks/spring/templates/web/error.html')));
  assert.equal((await json(site, ['theme', 'check'])).folder, path.join(site.dir, 'looks/spring'));
});

test('theme check tells every fault with file, line, field and what there is instead', async (t) => {
  const site = await makeSite({ test: t });
  const theme = path.join(site.dir, 'theme');
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(theme, name)), { recursive: true });
    fs.writeFileSync(path.join(theme, name), text);
  };
  write('templates/web/error.html', '{{>web/page_head}}\n<h1>{{titel}}</h1>\n<p>{{{sentence}}}</p>\n{{nothing}}\n{{nothing}}{{>web/page_foot}}');
  write('templates/web/page_foot.html', '<img src="{{#asset}}logo.svg{{/asset}}"></main></body></html>');
  write('templates/site/home.html', '{{>web/page_head}}{{#lead}}<a href={{url}}>{{/lead}}');
  write('assets/site.css', 'p {\nbackground: url(none.png)\n}');
  write('assets/notes.doc', '');
  const { code, stdout, stderr } = await site.courant(['theme', 'check']);
  assert.equal(code, 1);
  assert.equal(stderr, 'courant: the theme has 8 faults\n');
  for (const line of [
    `${theme}/assets/notes.doc: files of this kind are not served`,
    `${theme}/assets/site.css:2: none.png: there is no such asset`,
    `${theme}/templates/web/error.html:2: {{titel}} is a field of no view in sight here (struct error_view); did you mean title?`,
    `${theme}/templates/web/error.html:3: {{{sentence}}} is not markup and must be escaped: write {{sentence}}`,
    `${theme}/templates/web/page_foot.html:1: there is no asset "logo.svg"`,
    `${theme}/templates/site/home.html:1: {{url}} can't stand here: an attribute's value needs quotes`,
    `${theme}/templates/web/error.html:4 (and 5): {{nothing}} is a field of no view in sight here (struct error_view)\n    On: web/error\n`
      + '    There is: struct error_view: page, status, title, sentence, way_on, way_on_url, has_search, search_url\n    So: Courant\'s own is served\n',
  ])
    assert.ok(stdout.includes(line), `${line}\nis not in\n${stdout}`);
  assert.match(stdout, /page_foot\.html:1: [^\n]+\n    On: web\/error, pages\/static_page, /);

  const machine = await site.courant(['theme', 'check', '--json']);
  assert.equal(machine.code, 1);
  assert.equal(machine.stderr, '');
  const { error, faults, templates } = JSON.parse(machine.stdout);
  assert.equal(error, 'the theme has 8 faults');
  assert.equal(templates, 0);
  const { sentence, pages, ...titel } = faults.find(({ field }) => field === 'titel');
  assert.deepEqual(titel, { file: 'templates/web/error.html', line: 2, field: 'titel',
    fields: null, consequence: 'Courant\'s own is served' });
});

test('theme check needs a theme', async (t) => {
  const site = await makeSite({ test: t });
  const { code, stdout } = await site.courant(['theme', 'check']);
  assert.equal(code, 1);
  assert.ok(stdout.startsWith(`${site.dir}/theme: the folder can't be opened: No such file or directory\n`), stdout);
  const unnamed = await courant(['theme', 'check']);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /give its folder, or --site DIR/);
});

test('theme fields tells a template\'s views, down to the last', async () => {
  const page = (await courant(['theme', 'fields', 'web/error'])).stdout;
  assert.match(page, /^### web\/error$/m);
  assert.match(page, /^\| `page` \| one \[page_view\]\(#page_view\) \| What every page has\. \|$/m);
  assert.match(page, /^### page_view$/m);
  assert.match(page, /^\| `style_url` \| address \| The style sheet site\.css\. \|$/m);
  assert.doesNotMatch(page, /home_view/);
  const partial = (await courant(['theme', 'fields', 'stories/teaser'])).stdout;
  assert.match(partial, /^On the pages .*`site\/home`/m);
  const all = JSON.parse((await courant(['theme', 'fields', '--json'])).stdout);
  assert.ok(all.pages.some(({ template, view }) => template === 'site/story' && all.views[view].length > 0));
  for (const [view, fields] of Object.entries(all.views))
    for (const { name, says } of fields) assert.match(says, /^[A-Z][^|\n]+\.$/, `${view}.${name}`);
  const none = await courant(['theme', 'fields', 'site/none']);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no template site\/none/);
});

test('the manual of the fields is what the program says', async () => {
  const { stdout } = await courant(['theme', 'fields']);
  assert.equal(stdout, fs.readFileSync(path.join(ROOT, 'docs/manual/theme-fields.md'), 'utf8'),
    'run: courant theme fields >docs/manual/theme-fields.md');
});

test('theme check stops at too many files, once, however they lie', async (t) => {
  const theme = path.join(folder(t), 'mine');
  for (const [name, count] of [['assets', 400], ['assets/a', 600], ['assets/b', 600], ['templates/web', 300]]) {
    fs.mkdirSync(path.join(theme, name), { recursive: true });
    for (let number = 0; number < count; number++) fs.writeFileSync(path.join(theme, name, `f${number}.${name[0] === 'a' ? 'css' : 'html'}`), '');
  }
  const checked = await courant(['theme', 'check', theme]);
  assert.equal(checked.code, 1, checked.stderr);
  assert.equal(checked.stdout.match(/the theme has more than 512 files and folders/g).length, 1);
});
