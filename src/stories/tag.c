/* Other names that lead to a tag, and two tags that become one. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

struct tag_act {
	struct name slug, into, alias;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
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
	effects_clear(&act->effects);
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
	effects_add(&act->effects, TAG_HOME);
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
	/* No page shows it, but a search for it leads to the tag. */
	return act_commit(world, &(struct db_act){"tag_alias_add", tag_alias_add_commit, &act},
	                  &act.effects);
}

/* ---- merging ---- */

/* The pages of its stories; all pages where they are too many to name. */
static Err effects_note_tag(struct db_connection *connection, int64_t tag_id,
                            struct effects *effects)
{
	int64_t ids[EFFECTS_MAX];
	size_t count;
	effects_add(effects, TAG_TAG(tag_id));
	TRY(tag_stories_find(connection, tag_id, ids, EFFECTS_MAX, &count));
	for (size_t i = 0; i < count; i++)
		effects_add(effects, TAG_STORY(ids[i]));
	return OK;
}

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

static Err tag_merge_commit(struct db_connection *connection, void *state)
{
	struct tag_act *act = state;
	int64_t from;
	int64_t into;
	bool renamed;
	effects_clear(&act->effects);
	TRY(tag_by_slug(connection, act->into.text, &into));
	if (into == 0)
		return no_tag(act->into.text);
	TRY(tag_by_slug(connection, act->slug.text, &from));
	if (from == 0)
		return merged_already(connection, act, into);
	TRY(effects_note_tag(connection, from, &act->effects));
	effects_add(&act->effects, TAG_TAG(into));
	TRY(tag_stories_move(connection, from, into));
	TRY(tag_names_move(connection, from, into, &act->slug, &renamed));
	/* Its name stands on every story that it had before, and in every feed of these. */
	effects_add(&act->effects, TAG_SITE);
	return OK;
}

Err tag_merge(const struct world *world, Str slug, Str into_slug)
{
	struct arena mem CLEANUP(arena_done);
	struct tag_act act CLEANUP(tag_act_done) = {0};
	arena_init(&mem, WORK_BYTES);
	arena_init(&act.mem, WORK_BYTES);
	TRY(slug_name(slug, &mem, &act.slug));
	TRY(slug_name(into_slug, &mem, &act.into));
	if (str_equal(act.slug.text, act.into.text))
		return fail(ERR_INVALID, "a tag can't be merged into itself: name two");
	return act_commit(world, &(struct db_act){"tag_merge", tag_merge_commit, &act}, &act.effects);
}
