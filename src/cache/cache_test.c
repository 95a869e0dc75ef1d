#include "cache/cache_test_support.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static void test_page_new_copies_all_that_belongs_to_the_page(void **state)
{
	(void)state;
	char text[] = "HTTP/1.1 200 OK<p>one</p>gz-headgz-bodyHTTP/1.1 304\"abc\"";
	CacheTag tags[] = {cache_tag(S("story"), 42), cache_tag(S("site"), 0)};
	CacheTag wanted[] = {tags[0], tags[1]};
	struct page content = {.expires = NOW, .tags = tags, .tag_count = 2};
	content.encodings[PAGE_IDENTITY].head = (Str){text, 15};
	content.encodings[PAGE_IDENTITY].body = (Str){text + 15, 10};
	content.encodings[PAGE_GZIP].head = (Str){text + 25, 7};
	content.encodings[PAGE_GZIP].body = (Str){text + 32, 7};
	content.head_not_modified = (Str){text + 39, 12};
	content.etag = (Str){text + 51, 5};
	struct page *page = NULL;
	assert_int_equal(page_new(&content, &page), OK);
	memset(text, 'x', sizeof text);
	memset(tags, 0, sizeof tags);
	assert_true(str_equal(page->encodings[PAGE_IDENTITY].head, S("HTTP/1.1 200 OK")));
	assert_true(str_equal(page->encodings[PAGE_IDENTITY].body, S("<p>one</p>")));
	assert_true(str_equal(page->encodings[PAGE_GZIP].head, S("gz-head")));
	assert_true(str_equal(page->encodings[PAGE_GZIP].body, S("gz-body")));
	assert_true(str_is_empty(page->encodings[PAGE_BROTLI].head));
	assert_true(str_equal(page->head_not_modified, S("HTTP/1.1 304")));
	assert_true(str_equal(page->etag, S("\"abc\"")));
	assert_int_equal(page->expires, NOW);
	assert_int_equal(page->tag_count, 2);
	assert_memory_equal(page->tags, wanted, sizeof wanted);
	page_release(page);
}

static void test_cache_tag_tells_kinds_and_ids_apart(void **state)
{
	(void)state;
	assert_int_equal(cache_tag(S("story"), 42).hash, cache_tag(S("story"), 42).hash);
	assert_int_not_equal(cache_tag(S("story"), 42).hash, cache_tag(S("story"), 43).hash);
	assert_int_not_equal(cache_tag(S("story"), 42).hash, cache_tag(S("section"), 42).hash);
}

static void test_cache_find_gives_the_page_of_that_key_alone(void **state)
{
	CacheTag tag = cache_tag(S("story"), 1);
	assert_absent(*state, S("/"));
	assert_true(put_now(*state, S("/"), S("home"), tag));
	assert_true(put_now(*state, S(""), S("empty"), tag));
	assert_found(*state, S("/"), S("home"));
	assert_found(*state, S(""), S("empty"));
	assert_absent(*state, S("/x"));
	assert_int_equal(counts_of(*state).hits, 2);
	assert_int_equal(counts_of(*state).misses, 2);
}

static void test_cache_put_replaces_the_page_of_the_same_key(void **state)
{
	CacheTag tag = cache_tag(S("story"), 1);
	assert_true(put_now(*state, S("/"), S("first"), tag));
	for (int i = 0; i < 1000; i++)
		assert_true(put_now(*state, S("/"), S("again"), tag));
	assert_found(*state, S("/"), S("again"));
	assert_int_equal(counts_of(*state).pages, 1);
	/* What was replaced is given back in steps. */
	assert_true(counts_of(*state).size_bytes < MEGABYTE / 32);
}

static void test_cache_drop_makes_pages_with_the_tag_unfindable(void **state)
{
	CacheTag story = cache_tag(S("story"), 1);
	CacheTag section = cache_tag(S("section"), 1);
	CacheTag both[] = {story, section};
	assert_true(put_now(*state, S("/story"), S("story"), story));
	assert_true(put_now(*state, S("/section"), S("section"), section));
	struct page *page = page_made(S("both"), INT64_MAX, both, 2);
	assert_true(cache_put(*state, S("/both"), cache_render_begin(*state), page));
	page_release(page);
	cache_drop(*state, &story, 1);
	assert_absent(*state, S("/story"));
	assert_absent(*state, S("/both"));
	assert_found(*state, S("/section"), S("section"));
	assert_true(put_now(*state, S("/story"), S("new"), story));
	assert_found(*state, S("/story"), S("new"));
}

static void test_cache_put_refuses_a_render_that_a_drop_overtook(void **state)
{
	CacheTag story = cache_tag(S("story"), 1);
	CacheTicket stalled = cache_render_begin(*state);
	cache_drop(*state, &story, 1);
	assert_false(put_begun(*state, S("/story"), stalled, S("old"), story));
	assert_absent(*state, S("/story"));
	assert_int_equal(counts_of(*state).refused, 1);
	/* Nor does it push out the page that was made since. */
	assert_true(put_now(*state, S("/story"), S("new"), story));
	assert_false(put_begun(*state, S("/story"), stalled, S("old"), story));
	assert_found(*state, S("/story"), S("new"));
}

