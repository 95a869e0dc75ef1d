#include "net/timers_private.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64

void timers_done(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}

static void put(struct timers *timers, size_t index, struct timer *timer)
{
	timers->heap[index] = timer;
	timer->index = index;
}

static void sift_up(struct timers *timers, struct timer *timer)
{
	size_t index = timer->index;
	while (index > 0) {
		size_t parent = (index - 1) / 2;
		if (timers->heap[parent]->look_at <= timer->look_at)
			break;
		put(timers, index, timers->heap[parent]);
		index = parent;
	}
	put(timers, index, timer);
}

static void sift_down(struct timers *timers, struct timer *timer)
{
	size_t index = timer->index;
	for (;;) {
		size_t child = index * 2 + 1;
		if (child >= timers->count)
			break;
		if (child + 1 < timers->count &&
		    timers->heap[child + 1]->look_at < timers->heap[child]->look_at)
			child++;
		if (timer->look_at <= timers->heap[child]->look_at)
			break;
		put(timers, index, timers->heap[child]);
		index = child;
	}
	put(timers, index, timer);
}

bool timers_add(struct timers *timers, struct timer *timer)
{
	if (timers->count == timers->capacity) {
		size_t capacity = timers->capacity == 0 ? FIRST_CAPACITY : timers->capacity * 2;
		struct timer **heap = reallocarray(timers->heap, capacity, sizeof(struct timer *));
		if (heap == NULL)
			return false;
		timers->heap = heap;
		timers->capacity = capacity;
	}
	timer->deadline = TIMER_NEVER;
	timer->look_at = TIMER_NEVER;
	put(timers, timers->count++, timer);
	return true;
}

void timers_remove(struct timers *timers, struct timer *timer)
{
	struct timer *last = timers->heap[--timers->count];
	if (last == timer)
		return;
	put(timers, timer->index, last);
	sift_up(timers, last);
	sift_down(timers, last);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t deadline)
{
	timer->deadline = deadline;
	if (deadline < timer->look_at) {
		timer->look_at = deadline;
		sift_up(timers, timer);
	}
}

void timers_set_off(struct timers *timers)
{
	for (size_t i = 0; i < timers->count; i++) {
		timers->heap[i]->deadline = 0;
		timers->heap[i]->look_at = 0;
	}
}

struct timer *timers_due(struct timers *timers, int64_t now)
{
	while (timers->count > 0 && timers->heap[0]->look_at <= now) {
		struct timer *timer = timers->heap[0];
		if (timer->deadline <= now)
			return timer;
		timer->look_at = timer->deadline;
		sift_down(timers, timer);
	}
	return NULL;
}

int64_t timers_next(const struct timers *timers)
{
	return timers->count == 0 ? TIMER_NEVER : timers->heap[0]->look_at;
}
