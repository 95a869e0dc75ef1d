#include "stories/stories_test_support.h"

#include "base/utf8.h"

static Err add(struct newsroom *newsroom, struct story_input input, int64_t *id)
{
	input = newsroom_input(input);
	return story_add(&newsroom->world, &input, id);
}

static Err edit(struct newsroom *newsroom, int64_t id, struct story_input input, unsigned fields)
{
	return story_edit(&newsroom->world, id, &input, fields);
}

/* ---- addresses ---- */

static void test_story_address_gets_a_number_when_it_is_taken(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static const char *const paths[] = {"/politics/2021/07/23/the-river-is-high",
	                                    "/politics/2021/07/23/the-river-is-high-2",
	                                    "/politics/2021/07/23/the-river-is-high-3"};
	for (size_t i = 0; i < 3; i++)
		assert_str(newsroom_story(&newsroom, newsroom_add(&newsroom, (struct story_input){0})).path,
		           paths[i]);
	assert_string_equal(newsroom_path(&newsroom, paths[1]), "200");
}

static void test_story_address_number_fits_into_a_long_slug(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static char headline[120];
	memset(headline, 'w', sizeof headline);
	struct story_input input = {.headline = {headline, sizeof headline}};
	struct story first = newsroom_story(&newsroom, newsroom_add(&newsroom, input));
	struct story second = newsroom_story(&newsroom, newsroom_add(&newsroom, input));
	assert_int_equal(utf8_length(first.slug), 80);
	assert_int_equal(utf8_length(second.slug), 80);
	assert_true(str_ends_with(second.slug, S("w-2")));
}

static void test_story_address_that_the_desk_chose_is_never_altered(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id;
	newsroom_add(&newsroom, (struct story_input){.slug = S("flood")});
	assert_err(add(&newsroom, (struct story_input){.slug = S("flood"), .publish = true}, &id),
	           ERR_CONFLICT, "choose another slug");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")), 1);
	/* The same slug on another day or in another section is another address. */
	newsroom_add(&newsroom, (struct story_input){.slug = S("flood"), .section = S("weather")});
	newsroom_add(&newsroom,
	             (struct story_input){.slug = S("flood"), .published_at = TEST_NOW - DAY_MS});
}

static void test_story_address_redirects_after_every_change(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	assert_err(edit(&newsroom, id, (struct story_input){.section = S("Weather")}, STORY_SECTION),
	           OK, NULL);
	assert_err(edit(&newsroom, id, (struct story_input){.slug = S("flood")}, STORY_SLUG), OK, NULL);
	assert_err(edit(&newsroom, id, (struct story_input){.published_at = TEST_NOW - DAY_MS},
	                STORY_PUBLISHED_AT),
	           OK, NULL);
	static const char *const old[] = {"/politics/2021/07/23/the-river-is-high",
	                                  "/weather/2021/07/23/the-river-is-high",
	                                  "/weather/2021/07/23/flood"};
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(newsroom_path(&newsroom, old[i]), "/weather/2021/07/22/flood");
	assert_string_equal(newsroom_path(&newsroom, "/weather/2021/07/22/flood"), "200");
	/* Another story can't take an address that was ever given. */
	assert_str(newsroom_story(&newsroom, newsroom_add(&newsroom, (struct story_input){0})).path,
	           "/politics/2021/07/23/the-river-is-high-2");
	/* And the story may go back. */
	assert_err(edit(&newsroom, id,
	                (struct story_input){.section = S("politics"),
	                                     .slug = S("the-river-is-high"),
	                                     .published_at = TEST_NOW},
	                STORY_SECTION | STORY_SLUG | STORY_PUBLISHED_AT),
	           OK, NULL);
	assert_string_equal(newsroom_path(&newsroom, old[0]), "200");
	assert_string_equal(newsroom_path(&newsroom, "/weather/2021/07/22/flood"), old[0]);
}

static void test_story_address_is_found_in_any_normal_form(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	newsroom_add(&newsroom, (struct story_input){.headline = S("caf\xC3\xA9")});
	assert_string_equal(newsroom_path(&newsroom, "/politics/2021/07/23/caf\x65\xCC\x81"),
	                    "/politics/2021/07/23/caf\xC3\xA9");
}

/* ---- editing ---- */