static void test_cache_put_takes_a_render_that_only_other_drops_overtook(void **state)
{
	CacheTag story = cache_tag(S("story"), 1);
	CacheTag other = cache_tag(S("story"), 2);
	CacheTicket ticket = cache_render_begin(*state);
	cache_drop(*state, &other, 1);
	assert_true(put_begun(*state, S("/story"), ticket, S("story"), story));
	assert_found(*state, S("/story"), S("story"));
}

static void test_slot_raise_never_lets_a_late_drop_lower_the_slot(void **state)
{
	(void)state;
	_Atomic uint64_t slot = 6;
	slot_raise(&slot, 8);
	slot_raise(&slot, 7);
	assert_int_equal(slot, 8);
	slot_raise(&slot, 9);
	assert_int_equal(slot, 9);
}

static void test_cache_find_leaves_out_what_time_made_old(void **state)
{
	CacheTag tag = cache_tag(S("site"), 0);
	struct page *page = page_made(S("breaking"), NOW + 1000, &tag, 1);
	assert_true(cache_put(*state, S("/"), cache_render_begin(*state), page));
	page_release(page);
	page = cache_find(*state, S("/"), NOW + 999);
	assert_non_null(page);
	page_release(page);
	assert_null(cache_find(*state, S("/"), NOW + 1000));
}

static void test_cache_find_old_finds_what_time_made_old_and_nothing_else(void **state)
{
	CacheTag tag = cache_tag(S("site"), 0);
	struct page *page = page_made(S("breaking"), NOW + 1000, &tag, 1);
	assert_true(cache_put(*state, S("/"), cache_render_begin(*state), page));
	page_release(page);
	page = cache_find_old(*state, S("/"), NOW + 3000, 2001);
	assert_non_null(page);
	page_release(page);
	assert_null(cache_find_old(*state, S("/"), NOW + 3000, 2000));
	assert_null(cache_find_old(*state, S("/other"), NOW, DAY_MS));
	cache_drop(*state, &tag, 1);
	assert_null(cache_find_old(*state, S("/"), NOW, DAY_MS));
}

static void test_cache_page_outlives_its_place_in_the_cache(void **state)
{
	CacheTag tag = cache_tag(S("site"), 0);
	assert_true(put_now(*state, S("/"), S("still here"), tag));
	struct page *page = cache_find(*state, S("/"), NOW);
	cache_drop(*state, &tag, 1);
	assert_absent(*state, S("/"));
	assert_true(str_equal(page->encodings[PAGE_IDENTITY].body, S("still here")));
	page_release(page);
}

static void test_cache_put_leaves_out_a_page_larger_than_the_ceiling(void **state)
{
	static char body[2 * 1024 * 1024];
	CacheTag tag = cache_tag(S("site"), 0);
	assert_true(put_now(*state, S("/small"), S("small"), tag));
	assert_true(put_now(*state, S("/large"), (Str){body, sizeof body}, tag));
	assert_absent(*state, S("/large"));
	assert_found(*state, S("/small"), S("small"));
	CacheTicket stalled = cache_render_begin(*state);
	cache_drop(*state, &tag, 1);
	assert_false(put_begun(*state, S("/large"), stalled, (Str){body, sizeof body}, tag));
}

/* --- Many threads --- */

/* A newsroom in small: `written` stands for what is committed, `promised` for what a drop that
 * returned has made visible. Nobody may find a page that shows less than what was promised before
 * the lookup began. Each page shows two of the stories. */
#define STORIES 8
#define PAGES 32
#define ROUNDS 4000
#define WRITERS 2
#define RENDERERS 3
#define READERS 3
#define IMPROVERS 1

struct newsroom {
	struct cache *cache;
	_Atomic uint64_t written[STORIES];
	_Atomic uint64_t promised[STORIES];
	_Atomic int writers_left;
	_Atomic uint64_t old_pages;
	_Atomic uint64_t found;
	_Atomic uint64_t improved;
};

struct shown {
	uint64_t first, second;
};

static CacheTag story_tag(int story)
{
	return cache_tag(S("story"), story);
}

/* The promise only grows, though two writers may make it at once. */
static void promise(_Atomic uint64_t *promised, uint64_t version)
{
	uint64_t seen = atomic_load(promised);
	while (seen < version && !atomic_compare_exchange_weak(promised, &seen, version))
		;
}

static void *write_stories(void *context)
{
	struct newsroom *room = context;
	/* On a busy machine readers may come late: without them nothing is tried. */
	for (int i = 0;
	     i < ROUNDS || atomic_load(&room->found) == 0 || atomic_load(&room->improved) == 0; i++) {
		int story = i % STORIES;
		uint64_t version = atomic_fetch_add(&room->written[story], 1) + 1;
		CacheTag tag = story_tag(story);
		cache_drop(room->cache, &tag, 1);
		promise(&room->promised[story], version);
		if (i % 16 == 0)
			sched_yield();
	}
	atomic_fetch_sub(&room->writers_left, 1);
	return NULL;
}

static int second_story(int page)
{
	return (page / STORIES + page + 1) % STORIES;
}

