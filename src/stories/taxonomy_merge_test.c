#include "stories/stories_private.h"
#include "stories/stories_test_support.h"

/* Two that are one, and what is taken away because it was a slip. */

#define assert_drops(newsroom, act, expected)                                                      \
	do {                                                                                           \
		newsroom_fill_cache(newsroom);                                                             \
		assert_err(act, OK, NULL);                                                                 \
		assert_string_equal(newsroom_dropped(newsroom), expected);                                 \
	} while (0)

static Str byline_of(struct newsroom *newsroom, const char *language, const char *segment,
                     Str *name)
{
	struct byline byline;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	Err err = byline_find(connection, &newsroom->site, test_language(language), str_from_c(segment),
	                      &newsroom->mem, &byline);
	if (err == ERR_NOT_FOUND)
		return S("404");
	assert_err(err, OK, NULL);
	*name = byline.name;
	return byline.slug;
}

static void test_byline_merge_moves_stories_and_names(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str english[] = {S("Layla Hassan"), S("Omar Aziz")};
	const Str arabic[] = {S("ليلى حسن")};
	const Str both[] = {S("Omar Aziz"), S("ليلى حسن"), S("Layla Hassan"), S("Sara")};
	int64_t first =
	    newsroom_add(&newsroom, (struct story_input){.bylines = english, .byline_count = 2});
	int64_t second = newsroom_add(
	    &newsroom, (struct story_input){.bylines = arabic, .byline_count = 1, .language = S("ar")});
	int64_t third =
	    newsroom_add(&newsroom, (struct story_input){.bylines = both, .byline_count = 4});
	Str name = S("");
	assert_str(byline_of(&newsroom, "ar", "ليلى-حسن", &name), "ليلى-حسن");
	assert_drops(&newsroom, byline_merge(world, S("ليلى-حسن"), S("layla-hassan")), "site");
	assert_str(byline_of(&newsroom, "ar", "ليلى-حسن", &name), "layla-hassan");
	assert_str(name, "ليلى حسن");
	assert_str(byline_of(&newsroom, "en", "layla-hassan", &name), "layla-hassan");
	assert_str(name, "Layla Hassan");
	/* Listings show a text of all names. */
	assert_str(newsroom_story(&newsroom, first).byline, "Layla Hassan and Omar Aziz");
	assert_str(newsroom_story(&newsroom, second).byline, "ليلى حسن");
	assert_str(newsroom_story(&newsroom, third).byline, "Omar Aziz, Layla Hassan and Sara");
	assert_int_equal(newsroom_story(&newsroom, third).byline_count, 3);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_byline "
	                                               "WHERE story_id = 3 AND position > 2")),
	                 0);
	/* And the desk is led there too. */
	second = newsroom_add(&newsroom, (struct story_input){.bylines = arabic, .byline_count = 1});
	assert_str(newsroom_story(&newsroom, second).byline, "Layla Hassan");
	assert_err(byline_merge(world, S("ليلى-حسن"), S("layla-hassan")), OK, NULL);
	assert_err(byline_merge(world, S("ليلى-حسن"), S("omar-aziz")), ERR_NOT_FOUND, "\"ليلى-حسن\"");
	assert_err(byline_merge(world, S("sara"), S("sara")), ERR_INVALID,
	           "a byline can't be merged into itself");
}

