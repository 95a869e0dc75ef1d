'use strict';
// Script in disguise, in every field that a stranger or the desk can fill: none of it runs, on any
// page that shows it, even in a browser that ignores the Content-Security-Policy.

const assert = require('node:assert');
const { after, before, test } = require('node:test');
const { startSite, get, addStory, replyForm, repliesOn, browser } = require('../support');
const { trap } = require('../support/trap');

// Each calls xss() if it runs. Many are refused as names or websites, and then the refusal must be
// as harmless.
const VECTORS = [
  '<script>xss()</script>',
  '<SCRIPT SRC=data:,xss()></SCRIPT>',
  '<scr<script>ipt>xss()</scr</script>ipt>',
  '</textarea><script>xss()</script>',
  '</title><script>xss()</script>',
  '"><script>xss()</script>',
  "'><script>xss()</script>",
  '"><img src=x onerror=xss()>',
  "' autofocus onfocus=xss() x='",
  '" autofocus onfocus=xss() x="',
  '" onmouseover="xss()',
  '` onmouseover=xss() x=`',
  '<img src=x onerror=xss()>',
  '<img src="x" onerror="&#120;ss()">',
  '<img/src=x/onerror=xss()>',
  '<IMG """><SCRIPT>xss()</SCRIPT>">',
  '<svg onload=xss()>',
  '<svg><script>xss()</script></svg>',
  '<svg><animate onbegin=xss() attributeName=x dur=1s>',
  '<math><mtext><table><mglyph><style><img src=x onerror=xss()>',
  '<body onload=xss()>',
  '<iframe srcdoc="<script>parent.xss()</script>"></iframe>',
  '<iframe src="javascript:parent.xss()"></iframe>',
  '<object data="javascript:xss()"></object>',
  '<embed src="javascript:xss()">',
  '<a href="javascript:xss()">click</a>',
  '<a href="java\tscript:xss()">click</a>',
  '<a href=" &#14; javascript:xss()">click</a>',
  '<form action="javascript:xss()"><button>x</button></form>',
  '<button formaction="javascript:xss()" form="reply-form">x</button>',
  '<input autofocus onfocus=xss()>',
  '<details open ontoggle=xss()>',
  '<marquee onstart=xss()>x</marquee>',
  '<video><source onerror=xss()></video>',
  '<audio src=x onerror=xss()>',
  '<style>@import "javascript:xss()";</style>',
  '<div style="background:url(javascript:xss())">x</div>',
  '<meta http-equiv="refresh" content="0;url=javascript:xss()">',
  '<base href="javascript:xss()//">',
  '<link rel=stylesheet href="javascript:xss()">',
  '<template><script>xss()</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=xss()>">',
  '<!--><img src=x onerror=xss()>-->',
  '<![CDATA[><img src=x onerror=xss()>]]>',
  '<?xml version="1.0"?><img src=x onerror=xss()>',
  '&lt;script&gt;xss()&lt;/script&gt;',
  '&#60;script&#62;xss()&#60;/script&#62;',
  '\\u003cscript\\u003exss()\\u003c/script\\u003e',
  '%3Cscript%3Exss()%3C/script%3E',
  '+ADw-script+AD4-xss()+ADw-/script+AD4-',
  '¼script¾xss()¼/script¾',
  '＜script＞xss()＜/script＞',
  'javascript:xss()',
  'JaVaScRiPt:xss()//example.org',
  'javascript://example.org/%0Axss()',
  'https://example.org/"onmouseover="xss()',
  "https://example.org/'onmouseover='xss()",
  'https://example.org/<script>xss()</script>',
  'https://example.org/\u202e"><script>xss()</script>',
  'data:text/html,<script>parent.xss()</script>',
  'vbscript:xss()',
  '{{{text}}}<script>xss()</script>{{/story}}',
  '{{constructor.constructor("xss()")()}}',
  '</script><script>xss()</script>',
  '<!--<script>xss()//-->',
  ']]></script><img src=x onerror=xss()>',
];

