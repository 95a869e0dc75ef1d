#include "stories/stories_test_support.h"

/* The agencies that stories are credited to: slugs, a name per language, the run-in credit. */

static void test_source_gets_a_slug_of_its_own(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct source source;
	newsroom_add(&newsroom, (struct story_input){.source = S("C++ News")});
	int64_t id = newsroom_add(&newsroom, (struct story_input){.source = S("C# News")});
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
	assert_err(source_find(connection, &newsroom.site, test_language("en"), S("c-news-2"),
	                       &newsroom.mem, &source),
	           OK, NULL);
	assert_int_equal(source.id, newsroom_story(&newsroom, id).source.id);
	assert_str(source.name, "C# News");
	assert_err(source_find(connection, &newsroom.site, test_language("en"), S("c"), &newsroom.mem,
	                       &source),
	           ERR_NOT_FOUND, "there is no source \"c\"");
}

static void test_source_is_named_in_the_storys_language(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input names[] = {{S("en"), S("Tigris Wire")}, {S("ckb"), S("تایگریس وایەر")}};
	static const struct {
		Str language, source;
		const char *name;
	} stories[] = {
	    {{"en", 2}, {"tigris-wire", 11}, "Tigris Wire"},
	    {{"ckb", 3}, {"TIGRIS WIRE", 11}, "تایگریس وایەر"},
	    {{"en", 2}, {"تایگریس وایەر", sizeof "تایگریس وایەر" - 1}, "Tigris Wire"},
	    {{"ar", 2}, {"Tigris Wire", 11}, "Tigris Wire"}, /* the site's: it has none in Arabic */
	};
	int64_t source;
	assert_err(source_add(&newsroom.world, S(""), names, 2, &source), OK, NULL);
	for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
		int64_t id = newsroom_add(&newsroom, (struct story_input){.language = stories[i].language,
		                                                          .source = stories[i].source});
		struct story story = newsroom_story(&newsroom, id);
		assert_int_equal(story.source.id, source);
		assert_str(story.source.name, stories[i].name);
		const struct story_filter filter = {
		    .language = story.language, .status = STORY_PUBLISHED, .limit = 1};
		struct story *listed;
		size_t count;
		DB_READ connection = NULL;
		assert_err(db_read_begin(newsroom.world.db, &connection), OK, NULL);
		assert_err(story_list(connection, &newsroom.site, &filter, &newsroom.mem, &listed, &count),
		           OK, NULL);
		assert_str(listed[0].source.name, stories[i].name);
	}
}

static void test_credit_is_found_by_any_name_of_the_source(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input names[] = {{S("en"), S("Tigris Wire")}, {S("ckb"), S("تایگریس وایەر")}};
	const struct name_input older = {S("en"), S("The Wire & Co")};
	static const struct {
		const char *body;
		const char *shown; /* NULL: as it is */
	} bodies[] = {
	    {"Tigris Wire/ It rained.", "<p>CREDIT It rained.</p>"},
	    {"تایگریس وایەر/ باران", "<p>CREDIT باران</p>"},
	    {"The Wire & Co/ It rained.", "<p>CREDIT It rained.</p>"},
	    {"TIGRIS  wire / It rained.", "<p>CREDIT It rained.</p>"},
	    {"تايگريس وایەر/ باران", "<p>CREDIT باران</p>"},
	    {"the wire & co\xC2\xA0/ It rained.", "<p>CREDIT It rained.</p>"},
	    {"AP/Tigris/ It rained.", "<p>CREDIT It rained.</p>"},
	    {"Tigris Wire reports.", NULL},
	    {"Tigris Wires/ It rained.", NULL},
	    {"AP/ It rained.", NULL},
	    {"/ It rained.", NULL},
	    {"Another/ It rained.", NULL},
	};
	int64_t id;
	assert_err(source_add(&newsroom.world, S(""), names, 2, &id), OK, NULL);
	assert_err(source_add(&newsroom.world, S(""), &older, 1, &id), OK, NULL);
	assert_err(source_merge(&newsroom.world, S("the-wire-co"), S("tigris-wire")), OK, NULL);
	assert_err(
	    source_alias_add(&newsroom.world, S("tigris-wire"), (const Str[]){S("AP/Tigris")}, 1), OK,
	    NULL);
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		Html shown;
		bool found;
		id = newsroom_add(&newsroom, (struct story_input){.language = S("ckb"),
		                                                  .source = S("Tigris Wire"),
		                                                  .body = str_from_c(bodies[i].body)});
		struct story story = newsroom_story(&newsroom, id);
		assert_err(story_credit_replace(&story, story.body, HTML_LITERAL("CREDIT"), &newsroom.mem,
		                                &found, &shown),
		           OK, NULL);
		assert_int_equal(found, bodies[i].shown != NULL);
		assert_true(found || str_equal(shown.markup, story.body.markup));
		if (found)
			assert_str(shown.markup, bodies[i].shown);
	}
	/* Without a source nothing is one. */
	id = newsroom_add(&newsroom, (struct story_input){.body = S("Tigris Wire/ It rained.")});
	struct story story = newsroom_story(&newsroom, id);
	Html shown;
	bool found;
	assert_err(story_credit_replace(&story, story.body, HTML_LITERAL("CREDIT"), &newsroom.mem,
	                                &found, &shown),
	           OK, NULL);
	assert_false(found);
}

/* What listings, feeds and search engines show of a story begins with its news. */
static void test_summary_leaves_the_credit_out(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	struct world *world = &newsroom.world;
	int64_t id =
	    newsroom_add(&newsroom, (struct story_input){.source = S("Tigris Wire"),
	                                                 .body = S("TIGRIS WIRE / It rained.")});
	assert_str(newsroom_story(&newsroom, id).summary, "It rained.");
	/* Another agency's is part of the text. */
	assert_err(story_edit(world, id, &(struct story_input){.source = S("Other")}, STORY_SOURCE), OK,
	           NULL);
	assert_str(newsroom_story(&newsroom, id).summary, "TIGRIS WIRE / It rained.");
	assert_err(story_edit(world, id,
	                      &(struct story_input){.source = S("Tigris Wire"),
	                                            .standfirst = S("Tigris Wire/ Rain")},
	                      STORY_SOURCE | STORY_STANDFIRST),
	           OK, NULL);
	/* What the desk wrote itself stays. */
	assert_str(newsroom_story(&newsroom, id).summary, "Tigris Wire/ Rain");
	assert_err(story_edit(world, id, &(struct story_input){0}, STORY_STANDFIRST), OK, NULL);
	assert_str(newsroom_story(&newsroom, id).summary, "It rained.");
	assert_err(story_edit(world, id, &(struct story_input){.body = S("Tigris Wire/ It snowed.")},
	                      STORY_BODY),
	           OK, NULL);
	assert_str(newsroom_story(&newsroom, id).summary, "It snowed.");
	assert_err(story_edit(world, id, &(struct story_input){.body = S("It froze.")}, STORY_BODY), OK,
	           NULL);
	assert_str(newsroom_story(&newsroom, id).summary, "It froze.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_source_gets_a_slug_of_its_own),
	    DB_TEST(test_source_is_named_in_the_storys_language),
	    DB_TEST(test_credit_is_found_by_any_name_of_the_source),
	    DB_TEST(test_summary_leaves_the_credit_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
