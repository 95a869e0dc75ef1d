#include "stories/stories_private.h"

/* ---- stories ---- */

/* A story's tags, or its bylines: each row has a place, from 0 on without a gap. $1 is the story
 * where nothing else is said. */
struct placed {
	Sql stories; /* $1 the tag or byline, $2 limit */
	Sql places;  /* place, and what stands there */
	Sql take;    /* $2 the place */
	Sql set;     /* $2 the place, $3 what stands there now */
	Sql close;   /* $2 the place: up by one */
};

/* The order is that of an index: without one PostgreSQL may read the whole table for the few rows
 * that are left. */
/* clang-format off */
#define PLACED(table, column, order)                                                               \
	{                                                                                              \
		.stories = SQL("SELECT story_id FROM " table " WHERE " column " = $1 "                     \
		               "ORDER BY " order " LIMIT $2"),                                             \
		.places = SQL("SELECT position, " column " FROM " table " WHERE story_id = $1 "            \
		              "ORDER BY position"),                                                        \
		.take = SQL("DELETE FROM " table " WHERE story_id = $1 AND position = $2"),                \
		.set = SQL("UPDATE " table " SET " column " = $3 WHERE story_id = $1 AND position = $2"),  \
		.close = SQL("UPDATE " table " SET position = position - 1 "                               \
		             "WHERE story_id = $1 AND position = $2"),                                     \
	}
/* clang-format on */
static const struct placed placed_tags =
    PLACED("story_tag", "tag_id", "language, status, story_id DESC NULLS LAST");
static const struct placed placed_bylines =
    PLACED("story_byline", "byline_id", "story_id DESC NULLS LAST");

/* Where the two stand in a story: the first of them, and the other one or -1. */
struct places {
	int64_t first, second, last; /* last: of all that the story has */
};

static Err places_find(struct db_connection *connection, const struct placed *placed,
                       int64_t story_id, int64_t from, int64_t into, struct places *out)
{
	DB_ROWS rows = NULL;
	struct places places = {-1, -1, -1};
	TRY(db_query(connection, placed->places, DB_ARGS(db_int(story_id)), &rows));
	while (db_rows_next(rows)) {
		int64_t id = db_rows_int(rows, 1);
		places.last = db_rows_int(rows, 0);
		if (id != from && id != into)
			continue;
		if (places.first < 0)
			places.first = places.last;
		else
			places.second = places.last;
	}
	TRY(db_rows_check(rows));
	*out = places;
	return OK;
}

/* A story that has both keeps the place of the one that stands first, for the second one. What
 * stood behind the other moves up, one by one and in order, so that no two ever have one place. */
static Err story_move(struct db_connection *connection, const struct placed *placed,
                      int64_t story_id, int64_t from, int64_t into)
{
	struct places places;
	TRY(places_find(connection, placed, story_id, from, into, &places));
	bool has_both = places.second >= 0;
	if (has_both)
		TRY(db_run(connection, placed->take, DB_ARGS(db_int(story_id), db_int(places.second)),
		           NULL));
	TRY(db_run(connection, placed->set,
	           DB_ARGS(db_int(story_id), db_int(places.first), db_int(into)), NULL));
	for (int64_t position = places.second + 1; has_both && position <= places.last; position++)
		TRY(db_run(connection, placed->close, DB_ARGS(db_int(story_id), db_int(position)), NULL));
	return OK;
}

static Err placed_move(struct db_connection *connection, const struct placed *placed, int64_t from,
                       int64_t into, int64_t *moved, size_t max, size_t *count_out)
{
	size_t count;
	TRY(query_ids(connection, placed->stories, DB_ARGS(db_int(from), db_int((int64_t)max)), moved,
	              max, &count));
	for (size_t i = 0; i < count; i++)
		TRY(story_move(connection, placed, moved[i], from, into));
	*count_out = count;
	return OK;
}

