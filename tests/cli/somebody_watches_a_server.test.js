'use strict';
// courant top: a picture of the running server, once or anew each second in a terminal.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { spawn } = require('node:child_process');
const { startSite, makeSite, get, addStory, until } = require('../support');

test('top says what to do where no server runs', async (context) => {
  const site = await makeSite({ test: context });
  const done = await site.courant(['top', '--once']);
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^courant: no server answers for \S+: courant --site \S+ serve starts one\n$/);
});

test('top prints one picture where there is no terminal, and one for programs', async (context) => {
  const site = await startSite({ test: context });
  const story = await addStory(site, { headline: 'The bridge is open' });
  for (let i = 0; i < 7; i++) await get(story.url);
  const [plain, told] = await Promise.all([site.courant(['top']), site.must(['top'])]);
  assert.equal(plain.code, 0, plain.stderr);
  const lines = plain.stdout.slice(0, -1).split('\n');
  assert.ok(lines.length <= 24 && lines.every((line) => [...line].length <= 80), plain.stdout);
  assert.match(lines[0], /^The Test Courant – Courant \d+\.\d+\.\d+, up 0h 0\dm +\d\d:\d\d:\d\d$/);
  assert.match(plain.stdout, /^ +7 {2}The bridge is open$/m);
  assert.doesNotMatch(plain.stdout, /\x1b/);
  assert.deepEqual(told.stories, [{ id: story.id, headline: 'The bridge is open', requests: 7 }]);
  assert.equal(told.writable, true);
  assert.equal(told.requests.all.per_second, 0);
});

// In a terminal of its own; gives what came over the screen, the exit code, and keys.
function inTerminal(site) {
  const command = `stty rows 24 cols 80; '${site.binary}' --site '${site.dir}' top; echo "ended with $?"; stty -a`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...site.env, TERM: 'xterm' } });
  const terminal = { screen: '', child, press: (key) => child.stdin.write(key) };
  child.stdout.on('data', (bytes) => (terminal.screen += bytes));
  return terminal;
}

test('top draws anew until q is pressed, or Ctrl+C, and leaves the terminal as it was', async (context) => {
  const site = await startSite({ test: context });
  const story = await addStory(site, { headline: 'The bridge is open' });
  for (const key of ['q', '\x03']) {
    const terminal = inTerminal(site);
    context.after(() => terminal.child.kill());
    await until(() => terminal.screen.includes('q ends'), `there is a picture: ${terminal.screen}`);
    await get(story.url);
    await until(() => terminal.screen.includes('The bridge is open'), 'the story is read');
    terminal.press(key);
    await until(() => /isig[^]*icanon|icanon[^]*isig/.test(terminal.screen), 'it ends');
    assert.ok(terminal.screen.includes('ended with 0'), terminal.screen);
    assert.ok(terminal.screen.startsWith('\x1b[?1049h\x1b[?25l'));
    assert.match(terminal.screen, /\x1b\[\?25h\x1b\[\?1049lended with 0/);
    assert.doesNotMatch(terminal.screen, /(?:^|\s)-(?:icanon|echo|isig|icrnl)\b/);
  }
});

test('top asks on while the server is away', async (context) => {
  const site = await startSite({ test: context });
  const terminal = inTerminal(site);
  context.after(() => terminal.child.kill());
  await until(() => terminal.screen.includes('q ends'), 'there is a picture');
  await site.drain();
  await until(() => terminal.screen.includes('the server does not answer: asking on'), 'it says so');
  await site.start();
  terminal.screen = '';
  await until(() => / q ends/.test(terminal.screen.split('asking on').at(-1)), 'it goes on');
  terminal.press('q');
  await until(() => terminal.screen.includes('ended with 0'), 'it ends');
});
