#include <pthread.h>
#include <stdlib.h>

#include "base/random.h"
#include "net/streams_private.h"

#define INSTANCE_DIGITS 16

struct event_ring {
	pthread_mutex_t lock;
	char instance[INSTANCE_DIGITS + 1];
	int64_t born;
	_Atomic uint64_t newest;           /* written under lock; 0: none yet */
	struct event *events[EVENTS_KEPT]; /* under lock; number % EVENTS_KEPT */
	struct net_server *server;         /* under lock; whom to wake, or NULL */
};

Err event_ring_new(struct event_ring **out)
{
	unsigned char instance[INSTANCE_DIGITS / 2];
	if (!random_start())
		return fail(ERR_INTERNAL, "the system gives no random numbers");
	struct event_ring *ring = calloc(1, sizeof *ring);
	if (ring == NULL)
		return fail(ERR_MEMORY, "there is no memory for events");
	random_bytes(instance, sizeof instance);
	for (size_t i = 0; i < sizeof instance; i++)
		snprintf(ring->instance + 2 * i, 3, "%02x", instance[i]);
	ring->born = monotonic_ms();
	pthread_mutex_init(&ring->lock, NULL);
	*out = ring;
	return OK;
}

void event_ring_free(struct event_ring *ring)
{
	if (ring == NULL)
		return;
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		if (ring->events[i] != NULL)
			event_release(ring->events[i]);
	pthread_mutex_destroy(&ring->lock);
	free(ring);
}

void event_release(struct event *event)
{
	if (atomic_fetch_sub_explicit(&event->users, 1, memory_order_acq_rel) == 1)
		free(event);
}

void event_ring_attach(struct event_ring *ring, struct net_server *server)
{
	pthread_mutex_lock(&ring->lock);
	ring->server = server;
	pthread_mutex_unlock(&ring->lock);
}

/* ---- adding ---- */

Str event_ring_id(const struct event_ring *ring, uint64_t position, char out[EVENT_ID_BYTES])
{
	int length =
	    snprintf(out, EVENT_ID_BYTES, "%s-%llu", ring->instance, (unsigned long long)position);
	return (Str){out, (size_t)length};
}

/* As it is sent. NULL without memory. */
static struct event *event_new(Str text, uint64_t number, uint64_t topic, int64_t now)
{
	struct event *event = malloc(sizeof *event + text.length);
	if (event == NULL)
		return NULL;
	atomic_init(&event->users, 1);
	event->number = number;
	event->topic = topic;
	event->at = now;
	event->length = text.length;
	memcpy(event->bytes, text.bytes, text.length);
	return event;
}

/* Under the lock. */
static Err add(struct event_ring *ring, uint64_t topic, Str name, Str data, int64_t now)
{
	char id[EVENT_ID_BYTES];
	char text[EVENT_MAX_BYTES];
	uint64_t number = event_ring_newest(ring) + 1;
	int length = snprintf(text, sizeof text, "id: %.*s\nevent: %.*s\ndata: %.*s\n\n",
	                      STR(event_ring_id(ring, number, id)), STR(name), STR(data));
	if (length < 0 || (size_t)length >= sizeof text)
		return fail(ERR_TOO_LARGE, "an event of %d bytes is longer than %d", length,
		            EVENT_MAX_BYTES);
	struct event *event = event_new((Str){text, (size_t)length}, number, topic, now);
	if (event == NULL)
		return fail(ERR_MEMORY, "there is no memory for an event");
	struct event **place = &ring->events[number % EVENTS_KEPT];
	if (*place != NULL)
		event_release(*place);
	*place = event;
	atomic_store_explicit(&ring->newest, number, memory_order_release);
	if (ring->server != NULL)
		streams_wake(ring->server);
	return OK;
}

Err event_ring_add(struct event_ring *ring, uint64_t topic, Str name, Str data, int64_t now)
{
	CHECK(str_find_byte(data, '\n') == STR_NOT_FOUND && str_find_byte(data, '\r') == STR_NOT_FOUND);
	pthread_mutex_lock(&ring->lock);
	Err err = add(ring, topic, name, data, now);
	pthread_mutex_unlock(&ring->lock);
	return err;
}

/* ---- positions ---- */

uint64_t event_ring_newest(const struct event_ring *ring)
{
	return atomic_load_explicit(&ring->newest, memory_order_acquire);
}

/* Whether every event after `position` is there. Under the lock. */
static bool has_all_after(const struct event_ring *ring, uint64_t position)
{
	uint64_t newest = event_ring_newest(ring);
	return position <= newest && newest - position <= EVENTS_KEPT;
}

bool event_ring_find(struct event_ring *ring, Str id, uint64_t *out)
{
	uint64_t number;
	Str instance = {ring->instance, INSTANCE_DIGITS};
	if (!str_starts_with(id, instance) || id.length <= INSTANCE_DIGITS ||
	    id.bytes[INSTANCE_DIGITS] != '-' ||
	    !str_parse_uint(str_from(id, INSTANCE_DIGITS + 1), UINT64_MAX, &number))
		return false;
	pthread_mutex_lock(&ring->lock);
	bool is_there = has_all_after(ring, number);
	pthread_mutex_unlock(&ring->lock);
	if (is_there)
		*out = number;
	return is_there;
}

bool event_ring_since(struct event_ring *ring, int64_t moment, uint64_t *out)
{
	if (moment < ring->born)
		return false;
	pthread_mutex_lock(&ring->lock);
	uint64_t position = event_ring_newest(ring);
	while (position > 0 && has_all_after(ring, position - 1) &&
	       ring->events[position % EVENTS_KEPT]->at >= moment)
		position--;
	/* The ring's last was of that time: others before it may have been too. */
	bool is_all = position == 0 || has_all_after(ring, position - 1);
	pthread_mutex_unlock(&ring->lock);
	if (is_all)
		*out = position;
	return is_all;
}

bool event_ring_take(struct event_ring *ring, const uint64_t topics[STREAM_TOPICS],
                     uint64_t *position, struct event *out[EVENTS_TAKEN_MAX], size_t *count_out)
{
	size_t count = 0;
	pthread_mutex_lock(&ring->lock);
	bool is_there = has_all_after(ring, *position);
	uint64_t newest = event_ring_newest(ring);
	while (is_there && *position < newest && count < EVENTS_TAKEN_MAX) {
		struct event *event = ring->events[++*position % EVENTS_KEPT];
		if (event->topic != topics[0] && event->topic != topics[1])
			continue;
		atomic_fetch_add_explicit(&event->users, 1, memory_order_relaxed);
		out[count++] = event;
	}
	pthread_mutex_unlock(&ring->lock);
	*count_out = count;
	return is_there;
}
