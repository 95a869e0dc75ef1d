'use strict';
// Bytes that no browser sends. What can be read in two ways is refused and the connection closed,
// so that nobody before or behind this server can be made to see another request than it does.

const assert = require('node:assert');
const net = require('node:net');
const { after, before, describe, test } = require('node:test');
const { startSite, get, rawRequest, addStory, replyForm, repliesOn, REPLY } = require('../support');

let site;
let story;
let host;

before(async () => {
  site = await startSite({ args: ['--net.header_timeout', '1s', '--net.body_timeout', '1s', '--net.idle_timeout', '1s'] });
  host = new URL(site.url).host;
  story = await addStory(site, { headline: 'Still served' });
});
after(() => site.stop());

const FORM = 'Content-Type: application/x-www-form-urlencoded';

// Lines of a request, with HOST, STORY and FORM filled in, ended as HTTP wants it.
const filled = (text) => text.replaceAll('HOST', host).replaceAll('STORY', `/reply/${story.id}`).replaceAll('FORM', FORM);
const head = (...lines) => filled(`${lines.join('\r\n')}\r\n\r\n`);

// A second request rides along: were the first one's end read wrongly, it would be answered.
const SMUGGLED = 'GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n';

async function isRefused(bytes, status, what) {
  const { answers, closed } = await rawRequest(site.url, bytes);
  assert.strictEqual(closed, true, `${what}: the connection stayed open`);
  assert.deepStrictEqual(answers.map((answer) => answer.status), [status], what);
  assert.strictEqual(answers[0].headers.connection, 'close', what);
  assert.strictEqual(answers[0].headers['cache-control'], 'no-store', what);
}

