/* One deadline a connection. Moving a deadline later, as every request does, costs a store: the
 * heap is put right when the earlier time comes. */
#ifndef NET_TIMERS_PRIVATE_H
#define NET_TIMERS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER INT64_MAX

struct timer {
	int64_t deadline;
	int64_t look_at; /* at or before the deadline; what the heap is ordered by */
	size_t index;    /* in the heap */
};

struct timers {
	struct timer **heap;
	size_t count;
	size_t capacity;
};

void timers_done(struct timers *timers);
/* False when there is no memory. It begins with no deadline. */
bool timers_add(struct timers *timers, struct timer *timer);
void timers_remove(struct timers *timers, struct timer *timer);
void timers_set(struct timers *timers, struct timer *timer, int64_t deadline);
/* All are due at once. */
void timers_set_off(struct timers *timers);
/* One whose deadline is there, or NULL. The caller sets it anew or removes it. */
struct timer *timers_due(struct timers *timers, int64_t now);
/* When timers_due is to be asked again. */
int64_t timers_next(const struct timers *timers);

#endif
