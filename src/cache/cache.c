#include "cache/cache.h"

#include "base/random.h"
#include "cache/cache_private.h"

#include <pthread.h>
#include <stdlib.h>

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

/* Tags share a slot by chance: with 65,536 slots, rarely. */
#define SLOT_BITS 16
#define SLOTS (1U << SLOT_BITS)
#define SHARD_BITS 4
#define SHARDS (1U << SHARD_BITS)
/* One bucket for so many bytes of the ceiling: a compressed page takes about ten times that. */
#define BUCKET_FOR_BYTES 4096
#define BUCKETS_MIN 64U
#define BUCKETS_MAX (1U << 16)
#define CACHE_LINE_BYTES 64

struct entry {
	struct entry *next; /* in its bucket */
	struct entry *newer;
	struct entry *older;
	struct page *page;
	uint64_t hash;
	uint64_t generation; /* of the ticket */
	uint64_t used_at;    /* the cache's `puts` when it was last found */
	size_t size_bytes;   /* with the page */
	size_t key_length;
	char key[];
};

struct shard {
	_Alignas(CACHE_LINE_BYTES) pthread_mutex_t lock;
	/* All under lock. */
	struct entry **buckets;
	struct entry *newest;
	struct entry *oldest;
	uint64_t hits, misses, evicted;
	size_t pages;
};

struct cache {
	struct shard shards[SHARDS];
	size_t max_bytes;
	size_t bucket_mask;
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t generation;
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t puts; /* the clock of "least recently used" */
	_Atomic uint64_t refused;
	_Atomic size_t size_bytes;
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

/* --- A shard; all of these under its lock --- */

static struct shard *shard_of(struct cache *cache, uint64_t hash)
{
	return &cache->shards[hash >> (64 - SHARD_BITS)];
}

/* Where the pointer to the entry with this key is, or where one would be put. */
static struct entry **entry_place(const struct cache *cache, const struct shard *shard, Str key,
                                  uint64_t hash)
{
	struct entry **place = &shard->buckets[hash & cache->bucket_mask];
	while (*place != NULL &&
	       ((*place)->hash != hash || !str_equal((Str){(*place)->key, (*place)->key_length}, key)))
		place = &(*place)->next;
	return place;
}

static void use_list_leave(struct shard *shard, const struct entry *entry)
{
	*(entry->newer == NULL ? &shard->newest : &entry->newer->older) = entry->older;
	*(entry->older == NULL ? &shard->oldest : &entry->older->newer) = entry->newer;
}

static void use_list_join(struct shard *shard, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest == NULL ? &shard->oldest : &shard->newest->newer) = entry;
	shard->newest = entry;
}

/* Takes the entry at `place` out; the caller frees it, best without the lock. */
static struct entry *entry_take(struct cache *cache, struct shard *shard, struct entry **place)
{
	struct entry *entry = *place;
	*place = entry->next;
	use_list_leave(shard, entry);
	shard->pages--;
	atomic_fetch_sub(&cache->size_bytes, entry->size_bytes);
	return entry;
}

static void entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	page_release(entry->page);
	free(entry);
}

/* --- Lookup --- */

/* Between two puts nothing is evicted, so the order of use within that time does not matter, and a
 * hot page is moved once for all its readers. */
static void entry_use(struct cache *cache, struct shard *shard, struct entry *entry)
{
	uint64_t puts = atomic_load_explicit(&cache->puts, memory_order_relaxed);
	if (entry->used_at == puts)
		return;
	entry->used_at = puts;
	use_list_leave(shard, entry);
	use_list_join(shard, entry);
}

struct page *cache_find(struct cache *cache, Str key, Time now)
{
	uint64_t hash = hash_keyed(key);
	struct shard *shard = shard_of(cache, hash);
	struct page *found = NULL;
	struct entry *useless = NULL;
	pthread_mutex_lock(&shard->lock);
	struct entry **place = entry_place(cache, shard, key, hash);
	struct entry *entry = *place;
	if (entry == NULL) {
		shard->misses++;
	} else if (now >= entry->page->expires || !is_current(cache, entry->page, entry->generation)) {
		shard->misses++;
		useless = entry_take(cache, shard, place);
	} else {
		shard->hits++;
		entry_use(cache, shard, entry);
		found = page_keep(entry->page);
	}
	pthread_mutex_unlock(&shard->lock);
	entry_free(useless);
	return found;
}

/* --- Putting in and making room --- */

/* Takes out the page that was not used for the longest time; false when there is none. */
static bool evict_one(struct cache *cache)
{
	struct shard *idle = NULL;
	uint64_t idle_since = UINT64_MAX;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];
		pthread_mutex_lock(&shard->lock);
		if (shard->oldest != NULL && shard->oldest->used_at < idle_since) {
			idle = shard;
			idle_since = shard->oldest->used_at;
		}
		pthread_mutex_unlock(&shard->lock);
	}
	if (idle == NULL)
		return false;
	/* Meanwhile another thread may have used it or taken it: then the one after it goes, or the
	 * caller asks again. */
	struct entry *evicted = NULL;
	pthread_mutex_lock(&idle->lock);
	if (idle->oldest != NULL) {
		Str key = {idle->oldest->key, idle->oldest->key_length};
		evicted = entry_take(cache, idle, entry_place(cache, idle, key, idle->oldest->hash));
		idle->evicted++;
	}
	pthread_mutex_unlock(&idle->lock);
	entry_free(evicted);
	return true;
}

