#include <stdlib.h>

#include "stories/story_row.h"

/* Every page of a listing is one walk along an index, however large the archive is. An index
 * begins with what must be equal (section or tag, language, status) and ends with the order, so
 * that a listing over several languages or statuses is several walks whose results are joined. A
 * walk finds no more than the ids of a page, so that nothing else can lead a planner to another
 * way. The number in it is for one that plans without knowing $5. (Why NULLS LAST:
 * migrations/0015.) */
#define LIST(walk)                                                                                 \
	SQL("SELECT " STORY_COLUMNS " FROM (SELECT id FROM (" walk " LIMIT 500) walk LIMIT $5) page "  \
	    "JOIN story s ON s.id = page.id" STORY_JOINS)
_Static_assert(STORY_LIST_MAX == 500, "a walk says so");

#define PUBLISHED_WALK(where)                                                                      \
	"SELECT id FROM story WHERE " where "language = $2 AND status = 'published' "                  \
	"AND (published, id) < ($3, $4) "
#define PUBLISHED_ORDER "ORDER BY published DESC, id DESC"
#define PUBLISHED_ORDER_WITHIN "ORDER BY published DESC NULLS LAST, id DESC NULLS LAST"
#define PUBLISHED_WALK_OF(table, key)                                                              \
	"SELECT story_id AS id FROM " table " WHERE " key " = $6 AND language = $2 "                   \
	"AND status = 'published' AND (published, story_id) < ($3, $4) "                               \
	"ORDER BY published DESC, story_id DESC"

/* $1 site's language, $2 language, $3 and $4 place, $5 limit, $6 section, tag, byline or source, or
 * from when. */
#define LIST_PUBLISHED LIST(PUBLISHED_WALK("") PUBLISHED_ORDER)
#define LIST_PUBLISHED_SECTION LIST(PUBLISHED_WALK("section_id = $6 AND ") PUBLISHED_ORDER_WITHIN)
#define LIST_PUBLISHED_TAG LIST(PUBLISHED_WALK_OF("story_tag", "tag_id"))
#define LIST_PUBLISHED_BYLINE LIST(PUBLISHED_WALK_OF("story_byline", "byline_id"))
#define LIST_PUBLISHED_SOURCE LIST(PUBLISHED_WALK("source_id = $6 AND ") PUBLISHED_ORDER_WITHIN)
#define LIST_PUBLISHED_FROM LIST(PUBLISHED_WALK("") "AND published >= $6 " PUBLISHED_ORDER)

/* The same, with $3 the status and $4 the id. */
#define LIST_WORK                                                                                  \
	LIST("SELECT id FROM story WHERE language = $2 AND status = $3 AND id < $4 "                   \
	     "ORDER BY id DESC NULLS LAST")
#define LIST_WORK_SECTION                                                                          \
	LIST("SELECT id FROM story WHERE section_id = $6 AND language = $2 AND status = $3 "           \
	     "AND id < $4 ORDER BY id DESC NULLS LAST")
#define LIST_WORK_TAG                                                                              \
	LIST("SELECT story_id AS id FROM story_tag WHERE tag_id = $6 AND language = $2 "               \
	     "AND status = $3 AND story_id < $4 ORDER BY story_id DESC NULLS LAST")

/* What a listing has gathered so far. */
struct gathered {
	struct story *stories;
	size_t count;
	size_t room;
};

static Err gather(struct db_rows *rows, struct arena *mem, struct gathered *gathered)
{
	while (db_rows_next(rows)) {
		struct story_record record;
		CHECK(gathered->count < gathered->room);
		TRY(story_row_read(rows, mem, &record));
		gathered->stories[gathered->count++] = record.story;
	}
	return db_rows_check(rows);
}

/* The statement of a listing, and the value of its $6; NULL where it has none. */
static Sql list_sql(const struct story_filter *filter, bool in_work_order, struct db_value *scope)
{
	if (filter->section_id != 0) {
		*scope = db_int(filter->section_id);
		return in_work_order ? LIST_WORK_SECTION : LIST_PUBLISHED_SECTION;
	}
	if (filter->tag_id != 0) {
		*scope = db_int(filter->tag_id);
		return in_work_order ? LIST_WORK_TAG : LIST_PUBLISHED_TAG;
	}
	if (filter->byline_id != 0) {
		*scope = db_int(filter->byline_id);
		return LIST_PUBLISHED_BYLINE;
	}
	if (filter->source_id != 0) {
		*scope = db_int(filter->source_id);
		return LIST_PUBLISHED_SOURCE;
	}
	if (filter->has_from) {
		*scope = db_int(filter->from);
		return LIST_PUBLISHED_FROM;
	}
	*scope = db_null();
	return in_work_order ? LIST_WORK : LIST_PUBLISHED;
}