static void test_story_edit_adds_a_revision_and_keeps_the_old_ones(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){.source = S("AP")});
	newsroom.clock.fixed += HOUR_MS;
	assert_err(
	    edit(&newsroom, id, (struct story_input){.headline = S("The river falls")}, STORY_HEADLINE),
	    OK, NULL);
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.headline, "The river falls");
	assert_str(story.body.markup, "<p>It rained for a week.</p>");
	assert_str(story.source.name, "AP");
	assert_int_equal(story.revision, 2);
	assert_int_equal(story.published, TEST_NOW);
	assert_int_equal(story.updated, TEST_NOW + HOUR_MS);
	/* Readers know the story by its first slug. */
	assert_str(story.path, "/politics/2021/07/23/the-river-is-high");
	assert_int_equal(
	    newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_revision WHERE story_id = 1 AND "
	                                  "headline = 'The river is high' AND revision = 1")),
	    1);
}

static void test_story_edit_lets_a_drafts_slug_follow_its_headline(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id;
	struct story_input falls = {.headline = S("The river falls")};
	assert_err(add(&newsroom, (struct story_input){0}, &id), OK, NULL);
	assert_err(edit(&newsroom, id, falls, STORY_HEADLINE), OK, NULL);
	assert_str(newsroom_story(&newsroom, id).slug, "the-river-falls");
	assert_err(edit(&newsroom, id, (struct story_input){.slug = S("flood")}, STORY_SLUG), OK, NULL);
	assert_err(edit(&newsroom, id, falls, STORY_HEADLINE), OK, NULL);
	assert_str(newsroom_story(&newsroom, id).slug, "flood");
	assert_err(edit(&newsroom, id, (struct story_input){0}, STORY_SLUG), OK, NULL);
	assert_str(newsroom_story(&newsroom, id).slug, "the-river-falls");
}

static void test_story_edit_refuses_what_readers_may_not_see(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	assert_err(
	    edit(&newsroom, id, (struct story_input){.published_at = TEST_NOW + 1}, STORY_PUBLISHED_AT),
	    ERR_INVALID, "lies in the future");
	assert_err(edit(&newsroom, id, (struct story_input){0}, STORY_BODY), ERR_INVALID,
	           "the body is empty");
	assert_err(edit(&newsroom, id, (struct story_input){0}, 0), ERR_INVALID, "what is to change");
	assert_err(edit(&newsroom, 77, (struct story_input){.headline = S("N")}, STORY_HEADLINE),
	           ERR_NOT_FOUND, "there is no story 77");
	assert_int_equal(newsroom_story(&newsroom, id).revision, 1);
}

static void test_story_edit_takes_away_what_is_given_empty(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tags[] = {S("Rain"), S("Rivers")};
	int64_t id = newsroom_add(
	    &newsroom,
	    (struct story_input){
	        .source = S("AP"), .bylines = tags, .byline_count = 2, .tags = tags, .tag_count = 2});
	assert_err(
	    edit(&newsroom, id, (struct story_input){0}, STORY_SOURCE | STORY_BYLINE | STORY_TAGS), OK,
	    NULL);
	struct story story = newsroom_story(&newsroom, id);
	assert_int_equal(story.source.id, 0);
	assert_str(story.source.name, "");
	assert_int_equal(story.byline_count, 0);
	assert_str(story.byline, "");
	assert_int_equal(story.tag_count, 0);
}

static void test_story_withdraw_keeps_the_address_gone(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	const char *path = "/politics/2021/07/23/the-river-is-high";
	assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_string_equal(newsroom_path(&newsroom, path), "410");
	assert_string_equal(newsroom_path(&newsroom, "/politics/2021/07/23/other"), "404");
	/* Its time can't be lost, since its address has one. */
	assert_err(edit(&newsroom, id, (struct story_input){0}, STORY_PUBLISHED_AT), OK, NULL);
	assert_err(edit(&newsroom, id, (struct story_input){.section = S("weather")}, STORY_SECTION),
	           OK, NULL);
	assert_string_equal(newsroom_path(&newsroom, path), "410");
	assert_err(story_publish(&newsroom.world, id, 0), OK, NULL);
	assert_string_equal(newsroom_path(&newsroom, path), "/weather/2021/07/23/the-river-is-high");
	assert_int_equal(newsroom_story(&newsroom, id).published, TEST_NOW);
}

