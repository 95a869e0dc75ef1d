#include "stories/stories_test_support.h"

/* What readers find stories by beside sections and tags: people, days, translations,
 * tags in common, the desk's choice, corrections. */

static Err edit(struct newsroom *newsroom, int64_t id, struct story_input input, unsigned fields)
{
	return story_edit(&newsroom->world, id, &input, fields);
}

/* "3 1": the ids of a listing. */
static const char *ids_of(struct newsroom *newsroom, const struct story *stories, size_t count)
{
	Str ids = S("");
	char *text;
	for (size_t i = 0; i < count; i++)
		assert_err(arena_format(&newsroom->mem, &ids, "%.*s%s%d", STR(ids), i == 0 ? "" : " ",
		                        (int)stories[i].id),
		           OK, NULL);
	assert_err(arena_c_string(&newsroom->mem, ids, &text), OK, NULL);
	return text;
}

static const char *listed(struct newsroom *newsroom, struct story_filter filter)
{
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	filter.status = STORY_PUBLISHED;
	filter.limit = filter.limit == 0 ? 10 : filter.limit;
	assert_err(story_list(connection, &newsroom->site, &filter, &newsroom->mem, &stories, &count),
	           OK, NULL);
	return ids_of(newsroom, stories, count);
}

/* ---- people ---- */

static void test_bylines_are_people_with_a_name_per_language(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct name_input names[] = {{S("en"), S("Layla Hasan")}, {S("ar"), S("ليلى حسن")}};
	const Str writers[] = {S("layla hasan"), S("Omar Aziz"), S("LAYLA HASAN")};
	struct byline byline;
	int64_t layla;
	assert_err(byline_add(world, S(""), names, 2, &layla), OK, NULL);
	int64_t id =
	    newsroom_add(&newsroom, (struct story_input){.bylines = writers, .byline_count = 3});
	struct story story = newsroom_story(&newsroom, id);
	assert_int_equal(story.byline_count, 2);
	assert_int_equal(story.bylines[0].id, layla);
	assert_str(story.bylines[1].slug, "omar-aziz");
	assert_str(story.byline, "Layla Hasan and Omar Aziz");
	id = newsroom_add(&newsroom, (struct story_input){
	                                 .bylines = writers, .byline_count = 1, .language = S("ar")});
	assert_str(newsroom_story(&newsroom, id).byline, "ليلى حسن");
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(byline_find(connection, &newsroom.site, test_language("ar"), S("layla-hasan"),
	                       &newsroom.mem, &byline),
	           OK, NULL);
	assert_str(byline.name, "ليلى حسن");
	assert_err(byline_find(connection, &newsroom.site, test_language("en"), S("omar-aziz"),
	                       &newsroom.mem, &byline),
	           OK, NULL);
	assert_str(byline.name, "Omar Aziz");
	assert_err(byline_find(connection, &newsroom.site, test_language("en"), S("nobody"),
	                       &newsroom.mem, &byline),
	           ERR_NOT_FOUND, "there is no byline \"nobody\"");
}

static void test_a_bylines_new_name_stands_on_every_story(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str writers[] = {S("Layla Hasan"), S("Omar Aziz")};
	const struct name_input name = {S("en"), S("Layla al-Hasan")};
	int64_t id =
	    newsroom_add(&newsroom, (struct story_input){.bylines = writers, .byline_count = 2});
	int64_t other =
	    newsroom_add(&newsroom, (struct story_input){.bylines = writers + 1, .byline_count = 1});
	int64_t byline;
	newsroom_fill_cache(&newsroom);
	assert_err(byline_add(&newsroom.world, S("layla-hasan"), &name, 1, &byline), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "site byline:1");
	assert_str(newsroom_story(&newsroom, id).byline, "Layla al-Hasan and Omar Aziz");
	assert_str(newsroom_story(&newsroom, other).byline, "Omar Aziz");
	/* What a version said stays. */
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_revision WHERE "
	                                               "byline = 'Layla Hasan and Omar Aziz'")),
	                 1);
}

