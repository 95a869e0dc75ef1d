/* What an older Courant did not write down: sources' slugs, how names are folded now, and people
 * behind texts; what search knows, which is in no backup; and what was stopped between two of its
 * acts. */
#include "base/log.h"
#include "stories/stories_private.h"

#define AT_ONCE 300 /* in one act */
#define WORK_BYTES ((size_t)8 << 20)
#define DAMAGED_TOLD 10 /* of one act, by name */
/* Merges and renamings that were stopped; there is rarely one. */
#define UNFINISHED_MAX 100

struct damaged {
	int64_t id;
	struct err_note why;
};

struct catch_up {
	const struct world *world;
	const char *act;
	const char *what, *became; /* "story", "can be found by its words" */
	/* At most `max` with an id past `after`, by id. */
	Err (*find)(struct db_connection *connection, int64_t after, int64_t *out, size_t max,
	            size_t *count_out);
	Err (*mend)(struct db_connection *connection, const struct site *site, int64_t id,
	            struct arena *mem);
	int64_t after;    /* the last one that was looked at */
	struct arena mem; /* emptied for each */
	struct effects effects;
	/* The results of an act. */
	int64_t last;
	size_t count; /* that were looked at; 0: nothing is missing */
	size_t damaged_count;
	struct damaged damaged[DAMAGED_TOLD];
};

static void catch_up_done(struct catch_up *catch_up)
{
	arena_done(&catch_up->mem);
}

/* One that is damaged keeps nobody from the others. (A statement that failed ends the act, whatever
 * is made of it here.) */
static void pass_over(struct catch_up *catch_up, int64_t id, Err why)
{
	if (catch_up->damaged_count < DAMAGED_TOLD) {
		struct damaged *damaged = &catch_up->damaged[catch_up->damaged_count];
		damaged->id = id;
		err_note_take(&damaged->why, why);
	}
	catch_up->damaged_count++;
}

static Err catch_up_commit(struct db_connection *connection, void *state)
{
	struct catch_up *catch_up = state;
	int64_t ids[AT_ONCE];
	effects_clear(&catch_up->effects);
	catch_up->damaged_count = 0;
	TRY(catch_up->find(connection, catch_up->after, ids, AT_ONCE, &catch_up->count));
	for (size_t i = 0; i < catch_up->count; i++) {
		arena_clear(&catch_up->mem);
		Err err = catch_up->mend(connection, catch_up->world->site, ids[i], &catch_up->mem);
		if (err != OK)
			pass_over(catch_up, ids[i], err);
		catch_up->last = ids[i];
	}
	if (catch_up->count > catch_up->damaged_count)
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
	TRY(catch_up->find(connection, 0, &id, 1, &count));
	*out = count > 0;
	return OK;
}

static void damaged_tell(const struct catch_up *catch_up)
{
	for (size_t i = 0; i < catch_up->damaged_count && i < DAMAGED_TOLD; i++)
		log_warning("stories: %s %lld is passed over: %s", catch_up->what,
		            (long long)catch_up->damaged[i].id, catch_up->damaged[i].why.text);
	if (catch_up->damaged_count > DAMAGED_TOLD)
		log_warning("stories: so are %zu more", catch_up->damaged_count - DAMAGED_TOLD);
}

static Err catch_up_run(struct catch_up *catch_up)
{
	size_t total = 0;
	bool missing;
	TRY(is_missing(catch_up, &missing));
	while (missing) {
		TRY(act_commit(catch_up->world, &(struct db_act){catch_up->act, catch_up_commit, catch_up},
		               &catch_up->effects));
		damaged_tell(catch_up);
		catch_up->after = catch_up->last;
		missing = catch_up->count == AT_ONCE;
		total += catch_up->count;
		/* What one act mends is not worth a line. */
		if (missing)
			log_info("stories: %s %lld %s (%zu so far)", catch_up->what, (long long)catch_up->last,
			         catch_up->became, total);
	}
	return OK;
}

/* ---- what was stopped ---- */

static Err merges_finish(const struct world *world, const struct taxonomy *taxonomy)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORK_BYTES);
	struct merging merges[UNFINISHED_MAX];
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(world->db, &connection));
	TRY(merging_list(connection, taxonomy, &mem, merges, UNFINISHED_MAX, &count));
	db_read_end(&connection);
	for (size_t i = 0; i < count; i++) {
		int64_t into;
		TRY(taxonomy_merge(world, taxonomy, merges[i].slug, merges[i].into_slug, &into));
		log_info("stories: %s %.*s is merged into %.*s, which was stopped before", taxonomy->noun,
		         STR(merges[i].slug), STR(merges[i].into_slug));
	}
	return OK;
}

static Err renamings_finish(const struct world *world)
{
	int64_t ids[UNFINISHED_MAX];
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(world->db, &connection));
	TRY(byline_renaming_list(connection, ids, UNFINISHED_MAX, &count));
	db_read_end(&connection);
	for (size_t i = 0; i < count; i++) {
		TRY(byline_rename(world, ids[i]));
		log_info("stories: all stories of byline %lld say its new name, which was stopped before",
		         (long long)ids[i]);
	}
	return OK;
}

/* Readers can do without it, and can't do without the site. */
static Err put_off(Err err, const char *what)
{
	if (err == OK || err == ERR_MEMORY)
		return err;
	log_warning("stories: %s: %.*s; it is tried again when the site is next opened", what,
	            STR(err_text()));
	return OK;
}

Err stories_catch_up(const struct world *world)
{
	struct catch_up sources CLEANUP(catch_up_done) = {.world = world,
	                                                  .act = "source_catch_up",
	                                                  .what = "source",
	                                                  .became = "has its page",
	                                                  .find = sources_without_slug,
	                                                  .mend = source_slug_give};
	struct catch_up bylines CLEANUP(catch_up_done) = {.world = world,
	                                                  .act = "byline_catch_up",
	                                                  .what = "the byline of story",
	                                                  .became = "has its page",
	                                                  .find = stories_without_bylines,
	                                                  .mend = story_byline_give};
	struct catch_up words CLEANUP(catch_up_done) = {.world = world,
	                                                .act = "search_catch_up",
	                                                .what = "story",
	                                                .became = "can be found by its words",
	                                                .find = stories_not_searchable,
	                                                .mend = story_make_searchable};
	arena_init(&words.mem, WORK_BYTES);
	arena_init(&sources.mem, WORK_BYTES);
	arena_init(&bylines.mem, WORK_BYTES);
	TRY(put_off(catch_up_run(&sources), "sources have no page yet"));
	TRY(put_off(names_fold_anew(world), "names are not found by today's rules yet"));
	TRY(put_off(catch_up_run(&bylines), "bylines have no page yet"));
	TRY(put_off(merges_finish(world, &taxonomy_tag), "tags are not wholly merged yet"));
	TRY(put_off(merges_finish(world, &taxonomy_byline), "bylines are not wholly merged yet"));
	TRY(put_off(merges_finish(world, &taxonomy_source), "sources are not wholly merged yet"));
	TRY(put_off(renamings_finish(world), "stories say a byline's former name"));
	return put_off(catch_up_run(&words), "stories can't be found by their words yet");
}
