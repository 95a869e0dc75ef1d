/* Threads that run handlers as plain blocking code, behind lanes with an end: one kind of work
 * can't use up what is there for another, and what waits too long to be worth anything is refused
 * while that is still cheap. What is in memory never comes here. */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include "net/net.h"

/* Each answers the exchange. `answer` takes the time that it takes, `refuse` does no work. */
struct workers_handler {
	void (*answer)(struct net_exchange *exchange, void *context);
	void (*refuse)(struct net_exchange *exchange, void *context);
	void *context;
};

/* In the order in which they are kept: the last is refused first, staff never but when its lane is
 * full. */
enum work_kind { WORK_STAFF, WORK_PAGE, WORK_WRITE, WORK_SEARCH, WORK_KINDS };

struct work {
	struct net_exchange *exchange;
	enum work_kind kind;
	uint64_t reader;   /* a hash of whom it is for; 0: of nobody in particular */
	bool reactor_lags; /* its reactor comes too late to what is there: see net_exchange_lags */
};

/* Why a request was refused. */
enum work_refused {
	REFUSED_FULL,   /* as many wait as may */
	REFUSED_READER, /* as many wait of one reader as may */
	REFUSED_LATE,   /* it would have waited, or has waited, too long */
	REFUSED_STRAIN, /* reactors come too late */
	REFUSED_END,    /* the server stops */
	REFUSED_REASONS,
};

struct workers;
/* Of a struct workers; any thread. */
extern const struct metric_table workers_metrics;
MUST_CHECK Err workers_start(const struct workers_handler *handler, size_t threads,
                             size_t queue_max, struct workers **out);
/* False when it must be refused; the exchange is then still the caller's. Any thread. Others that
 * have waited too long may be refused in the call. */
bool workers_take(struct workers *workers, const struct work *work);
/* Answers what is queued until `deadline` (monotonic_ms), refuses the rest, and ends the threads
 * when what they have in hand is answered. Nothing may be handed in any more. NULL is fine. */
void workers_stop(struct workers *workers, int64_t deadline);

#endif
