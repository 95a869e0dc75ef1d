/* What readers with a page open are told as it happens: the breaking bar of their language, and
 * their story's changes and replies. Turns what acts tell into events on one ring, which net sends.
 * Never tells what readers may not see, and keeps nothing of who listens. */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "net/events.h"
#include "web/web.h"

struct live;

struct live_options {
	const struct world *world; /* must stay */
	/* The breaking bar of a language as it is in the database now: one line of JSON, for
	 * live.js. Comes from a room further right. */
	Err (*bar)(const struct world *world, const struct language *language, struct arena *mem,
	           Str *out);
};

MUST_CHECK Err live_new(const struct live_options *options, struct live **out);
/* When no stream is open and no act can come any more. */
void live_free(struct live *live);

/* Something may have happened that nobody was told of: every open page looks for itself. Any
 * thread. */
void live_missed(struct live *live);

/* For net_handler.events, and for the world. */
struct event_ring *live_ring(struct live *live);
const struct act_listener *live_listener(const struct live *live);

/* For web_options: GET /events?lang=ar&story=42; `context` is the live. */
extern const struct route live_stream_route;
int live_answer_stream(struct net_exchange *exchange, void *context);

#endif
