#include <stdlib.h>

#include "stories/story_act.h"

/* What an act may take: a body is kept in several forms while it is made clean. */
#define PREPARE_BYTES (16 * (size_t)HTML_MAX_BYTES + SEARCH_PREPARE_BYTES)
#define COMMIT_BYTES (8 * (size_t)HTML_MAX_BYTES)
/* As many stories as may have one headline, section and day. */
#define ADDRESS_NUMBERS_MAX 1000

static void story_act_init(struct story_act *act, const struct world *world)
{
	*act = (struct story_act){.world = world, .now = clock_now(world->clock)};
	arena_init(&act->prepared, PREPARE_BYTES);
	arena_init(&act->committed, COMMIT_BYTES);
}

static void story_act_done(struct story_act *act)
{
	arena_done(&act->prepared);
	arena_done(&act->committed);
}

#define STORY_ACT CLEANUP(story_act_done) struct story_act

static Err story_act_commit(struct story_act *act, const char *name,
                            Err (*commit)(struct db_connection *, void *))
{
	struct db_act db_act = {name, commit, act};
	return act_commit(act->world, &db_act, &act->effects);
}

static void story_act_begin(struct story_act *act)
{
	effects_clear(&act->effects);
	arena_clear(&act->committed);
}

static Err story_act_find(struct story_act *act, struct db_connection *connection,
                          struct story_record *out)
{
	return story_record_find(connection, act->world->site, act->id, &act->committed, out);
}

/* ---- steps of the commit halves ---- */

static Err change_name(struct story_act *act, struct db_connection *connection,
                       const struct taxonomy *taxonomy, const struct name *name,
                       const struct story *story, struct taxonomy_entry *out)
{
	return names_known_find_or_insert(act->known, connection, taxonomy, act->world->site, name,
	                                  story->language, &act->committed, out);
}

static Err change_section(struct story_act *act, struct db_connection *connection,
                          struct story *story)
{
	struct taxonomy_entry entry;
	TRY(change_name(act, connection, &taxonomy_section, &act->change.section, story, &entry));
	story->section = (struct section){entry.id, entry.slug, entry.name};
	return OK;
}

static Err change_source(struct story_act *act, struct db_connection *connection,
                         struct story *story)
{
	struct taxonomy_entry entry;
	story->source = (struct source){0};
	if (str_is_empty(act->change.source.text))
		return OK;
	TRY(change_name(act, connection, &taxonomy_source, &act->change.source, story, &entry));
	story->source = (struct source){.id = entry.id, .slug = entry.slug, .name = entry.name};
	return OK;
}

static Err change_bylines(struct story_act *act, struct db_connection *connection,
                          struct story *story)
{
	const struct story_change *change = &act->change;
	struct byline *bylines = ARENA_ARRAY(&act->committed, struct byline, change->byline_count + 1);
	size_t count = 0;
	if (bylines == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < change->byline_count; i++) {
		struct taxonomy_entry entry;
		bool is_there = false;
		TRY(change_name(act, connection, &taxonomy_byline, &change->bylines[i], story, &entry));
		for (size_t j = 0; j < count; j++)
			is_there = is_there || bylines[j].id == entry.id;
		if (!is_there)
			bylines[count++] = (struct byline){entry.id, entry.slug, entry.name};
	}
	story->bylines = bylines;
	story->byline_count = count;
	return bylines_join(story->language, bylines, count, &act->committed, &story->byline);
}

static Err change_tags(struct story_act *act, struct db_connection *connection, struct story *story)
{
	const struct story_change *change = &act->change;
	struct tag *tags = ARENA_ARRAY(&act->committed, struct tag, change->tag_count + 1);
	size_t count = 0;
	if (tags == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < change->tag_count; i++) {
		struct taxonomy_entry entry;
		bool is_there = false;
		TRY(change_name(act, connection, &taxonomy_tag, &change->tags[i], story, &entry));
		for (size_t j = 0; j < count; j++)
			is_there = is_there || tags[j].id == entry.id;
		if (!is_there)
			tags[count++] = (struct tag){entry.id, entry.slug, entry.name};
	}
	story->tags = tags;
	story->tag_count = count;
	return OK;
}

