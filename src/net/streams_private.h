/* Open event streams: a reactor's list of them, walked in rounds. Each belongs to one connection
 * and so to one reactor's thread. */
#ifndef NET_STREAMS_PRIVATE_H
#define NET_STREAMS_PRIVATE_H

#include <stdatomic.h>

#include "net/events.h"

/* ---- event_ring.c ---- */

/* Never changed once it is in the ring, and freed by whoever lets go of it last. */
struct event {
	_Atomic int users; /* the ring, and whoever is sending it */
	uint64_t number;
	uint64_t topic;
	int64_t at;
	size_t length;
	char bytes[];
};
void event_release(struct event *event);

/* Of one message to one stream. */
#define EVENTS_TAKEN_MAX 16
/* The next events on these topics, each for the caller to release; moves the position past all that
 * was looked at. False when the position has been overtaken by the ring. */
MUST_CHECK bool event_ring_take(struct event_ring *ring, const uint64_t topics[STREAM_TOPICS],
                                uint64_t *position, struct event *out[EVENTS_TAKEN_MAX],
                                size_t *count_out);
/* Whom to wake when an event comes; NULL: nobody any more. */
void event_ring_attach(struct event_ring *ring, struct net_server *server);

/* ---- streams.c ---- */

struct address_count;
struct connection;
struct reactor;

struct stream {
	struct stream *next, *previous; /* in the reactor's list, once it has begun */
	struct reactor *reactor;
	struct connection *connection; /* NULL until it begins */
	struct address_count *address_count;
	uint64_t topics[STREAM_TOPICS];
	uint64_t position;
	size_t sent_bytes; /* of the event after the position */
	int64_t beat_ms;
	int64_t beat_at;
};

/* Something is sent at least so often, and at each stream's own pace up to half as long again:
 * proxies and routers forget silent connections, and a client that is gone shows. */
#define STREAM_BEAT_MIN_MS (15 * SECOND_MS)

struct streams {
	_Atomic int64_t count;
	uint32_t begun; /* ever: spreads the beats */
	struct stream *first;
	struct stream *cursor; /* the next of the round; NULL: none is under way */
	uint64_t goal;         /* the event that the last round was for */
	int64_t round_began;
	int64_t again_at; /* before then no round begins */
};

void stream_free(struct stream *stream);
/* The head has left: from now on the connection sends events. */
void stream_begin(struct connection *connection, struct stream *stream);
/* Sends what there is. */
void stream_flush(struct connection *connection);
void stream_beat(struct connection *connection);
/* Says when to come back, and ends the connection. */
void stream_end(struct connection *connection);

/* Serves some streams of the round, or begins one if there is an event. */
void streams_run(struct reactor *reactor);
/* When that is wanted again: a moment that has passed for at once, or TIMER_NEVER. */
int64_t streams_next(const struct reactor *reactor);
/* From any thread: an event is there. */
void streams_wake(struct net_server *server);

#endif
