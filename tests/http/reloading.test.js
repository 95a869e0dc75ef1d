'use strict';
// courant reload: settings and theme are read anew, and swapped only when nothing is wrong with them.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { startSite, makeSite, addStory, get, until } = require('../support');

const conf = (site, text) => fs.appendFileSync(path.join(site.dir, 'courant.conf'), text);
function theme(site, name, text) {
  const file = path.join(site.dir, 'theme', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
const ERROR_PAGE = (mark) => `<!doctype html><html lang="{{page.lang}}"><head><title>{{title}}</title></head><body>${mark}</body></html>\n`;

describe('courant reload', () => {
  test('takes settings that can change, and names those that a new start is needed for', async (context) => {
    const site = await startSite({ test: context, args: ['--feeds.text', 'full'] });
    for (let i = 0; i < 3; i++) await addStory(site, { headline: `Story ${i}` });
    const items = async () => (await get(`${site.url}/feed.xml`)).text.split('<item>').length - 1;
    assert.strictEqual(await items(), 3);
    conf(site, 'feeds.stories = 2\nfeeds.text = summary\nserver.workers = 7\nnet.idle_timeout = 2s\n');
    const { taken, kept, theme: hasTheme } = await site.must(['reload']);
    assert.deepStrictEqual(taken, ['feeds.stories']); // the command line still wins
    assert.deepStrictEqual(kept.sort(), ['net.idle_timeout', 'server.workers']);
    assert.strictEqual(hasTheme, false);
    assert.strictEqual(await items(), 2);
    const shown = Object.fromEntries((await site.must(['settings'])).map(({ name, value }) => [name, value]));
    assert.strictEqual(shown['feeds.stories'], '2');
    assert.strictEqual(shown['server.workers'], '4');
  });

  test('swaps the theme: no page made before is served, and what pages name stays to be had', async (context) => {
    const site = await startSite({ test: context });
    theme(site, 'assets/site.css', 'body { color: #123 }\n');
    await site.must(['reload']);
    const style = /href="(\/assets\/site\.[^"]*\.css)"/;
    const before = style.exec((await get(`${site.url}/`)).text)[1];
    assert.match((await get(site.url + before)).text, /#123/);
    theme(site, 'assets/site.css', 'body { color: #456 }\n');
    await site.must(['reload']);
    const after = style.exec((await get(`${site.url}/`)).text)[1];
    assert.notStrictEqual(after, before);
    assert.match((await get(site.url + after)).text, /#456/);
    assert.match((await get(site.url + before)).text, /#123/);
  });

  test('changes nothing when anything is wrong, and says what', async (context) => {
    const site = await startSite({ test: context });
    theme(site, 'templates/web/error.html', ERROR_PAGE('first'));
    await site.must(['reload']);
    await until(() => site.log.includes('settings and theme are reloaded'), 'the log has a command\'s reload too');
    const missing = async () => (await get(`${site.url}/nowhere`)).text;
    assert.match(await missing(), /first/);
    theme(site, 'templates/web/error.html', ERROR_PAGE('second {{nonsense}}'));
    conf(site, 'feeds.stories = 2\n');
    const refused = await site.courant(['reload']);
    assert.strictEqual(refused.code, 1);
    assert.match(refused.stdout, /templates\/web\/error\.html:1: .*nonsense/);
    assert.match(refused.stderr, /^courant: the theme has 1 fault: nothing is changed, and what was served before is served still$/m);
    assert.doesNotMatch(refused.stdout, /Courant's own is served/);
    await until(() => /error not reloaded: the theme has 1 fault/.test(site.log), 'the log says why not');
    assert.match(site.log, /theme\/templates\/web\/error\.html:1: \{\{nonsense\}\} [^\n;]*; on web\/error$/m);
    const json = JSON.parse((await site.courant(['reload', '--json'])).stdout);
    assert.strictEqual(json.faults[0].field, 'nonsense');
    assert.match(await missing(), /first/);
    assert.strictEqual((await site.must(['settings'])).find(({ name }) => name === 'feeds.stories').value, '30');
    theme(site, 'templates/web/error.html', ERROR_PAGE('second'));
    conf(site, 'feeds.storis = 2\n');
    const wrong = await site.courant(['reload']);
    assert.match(wrong.stderr, /feeds\.storis; did you mean feeds\.stories/);
    assert.match(await missing(), /first/);
  });

  test('is what SIGHUP to the parent does', async (context) => {
    const site = await startSite({ test: context });
    conf(site, 'feeds.stories = 5\nserver.workers = 2\nsite.database = postgres://127.0.0.1:1/none\n');
    process.kill(site.parentPid, 'SIGHUP');
    await until(() => site.log.includes('settings and theme are reloaded'), 'the server reloads');
    assert.match(site.log, /reloaded with a new value: feeds\.stories/);
    const said = (await site.courant(['reload'])).stdout;
    assert.match(said, /^Kept as they were, courant upgrade takes them: server\.workers\.$/m);
    assert.match(said, /^Kept as they were until the server is started anew: site\.database\.$/m);
    assert.match(site.log, /kept as it was until the server is started anew: site\.database/);
    assert.match(site.log, /kept as it was until courant upgrade: server\.workers/);
    conf(site, 'feeds.stories = 6\n');
    process.kill(site.parentPid, 'SIGHUP');
    await until(() => /not reloaded: .*feeds\.stories is already set/.test(site.log), 'the server says why not');
  });

  test('without a server says that there is none', async (context) => {
    const site = await makeSite({ test: context });
    const done = await site.courant(['reload']);
    assert.strictEqual(done.code, 1);
    assert.match(done.stderr, /no server runs for this site/);
  });
});
