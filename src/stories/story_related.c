/* What leads from a story to others: the same in other languages, and what shares its tags. */
#include <stdlib.h>

#include "stories/story_row.h"

Err story_list_translations(struct db_connection *connection, const struct site *site,
                            const struct story *story, struct arena *mem, struct story **out,
                            size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(
	    connection,
	    SQL("SELECT " STORY_COLUMNS " FROM story s" STORY_JOINS
	        " WHERE s.translation_group = $2 AND s.id <> $3 AND s.status = 'published' "
	        "ORDER BY s.language"),
	    DB_ARGS(db_text(site->language->code),
	            story->translation_group == 0 ? db_null() : db_int(story->translation_group),
	            db_int(story->id)),
	    &rows));
	return story_rows_read(rows, GROUP_MAX, mem, out, count_out);
}

/* ---- stories with the same tags ---- */

struct relative {
	int64_t id;
	Time published;
	size_t tags; /* that both have */
};

static Err relatives_read(struct db_connection *connection, const struct story *story,
                          int64_t tag_id, struct relative *out, size_t *count)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT story_id, published FROM story_tag WHERE tag_id = $1 "
	                 "AND language = $2 AND status = 'published' "
	                 "ORDER BY published DESC, story_id DESC LIMIT $3"),
	             DB_ARGS(db_int(tag_id), db_text(story->language->code), db_int(RELATED_LOOKED_AT)),
	             &rows));
	while (db_rows_next(rows)) {
		int64_t id = db_rows_int(rows, 0);
		if (id != story->id)
			out[(*count)++] = (struct relative){id, db_rows_int(rows, 1), 1};
	}
	return db_rows_check(rows);
}

static int compare_ids(const void *a, const void *b)
{
	int64_t first = ((const struct relative *)a)->id;
	int64_t second = ((const struct relative *)b)->id;
	return first < second ? -1 : first > second;
}

static int compare_nearness(const void *a, const void *b)
{
	const struct relative *first = a;
	const struct relative *second = b;
	if (first->tags != second->tags)
		return first->tags > second->tags ? -1 : 1;
	if (first->published != second->published)
		return first->published > second->published ? -1 : 1;
	return first->id > second->id ? -1 : 1;
}

/* Each once, with how many tags it shares. */
static size_t relatives_join(struct relative *relatives, size_t count)
{
	size_t joined = 0;
	qsort(relatives, count, sizeof *relatives, compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (joined > 0 && relatives[joined - 1].id == relatives[i].id)
			relatives[joined - 1].tags++;
		else
			relatives[joined++] = relatives[i];
	}
	return joined;
}

Err story_list_related(struct db_connection *connection, const struct site *site,
                       const struct story *story, size_t limit, struct arena *mem,
                       struct story **out, size_t *count_out)
{
	size_t count = 0;
	struct relative *relatives =
	    ARENA_ARRAY(mem, struct relative, story->tag_count * RELATED_LOOKED_AT + 1);
	if (relatives == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < story->tag_count; i++)
		TRY(relatives_read(connection, story, story->tags[i].id, relatives, &count));
	count = relatives_join(relatives, count);
	qsort(relatives, count, sizeof *relatives, compare_nearness);
	count = count < limit ? count : limit;
	struct story *stories = ARENA_ARRAY(mem, struct story, count + 1);
	if (stories == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct story_record record;
		TRY(story_row_find(connection, site, relatives[i].id, mem, &record));
		stories[i] = record.story;
	}
	*out = stories;
	*count_out = count;
	return OK;
}