// What a reply may be made of.
const ELEMENTS = ['A', 'ARTICLE', 'BDI', 'BR', 'DIV', 'H3', 'HEADER', 'P', 'TIME'];
const ATTRIBUTES = ['class', 'datetime', 'dir', 'href', 'id', 'rel', 'tabindex'];

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

test('the trap notices what runs: a page without our care is caught', async () => {
  const caught = await trap(chromium, site);
  await caught.open('<!doctype html><p onmouseover="alert(1)">x</p><script>xss()</script>');
  assert.ok(caught.executions.length >= 2, `${caught.executions}`);
  await caught.close();
});

for (const field of ['name', 'website', 'text']) {
  test(`${VECTORS.length} vectors in the ${field} of a reply run nowhere: stored, asked about or refused`, { timeout: 200_000 }, async () => {
    const story = await addStory(site, { headline: `Vectors in ${field}` });
    const caught = await trap(chromium, site);
    const statuses = { 200: 0, 303: 0, 422: 0 };
    for (const vector of VECTORS) {
      const form = await replyForm(site, story);
      const sent = await form.send({ [field]: vector });
      statuses[sent.status]++;
      if (sent.status === 422) {
        await caught.open(sent.text);
        continue;
      }
      const [asked, refused] = await Promise.all([
        form.send({ key: '', [field]: vector }), form.send({ [field]: vector, email: '' })]);
      assert.deepStrictEqual([asked.status, refused.status], [200, 422], vector);
      await caught.open(asked.text);
      await caught.open(refused.text);
    }
    assert.ok(statuses[303] >= { name: 15, website: 3, text: VECTORS.length }[field], JSON.stringify(statuses));
    await caught.open(story.url);
    const found = await caught.page.$$eval('.reply', (replies, [elements, attributes]) => replies.flatMap((reply) =>
      [reply, ...reply.querySelectorAll('*')].flatMap((element) => [
        ...(elements.includes(element.tagName) ? [] : [element.outerHTML]),
        ...[...element.attributes].filter(({ name }) => !attributes.includes(name)).map(({ name }) => `${name} in ${element.outerHTML}`),
        ...(element.tagName === 'A' && !/^https?:$/.test(element.protocol) ? [element.outerHTML] : []),
      ])), [ELEMENTS, ATTRIBUTES]);
    assert.deepStrictEqual(found, []);
    assert.strictEqual(repliesOn((await get(story.url)).text).length, statuses[303]);
    if (field === 'text') {
      const shown = await caught.page.$$eval('.reply-text', (replies) => replies.map((reply) => reply.textContent));
      assert.deepStrictEqual(shown, VECTORS.map((vector) => vector.replace('\t', ' ')), 'a vector is not shown as it was written');
    }
    assert.deepStrictEqual(caught.executions, []);
    await caught.close();
  });
}

test('vectors in everything that the desk writes run nowhere', { timeout: 200_000 }, async () => {
  const caught = await trap(chromium, site);
  const vectors = VECTORS.filter((vector) => !vector.includes('\t'));
  for (let from = 0; from < vectors.length; from += 6) {
    const piece = vectors.slice(from, from + 6).join(' ').slice(0, 290).trim();
    const story = await addStory(site, {
      headline: piece, standfirst: piece, byline: piece.slice(0, 90), source: piece.slice(0, 90), section: 'vectors',
      tags: [`t${from} ${piece.slice(0, 90)}`], body: `<p>Words.</p>${piece}`, format: 'html', breaking: from === 0,
    });
    await site.must(['story', 'correct', String(story.id), '--text', piece]);
    await caught.open(story.url);
    assert.strictEqual(await caught.page.$eval('h1', (element) => element.textContent), piece.replaceAll('\u202e', ''));
    JSON.parse(await caught.page.$eval('script[type="application/ld+json"]', (element) => element.textContent));
    const [tag] = await caught.page.$$eval('.tags a', (links) => links.map((link) => link.href));
    await caught.open(tag);
  }
  for (const page of ['/', '/vectors']) await caught.open(`${site.url}${page}`);
  assert.deepStrictEqual(caught.executions, []);
  await caught.close();
});