static void *render_pages(void *context)
{
	struct newsroom *room = context;
	char text[32];
	for (int i = 0; atomic_load(&room->writers_left) > 0; i++) {
		int number = i % PAGES;
		CacheTag tags[] = {story_tag(number % STORIES), story_tag(second_story(number))};
		CacheTicket ticket = cache_render_begin(room->cache);
		struct shown shown = {
		    .first = atomic_load(&room->written[number % STORIES]),
		    .second = atomic_load(&room->written[second_story(number)]),
		};
		if (i % 3 == 0)
			sched_yield(); /* a slow render, for a drop to overtake */
		struct page content = {.expires = INT64_MAX, .tags = tags, .tag_count = 2};
		struct page *page = NULL;
		content.encodings[PAGE_IDENTITY].body = (Str){(const char *)&shown, sizeof shown};
		if (cache_page_new(room->cache, &content, &page) != OK)
			abort();
		(void)cache_put(room->cache, numbered_key(text, number), ticket, page);
		page_release(page);
	}
	return NULL;
}

static void *read_pages(void *context)
{
	struct newsroom *room = context;
	char text[32];
	for (int i = 0; atomic_load(&room->writers_left) > 0; i++) {
		int number = (i * 7) % PAGES;
		uint64_t first = atomic_load(&room->promised[number % STORIES]);
		uint64_t second = atomic_load(&room->promised[second_story(number)]);
		struct page *page = cache_find(room->cache, numbered_key(text, number), NOW);
		if (page == NULL)
			continue;
		struct shown shown;
		memcpy(&shown, page->encodings[PAGE_IDENTITY].body.bytes, sizeof shown);
		page_release(page);
		atomic_fetch_add(&room->found, 1);
		if (shown.first < first || shown.second < second)
			atomic_fetch_add(&room->old_pages, 1);
	}
	return NULL;
}

static void *improve_pages(void *context)
{
	struct newsroom *room = context;
	char text[32];
	for (int i = 0; atomic_load(&room->writers_left) > 0; i++) {
		struct page *page = cache_find(room->cache, numbered_key(text, i % PAGES), NOW);
		if (page == NULL)
			continue;
		struct page content = *page;
		struct page *better = NULL;
		if (cache_page_new(room->cache, &content, &better) != OK)
			abort();
		atomic_fetch_add(&room->improved, cache_swap(room->cache, page, better));
		page_release(better);
		page_release(page);
	}
	return NULL;
}

/* With a ceiling of `max_bytes`, so that pages are also pushed out. */
static void newsroom_run(size_t max_bytes)
{
	static struct newsroom room;
	pthread_t threads[WRITERS + RENDERERS + READERS + IMPROVERS];
	size_t count = 0;
	memset(&room, 0, sizeof room);
	room.writers_left = WRITERS;
	assert_int_equal(cache_new(max_bytes, &room.cache), OK);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[count++], NULL, read_pages, &room), 0);
	for (int i = 0; i < RENDERERS; i++)
		assert_int_equal(pthread_create(&threads[count++], NULL, render_pages, &room), 0);
	for (int i = 0; i < IMPROVERS; i++)
		assert_int_equal(pthread_create(&threads[count++], NULL, improve_pages, &room), 0);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[count++], NULL, write_stories, &room), 0);
	while (count > 0)
		pthread_join(threads[--count], NULL);
	assert_int_equal(room.old_pages, 0);
	assert_true(room.found > 0);
	assert_true(counts_of(room.cache).size_bytes <= max_bytes);
	cache_free(room.cache);
}

static void test_cache_never_shows_a_page_older_than_a_finished_drop(void **state)
{
	(void)state;
	newsroom_run(MEGABYTE);
}

static void test_cache_never_shows_an_old_page_while_pages_are_pushed_out(void **state)
{
	(void)state;
	newsroom_run((size_t)40 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_page_new_copies_all_that_belongs_to_the_page),
	    cmocka_unit_test(test_cache_tag_tells_kinds_and_ids_apart),
	    cmocka_unit_test_setup_teardown(test_cache_find_gives_the_page_of_that_key_alone,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_put_replaces_the_page_of_the_same_key,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_drop_makes_pages_with_the_tag_unfindable,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_put_refuses_a_render_that_a_drop_overtook,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(
	        test_cache_put_takes_a_render_that_only_other_drops_overtook, cache_setup,
	        cache_teardown),
	    cmocka_unit_test(test_slot_raise_never_lets_a_late_drop_lower_the_slot),
	    cmocka_unit_test_setup_teardown(test_cache_find_leaves_out_what_time_made_old, cache_setup,
	                                    cache_teardown),
	    cmocka_unit_test_setup_teardown(
	        test_cache_find_old_finds_what_time_made_old_and_nothing_else, cache_setup,
	        cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_page_outlives_its_place_in_the_cache,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_put_leaves_out_a_page_larger_than_the_ceiling,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test(test_cache_never_shows_a_page_older_than_a_finished_drop),
	    cmocka_unit_test(test_cache_never_shows_an_old_page_while_pages_are_pushed_out),
	};
	if (!random_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