/* The headline's slug, as long as no reader knows the story by another. */
static Err change_slug(struct story_act *act, struct story_record *record)
{
	const struct story_change *change = &act->change;
	struct story *story = &record->story;
	if ((change->fields & STORY_SLUG) && !str_is_empty(change->slug)) {
		story->slug = change->slug;
		record->slug_given = true;
		return OK;
	}
	bool follows =
	    (change->fields & STORY_HEADLINE) && !record->slug_given && str_is_empty(story->path);
	if (!(change->fields & STORY_SLUG) && !follows)
		return OK;
	record->slug_given = false;
	if (change->fields & STORY_HEADLINE) {
		story->slug = change->headline_slug;
		return OK;
	}
	return headline_slug(story->headline, &act->committed, &story->slug);
}

/* The first words of the text, without the agency's own credit: a listing names the agency itself.
 */
static Err text_summary(struct story_act *act, struct db_connection *connection,
                        struct story *story)
{
	const struct story_change *change = &act->change;
	Html body;
	bool found;
	if (story->source.name_count == 0)
		TRY(source_names_find(connection, &act->committed, &story->source));
	TRY(story_credit_replace(story, story->body, HTML_LITERAL(""), &act->committed, &found, &body));
	if (!found && (change->fields & STORY_BODY)) {
		story->summary = change->body_summary;
		return OK;
	}
	return html_first_paragraph(body, STORY_SUMMARY_MAX, &act->committed, &story->summary);
}

/* What a listing says of a story. */
static Err change_summary(struct story_act *act, struct db_connection *connection,
                          struct story *story)
{
	if (!str_is_empty(story->standfirst))
		story->summary = story->standfirst;
	else if (act->change.fields & (STORY_BODY | STORY_STANDFIRST | STORY_SOURCE))
		return text_summary(act, connection, story);
	return OK;
}

/* Makes the sections, tags, bylines and sources that are not there yet. */
static Err change_apply(struct story_act *act, struct db_connection *connection,
                        struct story_record *record)
{
	const struct story_change *change = &act->change;
	struct story *story = &record->story;
	if (change->fields & STORY_HEADLINE)
		story->headline = change->headline;
	if (change->fields & STORY_STANDFIRST)
		story->standfirst = change->standfirst;
	if (change->fields & STORY_BYLINE)
		TRY(change_bylines(act, connection, story));
	TRY(change_slug(act, record));
	if (change->fields & STORY_SECTION)
		TRY(change_section(act, connection, story));
	if (change->fields & STORY_SOURCE)
		TRY(change_source(act, connection, story));
	if (change->fields & STORY_TAGS)
		TRY(change_tags(act, connection, story));
	if (change->fields & STORY_BODY)
		story->body = change->body;
	if (change->fields & STORY_PUBLISHED_AT)
		story->published = change->published_at != 0 || story->status == STORY_DRAFT
		                       ? change->published_at
		                       : act->now;
	if (change->fields & STORY_BREAKING)
		story->breaking_until = change->breaking_until;
	return change_summary(act, connection, story);
}

/* Whoever reads it sees what readers may: a text, under a time that has passed. */
static Err published_check(const struct story_act *act, const struct story *story)
{
	TRY(published_at_check(story->published, act->now));
	if (str_is_empty(story->body.markup))
		return fail(ERR_INVALID, "the body is empty: write it before the story is published");
	return OK;
}

static Err publish_apply(struct story_act *act, struct story *story)
{
	if (act->publish_at != 0)
		story->published = act->publish_at;
	if (story->published == 0)
		story->published = act->now;
	TRY(published_check(act, story));
	if (story->status == STORY_DRAFT)
		story->updated = story->published;
	story->status = STORY_PUBLISHED;
	return OK;
}

/* The address that a published story's section, day and slug ask for; `is_new` when it was
 * nobody's. One that was another story's stays so for ever; where the slug is not the desk's own, a
 * number is put behind it. */
static Err address_choose(struct story_act *act, struct db_connection *connection,
                          struct story_record *record, bool *is_new)
{
	struct story *story = &record->story;
	for (unsigned number = 1; number <= ADDRESS_NUMBERS_MAX; number++) {
		Str slug;
		Str path;
		int64_t owner;
		TRY(slug_with_number(story->slug, number, &act->committed, &slug));
		TRY(story_path(act->world->site, story, slug, &act->committed, &path));
		TRY(story_address_find(connection, path, &owner));
		if (owner == 0 || owner == story->id) {
			story->slug = slug;
			story->path = path;
			*is_new = owner == 0;
			return OK;
		}
		if (record->slug_given)
			return fail(ERR_CONFLICT, "%.*s is story %lld's address: choose another slug",
			            STR(path), (long long)owner);
	}
	return fail(ERR_CONFLICT, "too many stories have this headline today: choose a slug");
}

