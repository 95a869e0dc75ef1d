#include "stories/stories_test_support.h"

#include "base/utf8.h"

static Err add(struct newsroom *newsroom, struct story_input input, int64_t *id)
{
	input = newsroom_input(input);
	return story_add(&newsroom->world, &input, id);
}

/* ---- adding ---- */

static void test_story_add_keeps_a_draft_from_readers(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str writer = S("Nadia Rahim");
	int64_t id;
	newsroom_fill_cache(&newsroom);
	assert_err(add(&newsroom,
	               (struct story_input){
	                   .bylines = &writer, .byline_count = 1, .standfirst = S("After a week")},
	               &id),
	           OK, NULL);
	assert_string_equal(newsroom_dropped(&newsroom), "");
	struct story story = newsroom_story(&newsroom, id);
	assert_int_equal(story.status, STORY_DRAFT);
	assert_str(story.headline, "The river is high");
	assert_str(story.standfirst, "After a week");
	assert_str(story.byline, "Nadia Rahim");
	assert_str(story.body.markup, "<p>It rained for a week.</p>");
	assert_str(story.path, "");
	assert_str(story.slug, "the-river-is-high");
	assert_str(story.section.name, "politics");
	assert_int_equal(story.published, 0);
	assert_int_equal(story.created, TEST_NOW);
	assert_int_equal(story.revision, 1);
	assert_string_equal(newsroom_path(&newsroom, "/politics/2021/07/23/the-river-is-high"), "404");
}

static void test_story_add_publishes_under_the_day_of_the_sites_zone(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	/* 23:30 UTC on the 22nd is the 23rd in Baghdad. */
	Time late = TEST_NOW - 15 * HOUR_MS;
	int64_t id = newsroom_add(&newsroom, (struct story_input){.published_at = late});
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.path, "/politics/2021/07/22/the-river-is-high");
	id = newsroom_add(&newsroom, (struct story_input){.published_at = late + 30 * MINUTE_MS});
	story = newsroom_story(&newsroom, id);
	assert_str(story.path, "/politics/2021/07/23/the-river-is-high");
	assert_int_equal(story.status, STORY_PUBLISHED);
	assert_int_equal(story.published, late + 30 * MINUTE_MS);
	assert_int_equal(story.updated, story.published);
	assert_string_equal(newsroom_path(&newsroom, "/politics/2021/07/23/the-river-is-high"), "200");
}

static void test_story_add_puts_the_language_in_front_unless_it_is_the_sites(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){.headline = S("النهر مرتفع"),
	                                                          .section = S("سياسة"),
	                                                          .language = S("ar")});
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.path, "/ar/سياسة/2021/07/23/النهر-مرتفع");
	assert_str(story.section.name, "سياسة");
	assert_string_equal(newsroom_path(&newsroom, "/ar/سياسة/2021/07/23/النهر-مرتفع"), "200");
}

static void test_story_add_refuses_a_future_publication(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id;
	struct story_input input = (struct story_input){.published_at = TEST_NOW + 1, .publish = true};
	assert_err(add(&newsroom, input, &id), ERR_INVALID, "there is no schedule yet");
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")), 0);
	input.publish = false;
	assert_err(add(&newsroom, input, &id), OK, NULL);
	assert_err(story_publish(&newsroom.world, id, 0), ERR_INVALID, "lies in the future");
	newsroom.clock.fixed += 1;
	assert_err(story_publish(&newsroom.world, id, 0), OK, NULL);
	assert_int_equal(newsroom_story(&newsroom, id).published, TEST_NOW + 1);
}

