'use strict';
// A reply by raw HTTP: what is accepted, what is refused and how, and that nothing a reader wrote is
// lost or doubled.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { startSite, get, post, visitor, addStory, replyForm, repliesOn, REPLY } = require('../support');

let site;
let story;

before(async () => {
  site = await startSite();
  story = await addStory(site, { headline: 'A story to reply to' });
});
after(() => site.stop());

const pathOf = (url) => new URL(url).pathname;
const locationOf = (answer) => new URL(answer.headers.location, site.url);
const repliesNow = async (of = story) => repliesOn((await get(of.url)).text);
const decoded = (html) =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
const textareaOf = (html) => decoded(/<textarea[^>]*name="text"[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(html)[1]);
const inputOf = (html, name) => {
  const input = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)[0];
  return decoded(/ value="([^"]*)"/.exec(input)[1]);
};
const errorOf = (html, name) =>
  decoded(new RegExp(`<p class="field-error" id="reply-${name}-error">([^<]*)</p>`).exec(html)[1]);

// A form body of bytes that URLSearchParams would not make: values are %XX already.
const rawBody = (key, fields) =>
  Object.entries({ key, name: 'R', email: 'r%40example.org', website: '', text: 'T', ...fields })
    .map(([name, value]) => `${name}=${value}`).join('&');

