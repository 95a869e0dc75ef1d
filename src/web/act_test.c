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

/* ---- what other nodes are told ---- */

static void words_are(const struct effects *effects, const char *words)
{
	struct buf out BUF_CLEANUP;
	buf_init(&out, DB_TOLD_MAX);
	effects_format(effects, &out);
	assert_int_equal(buf_check(&out), OK);
	assert_true(str_equal(buf_str(&out), str_from_c(words)));
}

static void test_effects_are_the_same_after_they_were_told(void **state)
{
	(void)state;
	struct effects effects = {0};
	struct effects heard;
	words_are(&effects, "");
	effects_add(&effects, (CacheTag){0x3f9c0a17d2b84e65});
	effects_add(&effects, (CacheTag){1});
	effects_tell(&effects, &(struct act_news){.kind = NEWS_REPLY, .story = 42, .value = 7});
	effects_tell(&effects,
	             &(struct act_news){.kind = NEWS_BREAKING, .language = language_find(S("ar"))});
	words_are(&effects, "1 t3f9c0a17d2b84e65 t0000000000000001 nreply::42:7 nbreaking:ar:0:0");
	effects_parse(S("1 t3f9c0a17d2b84e65 t0000000000000001 nreply::42:7 nbreaking:ar:0:0"), &heard);
	words_are(&heard, "1 t3f9c0a17d2b84e65 t0000000000000001 nreply::42:7 nbreaking:ar:0:0");
}

static void test_most_effects_fit_into_what_can_be_told(void **state)
{
	(void)state;
	struct effects effects = {0};
	struct effects heard;
	struct buf out BUF_CLEANUP;
	buf_init(&out, DB_TOLD_MAX);
	for (uint64_t i = 0; i < EFFECTS_MAX; i++)
		effects_add(&effects, (CacheTag){UINT64_MAX - i});
	for (int i = 0; i < EFFECTS_NEWS_MAX; i++)
		effects_tell(&effects, &(struct act_news){.kind = NEWS_STORY_WITHDRAWN,
		                                          .language = language_find(S("ckb")),
		                                          .story = INT64_MAX,
		                                          .value = INT64_MAX});
	effects_format(&effects, &out);
	assert_int_equal(buf_check(&out), OK);
	effects_parse(buf_str(&out), &heard);
	assert_int_equal(heard.count, EFFECTS_MAX);
	assert_int_equal(heard.news_count, EFFECTS_NEWS_MAX);
}

/* A newer version's, or damaged: no page that it may have meant stays. What readers are told is no
 * such matter. */
static void test_everything_falls_where_words_can_not_be_understood(void **state)
{
	(void)state;
	static const char *const words[] = {"2 t3f9c0a17d2b84e65", "", "1 t3f9c", "1 x", "1  ",
	                                    "1 t3f9c0a17d2b84e6g"};
	struct effects heard;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		effects_parse(str_from_c(words[i]), &heard);
		assert_int_equal(heard.tags[heard.count - 1].hash, TAG_SITE.hash);
	}
	effects_parse(S("1 t3f9c0a17d2b84e65 nfoo::1:1 nupdated::x:1 nbreaking:xx:0:0 nback::3:4"),
	              &heard);
	words_are(&heard, "1 t3f9c0a17d2b84e65 nback::3:4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_act_drops_its_pages_however_its_commit_ends),
	    DB_TEST(test_act_has_pages_made_anew_before_they_fall_if_it_succeeded),
	    DB_TEST(test_readers_are_told_when_the_act_is_committed_and_its_pages_have_fallen),
	    cmocka_unit_test(test_effects_are_the_same_after_they_were_told),
	    cmocka_unit_test(test_most_effects_fit_into_what_can_be_told),
	    cmocka_unit_test(test_everything_falls_where_words_can_not_be_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
