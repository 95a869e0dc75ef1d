#include "cache/cache_private.h"

#include <stdlib.h>

/* A value is whole: uses × microseconds × this ÷ bytes. */
#define VALUE_SCALE UINT64_C(1024)
/* Past these, more makes no difference; their product with the scale stays below 2^64. */
#define CREDIT_MAX (UINT64_C(1) << 20)
#define COST_MAX_US (UINT64_C(1) << 26)
#define ROOM_MIN 64

void value_heap_done(struct value_heap *heap)
{
	free(heap->entries);
}

/* A page that was swapped in may have missed a few. */
static uint64_t uses_since(const struct entry *entry)
{
	uint64_t uses = page_uses(entry->page);
	return uses > entry->uses_valued ? uses - entry->uses_valued : 0;
}

uint64_t entry_credit(const struct entry *entry)
{
	uint64_t credit = entry->credit / 2 + uses_since(entry);
	return credit < CREDIT_MAX ? credit : CREDIT_MAX;
}

static void entry_value(const struct value_heap *heap, struct entry *entry)
{
	struct page *page = entry->page;
	uint64_t cost_us = page->cost_us < COST_MAX_US ? page->cost_us : COST_MAX_US;
	/* Having been asked for once counts as one, and no making is for nothing. */
	uint64_t saved = (entry->credit + 1) * (cost_us + 1) * VALUE_SCALE;
	entry->value = heap->floor + saved / page_counted(page)->size_bytes;
}

static bool is_less(const struct entry *a, const struct entry *b)
{
	return a->value != b->value ? a->value < b->value : a->number < b->number;
}

static void place(struct value_heap *heap, size_t at, struct entry *entry)
{
	heap->entries[at] = entry;
	entry->heap_place = at;
}

/* Moves the entry to where it belongs, up or down. */
static void settle(struct value_heap *heap, struct entry *entry)
{
	size_t at = entry->heap_place;
	while (at > 0 && is_less(entry, heap->entries[(at - 1) / 2])) {
		place(heap, at, heap->entries[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (size_t child; (child = 2 * at + 1) < heap->count; at = child) {
		if (child + 1 < heap->count && is_less(heap->entries[child + 1], heap->entries[child]))
			child++;
		if (!is_less(heap->entries[child], entry))
			break;
		place(heap, at, heap->entries[child]);
	}
	place(heap, at, entry);
}

bool value_heap_reserve(struct value_heap *heap)
{
	if (heap->count < heap->room)
		return true;
	size_t room = heap->room == 0 ? ROOM_MIN : 2 * heap->room;
	struct entry **entries = realloc(heap->entries, room * sizeof(struct entry *));
	if (entries == NULL)
		return false;
	heap->entries = entries;
	heap->room = room;
	return true;
}

void value_heap_add(struct value_heap *heap, struct entry *entry)
{
	CHECK(heap->count < heap->room);
	entry->number = heap->numbers++;
	entry_value(heap, entry);
	place(heap, heap->count++, entry);
	settle(heap, entry);
}

void value_heap_remove(struct value_heap *heap, struct entry *entry)
{
	struct entry *last = heap->entries[--heap->count];
	if (last == entry)
		return;
	place(heap, entry->heap_place, last);
	settle(heap, last);
}

struct entry *value_heap_take_least(struct value_heap *heap)
{
	while (heap->count > 0) {
		struct entry *entry = heap->entries[0];
		if (uses_since(entry) == 0) {
			heap->floor = entry->value;
			value_heap_remove(heap, entry);
			return entry;
		}
		/* The floor rises with every one that is looked at: it was the least of all. */
		heap->floor = entry->value;
		entry->credit = entry_credit(entry);
		entry->uses_valued = page_uses(entry->page);
		entry_value(heap, entry);
		settle(heap, entry);
	}
	return NULL;
}