describe('A reply that is sent', () => {
  test('is answered 303 to its place, and stands there for everybody', async () => {
    const form = await replyForm(site, story);
    const answer = await form.send({ name: 'Hanan', text: 'First line\nsecond line\n\nhttps://example.org/a?b=1&c=2 <b>bold</b>' });
    assert.strictEqual(answer.status, 303);
    assert.strictEqual(answer.headers['cache-control'], 'no-store');
    const place = locationOf(answer);
    assert.strictEqual(place.pathname, pathOf(story.url));
    const reply = (await repliesNow()).find(({ id }) => place.hash === `#reply-${id}`);
    assert.ok(reply, place.href);
    assert.match(reply.html, /<bdi>Hanan<\/bdi>/);
    assert.match(reply.html, /First line<br>\s*second line/);
    assert.match(reply.html, /<a href="https:\/\/example\.org\/a\?b=1&amp;c=2" rel="nofollow ugc">/);
    assert.match(reply.html, /&lt;b&gt;bold&lt;\/b&gt;/);
  });

  test('shows a website and never an e-mail address', async () => {
    const form = await replyForm(site, story);
    await form.send({ name: 'Rami', email: 'rami.secret@example.org', website: 'example.org/rami', text: 'With a website.' });
    const { text } = await get(story.url);
    assert.ok(!text.includes('rami.secret'), 'the address is on the page');
    const reply = repliesOn(text).find(({ html }) => html.includes('With a website.'));
    assert.match(reply.html, /<a href="https:\/\/example\.org\/rami" rel="nofollow ugc"><bdi>Rami<\/bdi><\/a>/);
    const kept = (await site.must(['reply', 'list', '--story', String(story.id)])).find(({ name }) => name === 'Rami');
    assert.strictEqual(kept.email, 'rami.secret@example.org');
  });

  test('is one reply when it is sent twice with one key, at one place', async () => {
    const form = await replyForm(site, story);
    const before = (await repliesNow()).length;
    const [first, second] = [await form.send({ text: 'Once.' }), await form.send({ text: 'Once.' })];
    assert.strictEqual(first.status, 303);
    assert.strictEqual(second.status, 303);
    assert.strictEqual(first.headers.location, second.headers.location);
    assert.strictEqual((await repliesNow()).length, before + 1);
  });

  test('is one reply when it is sent twenty times at once with one key', async () => {
    const form = await replyForm(site, story);
    const before = (await repliesNow()).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => form.send({ text: 'At once.' })));
    assert.deepStrictEqual(new Set(answers.map(({ status }) => status)), new Set([303]));
    assert.strictEqual(new Set(answers.map(({ headers }) => headers.location)).size, 1);
    assert.strictEqual((await repliesNow()).length, before + 1);
  });

  test('is not dropped when its key was used for other words', async () => {
    const form = await replyForm(site, story);
    const first = await form.send({ text: 'The first words.' });
    const other = await form.send({ text: 'Quite other words.' });
    const isStored = (await repliesNow()).some(({ html }) => html.includes('Quite other words.'));
    const isAsked = other.status === 200 && inputOf(other.text, 'text') === 'Quite other words.';
    assert.ok(isStored || isAsked, `${other.status} ${other.headers.location}`);
    assert.notStrictEqual(other.headers.location, first.headers.location);
  });

  test('waits to be confirmed when its key is missing, made up, another reader\'s or another form\'s', async () => {
    const [own, other] = [await replyForm(site, story), await replyForm(site, story)];
    const before = (await repliesNow()).length;
    const flipped = own.key.slice(0, -1) + (own.key.endsWith('A') ? 'B' : 'A');
    for (const key of ['', 'x', other.key, flipped, own.key.slice(1), `${own.key}A`, 'A'.repeat(5000)]) {
      const answer = await own.send({ key, text: `With the key “${key.slice(0, 9)}”` });
      assert.strictEqual(answer.status, 200, key);
      assert.match(answer.text, /Check your reply and send it/);
      assert.strictEqual(inputOf(answer.text, 'text'), `With the key “${key.slice(0, 9)}”`);
    }
    const foreign = await post(`${site.url}/reply/${story.id}`, { key: own.key, ...REPLY });
    assert.strictEqual(foreign.status, 200, 'a key without its cookie');
    assert.strictEqual((await repliesNow()).length, before);
  });

  test('without JavaScript is confirmed once, however often the button is pressed', async () => {
    const reader = visitor(site.url);
    const before = (await repliesNow()).length;
    const words = { ...REPLY, name: 'No Script', text: 'Line one\r\nline two & <more>' };
    const asked = await reader.post(`/reply/${story.id}`, { key: '', ...words });
    assert.strictEqual(asked.status, 200);
    assert.strictEqual(asked.headers['cache-control'], 'no-store');
    assert.match(asked.text, /Line one<br>\s*line two &amp; &lt;more&gt;/);
    const fields = Object.fromEntries(['key', 'name', 'email', 'website', 'text'].map((name) => [name, inputOf(asked.text, name)]));
    const answers = await Promise.all([reader.post(`/reply/${story.id}`, fields), reader.post(`/reply/${story.id}`, fields)]);
    assert.deepStrictEqual(answers.map(({ status }) => status), [303, 303]);
    assert.strictEqual(answers[0].headers.location, answers[1].headers.location);
    assert.strictEqual((await repliesNow()).length, before + 1);
    const changed = await reader.post(`/reply/${story.id}`, { ...fields, text: 'Other words under the same key.' });
    assert.strictEqual(changed.status, 200, 'other words need another confirmation');
    assert.strictEqual((await repliesNow()).length, before + 1);
  });

  test('may come in chunks, and with fields in any order and encoding of letters', async () => {
    const form = await replyForm(site, story);
    const body = `text=In+chunks+%e2%80%9c+%C3%A9&name=%52&email=r@example.org&website=&key=${form.key}`;
    const answer = await form.reader.post(`/reply/${story.id}`, body, { headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' } });
    assert.strictEqual(answer.status, 303);
    assert.ok((await repliesNow()).some(({ html }) => html.includes('In chunks “ é')));
  });
});