describe('A request that can be read in more than one way gets 400, alone, and the connection ends:', () => {
  const cases = {
    'no request at all': 'hello\r\n\r\n',
    'binary noise': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'no version': 'GET /\r\nHost: HOST\r\n\r\n',
    'two spaces before the target': 'GET  / HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'two spaces before the version': 'GET /  HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a tab for a space': 'GET\t/\tHTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a space at the line\'s end': 'GET / HTTP/1.1 \r\nHost: HOST\r\n\r\n',
    'a space before the method': ' GET / HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'small letters in the version': 'GET / http/1.1\r\nHost: HOST\r\n\r\n',
    'a version with more digits': 'GET / HTTP/1.10\r\nHost: HOST\r\n\r\n',
    'a bare line feed': 'GET / HTTP/1.1\nHost: HOST\n\n',
    'a bare line feed between fields': 'GET / HTTP/1.1\r\nHost: HOST\nX: y\r\n\r\n',
    'a bare carriage return in a value': 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\rb\r\n\r\n',
    'a NUL in the target': 'GET /\0 HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a NUL in a value': 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\0b\r\n\r\n',
    'a control character in a value': 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\x01b\r\n\r\n',
    'a space before the colon': 'GET / HTTP/1.1\r\nHost : HOST\r\n\r\n',
    'a folded line': 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n',
    'a field before its name': 'GET / HTTP/1.1\r\n Host: HOST\r\n\r\n',
    'a field without a colon': 'GET / HTTP/1.1\r\nHost: HOST\r\nnonsense\r\n\r\n',
    'a field without a name': 'GET / HTTP/1.1\r\nHost: HOST\r\n: value\r\n\r\n',
    'a name that is no token': 'GET / HTTP/1.1\r\nHost: HOST\r\nX(y): z\r\n\r\n',
    'no Host': 'GET / HTTP/1.1\r\n\r\n',
    'two Hosts': 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n',
    'an empty Host': 'GET / HTTP/1.1\r\nHost:\r\n\r\n',
    'a Host with a path': 'GET / HTTP/1.1\r\nHost: HOST/x\r\n\r\n',
    'a Host with a user': 'GET / HTTP/1.1\r\nHost: a@HOST\r\n\r\n',
    'a list of Hosts': 'GET / HTTP/1.1\r\nHost: HOST, HOST\r\n\r\n',
    'a target of another host than Host': 'GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a target that is no path': 'GET politics HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a fragment in the target': 'GET /#x HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'a broken escape in the target': 'GET /%4 HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'bare UTF-8 in the target': 'GET /\xd8\xa7 HTTP/1.1\r\nHost: HOST\r\n\r\n',
    '* for GET': 'GET * HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'Content-Length and Transfer-Encoding': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two equal Content-Lengths': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde',
    'two different Content-Lengths': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde',
    'a list of Content-Lengths': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 5, 5\r\n\r\nabcde',
    'a signed Content-Length': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: +5\r\n\r\nabcde',
    'a negative Content-Length': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: -1\r\n\r\n',
    'a Content-Length in hexadecimal': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 0x5\r\n\r\nabcde',
    'a Content-Length past all numbers': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 99999999999999999999\r\n\r\n',
    'an empty Content-Length': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length:\r\n\r\n',
    'an empty Transfer-Encoding': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n',
    'two Transfer-Encodings': 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'chunks in HTTP/1.0': 'POST STORY HTTP/1.0\r\nHost: HOST\r\nFORM\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(cases))
    test(what, () => isRefused(filled(bytes + SMUGGLED), 400, what));
});

describe('Chunks that can be read in more than one way get 400, alone, and the connection ends:', () => {
  const cases = {
    'a size that is no number': 'x\r\n',
    'no size': '\r\n0\r\n\r\n',
    'a signed size': '+5\r\nabcde\r\n0\r\n\r\n',
    'a size with 0x': '0x5\r\nabcde\r\n0\r\n\r\n',
    'a size past all numbers': 'fffffffffffffffff\r\n',
    'a space before the size': ' 5\r\nabcde\r\n0\r\n\r\n',
    'a space after the size': '5 \r\nabcde\r\n0\r\n\r\n',
    'a bare line feed after the size': '5\nabcde\r\n0\r\n\r\n',
    'more bytes than the size': '5\r\nabcdef\r\n0\r\n\r\n',
    'a bare line feed after the bytes': '5\r\nabcde\n0\r\n\r\n',
    'a line feed in an extension': '5;a\n=b\r\nabcde\r\n0\r\n\r\n',
    'a field that is none at the end': '5\r\nabcde\r\n0\r\nbad field\r\n\r\n',
  };
  for (const [what, chunks] of Object.entries(cases)) {
    test(what, () =>
      isRefused(head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', 'Transfer-Encoding: chunked') + filled(chunks + SMUGGLED), 400, what));
  }
});

describe('What is understood and not done here is refused by its name:', () => {
  const cases = {
    'HTTP/2 without having asked': [505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    'HTTP/0.9 with a version': [505, 'GET / HTTP/0.9\r\nHost: HOST\r\n\r\n'],
    'CONNECT': [501, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    'gzip as a transfer coding': [501, 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    'an unknown expectation': [417, 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 5\r\nExpect: a-miracle\r\n\r\n'],
    'an address that is too long': [414, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`],
    'a field that is too long': [431, `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`],
    'too many fields': [431, `GET / HTTP/1.1\r\nHost: HOST\r\n${'X: y\r\n'.repeat(2000)}\r\n`],
    'a body that is too large': [413, 'POST STORY HTTP/1.1\r\nHost: HOST\r\nFORM\r\nContent-Length: 99999999\r\n\r\n'],
  };
  for (const [what, [status, bytes]] of Object.entries(cases))
    test(`${what}: ${status}`, () => isRefused(filled(bytes), status, what));

  test('chunks whose sum is too large: 413', async () => {
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    await isRefused(head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', 'Transfer-Encoding: chunked') + chunk.repeat(6), 413, 'the sum');
  });
});

// Sends the parts, each when the one before has gone out, and keeps its side open.
function slowly(parts) {
  const { hostname, port } = new URL(site.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    const began = Date.now();
    let got = '';
    const deadline = setTimeout(() => reject(new Error(`still open: ${got}`)), 20_000);
    socket.on('connect', () => parts.forEach((part) => socket.write(part)));
    socket.on('data', (bytes) => (got += bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      socket.destroy();
      resolve({ got, tookMs: Date.now() - began });
    });
  });
}

describe('Who is slow', () => {
  test('with the head of a request gets 408 and the end, in time', async () => {
    const { got, tookMs } = await slowly([filled('GET / HTTP/1.1\r\nHost: HO'), 'ST']);
    assert.match(got, /^HTTP\/1\.1 408 [\s\S]*Connection: close\r\n/i);
    assert.ok(tookMs >= 900 && tookMs < 10_000, `${tookMs} ms`);
  });

  test('with the body of a form gets 408 and the end, in time', async () => {
    const { got, tookMs } = await slowly([head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', 'Content-Length: 50'), 'name=']);
    assert.match(got, /^HTTP\/1\.1 408 /);
    assert.ok(tookMs >= 900 && tookMs < 10_000, `${tookMs} ms`);
  });

  test('and says nothing at all is let go without a word', async () => {
    assert.strictEqual((await slowly([])).got, '');
    const idle = await slowly([head('GET /healthz HTTP/1.1', 'Host: HOST')]);
    assert.match(idle.got, /^HTTP\/1\.1 200 [\s\S]*ok\n$/, 'nothing follows the answer');
  });
});

describe('On one connection', () => {
  test('requests sent together are answered in their order, whoever answers first', async () => {
    const paths = ['/healthz', '/nothing/1', '/', '/nothing/2', '/feed.xml', '/healthz', '/ar', '/nothing/3'];
    const bytes = paths.map((path, index) =>
      head(`GET ${path} HTTP/1.1`, 'Host: HOST', ...(index === paths.length - 1 ? ['Connection: close'] : []))).join('');
    const { answers, closed } = await rawRequest(site.url, bytes);
    assert.strictEqual(closed, true);
    assert.deepStrictEqual(answers.map(({ status }) => status), [200, 404, 200, 404, 200, 200, 200, 404]);
    assert.strictEqual(answers[0].body.toString(), 'ok\n');
    assert.match(answers[4].headers['content-type'], /rss/);
    assert.match(answers[6].body.toString(), /<html lang="ar"/);
  });

  test('200 requests that come byte by byte in two pieces are all answered', async () => {
    const bytes = head('GET /healthz HTTP/1.1', 'Host: HOST').repeat(199) + head('GET /healthz HTTP/1.1', 'Host: HOST', 'Connection: close');
    const { answers } = await rawRequest(site.url, bytes);
    assert.strictEqual(answers.length, 200);
    assert.ok(answers.every(({ status }) => status === 200));
  });

  test('what follows a refused request is not answered', async () => {
    const bytes = head('GET /healthz HTTP/1.1', 'Host: HOST') + head('GET / HTTP/1.1', 'Host : HOST') + filled(SMUGGLED);
    const { answers, closed } = await rawRequest(site.url, bytes);
    assert.deepStrictEqual(answers.map(({ status }) => status), [200, 400]);
    assert.strictEqual(closed, true);
  });

  test('a client that has ended its side still gets its answers', async () => {
    const { hostname, port } = new URL(site.url);
    const got = await new Promise((resolve, reject) => {
      const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      let text = '';
      socket.on('data', (bytes) => (text += bytes.toString('latin1')));
      socket.on('error', reject);
      socket.on('end', () => resolve(text));
      socket.end(head('GET /nothing HTTP/1.1', 'Host: HOST') + head('GET /healthz HTTP/1.1', 'Host: HOST'));
    });
    assert.deepStrictEqual([...got.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status), ['404', '200']);
  });

  test('HTTP/1.0 is answered and then the connection ends', async () => {
    const { answers, closed } = await rawRequest(site.url, head('GET / HTTP/1.0', 'Host: HOST'));
    assert.deepStrictEqual([answers[0].status, closed], [200, true]);
  });

  test('an absolute target of this site is its page', async () => {
    const { answers } = await rawRequest(site.url, head('GET http://HOST/healthz HTTP/1.1', 'Host: HOST', 'Connection: close'));
    assert.strictEqual(answers[0].body.toString(), 'ok\n');
  });

  test('an empty line before a request is forgiven', async () => {
    const { answers } = await rawRequest(site.url, `\r\n${head('GET /healthz HTTP/1.1', 'Host: HOST', 'Connection: close')}`);
    assert.deepStrictEqual(answers.map(({ status }) => status), [200]);
  });
});

describe('A reply', () => {
  const formOf = async (text) => {
    const { reader, key } = await replyForm(site, story);
    const [[name, value]] = reader.cookies;
    return { cookie: `Cookie: ${name}=${value}`, body: new URLSearchParams({ key, ...REPLY, text }).toString() };
  };
  const isShown = async (text) => repliesOn((await get(story.url)).text).filter(({ html }) => html.includes(text)).length;

  test('in chunks of one byte, with extensions and trailers, is whole', async () => {
    const { cookie, body } = await formOf('In small chunks');
    const chunks = [...body].map((byte) => `1;x="y"\r\n${byte}\r\n`).join('');
    const bytes = head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', cookie, 'Transfer-Encoding: chunked') +
      `${chunks}0\r\nX-Trailer: yes\r\n\r\n${head('GET /healthz HTTP/1.1', 'Host: HOST', 'Connection: close')}`;
    const { answers } = await rawRequest(site.url, bytes);
    assert.deepStrictEqual(answers.map(({ status }) => status), [303, 200]);
    assert.strictEqual(await isShown('In small chunks'), 1);
  });

  test('whose sender first asks whether to go on is told 100, then answered', async () => {
    const { cookie, body } = await formOf('After 100');
    const { hostname, port } = new URL(site.url);
    const got = await new Promise((resolve, reject) => {
      const socket = net.connect({ host: hostname, port: Number(port) });
      let text = '';
      let isSent = false;
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (!isSent && text === 'HTTP/1.1 100 Continue\r\n\r\n') {
          isSent = true;
          socket.write(body);
        }
      });
      socket.write(head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', cookie, `Content-Length: ${body.length}`, 'Expect: 100-continue', 'Connection: close'));
    });
    assert.match(got, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 303 /);
    assert.strictEqual(await isShown('After 100'), 1);
  });

  test('whose sender asks first and is too large is refused without waiting for it', async () => {
    await isRefused(head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', 'Content-Length: 99999999', 'Expect: 100-continue'), 413, '413');
  });

  test('whose sender goes away in the middle of it is not stored', async () => {
    const { cookie, body } = await formOf('Half of it');
    const { hostname, port } = new URL(site.url);
    await new Promise((resolve) => {
      const socket = net.connect({ host: hostname, port: Number(port) }, () => {
        socket.end(head('POST STORY HTTP/1.1', 'Host: HOST', 'FORM', cookie, `Content-Length: ${body.length + 5}`) + body);
      });
      socket.on('error', () => {});
      socket.on('close', resolve);
      socket.resume();
    });
    assert.strictEqual(await isShown('Half of it'), 0);
  });
});

test('After all this the story is still served', async () => {
  const answer = await get(story.url);
  assert.strictEqual(answer.status, 200);
  assert.match(answer.text, /Still served/);
});