static void test_byline_merge_makes_a_name_that_is_there_an_alias(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input hasan[] = {{S("en"), S("Layla Hasan")}, {S("ckb"), S("لەیلا حەسەن")}};
	const struct name_input hassan = {S("en"), S("Layla Hassan")};
	const struct name_input other = {S("en"), S("Layla Hasan")};
	struct taxonomy_entry *entries;
	size_t count;
	int64_t id;
	Str name = {0};
	assert_err(byline_add(world, S(""), hasan, 2, &id), OK, NULL);
	assert_err(byline_add(world, S(""), &hassan, 1, &id), OK, NULL);
	assert_err(byline_merge(world, S("layla-hasan"), S("layla-hassan")), OK, NULL);
	assert_str(byline_of(&newsroom, "en", "layla-hasan", &name), "layla-hassan");
	assert_str(name, "Layla Hassan");
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(taxonomy_list(connection, &newsroom.site, &taxonomy_byline, &newsroom.mem, &entries,
	                         &count),
	           OK, NULL);
	db_read_end(&connection);
	assert_int_equal(count, 1);
	assert_int_equal(entries[0].name_count, 2);
	/* The slug that it had says nothing more. */
	assert_int_equal(entries[0].alias_count, 1);
	assert_str(entries[0].aliases[0], "Layla Hasan");
	/* Neither the name nor the old slug is another's now. */
	assert_err(byline_add(world, S("l-h"), &other, 1, &id), ERR_CONFLICT,
	           "leads to the byline layla-hassan");
	assert_err(byline_add(world, S("layla-hasan"), &(struct name_input){S("en"), S("New")}, 1, &id),
	           ERR_CONFLICT, "can't have \"layla-hasan\" as its slug, it leads to another");
	int64_t story = newsroom_add(
	    &newsroom, (struct story_input){.bylines = &entries[0].aliases[0], .byline_count = 1});
	assert_str(newsroom_story(&newsroom, story).byline, "Layla Hassan");
}

static void test_source_merge_moves_stories_and_names(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	int64_t first = newsroom_add(&newsroom, (struct story_input){.source = S("Tigris Wire")});
	int64_t second = newsroom_add(
	    &newsroom, (struct story_input){.source = S("تایگریس وایەر"), .language = S("ckb")});
	int64_t none = newsroom_add(&newsroom, (struct story_input){0});
	assert_drops(&newsroom, source_merge(world, S("تایگریس-وایەر"), S("tigris-wire")), "site");
	struct source source = newsroom_story(&newsroom, second).source;
	assert_str(source.slug, "tigris-wire");
	assert_str(source.name, "تایگریس وایەر");
	assert_str(newsroom_story(&newsroom, first).source.name, "Tigris Wire");
	assert_int_equal(newsroom_story(&newsroom, none).source.id, 0);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(source_find(connection, &newsroom.site, test_language("en"), S("تایگریس-وایەر"),
	                       &newsroom.mem, &source),
	           OK, NULL);
	assert_str(source.slug, "tigris-wire");
	db_read_end(&connection);
	assert_err(source_merge(world, S("nobody"), S("tigris-wire")), ERR_NOT_FOUND,
	           "no source with the slug \"nobody\"");
}

/* ---- merges of several acts ---- */

static void test_byline_merge_that_was_stopped_is_finished_when_the_site_opens(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str names[] = {S("Layla Hasan"), S("Layla Hassan"), S("Omar Aziz")};
	const struct name_input again = {S("en"), S("Layla Hasan-Ali")};
	int64_t id;
	bool done;
	for (int i = 0; i < 130; i++)
		newsroom_add(&newsroom,
		             (struct story_input){.bylines = names, .byline_count = i % 4 == 0 ? 3 : 1});
	/* Its new name goes with it. */
	assert_err(byline_add(world, S("layla-hasan"), &again, 1, &id), OK, NULL);
	newsroom_fill_cache(&newsroom);
	assert_err(taxonomy_merge_some(world, &taxonomy_byline, S("layla-hasan"), S("layla-hassan"),
	                               &done, &id),
	           OK, NULL);
	assert_false(done);
	assert_null(strstr(newsroom_dropped(&newsroom), "site"));
	assert_non_null(strstr(newsroom_dropped(&newsroom), "byline:1 byline:2"));
	assert_err(byline_merge(world, S("layla-hassan"), S("omar-aziz")), ERR_CONFLICT,
	           "courant byline merge layla-hasan layla-hassan");
	assert_err(byline_remove(world, S("layla-hasan")), ERR_CONFLICT,
	           "courant byline merge layla-hasan layla-hassan");
	assert_err(stories_catch_up(world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline")), 2);
	assert_int_equal(
	    newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story WHERE byline = 'Layla Hassan'")),
	    97);
	assert_str(newsroom_story(&newsroom, 1).byline, "Layla Hassan and Omar Aziz");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline_merging")), 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline_renaming")), 0);
}

