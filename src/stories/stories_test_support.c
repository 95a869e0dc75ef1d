#include "stories/stories_test_support.h"

#define NEWSROOM_BYTES ((size_t)64 * 1024 * 1024)
#define CACHE_BYTES ((size_t)4 * 1024 * 1024)
#define TAGGED_MAX 9

void assert_err(Err err, Err expected, const char *words)
{
	if (err != expected)
		print_error("answered %d, not %d: %.*s\n", (int)err, (int)expected, STR(err_text()));
	assert_int_equal(err, expected);
	if (words != NULL && str_find(err_text(), str_from_c(words)) == STR_NOT_FOUND)
		print_error("\"%s\" is not in: %.*s\n", words, STR(err_text()));
	assert_true(words == NULL || str_find(err_text(), str_from_c(words)) != STR_NOT_FOUND);
}

void assert_str(Str str, const char *expected)
{
	Str wanted = str_from_c(expected);
	if (!str_equal(str, wanted))
		print_error("found    %.*s\nexpected %.*s\n", STR(str), STR(wanted));
	assert_true(str_equal(str, wanted));
}

const struct language *test_language(const char *code)
{
	const struct language *language = language_find(str_from_c(code));
	assert_non_null(language);
	return language;
}

void newsroom_open(void **state, struct newsroom *newsroom)
{
	newsroom_open_in(db_test_db(state), newsroom);
}

void newsroom_open_in(struct db *db, struct newsroom *newsroom)
{
	*newsroom = (struct newsroom){.clock = clock_set_to(TEST_NOW)};
	arena_init(&newsroom->mem, NEWSROOM_BYTES);
	assert_err(cache_new(CACHE_BYTES, &newsroom->cache), OK, NULL);
	const struct name_input name = {S(""), S("The Lantern")};
	struct site_input input = {S("en"), S("Asia/Baghdad"), {.names = &name, .name_count = 1}};
	assert_err(site_create(db, &input), OK, NULL);
	DB_READ connection = NULL;
	assert_err(db_read_begin(db, &connection), OK, NULL);
	assert_err(site_find(connection, &newsroom->mem, &newsroom->site), OK, NULL);
	newsroom->world = (struct world){
	    .db = db, .cache = newsroom->cache, .clock = &newsroom->clock, .site = &newsroom->site};
}

void newsroom_close(struct newsroom *newsroom)
{
	if (newsroom->cache != NULL)
		cache_free(newsroom->cache);
	arena_done(&newsroom->mem);
}

struct story_input newsroom_input(struct story_input input)
{
	if (input.headline.bytes == NULL)
		input.headline = S("The river is high");
	if (input.section.bytes == NULL)
		input.section = S("politics");
	if (input.body.bytes == NULL)
		input.body = S("It rained for a week.");
	return input;
}

int64_t newsroom_add(struct newsroom *newsroom, struct story_input input)
{
	int64_t id;
	input = newsroom_input(input);
	input.publish = true;
	assert_err(story_add(&newsroom->world, &input, &id), OK, NULL);
	return id;
}

struct story newsroom_story(struct newsroom *newsroom, int64_t id)
{
	struct story story;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(story_find(connection, &newsroom->site, id, &newsroom->mem, &story), OK, NULL);
	return story;
}

static const char *c_string(struct newsroom *newsroom, Str text)
{
	char *copy;
	assert_err(arena_c_string(&newsroom->mem, text, &copy), OK, NULL);
	return copy;
}

const char *newsroom_path(struct newsroom *newsroom, const char *path)
{
	struct story story;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	Err err =
	    story_find_by_path(connection, &newsroom->site, str_from_c(path), &newsroom->mem, &story);
	if (err == ERR_NOT_FOUND)
		return "404";
	assert_err(err, OK, NULL);
	if (story.status == STORY_WITHDRAWN)
		return "410";
	return str_equal(story.path, str_from_c(path)) ? "200" : c_string(newsroom, story.path);
}

int64_t newsroom_count(struct newsroom *newsroom, Sql sql)
{
	int64_t count;
	DB_READ connection = NULL;
	assert_err(db_read_begin(newsroom->world.db, &connection), OK, NULL);
	assert_err(db_query_int(connection, sql, DB_NO_ARGS, &count), OK, NULL);
	return count;
}

/* ---- pages ---- */

/* Calls `each` with every tag and its name. */
static void each_tag(struct newsroom *newsroom, void (*each)(struct newsroom *, CacheTag, Str))
{
	static const char *const kinds[] = {"story", "section", "tag", "byline", "source"};
	each(newsroom, TAG_SITE, S("site"));
	each(newsroom, TAG_HOME, S("home"));
	each(newsroom, TAG_CORRECTIONS, S("corrections"));
	each(newsroom, TAG_REPLIES, S("replies"));
	for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
		for (int64_t id = 1; id <= TAGGED_MAX; id++) {
			Str name;
			assert_err(arena_format(&newsroom->mem, &name, "%s:%d", kinds[kind], (int)id), OK,
			           NULL);
			each(newsroom, cache_tag(str_from_c(kinds[kind]), id), name);
		}
}

static void page_put(struct newsroom *newsroom, CacheTag tag, Str name)
{
	struct page content = {.expires = INT64_MAX, .tags = &tag, .tag_count = 1};
	struct page *page;
	content.encodings[PAGE_IDENTITY].body = name;
	CacheTicket ticket = cache_render_begin(newsroom->cache);
	assert_err(page_new(&content, &page), OK, NULL);
	assert_true(cache_put(newsroom->cache, name, ticket, page));
	page_release(page);
}

void newsroom_fill_cache(struct newsroom *newsroom)
{
	each_tag(newsroom, page_put);
}

static struct buf dropped; /* what page_look has seen; tests have one thread that looks */

static void page_look(struct newsroom *newsroom, CacheTag tag, Str name)
{
	(void)tag;
	struct page *page = cache_find(newsroom->cache, name, clock_now(&newsroom->clock));
	if (page == NULL)
		buf_format(&dropped, "%s%.*s", dropped.length == 0 ? "" : " ", STR(name));
	else
		page_release(page);
}

const char *newsroom_dropped(struct newsroom *newsroom)
{
	buf_init(&dropped, 4096);
	each_tag(newsroom, page_look);
	assert_err(buf_check(&dropped), OK, NULL);
	const char *names = c_string(newsroom, buf_str(&dropped));
	buf_done(&dropped);
	return names;
}
