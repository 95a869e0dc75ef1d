/* Events for many (server-sent events, HTML §9.2): each is written out once, kept in a ring, and
 * sent to every open stream from where it lies. A stream has a position in the ring and no queue of
 * its own; one that falls behind by more than the ring is cut. Knows no topic's meaning. */
#ifndef NET_EVENTS_H
#define NET_EVENTS_H

#include "net/net.h"

#define EVENTS_KEPT 1024 /* a power of two */
#define EVENT_MAX_BYTES 4096
/* What one stream may listen to. */
#define STREAM_TOPICS 2
/* "3f9c0a17d2b84e65-18446744073709551615" */
#define EVENT_ID_BYTES 38

struct event_ring;
MUST_CHECK Err event_ring_new(struct event_ring **out);
void event_ring_free(struct event_ring *ring);

/* Any thread. `data` is one line; `now` is the monotonic clock's. ERR_TOO_LARGE past
 * EVENT_MAX_BYTES, with its name and number. */
MUST_CHECK Err event_ring_add(struct event_ring *ring, uint64_t topic, Str name, Str data,
                              int64_t now);

/* A position is the number of the event before it: a stream that has seen everything is at the
 * newest. Ids name positions across processes: one from another process is none here. */
uint64_t event_ring_newest(const struct event_ring *ring);
Str event_ring_id(const struct event_ring *ring, uint64_t position, char out[EVENT_ID_BYTES]);
/* False when the id is not of this ring, or what followed it is no longer all there. */
bool event_ring_find(struct event_ring *ring, Str id, uint64_t *out);
/* Where that begins which has happened since a moment of the monotonic clock. False when the ring
 * is younger than that, or some of it is no longer there. */
bool event_ring_since(struct event_ring *ring, int64_t moment, uint64_t *out);

/* Answers with a stream: `answer`, whose head says neither Content-Length nor Connection, and then
 * what comes after `position` on these topics (0: none), until the client leaves. Within the
 * handler, on the reactor's thread. A HEAD request gets the head alone. False, and nothing has
 * happened, when streams have as many connections as they may (of all three quarters, of an address
 * half: pages need the rest), while the server drains, or without memory. */
MUST_CHECK bool net_answer_stream(struct net_exchange *exchange, const struct net_answer *answer,
                                  uint64_t position, const uint64_t topics[STREAM_TOPICS]);

#endif