static void test_source_merge_that_was_stopped_is_finished_when_the_site_opens(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Sql count_wire = SQL("SELECT COUNT(*) FROM story WHERE source_id = 1");
	int64_t id;
	bool done;
	for (int i = 0; i < 130; i++)
		newsroom_add(&newsroom, (struct story_input){.source = S("Wire")});
	newsroom_add(&newsroom, (struct story_input){.source = S("Tigris Wire")});
	newsroom_fill_cache(&newsroom);
	assert_err(
	    taxonomy_merge_some(world, &taxonomy_source, S("wire"), S("tigris-wire"), &done, &id), OK,
	    NULL);
	assert_false(done);
	assert_null(strstr(newsroom_dropped(&newsroom), "site"));
	assert_non_null(strstr(newsroom_dropped(&newsroom), "source:1 source:2"));
	assert_int_equal(newsroom_count(&newsroom, count_wire), 30);
	assert_err(source_remove(world, S("tigris-wire")), ERR_CONFLICT,
	           "courant source merge wire tigris-wire");
	assert_err(stories_catch_up(world), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, count_wire), 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM source")), 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM source_merging")), 0);
	assert_str(newsroom_story(&newsroom, 1).source.name, "Tigris Wire");
}

static Err renaming_commit(struct db_connection *connection, void *id)
{
	return db_run(connection, taxonomy_byline.begin_renaming, DB_ARGS(db_int(*(int64_t *)id)),
	              NULL);
}

static void test_a_byline_goes_with_what_was_left_to_do_for_it(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input name = {S("en"), S("Layla Hasan")};
	int64_t id;
	assert_err(byline_add(&newsroom.world, S(""), &name, 1, &id), OK, NULL);
	assert_err(db_commit(newsroom.world.db, &(struct db_act){"renaming", renaming_commit, &id}), OK,
	           NULL);
	assert_err(byline_remove(&newsroom.world, S("layla-hasan")), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM byline_renaming")), 0);
}

static void test_remove_takes_only_what_no_story_has(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str name = S("Rain");
	const struct story_input all = newsroom_input((struct story_input){.section = S("Sport"),
	                                                                   .tags = &name,
	                                                                   .tag_count = 1,
	                                                                   .bylines = &name,
	                                                                   .byline_count = 1,
	                                                                   .source = S("Rain")});
	int64_t draft;
	assert_err(story_add(world, &all, &draft), OK, NULL);
	int64_t other = newsroom_add(&newsroom, all);
	assert_err(story_withdraw(world, other), OK, NULL);
	assert_err(section_remove(world, S("sport")), ERR_CONFLICT,
	           "2 stories have the section sport, drafts and withdrawn ones counted: move each "
	           "with courant story edit ID --section OTHER");
	assert_err(tag_remove(world, S("rain")), ERR_CONFLICT, "courant tag merge rain OTHER");
	assert_err(byline_remove(world, S("rain")), ERR_CONFLICT, "courant byline merge rain OTHER");
	assert_err(source_remove(world, S("rain")), ERR_CONFLICT, "courant source merge rain OTHER");
	assert_err(story_discard(world, draft), OK, NULL);
	assert_err(tag_remove(world, S("rain")), ERR_CONFLICT, "1 story has the tag rain");
	const struct story_input none = {.section = S("politics")};
	assert_err(
	    story_edit(world, other, &none, STORY_SECTION | STORY_TAGS | STORY_BYLINE | STORY_SOURCE),
	    OK, NULL);
	assert_drops(&newsroom, section_remove(world, S("sport")), "section:1");
	assert_drops(&newsroom, tag_remove(world, S("rain")), "tag:1");
	assert_drops(&newsroom, byline_remove(world, S("rain")), "byline:1");
	assert_drops(&newsroom, source_remove(world, S("rain")), "source:1");
	assert_err(section_remove(world, S("sport")), ERR_NOT_FOUND, "no section with the slug");
	assert_err(tag_remove(world, S("Bad Slug")), ERR_INVALID, "take \"bad-slug\"");
	static const Sql counts[] = {SQL("SELECT COUNT(*) FROM section_name WHERE name <> 'politics'"),
	                             SQL("SELECT COUNT(*) FROM tag_name"),
	                             SQL("SELECT COUNT(*) FROM byline_name"),
	                             SQL("SELECT COUNT(*) FROM source_name")};
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		assert_int_equal(newsroom_count(&newsroom, counts[i]), 0);
}

static void test_an_address_outlives_its_section(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	int64_t id = newsroom_add(&newsroom, (struct story_input){.section = S("Sprot")});
	const struct story_input moved = {.section = S("Sport")};
	assert_err(story_edit(world, id, &moved, STORY_SECTION), OK, NULL);
	assert_err(section_remove(world, S("sprot")), OK, NULL);
	assert_string_equal(newsroom_path(&newsroom, "/sprot/2021/07/23/the-river-is-high"),
	                    "/sport/2021/07/23/the-river-is-high");
}

static void test_removing_a_tag_takes_its_other_names_along(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input rain = {S("en"), S("Rain")};
	const struct name_input showers = {S("en"), S("Showers")};
	const Str alias = S("Showers");
	int64_t id;
	assert_err(tag_add(world, S(""), &rain, 1, &id), OK, NULL);
	assert_err(tag_alias_add(world, S("rain"), &alias, 1), OK, NULL);
	assert_err(tag_remove(world, S("rain")), OK, NULL);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag_alias")), 0);
	assert_err(tag_add(world, S(""), &showers, 1, &id), OK, NULL);
}

struct pair {
	struct newsroom *newsroom;
	Err errs[2];
};

static void byline_merge_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = byline_merge(&pair->newsroom->world, S("rain"), S("rivers"));
}

