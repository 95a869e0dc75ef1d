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

/* ---- adding ---- */

static void test_story_add_keeps_a_draft_from_readers(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id;
	newsroom_fill_cache(&newsroom);
	assert_err(
	    add(&newsroom,
	        (struct story_input){.byline = S("Nadia Rahim"), .standfirst = S("After a week")}, &id),
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
		assert_str(story.source, "reuters");
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
	assert_str(story.source, "Shafaq\xC2\xA0News");
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
	assert_str(story.source, "AP");
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
	assert_err(edit(&newsroom, 77, (struct story_input){.byline = S("N")}, STORY_BYLINE),
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
	    (struct story_input){.source = S("AP"), .byline = S("N"), .tags = tags, .tag_count = 2});
	assert_err(
	    edit(&newsroom, id, (struct story_input){0}, STORY_SOURCE | STORY_BYLINE | STORY_TAGS), OK,
	    NULL);
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.source, "");
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

static void test_story_correct_keeps_every_note_with_its_time(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	newsroom.clock.fixed += HOUR_MS;
	assert_err(story_correct(&newsroom.world, id, CORRECTION, S(" It rained for six days. "),
	                         &(struct story_input){.body = S("It rained for six days.")}),
	           OK, NULL);
	newsroom.clock.fixed += HOUR_MS;
	assert_err(story_correct(&newsroom.world, id, CLARIFICATION, S("In the\nnorth."), NULL), OK,
	           NULL);
	struct story story = newsroom_story(&newsroom, id);
	assert_str(story.body.markup, "<p>It rained for six days.</p>");
	assert_int_equal(story.revision, 2);
	assert_int_equal(story.updated, TEST_NOW + 2 * HOUR_MS);
	assert_int_equal(story.correction_count, 2);
	assert_str(story.corrections[0].text, "It rained for six days.");
	assert_int_equal(story.corrections[0].kind, CORRECTION);
	assert_int_equal(story.corrections[0].at, TEST_NOW + HOUR_MS);
	assert_str(story.corrections[1].text, "In the\nnorth.");
	assert_int_equal(story.corrections[1].kind, CLARIFICATION);
	assert_err(story_correct(&newsroom.world, id, UPDATE, S(" "), NULL), ERR_INVALID,
	           "the correction is empty");
	assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_err(story_correct(&newsroom.world, id, UPDATE, S("x"), NULL), ERR_CONFLICT,
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

enum { ADD, ADD_GIVEN, EDIT, PUBLISH, WITHDRAW, CORRECT, ADD_SECTION, ADD_TAG, ADD_SOURCE };

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
		err = story_correct(world, pair->id, UPDATE, S("More."), NULL);
		break;
	case ADD_SECTION:
		err = section_add(world, S(""), &name, 1, &id);
		break;
	case ADD_TAG:
		err = tag_add(world, S(""), &name, 1, &id);
		break;
	case ADD_SOURCE:
		err = source_add(world, S("Harbour"), &id);
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

	assert_one(twice(&newsroom, ADD_SECTION, 0));
	assert_one(twice(&newsroom, ADD_TAG, 0));
	assert_one(twice(&newsroom, ADD_SOURCE, 0));
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
	    DB_TEST(test_story_correct_keeps_every_note_with_its_time),
	    DB_TEST(test_story_breaking_lasts_from_the_act_until_its_time),
	    DB_TEST(test_story_list_breaking_is_newest_first_and_short),
	    DB_TEST(test_story_acts_hold_when_done_twice_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
