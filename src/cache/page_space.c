#include "cache/cache_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#endif

/* So much more address space than memory: a gap of the right size is soon found. */
#define SPACE_FACTOR 4
#define UNITS_WORD 64

struct page_space {
	char *base;
	size_t units;
	pthread_mutex_t lock;
	/* Under lock: a bit for each unit, and where the last search ended. */
	uint64_t *taken;
	size_t at;
};

struct page_space *page_space_open(size_t max_bytes)
{
	size_t words = max_bytes / SPACE_UNIT_BYTES / UNITS_WORD + 1;
	size_t size_bytes = words * SPACE_FACTOR * UNITS_WORD * SPACE_UNIT_BYTES;
	struct page_space *space = calloc(1, sizeof *space);
	uint64_t *taken = calloc(words * SPACE_FACTOR, sizeof *taken);
	char *base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (space == NULL || taken == NULL || base == MAP_FAILED) {
		if (base != MAP_FAILED)
			munmap(base, size_bytes);
		free(taken);
		free(space);
		return NULL;
	}
	/* A huge page would be there as a whole for the first of the pages in it. */
	(void)madvise(base, size_bytes, MADV_NOHUGEPAGE);
	ASAN_POISON_MEMORY_REGION(base, size_bytes);
	space->base = base;
	space->units = size_bytes / SPACE_UNIT_BYTES;
	space->taken = taken;
	pthread_mutex_init(&space->lock, NULL);
	return space;
}

void page_space_close(struct page_space *space)
{
	if (space == NULL)
		return;
	ASAN_UNPOISON_MEMORY_REGION(space->base, space->units * SPACE_UNIT_BYTES);
	munmap(space->base, space->units * SPACE_UNIT_BYTES);
	pthread_mutex_destroy(&space->lock);
	free(space->taken);
	free(space);
}

static bool is_taken(const struct page_space *space, size_t unit)
{
	return (space->taken[unit / UNITS_WORD] >> unit % UNITS_WORD & 1) != 0;
}

static void mark(struct page_space *space, size_t first, size_t count, bool taken)
{
	for (size_t unit = first; unit < first + count; unit++) {
		uint64_t bit = UINT64_C(1) << unit % UNITS_WORD;
		if (taken)
			space->taken[unit / UNITS_WORD] |= bit;
		else
			space->taken[unit / UNITS_WORD] &= ~bit;
	}
}

/* The first gap of `count` units from where the last search ended, once around; `units` when there
 * is none. */
static size_t gap_find(const struct page_space *space, size_t count)
{
	size_t run = 0;
	for (size_t step = 0, unit = space->at; step < space->units + count; step++, unit++) {
		if (unit == space->units) {
			unit = 0;
			run = 0;
		}
		run = is_taken(space, unit) ? 0 : run + 1;
		if (run == count)
			return unit + 1 - count;
	}
	return space->units;
}

void *page_space_take(struct page_space *space, size_t size_bytes)
{
	size_t count = size_bytes / SPACE_UNIT_BYTES;
	pthread_mutex_lock(&space->lock);
	size_t first = gap_find(space, count);
	if (first < space->units) {
		mark(space, first, count, true);
		space->at = first + count == space->units ? 0 : first + count;
	}
	pthread_mutex_unlock(&space->lock);
	if (first == space->units)
		return NULL;
	char *bytes = space->base + first * SPACE_UNIT_BYTES;
	ASAN_UNPOISON_MEMORY_REGION(bytes, size_bytes);
	return bytes;
}

void page_space_give(struct page_space *space, void *bytes, size_t size_bytes)
{
	/* The memory is the system's again before another page can be put there. */
	ASAN_POISON_MEMORY_REGION(bytes, size_bytes);
	(void)madvise(bytes, size_bytes, MADV_DONTNEED);
	size_t first = (size_t)((char *)bytes - space->base) / SPACE_UNIT_BYTES;
	pthread_mutex_lock(&space->lock);
	mark(space, first, size_bytes / SPACE_UNIT_BYTES, false);
	pthread_mutex_unlock(&space->lock);
}
