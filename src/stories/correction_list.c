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

/* The next ones of a language, whatever became of their stories: a walk as in story_list.c. */
static Err corrections_walk(struct db_connection *connection, const struct site *site,
                            const struct language *language, int64_t before_id, size_t limit,
                            struct db_rows **out)
{
	return db_query(connection,
	                SQL("SELECT " STORY_COLUMNS ", " CORRECTION_COLUMNS
	                    " FROM (SELECT id FROM (SELECT id FROM correction WHERE language = $2 "
	                    "AND id < $3 ORDER BY id DESC NULLS LAST LIMIT 500) walk LIMIT $4) page "
	                    "JOIN correction c ON c.id = page.id "
	                    "JOIN story s ON s.id = c.story_id" STORY_JOINS " ORDER BY c.id DESC"),
	                DB_ARGS(db_text(site->language->code), db_text(language->code),
	                        db_int(before_id), db_int((int64_t)limit)),
	                out);
}

Err correction_list(struct db_connection *connection, const struct site *site,
                    const struct language *language, int64_t before_id, size_t limit,
                    struct arena *mem, struct correction_listed **out, size_t *count_out)
{
	size_t room = limit < STORY_LIST_MAX ? limit : STORY_LIST_MAX;
	size_t count = 0;
	size_t walked = room;
	int64_t place = before_id == 0 ? INT64_MAX : before_id;
	struct correction_listed *list = ARENA_ARRAY(mem, struct correction_listed, room + 1);
	if (list == NULL)
		return ERR_MEMORY;
	/* Those of withdrawn stories are left out here, unread, so that the walk can be sure of its
	 * length. */
	while (count < room && walked == room) {
		DB_ROWS rows = NULL;
		walked = 0;
		TRY(corrections_walk(connection, site, language, place, room, &rows));
		for (; db_rows_next(rows); walked++) {
			place = db_rows_int(rows, STORY_COLUMN_COUNT);
			if (count < room && story_row_is_published(rows))
				TRY(correction_row_read(rows, mem, &list[count++]));
		}
		TRY(db_rows_check(rows));
	}
	*out = list;
	*count_out = count;
	return OK;
}