static void test_story_list_by_byline_and_source_follows_the_story(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str writer = S("Layla Hasan");
	const struct story_input input = {
	    .bylines = &writer, .byline_count = 1, .source = S("Tigris Wire")};
	const struct story_filter by = {.byline_id = 1, .language = test_language("en")};
	const struct story_filter of = {.source_id = 1, .language = test_language("en")};
	int64_t first = newsroom_add(&newsroom, input);
	newsroom.clock.fixed += MINUTE_MS;
	int64_t second = newsroom_add(&newsroom, input);
	newsroom_add(&newsroom, (struct story_input){0});
	assert_string_equal(listed(&newsroom, by), "2 1");
	assert_string_equal(listed(&newsroom, of), "2 1");
	assert_string_equal(
	    listed(&newsroom,
	           (struct story_filter){.byline_id = 1, .before = {newsroom.clock.fixed, 2}}),
	    "1");
	assert_err(story_withdraw(&newsroom.world, second), OK, NULL);
	assert_string_equal(listed(&newsroom, by), "1");
	assert_string_equal(listed(&newsroom, of), "1");
	assert_err(edit(&newsroom, first, (struct story_input){0}, STORY_BYLINE | STORY_SOURCE), OK,
	           NULL);
	assert_string_equal(listed(&newsroom, by), "");
	assert_string_equal(listed(&newsroom, of), "");
}

/* ---- days ---- */

static void test_story_list_of_a_span_takes_its_start_and_not_its_end(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (int i = 0; i < 5; i++)
		newsroom_add(&newsroom, (struct story_input){.published_at = TEST_NOW - (4 - i) * HOUR_MS});
	const struct language *english = test_language("en");
	Time from = TEST_NOW - 3 * HOUR_MS;
	Time until = TEST_NOW - HOUR_MS;
	struct story_filter span = {
	    .language = english, .has_from = true, .from = from, .has_until = true, .until = until};
	assert_string_equal(listed(&newsroom, span), "3 2");
	span.limit = 1;
	assert_string_equal(listed(&newsroom, span), "3");
	span.before = (struct story_place){TEST_NOW - 2 * HOUR_MS, 3};
	assert_string_equal(listed(&newsroom, span), "2");
	assert_string_equal(listed(&newsroom, (struct story_filter){.has_until = true, .until = until}),
	                    "3 2 1");
	assert_string_equal(listed(&newsroom, (struct story_filter){.has_from = true, .from = until}),
	                    "5 4");
	Time before;
	Time after;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(story_days_around(connection, english, from, until, &before, &after), OK, NULL);
	assert_int_equal(before, TEST_NOW - 4 * HOUR_MS);
	assert_int_equal(after, until);
	assert_err(story_days_around(connection, english, 1, TEST_NOW + 1, &before, &after), OK, NULL);
	assert_true(before == STORY_NONE_BEFORE);
	assert_true(after == STORY_NONE_AFTER);
	struct story *stories;
	size_t count;
	const struct story_filter refused[] = {
	    {.has_from = true, .section_id = 1, .status = STORY_PUBLISHED, .limit = 1},
	    {.has_until = true, .status = STORY_DRAFT, .limit = 1},
	    {.byline_id = 1, .any_status = true, .limit = 1},
	    {.byline_id = 1, .source_id = 1, .status = STORY_PUBLISHED, .limit = 1},
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_err(
		    story_list(connection, &newsroom.site, &refused[i], &newsroom.mem, &stories, &count),
		    ERR_INVALID, "listed by");
}

static void test_a_span_may_begin_or_end_with_1970(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct story_filter before = {.has_until = true};
	const struct story_filter since = {.has_from = true};
	newsroom_add(&newsroom, (struct story_input){.published_at = -HOUR_MS});
	newsroom_add(&newsroom, (struct story_input){.published_at = HOUR_MS});
	assert_string_equal(listed(&newsroom, before), "1");
	assert_string_equal(listed(&newsroom, since), "2");
}

/* ---- translations ---- */

static const char *translations(struct newsroom *newsroom, int64_t id)
{
	struct story *stories;
	size_t count;
	struct story story = newsroom_story(newsroom, id);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(story_list_translations(connection, &newsroom->site, &story, &newsroom->mem,
	                                   &stories, &count),
	           OK, NULL);
	return ids_of(newsroom, stories, count);
}

static int64_t in_language(struct newsroom *newsroom, Str language, int64_t translation_of)
{
	return newsroom_add(
	    newsroom, (struct story_input){.language = language, .translation_of = translation_of});
}

static Err translate(struct newsroom *newsroom, int64_t id, int64_t of)
{
	return edit(newsroom, id, (struct story_input){.translation_of = of}, STORY_TRANSLATION);
}

static void test_translations_are_one_group_whichever_is_named(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t english = in_language(&newsroom, S("en"), 0);
	int64_t arabic = in_language(&newsroom, S("ar"), english);
	int64_t kurdish = in_language(&newsroom, S("ckb"), arabic);
	int64_t other = in_language(&newsroom, S("en"), 0);
	assert_string_equal(translations(&newsroom, english), "2 3");
	assert_string_equal(translations(&newsroom, arabic), "3 1");
	assert_err(story_withdraw(&newsroom.world, kurdish), OK, NULL);
	assert_string_equal(translations(&newsroom, english), "2");
	assert_err(translate(&newsroom, other, arabic), ERR_CONFLICT, "story 1 tells it in the same");
	assert_err(translate(&newsroom, other, english), ERR_CONFLICT, "same language (English)");
	assert_err(translate(&newsroom, other, other), ERR_INVALID, "its own translation");
	assert_err(translate(&newsroom, other, 77), ERR_NOT_FOUND, "no story 77");
	assert_err(translate(&newsroom, arabic, kurdish), OK, NULL);
	assert_string_equal(translations(&newsroom, other), "");
}

static void test_translations_move_from_group_to_group(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t english = in_language(&newsroom, S("en"), 0);
	int64_t arabic = in_language(&newsroom, S("ar"), english);
	int64_t kurdish = in_language(&newsroom, S("ckb"), english);
	int64_t other = in_language(&newsroom, S("ar"), 0);
	/* The one after which the group is called leaves and finds another. */
	assert_err(translate(&newsroom, english, other), OK, NULL);
	assert_string_equal(translations(&newsroom, english), "4");
	assert_string_equal(translations(&newsroom, arabic), "3");
	assert_string_equal(translations(&newsroom, kurdish), "2");
	/* One that is left alone is no group. */
	assert_err(translate(&newsroom, kurdish, 0), OK, NULL);
	assert_int_equal(newsroom_story(&newsroom, arabic).translation_group, 0);
	assert_int_equal(newsroom_story(&newsroom, kurdish).translation_group, 0);
	assert_err(translate(&newsroom, kurdish, other), OK, NULL);
	assert_string_equal(translations(&newsroom, other), "3 1");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story s WHERE "
	                                               "translation_group IS NOT NULL AND NOT EXISTS "
	                                               "(SELECT 1 FROM story n WHERE n.id = "
	                                               "s.translation_group AND n.translation_group = "
	                                               "s.translation_group)")),
	                 0);
}

