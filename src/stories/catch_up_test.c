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

/* As the first Courant folded: it knew nothing of Arabic letters that stand for one another. */
static Err older_folds_commit(struct db_connection *connection, void *state)
{
	(void)state;
	TRY(db_run(connection, SQL("DELETE FROM name_folding"), DB_NO_ARGS, NULL));
	TRY(db_run(connection, SQL("UPDATE tag_name SET folded = name WHERE tag_id <> 3"), DB_NO_ARGS,
	           NULL));
	TRY(db_run(connection, SQL("UPDATE section_name SET folded = name WHERE language = 'ar'"),
	           DB_NO_ARGS, NULL));
	TRY(db_run(connection, SQL("UPDATE byline_name SET folded = name"), DB_NO_ARGS, NULL));
	TRY(db_run(connection, SQL("UPDATE tag_alias SET folded = name"), DB_NO_ARGS, NULL));
	return db_run(connection, SQL("UPDATE source_name SET folded = name"), DB_NO_ARGS, NULL);
}

static int64_t rows_where(const struct newsroom *newsroom, Sql sql, const char *folded)
{
	int64_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(db_query_int(connection, sql, DB_ARGS(db_text(str_from_c(folded))), &count), OK,
	           NULL);
	return count;
}

static void test_catch_up_folds_names_by_todays_rules(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tags[] = {S("\u0628\u0635\u0631\u0629"), S("\u0661\u0664 \u062A\u0645\u0648\u0632")};
	const Str twin = S("\u0628\u0635\u0631\u0647");
	const Str writer = S("\u0645\u0635\u0637\u0641\u0649");
	const Str alias = S("\u062B\u0648\u0631\u0629");
	newsroom_add(&newsroom, (struct story_input){.source = S("\u0648\u0643\u0627\u0644\u0629"),
	                                             .tags = tags,
	                                             .tag_count = 2,
	                                             .bylines = &writer,
	                                             .byline_count = 1});
	assert_err(tag_alias_add(world, tags[0], &alias, 1), OK, NULL);
	assert_err(stories_catch_up(world), OK, NULL);
	assert_err(db_commit(world->db, &(struct db_act){"older", older_folds_commit, NULL}), OK, NULL);
	/* Made since, because the first was not found: it keeps the name. */
	newsroom_add(&newsroom, (struct story_input){.tags = &twin, .tag_count = 1});
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag")), 3);
	assert_err(stories_catch_up(world), OK, NULL);
	const Sql tag = SQL("SELECT COUNT(*) FROM tag_name WHERE folded = $1");
	assert_int_equal(rows_where(&newsroom, tag, "14 \u062A\u0645\u0648\u0632"), 1);
	assert_int_equal(rows_where(&newsroom, tag, "\u0628\u0635\u0631\u0647"), 1);
	assert_int_equal(rows_where(&newsroom, tag, "\u0628\u0635\u0631\u0629"), 1);
	assert_int_equal(rows_where(&newsroom, SQL("SELECT tag_id FROM tag_name WHERE folded = $1"),
	                            "\u0628\u0635\u0631\u0647"),
	                 3);
	assert_int_equal(rows_where(&newsroom,
	                            SQL("SELECT COUNT(*) FROM byline_name WHERE folded = $1"),
	                            "\u0645\u0635\u0637\u0641\u064A"),
	                 1);
	assert_int_equal(rows_where(&newsroom,
	                            SQL("SELECT COUNT(*) FROM source_name WHERE folded = $1"),
	                            "\u0648\u0643\u0627\u0644\u0647"),
	                 1);
	assert_int_equal(rows_where(&newsroom, SQL("SELECT COUNT(*) FROM tag_alias WHERE folded = $1"),
	                            "\u062B\u0648\u0631\u0647"),
	                 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT MAX(rules) FROM name_folding")),
	                 TEXT_FOLD_RULES);
	/* Done once: what is folded otherwise by then was left so. */
	assert_err(stories_catch_up(world), OK, NULL);
	assert_int_equal(rows_where(&newsroom, tag, "\u0628\u0635\u0631\u0629"), 1);
	assert_err(stories_before_restore(world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM name_folding")), 0);
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
	    DB_TEST(test_catch_up_folds_names_by_todays_rules),
	    DB_TEST(test_catch_up_passes_over_a_damaged_story),
	    DB_TEST(test_a_bylines_new_name_that_was_stopped_is_finished_when_the_site_opens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
