'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { PLACES, done, json, refused, addStory, STORY, BODY } = require('./journey');

function write(site, headline, ...more) {
  return json(site, ['story', 'add', '--headline', headline, '--section', 'politics', '--body', '-', ...more], BODY);
}

for (const { place, make } of PLACES) {
  describe(`the desk's commands, ${place}`, () => {
    test('a story is added, published, changed, corrected and withdrawn', async (t) => {
      const site = await make({ test: t });
      const base = site.url || 'http://127.0.0.1:8080';
      const draft = await addStory(site, []);
      assert.deepEqual(draft, { id: draft.id, url: null, status: 'draft', new_section: 'politics', new_source: 'Tigris Wire', new_tags: ['Baghdad', 'White House'] });
      assert.equal(await done(site, ['story', 'show', String(draft.id), '--json']).then((text) => JSON.parse(text).published_at),
        '2021-07-23T14:39:00+03:00');

      const id = String(draft.id);
      const published = await json(site, ['story', 'publish', id]);
      assert.deepEqual(published,
        { id: draft.id, url: `${base}/politics/2021/07/23/bridge-opens`, status: 'published' });

      await json(site, ['story', 'edit', id, '--headline', 'Old bridge opens', '--no-tags', '--breaking']);
      let shown = await json(site, ['story', 'show', id]);
      assert.equal(shown.headline, 'Old bridge opens');
      assert.deepEqual(shown.tags, []);
      assert.equal(shown.source, 'Tigris Wire');
      assert.ok(Date.parse(shown.breaking_until) > Date.now());
      assert.match(shown.body, /<p>.*The bridge is open\.<\/p>\s*<p>It was closed for a year\.<\/p>/s);

      await json(site, ['story', 'edit', id, '--no-breaking', '--tag', 'Karkh']);
      await json(site, ['story', 'correct', id, '--text', 'It was closed for two years.', '--kind', 'clarification',
        '--headline', 'Bridge opens again', '--standfirst', 'After two years.', '--body', '-'], 'The bridge is open.\n\nIt was closed for two years.\n');
      shown = await json(site, ['story', 'show', id]);
      assert.equal(shown.breaking_until, null);
      assert.deepEqual(shown.tags.map((tag) => tag.name), ['Karkh']);
      assert.deepEqual(shown.corrections.map(({ kind, text }) => [kind, text]),
        [['clarification', 'It was closed for two years.']]);
      assert.match(shown.body, /two years/);
      assert.equal(shown.headline, 'Bridge opens again');
      assert.equal(shown.standfirst, 'After two years.');
      assert.equal(shown.url, `${base}/politics/2021/07/23/bridge-opens`);

      const text = await done(site, ['story', 'show', id]);
      assert.match(text, /^headline +Bridge opens again$/m);
      assert.match(text, /^published +2021-07-23 14:39$/m);
      assert.match(text, /^clarification of \d{4}-.*: It was closed for two years\.$/m);

      assert.equal((await json(site, ['story', 'withdraw', id])).status, 'withdrawn');
      assert.equal((await json(site, ['story', 'publish', id])).status, 'published');
    });

    test('what may be a slip is said: a new section, and HTML that is left out', async (t) => {
      const site = await make({ test: t });
      const add = (section, ...more) => ['story', 'add', '--headline', 'A', '--section', section, '--body', '-', ...more];
      const html = '<p onclick="x()">Words.<script>1</script><img src="a"><img src="b"></p><script>2</script>';
      assert.equal(await done(site, add('Culture', '--format', 'html'), html),
        'Story 1 is a draft. Publish it with: courant story publish 1\n'
        + 'A new section is made: Culture. If that was a slip: courant story edit 1 --section NAME\n'
        + 'Left out of the body: 2 script, 2 img; 1 attribute: onclick\n');
      assert.equal(await done(site, add('culture'), html), 'Story 2 is a draft. Publish it with: courant story publish 2\n'
        + 'The body looks like HTML, and was taken as text: readers see its tags. If they should not, say --format html with the --body\n');
      assert.deepEqual(await json(site, ['story', 'edit', '2', '--body', '-'], html), { id: 2, url: null, status: 'draft', looks_like_html: true });
      assert.match(await done(site, ['page', 'set', 'about', '--title', 'A', '--body', '-'], html), /^The page is at .*\nThe body looks like HTML/);
      assert.deepEqual(await json(site, ['story', 'edit', '2', '--section', 'Sport', '--format', 'html', '--body', '-'], html),
        { id: 2, url: null, status: 'draft', new_section: 'Sport', left_out: { script: 2, img: 2 }, left_out_attributes: { onclick: 1 } });
      assert.deepEqual(await json(site, ['story', 'edit', '1', '--section', 'sport', '--format', 'html', '--body', '-'], '<p>Whole.</p>'),
        { id: 1, url: null, status: 'draft' });
    });

    test('a name that is new is said, and which one may have been meant', async (t) => {
      const site = await make({ test: t });
      const add = (...more) => ['story', 'add', '--headline', 'A', '--section', 'Politics', '--body', '-', ...more];
      const slip = (id) => `Story ${id} is a draft. Publish it with: courant story publish ${id}\n`;
      await done(site, ['section', 'add', 'politics', '--name', 'Politics']);
      assert.equal(await done(site, add('--byline', 'Layla Hassan', '--source', 'Rudaw', '--tag', 'Bridges', '--tag', 'Floods'), 'Words.'), slip(1)
        + 'A new byline is made: Layla Hassan. If that was a slip: courant story edit 1 --byline NAME\n'
        + 'A new source is made: Rudaw. If that was a slip: courant story edit 1 --source NAME\n'
        + 'New tags are made: Bridges, Floods. If one was a slip: courant story edit 1 --tag NAME for each\n');
      // What is known is not said, however it is spelled.
      assert.equal(await done(site, add('--byline', 'LAYLA HASSAN', '--source', 'rudaw', '--tag', 'bridges'), 'Words.'), slip(2));
      const slips = ['--byline', 'Layla Hasan', '--byline', 'Omar Aziz, Sara Ali', '--source', 'Rudow', '--tag', 'Brigdes', '--tag', 'brigdes', '--tag', 'Rain'];
      assert.deepEqual(await json(site, add(...slips), 'Words.'), {
        id: 3, url: null, status: 'draft', new_bylines: ['Layla Hasan', 'Omar Aziz, Sara Ali'], new_source: 'Rudow', new_tags: ['Brigdes', 'Rain'],
        near_names: { 'Layla Hasan': 'Layla Hassan', Rudow: 'Rudaw', Brigdes: 'Bridges' },
      });
      for (const [kind, slug] of [['byline', 'layla-hasan'], ['byline', 'omar-aziz-sara-ali'], ['source', 'rudow'], ['tag', 'brigdes'], ['tag', 'rain']]) {
        await done(site, ['story', 'edit', '3', '--no-byline', '--no-tags', '--source', 'Rudaw']);
        await done(site, [kind, 'remove', slug]);
      }
      const misspelt = add(...slips).map((word) => (word === 'Politics' ? 'Politcs' : word));
      assert.equal(await done(site, misspelt, 'Words.'), slip(4)
        + 'A new section is made: Politcs. Did you mean Politics? Then: courant story edit 4 --section NAME\n'
        + 'A new byline is made: Layla Hasan. Did you mean Layla Hassan? Then: courant story edit 4 --byline NAME\n'
        + 'A new byline is made: Omar Aziz, Sara Ali. That is one name; if it should be several, give each a --byline of its own: '
        + 'courant story edit 4 --byline NAME --byline NAME\n'
        + 'A new source is made: Rudow. Did you mean Rudaw? Then: courant story edit 4 --source NAME\n'
        + 'A new tag is made: Rain. If that was a slip: courant story edit 4 --tag NAME\n'
        + 'A new tag is made: Brigdes. Did you mean Bridges? Then: courant story edit 4 --tag NAME\n');
      // A name in another script, and an alias.
      await done(site, ['tag', 'alias', 'add', 'bridges', 'جسور بغداد']);
      assert.deepEqual((await json(site, ['story', 'edit', '1', '--tag', 'جسور بعداد'])).near_names, { 'جسور بعداد': 'جسور بغداد' });
    });

    test('a note is not taken twice, and a story that is published already is said to be', async (t) => {
      const site = await make({ test: t });
      const { id } = await write(site, 'Bridge', '--publish');
      const correct = ['story', 'correct', `${id}`, '--text', 'It was the other bank.'];
      assert.match(await done(site, correct), /\nThe text itself is unchanged: courant story edit \d+ --body FILE changes it\n$/);
      await refused(site, correct, /newest note says that already/);
      await refused(site, [...correct, '--headline', 'Ferry'], /newest note says that already/);
      assert.deepEqual((await json(site, ['story', 'show', `${id}`])).corrections.length, 1);
      assert.match(await done(site, ['story', 'publish', `${id}`]), new RegExp(`^Story ${id} was published already: http`));
      assert.equal((await json(site, ['story', 'publish', `${id}`])).was_published, true);
      assert.match(await done(site, ['story', 'edit', `${id}`, '--breaking-until', '2099-01-02T03:04']), /^It is breaking news until 2099-01-02 03:04 \(.*\)$/m);
      assert.match((await json(site, ['story', 'edit', `${id}`, '--breaking'])).breaking_until, /^\d{4}-/);
    });

    test('an edit and a correction say what was done, and where people read it', async (t) => {
      const site = await make({ test: t });
      const base = site.url || 'http://127.0.0.1:8080';
      const { id, url } = await write(site, 'جسر بغداد', '--lang', 'ar', '--published-at', '2021-07-23T14:39', '--publish');
      const address = `${base}/ar/politics/2021/07/23/جسر-بغداد`;
      assert.equal(url, encodeURI(address));
      assert.equal(await done(site, ['story', 'edit', `${id}`, '--standfirst', 'x']), `Story ${id} is changed: ${address}\n`);
      assert.equal(await done(site, ['story', 'correct', `${id}`, '--text', 'x']), `The correction of story ${id} is noted: ${address}\n`
        + `The text itself is unchanged: courant story edit ${id} --body FILE changes it\n`);
      assert.equal(await done(site, ['story', 'correct', `${id}`, '--text', 'x', '--kind', 'update', '--standfirst', 'y']),
        `The update of story ${id} is noted: ${address}\n`);
      assert.deepEqual(await json(site, ['story', 'correct', `${id}`, '--text', 'x', '--kind', 'clarification']),
        { id, url, status: 'published', noted: 'clarification', text_changed: false });
      assert.match(await done(site, ['story', 'show', `${id}`]), new RegExp(`^address +${address}$`, 'm'));
      assert.equal(await done(site, ['page', 'set', 'عنا', '--title', 'عنا', '--body', '-'], 'x'), `The page is at ${base}/عنا\n`);
      await done(site, ['story', 'withdraw', `${id}`]);
      assert.equal(await done(site, ['story', 'edit', `${id}`, '--standfirst', 'z']),
        `Story ${id} is changed, and still withdrawn: readers are told so at ${address}\n`);
      assert.equal(await done(site, ['story', 'edit', `${id}`, '--standfirst', 'y', '--publish']), `Story ${id} is published: ${address}\n`);
      const draft = await write(site, 'Draft');
      assert.equal(await done(site, ['story', 'edit', `${draft.id}`, '--headline', 'D']),
        `Story ${draft.id} is changed, and still a draft. Publish it with: courant story publish ${draft.id}\n`);
    });

    test('of a standing page too it is said what is left out, and a link to a person stays', async (t) => {
      const site = await make({ test: t });
      const set = ['page', 'set', 'contact', '--title', 'Contact', '--format', 'html', '--body', '-'];
      const html = '<p>Call <a href="tel:+964-770-1">us</a>, <a href="mailto:desk@news.example">write</a> or '
        + '<a href="ftp://news.example">send</a>.</p><table style="x"><tr><td style="color: red">Desk</table><p style="x" class="y">';
      assert.match(await done(site, set, html),
        /^The page is at http\S+\/contact\nLeft out of the body: 1 table; 3 attributes: style, class; 1 link: ftp:\/\/news\.example\n$/);
      const { url, ...lost } = await json(site, set, html);
      assert.match(url, /\/contact$/);
      assert.deepEqual(lost,
        { left_out: { table: 1 }, left_out_attributes: { style: 2, class: 1 }, left_out_links: { 'ftp://news.example': 1 } });
      assert.equal(await done(site, ['page', 'show', 'contact']),
        '<p>Call <a href="tel:+964-770-1">us</a>, <a href="mailto:desk@news.example">write</a> or send.</p>\n<p>Desk</p>\n');
      assert.doesNotMatch(await done(site, set, '<p>Whole.</p>'), /Left out/);
    });

    test('edit --publish publishes a draft in the same go', async (t) => {
      const site = await make({ test: t });
      const { id } = await addStory(site, []);
      const story = await json(site, ['story', 'edit', String(id), '--byline', 'Layla Hasan', '--publish']);
      assert.equal(story.status, 'published');
      assert.equal((await json(site, ['story', 'show', String(id)])).byline, 'Layla Hasan');
    });

    test('stories are listed by section, tag, status and language, and paged', async (t) => {
      const site = await make({ test: t });
      const first = await addStory(site);
      const second = await json(site, ['story', 'add', '--headline', 'جسر قديم', '--section', 'politics', '--lang', 'ar',
        '--published-at', '2021-07-24T10:00', '--body', '-', '--publish'], 'نص الخبر.');
      const third = await json(site, ['story', 'add', '--headline', 'A draft', '--section', 'Culture', '--body', '-'], 'Text.');
      const ids = async (...args) => (await json(site, ['story', 'list', ...args])).map((story) => story.id);
      assert.deepEqual((await ids()).sort(), [first.id, second.id, third.id].sort());
      assert.deepEqual(await ids('--status', 'published'), [second.id, first.id]);
      assert.deepEqual(await ids('--status', 'draft'), [third.id]);
      assert.deepEqual(await ids('--status', 'withdrawn'), []);
      assert.deepEqual(await ids('--lang', 'ar'), [second.id]);
      assert.deepEqual(await ids('--section', 'culture'), [third.id]);
      assert.deepEqual(await ids('--tag', 'white-house'), [first.id]);
      assert.deepEqual(await ids('--status', 'published', '--limit', '1'), [second.id]);
      assert.deepEqual(await ids('--status', 'published', '--before', String(second.id)), [first.id]);
      const all = await ids();
      assert.deepEqual(await ids('--before', String(all[0])), all.slice(1));
      for (const [where, id] of [
        [['--status', 'published'], third.id], [['--status', 'draft'], second.id], [['--lang', 'en'], second.id],
        [['--section', 'culture'], first.id], [['--tag', 'white-house'], second.id],
      ]) await refused(site, ['story', 'list', ...where, '--before', String(id)], /is not in this list/);

      const table = (await done(site, ['story', 'list'])).trimEnd().split('\n');
      assert.equal(table.length, 4);
      assert.match(table[0], /^ID +STATUS +PUBLISHED +LANG +SECTION +HEADLINE$/);
      assert.ok(table.some((line) => /^\d+ +published +2021-07-23 14:39 +en +politics +Bridge opens$/.test(line)));
      assert.equal(await done(site, ['story', 'list', '--status', 'withdrawn']), 'There are no such stories.\n');
    });

    test('a story is the translation of another', async (t) => {
      const site = await make({ test: t });
      const english = await addStory(site);
      const arabic = await addStory(site, ['--lang', 'ar', '--translation-of', String(english.id), '--publish']);
      const id = String(arabic.id);
      assert.deepEqual((await json(site, ['story', 'show', id])).translations, [{ id: english.id, language: 'en' }]);
      assert.match(await done(site, ['story', 'show', String(english.id)]), new RegExp(`^translation +story ${id} in العربية$`, 'm'));
      const second = await write(site, 'Second', '--publish');
      await refused(site, ['story', 'edit', String(second.id), '--translation-of', id], /same language \(English\)/);
      await refused(site, ['story', 'edit', id, '--translation-of', id], /its own translation/);
      await json(site, ['story', 'edit', id, '--no-translation']);
      assert.deepEqual((await json(site, ['story', 'show', id])).translations, []);
      await refused(site, ['story', 'edit', id, '--translation-of', '1', '--no-translation'], /exclude each other/, { code: 2 });
    });

    test('the desk orders the front page', async (t) => {
      const site = await make({ test: t });
      const first = await addStory(site);
      const second = await write(site, 'Second', '--publish');
      const draft = await write(site, 'A draft');
      const front = async (...args) => (await json(site, ['front', ...args])).map((story) => story.id);
      assert.deepEqual(await front('set', String(first.id), String(second.id)), [first.id, second.id]);
      assert.deepEqual(await front('show', '--lang', 'ar'), []);
      assert.match(await done(site, ['front', 'show']), /^ID +STATUS[^\n]*\n\d+ +published .*Bridge opens\n\d+ +published .*Second\n$/);
      await json(site, ['story', 'withdraw', String(first.id)]);
      assert.deepEqual(await front('show'), [second.id]);
      await refused(site, ['front', 'set', String(draft.id)], /is not published/);
      await refused(site, ['front', 'set', String(second.id), '--lang', 'ar'], /another language/);
      await refused(site, ['front', 'set', String(second.id), String(second.id)], /named twice/);
      await refused(site, ['front', 'set', ...'12345678'], /at most 7/);
      await refused(site, ['front', 'set'], /ID… is missing/, { code: 2 });
      assert.match(await done(site, ['front', 'clear']), /newest stories lead/);
    });

    test('replies are added, listed, hidden and shown', async (t) => {
      const site = await make({ test: t });
      const { id } = await addStory(site);
      const add = (name, text, ...more) => json(site,
        ['reply', 'add', '--story', String(id), '--name', name, '--email', 'reader@example.org', '--text', '-', ...more], text);
      const first = await add('Sara', 'Good news.\nAt last.', '--website', 'https://example.org/sara');
      const second = await add('علي', 'متى يفتح؟', '--at', '2021-07-23T20:00');
      assert.deepEqual(first, { id: first.id, story: id, status: 'visible' });
      assert.deepEqual((await json(site, ['reply', 'hide', String(first.id)])).status, 'hidden');
      const ids = async (...args) => (await json(site, ['reply', 'list', ...args])).map((reply) => reply.id);
      assert.deepEqual(await ids(), [second.id]);
      assert.deepEqual(await ids('--hidden', '--story', String(id)), [second.id, first.id]);
      assert.deepEqual(await ids('--hidden', '--after', String(first.id)), [second.id]);
      assert.deepEqual(await ids('--hidden', '--limit', '1'), [second.id]);
      assert.deepEqual(await ids('--hidden', '--limit', '1', '--before', String(second.id)), [first.id]);
      assert.deepEqual(await ids('--hidden', '--story', String(id), '--before', String(second.id)), [first.id]);
      assert.equal((await json(site, ['reply', 'show', String(first.id)])).status, 'visible');
      const [, reply] = await json(site, ['reply', 'list']);
      assert.equal(reply.text, 'Good news.\nAt last.');
      assert.ok(Math.abs(Date.parse(reply.created_at) - Date.now()) < 60_000);
      assert.equal((await json(site, ['reply', 'list', '--after', String(first.id)]))[0].created_at, '2021-07-23T20:00:00+03:00');
      assert.equal(reply.website, 'https://example.org/sara');
      assert.match(await done(site, ['reply', 'list']), /^\d+ +\d+ +visible +[\d :-]+ +Sara +Good news\. At last\.$/m);
      await refused(site, ['reply', 'hide', '999'], /999|no .*reply/);
      await refused(site, ['reply', 'add', '--story', '999', '--name', 'A', '--email', 'a@example.org', '--text', '-'],
        /story/, { stdin: 'Text.' });
      await refused(site, ['reply', 'add', '--story', String(id), '--name', 'A', '--email', 'nobody', '--text', '-'],
        /--email: /, { stdin: 'Text.' });
    });

    test('hostile words are refused in a sentence', async (t) => {
      const site = await make({ test: t });
      const add = (headline, ...more) => ['story', 'add', '--headline', headline, '--section', 'politics', '--body', '-', ...more];
      const stdin = 'Text.';
      await refused(site, add('x'.repeat(10_000)), /headline/i, { stdin });
      await refused(site, add('a\u0007b'), /headline/i, { stdin });
      await refused(site, add('a\nb'), /headline/i, { stdin });
      await refused(site, add(' '), /headline/i, { stdin });
      await refused(site, add('Good', '--tag', 'x'.repeat(5000)), /tag|name/i, { stdin });
      await refused(site, add('Good', '--published-at', 'yesterday'), /--published-at: .*2021-07-23T14:39/, { stdin });
      await refused(site, add('Good', '--published-at', '2999-01-01T00:00', '--publish'), /future|schedule/, { stdin });
      await refused(site, add('Good'), /the text is larger than 524288 bytes/, { stdin: 'x'.repeat(600_000) });
      await refused(site, add('Good'), /UTF-8/, { stdin: Buffer.from([0x61, 0xff, 0x62]) });
      await refused(site, add('Good', '--format', 'html'), /deep|nest/, { stdin: '<blockquote>'.repeat(5000) });
      assert.deepEqual(await json(site, ['story', 'list']), []);
    });

    test('what is not there is refused in a sentence', async (t) => {
      const site = await make({ test: t });
      for (const args of [['story', 'show', '7'], ['story', 'edit', '7', '--headline', 'x'], ['story', 'publish', '7'],
        ['story', 'withdraw', '7'], ['story', 'discard', '7'], ['story', 'correct', '7', '--text', 'x']])
        await refused(site, args, /no story|story 7/i);
      await refused(site, ['story', 'list', '--section', 'nowhere'], /section/);
      await refused(site, ['story', 'list', '--tag', 'nothing'], /tag/);
      await refused(site, ['story', 'list', '--before', '7'], /story/);
      const { id } = await addStory(site, []);
      await refused(site, ['story', 'correct', String(id), '--text', 'x'], /publish/);
      await refused(site, ['story', 'withdraw', String(id)], /publish/);
    });

    test('wrong usage is exit code 2 and says how to get help', async (t) => {
      const site = await make({ test: t });
      const wrong = [
        [['story', 'show', 'x'], /ID is a number from 1 on, and not "x"; courant story show --help says more/],
        [['story', 'show', '0'], /ID is a number/],
        [['story', 'show', '99999999999999999999'], /ID is a number/],
        [['story', 'edit', '1'], /it is not said what to change/],
        [['story', 'edit', '1', '--tag', 'a', '--no-tags'], /exclude each other/],
        [['story', 'edit', '1', '--breaking', '--no-breaking'], /exclude each other/],
        [['story', 'correct', '1'], /--text is missing/],
        [['story', 'correct', '1', '--text', 'x', '--kind', 'lie'], /--kind is correction, clarification or update/],
        [['story', 'add', '--section', 'a', '--body', '-'], /--headline is missing/],
        [['story', 'add', '--headline', 'a', '--body', '-'], /--section is missing/],
        [['story', 'add', '--headline', 'a', '--section', 'a'], /--body is missing/],
        [[...STORY, '--format', 'rtf'], /--format is text or html/],
        [['story', 'list', '--status', 'lost'], /--status is draft, published or withdrawn/],
        [['story', 'list', '--lang', 'xx'], /xx is not a language that Courant speaks/],
        [['story', 'list', '--limit', '0'], /--limit is a number from 1 to 500/],
        [['story', 'list', '--limit', '501'], /--limit is a number from 1 to 500/],
        [['reply', 'list', '--limit', '1001'], /--limit is a number from 1 to 1000/],
        [['page', 'show', 'about', '--lang', 'xx'], /xx is not a language that Courant speaks/],
        [['reply', 'list', '--story', '-1'], /--story is a number/],
        [['reply', 'add', '--story', '1'], /--name is missing/],
        [['routes', 'politics'], /PATH begins with \//],
      ];
      for (const [args, sentence] of wrong) await refused(site, args, sentence, { code: 2, stdin: BODY });
    });

    test('a body comes from a file of the caller', async (t) => {
      const site = await make({ test: t });
      const file = path.join(site.temporary, 'body.txt');
      fs.writeFileSync(file, 'From a file.\n');
      const add = (name) => ['story', 'add', '--headline', 'Files', '--section', 'a', '--body', name];
      const { id } = await json(site, add(file));
      assert.match((await json(site, ['story', 'show', String(id)])).body, /From a file\./);
      await refused(site, add(`${file}.absent`), /body\.txt\.absent can't be read: No such file/);
      await refused(site, add(site.temporary), /can't be read: Is a directory/);
    });

    test('what the site is called is changed, in each language', async (t) => {
      const site = await make({ test: t });
      await json(site, ['site', 'set', '--name', 'The Lantern', '--name', 'ar=الفانوس', '--tagline', 'ar=كل يوم']);
      const { name, names, taglines } = await json(site, ['site', 'show']);
      assert.equal(name, 'The Lantern');
      assert.deepEqual(names, { en: 'The Lantern', ar: 'الفانوس' });
      assert.deepEqual(taglines, { ar: 'كل يوم' });
      const shown = await done(site, ['site', 'set', '--name', 'ar=', '--tagline', 'Every day', '--tagline', 'ar=']);
      assert.match(shown, /^name +The Lantern\ntagline +Every day\nlanguage +en\n/);
      assert.equal(await done(site, ['site', 'show']), shown);
      await refused(site, ['site', 'set', '--name', ''], /the site's name is empty/);
      await refused(site, ['site', 'set', '--name', 'x'.repeat(121)], /the site's name has 121 characters: shorten it to 120 at most/);
      await refused(site, ['site', 'set', '--tagline', 'a\nb'], /the site's tagline stands on one line/);
      await refused(site, ['site', 'set', '--name', 'fr=Le Phare'], /fr is not a language that Courant speaks/);
      await refused(site, ['site', 'set'], /it is not said what to change; courant site set --help/, { code: 2 });
      assert.equal(await done(site, ['site', 'show']), shown);
    });

    test('the site and its routes can be asked for', async (t) => {
      const site = await make({ test: t });
      const shown = await json(site, ['site', 'show']);
      assert.equal(shown.name, 'The Test Courant');
      assert.equal(shown.timezone, 'Asia/Baghdad');
      assert.equal(shown.server, site.url !== null);
      assert.equal(shown.url, `${site.url || 'http://127.0.0.1:8080'}/`);
      const [route] = await json(site, ['routes', '/ar/politics/2021/07/23/x']);
      assert.equal(route.handler, 'story_get');
      assert.match(route.place, /^src\/site\/routes\.c:\d+$/);
      assert.match(await done(site, ['routes']), /^GET +\/tag\/\{tag\} +tag_get +readers +kept +page +- +site\/tag +src\/site\/routes\.c:\d+$/m);
      await refused(site, ['routes', '/a/b/c/d'], /no route answers \/a\/b\/c/);
    });
  });
}