struct pair {
	struct newsroom *newsroom;
	int64_t ids[2], of;
	Err errs[2];
};

static void translate_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] = translate(pair->newsroom, pair->ids[which], pair->of);
}

static void front_run(void *context, int which)
{
	struct pair *pair = context;
	pair->errs[which] =
	    front_set(&pair->newsroom->world, test_language("en"), &pair->ids[which], 1);
}

static void test_reader_acts_hold_when_done_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct pair pair = {
	    .newsroom = &newsroom,
	    .ids = {in_language(&newsroom, S("en"), 0), in_language(&newsroom, S("en"), 0)},
	    .of = in_language(&newsroom, S("ar"), 0)};
	db_test_twice_at_once(translate_run, &pair);
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_CONFLICT) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_CONFLICT));
	db_test_twice_at_once(front_run, &pair);
	assert_int_equal(pair.errs[0], OK);
	assert_int_equal(pair.errs[1], OK);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM front_place")), 1);
}

/* ---- tags in common ---- */

static void test_related_share_the_most_tags_then_are_newest(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	static const struct {
		size_t first, count;
		const char *language;
	} stories[] = {
	    {0, 2, "en"}, /* the one that is asked for */
	    {0, 2, "en"}, {0, 1, "en"}, {1, 2, "en"}, {2, 1, "en"}, {0, 2, "ar"}, {0, 3, "en"},
	};
	for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
		newsroom_add(&newsroom,
		             (struct story_input){.tags = tags + stories[i].first,
		                                  .tag_count = stories[i].count,
		                                  .language = str_from_c(stories[i].language),
		                                  .published_at = TEST_NOW - (10 - (Time)i) * HOUR_MS});
	struct story *related;
	size_t count;
	struct story story = newsroom_story(&newsroom, 1);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(
	    story_list_related(connection, &newsroom.site, &story, 9, &newsroom.mem, &related, &count),
	    OK, NULL);
	assert_string_equal(ids_of(&newsroom, related, count), "7 2 4 3");
	assert_err(
	    story_list_related(connection, &newsroom.site, &story, 2, &newsroom.mem, &related, &count),
	    OK, NULL);
	assert_string_equal(ids_of(&newsroom, related, count), "7 2");
	story.tag_count = 0;
	assert_err(
	    story_list_related(connection, &newsroom.site, &story, 2, &newsroom.mem, &related, &count),
	    OK, NULL);
	assert_int_equal(count, 0);
}

