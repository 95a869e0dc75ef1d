/* What an older Courant did not write down: how names are folded now, sources' slugs, and people
 * behind texts; and what search knows, which is in no backup. */
#include "base/log.h"
#include "stories/stories_private.h"

#define AT_ONCE 300 /* in one act */
#define WORK_BYTES ((size_t)8 << 20)

struct catch_up {
	const struct world *world;
	Err (*find)(struct db_connection *connection, int64_t *out, size_t max, size_t *count_out);
	Err (*mend)(struct db_connection *connection, const struct site *site, int64_t id,
	            struct arena *mem);
	struct arena mem; /* emptied for each */
	struct effects effects;
	int64_t last; /* the result */
	size_t count; /* 0: nothing is missing */
};

static void catch_up_done(struct catch_up *catch_up)
{
	arena_done(&catch_up->mem);
}

static Err catch_up_commit(struct db_connection *connection, void *state)
{
	struct catch_up *catch_up = state;
	int64_t ids[AT_ONCE];
	effects_clear(&catch_up->effects);
	TRY(catch_up->find(connection, ids, AT_ONCE, &catch_up->count));
	for (size_t i = 0; i < catch_up->count; i++) {
		arena_clear(&catch_up->mem);
		TRY(catch_up->mend(connection, catch_up->world->site, ids[i], &catch_up->mem));
		catch_up->last = ids[i];
	}
	if (catch_up->count > 0)
		effects_add(&catch_up->effects, TAG_SITE);
	return OK;
}

/* Writes only where a look has found something: most times nothing is missing. */
static Err is_missing(struct catch_up *catch_up, bool *out)
{
	int64_t id;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(catch_up->world->db, &connection));
	TRY(catch_up->find(connection, &id, 1, &count));
	*out = count > 0;
	return OK;
}

static Err catch_up_run(struct catch_up *catch_up, const char *act, const char *what,
                        const char *became)
{
	size_t total = 0;
	bool missing;
	TRY(is_missing(catch_up, &missing));
	while (missing) {
		TRY(act_commit(catch_up->world, &(struct db_act){act, catch_up_commit, catch_up},
		               &catch_up->effects));
		missing = catch_up->count > 0;
		total += catch_up->count;
		/* What one act mends is not worth a line. */
		if (catch_up->count == AT_ONCE)
			log_info("stories: %s %lld %s (%zu so far)", what, (long long)catch_up->last, became,
			         total);
	}
	return OK;
}

Err stories_catch_up(const struct world *world)
{
	struct catch_up sources CLEANUP(catch_up_done) = {
	    .world = world, .find = sources_without_slug, .mend = source_slug_give};
	struct catch_up bylines CLEANUP(catch_up_done) = {
	    .world = world, .find = stories_without_bylines, .mend = story_byline_give};
	struct catch_up words CLEANUP(catch_up_done) = {
	    .world = world, .find = stories_not_searchable, .mend = story_make_searchable};
	arena_init(&words.mem, WORK_BYTES);
	arena_init(&sources.mem, WORK_BYTES);
	arena_init(&bylines.mem, WORK_BYTES);
	TRY(catch_up_run(&sources, "source_catch_up", "source", "has its page"));
	TRY(names_fold_anew(world));
	TRY(catch_up_run(&bylines, "byline_catch_up", "the byline of story", "has its page"));
	return catch_up_run(&words, "search_catch_up", "story", "can be found by its words");
}
