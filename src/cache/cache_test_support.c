#include "cache/cache_test_support.h"

#include <stdio.h>

int cache_setup(void **state)
{
	struct cache *cache = NULL;
	if (cache_new(MEGABYTE, &cache) != OK)
		return -1;
	*state = cache;
	return 0;
}

int cache_teardown(void **state)
{
	cache_free(*state);
	return 0;
}

struct page *page_made(Str body, Time expires, const CacheTag *tags, size_t tag_count)
{
	struct page content = {.expires = expires, .tags = tags, .tag_count = tag_count};
	struct page *page = NULL;
	content.encodings[PAGE_IDENTITY].head = S("HTTP/1.1 200 OK\r\n");
	content.encodings[PAGE_IDENTITY].body = body;
	assert_int_equal(page_new(&content, &page), OK);
	return page;
}

bool put_begun(struct cache *cache, Str key, CacheTicket ticket, Str body, CacheTag tag)
{
	struct page *page = page_made(body, INT64_MAX, &tag, 1);
	bool taken = cache_put(cache, key, ticket, page);
	page_release(page);
	return taken;
}

bool put_now(struct cache *cache, Str key, Str body, CacheTag tag)
{
	return put_begun(cache, key, cache_render_begin(cache), body, tag);
}

void assert_found(struct cache *cache, Str key, Str body)
{
	struct page *page = cache_find(cache, key, NOW);
	assert_non_null(page);
	assert_true(str_equal(page->encodings[PAGE_IDENTITY].body, body));
	page_release(page);
}

void assert_absent(struct cache *cache, Str key)
{
	assert_null(cache_find(cache, key, NOW));
}

struct cache_counts counts_of(struct cache *cache)
{
	struct cache_counts counts;
	cache_count(cache, &counts);
	return counts;
}

Str numbered_key(char room[32], int number)
{
	return (Str){room, (size_t)snprintf(room, 32, "/story/%d", number)};
}