/* ---- the front page ---- */

static const char *front(struct newsroom *newsroom, const char *language)
{
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(front_list(connection, &newsroom->site, test_language(language), &newsroom->mem,
	                      &stories, &count),
	           OK, NULL);
	return ids_of(newsroom, stories, count);
}

static void test_front_keeps_the_desks_order(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct language *english = test_language("en");
	for (int i = 0; i < 3; i++)
		newsroom_add(&newsroom, (struct story_input){0});
	int64_t arabic = in_language(&newsroom, S("ar"), 0);
	int64_t draft;
	struct story_input input = newsroom_input((struct story_input){0});
	assert_err(story_add(world, &input, &draft), OK, NULL);
	const int64_t order[] = {2, 3, 1};
	const int64_t doubled[] = {2, 3, 2};
	const int64_t many[FRONT_MAX + 1] = {1, 2, 3, 4, 5, 6, 7, 8};
	newsroom_fill_cache(&newsroom);
	assert_err(front_set(world, english, order, 3), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "home");
	assert_string_equal(front(&newsroom, "en"), "2 3 1");
	assert_string_equal(front(&newsroom, "ar"), "");
	assert_err(front_set(world, test_language("ar"), &arabic, 1), OK, NULL);
	assert_err(story_withdraw(world, 3), OK, NULL);
	assert_string_equal(front(&newsroom, "en"), "2 1");
	assert_err(front_set(world, english, doubled, 3), ERR_INVALID, "story 2 is named twice");
	assert_err(front_set(world, english, many, FRONT_MAX + 1), ERR_INVALID, "at most 7");
	assert_err(front_set(world, english, &draft, 1), ERR_CONFLICT, "is not published");
	assert_err(front_set(world, english, &arabic, 1), ERR_INVALID, "another language (ar)");
	assert_err(front_set(world, english, many + 7, 1), ERR_NOT_FOUND, "no story 8");
	assert_string_equal(front(&newsroom, "en"), "2 1");
	assert_err(story_publish(world, 3, 0), OK, NULL);
	assert_string_equal(front(&newsroom, "en"), "2 3 1");
	assert_err(front_set(world, english, NULL, 0), OK, NULL);
	assert_string_equal(front(&newsroom, "en"), "");
	assert_string_equal(front(&newsroom, "ar"), "4");
}

/* ---- corrections, site maps ---- */

