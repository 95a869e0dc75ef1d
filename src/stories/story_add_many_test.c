/* Stories that come many at once: what is kept of each is what would be kept of it alone. */
#include "search/search.h"
#include "stories/stories_test_support.h"

#define STORIES 9

/* Of every kind; the last is a translation of story 1, which is there before. */
static void inputs_make(struct story_input out[STORIES])
{
	static const Str tags[] = {S("Rivers"), S("C++"), S("C#"), S("rivers")};
	static const Str bylines[] = {S("Nadia Rahim"), S("Omar Said")};
	const struct story_input inputs[STORIES] = {
	    {.tags = tags, .tag_count = 4, .bylines = bylines, .byline_count = 2, .publish = true},
	    {.tags = tags + 1, .tag_count = 1, .publish = true, .standfirst = S("After a week")},
	    {.publish = true, .published_at = TEST_NOW - 90 * DAY_MS, .section = S("World")},
	    {.source = S("Shafaq News"), .publish = true, .slug = S("high")},
	    {.headline = S("A draft"), .published_at = TEST_NOW + DAY_MS},
	    {.headline = S("A draft"), .tags = tags, .tag_count = 1},
	    {.body = S("<p>It <b>rained</b>.</p><script>x</script>"),
	     .format = BODY_HTML,
	     .publish = true},
	    {.breaking = true, .breaking_until = TEST_NOW + HOUR_MS, .publish = true},
	    {.headline = S("النهر مرتفع"),
	     .language = S("ar"),
	     .translation_of = 1,
	     .bylines = bylines,
	     .byline_count = 1,
	     .publish = true},
	};
	for (size_t i = 0; i < STORIES; i++)
		out[i] = newsroom_input(inputs[i]);
}

/* ---- row by row ---- */

static void assert_rows_equal(struct newsroom *one, struct newsroom *other, Sql sql, int columns)
{
	DB_READ one_connection = NULL;
	DB_READ other_connection = NULL;
	DB_ROWS one_rows = NULL;
	DB_ROWS other_rows = NULL;
	assert_err(db_read_begin(one->world.db, &one_connection), OK, NULL);
	assert_err(db_read_begin(other->world.db, &other_connection), OK, NULL);
	assert_err(db_query(one_connection, sql, DB_NO_ARGS, &one_rows), OK, NULL);
	assert_err(db_query(other_connection, sql, DB_NO_ARGS, &other_rows), OK, NULL);
	while (db_rows_next(one_rows)) {
		assert_true(db_rows_next(other_rows));
		for (int i = 0; i < columns; i++) {
			Str text = db_rows_text(one_rows, i);
			if (!str_equal(text, db_rows_text(other_rows, i)))
				print_error("%s\ncolumn %d\n", sql.literal, i);
			assert_true(str_equal(text, db_rows_text(other_rows, i)));
			assert_int_equal(db_rows_is_null(one_rows, i), db_rows_is_null(other_rows, i));
		}
	}
	assert_false(db_rows_next(other_rows));
	assert_err(db_rows_check(one_rows), OK, NULL);
	assert_err(db_rows_check(other_rows), OK, NULL);
}

static size_t found(struct newsroom *newsroom, Str words, Str language)
{
	struct search_query query;
	struct search_result result;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(search_parse(words, language, &newsroom->mem, &query), OK, NULL);
	assert_err(search_find(connection, &query, 20, &newsroom->mem, &result), OK, NULL);
	return result.count;
}

static void beside_open(void **state, struct newsroom *newsroom, struct db **db)
{
	Str path;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 8192);
	(void)db_test_db(state); /* skips the test when there is none */
	assert_err(arena_format(&mem, &path, "%s/beside.db", db_test_folder(state)), OK, NULL);
	const struct db_options options = {.sqlite_path = path, .create = true, .clock = &clock_system};
	assert_err(db_open(&options, db), OK, NULL);
	newsroom_open_in(*db, newsroom);
}

static void beside_close(struct db **db)
{
	db_close(*db);
}

