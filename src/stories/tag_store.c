#include "stories/stories_private.h"

/* ---- aliases ---- */

Err tag_alias_list(struct db_connection *connection, int64_t tag_id, struct arena *mem, Str **out,
                   size_t *count_out)
{
	DB_ROWS rows = NULL;
	int64_t room;
	size_t count = 0;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM tag_alias WHERE tag_id = $1"),
	                 DB_ARGS(db_int(tag_id)), &room));
	Str *aliases = ARENA_ARRAY(mem, Str, (size_t)room + 1);
	if (aliases == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection, SQL("SELECT name FROM tag_alias WHERE tag_id = $1 ORDER BY folded"),
	             DB_ARGS(db_int(tag_id)), &rows));
	for (; count < (size_t)room && db_rows_next(rows); count++)
		TRY(db_rows_copy(rows, 0, mem, &aliases[count]));
	TRY(db_rows_check(rows));
	*out = aliases;
	*count_out = count;
	return OK;
}

Err tag_alias_insert(struct db_connection *connection, int64_t tag_id, const struct name *name)
{
	return db_run(connection,
	              SQL("INSERT INTO tag_alias (folded, tag_id, name) VALUES ($1, $2, $3) "
	                  "ON CONFLICT (folded) DO NOTHING"),
	              DB_ARGS(db_text(name->folded), db_int(tag_id), db_text(name->text)), NULL);
}

/* ---- merging ---- */

/* Where two tags stand among a story's: the first of them, and the other one or -1. */
struct tag_places {
	int64_t first, second, last; /* last: of all the story's tags */
};

