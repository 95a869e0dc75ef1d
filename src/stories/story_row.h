/* The columns of a story that every query of the store reads, in the order in which
 * story_row_read takes them; $1 is the site's language. Only the files that
 * keep or list stories include this. */
#ifndef STORIES_STORY_ROW_H
#define STORIES_STORY_ROW_H

#include "stories/stories_private.h"

#define STORY_COLUMNS                                                                              \
	"s.id, s.status, s.language, s.headline, s.standfirst, s.byline, s.slug, s.slug_given, "       \
	"s.path, s.created, s.published, s.updated, s.breaking_until, s.revision, s.section_id, "      \
	"section.slug, " SECTION_NAME("s.language") ", s.source_id, source.slug, " SOURCE_NAME(        \
	    "s.language") ", s.summary, s.translation_group"
#define STORY_COLUMN_COUNT 22 /* from here on a query's own */
#define STORY_JOINS                                                                                \
	" JOIN section ON section.id = s.section_id LEFT JOIN source ON source.id = s.source_id"

bool story_row_is_published(struct db_rows *row);
MUST_CHECK Err story_row_read(struct db_rows *row, struct arena *mem, struct story_record *out);
/* ERR_NOT_FOUND. */
MUST_CHECK Err story_row_find(struct db_connection *connection, const struct site *site, int64_t id,
                              struct arena *mem, struct story_record *out);
/* All rows, at most `max`. */
MUST_CHECK Err story_rows_read(struct db_rows *rows, size_t max, struct arena *mem,
                               struct story **out, size_t *count_out);

#endif
