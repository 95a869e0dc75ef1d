#include "cache/cache_test_support.h"

#define SPACE_TAKEN_MAX 64

/* Each piece holds its own number in every byte as long as it is taken. */
static void test_page_space_gives_each_its_own_memory(void **state)
{
	(void)state;
	struct page_space *space = page_space_open(MEGABYTE / 4);
	struct {
		unsigned char *bytes;
		size_t size_bytes;
	} taken[SPACE_TAKEN_MAX] = {0};
	uint32_t chance = 1;
	assert_non_null(space);
	for (int i = 0; i < 20000; i++) {
		chance = chance * 1664525U + 1013904223U;
		size_t at = chance >> 26;
		for (size_t j = 0; j < taken[at].size_bytes; j++)
			assert_int_equal(taken[at].bytes[j], at);
		if (taken[at].bytes != NULL)
			page_space_give(space, taken[at].bytes, taken[at].size_bytes);
		taken[at].size_bytes = (1 + (chance >> 8) % 7) * SPACE_UNIT_BYTES;
		taken[at].bytes = page_space_take(space, taken[at].size_bytes);
		/* Fresh from the system, and so given back to it. */
		if (taken[at].bytes == NULL) {
			taken[at].size_bytes = 0;
			continue;
		}
		assert_int_equal(taken[at].bytes[taken[at].size_bytes - 1], 0);
		memset(taken[at].bytes, (int)at, taken[at].size_bytes);
	}
	for (size_t at = 0; at < SPACE_TAKEN_MAX; at++)
		if (taken[at].bytes != NULL)
			page_space_give(space, taken[at].bytes, taken[at].size_bytes);
	page_space_close(space);
}

static void test_page_space_finds_the_last_gap_and_no_other(void **state)
{
	(void)state;
	unsigned char *taken[2048] = {NULL};
	size_t count = 0;
	struct page_space *space = page_space_open(MEGABYTE / 4);
	assert_non_null(space);
	while ((taken[count] = page_space_take(space, SPACE_UNIT_BYTES)) != NULL)
		assert_true(++count < 2048);
	assert_true(count * SPACE_UNIT_BYTES >= MEGABYTE);
	page_space_give(space, taken[7], SPACE_UNIT_BYTES);
	page_space_give(space, taken[9], SPACE_UNIT_BYTES);
	assert_null(page_space_take(space, 2 * SPACE_UNIT_BYTES));
	page_space_give(space, taken[8], SPACE_UNIT_BYTES);
	assert_ptr_equal(page_space_take(space, 3 * SPACE_UNIT_BYTES), taken[7]);
	page_space_give(space, taken[7], 3 * SPACE_UNIT_BYTES);
	for (size_t i = 0; i < count; i++)
		if (i < 7 || i > 9)
			page_space_give(space, taken[i], SPACE_UNIT_BYTES);
	page_space_close(space);
}

static void test_cache_stays_below_its_ceiling_and_drops_the_least_recently_used(void **state)
{
	static char body[20000];
	CacheTag tag = cache_tag(S("site"), 0);
	char room[32];
	const int pages = 200;
	memset(body, 'b', sizeof body);
	for (int i = 0; i < pages; i++) {
		assert_true(put_now(*state, numbered_key(room, i), (Str){body, sizeof body}, tag));
		/* The first page is read all the time. */
		assert_found(*state, numbered_key(room, 0), (Str){body, sizeof body});
		assert_true(counts_of(*state).size_bytes <= MEGABYTE);
	}
	struct cache_counts counts = counts_of(*state);
	assert_int_equal(counts.pages + counts.evicted, pages);
	assert_in_range(counts.pages, 49, 52);
	/* What is left is the first page and the last ones without a gap. */
	for (int i = 1; i < pages; i++) {
		struct page *page = cache_find(*state, numbered_key(room, i), NOW);
		assert_int_equal(page != NULL, i > pages - (int)counts.pages);
		page_release(page);
	}
	assert_found(*state, numbered_key(room, 0), (Str){body, sizeof body});
}

/* A ceiling has room for some 50 of these. */
#define LARGE_BYTES ((size_t)20000)

