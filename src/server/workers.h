/* Threads that run handlers as plain blocking code, behind a queue with an end. A part of the queue
 * is kept for what is written: readers who wait can't turn away a reply. */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include "net/net.h"

/* Each answers the exchange. `answer` takes the time that it takes, `refuse` does no work. */
struct workers_handler {
	void (*answer)(struct net_exchange *exchange, void *context);
	void (*refuse)(struct net_exchange *exchange, void *context);
	void *context;
};

enum work { WORK_READ, WORK_WRITE, WORK_KINDS };

struct workers;
/* Of a struct workers; any thread. */
extern const struct metric_table workers_metrics;
MUST_CHECK Err workers_start(const struct workers_handler *handler, size_t threads,
                             size_t queue_max, struct workers **out);
/* False when the queue is full, or for WORK_READ when reads fill three quarters of it; the exchange
 * is then still the caller's. Any thread. */
bool workers_take(struct workers *workers, struct net_exchange *exchange, enum work work);
/* Answers what is queued until `deadline` (monotonic_ms), refuses the rest, and ends the threads
 * when what they have in hand is answered. Nothing may be handed in any more. NULL is fine. */
void workers_stop(struct workers *workers, int64_t deadline);

#endif
