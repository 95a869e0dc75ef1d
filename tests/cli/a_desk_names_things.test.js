'use strict';
const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { PLACES, done, json, refused, addStory, BODY } = require('./journey');

function write(site, headline, ...more) {
  return json(site, ['story', 'add', '--headline', headline, '--section', 'politics', '--body', '-', ...more], BODY);
}

for (const { place, make } of PLACES) {
  describe(`names, ${place}`, () => {
    test('sections, tags, bylines and sources are made and listed, with all their names', async (t) => {
      const site = await make({ test: t });
      const section = await json(site, ['section', 'add', 'world', '--name', 'ar=العالم', '--name', 'World']);
      assert.deepEqual(await json(site, ['section', 'list']),
        [{ id: section.id, slug: 'world', name: 'World', names: { en: 'World', ar: 'العالم' } }]);
      const tag = await json(site, ['tag', 'add', 'x-y', '--name', 'x=y']);
      assert.deepEqual(await json(site, ['tag', 'list']), [{ id: tag.id, slug: 'x-y', name: 'x=y', names: { en: 'x=y' }, aliases: [] }]);
      const byline = await json(site, ['byline', 'add', 'sara', '--name', 'ckb=سارا']);
      assert.deepEqual(await json(site, ['byline', 'list']), [{ id: byline.id, slug: 'sara', name: 'سارا', names: { ckb: 'سارا' }, aliases: [] }]);
      const source = await json(site, ['source', 'add', 'tigris-wire', '--name', 'Tigris Wire', '--name', 'ckb=تایگریس وایەر']);
      assert.deepEqual(await json(site, ['source', 'list']),
        [{ id: source.id, slug: 'tigris-wire', name: 'Tigris Wire', names: { en: 'Tigris Wire', ckb: 'تایگریس وایەر' }, aliases: [] }]);
      assert.match(await done(site, ['section', 'list']), /^ID +SLUG +NAMES\n\d+ +world +en: World, ar: العالم\n$/);
      assert.match(await done(site, ['source', 'list']), /^ID +SLUG +NAMES +ALSO\n\d+ +tigris-wire +en: Tigris Wire, ckb: تایگریس وایەر +\n$/);
      assert.equal(await done(site, ['tag', 'add', 'rain', '--name', 'Rain']), 'Tag rain is made, and called Rain.\n');
      await done(site, ['tag', 'remove', 'rain']);
      assert.match(await done(site, ['section', 'add', 'world', '--name', 'Globe', '--name', 'ar=عالم']),
        /^Section world is now called Globe, ar: عالم\.\n$/);
      assert.deepEqual((await json(site, ['section', 'list']))[0].names, { en: 'Globe', ar: 'عالم' });
      await refused(site, ['section', 'add', 'other', '--name', 'globe'], /the section world is called "globe" already/);
      await refused(site, ['section', 'add', 'sport', '--name', 'fr=Sport'],
        /fr is not a language that Courant speaks: take ar, ckb or en; for a name with = in it write en=fr=Sport$/m);
      await refused(site, ['section', 'add', 'sport', '--name', 'kurdish=Sport'], /kurdish is not a language that Courant speaks: for Kurdish \(Sorani\) take ckb; for a name with = in it/);
      await refused(site, ['section', 'add', 'sport', '--name', 'turkish=Spor'], /turkish is not a language that Courant speaks: take ar, ckb or en; for a name with = in it/);
      await json(site, ['tag', 'add', 'fr-sport', '--name', 'en=fr=Sport']);
      await refused(site, ['section', 'add', 'tag', '--name', 'Tag'], /tag/);
      await refused(site, ['section', 'add', 'x'], /--name is missing; courant section add --help/, { code: 2 });
      await refused(site, ['source', 'add', 'x'], /--name is missing; courant source add --help/, { code: 2 });
    });

    test('people who write have names in each language and stories under them', async (t) => {
      const site = await make({ test: t });
      const both = await addStory(site, ['--byline', 'Layla Hasan', '--byline', 'Omar Aziz', '--publish']);
      const one = await write(site, 'Second', '--byline', 'omar aziz', '--source', 'Tigris Wire', '--publish');
      await write(site, 'A draft', '--byline', 'Omar Aziz');
      const shown = await json(site, ['story', 'show', String(both.id)]);
      assert.equal(shown.byline, 'Layla Hasan and Omar Aziz');
      assert.deepEqual(shown.bylines.map(({ slug, name }) => [slug, name]), [['layla-hasan', 'Layla Hasan'], ['omar-aziz', 'Omar Aziz']]);
      const ids = async (...args) => (await json(site, ['story', 'list', ...args])).map((story) => story.id);
      assert.deepEqual((await ids('--byline', 'omar-aziz')).sort(), [both.id, one.id].sort());
      assert.deepEqual(await ids('--byline', 'layla-hasan'), [both.id]);
      assert.deepEqual((await ids('--source', 'tigris-wire')).sort(), [both.id, one.id].sort());
      await refused(site, ['story', 'list', '--byline', 'omar-aziz', '--status', 'draft'], /--status published/);
      await done(site, ['byline', 'add', 'omar-aziz', '--name', 'Omar Al-Aziz', '--name', 'ar=عمر العزيز']);
      assert.equal((await json(site, ['story', 'show', String(both.id)])).byline, 'Layla Hasan and Omar Al-Aziz');
      const people = await json(site, ['byline', 'list']);
      assert.deepEqual(people.map(({ slug, name }) => [slug, name]), [['layla-hasan', 'Layla Hasan'], ['omar-aziz', 'Omar Al-Aziz']]);
      await json(site, ['story', 'edit', String(both.id), '--no-byline']);
      assert.deepEqual((await json(site, ['story', 'show', String(both.id)])).bylines, []);
      await refused(site, ['story', 'edit', String(both.id), '--byline', 'A', '--no-byline'], /exclude each other/, { code: 2 });
    });

    test('a byline and a source that were made twice become one', async (t) => {
      const site = await make({ test: t });
      const arabic = ['--lang', 'ar', '--byline', 'ليلى حسن', '--source', 'دجلة', '--publish'];
      const first = await write(site, 'First', '--byline', 'Layla Hassan', '--source', 'Tigris Wire', '--publish');
      const second = await write(site, 'ثان', ...arabic);
      await refused(site, ['byline', 'add', 'layla-hassan', '--name', 'ar=ليلى حسن'],
        /leads to the byline ليلى-حسن already: if they are one, make one of them with courant byline merge ليلى-حسن layla-hassan$/m);
      assert.equal(await done(site, ['byline', 'merge', 'ليلى-حسن', 'layla-hassan']),
        "The stories and names of byline ليلى-حسن are now byline layla-hassan's, and its address leads there.\n");
      assert.deepEqual(await json(site, ['source', 'merge', 'دجلة', 'tigris-wire']), { slug: 'tigris-wire' });
      const third = await write(site, 'ثالث', ...arabic);
      for (const { id } of [second, third]) {
        const shown = await json(site, ['story', 'show', String(id)]);
        assert.deepEqual(shown.bylines, [{ slug: 'layla-hassan', name: 'ليلى حسن' }]);
        assert.equal(shown.source, 'دجلة');
      }
      assert.equal((await json(site, ['story', 'show', String(first.id)])).byline, 'Layla Hassan');
      assert.deepEqual((await json(site, ['byline', 'list'])).map(({ slug, names }) => [slug, names]),
        [['layla-hassan', { ar: 'ليلى حسن', en: 'Layla Hassan' }]]);
      for (const list of [['--byline', 'layla-hassan'], ['--byline', 'ليلى-حسن'], ['--source', 'دجلة']])
        assert.equal((await json(site, ['story', 'list', ...list])).length, 3, list.join(' '));
      await refused(site, ['byline', 'merge', 'nobody', 'layla-hassan'], /no byline with the slug "nobody": courant byline list shows them/);
      await refused(site, ['source', 'merge', 'tigris-wire'], /INTO is missing/, { code: 2 });
    });

    test('tags get other names and become one', async (t) => {
      const site = await make({ test: t });
      const first = await write(site, 'First', '--tag', 'Al-Kazemi', '--publish');
      await done(site, ['tag', 'alias', 'add', 'al-kazemi', 'Kazemi', 'Mustafa al-Kadhimi']);
      const second = await write(site, 'Second', '--tag', 'kazemi', '--publish');
      assert.deepEqual((await json(site, ['story', 'show', String(second.id)])).tags.map((tag) => tag.slug), ['al-kazemi']);
      const tag = async (slug) => (await json(site, ['tag', 'list'])).find((one) => one.slug === slug);
      assert.deepEqual((await tag('al-kazemi')).aliases, ['Kazemi', 'Mustafa al-Kadhimi']);
      assert.match(await done(site, ['tag', 'list']), /al-kazemi +en: Al-Kazemi +Kazemi, Mustafa al-Kadhimi$/m);
      await done(site, ['tag', 'add', 'pm', '--name', 'Prime minister']);
      await refused(site, ['tag', 'alias', 'add', 'pm', 'Premier', 'Kazemi', 'Leader'],
        /"Kazemi" leads to the tag al-kazemi already, and nothing was added: .*courant tag merge al-kazemi pm/);
      assert.deepEqual((await tag('pm')).aliases, []);
      await refused(site, ['tag', 'alias', 'add', 'nobody', 'x'], /no tag with the slug "nobody"/);
      await refused(site, ['tag', 'alias', 'add', 'pm'], /NAME… is missing/, { code: 2 });
      await done(site, ['tag', 'merge', 'al-kazemi', 'pm']);
      assert.equal(await tag('al-kazemi'), undefined);
      assert.deepEqual((await tag('pm')).aliases, ['Al-Kazemi', 'Kazemi', 'Mustafa al-Kadhimi']);
      const ids = (await json(site, ['story', 'list', '--tag', 'kazemi'])).map((story) => story.id);
      assert.deepEqual(ids.sort(), [first.id, second.id].sort());
      await refused(site, ['tag', 'merge', 'pm', 'pm'], /into itself/);
      await refused(site, ['tag', 'alias', 'remove', 'pm', 'Kazemi', 'Nobody'], /"Nobody" is not another name of the tag pm, and nothing was removed/);
      assert.equal(await done(site, ['tag', 'alias', 'remove', 'pm', 'Kazemi', 'mustafa al-kadhimi']),
        'Kazemi no longer leads to tag pm.\nmustafa al-kadhimi no longer leads to tag pm.\n');
      assert.deepEqual((await tag('pm')).aliases, ['Al-Kazemi']);
    });

    test('a byline and a source get other names, and lose those that a mistaken merge left', async (t) => {
      const site = await make({ test: t });
      for (const [family, option, slug] of [['byline', '--byline', 'samuel-poe'], ['source', '--source', 'tigris-wire']]) {
        const shown = async (name) => {
          const { id } = await write(site, `By ${name}`, option, name);
          const story = await json(site, ['story', 'show', String(id)]);
          return family === 'byline' ? story.bylines[0].slug : story.source;
        };
        const name = slug === 'samuel-poe' ? 'Samuel Poe' : 'Tigris Wire';
        await done(site, [family, 'add', slug, '--name', name]);
        await done(site, [family, 'add', 'sam', '--name', 'Sam Poe']);
        assert.equal(await done(site, [family, 'alias', 'add', slug, 'S. Poe']), `S. Poe leads to ${family} ${slug}.\n`);
        assert.equal(await shown('S. Poe'), family === 'byline' ? slug : name);
        await refused(site, [family, 'alias', 'add', slug, 'Sam Poe'], new RegExp(`leads to the ${family} sam already, and nothing was added: .*courant ${family} merge sam ${slug}`));
        await done(site, [family, 'merge', 'sam', slug]);
        const named = async () => (await json(site, [family, 'list'])).find((one) => one.slug === slug).aliases;
        assert.deepEqual(await named(), ['S. Poe', 'sam', 'Sam Poe']);
        assert.deepEqual(await json(site, [family, 'alias', 'remove', slug, 'Sam Poe', 'sam']), { slug });
        await refused(site, [family, 'alias', 'remove', slug, 'sam'], new RegExp(`"sam" is not another name of the ${family} ${slug}, and nothing was removed: courant ${family} list shows them`));
        assert.deepEqual(await named(), ['S. Poe']);
        await done(site, [family, 'add', 'sam', '--name', 'Sam Poe']);
        assert.equal(await shown('Sam Poe'), family === 'byline' ? 'sam' : 'Sam Poe');
      }
    });

    test('a slip does not stay for ever', async (t) => {
      const site = await make({ test: t });
      const { id } = await json(site, ['story', 'add', '--headline', 'A', '--section', 'Sprot', '--tag', 'Rian', '--byline', 'Sraa',
        '--source', 'Agnecy', '--body', '-'], 'Text.');
      await refused(site, ['section', 'remove', 'sprot'],
        /^(courant: )?1 story has the section sprot, drafts and withdrawn ones counted: move each with courant story edit ID --section OTHER/);
      await refused(site, ['tag', 'remove', 'rian'], /1 story has the tag rian.*courant tag merge rian OTHER/);
      await refused(site, ['byline', 'remove', 'sraa'], /1 story has the byline sraa.*courant byline merge sraa OTHER/);
      await refused(site, ['source', 'remove', 'agnecy'], /1 story has the source agnecy.*courant source merge agnecy OTHER/);
      await refused(site, ['story', 'withdraw', String(id)], /never published.*courant story discard 1 deletes it/);
      assert.equal(await done(site, ['story', 'discard', String(id)]), 'Draft 1 is discarded.\n');
      await refused(site, ['story', 'show', String(id)], /no story/);
      assert.equal(await done(site, ['section', 'remove', 'sprot']), 'Section sprot is removed.\n');
      assert.deepEqual(await json(site, ['tag', 'remove', 'rian']), { removed: 'rian' });
      await done(site, ['byline', 'remove', 'sraa']);
      await done(site, ['source', 'remove', 'agnecy']);
      for (const family of ['section', 'tag', 'byline', 'source']) assert.deepEqual(await json(site, [family, 'list']), []);
      await refused(site, ['section', 'remove', 'sprot'], /no section with the slug "sprot": courant section list shows them/);
      const published = await addStory(site);
      await json(site, ['story', 'withdraw', String(published.id)]);
      await refused(site, ['story', 'discard', String(published.id)], /was published.*courant story withdraw/);
      const draft = await write(site, 'Draft');
      assert.deepEqual(await json(site, ['story', 'discard', String(draft.id)]), { discarded: draft.id });
    });
  });
}
