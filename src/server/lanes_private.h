/* Who waits for a worker, in lanes by what their requests cost, and whose turn it is. Each lane has
 * a share of the workers' time that the others can't take, and an end: by count, by age, and by
 * what one address has in it. Knows no thread and reads no clock; the caller holds a lock. */
#ifndef SERVER_LANES_PRIVATE_H
#define SERVER_LANES_PRIVATE_H

#include "server/workers.h"

struct waiting {
	struct net_exchange *exchange;
	int64_t since_us;
	uint64_t reader; /* 0: not counted */
};

struct lane {
	struct waiting *queue; /* a ring, in the order in which they came */
	size_t first, count, max;
	size_t running, running_max;
	int64_t empty_at_us;    /* when nobody waited, last */
	int64_t flood_until_us; /* at least */
	int64_t taken_at_us;    /* when somebody was taken in hand, last, or the first came */
	int64_t pace_us;        /* from one to the next, while somebody waits: a running mean */
	int64_t used; /* of the workers' time on processors, by its share: the lowest is next */
	int64_t admitted, refused[REFUSED_REASONS];
	struct histogram waits; /* of those that were taken in hand */
};

#define LANE_READERS ((size_t)8192) /* a power of two */
#define STRAIN_MAX 3                /* staff alone is let in */

struct lanes {
	struct lane of[WORK_KINDS];
	size_t count;
	/* How many wait for one reader: by a part of their hash, so that strangers may be counted
	 * together, never memory grow. */
	uint16_t by_reader[LANE_READERS];
	/* How many kinds are refused because reactors come too late, the last first. */
	size_t strain;
	int64_t strain_at_us;
};

/* `queue_max` is of each lane. */
MUST_CHECK Err lanes_init(struct lanes *lanes, size_t workers, size_t queue_max);
void lanes_done(struct lanes *lanes);

/* False when it must be refused, which is counted. */
MUST_CHECK bool lanes_add(struct lanes *lanes, const struct work *work, int64_t now_us);
/* Whoever has waited longer than anybody may: to be refused. False: there is nobody. */
MUST_CHECK bool lanes_take_late(struct lanes *lanes, int64_t now_us, struct waiting *out);
/* Whose turn it is; false when nobody waits, or those that do have as many workers as they may. */
MUST_CHECK bool lanes_take(struct lanes *lanes, int64_t now_us, struct waiting *out,
                           enum work_kind *kind);
/* What was taken is answered, and took so much of a processor. */
void lanes_ended(struct lanes *lanes, enum work_kind kind, int64_t took_us);
/* Whoever waits, at an end that does not wait for them. */
MUST_CHECK bool lanes_take_any(struct lanes *lanes, struct waiting *out);

#endif
