/* What page.c, cache.c, value_heap.c and their tests share. */
#ifndef CACHE_CACHE_PRIVATE_H
#define CACHE_CACHE_PRIVATE_H

#include "cache/cache.h"

#include <stdatomic.h>
#include <urcu/urcu-bp.h>

#include <urcu/rculfhash.h>

/* Where a cache's pages lie: whole pages of memory, each given back to the system when it is freed.
 * malloc could not do that: pages of all sizes, freed in no order, leave gaps that it keeps, and
 * after a sweep through an archive those were a fifth of the ceiling. */
#define SPACE_UNIT_BYTES ((size_t)4096)
struct page_space;
/* NULL when the system grants no such address space. */
struct page_space *page_space_open(size_t max_bytes);
/* All must have been given back. NULL is fine. */
void page_space_close(struct page_space *space);
/* Sizes are whole units. NULL when there is no gap. Any thread. */
void *page_space_take(struct page_space *space, size_t size_bytes);
void page_space_give(struct page_space *space, void *bytes, size_t size_bytes);

struct counted_page {
	struct page page;         /* first: a struct page of ours is always this */
	size_t size_bytes;        /* with all that follows, and in a space up to its last unit */
	struct page_space *space; /* NULL: malloc's */
	/* Where the page is counted from when it is put until its last holder lets go, and the hash of
	 * its key. Set before other threads see the page; NULL while it was never put. */
	_Atomic size_t *account;
	uint64_t key_hash;
	/* What a hit writes, side by side: one line of the processor's cache goes from core to core. */
	_Atomic size_t holders;
	_Atomic uint64_t uses;
	struct counted_page *next_swapped;
	CacheTag tags[]; /* then the text */
};

/* Every struct page outside page_new's argument is the first member of a counted one. */
static inline struct counted_page *page_counted(struct page *page)
{
	return (struct counted_page *)page;
}

/* page_new in a space; NULL: from malloc. */
MUST_CHECK Err page_new_in(struct page_space *space, const struct page *content, struct page **out);

/* Counts the page in `account` until it is freed. */
void page_count_in(struct page *page, _Atomic size_t *account, uint64_t key_hash);
/* Undoes that, for a page that no other thread has seen. */
void page_count_out(struct page *page);

/* Raises a slot to the number of a drop. Two drops may come to it in the wrong order: it never
 * sinks, or a page made between the two would be current again. */
void slot_raise(_Atomic uint64_t *slot, uint64_t generation);

/* A page's place in the table. Lookups read what is constant once the entry is in; the rest is
 * under the cache's lock. */
struct entry {
	struct cds_lfht_node node;
	_Atomic(struct page *) page; /* swapped for a better one at most */
	uint64_t hash;
	uint64_t generation; /* of the ticket */
	/* Under the cache's lock. */
	uint64_t value;       /* see value_heap */
	uint64_t number;      /* of two that are worth the same the older one goes first */
	uint64_t uses_valued; /* the page's uses when its value was last made */
	uint64_t credit;      /* uses of before, halved at each valuation */
	size_t heap_place;
	struct entry *next_leaving;
	/* Constant again. */
	size_t key_length;
	char key[];
};

/* The entries by what they are worth: the least one first. All under the cache's lock.
 *
 * A page is worth what it saves: its uses times what it costs to make, for each byte that it takes
 * (Cherkasov, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy",
 * 1998), on top of `floor`, the value of what went last. So what is not used sinks against what
 * comes in, however dear it was. Uses are only looked at when an entry has become the least one:
 * then it is valued anew, and goes if it was not used since it was valued last. */
struct value_heap {
	struct entry **entries;
	size_t count, room;
	uint64_t floor;
	uint64_t numbers;
};

void value_heap_done(struct value_heap *heap);
/* Room for one more; false when there is no memory. */
MUST_CHECK bool value_heap_reserve(struct value_heap *heap);
/* Into room that was reserved. */
void value_heap_add(struct value_heap *heap, struct entry *entry);
void value_heap_remove(struct value_heap *heap, struct entry *entry);
/* Takes out the entry that is worth least; NULL when there is none. */
struct entry *value_heap_take_least(struct value_heap *heap);
/* The uses that a page of the same key inherits. */
uint64_t entry_credit(const struct entry *entry);

#endif
