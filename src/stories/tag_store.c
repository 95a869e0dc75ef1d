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

Err tag_stories_find(struct db_connection *connection, int64_t tag_id, int64_t *out, size_t max,
                     size_t *count_out)
{
	return query_ids(connection,
	                 SQL("SELECT story_id FROM story_tag WHERE tag_id = $1 "
	                     "AND status = 'published' LIMIT $2"),
	                 DB_ARGS(db_int(tag_id), db_int((int64_t)max)), out, max, count_out);
}

/* A story that has both keeps the one that stands first, under the second tag's name. What stood
 * behind the other moves up, one by one and in order, so that no two ever have one place. */
static Err tag_double_remove(struct db_connection *connection, int64_t story_id, int64_t from,
                             int64_t into)
{
	int64_t first;
	int64_t second;
	int64_t count;
	TRY(db_query_int(connection,
	                 SQL("SELECT MIN(position) FROM story_tag WHERE story_id = $1 "
	                     "AND tag_id IN ($2, $3)"),
	                 DB_ARGS(db_int(story_id), db_int(from), db_int(into)), &first));
	TRY(db_query_int(connection,
	                 SQL("SELECT MAX(position) FROM story_tag WHERE story_id = $1 "
	                     "AND tag_id IN ($2, $3)"),
	                 DB_ARGS(db_int(story_id), db_int(from), db_int(into)), &second));
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM story_tag WHERE story_id = $1"),
	                 DB_ARGS(db_int(story_id)), &count));
	TRY(db_run(connection, SQL("DELETE FROM story_tag WHERE story_id = $1 AND position = $2"),
	           DB_ARGS(db_int(story_id), db_int(second)), NULL));
	TRY(db_run(connection,
	           SQL("UPDATE story_tag SET tag_id = $3 WHERE story_id = $1 AND position = $2"),
	           DB_ARGS(db_int(story_id), db_int(first), db_int(into)), NULL));
	for (int64_t position = second + 1; position < count; position++)
		TRY(db_run(connection,
		           SQL("UPDATE story_tag SET position = position - 1 "
		               "WHERE story_id = $1 AND position = $2"),
		           DB_ARGS(db_int(story_id), db_int(position)), NULL));
	return OK;
}

#define DOUBLES_AT_ONCE 100

Err tag_stories_move(struct db_connection *connection, int64_t from, int64_t into)
{
	int64_t ids[DOUBLES_AT_ONCE];
	size_t count;
	do {
		TRY(query_ids(connection,
		              SQL("SELECT a.story_id FROM story_tag a JOIN story_tag b "
		                  "ON b.story_id = a.story_id AND b.tag_id = $2 "
		                  "WHERE a.tag_id = $1 LIMIT $3"),
		              DB_ARGS(db_int(from), db_int(into), db_int(DOUBLES_AT_ONCE)), ids,
		              DOUBLES_AT_ONCE, &count));
		for (size_t i = 0; i < count; i++)
			TRY(tag_double_remove(connection, ids[i], from, into));
	} while (count > 0);
	return db_run(connection, SQL("UPDATE story_tag SET tag_id = $2 WHERE tag_id = $1"),
	              DB_ARGS(db_int(from), db_int(into)), NULL);
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
	TRY(db_run(connection, SQL("DELETE FROM tag WHERE id = $1"), both, 1, NULL));
	*renamed = moved > 0;
	return OK;
}
