#include "stories/story_row.h"

Err front_replace(struct db_connection *connection, const struct language *language,
                  const int64_t *story_ids, size_t count)
{
	TRY(db_run(connection, SQL("DELETE FROM front_place WHERE language = $1"),
	           DB_ARGS(db_text(language->code)), NULL));
	for (size_t i = 0; i < count; i++)
		TRY(db_run(connection,
		           SQL("INSERT INTO front_place (language, position, story_id) "
		               "VALUES ($1, $2, $3)"),
		           DB_ARGS(db_text(language->code), db_int((int64_t)i), db_int(story_ids[i])),
		           NULL));
	return OK;
}

Err front_list(struct db_connection *connection, const struct site *site,
               const struct language *language, struct arena *mem, struct story **out,
               size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT " STORY_COLUMNS
	                 " FROM front_place f JOIN story s ON s.id = f.story_id" STORY_JOINS
	                 " WHERE f.language = $2 AND s.status = 'published' ORDER BY f.position"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	return story_rows_read(rows, FRONT_MAX, mem, out, count_out);
}
