/* People who write. Every story repeats their names as one text, which follows what they are
 * called. */
#include "stories/stories_private.h"

#define WORK_BYTES ((size_t)256 * 1024)
#define RENAME_STORIES 200 /* in one act: readers' replies wait behind it */

/* How far a renaming is stands in the database: one that was stopped is finished when the site is
 * opened again, and two at once go on together. */
struct byline_rename {
	const struct world *world;
	struct arena mem; /* emptied whenever the commit half begins */
	struct effects effects;
	int64_t byline_id;
	bool is_done; /* the result */
};

static void byline_rename_done(struct byline_rename *rename)
{
	arena_done(&rename->mem);
}

static Err byline_rename_commit(struct db_connection *connection, void *state)
{
	struct byline_rename *rename = state;
	int64_t ids[RENAME_STORIES];
	int64_t after;
	size_t count;
	effects_clear(&rename->effects);
	TRY(byline_renaming_find(connection, rename->byline_id, &after));
	rename->is_done = after < 0;
	if (rename->is_done)
		return OK;
	TRY(byline_stories_find(connection, rename->byline_id, after, ids, RENAME_STORIES, &count));
	for (size_t i = 0; i < count; i++) {
		bool changed;
		arena_clear(&rename->mem);
		TRY(story_byline_renew(connection, rename->world->site, ids[i], &rename->mem, &changed));
		if (changed)
			effects_add(&rename->effects, TAG_SITE);
	}
	rename->is_done = count < RENAME_STORIES;
	return rename->is_done ? db_run(connection, taxonomy_byline.end_renaming,
	                                DB_ARGS(db_int(rename->byline_id)), NULL)
	                       : byline_renaming_update(connection, rename->byline_id, ids[count - 1]);
}

Err byline_rename(const struct world *world, int64_t byline_id)
{
	struct byline_rename rename CLEANUP(byline_rename_done) = {.world = world,
	                                                           .byline_id = byline_id};
	arena_init(&rename.mem, WORK_BYTES);
	while (!rename.is_done)
		TRY(act_commit(world, &(struct db_act){"byline_rename", byline_rename_commit, &rename},
		               &rename.effects));
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

/* Whoever repeats it, because the answer was lost, goes on with the texts as well. */
Err byline_merge(const struct world *world, Str slug, Str into_slug)
{
	int64_t into;
	TRY(taxonomy_merge(world, &taxonomy_byline, slug, into_slug, &into));
	return byline_rename(world, into);
}