static void test_story_add_says_what_is_wrong(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static char long_headline[HEADLINE_MAX + 1];
	memset(long_headline, 'a', sizeof long_headline);
	Str tags[STORY_TAGS_MAX + 1];
	for (size_t i = 0; i <= STORY_TAGS_MAX; i++)
		tags[i] = S("a");
	const struct {
		struct story_input input;
		Err err;
		const char *words;
	} cases[] = {
	    {{.headline = S(" \xC2\xA0\t")}, ERR_INVALID, "the headline is empty"},
	    {{.headline = S("one\ntwo")}, ERR_INVALID, "the headline stands on one line"},
	    {{.headline = S("one\xE2\x80\xA8two")}, ERR_INVALID, "stands on one line"},
	    {{.headline = S("a\x01z")}, ERR_INVALID, "control characters"},
	    {{.headline = ((Str){"a\0z", 3})}, ERR_INVALID, "control characters"},
	    {{.headline = S("a\xC3")}, ERR_INVALID, "not UTF-8"},
	    {{.headline = ((Str){long_headline, sizeof long_headline})},
	     ERR_INVALID,
	     "301 characters: shorten it to 300"},
	    {{.section = S("")}, ERR_INVALID, "the section's name is empty"},
	    {{.section = S("!!!")}, ERR_INVALID, "needs a letter or a digit"},
	    {{.section = S("Tag")}, ERR_INVALID, "\"tag\" as its slug"},
	    {{.section = S("2021")}, ERR_INVALID, "as its slug"},
	    {{.section = S("ar")}, ERR_INVALID, "as its slug"},
	    {{.language = S("xx")}, ERR_INVALID, "not a language"},
	    {{.slug = S("The River")}, ERR_INVALID, "take \"the-river\""},
	    {{.slug = S("a/b")}, ERR_INVALID, "take \"a-b\""},
	    {{.slug = S("..")}, ERR_INVALID, "needs a letter or a digit"},
	    {{.tags = tags, .tag_count = STORY_TAGS_MAX + 1}, ERR_INVALID, "at most 20 tags"},
	    {{.body = S("\xFF")}, ERR_INVALID, "the body is not UTF-8"},
	    {{.body = S("a\x02")}, ERR_INVALID, "the body holds control characters"},
	    {{.body = S(" "), .publish = true}, ERR_INVALID, "the body is empty"},
	    {{.body = S("<script>x</script>"), .format = BODY_HTML, .publish = true},
	     ERR_INVALID,
	     "the body is empty"},
	    {{.breaking = true, .breaking_until = TEST_NOW}, ERR_INVALID, "breaking until"},
	    {{.published_at = INT64_MIN}, ERR_INVALID, "year from 1 to 9999"},
	    {{.published_at = INT64_MAX}, ERR_INVALID, "year from 1 to 9999"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t id;
		assert_err(add(&newsroom, cases[i].input, &id), cases[i].err, cases[i].words);
	}
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM story")), 0);
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM section")), 0);
}

static void test_story_add_keeps_hostile_headlines_as_text(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static const struct {
		const char *given, *kept, *slug;
	} cases[] = {
	    {"White\xC2\xA0House \xE2\x80\x9Cyes\xE2\x80\x9D",
	     "White\xC2\xA0House \xE2\x80\x9Cyes\xE2\x80\x9D", "white-house-yes"},
	    {"\xC2\xA0 x \xEF\xBB\xBF", "x", "x"},
	    {"'); DROP TABLE story; --", "'); DROP TABLE story; --", "drop-table-story"},
	    {"<script>alert(1)</script>", "<script>alert(1)</script>", "script-alert-1-script"},
	    {"../../etc/passwd", "../../etc/passwd", "etc-passwd"},
	    {"%s%n{{{x}}}$1", "%s%n{{{x}}}$1", "s-n-x-1"},
	    {"!!!", "!!!", "story"},
	    {"\xF0\x9F\x8E\x89", "\xF0\x9F\x8E\x89", "story"},
	    /* An override would turn round what stands after the headline; the letters stay. */
	    {"abc\xE2\x80\xAE"
	     "def",
	     "abcdef", "abcdef"},
	    /* e and a combining acute become one letter. */
	    {"caf\x65\xCC\x81", "caf\xC3\xA9", "caf\xC3\xA9"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t id =
		    newsroom_add(&newsroom, (struct story_input){.headline = str_from_c(cases[i].given)});
		struct story story = newsroom_story(&newsroom, id);
		assert_str(story.headline, cases[i].kept);
		if (!str_starts_with(story.slug, str_from_c(cases[i].slug)))
			assert_str(story.slug, cases[i].slug);
		char *path;
		assert_err(arena_c_string(&newsroom.mem, story.path, &path), OK, NULL);
		assert_string_equal(newsroom_path(&newsroom, path), "200");
	}
}

/* A page's text, as it comes off a page: see tests/fixtures/story/README.md. */
static Str fixture_read(struct newsroom *newsroom, const char *name)
{
	char path[512];
	const char *root = getenv("COURANT_ROOT");
	snprintf(path, sizeof path, "%s/tests/fixtures/story/%s", root == NULL ? "." : root, name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *bytes = arena_alloc(&newsroom->mem, 65536);
	assert_non_null(bytes);
	size_t length = fread(bytes, 1, 65536, file);
	fclose(file);
	return (Str){bytes, length};
}

static void assert_fixture_is_kept(struct newsroom *newsroom, const char *name,
                                   const char *language, const char *section)
{
	Str text = fixture_read(newsroom, name);
	Str rest = text;
	Str headline;
	Str line;
	assert_true(str_next(&rest, '\n', &headline));
	for (int i = 0; i < 3; i++)
		assert_true(str_next(&rest, '\n', &line));
	struct story_input input = {.headline = headline,
	                            .section = str_from_c(section),
	                            .language = str_from_c(language),
	                            .body = rest};
	struct story story = newsroom_story(newsroom, newsroom_add(newsroom, input));
	assert_true(str_equal(story.headline, utf8_trim(headline)));
	int paragraphs = 0;
	while (str_next(&rest, '\n', &line)) {
		if (str_is_empty(line))
			continue;
		bool kept = str_find(story.body.markup, utf8_trim(line)) != STR_NOT_FOUND;
		if (!kept)
			print_error("lost: %.*s\nin: %.*s\n", STR(line), STR(story.body.markup));
		assert_true(kept);
		paragraphs++;
	}
	assert_int_equal(paragraphs, 10);
}

static void test_story_add_keeps_every_paragraph_letter_for_letter(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	assert_fixture_is_kept(&newsroom, "en.txt", "en", "climate");
	assert_fixture_is_kept(&newsroom, "ar.txt", "ar", "اقتصاد");
}

static void test_story_add_cleans_markup(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(
	    &newsroom, (struct story_input){.body = S("<p onclick=x>One<script>two</script></p>"),
	                                    .format = BODY_HTML});
	assert_str(newsroom_story(&newsroom, id).body.markup, "<p>One</p>");
	id = newsroom_add(&newsroom, (struct story_input){.body = S("<b>1</b>\r\n\r\n2 & 3\rmore")});
	assert_str(newsroom_story(&newsroom, id).body.markup,
	           "<p>&lt;b&gt;1&lt;/b&gt;</p>\n<p>2 &amp; 3 more</p>");
}

/* ---- sections, tags, sources ---- */

static void test_story_add_finds_what_is_there_by_name_or_slug(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t section;
	int64_t tag;
	const struct name_input names[] = {{S("en"), S("World Affairs")}, {S("ar"), S("العالم")}};
	const struct name_input tag_names[] = {{S("en"), S("Al-Kazemi")}, {S("ar"), S("الكاظمي")}};
	assert_err(section_add(&newsroom.world, S("world"), names, 2, &section), OK, NULL);
	assert_err(tag_add(&newsroom.world, S(""), tag_names, 2, &tag), OK, NULL);
	static const char *const written[] = {"world", "World affairs", "العالم", "WORLD"};
	static const char *const tags[] = {"al-kazemi", "AL-KAZEMI", "الكاظِمي", "Al-Kazemi"};
	for (size_t i = 0; i < 4; i++) {
		Str tag_name = str_from_c(tags[i]);
		int64_t id = newsroom_add(&newsroom, (struct story_input){.section = str_from_c(written[i]),
		                                                          .tags = &tag_name,
		                                                          .tag_count = 1,
		                                                          .source = S("reuters")});
		struct story story = newsroom_story(&newsroom, id);
		assert_int_equal(story.section.id, section);
		assert_str(story.section.name, "World Affairs");
		assert_int_equal(story.tag_count, 1);
		assert_int_equal(story.tags[0].id, tag);
		assert_str(story.tags[0].name, "Al-Kazemi");
		assert_str(story.source.name, "reuters");
	}
	assert_int_equal(newsroom_count(&newsroom, SQL("SELECT COUNT(*) FROM source")), 1);
}

static void test_story_add_makes_what_is_not_there(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tags[] = {S("C++"), S("C#"), S("White House"), S("white house"), S("C++")};
	int64_t id = newsroom_add(&newsroom, (struct story_input){.section = S("Health & Science"),
	                                                          .tags = tags,
	                                                          .tag_count = 5,
	                                                          .source = S("Shafaq\xC2\xA0News")});
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.section.slug, "health-science");
	assert_str(story.section.name, "Health & Science");
	assert_int_equal(story.tag_count, 3);
	assert_str(story.tags[0].slug, "c");
	assert_str(story.tags[1].slug, "c-2");
	assert_str(story.tags[1].name, "C#");
	assert_str(story.tags[2].slug, "white-house");
	assert_str(story.source.name, "Shafaq\xC2\xA0News");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_story_add_keeps_a_draft_from_readers),
	    DB_TEST(test_story_add_publishes_under_the_day_of_the_sites_zone),
	    DB_TEST(test_story_add_puts_the_language_in_front_unless_it_is_the_sites),
	    DB_TEST(test_story_add_refuses_a_future_publication),
	    DB_TEST(test_story_add_says_what_is_wrong),
	    DB_TEST(test_story_add_keeps_hostile_headlines_as_text),
	    DB_TEST(test_story_add_keeps_every_paragraph_letter_for_letter),
	    DB_TEST(test_story_add_cleans_markup),
	    DB_TEST(test_story_add_finds_what_is_there_by_name_or_slug),
	    DB_TEST(test_story_add_makes_what_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