static void test_story_publish_and_withdraw_refuse_what_makes_no_sense(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t draft;
	int64_t empty;
	assert_err(add(&newsroom, (struct story_input){0}, &draft), OK, NULL);
	assert_err(add(&newsroom, (struct story_input){.body = S("")}, &empty), OK, NULL);
	assert_err(story_withdraw(&newsroom.world, draft), ERR_CONFLICT, "was never published");
	assert_err(story_publish(&newsroom.world, empty, 0), ERR_INVALID, "the body is empty");
	assert_err(story_publish(&newsroom.world, draft, TEST_NOW + 1), ERR_INVALID, "no schedule");
	assert_err(story_publish(&newsroom.world, draft, TEST_NOW - 5), OK, NULL);
	assert_err(story_publish(&newsroom.world, draft, 0), OK, NULL);
	assert_err(story_publish(&newsroom.world, draft, TEST_NOW), ERR_CONFLICT,
	           "is published already");
	assert_int_equal(newsroom_story(&newsroom, draft).published, TEST_NOW - 5);
	assert_err(story_publish(&newsroom.world, 77, 0), ERR_NOT_FOUND, "no story 77");
	assert_err(story_withdraw(&newsroom.world, 77), ERR_NOT_FOUND, "no story 77");
}

static void test_story_discard_deletes_a_draft_and_no_more(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tags[] = {S("Rain"), S("Rivers")};
	int64_t english = newsroom_add(&newsroom, (struct story_input){0});
	int64_t draft;
	struct story_input input = {.language = S("ar"),
	                            .translation_of = english,
	                            .bylines = tags,
	                            .byline_count = 2,
	                            .tags = tags,
	                            .tag_count = 2,
	                            .source = S("AP")};
	assert_err(add(&newsroom, input, &draft), OK, NULL);
	assert_err(edit(&newsroom, draft, (struct story_input){.headline = S("New")}, STORY_HEADLINE),
	           OK, NULL);
	assert_err(story_withdraw(world, draft), ERR_CONFLICT, "courant story discard 2 deletes it");
	newsroom_fill_cache(&newsroom);
	assert_err(story_discard(world, draft), OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "");
	assert_err(story_discard(world, draft), ERR_NOT_FOUND,
	           "there is no story 2: it was a draft, and was discarded");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")), 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_revision")), 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_tag")), 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story_byline")), 0);
	assert_int_equal(newsroom_story(&newsroom, english).translation_group, 0);
	/* Nobody else's draft gets its number: it may be discarded twice. */
	int64_t next;
	assert_err(add(&newsroom, (struct story_input){.headline = S("Another")}, &next), OK, NULL);
	assert_int_equal(next, draft + 1);
	/* What readers may have the address of stays, withdrawn or not. */
	assert_err(story_discard(world, english), ERR_CONFLICT, "courant story withdraw 1");
	assert_err(story_withdraw(world, english), OK, NULL);
	assert_err(story_discard(world, english), ERR_CONFLICT, "courant story withdraw 1");
}

static void test_story_correct_keeps_every_note_with_its_time(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	newsroom.clock.fixed += HOUR_MS;
	assert_err(story_correct(&newsroom.world, id, CORRECTION, S(" It rained for six days. "),
	                         &(struct story_input){.headline = S("Six days of rain"),
	                                               .body = S("It rained for six days.")},
	                         STORY_HEADLINE | STORY_BODY),
	           OK, NULL);
	newsroom.clock.fixed += HOUR_MS;
	assert_err(story_correct(&newsroom.world, id, CLARIFICATION, S("In the\nnorth."), NULL, 0), OK,
	           NULL);
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.headline, "Six days of rain");
	assert_str(story.body.markup, "<p>It rained for six days.</p>");
	assert_int_equal(story.revision, 2);
	assert_int_equal(story.updated, TEST_NOW + 2 * HOUR_MS);
	assert_int_equal(story.correction_count, 2);
	assert_str(story.corrections[0].text, "It rained for six days.");
	assert_int_equal(story.corrections[0].kind, CORRECTION);
	assert_int_equal(story.corrections[0].at, TEST_NOW + HOUR_MS);
	assert_str(story.corrections[1].text, "In the\nnorth.");
	assert_int_equal(story.corrections[1].kind, CLARIFICATION);
	assert_err(story_correct(&newsroom.world, id, UPDATE, S("No headline."),
	                         &(struct story_input){0}, STORY_HEADLINE),
	           ERR_INVALID, "the headline");
	/* The same note twice is one; another kind, or one that came between, makes it another. */
	assert_err(story_correct(&newsroom.world, id, CLARIFICATION, S(" In the\nnorth."), NULL, 0),
	           ERR_CONFLICT, "newest note says that already");
	assert_err(story_correct(&newsroom.world, id, CLARIFICATION, S("In the\nnorth."),
	                         &(struct story_input){.headline = S("North")}, STORY_HEADLINE),
	           ERR_CONFLICT, "newest note says that already");
	assert_int_equal(newsroom_story(&newsroom, id).correction_count, 2);
	assert_str(newsroom_story(&newsroom, id).headline, "Six days of rain");
	assert_err(
	    story_correct(&newsroom.world, id, CORRECTION, S("It rained for six days."), NULL, 0), OK,
	    NULL);
	assert_err(story_correct(&newsroom.world, id, UPDATE, S(" "), NULL, 0), ERR_INVALID,
	           "the correction is empty");
	assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_err(story_correct(&newsroom.world, id, UPDATE, S("x"), NULL, 0), ERR_CONFLICT,
	           "is not published");
}