static void put_large(struct cache *cache, Str key, uint32_t cost_us, CacheTag tag)
{
	static char body[LARGE_BYTES];
	struct page content = {
	    .expires = INT64_MAX, .tags = &tag, .tag_count = 1, .cost_us = cost_us, .is_quick = true};
	struct page *page = NULL;
	content.encodings[PAGE_IDENTITY].head = S("HTTP/1.1 200 OK\r\n");
	content.encodings[PAGE_IDENTITY].body = (Str){body, sizeof body};
	assert_int_equal(cache_page_new(cache, &content, &page), OK);
	assert_true(cache_put(cache, key, cache_render_begin(cache), page));
	page_release(page);
}

/* Pages that are asked for once, by whoever reads a whole archive. */
static void sweep_through(struct cache *cache, int first, int count, uint32_t cost_us)
{
	char room[32];
	for (int i = first; i < first + count; i++)
		put_large(cache, numbered_key(room, i), cost_us, cache_tag(S("site"), 0));
}

static int count_found(struct cache *cache, int first, int count)
{
	char room[32];
	int found = 0;
	for (int i = first; i < first + count; i++) {
		struct page *page = cache_find(cache, numbered_key(room, i), NOW);
		found += page != NULL;
		page_release(page);
	}
	return found;
}

static void test_cache_keeps_what_is_read_from_a_sweep_through_the_archive(void **state)
{
	sweep_through(*state, 0, 20, 1000);
	for (int reads = 0; reads < 10; reads++)
		assert_int_equal(count_found(*state, 0, 20), 20);
	/* Four times what there is room for beside them, and nobody reads the twenty meanwhile. */
	sweep_through(*state, 100, 120, 1000);
	assert_int_equal(count_found(*state, 0, 20), 20);
}

static void test_cache_lets_go_of_what_was_read_long_ago(void **state)
{
	sweep_through(*state, 0, 20, 1000);
	for (int reads = 0; reads < 10; reads++)
		assert_int_equal(count_found(*state, 0, 20), 20);
	sweep_through(*state, 100, 2000, 1000);
	assert_int_equal(count_found(*state, 0, 20), 0);
}

static void test_cache_keeps_the_dear_page_before_the_cheap_one(void **state)
{
	sweep_through(*state, 0, 20, 20000);
	sweep_through(*state, 100, 200, 200);
	assert_int_equal(count_found(*state, 0, 20), 20);
	sweep_through(*state, 1000, 200, 20000);
	assert_int_equal(count_found(*state, 0, 20), 0);
}

static void test_cache_lets_old_pages_go_before_good_ones(void **state)
{
	CacheTag old = cache_tag(S("story"), 1);
	char room[32];
	for (int i = 0; i < 25; i++)
		put_large(*state, numbered_key(room, i), 20000, old);
	sweep_through(*state, 100, 20, 1000);
	cache_drop(*state, &old, 1);
	/* They were dear, and are worth nothing now. */
	sweep_through(*state, 200, 25, 1000);
	assert_int_equal(count_found(*state, 100, 20), 20);
	assert_int_equal(count_found(*state, 200, 25), 25);
}

static void test_cache_counts_a_page_until_its_last_holder_lets_go(void **state)
{
	struct page *held[20];
	char room[32];
	sweep_through(*state, 0, 20, 1000);
	for (int i = 0; i < 20; i++) {
		held[i] = cache_find(*state, numbered_key(room, i), NOW);
		assert_non_null(held[i]);
	}
	sweep_through(*state, 100, 2000, 1000);
	assert_int_equal(count_found(*state, 0, 20), 0);
	size_t with_held = counts_of(*state).size_bytes;
	assert_true(with_held <= MEGABYTE);
	for (int i = 0; i < 20; i++)
		page_release(held[i]);
	assert_true(counts_of(*state).size_bytes <= with_held - 20 * LARGE_BYTES);
}

/* The same page in fewer bytes, as who compresses it well makes it. */
static struct page *page_smaller(struct page *page)
{
	struct page content = *page;
	struct page *smaller = NULL;
	content.encodings[PAGE_IDENTITY].body = S("smaller");
	content.is_quick = false;
	assert_int_equal(page_new(&content, &smaller), OK);
	return smaller;
}

