'use strict';
// A site is watched from outside: its metrics on a listener of their own, and its access log.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { startSite, makeSite, get, request, rawRequest, addStory, replyForm, until } = require('../support');
const { parseMetrics, valueOf } = require('../support/prometheus');

const METRICS = ['--metrics.listen', '127.0.0.1:0'];
const LOG = ['--log.path', 'access.log'];
const metricsUrl = (site) => /its metrics at (\S+)/.exec(site.log)[1];
const logLines = (site) => fs.readFileSync(path.join(site.dir, 'access.log'), 'utf8').split('\n').slice(0, -1);

async function metricsOf(site) {
  const answer = await get(metricsUrl(site));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return parseMetrics(answer.text);
}

// The lines of the access log, once there are so many.
const linesOnce = (site, count) => until(() => {
  const lines = fs.existsSync(path.join(site.dir, 'access.log')) ? logLines(site) : [];
  return lines.length >= count && lines;
}, `the access log has ${count} lines`);

describe('Metrics', () => {
  test('count what the server did, and only on their own listener', async (context) => {
    const site = await startSite({ test: context, args: METRICS });
    const story = await addStory(site, { headline: 'The bridge is open' });
    for (let i = 0; i < 3; i++) assert.equal((await get(story.url)).status, 200);
    assert.equal((await get(`${site.url}/search?q=bridge`)).status, 200);
    assert.equal((await get(`${site.url}/metrics`)).status, 404);
    assert.equal((await get(`${site.url}/healthz`)).status, 200);
    const head = await request(story.url, { method: 'HEAD' });
    assert.equal((await get(story.url, { headers: { 'If-None-Match': head.headers.etag } })).status, 304);
    await rawRequest(site.url, 'GET / HTTP/1.1\r\n\r\n');
    const families = await metricsOf(site);
    const requests = (labels) => valueOf(families, 'courant_http_requests_total', labels);
    assert.equal(requests({ class: 'made', status: '200' }), 1);
    assert.equal(requests({ class: 'made', status: '404' }), 1);
    assert.equal(requests({ class: 'search', status: '200' }), 1);
    assert.equal(requests({ class: 'kept', status: '200' }), 3);
    assert.equal(requests({ class: 'kept', status: '304' }), 1);
    assert.equal(requests({ class: 'other', status: '200' }), 1);
    assert.equal(requests({ class: 'other', status: '400' }), 1);
    assert.equal(valueOf(families, 'courant_http_request_duration_seconds_count', { class: 'kept' }), 4);
    assert.ok(valueOf(families, 'courant_cache_pages') >= 2);
    assert.ok(valueOf(families, 'courant_db_commits_total', { result: 'stored' }) >= 1);
    assert.equal(valueOf(families, 'courant_db_writable'), 1);
    assert.ok(valueOf(families, 'process_resident_memory_bytes') > 1e6);
    assert.ok(Math.abs(valueOf(families, 'process_start_time_seconds') - Date.now() / 1000) < 300);
    assert.deepEqual(families.get('courant_build_info').samples[0].labels.database, 'sqlite');

    const metrics = metricsUrl(site);
    assert.equal((await get(new URL('/', metrics))).status, 404);
    assert.equal((await get(new URL(new URL(story.url).pathname, metrics))).status, 404);
    assert.equal((await request(metrics, { method: 'DELETE' })).status, 405);
    assert.equal((await request(metrics, { method: 'HEAD' })).status, 200);
  });

  test('are printed by courant metrics too, and as JSON with the stories that are read', async (context) => {
    const site = await startSite({ test: context });
    assert.ok(!site.log.includes('metrics'));
    const story = await addStory(site, { headline: 'The bridge is open' });
    for (let i = 0; i < 5; i++) await get(story.url);
    const done = await site.courant(['metrics']);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(valueOf(parseMetrics(done.stdout), 'courant_http_requests_total'), 5);
    const told = await site.must(['metrics']);
    assert.deepEqual(told.stories, [{ id: story.id, headline: 'The bridge is open', url: story.url, requests: 5 }]);
    await site.drain();
    const alone = await site.courant(['metrics']);
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /^courant: no server runs on this site: courant serve starts one\n$/);
  });

  test('have no listener on an address that is none or that readers use', async (context) => {
    const site = await makeSite({ test: context });
    for (const [address, says] of [['nonsense', 'nonsense'], ['127.0.0.1', '127.0.0.1'], ['203.0.113.1:0', '203.0.113.1:0']]) {
      const done = await site.courant(['serve', '--listen', '127.0.0.1:0', '--metrics.listen', address]);
      assert.equal(done.code, 1);
      assert.match(done.stderr, /^courant: metrics\.listen: [^\n]+\n$/);
      assert.ok(done.stderr.includes(says));
    }
    await site.start();
    const used = new URL(site.url).host;
    await site.drain();
    const done = await site.courant(['serve', '--listen', used, '--metrics.listen', used]);
    assert.match(done.stderr, /^courant: metrics\.listen: \S+ is in use, by this server's readers or another program: choose another\n$/);
  });

  test('say that nothing can be stored, and pages and metrics go on with a log that fails', async (context) => {
    const site = await startSite({ test: context, args: [...METRICS, ...LOG] });
    const story = await addStory(site);
    await get(story.url);
    const form = await replyForm(site, story);
    await linesOnce(site, 1);
    await site.breakDisk();
    await form.send({ name: 'Ruba', text: 'Hello.' });
    for (let i = 0; i < 3; i++) assert.equal((await get(story.url)).status, 200);
    await until(async () => {
      const families = await metricsOf(site);
      return valueOf(families, 'courant_db_writable') === 0 && valueOf(families, 'courant_db_commits_total', { result: 'failed' }) >= 1 &&
        valueOf(families, 'courant_http_requests_total', { class: 'write', status: '503' }) === 1 &&
        valueOf(families, 'courant_access_log_lines_total', { result: 'failed' }) >= 3;
    }, 'the metrics say so');
    assert.match(site.log, /the access log access\.log can't be written/);
  });
});

describe('The access log', () => {
  const COMBINED = /^(\S+) - - \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "((?:[^"\\\x00-\x1f]|\\.)*)" (\d{3}) (\d+) "((?:[^"\\\x00-\x1f]|\\.)*)" "((?:[^"\\\x00-\x1f]|\\.)*)"$/;

  test('has a line for every request, which no request can forge', async (context) => {
    // Of several reactors the lines of a tenth of a second may stand in another order.
    const args = [...LOG, '--server.trusted_proxies', '127.0.0.1', '--net.reactors', '1'];
    const site = await startSite({ test: context, args });
    const story = await addStory(site);
    const shown = new URL(story.url).pathname;
    const page = await get(story.url, { headers: { 'X-Forwarded-For': '198.51.100.23', Referer: 'https://a.example/x?token=secret', 'User-Agent': 'Test "1"\\' } });
    await get(`${site.url}/search?q=secret`, { headers: { 'X-Forwarded-For': '2001:db8:1:2::3' } });
    await get(`${site.url}/a%22%0A203.0.113.9`);
    await rawRequest(site.url, 'GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: A\rB\r\n\r\n');
    const lines = await linesOnce(site, 4);
    const parsed = lines.map((line) => COMBINED.exec(line));
    assert.ok(parsed.every(Boolean), lines.join('\n'));
    assert.deepEqual(parsed[0].slice(3), [`GET ${shown} HTTP/1.1`, '200', String(page.body.length), 'https://a.example/x', 'Test \\"1\\"\\\\']);
    assert.equal(parsed[0][1], '198.51.100.0');
    assert.deepEqual([parsed[1][1], parsed[1][3]], ['2001:db8:1::', 'GET /search HTTP/1.1']);
    assert.deepEqual(parsed[2].slice(3, 5), ['GET /a%22%0A203.0.113.9 HTTP/1.1', '404']);
    assert.deepEqual(parsed[3].slice(3, 5), ['-', '400']);
    assert.ok(!lines.join('\n').includes('secret'));
    assert.equal(fs.statSync(path.join(site.dir, 'access.log')).mode & 0o777, 0o640);
  });

  test('as JSON has no reply\'s text and no address that is not to be kept, and goes on in a new file', async (context) => {
    const args = [...LOG, '--log.format', 'json', '--log.addresses', 'none', '--log.files', '0'];
    const site = await startSite({ test: context, args });
    const story = await addStory(site);
    const form = await replyForm(site, story);
    await form.send({ name: 'Secretive', email: 'secret@mail.example', text: 'My secret.' });
    const write = await until(() => logLines(site).map((line) => JSON.parse(line)).find(({ method }) => method === 'POST'), 'the reply is in the log');
    assert.deepEqual({ ...write, time: 0, bytes: 0, seconds: 0, referrer: 0, agent: 0, path: 0, status: 0 },
      { time: 0, address: null, method: 'POST', path: 0, status: 0, bytes: 0, seconds: 0, class: 'write', referrer: 0, agent: 0 });
    assert.match(write.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.doesNotMatch(logLines(site).join('\n'), /secret/i);
    const file = path.join(site.dir, 'access.log');
    fs.renameSync(file, `${file}.1`);
    await until(async () => {
      await get(story.url);
      return fs.existsSync(file) && logLines(site).length > 0;
    }, 'the log goes on in a new file');
  });

  test('is refused where it can\'t be', async (context) => {
    const site = await makeSite({ test: context });
    const done = await site.courant(['serve', '--listen', '127.0.0.1:0', '--log.path', 'not/there/access.log']);
    assert.equal(done.code, 1);
    assert.match(done.stderr, /^courant: log\.path: not\/there\/access\.log can't be opened as a file to write to: [^\n]+\n$/);
  });
});
