#include "server/reads_private.h"

/* After Misra and Gries, "Finding repeated elements" (1982), in each set by itself: who finds no
 * place takes one request from the story that has the fewest, and its place once none is left. So
 * a count is never higher than the truth, and what a crawler reads once each does not push out what
 * many read. */

static int64_t load(const _Atomic int64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static void store(_Atomic int64_t *value, int64_t number)
{
	atomic_store_explicit(value, number, memory_order_relaxed);
}

static struct reads_span *span_at(struct reads *reads, int64_t now_ms)
{
	/* One more than the clock's, so that the first is not that of an empty table. */
	int64_t number = now_ms / READS_SPAN_MS + 1;
	struct reads_span *span = &reads->spans[number % (READS_SPANS + 1)];
	if (load(&span->number) == number)
		return span;
	for (size_t i = 0; i < READS_SETS; i++) {
		for (size_t j = 0; j < READS_WAYS; j++) {
			store(&span->ways[i][j].story, 0);
			store(&span->ways[i][j].requests, 0);
		}
	}
	store(&span->number, number);
	return span;
}

/* Neighbours in number are neighbours in time: they are to be spread over the sets. */
static size_t set_of(int64_t story)
{
	return (size_t)((uint64_t)story * UINT64_C(0x9e3779b97f4a7c15) >> 32) % READS_SETS;
}

void reads_count(struct reads *reads, int64_t story, int64_t now_ms)
{
	struct reads_span *span = span_at(reads, now_ms);
	size_t set = set_of(story);
	size_t smallest = 0;
	for (size_t i = 0; i < READS_WAYS; i++) {
		int64_t requests = load(&span->ways[set][i].requests);
		if (load(&span->ways[set][i].story) == story) {
			store(&span->ways[set][i].requests, requests + 1);
			return;
		}
		if (requests < load(&span->ways[set][smallest].requests))
			smallest = i;
	}
	int64_t left = load(&span->ways[set][smallest].requests) - 1;
	if (left <= 0) {
		store(&span->ways[set][smallest].story, story);
		left = 1;
	}
	store(&span->ways[set][smallest].requests, left);
}

size_t reads_list(const struct reads *reads, int64_t now_ms, struct story_reads *out)
{
	int64_t newest = now_ms / READS_SPAN_MS + 1;
	size_t count = 0;
	for (int64_t number = newest; number > newest - READS_SPANS && number > 0; number--) {
		const struct reads_span *span = &reads->spans[number % (READS_SPANS + 1)];
		if (load(&span->number) != number)
			continue;
		for (size_t i = 0; i < READS_SETS * READS_WAYS; i++) {
			int64_t story = load(&span->ways[i / READS_WAYS][i % READS_WAYS].story);
			int64_t requests = load(&span->ways[i / READS_WAYS][i % READS_WAYS].requests);
			if (story != 0)
				out[count++] = (struct story_reads){story, requests};
		}
	}
	return count;
}
