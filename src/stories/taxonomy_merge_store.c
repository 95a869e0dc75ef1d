#include "stories/stories_private.h"

/* A story's tags, or its bylines: each row has a place, from 0 on without a gap. $1 is the story
 * where nothing else is said. */
struct placed {
	Sql doubles; /* $1 one, $2 another, $3 limit: stories that have both */
	Sql first;   /* $2, $3: the place of the one that stands first */
	Sql second;
	Sql count;
	Sql take;  /* $2 the place */
	Sql set;   /* $2 the place, $3 what stands there now */
	Sql close; /* $2 the place: up by one */
	Sql move;  /* $1 one, $2 another: in all stories */
};

/* clang-format off */
#define PLACED(table, column)                                                                      \
	{                                                                                              \
		.doubles = SQL("SELECT a.story_id FROM " table " a JOIN " table " b "                      \
		               "ON b.story_id = a.story_id AND b." column " = $2 "                         \
		               "WHERE a." column " = $1 LIMIT $3"),                                        \
		.first = SQL("SELECT MIN(position) FROM " table " WHERE story_id = $1 "                    \
		             "AND " column " IN ($2, $3)"),                                                \
		.second = SQL("SELECT MAX(position) FROM " table " WHERE story_id = $1 "                   \
		              "AND " column " IN ($2, $3)"),                                               \
		.count = SQL("SELECT COUNT(*) FROM " table " WHERE story_id = $1"),                        \
		.take = SQL("DELETE FROM " table " WHERE story_id = $1 AND position = $2"),                \
		.set = SQL("UPDATE " table " SET " column " = $3 WHERE story_id = $1 AND position = $2"),  \
		.close = SQL("UPDATE " table " SET position = position - 1 "                               \
		             "WHERE story_id = $1 AND position = $2"),                                     \
		.move = SQL("UPDATE " table " SET " column " = $2 WHERE " column " = $1"),                 \
	}
/* clang-format on */
static const struct placed placed_tags = PLACED("story_tag", "tag_id");
static const struct placed placed_bylines = PLACED("story_byline", "byline_id");

/* A story that has both keeps the place of the one that stands first, for the second one. What
 * stood behind the other moves up, one by one and in order, so that no two ever have one place. */
static Err double_remove(struct db_connection *connection, const struct placed *placed,
                         int64_t story_id, int64_t from, int64_t into)
{
	const struct db_value both[] = {db_int(story_id), db_int(from), db_int(into)};
	int64_t first;
	int64_t second;
	int64_t count;
	TRY(db_query_int(connection, placed->first, both, 3, &first));
	TRY(db_query_int(connection, placed->second, both, 3, &second));
	TRY(db_query_int(connection, placed->count, both, 1, &count));
	TRY(db_run(connection, placed->take, DB_ARGS(db_int(story_id), db_int(second)), NULL));
	TRY(db_run(connection, placed->set, DB_ARGS(db_int(story_id), db_int(first), db_int(into)),
	           NULL));
	for (int64_t position = second + 1; position < count; position++)
		TRY(db_run(connection, placed->close, DB_ARGS(db_int(story_id), db_int(position)), NULL));
	return OK;
}

#define DOUBLES_AT_ONCE 100

static Err placed_move(struct db_connection *connection, const struct placed *placed, int64_t from,
                       int64_t into)
{
	int64_t ids[DOUBLES_AT_ONCE];
	size_t count;
	do {
		TRY(query_ids(connection, placed->doubles,
		              DB_ARGS(db_int(from), db_int(into), db_int(DOUBLES_AT_ONCE)), ids,
		              DOUBLES_AT_ONCE, &count));
		for (size_t i = 0; i < count; i++)
			TRY(double_remove(connection, placed, ids[i], from, into));
	} while (count > 0);
	return db_run(connection, placed->move, DB_ARGS(db_int(from), db_int(into)), NULL);
}

Err tag_stories_move(struct db_connection *connection, int64_t from, int64_t into)
{
	return placed_move(connection, &placed_tags, from, into);
}

Err byline_stories_move(struct db_connection *connection, int64_t from, int64_t into)
{
	return placed_move(connection, &placed_bylines, from, into);
}

Err source_stories_move(struct db_connection *connection, int64_t from, int64_t into)
{
	return db_run(connection, SQL("UPDATE story SET source_id = $2 WHERE source_id = $1"),
	              DB_ARGS(db_int(from), db_int(into)), NULL);
}

Err taxonomy_names_move(struct db_connection *connection, const struct taxonomy *taxonomy,
                        int64_t from, int64_t into, const struct name *slug)
{
	const struct db_value both[] = {db_int(from), db_int(into)};
	TRY(db_run(connection, taxonomy->move_names, both, 2, NULL));
	TRY(db_run(connection, taxonomy->move_aliases, both, 2, NULL));
	TRY(db_run(connection, taxonomy->names_to_aliases, both, 2, NULL));
	TRY(db_run(connection, taxonomy->delete_names, both, 1, NULL));
	TRY(db_run(connection, taxonomy->insert_alias,
	           DB_ARGS(db_text(slug->folded), db_int(into), db_text(slug->text)), NULL));
	return db_run(connection, taxonomy->delete, both, 1, NULL);
}