Err tag_stories_move(struct db_connection *connection, int64_t from, int64_t into, int64_t *moved,
                     size_t max, size_t *count_out)
{
	return placed_move(connection, &placed_tags, from, into, moved, max, count_out);
}

Err byline_stories_move(struct db_connection *connection, int64_t from, int64_t into,
                        int64_t *moved, size_t max, size_t *count_out)
{
	return placed_move(connection, &placed_bylines, from, into, moved, max, count_out);
}

Err source_stories_move(struct db_connection *connection, int64_t from, int64_t into,
                        int64_t *moved, size_t max, size_t *count_out)
{
	size_t count;
	TRY(query_ids(connection,
	              SQL("SELECT id FROM story WHERE source_id = $1 "
	                  "ORDER BY id DESC NULLS LAST LIMIT $2"),
	              DB_ARGS(db_int(from), db_int((int64_t)max)), moved, max, &count));
	for (size_t i = 0; i < count; i++)
		TRY(db_run(connection, SQL("UPDATE story SET source_id = $2 WHERE id = $1"),
		           DB_ARGS(db_int(moved[i]), db_int(into)), NULL));
	*count_out = count;
	return OK;
}

/* ---- names ---- */

Err taxonomy_names_move(struct db_connection *connection, const struct taxonomy *taxonomy,
                        int64_t from, int64_t into, const struct name *slug)
{
	const struct db_value both[] = {db_int(from), db_int(into)};
	TRY(db_run(connection, taxonomy->move_names, both, 2, NULL));
	TRY(db_run(connection, taxonomy->move_aliases, both, 2, NULL));
	TRY(db_run(connection, taxonomy->names_to_aliases, both, 2, NULL));
	TRY(db_run(connection, taxonomy->delete_names, both, 1, NULL));
	TRY(db_run(connection, taxonomy->insert_former_slug,
	           DB_ARGS(db_text(slug->folded), db_int(into), db_text(slug->text)), NULL));
	TRY(db_run(connection, taxonomy->delete_merging, both, 1, NULL));
	if (taxonomy->begin_renaming.literal != NULL) {
		TRY(db_run(connection, taxonomy->end_renaming, DB_ARGS(db_int(from)), NULL));
		TRY(db_run(connection, taxonomy->begin_renaming, DB_ARGS(db_int(into)), NULL));
	}
	return db_run(connection, taxonomy->delete, both, 1, NULL);
}

/* ---- merges that were begun ---- */

/* As taxonomy_merge is told it. */
static Err merging_read(struct db_rows *row, struct arena *mem, struct merging *out)
{
	TRY(db_rows_copy(row, 0, mem, &out->slug));
	return db_rows_copy(row, 1, mem, &out->into_slug);
}

Err merging_refuse_other(struct db_connection *connection, const struct taxonomy *taxonomy,
                         int64_t from, int64_t into, struct arena *mem)
{
	DB_ROWS rows = NULL;
	struct merging other;
	TRY(db_query(connection, taxonomy->find_merging, DB_ARGS(db_int(from), db_int(into)), &rows));
	if (!db_rows_next(rows))
		return db_rows_check(rows);
	TRY(merging_read(rows, mem, &other));
	return fail(ERR_CONFLICT,
	            "%s %.*s is not wholly merged into %.*s yet: finish that first, with courant %s "
	            "merge %.*s %.*s",
	            taxonomy->noun, STR(other.slug), STR(other.into_slug), taxonomy->noun,
	            STR(other.slug), STR(other.into_slug));
}

Err merging_list(struct db_connection *connection, const struct taxonomy *taxonomy,
                 struct arena *mem, struct merging *out, size_t max, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	TRY(db_query(connection, taxonomy->list_mergings, DB_ARGS(db_int((int64_t)max)), &rows));
	for (; count < max && db_rows_next(rows); count++)
		TRY(merging_read(rows, mem, &out[count]));
	TRY(db_rows_check(rows));
	*count_out = count;
	return OK;
}