static Err address_place(struct story_act *act, struct db_connection *connection,
                         struct story_record *record)
{
	bool is_new;
	TRY(address_choose(act, connection, record, &is_new));
	if (!is_new)
		return OK;
	return story_address_insert(connection, record->story.path, record->story.id, act->now);
}

/* Writes what a commit half has made of a story, and notes what follows. */
static Err record_write(struct story_act *act, struct db_connection *connection,
                        const struct story *before, struct story_record *after)
{
	if (after->story.status == STORY_PUBLISHED)
		TRY(address_place(act, connection, after));
	if (act->change.fields & STORY_TRANSLATION)
		TRY(translation_apply(act, connection, before, &after->story));
	TRY(story_record_update(connection, after));
	TRY(story_tags_replace(connection, &after->story));
	TRY(story_bylines_replace(connection, &after->story));
	TRY(story_search_write(connection, before, &after->story));
	return effects_note(act, connection, before, &after->story);
}

static Err revision_write(struct story_act *act, struct db_connection *connection,
                          const struct story *before, struct story_record *after)
{
	after->story.revision = before->revision + 1;
	after->story.updated = act->now;
	if (after->story.status == STORY_PUBLISHED)
		TRY(published_check(act, &after->story));
	TRY(record_write(act, connection, before, after));
	return story_revision_insert(connection, &after->story, act->now, &act->committed);
}

/* ---- the acts ---- */

#define STORY_ALL_FIELDS                                                                           \
	(STORY_HEADLINE | STORY_STANDFIRST | STORY_BYLINE | STORY_SLUG | STORY_SECTION |               \
	 STORY_SOURCE | STORY_TAGS | STORY_BODY | STORY_PUBLISHED_AT | STORY_BREAKING |                \
	 STORY_TRANSLATION)

/* The rows of a new story, each written once; what an address needs of it is known before its id.
 */
static Err record_write_new(struct story_act *act, struct db_connection *connection,
                            struct story_record *record)
{
	struct story *story = &record->story;
	struct story before = *story;
	bool is_new;
	before.status = STORY_DRAFT;
	if (act->publish)
		TRY(address_choose(act, connection, record, &is_new));
	TRY(story_record_insert(connection, record));
	before.id = story->id;
	if (act->publish)
		TRY(story_address_insert(connection, story->path, story->id, act->now));
	TRY(story_tags_insert(connection, story));
	TRY(story_bylines_insert(connection, story));
	if (act->change.translation_of != 0) {
		TRY(translation_apply(act, connection, &before, story));
		TRY(story_group_set(connection, story->id, story->translation_group));
	}
	act->id = story->id;
	act->words.story_id = story->id;
	act->words.published = story->published;
	act->words.section_id = story->section.id;
	TRY(effects_note(act, connection, &before, story));
	return story_revision_insert(connection, story, act->now, &act->committed);
}

static Err story_write_new(struct story_act *act, struct db_connection *connection)
{
	story_act_begin(act);
	struct story_record record = {.story = {.status = STORY_DRAFT,
	                                        .language = act->language,
	                                        .created = act->now,
	                                        .updated = act->now,
	                                        .revision = 1}};
	TRY(change_apply(act, connection, &record));
	if (act->publish)
		TRY(publish_apply(act, &record.story));
	return record_write_new(act, connection, &record);
}

/* Search comes last: most of what is inserted into another table behind it makes FTS5 write out
 * what it has gathered. */
static Err story_add_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	TRY(story_write_new(act, connection));
	return act->publish ? search_put_new(connection, &act->words, 1) : OK;
}

static Err story_add_prepare(struct story_act *act, const struct story_input *input)
{
	act->publish = input->publish;
	TRY(site_language_find(act->world->site, input->language, &act->language));
	TRY(story_change_check(input, STORY_ALL_FIELDS, act->now, &act->prepared, &act->change));
	if (!act->publish)
		return OK;
	const struct story story = {.language = act->language,
	                            .headline = act->change.headline,
	                            .standfirst = act->change.standfirst,
	                            .body = act->change.body};
	return story_search_prepare(&story, &act->prepared, &act->words);
}

