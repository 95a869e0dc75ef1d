/* Two tags, bylines or sources that become one. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)
/* In one act: readers' replies wait behind it. All their pages can be named. */
#define MERGE_STORIES 100
_Static_assert(MERGE_STORIES + 2 <= EFFECTS_MAX, "an act drops no more than what it touches");

struct taxonomy_merge {
	const struct taxonomy *taxonomy;
	struct name slug, into;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
	/* The results. */
	int64_t into_id;
	bool is_done;
};

static void taxonomy_merge_done(struct taxonomy_merge *merge)
{
	arena_done(&merge->mem);
}

/* For an act that finds its work done, perhaps by itself when its answer was lost. */
static Err merged_already(struct db_connection *connection, const struct taxonomy_merge *merge)
{
	int64_t led_to;
	int64_t id;
	TRY(query_id(connection, merge->taxonomy->find_by_alias, DB_ARGS(db_text(merge->slug.folded)),
	             &led_to));
	if (led_to == merge->into_id)
		return OK;
	return taxonomy_named(connection, merge->taxonomy, merge->slug.text, &id);
}

static Err stories_move(struct db_connection *connection, struct taxonomy_merge *merge,
                        int64_t from)
{
	const struct taxonomy *taxonomy = merge->taxonomy;
	int64_t moved[MERGE_STORIES];
	size_t count;
	TRY(taxonomy->stories_move(connection, from, merge->into_id, moved, MERGE_STORIES, &count));
	effects_add(&merge->effects, taxonomy->tag(from));
	effects_add(&merge->effects, taxonomy->tag(merge->into_id));
	for (size_t i = 0; i < count; i++)
		effects_add(&merge->effects, TAG_STORY(moved[i]));
	merge->is_done = count < MERGE_STORIES;
	return OK;
}

/* Its names come last: until then it is whole, with the stories that it still has. */
static Err taxonomy_merge_commit(struct db_connection *connection, void *state)
{
	struct taxonomy_merge *merge = state;
	const struct taxonomy *taxonomy = merge->taxonomy;
	const struct db_value slug = db_text(merge->slug.text);
	int64_t from;
	effects_clear(&merge->effects);
	arena_clear(&merge->mem);
	TRY(taxonomy_named(connection, taxonomy, merge->into.text, &merge->into_id));
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(slug, slug), &from));
	merge->is_done = from == 0;
	if (from != 0) {
		TRY(merging_refuse_other(connection, taxonomy, from, merge->into_id, &merge->mem));
		TRY(db_run(connection, taxonomy->insert_merging,
		           DB_ARGS(db_int(from), db_int(merge->into_id)), NULL));
		TRY(stories_move(connection, merge, from));
	}
	if (!merge->is_done)
		return OK;
	/* What the first one's stories say changes wherever they are shown, in feeds too; and the
	 * second's get a name, where it had none in a language. */
	effects_clear(&merge->effects);
	effects_add(&merge->effects, TAG_SITE);
	if (from == 0)
		return merged_already(connection, merge);
	return taxonomy_names_move(connection, taxonomy, from, merge->into_id, &merge->slug);
}

Err taxonomy_merge_some(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                        Str into_slug, bool *done, int64_t *into_out)
{
	struct arena mem CLEANUP(arena_done);
	struct taxonomy_merge merge CLEANUP(taxonomy_merge_done) = {.taxonomy = taxonomy};
	arena_init(&mem, WORK_BYTES);
	arena_init(&merge.mem, WORK_BYTES);
	TRY(taxonomy_slug_name(slug, &mem, &merge.slug));
	TRY(taxonomy_slug_name(into_slug, &mem, &merge.into));
	if (str_equal(merge.slug.text, merge.into.text))
		return fail(ERR_INVALID, "a %s can't be merged into itself: name two", taxonomy->noun);
	TRY(act_commit(world, &(struct db_act){taxonomy->merge_act, taxonomy_merge_commit, &merge},
	               &merge.effects));
	*done = merge.is_done;
	*into_out = merge.into_id;
	return OK;
}

Err taxonomy_merge(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                   Str into_slug, int64_t *into_out)
{
	bool done = false;
	while (!done)
		TRY(taxonomy_merge_some(world, taxonomy, slug, into_slug, &done, into_out));
	return OK;
}

Err tag_merge(const struct world *world, Str slug, Str into_slug)
{
	int64_t into;
	return taxonomy_merge(world, &taxonomy_tag, slug, into_slug, &into);
}

Err source_merge(const struct world *world, Str slug, Str into_slug)
{
	int64_t into;
	return taxonomy_merge(world, &taxonomy_source, slug, into_slug, &into);
}
