#include "cache/cache.h"

#include "base/random.h"
#include "cache/cache_private.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* How a drop is seen at once.
 *
 * `generation` counts drops. A drop takes the next number and raises the slots of its tags to it;
 * a page carries the number that was current when its making began. A page is current while no
 * slot of its tags is above its number. That is asked at every lookup, so a drop needs to know
 * neither pages nor keys, and there is no moment at which it is half done for one page.
 *
 * All reads and writes of `generation` and `slots` are sequentially consistent (on x86-64 a read
 * costs nothing more). Three things follow from their single order:
 *  1. A lookup that begins after cache_drop returned reads the slots after they were raised, and a
 *     slot never sinks: it sees every older page as old.
 *  2. A ticket that already counts a drop was drawn after the drop took its number, thus after what
 *     the drop stands for was committed: a snapshot opened after the ticket sees it. So an equal
 *     number is current.
 *  3. A ticket that does not count a drop stays below its number, whenever the page is put in: the
 *     page is refused, or put in between and then found old at every lookup. */

/* How a lookup needs no lock.
 *
 * The table is liburcu's, of a fixed size. A lookup runs between read_begin and read_end, writes to
 * nothing that is shared but the page's own counters, and waits for nobody. What changes the table
 * holds `lock`. An entry that was taken out is set aside, and freed only after all lookups that may
 * have met it have ended (a grace period): one wait for many entries, without the lock. The entry's
 * hold on its page lasts as long, so a lookup that found the entry can keep the page. */

/* Tags share a slot by chance: with 65,536 slots, rarely. */
#define SLOT_BITS 16
#define SLOTS (1U << SLOT_BITS)
/* One bucket for so many bytes of the ceiling: about what a page takes with its three bodies. */
#define BUCKET_FOR_BYTES 32768
#define BUCKETS_MIN 64U
#define BUCKETS_MAX (1U << 18)
#define CACHE_LINE_BYTES 64
/* Room is made, and what was set aside freed, in steps of this part of the ceiling. */
#define STEP_DIVISOR 64
/* Entries that a put looks at for old ones when room is wanted, before it takes a good one. */
#define SWEEP_ENTRIES 32
/* Readers on different cores count in different lines. */
#define COUNT_STRIPES 16
/* What malloc adds to each of an entry's two pieces, and its place in the heap. */
#define ENTRY_EXTRA_BYTES (2 * (size_t)16 + sizeof(struct entry *))

struct counts_stripe {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t hits;
	_Atomic uint64_t misses;
};

struct cache {
	struct cds_lfht *table; /* of struct entry; changed under `lock` */
	size_t max_bytes;
	struct page_space *space; /* NULL: the system grants none, and pages are malloc's */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t generation;
	/* Of entries and pages, until they are freed: also those that left and are still being sent. */
	_Alignas(CACHE_LINE_BYTES) _Atomic size_t size_bytes;
	struct counts_stripe stripes[COUNT_STRIPES];
	_Atomic uint64_t refused;
	_Alignas(CACHE_LINE_BYTES) pthread_mutex_t lock;
	/* Under lock. */
	struct value_heap heap;
	size_t sweep_at; /* in the heap's array */
	struct entry *leaving;
	size_t leaving_bytes; /* of those that left and may not be freed yet, also by another thread */
	size_t aside_bytes;   /* of those that `leaving` leads to */
	uint64_t evicted;
	/* Pages that were swapped for better ones: any thread adds, who waits for a grace period takes
	 * all. */
	_Atomic(struct counted_page *) swapped;
	_Atomic size_t swapped_bytes;
	char grace; /* stands for the grace periods, see read_end */
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t slots[SLOTS];
};