static void test_page_uses_counts_how_often_it_was_found(void **state)
{
	sweep_through(*state, 0, 1, 1000);
	for (int reads = 0; reads < 10; reads++)
		assert_int_equal(count_found(*state, 0, 1), 1);
	struct page *page = cache_find(*state, S("/story/0"), NOW);
	assert_int_equal(page_uses(page), 11);
	struct page *better = page_smaller(page);
	assert_true(cache_swap(*state, page, better));
	assert_int_equal(page_uses(better), 11);
	page_release(better);
	page_release(page);
}

static void test_cache_swap_never_passes_the_ceiling(void **state)
{
	sweep_through(*state, 0, 200, 1000);
	int swapped = 0;
	for (int i = 150; i < 200; i++) {
		char room[32];
		struct page *page = cache_find(*state, numbered_key(room, i), NOW);
		if (page == NULL)
			continue;
		struct page content = *page;
		struct page *same = NULL;
		assert_int_equal(page_new(&content, &same), OK);
		swapped += cache_swap(*state, page, same);
		page_release(same);
		page_release(page);
		assert_true(counts_of(*state).size_bytes <= MEGABYTE);
	}
	/* Of 50 that fill the cache, only a few have room for both, until a put frees what was swapped.
	 */
	assert_in_range(swapped, 0, 3);
	sweep_through(*state, 1000, 2, 1000);
	assert_true(counts_of(*state).size_bytes <= MEGABYTE);
	assert_true(counts_of(*state).pages >= 45);
}

static void test_cache_swap_puts_the_better_page_in_its_place(void **state)
{
	CacheTag tag = cache_tag(S("story"), 1);
	put_large(*state, S("/"), 1000, tag);
	struct page *page = cache_find(*state, S("/"), NOW);
	struct page *better = page_smaller(page);
	assert_true(cache_has(*state, page));
	assert_true(cache_swap(*state, page, better));
	assert_found(*state, S("/"), S("smaller"));
	assert_int_equal(counts_of(*state).pages, 1);
	/* Once swapped it is not there to be swapped again. */
	struct page *again = page_smaller(page);
	assert_false(cache_has(*state, page));
	assert_false(cache_swap(*state, page, again));
	page_release(again);
	/* It is as old as the one before. */
	cache_drop(*state, &tag, 1);
	assert_absent(*state, S("/"));
	page_release(better);
	page_release(page);
}

static void test_cache_swap_refuses_a_page_that_was_dropped_or_replaced(void **state)
{
	CacheTag tag = cache_tag(S("story"), 1);
	put_large(*state, S("/"), 1000, tag);
	struct page *page = cache_find(*state, S("/"), NOW);
	struct page *better = page_smaller(page);
	cache_drop(*state, &tag, 1);
	assert_false(cache_has(*state, page));
	assert_false(cache_swap(*state, page, better));
	assert_absent(*state, S("/"));
	assert_true(put_now(*state, S("/"), S("new"), tag));
	assert_false(cache_swap(*state, page, better));
	assert_found(*state, S("/"), S("new"));
	page_release(better);
	page_release(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_page_space_gives_each_its_own_memory),
	    cmocka_unit_test(test_page_space_finds_the_last_gap_and_no_other),
	    cmocka_unit_test_setup_teardown(
	        test_cache_stays_below_its_ceiling_and_drops_the_least_recently_used, cache_setup,
	        cache_teardown),
	    cmocka_unit_test_setup_teardown(
	        test_cache_keeps_what_is_read_from_a_sweep_through_the_archive, cache_setup,
	        cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_lets_go_of_what_was_read_long_ago, cache_setup,
	                                    cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_keeps_the_dear_page_before_the_cheap_one,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_lets_old_pages_go_before_good_ones, cache_setup,
	                                    cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_counts_a_page_until_its_last_holder_lets_go,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_page_uses_counts_how_often_it_was_found, cache_setup,
	                                    cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_swap_never_passes_the_ceiling, cache_setup,
	                                    cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_swap_puts_the_better_page_in_its_place,
	                                    cache_setup, cache_teardown),
	    cmocka_unit_test_setup_teardown(test_cache_swap_refuses_a_page_that_was_dropped_or_replaced,
	                                    cache_setup, cache_teardown),
	};
	if (!random_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