/* One by one in SQLite, all together in the database that the test is for. */
static void test_many_stories_are_kept_as_each_alone(void **state)
{
	struct db *beside CLEANUP(beside_close) = NULL;
	NEWSROOM alone;
	NEWSROOM together;
	struct story_input inputs[STORIES];
	int64_t ids[STORIES];
	beside_open(state, &alone, &beside);
	newsroom_open(state, &together);
	inputs_make(inputs);
	assert_int_equal(newsroom_add(&alone, (struct story_input){0}), 1);
	assert_int_equal(newsroom_add(&together, (struct story_input){0}), 1);
	newsroom_fill_cache(&alone);
	newsroom_fill_cache(&together);
	for (size_t i = 0; i < STORIES; i++) {
		int64_t id;
		assert_err(story_add(&alone.world, &inputs[i], &id), OK, NULL);
		assert_int_equal(id, i + 2);
	}
	assert_err(story_add_many(&together.world, inputs, STORIES, ids), OK, NULL);
	for (size_t i = 0; i < STORIES; i++)
		assert_int_equal(ids[i], i + 2);
	for (size_t i = 0; i < stories_table_count; i++)
		assert_rows_equal(&alone, &together, stories_tables[i].select, stories_tables[i].columns);
	assert_rows_equal(&alone, &together,
	                  SQL("SELECT place, story_id, language, section_id, tokens "
	                      "FROM search_document ORDER BY place"),
	                  5);
	assert_rows_equal(&alone, &together,
	                  SQL("SELECT place, tokens FROM search_opening ORDER BY place"), 2);
	assert_rows_equal(&alone, &together, SQL("SELECT id, is_searchable FROM story ORDER BY id"), 2);
	assert_string_equal(newsroom_dropped(&together), newsroom_dropped(&alone));
	assert_int_equal(found(&together, S("river \"is high\""), S("en")), 7);
	assert_int_equal(found(&together, S("نهر"), S("ar")), 1);
	DB_READ connection = NULL;
	assert_err(db_read_begin(together.world.db, &connection), OK, NULL);
	assert_err(stories_verify(connection), OK, NULL);
}

/* ---- all or none ---- */

static void test_one_that_is_refused_is_named_and_none_is_kept(void **state)
{
	NEWSROOM newsroom;
	struct story_input inputs[STORIES];
	int64_t ids[STORIES] = {0};
	newsroom_open(state, &newsroom);
	newsroom_add(&newsroom, (struct story_input){.slug = S("taken")});
	int64_t tags = newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag"));
	newsroom_fill_cache(&newsroom);
	inputs_make(inputs);
	inputs[3].headline = S("");
	assert_err(story_add_many(&newsroom.world, inputs, STORIES, ids), ERR_INVALID,
	           "story 4 of 9: the headline is empty");
	inputs_make(inputs);
	inputs[6].slug = S("taken");
	assert_err(story_add_many(&newsroom.world, inputs, STORIES, ids), ERR_CONFLICT,
	           "story 7 of 9: /politics/2021/07/23/taken is story 1's address");
	inputs_make(inputs);
	inputs[8].translation_of = 5; /* of this act: nobody could know its id */
	assert_err(story_add_many(&newsroom.world, inputs + 8, 1, ids), ERR_NOT_FOUND,
	           "story 1 of 1: there is no story 5");
	assert_int_equal(ids[0], 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")), 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag")), tags);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM search_document")), 1);
	assert_int_equal(found(&newsroom, S("river"), S("en")), 1);
	/* And what is right goes in afterwards. */
	inputs_make(inputs);
	assert_err(story_add_many(&newsroom.world, inputs, STORIES, ids), OK, NULL);
	assert_int_equal(found(&newsroom, S("river"), S("en")), 7);
}

/* ---- twice at once ---- */

struct twice {
	struct newsroom *newsroom;
	int64_t ids[2][STORIES - 1];
};

static void add_all(void *context, int which)
{
	struct twice *twice = context;
	struct story_input inputs[STORIES];
	inputs_make(inputs);
	/* The second under one slug of the desk's own would be refused, and so would the second
	 * translation in one language: the last is left out. */
	inputs[3].slug = S("");
	assert_err(story_add_many(&twice->newsroom->world, inputs, STORIES - 1, twice->ids[which]), OK,
	           NULL);
}

static void test_many_stories_hold_when_added_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct twice twice = {.newsroom = &newsroom};
	db_test_twice_at_once(add_all, &twice);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")),
	                 2 * (STORIES - 1));
	assert_int_equal(
	    newsroom_count(&newsroom, SQL("SELECT COUNT(DISTINCT path) FROM story WHERE path <> ''")),
	    newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story WHERE status = 'published'")));
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag")), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_many_stories_are_kept_as_each_alone),
	    DB_TEST(test_one_that_is_refused_is_named_and_none_is_kept),
	    DB_TEST(test_many_stories_hold_when_added_twice_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