/* ---- breaking ---- */

static size_t breaking_count(struct newsroom *newsroom, const char *language)
{
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(story_list_breaking(connection, &newsroom->site,
	                               language == NULL ? NULL : test_language(language),
	                               clock_now(&newsroom->clock), &newsroom->mem, &stories, &count),
	           OK, NULL);
	return count;
}

static void test_story_breaking_lasts_from_the_act_until_its_time(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){.breaking = true,
	                                                          .breaking_ms = 6 * HOUR_MS,
	                                                          .published_at = TEST_NOW - DAY_MS});
	newsroom_add(&newsroom, (struct story_input){0});
	assert_int_equal(newsroom_story(&newsroom, id).breaking_until, TEST_NOW + 6 * HOUR_MS);
	assert_int_equal(breaking_count(&newsroom, "en"), 1);
	assert_int_equal(breaking_count(&newsroom, "ar"), 0);
	assert_int_equal(breaking_count(&newsroom, NULL), 1);
	newsroom.clock.fixed += 6 * HOUR_MS;
	assert_int_equal(breaking_count(&newsroom, "en"), 0);
	assert_err(
	    edit(&newsroom, id,
	         (struct story_input){.breaking = true, .breaking_until = newsroom.clock.fixed + 1},
	         STORY_BREAKING),
	    OK, NULL);
	assert_int_equal(breaking_count(&newsroom, "en"), 1);
	assert_err(edit(&newsroom, id, (struct story_input){0}, STORY_BREAKING), OK, NULL);
	assert_int_equal(breaking_count(&newsroom, "en"), 0);
}

static void test_story_list_breaking_is_newest_first_and_short(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	for (int i = 0; i < 7; i++)
		newsroom_add(&newsroom, (struct story_input){.breaking = true,
		                                             .breaking_ms = HOUR_MS,
		                                             .published_at = TEST_NOW - i * SECOND_MS});
	struct story *stories;
	size_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(story_list_breaking(connection, &newsroom.site, newsroom.site.language, TEST_NOW,
	                               &newsroom.mem, &stories, &count),
	           OK, NULL);
	assert_int_equal(count, BREAKING_MAX);
	assert_int_equal(stories[0].published, TEST_NOW);
	assert_int_equal(stories[4].published, TEST_NOW - 4 * SECOND_MS);
}

/* ---- twice at once ---- */

struct pair {
	struct newsroom *newsroom;
	int64_t id;
	Err errs[2];
	int64_t ids[2];
	int act;
};

enum {
	ADD,
	ADD_GIVEN,
	EDIT,
	PUBLISH,
	WITHDRAW,
	CORRECT,
	DISCARD,
	ADD_SECTION,
	ADD_TAG,
	ADD_SOURCE
};