static void test_correction_list_pages_through_a_languages_corrections(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const struct language *english = test_language("en");
	struct correction_listed *list;
	size_t count;
	int64_t first = newsroom_add(&newsroom, (struct story_input){.headline = S("First")});
	int64_t second = newsroom_add(&newsroom, (struct story_input){.headline = S("Second")});
	int64_t arabic = in_language(&newsroom, S("ar"), 0);
	int64_t gone = newsroom_add(&newsroom, (struct story_input){0});
	assert_err(story_correct(world, first, CORRECTION, S("One."), NULL, 0), OK, NULL);
	assert_err(story_correct(world, second, CLARIFICATION, S("Two."), NULL, 0), OK, NULL);
	assert_err(story_correct(world, arabic, UPDATE, S("ثلاثة."), NULL, 0), OK, NULL);
	assert_err(story_correct(world, gone, UPDATE, S("Four."), NULL, 0), OK, NULL);
	assert_err(story_correct(world, first, UPDATE, S("Five."), NULL, 0), OK, NULL);
	assert_err(story_withdraw(world, gone), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(world->db, &connection), OK, NULL);
	assert_err(
	    correction_list(connection, &newsroom.site, english, 0, 2, &newsroom.mem, &list, &count),
	    OK, NULL);
	assert_int_equal(count, 2);
	assert_str(list[0].correction.text, "Five.");
	assert_str(list[0].story.headline, "First");
	assert_int_equal(list[0].correction.at, TEST_NOW);
	assert_str(list[1].correction.text, "Two.");
	assert_int_equal(list[1].correction.kind, CLARIFICATION);
	assert_str(list[1].story.path, "/politics/2021/07/23/second");
	assert_err(correction_list(connection, &newsroom.site, english, list[1].correction.id, 2,
	                           &newsroom.mem, &list, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(list[0].correction.text, "One.");
	assert_err(correction_list(connection, &newsroom.site, test_language("ar"), 0, 9, &newsroom.mem,
	                           &list, &count),
	           OK, NULL);
	assert_int_equal(count, 1);
	assert_str(list[0].correction.text, "ثلاثة.");
}

static void test_story_list_numbered_has_every_published_story_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct story *stories;
	size_t count;
	for (int i = 1; i <= 6; i++)
		in_language(&newsroom, i % 2 == 0 ? S("ar") : S("en"), 0);
	assert_err(story_withdraw(&newsroom.world, 3), OK, NULL);
	assert_err(story_withdraw(&newsroom.world, 6), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(
	    story_list_numbered(connection, &newsroom.site, 2, 3, &newsroom.mem, &stories, &count), OK,
	    NULL);
	assert_string_equal(ids_of(&newsroom, stories, count), "2 4");
	assert_err(
	    story_list_numbered(connection, &newsroom.site, 5, 500, &newsroom.mem, &stories, &count),
	    OK, NULL);
	assert_string_equal(ids_of(&newsroom, stories, count), "5");
}

/* ---- first parts of addresses ---- */

struct part_act {
	Str slug;
	Err (*run)(struct db_connection *connection, Str slug);
};

static Err part_commit(struct db_connection *connection, void *state)
{
	const struct part_act *act = state;
	return act->run(connection, act->slug);
}

static Err part_run(struct newsroom *newsroom, Str slug,
                    Err (*run)(struct db_connection *connection, Str slug))
{
	struct part_act act = {slug, run};
	return db_commit(newsroom->world.db, &(struct db_act){"part", part_commit, &act});
}

static void test_first_part_is_held_by_one(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input name = {S(""), S("About us")};
	struct story_input input = newsroom_input((struct story_input){.section = S("About")});
	int64_t id;
	newsroom_add(&newsroom, (struct story_input){0});
	assert_err(part_run(&newsroom, S("politics"), first_part_hold), ERR_CONFLICT, "a section's");
	assert_err(part_run(&newsroom, S("archive"), first_part_hold), ERR_INVALID, "as its slug");
	assert_err(part_run(&newsroom, S("about"), first_part_hold), OK, NULL);
	assert_err(part_run(&newsroom, S("about"), first_part_hold), ERR_CONFLICT, "already");
	assert_err(section_add(&newsroom.world, S("about"), &name, 1, &id), ERR_CONFLICT, "a page has");
	assert_err(story_add(&newsroom.world, &input, &id), ERR_CONFLICT, "a page has");
	assert_err(part_run(&newsroom, S("about"), first_part_release), OK, NULL);
	assert_err(section_add(&newsroom.world, S("about"), &name, 1, &id), OK, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_bylines_are_people_with_a_name_per_language),
	    DB_TEST(test_a_bylines_new_name_stands_on_every_story),
	    DB_TEST(test_story_list_by_byline_and_source_follows_the_story),
	    DB_TEST(test_a_span_may_begin_or_end_with_1970),
	    DB_TEST(test_story_list_of_a_span_takes_its_start_and_not_its_end),
	    DB_TEST(test_translations_are_one_group_whichever_is_named),
	    DB_TEST(test_translations_move_from_group_to_group),
	    DB_TEST(test_reader_acts_hold_when_done_twice_at_once),
	    DB_TEST(test_related_share_the_most_tags_then_are_newest),
	    DB_TEST(test_front_keeps_the_desks_order),
	    DB_TEST(test_correction_list_pages_through_a_languages_corrections),
	    DB_TEST(test_story_list_numbered_has_every_published_story_once),
	    DB_TEST(test_first_part_is_held_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