static Err tag_places_find(struct db_connection *connection, int64_t story_id, int64_t from,
                           int64_t into, struct tag_places *out)
{
	DB_ROWS rows = NULL;
	struct tag_places places = {-1, -1, -1};
	TRY(db_query(connection,
	             SQL("SELECT position, tag_id FROM story_tag WHERE story_id = $1 "
	                 "ORDER BY position"),
	             DB_ARGS(db_int(story_id)), &rows));
	while (db_rows_next(rows)) {
		int64_t tag_id = db_rows_int(rows, 1);
		places.last = db_rows_int(rows, 0);
		if (tag_id != from && tag_id != into)
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

/* A story that has both keeps the one that stands first, under the second tag's name. What stood
 * behind the other moves up, one by one and in order, so that no two ever have one place. */
static Err story_tag_move(struct db_connection *connection, int64_t story_id, int64_t from,
                          int64_t into)
{
	struct tag_places places;
	TRY(tag_places_find(connection, story_id, from, into, &places));
	bool has_both = places.second >= 0;
	if (has_both)
		TRY(db_run(connection, SQL("DELETE FROM story_tag WHERE story_id = $1 AND position = $2"),
		           DB_ARGS(db_int(story_id), db_int(places.second)), NULL));
	TRY(db_run(connection,
	           SQL("UPDATE story_tag SET tag_id = $3 WHERE story_id = $1 AND position = $2"),
	           DB_ARGS(db_int(story_id), db_int(places.first), db_int(into)), NULL));
	for (int64_t position = places.second + 1; has_both && position <= places.last; position++)
		TRY(db_run(connection,
		           SQL("UPDATE story_tag SET position = position - 1 "
		               "WHERE story_id = $1 AND position = $2"),
		           DB_ARGS(db_int(story_id), db_int(position)), NULL));
	return OK;
}

/* The order is that of the index: without one PostgreSQL may read the whole table for the few rows
 * that a tag has left. */
Err tag_stories_move(struct db_connection *connection, int64_t from, int64_t into, int64_t *moved,
                     size_t max, size_t *count_out)
{
	size_t count;
	TRY(query_ids(connection,
	              SQL("SELECT story_id FROM story_tag WHERE tag_id = $1 "
	                  "ORDER BY language, status, story_id DESC NULLS LAST LIMIT $2"),
	              DB_ARGS(db_int(from), db_int((int64_t)max)), moved, max, &count));
	for (size_t i = 0; i < count; i++)
		TRY(story_tag_move(connection, moved[i], from, into));
	*count_out = count;
	return OK;
}

Err tag_merging_insert(struct db_connection *connection, int64_t from, int64_t into)
{
	return db_run(connection,
	              SQL("INSERT INTO tag_merging (tag_id, into_id) VALUES ($1, $2) "
	                  "ON CONFLICT (tag_id) DO NOTHING"),
	              DB_ARGS(db_int(from), db_int(into)), NULL);
}

/* As tag_merge is told it. */
static Err merging_read(struct db_rows *row, struct arena *mem, struct tag_merging *out)
{
	TRY(db_rows_copy(row, 0, mem, &out->slug));
	return db_rows_copy(row, 1, mem, &out->into_slug);
}

Err tag_merging_find_other(struct db_connection *connection, int64_t from, int64_t into,
                           struct arena *mem, struct tag_merging *out)
{
	DB_ROWS rows = NULL;
	struct tag_merging merging = {0};
	TRY(db_query(connection,
	             SQL("SELECT a.slug, b.slug FROM tag_merging m JOIN tag a ON a.id = m.tag_id "
	                 "JOIN tag b ON b.id = m.into_id WHERE (m.tag_id = $1 AND m.into_id <> $2) "
	                 "OR m.tag_id = $2 OR m.into_id = $1 ORDER BY m.tag_id LIMIT 1"),
	             DB_ARGS(db_int(from), db_int(into)), &rows));
	if (db_rows_next(rows))
		TRY(merging_read(rows, mem, &merging));
	TRY(db_rows_check(rows));
	*out = merging;
	return OK;
}

Err tag_merging_list(struct db_connection *connection, struct arena *mem, struct tag_merging *out,
                     size_t max, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	TRY(db_query(connection,
	             SQL("SELECT a.slug, b.slug FROM tag_merging m JOIN tag a ON a.id = m.tag_id "
	                 "JOIN tag b ON b.id = m.into_id ORDER BY m.tag_id LIMIT $1"),
	             DB_ARGS(db_int((int64_t)max)), &rows));
	for (; count < max && db_rows_next(rows); count++)
		TRY(merging_read(rows, mem, &out[count]));
	TRY(db_rows_check(rows));
	*count_out = count;
	return OK;
}

Err tag_names_move(struct db_connection *connection, int64_t from, int64_t into,
                   const struct name *slug, bool *renamed)
{
	int64_t moved;
	const struct db_value both[] = {db_int(from), db_int(into)};
	TRY(db_run(connection,
	           SQL("UPDATE tag_name SET tag_id = $2 WHERE tag_id = $1 AND language NOT IN "
	               "(SELECT language FROM tag_name WHERE tag_id = $2)"),
	           both, 2, &moved));
	TRY(db_run(connection, SQL("UPDATE tag_alias SET tag_id = $2 WHERE tag_id = $1"), both, 2,
	           NULL));
	TRY(db_run(connection,
	           SQL("INSERT INTO tag_alias (folded, tag_id, name) "
	               "SELECT folded, $2, name FROM tag_name WHERE tag_id = $1 AND folded NOT IN "
	               "(SELECT folded FROM tag_name WHERE tag_id = $2) "
	               "ON CONFLICT (folded) DO NOTHING"),
	           both, 2, NULL));
	TRY(db_run(connection, SQL("DELETE FROM tag_name WHERE tag_id = $1"), both, 1, NULL));
	TRY(tag_alias_insert(connection, into, slug));
	TRY(db_run(connection, SQL("DELETE FROM tag_merging WHERE tag_id = $1"), both, 1, NULL));
	TRY(db_run(connection, SQL("DELETE FROM tag WHERE id = $1"), both, 1, NULL));
	*renamed = moved > 0;
	return OK;
}
