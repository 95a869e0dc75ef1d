/* Finished pages, the same for every reader. A page carries the tags of what it was made from;
 * dropping a tag makes every page that carries it unfindable in that instant, and a page whose
 * making began before the drop can't come in afterwards. Never holds anything personal. */
#ifndef CACHE_CACHE_H
#define CACHE_CACHE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/metrics.h"

/* What a page was made from: a kind of thing and which one. Two tags may share a generation by
 * chance; that costs a needless render, never an old page. */
typedef struct {
	uint64_t hash;
} CacheTag;
CacheTag cache_tag(Str kind, int64_t id); /* ("story", 42), ("site", 0) */

enum page_encoding { PAGE_IDENTITY, PAGE_GZIP, PAGE_BROTLI, PAGE_ENCODINGS };

/* One finished page: immutable, counted. `head` is the header block up to and without Date and the
 * empty line; an encoding that is not there has an empty head. */
struct page {
	struct {
		Str head;
		Str body;
	} encodings[PAGE_ENCODINGS];
	Str head_not_modified; /* the 304's header block */
	Str etag;              /* without an encoding's suffix, with its quotes */
	Time modified;    /* when it was made, for who asks by date; 0: it is known by ETag alone */
	Time expires;     /* INT64_MAX unless time alone makes it old */
	uint32_t cost_us; /* what it took to make it: the dearer a page, the longer it is kept */
	bool is_quick;    /* its bodies could be smaller: see cache_swap */
	const CacheTag *tags;
	size_t tag_count;
	int64_t subject; /* the story that it shows, for who counts its readers; 0: none */
};

/* What page_new copies; the page owns its copies. A page that is to be put is made by
 * cache_page_new, which takes its memory from where the cache can give it back. */
MUST_CHECK Err page_new(const struct page *content, struct page **out);
struct page *page_keep(struct page *page);
void page_release(struct page *page);
/* How often it was found since it was put. Roughly: of two at once one may be lost. */
uint64_t page_uses(struct page *page);

struct cache;
/* `max_bytes` bounds what the pages take, each counted with all that belongs to it until its last
 * holder lets go. When room is wanted, old pages go first, then those that save least: that were
 * asked for seldom, cost little to make, and are large. */
MUST_CHECK Err cache_new(size_t max_bytes, struct cache **out);
/* Every page that was made for it or put must have been released by its holders. */
void cache_free(struct cache *cache);
MUST_CHECK Err cache_page_new(struct cache *cache, const struct page *content, struct page **out);

/* The page if it may be served at `now`, kept for the caller, who releases it; else NULL. Any
 * thread; takes no lock and waits for nobody. */
struct page *cache_find(struct cache *cache, Str key, Time now);

/* The same for when no better one can be made: also a page that has grown old by time alone, for so
 * long at most. Never one of which a tag was dropped. Counts as neither hit nor miss. */
struct page *cache_find_old(struct cache *cache, Str key, Time now, Time old_max_ms);

/* Call before opening the snapshot that a page is made from. */
typedef struct {
	uint64_t generation;
} CacheTicket;
CacheTicket cache_render_begin(const struct cache *cache);
/* Puts the page in, in the place of one with the same key, unless one of its tags was dropped since
 * the ticket was drawn: then false, and the page is only good for a request that came in before
 * its snapshot was opened. The cache keeps the page for itself; the caller still holds it. True
 * also when the page is larger than the whole ceiling or memory is short: then it is good but not
 * kept. A page is put once. Where several requests wait for one making, nobody may join them once
 * this has been called.
 */
bool cache_put(struct cache *cache, Str key, CacheTicket ticket, struct page *page);

/* From when this returns, no page with one of these tags is found that was begun before it. To be
 * called after what changed was committed. The memory of such a page is given back when its key is
 * put again or room is wanted. */
void cache_drop(struct cache *cache, const CacheTag *tags, size_t count);

/* Whether this very page may still be served. As cache_find, it waits for nobody. */
bool cache_has(struct cache *cache, struct page *page);
/* Puts `better`, which says the same in fewer bytes, in the place of `page`; false when that is no
 * longer there or was dropped, or there is no room for both. The cache keeps `better` for itself;
 * the caller still holds both. Takes no lock: a thread of low priority keeps nobody waiting. */
bool cache_swap(struct cache *cache, struct page *page, struct page *better);

struct cache_counts {
	uint64_t hits, misses, refused, evicted;
	size_t pages, size_bytes, max_bytes;
};
void cache_count(struct cache *cache, struct cache_counts *out);
/* The same for those who watch. Of a struct cache; any thread. */
extern const struct metric_table cache_metrics;

#endif
