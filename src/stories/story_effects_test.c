#include "stories/stories_test_support.h"

/* An act must drop every page that it changes: one that it forgets stays old for ever. The first
 * half says which pages each act drops; the second does acts by chance and compares what pages
 * would show before and after. */

static Err edit(struct newsroom *newsroom, int64_t id, struct story_input input, unsigned fields)
{
	return story_edit(&newsroom->world, id, &input, fields);
}

#define assert_drops(newsroom, act, expected)                                                      \
	do {                                                                                           \
		newsroom_fill_cache(newsroom);                                                             \
		assert_err(act, OK, NULL);                                                                 \
		assert_string_equal(newsroom_dropped(newsroom), expected);                                 \
	} while (0)

static void test_story_add_drops_what_lists_it(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tags[] = {S("Rain"), S("Rivers")};
	struct story_input input = newsroom_input((struct story_input){.tags = tags, .tag_count = 2});
	int64_t id;
	assert_drops(&newsroom, story_add(&newsroom.world, &input, &id), "");
	input.publish = true;
	/* The first story of its section: the navigation has one more. */
	assert_drops(&newsroom, story_add(&newsroom.world, &input, &id),
	             "site home story:2 section:1 tag:1 tag:2");
	assert_drops(&newsroom, story_add(&newsroom.world, &input, &id),
	             "home story:3 section:1 tag:1 tag:2");
	/* The first in its language. */
	input.language = S("ar");
	assert_drops(&newsroom, story_add(&newsroom.world, &input, &id),
	             "site home story:4 section:1 tag:1 tag:2");
	input.breaking = true;
	input.breaking_ms = HOUR_MS;
	assert_drops(&newsroom, story_add(&newsroom.world, &input, &id),
	             "site home story:5 section:1 tag:1 tag:2");
}

static void test_story_publish_and_withdraw_drop_what_lists_it(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct world *world = &newsroom.world;
	const Str tag = S("Rain");
	struct story_input input = newsroom_input((struct story_input){.tags = &tag, .tag_count = 1});
	int64_t first;
	int64_t second;
	assert_err(story_add(world, &input, &first), OK, NULL);
	assert_err(story_add(world, &input, &second), OK, NULL);
	assert_drops(&newsroom, story_publish(world, first, 0), "site home story:1 section:1 tag:1");
	/* Whoever repeats what is done may not know whether its pages fell. */
	assert_drops(&newsroom, story_publish(world, first, 0), "site home story:1 section:1 tag:1");
	assert_drops(&newsroom, story_publish(world, second, 0), "home story:2 section:1 tag:1");
	assert_drops(&newsroom, story_withdraw(world, second), "home story:2 section:1 tag:1");
	assert_drops(&newsroom, story_withdraw(world, second), "home story:2 section:1 tag:1");
	/* The last of its section: the navigation has one less. */
	assert_drops(&newsroom, story_withdraw(world, first), "site home story:1 section:1 tag:1");
	assert_drops(&newsroom, story_publish(world, first, 0), "site home story:1 section:1 tag:1");
}

static void test_story_edit_drops_old_and_new_listings(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const Str tags[] = {S("Rain"), S("Rivers"), S("Roads")};
	int64_t id = newsroom_add(&newsroom, (struct story_input){.tags = tags, .tag_count = 2});
	newsroom_add(&newsroom, (struct story_input){.headline = S("Another")});
	newsroom_add(&newsroom, (struct story_input){.section = S("weather")});
	assert_drops(
	    &newsroom,
	    edit(&newsroom, id, (struct story_input){.bylines = tags, .byline_count = 1}, STORY_BYLINE),
	    "home story:1 section:1 tag:1 tag:2 byline:1");
	assert_drops(&newsroom, edit(&newsroom, id, (struct story_input){0}, STORY_BYLINE),
	             "home story:1 section:1 tag:1 tag:2 byline:1");
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.source = S("AP")}, STORY_SOURCE),
	             "home story:1 section:1 tag:1 tag:2 source:1");
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.source = S("AFP")}, STORY_SOURCE),
	             "home story:1 section:1 tag:1 tag:2 source:1 source:2");
	assert_drops(&newsroom, edit(&newsroom, id, (struct story_input){0}, STORY_SOURCE),
	             "home story:1 section:1 tag:1 tag:2 source:2");
	assert_drops(
	    &newsroom,
	    edit(&newsroom, id, (struct story_input){.tags = tags + 1, .tag_count = 2}, STORY_TAGS),
	    "home story:1 section:1 tag:1 tag:2 tag:3");
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.section = S("weather")}, STORY_SECTION),
	             "home story:1 section:1 section:2 tag:2 tag:3");
	/* A new section comes into the navigation. */
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.section = S("sport")}, STORY_SECTION),
	             "site home story:1 section:2 section:3 tag:2 tag:3");
	/* And goes, with its last story. */
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.section = S("weather")}, STORY_SECTION),
	             "site home story:1 section:2 section:3 tag:2 tag:3");
	assert_err(story_withdraw(&newsroom.world, id), OK, NULL);
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.headline = S("New")}, STORY_HEADLINE),
	             "story:1");
}

