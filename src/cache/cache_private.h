/* What page.c, cache.c and their tests share. */
#ifndef CACHE_CACHE_PRIVATE_H
#define CACHE_CACHE_PRIVATE_H

#include "cache/cache.h"

#include <stdatomic.h>

struct counted_page {
	struct page page; /* first: a struct page of ours is always this */
	_Atomic size_t holders;
	size_t size_bytes; /* with all that follows */
	CacheTag tags[];   /* then the text */
};

/* All that the page takes in memory. */
size_t page_size(struct page *page);

/* Raises a slot to the number of a drop. Two drops may come to it in the wrong order: it never
 * sinks, or a page made between the two would be current again. */
void slot_raise(_Atomic uint64_t *slot, uint64_t generation);

#endif
