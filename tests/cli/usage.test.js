'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { run, COURANT, ROOT } = require('../support');

const WITHOUT_SITE = { ...process.env };
delete WITHOUT_SITE.COURANT_SITE;
const courant = (...args) => run([COURANT, ...args], { env: WITHOUT_SITE });

const COMMANDS = [
  'init', 'serve', 'top', 'metrics', 'story add', 'story edit', 'story publish', 'story list', 'story show', 'story correct',
  'story withdraw', 'story discard', 'section list', 'section add', 'section remove', 'tag list', 'tag add', 'tag alias add',
  'tag alias remove', 'tag merge', 'tag remove', 'byline list', 'byline add', 'byline alias add',
  'byline alias remove', 'byline merge', 'byline remove', 'source list', 'source add', 'source alias add', 'source alias remove',
  'source merge', 'source remove', 'front set', 'front show', 'front clear', 'page set',
  'page list', 'page show', 'page remove', 'reply list', 'reply hide', 'reply show', 'reply add', 'site show',
  'site set', 'theme new', 'theme check', 'theme fields', 'routes', 'settings', 'backup', 'restore', 'completion',
  'man', 'version',
];

test('courant alone and --help list every command', async () => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await courant(...args);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const words of COMMANDS) assert.match(stdout, new RegExp(`^  ${words}\\b`, 'm'));
  }
});

test('every command has help, and so has a family of commands', async () => {
  for (const words of COMMANDS) {
    const { code, stdout } = await courant(...words.split(' '), '--help');
    assert.equal(code, 0, words);
    assert.match(stdout, new RegExp(`^courant (--site DIR )?${words}\\b`));
    assert.match(stdout, /--json /);
  }
  assert.equal((await courant('help', 'story', 'add')).stdout, (await courant('story', 'add', '--help')).stdout);
  const { stdout } = await courant('story', '--help');
  assert.equal((await courant('help', 'story')).stdout, stdout);
  assert.match(stdout, /^  story add/m);
  assert.doesNotMatch(stdout, /^  reply/m);
});

test('the rows of help stand in line, whatever characters are in them', async () => {
  const { stdout } = await courant('--help');
  const rows = stdout.split('\n').filter((line) => /^  \S/.test(line) && !line.startsWith('  courant ') && [...line].length > 32);
  assert.ok(rows.some((row) => row.includes('…')));
  for (const row of rows) assert.match(row, /^  .{28}  \S/u);
});

test('the help of serve lists the settings as flags', async () => {
  const { stdout } = await courant('serve', '--help');
  assert.match(stdout, /^  --listen TEXT /m);
  assert.match(stdout, /^  --cache\.size SIZE /m);
});

test('wrong usage is exit code 2 with one sentence', async () => {
  const wrong = [
    [['stroy'], 'there is no command "stroy"; courant --help says what there is'],
    [['story'], 'after "story" comes one of add, edit, publish, list, show, correct, withdraw, discard; courant --help says what there is'],
    [['version', '--loud'], 'there is no option --loud; courant version --help says what there is'],
    [['story', 'list'], 'it is not said which site: courant --site DIR story list, or set COURANT_SITE'],
    [['serve'], 'it is not said which site: courant --site DIR serve, or set COURANT_SITE'],
    [['--site', '/nowhere'], 'the command is missing; courant --help says what there is'],
    [['init'], 'DIR is missing; courant init --help says what there is'],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stdout, stderr } = await courant(...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.equal(stderr, `courant: ${sentence}\n`);
    const machine = await courant(...args, '--json');
    assert.equal(machine.code, 2);
    assert.deepEqual(JSON.parse(machine.stdout), { error: sentence });
  }
});

test('version says which', async () => {
  assert.match((await courant('version')).stdout, /^courant \d+\.\d+\.\d+\n$/);
  assert.equal((await courant('--version')).stdout, (await courant('version')).stdout);
  assert.match(JSON.parse((await courant('version', '--json')).stdout).version, /^\d+\.\d+\.\d+$/);
});

test('an answer that can not be written is a failure', async () => {
  const { code, stderr } = await run(['sh', '-c', '"$0" version >/dev/full', COURANT]);
  assert.equal(code, 1);
  assert.match(stderr, /the output could not be written: No space left/);
});

test('the manual of the settings is what the program says', async () => {
  const { stdout } = await courant('settings', '--markdown');
  assert.equal(stdout, fs.readFileSync(path.join(ROOT, 'docs/manual/settings.md'), 'utf8'),
    'run: courant settings --markdown >docs/manual/settings.md');
});

test('the manual of the commands is what the program says', async () => {
  const { stdout } = await courant('man', '--markdown');
  assert.equal(stdout, fs.readFileSync(path.join(ROOT, 'docs/manual/commands.md'), 'utf8'),
    'run: courant man --markdown >docs/manual/commands.md');
});

// What man(1) shows of a page, without what makes type bold.
async function shown(page) {
  const { code, stdout, stderr } = await run(['man', '-l', page], { env: { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8' } });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout.replace(/.\x08/g, '').replace(/‐\n\s*/g, '').replace(/[ \n]+/g, ' ');
}

test('the pages for man(1) are faultless and whole', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'courant-man-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, section] of [['courant', 1], ['courant.conf', 5]]) {
    const page = path.join(folder, `${name}.${section}`);
    fs.writeFileSync(page, (await courant('man', name)).stdout);
    const { code, stdout, stderr } = await run(['mandoc', '-T', 'lint', page]);
    assert.deepEqual([code, stdout, stderr], [0, '', ''], name);
  }
  const commands = await shown(path.join(folder, 'courant.1'));
  for (const words of COMMANDS) {
    assert.ok(commands.includes(` courant ${words} `) || commands.includes(` courant --site DIR ${words} `), words);
    const { stdout } = await courant(...words.split(' '), '--help');
    for (const [, option] of words === 'serve' ? [] : stdout.matchAll(/^  (--[a-z._-]+)/gm))
      assert.ok(commands.includes(` ${option} `), `${words} ${option}`);
  }
  const settings = await shown(path.join(folder, 'courant.conf.5'));
  for (const { name, default: initial } of JSON.parse((await courant('settings', '--json')).stdout)) {
    assert.ok(settings.includes(` ${name} = `), name);
    assert.ok(initial === '' || settings.includes(`${initial} unless told.`), `${name}: ${initial}`);
  }
});

test('man and completion know what there is', async () => {
  for (const [args, sentence] of [[['man', 'ls'], /the pages are courant and courant\.conf/], [['completion', 'tcsh'], /the shells are bash, zsh and fish/],
    [['man', 'courant.conf', '--markdown'], /courant settings --markdown/]]) {
    const { code, stdout, stderr } = await courant(...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
  }
});

test('routes and settings can be asked for without a site', async () => {
  const routes = await courant('routes', '/politics', '--json');
  assert.equal(JSON.parse(routes.stdout)[0].handler, 'section_get');
  for (const [asked, pattern] of [['/healthz', '/healthz'], ['/assets/x.css', '/assets/*']]) {
    const rows = JSON.parse((await courant('routes', asked, '--json')).stdout);
    assert.deepEqual(rows.map(({ method, path, handler }) => [method, path, handler]), [['GET', pattern, '-']]);
    assert.ok((await courant('routes')).stdout.includes(`GET     ${pattern} `), pattern);
  }
  const settings = JSON.parse((await courant('settings', '--json')).stdout);
  const listen = settings.find((row) => row.name === 'server.listen');
  assert.deepEqual([listen.value, listen.default, listen.flag], ['127.0.0.1:8080', '127.0.0.1:8080', 'listen']);
});