describe('A reply with something wrong', () => {
  const wrong = [
    ['an empty name', { name: '' }, 'name', 'Write your name: the field is empty.'],
    ['a name of spaces', { name: '%20%C2%A0%20' }, 'name', 'Write your name: the field is empty.'],
    ['a name of 61 characters', { name: '%C3%A9'.repeat(61) }, 'name', 'Shorten your name: it may have 60 characters.'],
    ['a name without a letter', { name: '%E2%80%A6!' }, 'name', 'Write your name with at least one letter or digit.'],
    ['a name on two lines', { name: 'a%0Ab' }, 'name', /can't be shown/],
    ['a NUL in the name', { name: 'a%00b' }, 'name', /can't be shown/],
    ['a name that is not UTF-8', { name: 'a%FFb' }, 'name', /can't be shown/],
    ['a control character in the name', { name: 'a%07b' }, 'name', /can't be shown/],
    ['a pile of marks in the name', { name: `a${'%CC%80'.repeat(12)}` }, 'name', /can't be shown/],
    ['no e-mail address', { email: '' }, 'email', /never shown/],
    ['an e-mail address without @', { email: 'reader.example.org' }, 'email', /name@example\.org/],
    ['an e-mail address with a line end', { email: 'a%40b.org%0D%0ABcc%3A+c%40d.org' }, 'email', /name@example\.org/],
    ['a NUL in the e-mail address', { email: 'a%40b.org%00' }, 'email', /name@example\.org|it is needed/],
    ['an over-long e-mail address', { email: `${'a'.repeat(60)}%40${'b.'.repeat(120)}org` }, 'email', /name@example\.org/],
    ['a script for a website', { website: 'javascript%3Aalert(1)' }, 'website', /https:\/\/example\.org/],
    ['a data address for a website', { website: 'data%3Atext%2Fhtml%2Cx' }, 'website', /https:\/\/example\.org/],
    ['a website that is not UTF-8', { website: '%FF.org' }, 'website', /https:\/\/example\.org/],
    ['a NUL in the website', { website: 'example.org%00' }, 'website', /https:\/\/example\.org/],
    ['an over-long website', { website: `https%3A%2F%2Fexample.org%2F${'a'.repeat(300)}` }, 'website', /300 characters/],
    ['no text', { text: '' }, 'text', 'Write your reply: the text is empty.'],
    ['a text of spaces and lines', { text: '%20%0A%09%C2%A0' }, 'text', 'Write your reply: the text is empty.'],
    ['a NUL in the text', { text: 'a%00b' }, 'text', /can't be shown/],
    ['a text that is not UTF-8', { text: 'a%C3(b' }, 'text', /can't be shown/],
    ['an overlong form in the text', { text: 'a%C0%AFb' }, 'text', /can't be shown/],
    ['a surrogate in the text', { text: 'a%ED%A0%80b' }, 'text', /can't be shown/],
    ['a control character in the text', { text: 'a%1B[31mb' }, 'text', /can't be shown/],
    ['a C1 control character in the text', { text: 'a%C2%9Bb' }, 'text', /can't be shown/],
    ['a text of 10,001 characters', { text: '%D8%A7'.repeat(10_001) }, 'text', 'Shorten your reply: it may have 10,000 characters.'],
  ];
  for (const [what, fields, field, sentence] of wrong) {
    test(`${what}: 422, the sentence beside the field, the words kept, nothing stored`, async () => {
      const form = await replyForm(site, story);
      const before = (await repliesNow()).length;
      const sent = { name: 'Kept Name', email: 'kept%40example.org', website: 'kept.example.org', text: 'Kept text', ...fields };
      const answer = await form.reader.post(`/reply/${story.id}`, rawBody(form.key, sent));
      assert.strictEqual(answer.status, 422);
      assert.match(answer.headers['content-type'], /^text\/html/);
      const said = errorOf(answer.text, field);
      if (sentence instanceof RegExp) assert.match(said.replaceAll('’', "'"), sentence);
      else assert.strictEqual(said, sentence);
      assert.match(answer.text, new RegExp(`id="reply-${field}"[^>]*aria-invalid="true"`));
      for (const other of ['name', 'email', 'website', 'text'].filter((name) => name !== field))
        assert.strictEqual(errorOf(answer.text, other), '', other);
      const shown = { name: inputOf(answer.text, 'name'), email: inputOf(answer.text, 'email'),
        website: inputOf(answer.text, 'website'), text: textareaOf(answer.text) };
      for (const [name, value] of Object.entries(sent))
        assert.strictEqual(shown[name], showable(value), `${name} was not kept`);
      assert.strictEqual((await repliesNow()).length, before);
    });
  }

  // What the form gives back: the characters as they were, U+FFFD for what none can show. Of broken
  // UTF-8 only that the rest stays is promised.
  const BROKEN = /%(FF|C3\(|C0%AF|ED%A0%80|00|07|1B|C2%9B)/gi;
  function showable(value) {
    return decodeURIComponent(value.replaceAll('+', ' ').replace(BROKEN, (bytes) =>
      bytes === '%C3(' ? '%EF%BF%BD(' : '%EF%BF%BD'.repeat({ '%C0%AF': 2, '%ED%A0%80': 3 }[bytes] || 1)));
  }

  test('every field wrong: a sentence beside each, and in the summary', async () => {
    const form = await replyForm(site, story);
    const answer = await form.send({ name: '', email: 'x', website: 'x', text: ' ' });
    assert.strictEqual(answer.status, 422);
    for (const field of ['name', 'email', 'website', 'text']) {
      const sentence = errorOf(answer.text, field);
      assert.ok(sentence.length > 0, field);
      assert.ok(decoded(answer.text).includes(`<li><a href="#reply-${field}">${sentence}</a></li>`), field);
    }
  });

  test('is told so in the language of the story', async () => {
    const arabic = await addStory(site, { headline: 'خبر للرد', lang: 'ar' });
    const answer = await (await replyForm(site, arabic)).send({ text: '' });
    assert.strictEqual(answer.status, 422);
    assert.match(answer.text, /<html lang="ar" dir="rtl">/);
    assert.match(errorOf(answer.text, 'text'), /[\u0600-\u06ff]/);
  });

  test('of just 10,000 characters and a name of 60 is whole on the page', async () => {
    const form = await replyForm(site, story);
    const [name, text] = ['é'.repeat(60), 'ا'.repeat(10_000)];
    assert.strictEqual((await form.send({ name, text })).status, 303);
    const { html } = (await repliesNow()).at(-1);
    assert.ok(html.includes(text) && html.includes(name), 'something was cut');
  });
});

describe('A form that no page of this site sent', () => {
  const refuses = async (status, headers, body) => {
    const before = (await repliesNow()).length;
    const form = await replyForm(site, story);
    const answer = await form.reader.post(`/reply/${story.id}`, body ?? { key: form.key, ...REPLY }, { headers });
    assert.strictEqual(answer.status, status, JSON.stringify(headers));
    assert.strictEqual((await repliesNow()).length, before);
    return answer;
  };

  test('is refused with 403 by what the browser says of its origin', async () => {
    for (const value of ['cross-site', 'same-site', 'Cross-Site', 'x']) await refuses(403, { 'Sec-Fetch-Site': value });
    const { host } = new URL(site.url);
    for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, `http://evil.example/${host}`,
      'http://', `ftp://${host}`, `http://evil@${host}`, 'http://127.0.0.1:1'])
      await refuses(403, { Origin: origin });
    await refuses(403, { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' });
  });

  test('is accepted when the browser says that the page is ours, or says nothing', async () => {
    for (const headers of [{}, { 'Sec-Fetch-Site': 'same-origin', Origin: site.url }, { 'Sec-Fetch-Site': 'none' }])
      assert.strictEqual((await (await replyForm(site, story)).send({ text: 'Ours.' }, { headers })).status, 303);
  });

  test('is refused with 415 when it is no form', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '', 'application/x-www-form-urlencoded-not'])
      await refuses(415, { 'Content-Type': type });
  });

  test('is refused with 422 and its words kept when a field is unknown, missing or there twice', async () => {
    const { key } = await replyForm(site, story);
    for (const body of [`${rawBody(key)}&admin=1`, `${rawBody(key)}&name=Twice`, `${rawBody(key)}&%00=1`]) {
      const { text } = await refuses(422, {}, body);
      assert.strictEqual(textareaOf(text), 'T');
      assert.strictEqual(inputOf(text, 'name'), 'R');
    }
    for (const body of ['key=x', '', 'name=a&email=b%40c.org', rawBody(key).replace('text=', 'Text=')])
      await refuses(422, {}, body);
  });

  test('is refused with 413 when it is larger than any reply', async () => {
    await refuses(413, {}, rawBody('x', { text: 'a'.repeat(300_000) }));
  });

  test('is told that the story is gone or was never there', async () => {
    const gone = await addStory(site, { headline: 'Withdrawn later' });
    const draft = await addStory(site, { headline: 'Not yet', publish: false });
    const form = await replyForm(site, gone);
    await site.must(['story', 'withdraw', String(gone.id)]);
    const to = (where) => form.reader.post(where, { key: form.key, ...REPLY });
    assert.strictEqual((await to(`/reply/${gone.id}`)).status, 410);
    assert.strictEqual((await form.reader.get(`/reply/${gone.id}`)).status, 410);
    for (const where of [`/reply/${draft.id}`, '/reply/999999', '/reply/0', '/reply/-1', '/reply/x', '/reply/99999999999999999999'])
      assert.strictEqual((await to(where)).status, 404, where);
  });
});

describe('After the disk has failed', () => {
  test('a reply is answered 503 with every word kept, pages go on, and sent again it is stored once', async (context) => {
    const locked = await startSite({ test: context });
    const of = await addStory(locked);
    const form = await replyForm(locked, of);
    const words = { name: 'Patient Reader', website: 'patient.example', text: 'Worth <waiting> for.\nTwice.' };
    await get(of.url);
    await locked.breakDisk();
    const refused = await form.send(words);
    assert.strictEqual(refused.status, 503);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.strictEqual(textareaOf(refused.text), words.text);
    for (const name of ['name', 'website']) assert.strictEqual(inputOf(refused.text, name), words[name]);
    const again = { ...words, key: inputOf(refused.text, 'key') };
    assert.strictEqual(again.key, form.key);
    assert.strictEqual((await get(of.url)).status, 200);
    assert.match((await get(`${locked.url}/healthz`)).text, /^read-only/);
    await locked.kill9();
    await locked.restart({ listen: new URL(locked.url).host });
    assert.strictEqual((await form.send(again)).status, 303);
    assert.strictEqual((await form.send(again)).status, 303);
    assert.strictEqual(repliesOn((await get(of.url)).text).length, 1);
  });
});

describe('When the database can not be read either', () => {
  test('a reply is refused with its words kept, in a page that stands without it', async (context) => {
    const broken = await startSite({ test: context });
    const of = await addStory(broken);
    const form = await replyForm(broken, of);
    fs.truncateSync(path.join(broken.dir, 'courant.db'), 0);
    const refused = await form.send({ name: 'Patient Reader', text: 'Still here.\nEvery line.' });
    assert.ok(refused.status >= 500, String(refused.status));
    assert.strictEqual(textareaOf(refused.text), 'Still here.\nEvery line.');
    assert.strictEqual(inputOf(refused.text, 'name'), 'Patient Reader');
    assert.strictEqual(inputOf(refused.text, 'key'), form.key);
    assert.match(refused.text, new RegExp(`action="/reply/${of.id}"`));
    assert.match(refused.text, /<html lang="en" dir="ltr">/);
    assert.match(refused.text, /rel="stylesheet"/);
  });
});

describe('More replies than a page can hold', () => {
  test('go on, on later pages, and each is led to where it stands', async (context) => {
    const many = await startSite({ test: context });
    const of = await addStory(many);
    const long = 'x'.repeat(9_990);
    let last;
    for (let number = 1; number <= 102; number++) {
      last = await (await replyForm(many, of)).send({ text: `${number} ${long}` });
      assert.strictEqual(last.status, 303);
    }
    const first = await get(of.url);
    assert.strictEqual(repliesOn(first.text).length, 100);
    assert.match(first.text, /102 replies/);
    const later = /href="([^"]*replies-after=\d+#replies)"/.exec(first.text)[1];
    const second = await get(new URL(later, many.url));
    assert.strictEqual(repliesOn(second.text).length, 2);
    const where = new URL(last.headers.location, many.url);
    const own = await get(where);
    assert.match(own.text, new RegExp(`id="${where.hash.slice(1)}"`));
    for (const query of ['replies-after=9999999', 'replies-after=x', 'replies-after=1&replies-after=2'])
      assert.strictEqual((await get(`${of.url}?${query}`)).status, 404, query);
    for (const query of ['replies-after=9999999', 'replies-after=x'])
      assert.match((await get(`${of.url}?${query}`)).text, /<a class="button" href="[^"]+">Back to the story<\/a>/);
  });
});

describe('Too many replies from one address', () => {
  test('are refused with 429 and the words kept, while other addresses may go on', async (context) => {
    const busy = await startSite({ test: context, args: ['--replies.per_hour', '3'] });
    const of = await addStory(busy);
    const form = await replyForm(busy, of);
    let lastKey;
    const send = async (text, localAddress) => {
      lastKey = JSON.parse((await form.reader.get(`/reply/${of.id}/key`)).text).key;
      return form.send({ text, name: 'Kept Name', website: 'kept.example', key: lastKey }, { localAddress });
    };
    for (let count = 1; count <= 3; count++) assert.strictEqual((await send(`Number ${count}`, '127.0.0.2')).status, 303);
    const pressedAgain = await form.send({ text: 'Number 3', name: 'Kept Name', website: 'kept.example', key: lastKey }, { localAddress: '127.0.0.2' });
    assert.strictEqual(pressedAgain.status, 303, 'what was accepted is not refused when it is pressed again');
    const refused = await send('One too many <b>', '127.0.0.2');
    assert.strictEqual(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.strictEqual(textareaOf(refused.text), 'One too many <b>');
    assert.strictEqual(inputOf(refused.text, 'name'), 'Kept Name');
    assert.strictEqual(inputOf(refused.text, 'website'), 'kept.example');
    assert.match(refused.text, /You have sent many replies in a short time/);
    assert.strictEqual((await send('From another address', '127.0.0.3')).status, 303);
    const forged = await form.send({ text: 'Forged' }, { localAddress: '127.0.0.2', headers: { 'X-Forwarded-For': '198.51.100.7' } });
    assert.strictEqual(forged.status, 429, 'who is not a trusted proxy can not name another address');
    assert.strictEqual(repliesOn((await get(of.url)).text).length, 4);
  });

  test('are counted by the address that a trusted proxy names', async (context) => {
    const busy = await startSite({ test: context, args: ['--replies.per_hour', '1', '--server.trusted_proxies', '127.0.0.2'] });
    const of = await addStory(busy);
    const statuses = [];
    for (const named of ['198.51.100.7', '198.51.100.7', '203.0.113.9', '198.51.100.7, 203.0.113.9', '2001:db8:1:2::1', '2001:db8:1:2:3::4']) {
      const form = await replyForm(busy, of);
      const answer = await form.send({ text: named }, { localAddress: '127.0.0.2', headers: { 'X-Forwarded-For': named } });
      statuses.push(answer.status);
    }
    assert.deepStrictEqual(statuses, [303, 429, 303, 429, 303, 429]);
  });
});
