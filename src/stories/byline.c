/* People who write. Every story repeats their names as one text, which follows what they are
 * called. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)
#define RENAME_STORIES 200 /* in one act: readers' replies wait behind it */

struct byline_rename {
	const struct world *world;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
	int64_t byline_id;
	int64_t after; /* the last story that was looked at */
	int64_t last;  /* the result: the last one of this act; 0: there was none */
};

static void byline_rename_done(struct byline_rename *rename)
{
	arena_done(&rename->mem);
}

static Err byline_rename_commit(struct db_connection *connection, void *state)
{
	struct byline_rename *rename = state;
	int64_t ids[RENAME_STORIES];
	size_t count;
	effects_clear(&rename->effects);
	rename->last = 0;
	TRY(byline_stories_find(connection, rename->byline_id, rename->after, ids, RENAME_STORIES,
	                        &count));
	for (size_t i = 0; i < count; i++) {
		bool changed;
		arena_clear(&rename->mem);
		TRY(story_byline_renew(connection, rename->world->site, ids[i], &rename->mem, &changed));
		if (changed)
			effects_add(&rename->effects, TAG_SITE);
	}
	rename->last = count == 0 ? 0 : ids[count - 1];
	return OK;
}

static Err byline_rename(const struct world *world, int64_t byline_id)
{
	struct byline_rename rename CLEANUP(byline_rename_done) = {.world = world,
	                                                           .byline_id = byline_id};
	arena_init(&rename.mem, WORK_BYTES);
	do {
		TRY(act_commit(world, &(struct db_act){"byline_rename", byline_rename_commit, &rename},
		               &rename.effects));
		rename.after = rename.last;
	} while (rename.last != 0);
	return OK;
}

Err byline_add(const struct world *world, Str slug, const struct name_input *names, size_t count,
               int64_t *id_out)
{
	int64_t id;
	bool renamed;
	TRY(taxonomy_add(world, &taxonomy_byline, slug, names, count, &id, &renamed));
	if (renamed)
		TRY(byline_rename(world, id));
	*id_out = id;
	return OK;
}

/* Whoever repeats it, because the answer was lost, has the texts made right as well. */
Err byline_merge(const struct world *world, Str slug, Str into_slug)
{
	int64_t into;
	TRY(taxonomy_merge(world, &taxonomy_byline, slug, into_slug, &into));
	return byline_rename(world, into);
}