static struct entry *entry_new(struct cache *cache, Str key, CacheTicket ticket, struct page *page)
{
	size_t size_bytes = sizeof(struct entry) + key.length + page_size(page);
	struct entry *entry = size_bytes > cache->max_bytes ? NULL : malloc(sizeof *entry + key.length);
	if (entry == NULL)
		return NULL;
	*entry = (struct entry){
	    .page = page_keep(page),
	    .hash = hash_keyed(key),
	    .generation = ticket.generation,
	    .used_at = atomic_fetch_add(&cache->puts, 1) + 1,
	    .size_bytes = size_bytes,
	    .key_length = key.length,
	};
	if (key.length > 0)
		memcpy(entry->key, key.bytes, key.length);
	return entry;
}

bool cache_put(struct cache *cache, Str key, CacheTicket ticket, struct page *page)
{
	if (!is_current(cache, page, ticket.generation)) {
		atomic_fetch_add_explicit(&cache->refused, 1, memory_order_relaxed);
		return false;
	}
	struct entry *entry = entry_new(cache, key, ticket, page);
	if (entry == NULL)
		return true; /* too large to be kept, but as good as any */
	struct shard *shard = shard_of(cache, entry->hash);
	struct entry *replaced = NULL;
	pthread_mutex_lock(&shard->lock);
	struct entry **place = entry_place(cache, shard, key, entry->hash);
	if (*place != NULL)
		replaced = entry_take(cache, shard, place);
	/* The chain was not cut: `place` is still one of its ends or middles. */
	entry->next = *place;
	*place = entry;
	use_list_join(shard, entry);
	shard->pages++;
	atomic_fetch_add(&cache->size_bytes, entry->size_bytes);
	pthread_mutex_unlock(&shard->lock);
	entry_free(replaced);
	/* Every put that finds the ceiling passed makes room, so none is left behind by two at once. */
	while (atomic_load(&cache->size_bytes) > cache->max_bytes && evict_one(cache))
		;
	return true;
}

/* --- The whole --- */

static size_t bucket_count(size_t max_bytes)
{
	size_t wanted = max_bytes / BUCKET_FOR_BYTES / SHARDS;
	size_t count = BUCKETS_MIN;
	while (count < wanted && count < BUCKETS_MAX)
		count *= 2;
	return count;
}

static bool shard_init(struct shard *shard, size_t buckets)
{
	shard->buckets = calloc(buckets, sizeof(struct entry *));
	if (shard->buckets == NULL)
		return false;
	/* A lock is held for a hash lookup: waiting awake is cheaper than going to sleep. */
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	CHECK(pthread_mutex_init(&shard->lock, &attributes) == 0);
	pthread_mutexattr_destroy(&attributes);
	return true;
}

static void shard_done(struct shard *shard)
{
	struct entry *entry = shard->newest;
	while (entry != NULL) {
		struct entry *older = entry->older;
		entry_free(entry);
		entry = older;
	}
	free(shard->buckets);
	pthread_mutex_destroy(&shard->lock);
}

Err cache_new(size_t max_bytes, struct cache **out)
{
	struct cache *cache = aligned_alloc(CACHE_LINE_BYTES, sizeof *cache);
	if (cache == NULL)
		return fail(ERR_MEMORY, "there is no memory for the page cache");
	memset(cache, 0, sizeof *cache);
	cache->max_bytes = max_bytes;
	cache->bucket_mask = bucket_count(max_bytes) - 1;
	for (size_t i = 0; i < SHARDS; i++) {
		if (shard_init(&cache->shards[i], cache->bucket_mask + 1))
			continue;
		while (i-- > 0)
			shard_done(&cache->shards[i]);
		free(cache);
		return fail(ERR_MEMORY, "there is no memory for the page cache");
	}
	*out = cache;
	return OK;
}

void cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		shard_done(&cache->shards[i]);
	free(cache);
}

void cache_count(struct cache *cache, struct cache_counts *out)
{
	*out = (struct cache_counts){
	    .refused = atomic_load_explicit(&cache->refused, memory_order_relaxed),
	    .size_bytes = atomic_load(&cache->size_bytes),
	    .max_bytes = cache->max_bytes,
	};
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];
		pthread_mutex_lock(&shard->lock);
		out->hits += shard->hits;
		out->misses += shard->misses;
		out->evicted += shard->evicted;
		out->pages += shard->pages;
		pthread_mutex_unlock(&shard->lock);
	}
}