Err story_add(const struct world *world, const struct story_input *input, int64_t *id_out)
{
	STORY_ACT act;
	story_act_init(&act, world);
	TRY(story_add_prepare(&act, input));
	TRY(story_act_commit(&act, "story_add", story_add_commit));
	*id_out = act.id;
	return OK;
}

/* ---- many at once ---- */

struct stories_add {
	struct story_act *acts;
	struct names_known *known;
	size_t begun; /* of them, to be given back */
	size_t count;
	size_t number; /* the one that the commit half is at */
	struct search_entry *words;
	struct arena mem; /* of acts and words */
	struct effects effects;
};

static bool stories_add_init(struct stories_add *add, size_t count)
{
	*add = (struct stories_add){.count = count};
	arena_init(&add->mem, count * (sizeof *add->acts + sizeof *add->words) +
	                          2 * _Alignof(max_align_t)); /* what rounding adds */
	add->acts = ARENA_ARRAY(&add->mem, struct story_act, count);
	add->words = ARENA_ARRAY(&add->mem, struct search_entry, count);
	add->known = names_known_new();
	return add->acts != NULL && add->words != NULL && add->known != NULL;
}

static void stories_add_done(struct stories_add *add)
{
	names_known_free(add->known);
	for (size_t i = 0; i < add->begun; i++)
		story_act_done(&add->acts[i]);
	arena_done(&add->mem);
}

static Err stories_add_refused(const struct stories_add *add, size_t number, Err err)
{
	struct err_note why;
	err_note_take(&why, err);
	return fail(err, "story %zu of %zu: %s", number + 1, add->count, why.text);
}

static Err stories_add_commit(struct db_connection *connection, void *state)
{
	struct stories_add *add = state;
	size_t published = 0;
	effects_clear(&add->effects);
	names_known_clear(add->known);
	for (size_t i = 0; i < add->count; i++) {
		struct story_act *act = &add->acts[i];
		add->number = i;
		TRY(story_write_new(act, connection));
		arena_clear(&act->committed);
		/* Its news stay here: whoever has a page open is not told of an archive. */
		for (size_t tag = 0; tag < act->effects.count; tag++)
			effects_add(&add->effects, act->effects.tags[tag]);
		if (act->publish)
			add->words[published++] = act->words;
	}
	return search_put_new(connection, add->words, published);
}

Err story_add_many(const struct world *world, const struct story_input *inputs, size_t count,
                   int64_t *ids_out)
{
	CHECK(count > 0 && count <= STORY_ADD_MAX);
	struct stories_add add CLEANUP(stories_add_done);
	if (!stories_add_init(&add, count))
		return fail(ERR_MEMORY, "there is no memory for %zu stories", count);
	for (size_t i = 0; i < count; i++) {
		story_act_init(&add.acts[add.begun++], world);
		add.acts[i].known = add.known;
		Err err = story_add_prepare(&add.acts[i], &inputs[i]);
		if (err != OK)
			return stories_add_refused(&add, i, err);
	}
	struct db_act act = {"story_add_many", stories_add_commit, &add};
	Err err = act_commit_long(world, &act, &add.effects);
	if (err == ERR_INVALID || err == ERR_CONFLICT || err == ERR_NOT_FOUND)
		return stories_add_refused(&add, add.number, err);
	TRY(err);
	for (size_t i = 0; i < count; i++)
		ids_out[i] = add.acts[i].id;
	return OK;
}

static Err story_edit_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	struct story_record before;
	story_act_begin(act);
	TRY(story_act_find(act, connection, &before));
	struct story_record after = before;
	TRY(change_apply(act, connection, &after));
	return revision_write(act, connection, &before.story, &after);
}

Err story_edit(const struct world *world, int64_t id, const struct story_input *input,
               unsigned fields)
{
	STORY_ACT act;
	story_act_init(&act, world);
	act.id = id;
	if ((fields & STORY_ALL_FIELDS) == 0)
		return fail(ERR_INVALID, "say what is to change");
	TRY(story_change_check(input, fields & STORY_ALL_FIELDS, act.now, &act.prepared, &act.change));
	return story_act_commit(&act, "story_edit", story_edit_commit);
}