CacheTag cache_tag(Str kind, int64_t id)
{
	/* FNV-1a over the kind, then the mixing of SplitMix64: the ids of one kind are neighbours, and
	 * no visitor chooses them. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < kind.length; i++)
		hash = (hash ^ (unsigned char)kind.bytes[i]) * UINT64_C(0x100000001b3);
	hash += (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return (CacheTag){hash ^ hash >> 31};
}

static size_t slot_of(CacheTag tag)
{
	return tag.hash >> (64 - SLOT_BITS);
}

static bool is_current(const struct cache *cache, const struct page *page, uint64_t generation)
{
	for (size_t i = 0; i < page->tag_count; i++)
		if (atomic_load(&cache->slots[slot_of(page->tags[i])]) > generation)
			return false;
	return true;
}

CacheTicket cache_render_begin(const struct cache *cache)
{
	return (CacheTicket){atomic_load(&cache->generation)};
}

void slot_raise(_Atomic uint64_t *slot, uint64_t generation)
{
	uint64_t seen = atomic_load(slot);
	while (seen < generation && !atomic_compare_exchange_weak(slot, &seen, generation))
		;
}

void cache_drop(struct cache *cache, const CacheTag *tags, size_t count)
{
	uint64_t generation = atomic_fetch_add(&cache->generation, 1) + 1;
	for (size_t i = 0; i < count; i++)
		slot_raise(&cache->slots[slot_of(tags[i])], generation);
}

/* --- Lookups and grace periods --- */

/* What liburcu orders, said to ThreadSanitizer, which can't see into the library: an entry is
 * filled before it is found, and all lookups that a grace period waits for have ended before it
 * has. */
static void order_release(void *what)
{
#ifdef __SANITIZE_THREAD__
	__tsan_release(what);
#else
	(void)what;
#endif
}

static void order_acquire(void *what)
{
#ifdef __SANITIZE_THREAD__
	__tsan_acquire(what);
#else
	(void)what;
#endif
}

static void read_begin(void)
{
	urcu_bp_read_lock();
}

static void read_end(struct cache *cache)
{
	order_release(&cache->grace);
	urcu_bp_read_unlock();
}

static struct entry *entry_of(struct cds_lfht_node *node)
{
	return (struct entry *)node; /* its first member */
}

struct wanted {
	uint64_t hash;
	Str key;
};

static int is_wanted(struct cds_lfht_node *node, const void *context)
{
	const struct wanted *wanted = context;
	struct entry *entry = entry_of(node);
	order_acquire(entry);
	return entry->hash == wanted->hash &&
	       str_equal((Str){entry->key, entry->key_length}, wanted->key);
}

static struct counts_stripe *stripe_here(struct cache *cache)
{
	return &cache->stripes[(unsigned)sched_getcpu() % COUNT_STRIPES];
}

static void count_up(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Kept for the caller; NULL when there is none that is good at `now`. */
static struct page *page_at(struct cache *cache, Str key, Time now)
{
	struct wanted wanted = {hash_keyed(key), key};
	struct cds_lfht_iter at;
	struct page *found = NULL;
	read_begin();
	cds_lfht_lookup(cache->table, wanted.hash, is_wanted, &wanted, &at);
	struct cds_lfht_node *node = cds_lfht_iter_get_node(&at);
	if (node != NULL) {
		struct entry *entry = entry_of(node);
		struct page *page = atomic_load_explicit(&entry->page, memory_order_acquire);
		if (now < page->expires && is_current(cache, page, entry->generation))
			found = page_keep(page);
	}
	read_end(cache);
	return found;
}

struct page *cache_find_old(struct cache *cache, Str key, Time now, Time old_max_ms)
{
	return page_at(cache, key, now - old_max_ms);
}

struct page *cache_find(struct cache *cache, Str key, Time now)
{
	struct page *found = page_at(cache, key, now);
	if (found == NULL) {
		count_up(&stripe_here(cache)->misses);
		return NULL;
	}
	count_up(&stripe_here(cache)->hits);
	/* Not one step: of two uses at once one may be lost, and that is nothing. */
	_Atomic uint64_t *uses = &page_counted(found)->uses;
	atomic_store_explicit(uses, atomic_load_explicit(uses, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
	return found;
}

/* --- Entries --- */

static size_t entry_bytes(const struct entry *entry)
{
	return sizeof *entry + entry->key_length + ENTRY_EXTRA_BYTES;
}

/* What leaves with it, unless its page is still being sent. */
static size_t entry_bytes_all(const struct entry *entry)
{
	return entry_bytes(entry) + page_counted(entry->page)->size_bytes;
}

/* Counted, and holding its page; NULL when there is no memory. */
static struct entry *entry_new(struct cache *cache, Str key, uint64_t generation, struct page *page)
{
	struct entry *entry = malloc(sizeof *entry + key.length);
	if (entry == NULL)
		return NULL;
	*entry = (struct entry){
	    .page = page_keep(page),
	    .hash = hash_keyed(key),
	    .generation = generation,
	    .key_length = key.length,
	};
	if (key.length > 0)
		memcpy(entry->key, key.bytes, key.length);
	page_count_in(page, &cache->size_bytes, entry->hash);
	atomic_fetch_add(&cache->size_bytes, entry_bytes(entry));
	order_release(entry);
	return entry;
}

static void entry_free(struct cache *cache, struct entry *entry)
{
	atomic_fetch_sub(&cache->size_bytes, entry_bytes(entry));
	page_release(entry->page);
	free(entry);
}

/* Under the lock. Once it is out of the table. */
static void set_aside(struct cache *cache, struct entry *entry)
{
	size_t bytes = entry_bytes_all(entry);
	entry->next_leaving = cache->leaving;
	cache->leaving = entry;
	cache->leaving_bytes += bytes;
	cache->aside_bytes += bytes;
}

static void list_free(struct cache *cache, struct entry *entry)
{
	while (entry != NULL) {
		struct entry *next = entry->next_leaving;
		entry_free(cache, entry);
		entry = next;
	}
}

/* The entry's hold on the page goes over to the list. */
static void swapped_add(struct cache *cache, struct counted_page *page)
{
	atomic_fetch_add(&cache->swapped_bytes, page->size_bytes);
	page->next_swapped = atomic_load(&cache->swapped);
	while (!atomic_compare_exchange_weak(&cache->swapped, &page->next_swapped, page))
		;
}

static void swapped_free(struct cache *cache, struct counted_page *page)
{
	while (page != NULL) {
		struct counted_page *next = page->next_swapped;
		atomic_fetch_sub(&cache->swapped_bytes, page->size_bytes);
		page_release(&page->page);
		page = next;
	}
}

/* Whether enough was set aside to be worth the wait, or memory is wanted now. */
static bool is_time_to_free(const struct cache *cache)
{
	size_t aside = cache->aside_bytes + atomic_load(&cache->swapped_bytes);
	return aside > cache->max_bytes / STEP_DIVISOR ||
	       (aside > 0 && atomic_load(&cache->size_bytes) > cache->max_bytes);
}

/* Gives the lock back, and frees what was set aside if it is time. */
static void unlock_and_free(struct cache *cache)
{
	if (!is_time_to_free(cache)) {
		pthread_mutex_unlock(&cache->lock);
		return;
	}
	struct entry *leaving = cache->leaving;
	size_t bytes = cache->aside_bytes;
	cache->leaving = NULL;
	cache->aside_bytes = 0;
	pthread_mutex_unlock(&cache->lock);
	struct counted_page *swapped = atomic_exchange(&cache->swapped, NULL);
	urcu_bp_synchronize_rcu();
	order_acquire(&cache->grace);
	list_free(cache, leaving);
	swapped_free(cache, swapped);
	pthread_mutex_lock(&cache->lock);
	cache->leaving_bytes -= bytes;
	pthread_mutex_unlock(&cache->lock);
}

/* --- Putting in and making room; all of these under the lock --- */

/* Puts it into the table; gives back the one with the same key that was there, or NULL. */
static struct entry *table_put(struct cache *cache, struct entry *entry)
{
	struct wanted wanted = {entry->hash, {entry->key, entry->key_length}};
	read_begin();
	struct cds_lfht_node *replaced =
	    cds_lfht_add_replace(cache->table, entry->hash, is_wanted, &wanted, &entry->node);
	read_end(cache);
	return replaced == NULL ? NULL : entry_of(replaced);
}

/* In the place of one with the same key, whose standing it inherits. False when there is no memory.
 */
static bool entry_put(struct cache *cache, struct entry *entry)
{
	if (!value_heap_reserve(&cache->heap))
		return false;
	struct entry *old = table_put(cache, entry);
	if (old != NULL) {
		entry->credit = entry_credit(old);
		value_heap_remove(&cache->heap, old);
		set_aside(cache, old);
	}
	value_heap_add(&cache->heap, entry);
	return true;
}

static void entry_take_out(struct cache *cache, struct entry *entry)
{
	read_begin();
	CHECK(cds_lfht_del(cache->table, &entry->node) == 0);
	read_end(cache);
	set_aside(cache, entry);
	cache->evicted++;
}

/* Old pages go before good ones. They need not be searched for: each put looks at a few. */
static void sweep(struct cache *cache)
{
	for (int i = 0; i < SWEEP_ENTRIES && cache->heap.count > 0; i++) {
		if (cache->sweep_at >= cache->heap.count)
			cache->sweep_at = 0;
		struct entry *entry = cache->heap.entries[cache->sweep_at];
		if (is_current(cache, entry->page, entry->generation)) {
			cache->sweep_at++;
			continue;
		}
		value_heap_remove(&cache->heap, entry);
		entry_take_out(cache, entry);
	}
}

/* What has left already counts as gone: it is about to be. */
static bool is_above(const struct cache *cache, size_t bytes)
{
	return atomic_load(&cache->size_bytes) >
	       bytes + cache->leaving_bytes + atomic_load(&cache->swapped_bytes);
}

static void make_room(struct cache *cache)
{
	if (!is_above(cache, cache->max_bytes))
		return;
	size_t wanted = cache->max_bytes - cache->max_bytes / STEP_DIVISOR;
	sweep(cache);
	while (is_above(cache, wanted)) {
		struct entry *entry = value_heap_take_least(&cache->heap);
		if (entry == NULL)
			return;
		entry_take_out(cache, entry);
	}
}

bool cache_put(struct cache *cache, Str key, CacheTicket ticket, struct page *page)
{
	if (!is_current(cache, page, ticket.generation)) {
		count_up(&cache->refused);
		return false;
	}
	size_t size_bytes =
	    sizeof(struct entry) + key.length + ENTRY_EXTRA_BYTES + page_counted(page)->size_bytes;
	if (size_bytes > cache->max_bytes)
		return true; /* too large to be kept, but as good as any */
	struct entry *entry = entry_new(cache, key, ticket.generation, page);
	if (entry == NULL)
		return true;
	pthread_mutex_lock(&cache->lock);
	/* The lock alone would not do: pages of entries that are looked at may be swapped meanwhile,
	 * and who frees them waits for readers. */
	read_begin();
	bool is_in = entry_put(cache, entry);
	make_room(cache);
	read_end(cache);
	unlock_and_free(cache);
	if (!is_in)
		entry_free(cache, entry);
	return true;
}

/* --- Pages that could be smaller --- */

static int has_page(struct cds_lfht_node *node, const void *page)
{
	struct entry *entry = entry_of(node);
	order_acquire(entry);
	return atomic_load(&entry->page) == page;
}

/* The entry that has this very page; NULL when it is gone or old. Between read_begin and read_end.
 */
static struct entry *entry_with(struct cache *cache, struct page *page)
{
	struct cds_lfht_iter at;
	cds_lfht_lookup(cache->table, page_counted(page)->key_hash, has_page, page, &at);
	struct cds_lfht_node *node = cds_lfht_iter_get_node(&at);
	if (node == NULL || !is_current(cache, page, entry_of(node)->generation))
		return NULL;
	return entry_of(node);
}

bool cache_has(struct cache *cache, struct page *page)
{
	read_begin();
	bool has = entry_with(cache, page) != NULL;
	read_end(cache);
	return has;
}

bool cache_swap(struct cache *cache, struct page *page, struct page *better)
{
	struct counted_page *counted = page_counted(better);
	if (atomic_load(&cache->size_bytes) + counted->size_bytes > cache->max_bytes)
		return false;
	page_count_in(better, &cache->size_bytes, page_counted(page)->key_hash);
	atomic_store_explicit(&counted->uses, page_uses(page), memory_order_relaxed);
	page_keep(better);
	struct page *expected = page;
	read_begin();
	struct entry *entry = entry_with(cache, page);
	bool is_swapped =
	    entry != NULL && atomic_compare_exchange_strong(&entry->page, &expected, better);
	read_end(cache);
	if (is_swapped) {
		swapped_add(cache, page_counted(page));
		return true;
	}
	page_count_out(better);
	page_release(better);
	return false;
}

/* --- The whole --- */

static size_t bucket_count(size_t max_bytes)
{
	size_t wanted = max_bytes / BUCKET_FOR_BYTES;
	size_t count = BUCKETS_MIN;
	while (count < wanted && count < BUCKETS_MAX)
		count *= 2;
	return count;
}

Err cache_new(size_t max_bytes, struct cache **out)
{
	size_t buckets = bucket_count(max_bytes);
	struct cache *cache = aligned_alloc(CACHE_LINE_BYTES, sizeof *cache);
	struct cds_lfht *table =
	    cache == NULL ? NULL
	                  : cds_lfht_new_flavor(buckets, buckets, buckets, 0, &urcu_bp_flavor, NULL);
	if (table == NULL) {
		free(cache);
		return fail(ERR_MEMORY, "there is no memory for the page cache");
	}
	memset(cache, 0, sizeof *cache);
	cache->max_bytes = max_bytes;
	cache->table = table;
	cache->space = page_space_open(max_bytes);
	CHECK(pthread_mutex_init(&cache->lock, NULL) == 0);
	*out = cache;
	return OK;
}

Err cache_page_new(struct cache *cache, const struct page *content, struct page **out)
{
	return page_new_in(cache->space, content, out);
}

void cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->heap.count; i++)
		entry_take_out(cache, cache->heap.entries[i]);
	list_free(cache, cache->leaving);
	swapped_free(cache, cache->swapped);
	CHECK(cds_lfht_destroy(cache->table, NULL) == 0);
	value_heap_done(&cache->heap);
	page_space_close(cache->space);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

void cache_count(struct cache *cache, struct cache_counts *out)
{
	*out = (struct cache_counts){
	    .refused = atomic_load_explicit(&cache->refused, memory_order_relaxed),
	    .size_bytes = atomic_load(&cache->size_bytes),
	    .max_bytes = cache->max_bytes,
	};
	for (size_t i = 0; i < COUNT_STRIPES; i++) {
		out->hits += atomic_load_explicit(&cache->stripes[i].hits, memory_order_relaxed);
		out->misses += atomic_load_explicit(&cache->stripes[i].misses, memory_order_relaxed);
	}
	pthread_mutex_lock(&cache->lock);
	out->evicted = cache->evicted;
	out->pages = cache->heap.count;
	pthread_mutex_unlock(&cache->lock);
}