static void source_merge_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = source_merge(&pair->newsroom->world, S("rain"), S("rivers"));
}

static void section_remove_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = section_remove(&pair->newsroom->world, S("sport"));
}

/* One takes the byline away while the other gives it to a story. */
static void byline_remove_run(void *context, int which)
{
	struct pair *pair = context;
	const Str name = S("Sara");
	const struct story_input input = {.bylines = &name, .byline_count = 1};
	pair->errs[which] = which == 0 ? byline_remove(&pair->newsroom->world, S("sara"))
	                               : story_edit(&pair->newsroom->world, 1, &input, STORY_BYLINE);
}

static void test_merges_and_removals_hold_when_done_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str names[] = {S("Rain"), S("Rivers")};
	const struct name_input sport = {S("en"), S("Sport")};
	const struct name_input sara = {S("en"), S("Sara")};
	struct pair pair = {.newsroom = &newsroom};
	int64_t unused;
	int64_t id = newsroom_add(
	    &newsroom, (struct story_input){.bylines = names, .byline_count = 2, .source = names[0]});
	newsroom_add(&newsroom, (struct story_input){.source = names[1]});
	assert_err(section_add(&newsroom.world, S(""), &sport, 1, &unused), OK, NULL);
	assert_err(byline_add(&newsroom.world, S(""), &sara, 1, &unused), OK, NULL);
	db_test_twice_at_once(byline_merge_run, &pair);
	assert_int_equal(pair.errs[0], OK);
	assert_int_equal(pair.errs[1], OK);
	assert_str(newsroom_story(&newsroom, id).byline, "Rivers");
	db_test_twice_at_once(source_merge_run, &pair);
	assert_int_equal(pair.errs[0], OK);
	assert_int_equal(pair.errs[1], OK);
	assert_str(newsroom_story(&newsroom, id).source.slug, "rivers");
	db_test_twice_at_once(section_remove_run, &pair);
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_NOT_FOUND) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_NOT_FOUND));
	db_test_twice_at_once(byline_remove_run, &pair);
	assert_true(pair.errs[0] == OK || pair.errs[0] == ERR_CONFLICT);
	assert_int_equal(pair.errs[1], OK);
	assert_str(newsroom_story(&newsroom, 1).byline, "Sara");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_byline_merge_moves_stories_and_names),
	    DB_TEST(test_byline_merge_makes_a_name_that_is_there_an_alias),
	    DB_TEST(test_source_merge_moves_stories_and_names),
	    DB_TEST(test_byline_merge_that_was_stopped_is_finished_when_the_site_opens),
	    DB_TEST(test_source_merge_that_was_stopped_is_finished_when_the_site_opens),
	    DB_TEST(test_a_byline_goes_with_what_was_left_to_do_for_it),
	    DB_TEST(test_remove_takes_only_what_no_story_has),
	    DB_TEST(test_an_address_outlives_its_section),
	    DB_TEST(test_removing_a_tag_takes_its_other_names_along),
	    DB_TEST(test_merges_and_removals_hold_when_done_twice_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