static Err story_publish_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	struct story_record before;
	story_act_begin(act);
	TRY(story_act_find(act, connection, &before));
	if (before.story.status == STORY_PUBLISHED) {
		if (act->publish_at == 0 || act->publish_at == before.story.published)
			return effects_note_again(act, connection, &before.story, STORY_DRAFT);
		return fail(ERR_CONFLICT, "story %lld is published already: change its time by editing it",
		            (long long)act->id);
	}
	struct story_record after = before;
	TRY(publish_apply(act, &after.story));
	return record_write(act, connection, &before.story, &after);
}

Err story_publish(const struct world *world, int64_t id, Time at)
{
	STORY_ACT act;
	story_act_init(&act, world);
	act.id = id;
	TRY(published_at_check(at, act.now));
	act.publish_at = at;
	return story_act_commit(&act, "story_publish", story_publish_commit);
}

static Err story_withdraw_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	struct story_record before;
	story_act_begin(act);
	TRY(story_act_find(act, connection, &before));
	if (before.story.status == STORY_WITHDRAWN)
		return effects_note_again(act, connection, &before.story, STORY_PUBLISHED);
	if (before.story.status == STORY_DRAFT)
		return fail(ERR_CONFLICT,
		            "story %lld was never published, there is nothing to withdraw: courant story "
		            "discard %lld deletes it",
		            (long long)act->id, (long long)act->id);
	struct story_record after = before;
	after.story.status = STORY_WITHDRAWN;
	return record_write(act, connection, &before.story, &after);
}

Err story_withdraw(const struct world *world, int64_t id)
{
	STORY_ACT act;
	story_act_init(&act, world);
	act.id = id;
	return story_act_commit(&act, "story_withdraw", story_withdraw_commit);
}

/* Nobody but the desk has seen a draft; a story that was published once never is one again. */
static Err story_discard_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	struct story_record record;
	story_act_begin(act);
	TRY(story_act_find(act, connection, &record));
	if (record.story.status != STORY_DRAFT)
		return fail(ERR_CONFLICT,
		            "story %lld was published, and readers may have its address: courant story "
		            "withdraw %lld takes it from them",
		            (long long)act->id, (long long)act->id);
	if (record.story.translation_group != 0)
		TRY(translation_apply(act, connection, &record.story, &record.story));
	return story_record_discard(connection, act->id, act->now);
}

Err story_discard(const struct world *world, int64_t id)
{
	STORY_ACT act;
	story_act_init(&act, world);
	act.id = id;
	return story_act_commit(&act, "story_discard", story_discard_commit);
}

/* Pressed twice, it would stand there twice for ever: notes are not taken back. */
static Err correction_said_check(const struct story_act *act, const struct story *story)
{
	if (story->correction_count == 0)
		return OK;
	const struct correction *newest = &story->corrections[story->correction_count - 1];
	if (newest->kind != act->correction_kind || !str_equal(newest->text, act->correction))
		return OK;
	return fail(ERR_CONFLICT,
	            "story %lld's newest note says that already: to change the story itself, edit it",
	            (long long)story->id);
}

static Err story_correct_commit(struct db_connection *connection, void *state)
{
	struct story_act *act = state;
	struct story_record before;
	story_act_begin(act);
	TRY(story_act_find(act, connection, &before));
	if (before.story.status != STORY_PUBLISHED)
		return fail(ERR_CONFLICT, "story %lld is not published: edit it instead",
		            (long long)act->id);
	TRY(correction_said_check(act, &before.story));
	TRY(correction_insert(connection, &before.story, act->correction_kind, act->correction,
	                      act->now));
	effects_add(&act->effects, TAG_CORRECTIONS);
	struct story_record after = before;
	TRY(change_apply(act, connection, &after));
	if (act->change.fields != 0)
		return revision_write(act, connection, &before.story, &after);
	after.story.updated = act->now;
	return record_write(act, connection, &before.story, &after);
}

Err story_correct(const struct world *world, int64_t id, enum correction_kind kind, Str text,
                  const struct story_input *input, unsigned fields)
{
	STORY_ACT act;
	story_act_init(&act, world);
	act.id = id;
	act.correction_kind = kind;
	TRY(note_check("the correction", text, CORRECTION_MAX, &act.prepared, &act.correction));
	if (str_is_empty(act.correction))
		return fail(ERR_INVALID, "the correction is empty: say what was wrong and what is right");
	if (fields != 0)
		TRY(story_change_check(input, fields & STORY_ALL_FIELDS, act.now, &act.prepared,
		                       &act.change));
	return story_act_commit(&act, "story_correct", story_correct_commit);
}
