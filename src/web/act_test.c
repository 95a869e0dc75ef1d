#include "web/act.h"

#include "db/db_test_support.h"

#define CACHE_BYTES ((size_t)1024 * 1024)
#define PAGE_NAME S("/")

struct publication {
	struct effects effects;
	Err end; /* of the commit half */
};

static Err publication_commit(struct db_connection *connection, void *state)
{
	struct publication *publication = state;
	(void)connection;
	effects_clear(&publication->effects);
	effects_add(&publication->effects, TAG_HOME);
	effects_tell(&publication->effects, &(struct act_news){.kind = NEWS_REPLY, .value = 12});
	return publication->end == OK ? OK : fail(publication->end, "the connection broke");
}

static void page_put(struct cache *cache)
{
	CacheTag tag = TAG_HOME;
	struct page content = {.expires = INT64_MAX, .tags = &tag, .tag_count = 1};
	struct page *page;
	content.encodings[PAGE_IDENTITY].body = S("the home page");
	CacheTicket ticket = cache_render_begin(cache);
	assert_int_equal(page_new(&content, &page), OK);
	assert_true(cache_put(cache, PAGE_NAME, ticket, page));
	page_release(page);
}

static bool is_kept(struct cache *cache)
{
	struct page *page = cache_find(cache, PAGE_NAME, 0);
	if (page != NULL)
		page_release(page);
	return page != NULL;
}

/* What the database answers when a COMMIT broke does not say that nothing was kept. */
static void test_act_drops_its_pages_however_its_commit_ends(void **state)
{
	static const Err ends[] = {OK, ERR_UNAVAILABLE, ERR_IO};
	struct world world = {.db = db_test_db(state)};
	assert_int_equal(cache_new(CACHE_BYTES, &world.cache), OK);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct publication publication = {.end = ends[i]};
		struct db_act act = {"publish", publication_commit, &publication};
		page_put(world.cache);
		assert_true(is_kept(world.cache));
		assert_int_equal(act_commit(&world, &act, &publication.effects), ends[i]);
		assert_false(is_kept(world.cache));
	}
	cache_free(world.cache);
}

struct remaking {
	struct cache *cache;
	size_t count;
};

static void remake(const CacheTag *tags, size_t count, CacheTicket begun, void *context)
{
	struct remaking *remaking = context;
	assert_int_equal(count, 1);
	assert_int_equal(tags[0].hash, TAG_HOME.hash);
	/* Whoever asks meanwhile gets what is there. */
	assert_true(is_kept(remaking->cache));
	assert_true(cache_render_begin(remaking->cache).generation >= begun.generation);
	page_put(remaking->cache);
	remaking->count++;
}

/* What a broken COMMIT left behind is nothing to make pages of. */
static void test_act_has_pages_made_anew_before_they_fall_if_it_succeeded(void **state)
{
	static const Err ends[] = {OK, ERR_UNAVAILABLE, OK};
	struct remaking remaking = {0};
	const struct act_remaker remaker = {remake, &remaking};
	struct world world = {.db = db_test_db(state), .remaker = &remaker};
	assert_int_equal(cache_new(CACHE_BYTES, &world.cache), OK);
	remaking.cache = world.cache;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct publication publication = {.end = ends[i]};
		struct db_act act = {"publish", publication_commit, &publication};
		page_put(world.cache);
		assert_int_equal(act_commit(&world, &act, &publication.effects), ends[i]);
		assert_int_equal(is_kept(world.cache), ends[i] == OK);
	}
	assert_int_equal(remaking.count, 2);
	cache_free(world.cache);
}

struct reader {
	struct cache *cache;
	size_t told;
};

static void tell(const struct act_news *news, size_t count, void *context)
{
	struct reader *reader = context;
	assert_int_equal(count, 1);
	assert_int_equal(news->value, 12);
	/* Who fetches the page on hearing of it gets the new one. */
	assert_false(is_kept(reader->cache));
	reader->told++;
}

static void test_readers_are_told_when_the_act_is_committed_and_its_pages_have_fallen(void **state)
{
	static const Err ends[] = {OK, ERR_UNAVAILABLE, ERR_IO, OK};
	struct reader reader = {0};
	const struct act_listener listener = {tell, &reader};
	struct world world = {.db = db_test_db(state), .listener = &listener};
	assert_int_equal(cache_new(CACHE_BYTES, &world.cache), OK);
	reader.cache = world.cache;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct publication publication = {.end = ends[i]};
		struct db_act act = {"publish", publication_commit, &publication};
		page_put(world.cache);
		assert_int_equal(act_commit(&world, &act, &publication.effects), ends[i]);
	}
	assert_int_equal(reader.told, 2);
	cache_free(world.cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_act_drops_its_pages_however_its_commit_ends),
	    DB_TEST(test_act_has_pages_made_anew_before_they_fall_if_it_succeeded),
	    DB_TEST(test_readers_are_told_when_the_act_is_committed_and_its_pages_have_fallen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
