#include "stories/stories_test_support.h"

/* As the migration leaves what an older Courant wrote: sources without a slug, and bylines that
 * are a text alone. */
static Err older_commit(struct db_connection *connection, void *state)
{
	(void)state;
	TRY(db_run(connection, SQL("UPDATE source SET slug = NULL"), DB_NO_ARGS, NULL));
	TRY(db_run(connection,
	           SQL("UPDATE story SET byline = 'Layla Hasan and Omar Aziz' WHERE id <> 2"),
	           DB_NO_ARGS, NULL));
	TRY(db_run(connection, SQL("UPDATE story SET byline = '***' WHERE id = 3"), DB_NO_ARGS, NULL));
	return db_run(
	    connection,
	    SQL("INSERT INTO byline_missing (story_id) SELECT id FROM story WHERE byline <> ''"),
	    DB_NO_ARGS, NULL);
}

static void test_catch_up_makes_what_an_older_courant_left_out(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	struct source source;
	struct story *stories;
	size_t count;
	for (int i = 0; i < 3; i++)
		newsroom_add(&newsroom, (struct story_input){.source = S("Tigris Wire")});
	int64_t withdrawn = newsroom_add(&newsroom, (struct story_input){.source = S("Tigris-Wire")});
	assert_err(story_withdraw(world, withdrawn), OK, NULL);
	assert_err(db_commit(world->db, &(struct db_act){"older", older_commit, NULL}), OK, NULL);
	assert_err(stories_catch_up(world), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(source_find(connection, S("tigris-wire"), &newsroom.mem, &source), OK, NULL);
	assert_str(source.name, "Tigris Wire");
	const struct story_filter filter = {.byline_id = 1, .status = STORY_PUBLISHED, .limit = 9};
	assert_err(story_list(connection, &newsroom.site, &filter, &newsroom.mem, &stories, &count), OK,
	           NULL);
	assert_int_equal(count, 1);
	assert_int_equal(stories[0].id, 1);
	db_read_end(&connection);
	struct story story = newsroom_story(&newsroom, withdrawn);
	assert_int_equal(story.byline_count, 1);
	assert_str(story.bylines[0].slug, "layla-hasan-and-omar-aziz");
	assert_int_equal(newsroom_story(&newsroom, 2).byline_count, 0);
	/* What can't be a name stays a text. */
	story = newsroom_story(&newsroom, 3);
	assert_int_equal(story.byline_count, 0);
	assert_str(story.byline, "***");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline_missing")), 0);
}

static void test_catch_up_writes_nothing_when_nothing_is_missing(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str writer = S("Layla Hasan");
	newsroom_add(&newsroom,
	             (struct story_input){.source = S("AP"), .bylines = &writer, .byline_count = 1});
	newsroom_fill_cache(&newsroom);
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "");
}

/* ---- what is damaged ---- */

static Err run_commit(struct db_connection *connection, void *sql)
{
	return db_run(connection, *(const Sql *)sql, DB_NO_ARGS, NULL);
}

static void run(struct newsroom *newsroom, Sql sql)
{
	struct db_act act = {"run", run_commit, &sql};
	assert_err(db_commit(newsroom->world.db, &act), OK, NULL);
}

static void test_catch_up_passes_over_a_damaged_story(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Sql not_searchable = SQL("SELECT COUNT(*) FROM story WHERE is_searchable = 0");
	for (int i = 0; i < 4; i++)
		newsroom_add(&newsroom, (struct story_input){0});
	run(&newsroom, SQL("UPDATE story SET is_searchable = 0"));
	run(&newsroom, SQL("UPDATE story_revision SET body = '<p>It snowed.</p>' WHERE story_id = 2"));
	run(&newsroom, SQL("UPDATE story SET language = 'xx' WHERE id = 3"));
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, not_searchable), 2);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM search_document")), 2);
	/* Once mended they are found as well. */
	run(&newsroom, SQL("UPDATE story SET language = 'en' WHERE id = 3"));
	newsroom_fill_cache(&newsroom);
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, not_searchable), 1);
	assert_string_not_equal(newsroom_dropped(&newsroom), "");
	newsroom_fill_cache(&newsroom);
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "");
}

/* ---- what was stopped ---- */

static void test_a_bylines_new_name_that_was_stopped_is_finished_when_the_site_opens(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str writer = S("Layla Hasan");
	const struct name_input name = {S("en"), S("Layla al-Hasan")};
	const Sql renamed = SQL("SELECT COUNT(*) FROM story WHERE byline = 'Layla al-Hasan'");
	int64_t id;
	for (int i = 0; i < 250; i++)
		newsroom_add(&newsroom, (struct story_input){.bylines = &writer, .byline_count = 1});
	/* The second of its acts comes upon a story that it can't read. */
	run(&newsroom, SQL("UPDATE story SET language = 'xx' WHERE id = 240"));
	assert_err(byline_add(&newsroom.world, S("layla-hasan"), &name, 1, &id), ERR_INTERNAL, NULL);
	assert_int_equal(newsroom_count(&newsroom, renamed), 200);
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, renamed), 200);
	run(&newsroom, SQL("UPDATE story SET language = 'en' WHERE id = 240"));
	assert_err(stories_catch_up(&newsroom.world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, renamed), 250);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline_renaming")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_catch_up_makes_what_an_older_courant_left_out),
	    DB_TEST(test_catch_up_writes_nothing_when_nothing_is_missing),
	    DB_TEST(test_catch_up_passes_over_a_damaged_story),
	    DB_TEST(test_a_bylines_new_name_that_was_stopped_is_finished_when_the_site_opens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