static void test_story_edit_drops_every_page_when_the_breaking_bar_changes(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const char *all = "site home story:1 section:1";
	const char *own = "home story:1 section:1";
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	newsroom_add(&newsroom, (struct story_input){0});
	struct story_input breaking = {.breaking = true, .breaking_ms = HOUR_MS};
	assert_drops(&newsroom, edit(&newsroom, id, breaking, STORY_BREAKING), all);
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.body = S("More.")}, STORY_BODY), own);
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.headline = S("New")}, STORY_HEADLINE),
	             all);
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.slug = S("flood")}, STORY_SLUG), all);
	assert_drops(&newsroom, story_withdraw(&newsroom.world, id), all);
	assert_drops(&newsroom, story_publish(&newsroom.world, id, 0), all);
	assert_drops(&newsroom, edit(&newsroom, id, (struct story_input){0}, STORY_BREAKING), all);
	assert_drops(&newsroom, edit(&newsroom, id, breaking, STORY_BREAKING), all);
	newsroom.clock.fixed += HOUR_MS;
	assert_drops(&newsroom,
	             edit(&newsroom, id, (struct story_input){.headline = S("Newer")}, STORY_HEADLINE),
	             own);
}

static void test_story_correct_drops_what_shows_it(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	int64_t id = newsroom_add(&newsroom, (struct story_input){0});
	assert_drops(&newsroom, story_correct(&newsroom.world, id, UPDATE, S("More."), NULL, 0),
	             "home corrections story:1 section:1");
	assert_drops(&newsroom,
	             story_correct(&newsroom.world, id, UPDATE, S("All."),
	                           &(struct story_input){.body = S("All of it.")}, STORY_BODY),
	             "home corrections story:1 section:1");
	assert_drops(&newsroom, story_withdraw(&newsroom.world, id),
	             "site home corrections story:1 section:1");
}

static void test_taxonomy_adds_drop_nothing(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input name = {S(""), S("Harbour")};
	int64_t id;
	assert_drops(&newsroom, section_add(&newsroom.world, S(""), &name, 1, &id), "");
	assert_drops(&newsroom, tag_add(&newsroom.world, S(""), &name, 1, &id), "");
	assert_drops(&newsroom, byline_add(&newsroom.world, S(""), &name, 1, &id), "");
	assert_drops(&newsroom, source_add(&newsroom.world, S(""), &name, 1, &id), "");
}

static void test_a_new_name_drops_every_page(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	const struct name_input name = {S(""), S("Harbour")};
	int64_t id;
	assert_err(section_add(&newsroom.world, S("port"), &name, 1, &id), OK, NULL);
	assert_err(tag_add(&newsroom.world, S("port"), &name, 1, &id), OK, NULL);
	assert_drops(&newsroom, section_add(&newsroom.world, S("port"), &name, 1, &id),
	             "site section:1");
	assert_drops(&newsroom, tag_add(&newsroom.world, S("port"), &name, 1, &id), "site tag:1");
	assert_err(source_add(&newsroom.world, S("port"), &name, 1, &id), OK, NULL);
	assert_drops(&newsroom, source_add(&newsroom.world, S("port"), &name, 1, &id), "site source:1");
}

/* ---- acts by chance ---- */

#define PARTS_MAX 128

/* What a part of some page shows, and the tag that such pages carry. */
struct part {
	const char *name;
	CacheTag tag;
	struct buf shown;
};
struct pages {
	struct part parts[PARTS_MAX];
	size_t count;
};

static void pages_done(struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++)
		buf_done(&pages->parts[i].shown);
	pages->count = 0;
}

