#include "stories/story_row.h"

#define CORRECTION_COLUMNS "c.id, c.kind, c.text, c.created"

static Err correction_row_read(struct db_rows *row, struct arena *mem,
                               struct correction_listed *out)
{
	struct story_record record;
	struct correction_listed listed = {.correction = {.id = db_rows_int(row, STORY_COLUMN_COUNT)}};
	TRY(story_row_read(row, mem, &record));
	TRY(correction_kind_read(db_rows_text(row, STORY_COLUMN_COUNT + 1), &listed.correction.kind));
	TRY(db_rows_copy(row, STORY_COLUMN_COUNT + 2, mem, &listed.correction.text));
	listed.correction.at = db_rows_int(row, STORY_COLUMN_COUNT + 3);
	listed.story = record.story;
	*out = listed;
	return OK;
}

Err correction_list(struct db_connection *connection, const struct site *site,
                    const struct language *language, int64_t before_id, size_t limit,
                    struct arena *mem, struct correction_listed **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t room = limit < STORY_LIST_MAX ? limit : STORY_LIST_MAX;
	size_t count = 0;
	struct correction_listed *list = ARENA_ARRAY(mem, struct correction_listed, room + 1);
	if (list == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection,
	             SQL("SELECT " STORY_COLUMNS ", " CORRECTION_COLUMNS
	                 " FROM correction c JOIN story s ON s.id = c.story_id" STORY_JOINS
	                 " WHERE c.language = $2 AND c.id < $3 AND s.status = 'published' "
	                 "ORDER BY c.id DESC LIMIT $4"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code),
	                     db_int(before_id == 0 ? INT64_MAX : before_id), db_int((int64_t)room)),
	             &rows));
	for (; count < room && db_rows_next(rows); count++)
		TRY(correction_row_read(rows, mem, &list[count]));
	TRY(db_rows_check(rows));
	*out = list;
	*count_out = count;
	return OK;
}
