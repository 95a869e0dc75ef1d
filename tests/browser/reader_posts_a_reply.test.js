'use strict';
// A reader replies, with JavaScript and without, twice, too late, over a crash: one reply stands
// under the story, and no written word is lost.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { startSite, get, addStory, repliesOn, browser, openPage, until } = require('../support');

let site;
let chromium;

before(async () => {
  site = await startSite();
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});

const newStory = (headline) => addStory(site, { headline });
const repliesOf = async (story) => repliesOn((await get(new URL(new URL(story.url).pathname, site.url))).text);
const SUBMIT = '.reply-form [type=submit]';

async function visit(url, act, options) {
  const { context, page, problems, requests } = await openPage(chromium, options);
  try {
    await page.goto(url);
    await act(page, { requests, context, problems });
  } finally {
    await context.close();
  }
}

async function fill(page, { text = 'My reply.', name = 'Reader', email = 'reader@example.org', website = '' } = {}) {
  for (const [field, value] of Object.entries({ text, name, email, website })) await page.fill(`#reply-${field}`, value);
}

const send = async (page) => {
  await page.click(SUBMIT);
  await page.waitForURL(/#reply-\d+$/);
};
const hashOf = (page) => new URL(page.url()).hash;

describe('With JavaScript', () => {
  test('the key is fetched when the form is first touched, once, and not before', async () => {
    const story = await newStory('A key on focus');
    await visit(story.url, async (page, { requests }) => {
      const keys = () => requests.filter((request) => request.url().endsWith('/key')).length;
      await page.waitForLoadState('networkidle');
      assert.strictEqual(keys(), 0);
      assert.strictEqual(await page.inputValue('[name=key]'), '');
      await page.focus('#reply-text');
      await page.waitForFunction(() => document.querySelector('[name=key]').value !== '');
      await page.focus('#reply-name');
      await page.focus('#reply-text');
      assert.strictEqual(keys(), 1);
    });
  });

  test('the reader is led to the reply, which has its lines and links, and HTML as text', async () => {
    const story = await newStory('Lines and links');
    await visit(story.url, async (page, { problems }) => {
      await fill(page, { text: 'First line\nsecond line\n\nNew paragraph: https://example.org/x?a=1&b=2, <b>not bold</b> & “so on”.' });
      await send(page);
      const reply = page.locator(hashOf(page));
      assert.deepStrictEqual(await reply.locator('.reply-text p').evaluateAll((all) => all.map((one) => one.innerText)),
        ['First line\nsecond line', 'New paragraph: https://example.org/x?a=1&b=2, <b>not bold</b> & “so on”.']);
      const link = reply.locator('.reply-text a');
      assert.strictEqual(await link.getAttribute('href'), 'https://example.org/x?a=1&b=2');
      assert.strictEqual(await link.getAttribute('rel'), 'nofollow ugc');
      assert.strictEqual(await reply.locator('b').count(), 0);
      await until(() => reply.evaluate((element) => element.getBoundingClientRect().top < innerHeight), 'the reply is in view');
      assert.deepStrictEqual(problems, []);
    });
  });

  test('a button that is pressed twice sends one reply', async () => {
    const story = await newStory('Pressed twice');
    await visit(story.url, async (page) => {
      await fill(page);
      await page.dblclick(SUBMIT);
      await page.waitForURL(/#reply-\d+$/);
      assert.strictEqual((await repliesOf(story)).length, 1);
    });
  });

  test('a form that is sent before its key has come sends one reply all the same', async () => {
    const story = await newStory('Before the key');
    await visit(story.url, async (page) => {
      await page.evaluate(() => {
        for (const [name, value] of Object.entries({ text: 'Quick.', name: 'Quick', email: 'quick@example.org' }))
          document.querySelector(`[name=${name}]`).value = value;
        const button = document.querySelector('.reply-form [type=submit]');
        button.click();
        button.click();
      });
      await page.waitForURL(/#reply-\d+$/);
      assert.strictEqual((await repliesOf(story)).length, 1);
    });
  });

  test('going back and sending the same again gives one reply', async () => {
    const story = await newStory('Back and again');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'Just once.' });
      await send(page);
      const place = page.url();
      await page.goBack();
      await page.waitForURL(story.url);
      await fill(page, { text: 'Just once.' });
      await send(page);
      assert.strictEqual(page.url(), place);
      assert.strictEqual((await repliesOf(story)).length, 1);
    });
  });

  test('going back and sending other words gives both', async () => {
    const story = await newStory('Back and other words');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'The first thought.' });
      await send(page);
      await page.goBack();
      await page.waitForURL(story.url);
      await fill(page, { text: 'The second thought.' });
      await page.click(SUBMIT);
      await page.waitForURL(/#reply-\d+$/);
      const html = (await repliesOf(story)).map((reply) => reply.html).join();
      assert.ok(html.includes('The first thought.') && html.includes('The second thought.'), html);
    });
  });

  test('a draft is there again after a reload, is said to be, and is gone once it is sent', async () => {
    const story = await newStory('A draft');
    await visit(story.url, async (page) => {
      await page.locator('#reply-text').pressSequentially('Half a th');
      await page.reload();
      assert.strictEqual(await page.inputValue('#reply-text'), 'Half a th');
      await page.goto(site.url);
      await page.goto(story.url);
      assert.strictEqual(await page.inputValue('#reply-text'), 'Half a th');
      assert.strictEqual(await page.locator('.draft-note').isVisible(), true);
      await fill(page, { text: 'A whole thought.' });
      await send(page);
      await page.goto(site.url);
      await page.goto(story.url);
      assert.strictEqual(await page.inputValue('#reply-text'), '');
    });
  });

  test('a draft is not lost by following a link to another reply', async () => {
    const story = await newStory('A draft and a link');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'Somebody’s reply.' });
      await send(page);
      const place = page.url();
      await page.goto(site.url);
      await page.goto(story.url);
      await page.locator('#reply-text').pressSequentially('Still writing');
      await page.goto(site.url);
      await page.goto(place);
      assert.strictEqual(await page.inputValue('#reply-text'), 'Still writing');
    });
  });

  test('a reply that is refused says why beside each field, keeps every word and can be sent then', async () => {
    const story = await newStory('Refused first');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'Worth keeping <b>&amp;\n  and this.', name: '…', email: 'reader@localhost', website: 'no site' });
      await page.$eval('.reply-form', (form) => (form.noValidate = true));
      await page.click(SUBMIT);
      await page.waitForSelector('.form-problem');
      for (const field of ['name', 'email', 'website']) {
        const input = page.locator(`#reply-${field}`);
        assert.strictEqual(await input.getAttribute('aria-invalid'), 'true', field);
        const described = await input.getAttribute('aria-describedby');
        assert.ok((await page.locator(`#${described}`).textContent()).length > 10, field);
        assert.strictEqual(await page.locator(`#${described}`).isVisible(), true, field);
      }
      assert.strictEqual(await page.getAttribute('#reply-text', 'aria-invalid'), 'false');
      assert.strictEqual(await page.getAttribute('.form-problem', 'role'), 'alert');
      await page.locator('.form-problem a[href="#reply-email"]').click();
      assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'reply-email');
      assert.strictEqual(await page.inputValue('#reply-text'), 'Worth keeping <b>&amp;\n  and this.');
      assert.strictEqual((await repliesOf(story)).length, 0);
      await fill(page, { text: await page.inputValue('#reply-text'), name: 'Reader', website: '' });
      await send(page);
      assert.strictEqual((await repliesOf(story)).length, 1);
    });
  });

  test('a reply that a dead server did not get is in the form when it is back, wherever it was sent from', async () => {
    const story = await newStory('Over a crash');
    const { host } = new URL(site.url);
    await visit(story.url, async (page) => {
      await fill(page, { text: 'The first one arrives.' });
      await send(page);
      // Now the address leads to a reply already: that must not be taken for an acceptance.
      const place = page.url();
      await fill(page, { text: 'The second one must survive.' });
      await page.waitForFunction(() => document.querySelector('[name=key]').value !== '');
      await site.kill9();
      await Promise.all([page.waitForEvent('requestfailed'), page.click(SUBMIT, { noWaitAfter: true })]);
      await site.restart({ listen: host });
      await page.goto(place);
      assert.strictEqual(await page.inputValue('#reply-text'), 'The second one must survive.');
      await page.goto(story.url);
      assert.strictEqual(await page.inputValue('#reply-text'), 'The second one must survive.');
      await fill(page, { text: await page.inputValue('#reply-text') });
      await send(page);
    });
    const html = (await repliesOf(story)).map((reply) => reply.html);
    assert.strictEqual(html.length, 2);
    assert.ok(html[1].includes('The second one must survive.'));
  });
});