static void pair_run(void *context, int which)
{
	struct pair *pair = context;
	const struct world *world = &pair->newsroom->world;
	const struct name_input name = {S(""), S("Harbour")};
	const Str tags[] = {S("Rain"), S("Rivers")};
	struct story_input input = {.headline = S("Twice"),
	                            .section = S("Twins"),
	                            .tags = tags,
	                            .tag_count = 2,
	                            .source = S("Both"),
	                            .body = S("Body."),
	                            .publish = true};
	Err err = ERR_INTERNAL;
	int64_t id = 0;
	if (pair->act == ADD_GIVEN)
		input.slug = S("chosen");
	switch (pair->act) {
	case ADD:
	case ADD_GIVEN:
		err = story_add(world, &input, &id);
		break;
	case EDIT:
		err = story_edit(world, pair->id, &input, STORY_HEADLINE | STORY_SECTION | STORY_TAGS);
		break;
	case PUBLISH:
		err = story_publish(world, pair->id, 0);
		break;
	case WITHDRAW:
		err = story_withdraw(world, pair->id);
		break;
	case CORRECT:
		err = story_correct(world, pair->id, UPDATE, which == 0 ? S("More.") : S("Less."), NULL, 0);
		break;
	case DISCARD:
		err = story_discard(world, pair->id);
		break;
	case ADD_SECTION:
		err = section_add(world, S(""), &name, 1, &id);
		break;
	case ADD_TAG:
		err = tag_add(world, S(""), &name, 1, &id);
		break;
	case ADD_SOURCE:
		err = source_add(world, S(""), &name, 1, &id);
		break;
	default:
		assert_true(false);
	}
	pair->errs[which] = err;
	pair->ids[which] = id;
}

static struct pair twice(struct newsroom *newsroom, int act, int64_t id)
{
	struct pair pair = {.newsroom = newsroom, .act = act, .id = id};
	db_test_twice_at_once(pair_run, &pair);
	return pair;
}

static void assert_both(struct pair pair)
{
	assert_int_equal(pair.errs[0], OK);
	assert_int_equal(pair.errs[1], OK);
}

static void assert_one(struct pair pair)
{
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_CONFLICT) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_CONFLICT));
}

static void test_story_acts_hold_when_done_twice_at_once(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct pair pair = twice(&newsroom, ADD, 0);
	assert_both(pair);
	struct story a = newsroom_story(&newsroom, pair.ids[0]);
	struct story b = newsroom_story(&newsroom, pair.ids[1]);
	assert_false(str_equal(a.path, b.path));
	assert_int_equal(a.section.id, b.section.id);
	assert_int_equal(a.tags[0].id, b.tags[0].id);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM section")), 1);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM tag")), 2);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM source")), 1);
	assert_one(twice(&newsroom, ADD_GIVEN, 0));

	int64_t id;
	assert_err(add(&newsroom, (struct story_input){0}, &id), OK, NULL);
	assert_both(twice(&newsroom, EDIT, id));
	assert_int_equal(newsroom_story(&newsroom, id).revision, 3);
	assert_both(twice(&newsroom, PUBLISH, id));
	assert_both(twice(&newsroom, CORRECT, id));
	assert_int_equal(newsroom_story(&newsroom, id).correction_count, 2);
	assert_both(twice(&newsroom, WITHDRAW, id));
	assert_int_equal(newsroom_story(&newsroom, id).status, STORY_WITHDRAWN);

	assert_err(add(&newsroom, (struct story_input){0}, &id), OK, NULL);
	pair = twice(&newsroom, DISCARD, id);
	assert_true((pair.errs[0] == OK && pair.errs[1] == ERR_NOT_FOUND) ||
	            (pair.errs[1] == OK && pair.errs[0] == ERR_NOT_FOUND));

	assert_one(twice(&newsroom, ADD_SECTION, 0));
	assert_one(twice(&newsroom, ADD_TAG, 0));
	assert_one(twice(&newsroom, ADD_SOURCE, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_story_address_gets_a_number_when_it_is_taken),
	    DB_TEST(test_story_address_number_fits_into_a_long_slug),
	    DB_TEST(test_story_address_that_the_desk_chose_is_never_altered),
	    DB_TEST(test_story_address_redirects_after_every_change),
	    DB_TEST(test_story_address_is_found_in_any_normal_form),
	    DB_TEST(test_story_edit_adds_a_revision_and_keeps_the_old_ones),
	    DB_TEST(test_story_edit_lets_a_drafts_slug_follow_its_headline),
	    DB_TEST(test_story_edit_refuses_what_readers_may_not_see),
	    DB_TEST(test_story_edit_takes_away_what_is_given_empty),
	    DB_TEST(test_story_withdraw_keeps_the_address_gone),
	    DB_TEST(test_story_publish_and_withdraw_refuse_what_makes_no_sense),
	    DB_TEST(test_story_discard_deletes_a_draft_and_no_more),
	    DB_TEST(test_story_correct_keeps_every_note_with_its_time),
	    DB_TEST(test_story_breaking_lasts_from_the_act_until_its_time),
	    DB_TEST(test_story_list_breaking_is_newest_first_and_short),
	    DB_TEST(test_story_acts_hold_when_done_twice_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
