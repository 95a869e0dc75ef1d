/* What the tests of this room share. */
#ifndef CACHE_CACHE_TEST_SUPPORT_H
#define CACHE_CACHE_TEST_SUPPORT_H

#include "base/random.h"
#include "base/test.h"
#include "cache/cache_private.h"

#define NOW ((Time)1627040340000)
#define MEGABYTE ((size_t)1024 * 1024)

/* A cache of a megabyte as the state of a test. */
int cache_setup(void **state);
int cache_teardown(void **state);

struct page *page_made(Str body, Time expires, const CacheTag *tags, size_t tag_count);
/* Puts a page in that was begun with this ticket; says whether it was taken. */
bool put_begun(struct cache *cache, Str key, CacheTicket ticket, Str body, CacheTag tag);
bool put_now(struct cache *cache, Str key, Str body, CacheTag tag);
void assert_found(struct cache *cache, Str key, Str body);
void assert_absent(struct cache *cache, Str key);
struct cache_counts counts_of(struct cache *cache);
Str numbered_key(char room[32], int number);

#endif