describe('Without JavaScript', () => {
  const off = { javaScriptEnabled: false };

  test('the reply is shown to be confirmed, and two presses send one', async () => {
    const story = await newStory('Confirmed');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'Without a script,\nwith https://example.org/ and <i>.' });
      await page.click(SUBMIT);
      await page.waitForSelector('.confirm-form');
      assert.strictEqual(await page.innerText('.reply-preview .reply-text'), 'Without a script,\nwith https://example.org/ and <i>.');
      assert.strictEqual((await repliesOf(story)).length, 0);
      await page.dblclick('.confirm-form [type=submit]');
      await page.waitForURL(/#reply-\d+$/);
    }, off);
    assert.strictEqual((await repliesOf(story)).length, 1);
  });

  test('“Change it first” gives the words back, and the changed ones are sent', async () => {
    const story = await newStory('Changed first');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'A first version.', website: 'example.org' });
      await page.click(SUBMIT);
      await page.click('.change summary');
      assert.strictEqual(await page.inputValue('#reply-text'), 'A first version.');
      assert.strictEqual(await page.inputValue('#reply-email'), 'reader@example.org');
      await page.fill('#reply-text', 'A better version.');
      await page.click('.change [type=submit]');
      await page.waitForSelector('.confirm-form');
      assert.strictEqual(await page.innerText('.reply-preview .reply-text'), 'A better version.');
      await page.click('.confirm-form [type=submit]');
      await page.waitForURL(/#reply-\d+$/);
    }, off);
    const replies = await repliesOf(story);
    assert.strictEqual(replies.length, 1);
    assert.ok(replies[0].html.includes('A better version.'));
  });

  test('a refused reply keeps every word and says why', async () => {
    const story = await newStory('Refused without a script');
    await visit(story.url, async (page) => {
      await fill(page, { text: 'These words stay.', name: '!!!', email: 'a@localhost' });
      await page.click(SUBMIT);
      await page.waitForSelector('.form-problem');
      assert.strictEqual(await page.inputValue('#reply-text'), 'These words stay.');
      assert.ok((await page.textContent('#reply-name-error')).length > 10);
    }, off);
  });
});

test('The form\'s own page does what the form under the story does', async () => {
  const story = await newStory('On its own page');
  for (const javaScriptEnabled of [true, false]) {
    await visit(`${site.url}/reply/${story.id}`, async (page, { problems }) => {
      await fill(page, { text: `From the form's own page, ${javaScriptEnabled}.` });
      await send(page);
      assert.deepStrictEqual(problems, []);
    }, { javaScriptEnabled });
  }
  assert.strictEqual((await repliesOf(story)).length, 2);
});
