/* Two tags, bylines or sources that become one. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)

struct taxonomy_merge {
	const struct taxonomy *taxonomy;
	struct name slug, into;
	struct effects effects;
	int64_t into_id; /* the result */
};

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

static Err taxonomy_merge_commit(struct db_connection *connection, void *state)
{
	struct taxonomy_merge *merge = state;
	const struct taxonomy *taxonomy = merge->taxonomy;
	const struct db_value slug = db_text(merge->slug.text);
	int64_t from;
	effects_clear(&merge->effects);
	/* What the first one's stories say changes wherever they are shown, in feeds too; and the
	 * second's get a name, where it had none in a language. */
	effects_add(&merge->effects, TAG_SITE);
	TRY(taxonomy_named(connection, taxonomy, merge->into.text, &merge->into_id));
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(slug, slug), &from));
	if (from == 0)
		return merged_already(connection, merge);
	TRY(taxonomy->stories_move(connection, from, merge->into_id));
	return taxonomy_names_move(connection, taxonomy, from, merge->into_id, &merge->slug);
}

Err taxonomy_merge(const struct world *world, const struct taxonomy *taxonomy, Str slug,
                   Str into_slug, int64_t *into_out)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct taxonomy_merge merge = {.taxonomy = taxonomy};
	TRY(taxonomy_slug_name(slug, &mem, &merge.slug));
	TRY(taxonomy_slug_name(into_slug, &mem, &merge.into));
	if (str_equal(merge.slug.text, merge.into.text))
		return fail(ERR_INVALID, "a %s can't be merged into itself: name two", taxonomy->noun);
	TRY(act_commit(world, &(struct db_act){taxonomy->merge_act, taxonomy_merge_commit, &merge},
	               &merge.effects));
	*into_out = merge.into_id;
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
