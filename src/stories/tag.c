/* Other names that lead to a tag, and two tags that become one. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

struct tag_act {
	struct name slug, into, alias;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
	bool is_done; /* the result, of a merge */
};

static void tag_act_done(struct tag_act *act)
{
	arena_done(&act->mem);
}

/* A slug as a name: what it is found by once it is only an alias. */
static Err slug_name(Str slug, struct arena *mem, struct name *out)
{
	TRY(slug_check(slug, mem, &out->text));
	out->slug = out->text;
	return text_fold(out->text, mem, &out->folded);
}

/* 0: there is no such tag. */
static Err tag_by_slug(struct db_connection *connection, Str slug, int64_t *id)
{
	return query_id(connection, SQL("SELECT id FROM tag WHERE slug = $1"), DB_ARGS(db_text(slug)),
	                id);
}

static Err no_tag(Str slug)
{
	return fail(ERR_NOT_FOUND, "there is no tag with the slug \"%.*s\": tag list shows them",
	            STR(slug));
}

/* ---- aliases ---- */

static Err tag_alias_add_commit(struct db_connection *connection, void *state)
{
	struct tag_act *act = state;
	int64_t id;
	int64_t led_to;
	arena_clear(&act->mem);
	TRY(tag_by_slug(connection, act->slug.text, &id));
	if (id == 0)
		return no_tag(act->slug.text);
	TRY(taxonomy_find(connection, &taxonomy_tag, &act->alias, S(""), &led_to));
	if (led_to == 0)
		TRY(taxonomy_find_segment(connection, &taxonomy_tag, act->alias.slug, S(""), &act->mem,
		                          &led_to));
	if (led_to != 0 && led_to != id)
		return fail(ERR_CONFLICT,
		            "\"%.*s\" leads to another tag already: courant tag merge makes one of two",
		            STR(act->alias.text));
	return led_to == id ? OK : tag_alias_insert(connection, id, &act->alias);
}

Err tag_alias_add(const struct world *world, Str slug, Str alias)
{
	struct arena mem CLEANUP(arena_done);
	struct tag_act act CLEANUP(tag_act_done) = {0};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(slug_name(slug, &mem, &act.slug));
	TRY(name_check("the tag's other name", alias, &mem, &act.alias));
	/* No page shows it, and one that was not found is never kept. */
	return db_commit(world->db, &(struct db_act){"tag_alias_add", tag_alias_add_commit, &act});
}

/* ---- merging ---- */

/* In one act: readers' replies wait behind it. All their pages can be named. */
#define MERGE_STORIES 100
_Static_assert(MERGE_STORIES + 3 <= EFFECTS_MAX, "an act drops no more than what it touches");

/* For an act that finds its work done, perhaps by itself when its answer was lost. */
static Err merged_already(struct db_connection *connection, struct tag_act *act, int64_t into)
{
	int64_t led_to;
	TRY(query_id(connection, taxonomy_tag.find_by_alias, DB_ARGS(db_text(act->slug.folded)),
	             &led_to));
	if (led_to != into)
		return no_tag(act->slug.text);
	effects_add(&act->effects, TAG_SITE);
	return OK;
}

static Err merge_begin(struct db_connection *connection, struct tag_act *act, int64_t from,
                       int64_t into)
{
	struct tag_merging other;
	TRY(tag_merging_find_other(connection, from, into, &act->mem, &other));
	if (!str_is_empty(other.slug))
		return fail(ERR_CONFLICT,
		            "tag %.*s is not wholly merged into %.*s yet: finish that first, with "
		            "courant tag merge %.*s %.*s",
		            STR(other.slug), STR(other.into_slug), STR(other.slug), STR(other.into_slug));
	return tag_merging_insert(connection, from, into);
}

/* Its names come last: until then it is whole, with the stories that it still has. */
static Err tag_merge_commit(struct db_connection *connection, void *state)
{
	struct tag_act *act = state;
	int64_t from;
	int64_t into;
	int64_t moved[MERGE_STORIES];
	size_t count;
	bool renamed;
	effects_clear(&act->effects);
	arena_clear(&act->mem);
	TRY(tag_by_slug(connection, act->into.text, &into));
	if (into == 0)
		return no_tag(act->into.text);
	TRY(tag_by_slug(connection, act->slug.text, &from));
	act->is_done = from == 0;
	if (from == 0)
		return merged_already(connection, act, into);
	TRY(merge_begin(connection, act, from, into));
	TRY(tag_stories_move(connection, from, into, moved, MERGE_STORIES, &count));
	effects_add(&act->effects, TAG_TAG(from));
	effects_add(&act->effects, TAG_TAG(into));
	for (size_t i = 0; i < count; i++)
		effects_add(&act->effects, TAG_STORY(moved[i]));
	act->is_done = count < MERGE_STORIES;
	if (!act->is_done)
		return OK;
	TRY(tag_names_move(connection, from, into, &act->slug, &renamed));
	/* Its name stands on every story that it had before. */
	if (renamed)
		effects_add(&act->effects, TAG_SITE);
	return OK;
}

Err tag_merge_some(const struct world *world, Str slug, Str into_slug, bool *done)
{
	struct arena mem CLEANUP(arena_done);
	struct tag_act act CLEANUP(tag_act_done) = {0};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(slug_name(slug, &mem, &act.slug));
	TRY(slug_name(into_slug, &mem, &act.into));
	if (str_equal(act.slug.text, act.into.text))
		return fail(ERR_INVALID, "a tag can't be merged into itself: name two");
	TRY(act_commit(world, &(struct db_act){"tag_merge", tag_merge_commit, &act}, &act.effects));
	*done = act.is_done;
	return OK;
}

Err tag_merge(const struct world *world, Str slug, Str into_slug)
{
	bool done = false;
	while (!done)
		TRY(tag_merge_some(world, slug, into_slug, &done));
	return OK;
}
