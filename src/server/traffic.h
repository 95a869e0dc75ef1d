/* The requests of a running server, counted as they end: by class and status, how long they took,
 * and the stories that are being read. Each reactor counts for itself; others only read. */
#ifndef SERVER_TRAFFIC_H
#define SERVER_TRAFFIC_H

#include "net/net.h"

struct traffic;
MUST_CHECK Err traffic_new(size_t reactors, struct traffic **out);
void traffic_free(struct traffic *traffic);
/* On the reactor's own thread. */
void traffic_count(struct traffic *traffic, const struct net_finished *finished);
/* Of a struct traffic; any thread. */
extern const struct metric_table traffic_metrics;

/* The stories that were asked for most in the last minute, the first with the most requests, at
 * most `max`. A count is never too high; it may be too low for one that is seldom read while very
 * many are. Nobody is known by it: there is no cookie and no address in it. */
struct story_reads {
	int64_t story;
	int64_t requests;
};
MUST_CHECK Err traffic_stories(const struct traffic *traffic, int64_t now_ms, struct arena *mem,
                               size_t max, struct story_reads **out, size_t *count_out);

#endif