/* What no index answers is refused. */
static Err filter_check(const struct story_filter *filter, bool in_work_order)
{
	int scopes = (filter->section_id != 0) + (filter->tag_id != 0) + (filter->byline_id != 0) +
	             (filter->source_id != 0);
	bool has_times = filter->has_from || filter->has_until;
	if (scopes > 1)
		return fail(ERR_INVALID,
		            "stories are listed by section or by tag, byline or source, not by several");
	if (in_work_order && (filter->byline_id != 0 || filter->source_id != 0))
		return fail(
		    ERR_INVALID,
		    "only published stories are listed by byline or source: add --status published");
	if (has_times && (scopes > 0 || in_work_order))
		return fail(ERR_INVALID, "only published stories of all sections are listed by day");
	return OK;
}

static Err list_walk(struct db_connection *connection, const struct site *site,
                     const struct story_filter *filter, const struct language *language,
                     enum story_status status, bool in_work_order, struct arena *mem,
                     struct gathered *gathered)
{
	DB_ROWS rows = NULL;
	struct db_value scope;
	Sql sql = list_sql(filter, in_work_order, &scope);
	struct story_place place = filter->before;
	if (place.published == 0 && place.id == 0)
		place = (struct story_place){INT64_MAX, INT64_MAX};
	if (filter->has_until && filter->until <= place.published)
		place = (struct story_place){filter->until, 0};
	const struct db_value values[] = {
	    db_text(site->language->code),
	    db_text(language->code),
	    in_work_order ? db_text(story_status_word(status)) : db_int(place.published),
	    db_int(place.id),
	    db_int((int64_t)filter->limit),
	    scope,
	};
	TRY(db_query(connection, sql, values, scope.type == DB_NULL ? 5 : 6, &rows));
	return gather(rows, mem, gathered);
}

Err story_rows_read(struct db_rows *rows, size_t max, struct arena *mem, struct story **out,
                    size_t *count_out)
{
	struct gathered gathered = {.room = max};
	gathered.stories = ARENA_ARRAY(mem, struct story, max + 1);
	if (gathered.stories == NULL)
		return ERR_MEMORY;
	TRY(gather(rows, mem, &gathered));
	*out = gathered.stories;
	*count_out = gathered.count;
	return OK;
}

static int compare_int(int64_t a, int64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare_work(const void *a, const void *b)
{
	return compare_int(((const struct story *)a)->id, ((const struct story *)b)->id);
}

static int compare_published(const void *a, const void *b)
{
	int order =
	    compare_int(((const struct story *)a)->published, ((const struct story *)b)->published);
	return order != 0 ? order : compare_work(a, b);
}

Err story_list(struct db_connection *connection, const struct site *site,
               const struct story_filter *given, struct arena *mem, struct story **out,
               size_t *count_out)
{
	struct story_filter filter = *given;
	if (filter.limit > STORY_LIST_MAX)
		filter.limit = STORY_LIST_MAX;
	bool in_work_order = filter.any_status || filter.status != STORY_PUBLISHED;
	TRY(filter_check(&filter, in_work_order));
	enum story_status first = filter.any_status ? STORY_DRAFT : filter.status;
	enum story_status last = filter.any_status ? STORY_WITHDRAWN : filter.status;
	size_t languages = filter.language != NULL ? 1 : language_count();
	size_t statuses = (size_t)(last - first) + 1;
	struct gathered gathered = {.room = languages * statuses * filter.limit};
	gathered.stories = ARENA_ARRAY(mem, struct story, gathered.room + 1);
	if (gathered.stories == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < languages; i++)
		for (enum story_status status = first; status <= last; status++)
			TRY(list_walk(connection, site, &filter,
			              filter.language != NULL ? filter.language : language_at(i), status,
			              in_work_order, mem, &gathered));
	qsort(gathered.stories, gathered.count, sizeof(struct story),
	      in_work_order ? compare_work : compare_published);
	*out = gathered.stories;
	*count_out = gathered.count < filter.limit ? gathered.count : filter.limit;
	return OK;
}

/* $2 stands in a comparison that no index answers: the few stories whose time is not over are
 * found by that time, and never by walking along a language's whole archive. */
Err story_list_breaking(struct db_connection *connection, const struct site *site,
                        const struct language *language, Time now, struct arena *mem,
                        struct story **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT " STORY_COLUMNS " FROM story s" STORY_JOINS
	                 " WHERE s.breaking_until > 0 AND s.breaking_until > $3 "
	                 "AND s.status = 'published' AND ($2 = '' OR s.language = $2) "
	                 "ORDER BY s.published DESC, s.id DESC LIMIT $4"),
	             DB_ARGS(db_text(site->language->code),
	                     db_text(language != NULL ? language->code : S("")), db_int(now),
	                     db_int(BREAKING_MAX)),
	             &rows));
	return story_rows_read(rows, BREAKING_MAX, mem, out, count_out);
}

