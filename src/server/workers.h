/* Threads that run handlers as plain blocking code, behind a queue with an end. */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include "web/web.h"

struct workers;
MUST_CHECK Err workers_start(struct web *web, size_t threads, size_t queue_max,
                             struct workers **out);
/* False when the queue is full; the exchange is then still the caller's. Any thread. */
bool workers_take(struct workers *workers, struct net_exchange *exchange);
/* Answers what is queued, then ends the threads. Nothing may be handed in any more. */
void workers_stop(struct workers *workers);

#endif