static struct buf *part_begin(struct pages *pages, const char *name, CacheTag tag)
{
	assert_true(pages->count < PARTS_MAX);
	struct part *part = &pages->parts[pages->count++];
	*part = (struct part){.name = name, .tag = tag};
	buf_init(&part->shown, 65536);
	return &part->shown;
}

static void show_line(struct buf *out, const struct story *story)
{
	buf_format(out, "%d|%.*s|%.*s|%.*s|%.*s|%d|%d|%d\n", (int)story->id, STR(story->headline),
	           STR(story->path), STR(story->section.name), STR(story->summary),
	           (int)(story->published / SECOND_MS), (int)(story->updated / SECOND_MS),
	           (int)(story->breaking_until / SECOND_MS));
}

static void show_list(struct newsroom *newsroom, struct db_connection *connection, struct buf *out,
                      struct story_filter filter)
{
	struct story *stories;
	size_t count;
	filter.status = STORY_PUBLISHED;
	filter.limit = 10;
	assert_err(story_list(connection, &newsroom->site, &filter, &newsroom->mem, &stories, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		show_line(out, &stories[i]);
}

static void show_story(struct newsroom *newsroom, struct db_connection *connection, struct buf *out,
                       int64_t id)
{
	struct story story;
	Err err = story_find(connection, &newsroom->site, id, &newsroom->mem, &story);
	if (err == ERR_NOT_FOUND || story.status == STORY_DRAFT)
		return;
	assert_err(err, OK, NULL);
	buf_format(out, "%.*s|", STR(story_status_word(story.status)));
	if (story.status == STORY_WITHDRAWN)
		return;
	show_line(out, &story);
	buf_format(out, "%.*s|%.*s|%.*s|%.*s\n", STR(story.standfirst), STR(story.byline),
	           STR(story.source.name), STR(story.body.markup));
	for (size_t i = 0; i < story.tag_count; i++)
		buf_format(out, "%.*s|", STR(story.tags[i].name));
	for (size_t i = 0; i < story.correction_count; i++)
		buf_format(out, "%.*s|", STR(story.corrections[i].text));
}

/* What leads from a published story to its translations. */
static void show_translations(struct newsroom *newsroom, struct db_connection *connection,
                              struct buf *out, int64_t id)
{
	struct story story;
	struct story *stories;
	size_t count;
	Err err = story_find(connection, &newsroom->site, id, &newsroom->mem, &story);
	if (err == ERR_NOT_FOUND || story.status != STORY_PUBLISHED)
		return;
	assert_err(err, OK, NULL);
	assert_err(story_list_translations(connection, &newsroom->site, &story, &newsroom->mem,
	                                   &stories, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(out, "%.*s|%.*s\n", STR(stories[i].path), STR(stories[i].headline));
}

static void show_front(struct newsroom *newsroom, struct db_connection *connection, struct buf *out,
                       const struct language *language)
{
	struct story *stories;
	size_t count;
	assert_err(front_list(connection, &newsroom->site, language, &newsroom->mem, &stories, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		show_line(out, &stories[i]);
}

static void show_corrections(struct newsroom *newsroom, struct db_connection *connection,
                             struct buf *out, const struct language *language)
{
	struct correction_listed *list;
	size_t count;
	assert_err(correction_list(connection, &newsroom->site, language, 0, 10, &newsroom->mem, &list,
	                           &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++) {
		buf_format(out, "%.*s|", STR(list[i].correction.text));
		show_line(out, &list[i].story);
	}
}

static void show_site_map(struct newsroom *newsroom, struct db_connection *connection,
                          struct buf *out)
{
	struct story *stories;
	size_t count;
	assert_err(story_list_numbered(connection, &newsroom->site, 1, SITEMAP_STORIES - 1,
	                               &newsroom->mem, &stories, &count),
	           OK, NULL);
	for (size_t i = 0; i < count; i++)
		show_line(out, &stories[i]);
}

/* What is on every page of a language. */
static void show_frame(struct newsroom *newsroom, struct db_connection *connection, struct buf *out,
                       const struct language *language)
{
	struct story *stories;
	struct section *sections;
	const struct language **languages;
	size_t count;
	struct arena *mem = &newsroom->mem;
	Time now = clock_now(&newsroom->clock);
	assert_err(
	    story_list_breaking(connection, &newsroom->site, language, now, mem, &stories, &count), OK,
	    NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(out, "%.*s|%.*s|", STR(stories[i].headline), STR(stories[i].path));
	assert_err(section_list_used(connection, &newsroom->site, language, mem, &sections, &count), OK,
	           NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(out, "%.*s|", STR(sections[i].name));
	assert_err(language_list_used(connection, mem, &languages, &count), OK, NULL);
	for (size_t i = 0; i < count; i++)
		buf_format(out, "%.*s|", STR(languages[i]->code));
}

#define STORIES 5
#define SCOPES 3

static void show_everything(struct newsroom *newsroom, struct pages *pages)
{
	DB_READ connection = NULL;
	struct arena kept = newsroom->mem;
	arena_init(&newsroom->mem, kept.max_bytes); /* for what is only shown */
	pages->count = 0;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	for (int64_t id = 1; id <= STORIES; id++) {
		show_story(newsroom, connection, part_begin(pages, "story", TAG_STORY(id)), id);
		show_translations(newsroom, connection,
		                  part_begin(pages, "story's translations", TAG_STORY(id)), id);
	}
	show_site_map(newsroom, connection, part_begin(pages, "site map", TAG_SITEMAP(0)));
	for (size_t i = 0; language_at(i) != NULL; i++) {
		const struct language *language = language_at(i);
		show_frame(newsroom, connection, part_begin(pages, "frame", TAG_SITE), language);
		show_list(newsroom, connection, part_begin(pages, "home", TAG_HOME),
		          (struct story_filter){.language = language});
		show_front(newsroom, connection, part_begin(pages, "front", TAG_HOME), language);
		show_corrections(newsroom, connection, part_begin(pages, "corrections", TAG_CORRECTIONS),
		                 language);
		for (int64_t id = 1; id <= SCOPES; id++) {
			show_list(newsroom, connection, part_begin(pages, "section", TAG_SECTION(id)),
			          (struct story_filter){.language = language, .section_id = id});
			show_list(newsroom, connection, part_begin(pages, "tag", TAG_TAG(id)),
			          (struct story_filter){.language = language, .tag_id = id});
			show_list(newsroom, connection, part_begin(pages, "byline", TAG_BYLINE(id)),
			          (struct story_filter){.language = language, .byline_id = id});
			show_list(newsroom, connection, part_begin(pages, "source", TAG_SOURCE(id)),
			          (struct story_filter){.language = language, .source_id = id});
		}
	}
	for (size_t i = 0; i < pages->count; i++)
		assert_err(buf_check(&pages->parts[i].shown), OK, NULL);
	arena_done(&newsroom->mem);
	newsroom->mem = kept;
}

/* Numbers that come by chance, and again in the same row (xorshift). */
static uint32_t chance(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

/* One act on one of few stories; a refusal is as good as any. */
static Err naming_by_chance(const struct world *world, const struct name_input *name,
                            uint32_t *state)
{
	int64_t id;
	switch (chance(state, 8)) {
	case 0:
		return tag_merge(world, S("rain"), S("rivers"));
	case 1:
		return byline_merge(world, S("rain"), S("rivers"));
	case 2:
		return source_merge(world, S("rain"), S("rivers"));
	case 3:
		return source_add(world, S("rain"), name, 1, &id);
	default:
		return byline_add(world, S("rain"), name, 1, &id);
	}
}

static void act_by_chance(struct newsroom *newsroom, uint32_t *state)
{
	static const Str words[] = {S("Rain"), S("Rivers"), S("Roads"), S("Rooks")};
	static const Str languages[] = {S("en"), S("ar")};
	const struct world *world = &newsroom->world;
	int64_t id = 1 + chance(state, STORIES);
	struct story_input input = {.headline = words[chance(state, 4)],
	                            .standfirst = chance(state, 2) ? words[chance(state, 4)] : S(""),
	                            .section = words[chance(state, SCOPES)],
	                            .language = languages[chance(state, 2)],
	                            .translation_of = chance(state, STORIES + 1),
	                            .bylines = words + chance(state, 2),
	                            .byline_count = chance(state, 3),
	                            .source = chance(state, 3) ? words[chance(state, 3)] : S(""),
	                            .tags = words + chance(state, 2),
	                            .tag_count = chance(state, 3),
	                            .body = words[chance(state, 4)],
	                            .published_at = TEST_NOW - chance(state, 9) * HOUR_MS,
	                            .breaking = chance(state, 3) == 0,
	                            .breaking_ms = (1 + chance(state, 5)) * MINUTE_MS,
	                            .publish = chance(state, 2) == 0};
	Err err = OK;
	const int64_t front[] = {id, 1 + id % STORIES};
	const struct name_input name = {input.language, input.headline};
	switch (chance(state, 9)) {
	case 0:
		err = story_publish(world, id, 0);
		break;
	case 1:
		err = story_withdraw(world, id);
		break;
	case 2:
		err = story_correct(world, id, UPDATE, input.headline, &input,
		                    chance(state, 2) ? STORY_HEADLINE | STORY_BODY : 0);
		break;
	case 3:
		err = front_set(world, test_language(chance(state, 2) ? "en" : "ar"), front,
		                chance(state, 3));
		break;
	case 4:
		/* Made again by the next story that has them. */
		err = naming_by_chance(world, &name, state);
		break;
	default:
		err = edit(newsroom, id, input, 1U << chance(state, 11));
		break;
	}
	assert_true(err == OK || err == ERR_CONFLICT || err == ERR_INVALID || err == ERR_NOT_FOUND);
}

/* Every page lies in the cache under the number of its part, with the tag that all pages carry. */
static void page_put(struct newsroom *newsroom, size_t number, CacheTag tag)
{
	const CacheTag tags[] = {tag, TAG_SITE};
	struct page content = {.expires = INT64_MAX, .tags = tags, .tag_count = 2};
	struct page *page;
	content.encodings[PAGE_IDENTITY].body = S("page");
	CacheTicket ticket = cache_render_begin(newsroom->cache);
	assert_err(page_new(&content, &page), OK, NULL);
	assert_true(
	    cache_put(newsroom->cache, (Str){(const char *)&number, sizeof number}, ticket, page));
	page_release(page);
}

static bool page_is_there(struct newsroom *newsroom, size_t number)
{
	struct page *page = cache_find(newsroom->cache, (Str){(const char *)&number, sizeof number},
	                               clock_now(&newsroom->clock));
	if (page == NULL)
		return false;
	page_release(page);
	return true;
}

static void test_no_act_leaves_an_old_page(void **state)
{
	NEWSROOM newsroom;
	newsroom_open(state, &newsroom);
	static struct pages before;
	static struct pages after;
	uint32_t numbers = 20210723;
	size_t changed = 0;
	static const Str languages[STORIES] = {S("en"), S("en"), S("ar"), S("ckb"), S("ar")};
	for (int i = 0; i < STORIES; i++)
		newsroom_add(&newsroom, (struct story_input){.section = i < 2 ? S("Rain") : S("Roads"),
		                                             .language = languages[i]});
	for (int round = 0; round < 400; round++) {
		/* Before the pages are looked at: a bar that time alone ends is no matter of the act. */
		newsroom.clock.fixed += chance(&numbers, 2) * MINUTE_MS;
		show_everything(&newsroom, &before);
		for (size_t i = 0; i < before.count; i++)
			page_put(&newsroom, i, before.parts[i].tag);
		act_by_chance(&newsroom, &numbers);
		show_everything(&newsroom, &after);
		for (size_t i = 0; i < before.count; i++) {
			const struct part *part = &before.parts[i];
			if (str_equal(buf_str(&part->shown), buf_str(&after.parts[i].shown)))
				continue;
			changed++;
			if (page_is_there(&newsroom, i))
				print_error("round %d left an old %s (%zu):\n%.*s\nis now\n%.*s\n", round,
				            part->name, i, STR(buf_str(&part->shown)),
				            STR(buf_str(&after.parts[i].shown)));
			assert_false(page_is_there(&newsroom, i));
		}
		pages_done(&before);
		pages_done(&after);
	}
	assert_true(changed > 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_story_add_drops_what_lists_it),
	    DB_TEST(test_story_publish_and_withdraw_drop_what_lists_it),
	    DB_TEST(test_story_edit_drops_old_and_new_listings),
	    DB_TEST(test_story_edit_drops_every_page_when_the_breaking_bar_changes),
	    DB_TEST(test_story_correct_drops_what_shows_it),
	    DB_TEST(test_taxonomy_adds_drop_nothing),
	    DB_TEST(test_a_new_name_drops_every_page),
	    DB_TEST(test_no_act_leaves_an_old_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