Err story_days_around(struct db_connection *connection, const struct language *language, Time from,
                      Time until, Time *before, Time *after)
{
	int64_t last;
	int64_t first;
	TRY(db_query_int(
	    connection,
	    SQL("SELECT COALESCE(MAX(published), CAST($3 AS BIGINT)) FROM (SELECT published "
	        "FROM story WHERE language = $1 AND status = 'published' AND "
	        "published < $2 ORDER BY published DESC LIMIT 1) last"),
	    DB_ARGS(db_text(language->code), db_int(from), db_int(STORY_NONE_BEFORE)), &last));
	TRY(db_query_int(
	    connection,
	    SQL("SELECT COALESCE(MIN(published), CAST($3 AS BIGINT)) FROM (SELECT published "
	        "FROM story WHERE language = $1 AND status = 'published' AND "
	        "published >= $2 ORDER BY published LIMIT 1) first"),
	    DB_ARGS(db_text(language->code), db_int(until), db_int(STORY_NONE_AFTER)), &first));
	*before = last;
	*after = first;
	return OK;
}

Err story_list_numbered(struct db_connection *connection, const struct site *site, int64_t first,
                        size_t count, struct arena *mem, struct story **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(
	    connection,
	    SQL("SELECT " STORY_COLUMNS " FROM story s" STORY_JOINS
	        " WHERE s.status = 'published' AND s.id >= $2 AND s.id < $3 ORDER BY s.id"),
	    DB_ARGS(db_text(site->language->code), db_int(first), db_int(first + (int64_t)count)),
	    &rows));
	return story_rows_read(rows, count, mem, out, count_out);
}

/* The part of the first published story with an id of at least `from`; NULL: there is none. */
#define PART_FROM(from)                                                                            \
	"(SELECT id FROM story WHERE status = 'published' AND id >= " from " ORDER BY id LIMIT 1) / "  \
	"CAST($1 AS BIGINT)"
#define SQL_PARTS                                                                                  \
	"WITH RECURSIVE part (number) AS (SELECT " PART_FROM(                                          \
	    "0") " UNION ALL "                                                                         \
	         "SELECT " PART_FROM(                                                                  \
	             "(number + 1) * CAST($1 AS BIGINT)") " FROM part "                                \
	                                                  "WHERE number IS NOT NULL) SELECT number "   \
	                                                  "FROM part WHERE number IS NOT NULL LIMIT "  \
	                                                  "$2"

Err story_list_parts(struct db_connection *connection, int64_t size, size_t max, struct arena *mem,
                     int64_t **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	int64_t *parts = NULL;
	size_t count = 0;
	size_t room = 0;
	TRY(db_query(connection, SQL(SQL_PARTS), DB_ARGS(db_int(size), db_int((int64_t)max)), &rows));
	while (db_rows_next(rows)) {
		parts = arena_list_grow(mem, parts, count, sizeof *parts, &room);
		if (parts == NULL)
			return ERR_MEMORY;
		parts[count++] = db_rows_int(rows, 0);
	}
	TRY(db_rows_check(rows));
	*out = parts;
	*count_out = count;
	return OK;
}

Err language_list_used(struct db_connection *connection, struct arena *mem,
                       const struct language ***out, size_t *count_out)
{
	size_t count = 0;
	const struct language **used = ARENA_ARRAY(mem, const struct language *, language_count());
	if (used == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; language_at(i) != NULL; i++) {
		int64_t stories;
		TRY(db_query_int(connection,
		                 SQL("SELECT COUNT(*) FROM (SELECT 1 FROM story WHERE language = $1 "
		                     "AND status = 'published' ORDER BY published DESC LIMIT 1) one"),
		                 DB_ARGS(db_text(language_at(i)->code)), &stories));
		if (stories > 0)
			used[count++] = language_at(i);
	}
	*out = used;
	*count_out = count;
	return OK;
}
