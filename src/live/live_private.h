/* What the files of this room share. */
#ifndef LIVE_LIVE_PRIVATE_H
#define LIVE_LIVE_PRIVATE_H

#include <pthread.h>

#include "live/live.h"

struct live {
	struct live_options options;
	struct event_ring *ring;
	struct act_listener listener;
	/* Held from a bar's reading to its place in the ring, so that the last one there is the newest.
	 */
	pthread_mutex_t bar_lock;
};

/* Stories have their ids for topics, from 1 on; 0 is no topic. */
uint64_t topic_of_story(int64_t id);
uint64_t topic_of_bar(const struct language *language);

/* What a stream asks for. */
struct stream_query {
	const struct language *language;
	int64_t story;  /* 0: none */
	Str since;      /* the id of the last event seen, or empty */
	int64_t age_ms; /* else: how long ago the page was asked for; -1: not said */
};
/* False when it can't be understood in one way. */
bool stream_query_read(const struct http_request *http, const struct language *own,
                       struct stream_query *out);
/* Where that stream begins. False: it may have missed something, and begins at the newest. */
bool stream_position(struct event_ring *ring, const struct stream_query *query, int64_t now,
                     uint64_t *out);

#endif
