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
	assert_err(source_find(connection, &newsroom.site, test_language("en"), S("tigris-wire"),
	                       &newsroom.mem, &source),
	           OK, NULL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_catch_up_makes_what_an_older_courant_left_out),
	    DB_TEST(test_catch_up_writes_nothing_when_nothing_is_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
