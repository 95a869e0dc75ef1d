/* Pages in the making, and the requests that wait for each. One table under one lock, which is held
 * for list operations alone: a reactor meets it only where no page was found. */
#include "web/web_private.h"

#include <stdlib.h>

#include "base/random.h"

#define BUCKETS 256
/* Of one page. Whoever comes then makes the page for itself. */
#define WAITERS_MAX 65536
#define WAITERS_ROOM_MIN 16

struct making {
	struct making *next; /* in its bucket */
	const struct net_exchange *leader;
	struct waiters waiting; /* joined and not taken yet */
	uint64_t hash;
	size_t key_length;
	char key[];
};

struct makings {
	pthread_mutex_t lock;
	struct making *buckets[BUCKETS]; /* under the lock, as what follows */
	size_t holders;
};

Err makings_new(struct makings **out)
{
	struct makings *makings = calloc(1, sizeof *makings);
	if (makings == NULL)
		return fail(ERR_MEMORY, "there is no memory to start with");
	pthread_mutex_init(&makings->lock, NULL);
	makings->holders = 1;
	*out = makings;
	return OK;
}

struct makings *makings_keep(struct makings *makings)
{
	pthread_mutex_lock(&makings->lock);
	makings->holders++;
	pthread_mutex_unlock(&makings->lock);
	return makings;
}

void makings_release(struct makings *makings)
{
	if (makings == NULL)
		return;
	pthread_mutex_lock(&makings->lock);
	bool is_last = --makings->holders == 0;
	pthread_mutex_unlock(&makings->lock);
	if (!is_last)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		CHECK(makings->buckets[i] == NULL); /* each would have requests without an answer */
	pthread_mutex_destroy(&makings->lock);
	free(makings);
}

void waiters_done(struct waiters *waiters)
{
	free(waiters->exchanges);
}

static bool waiters_add(struct waiters *waiters, struct net_exchange *exchange)
{
	if (waiters->count == waiters->room) {
		size_t room = waiters->room == 0 ? WAITERS_ROOM_MIN : 2 * waiters->room;
		struct net_exchange **exchanges =
		    room > WAITERS_MAX ? NULL
		                       : realloc(waiters->exchanges, room * sizeof(struct net_exchange *));
		if (exchanges == NULL)
			return false;
		waiters->exchanges = exchanges;
		waiters->room = room;
	}
	waiters->exchanges[waiters->count++] = exchange;
	return true;
}

/* Where the pointer to the making of this key is, or where one would be put. Under the lock. */
static struct making **making_place(struct makings *makings, Str key, uint64_t hash)
{
	struct making **place = &makings->buckets[hash % BUCKETS];
	while (*place != NULL &&
	       ((*place)->hash != hash || !str_equal((Str){(*place)->key, (*place)->key_length}, key)))
		place = &(*place)->next;
	return place;
}

/* Alone in it: the first to wait. NULL when there is no memory. */
static struct making *making_new(Str key, uint64_t hash, struct net_exchange *leader)
{
	struct making *making = malloc(sizeof *making + key.length);
	if (making == NULL)
		return NULL;
	*making = (struct making){.leader = leader, .hash = hash, .key_length = key.length};
	memcpy(making->key, key.bytes, key.length);
	if (waiters_add(&making->waiting, leader))
		return making;
	free(making);
	return NULL;
}

enum making_part making_join(struct makings *makings, Str key, struct net_exchange *exchange)
{
	uint64_t hash = hash_keyed(key);
	enum making_part part = MAKING_ALONE;
	pthread_mutex_lock(&makings->lock);
	struct making **place = making_place(makings, key, hash);
	if (*place == NULL) {
		*place = making_new(key, hash, exchange);
		part = *place == NULL ? MAKING_ALONE : MAKING_LEADS;
	} else if (waiters_add(&(*place)->waiting, exchange)) {
		part = MAKING_WAITS;
	}
	pthread_mutex_unlock(&makings->lock);
	return part;
}

struct making *making_led_by(struct makings *makings, Str key, const struct net_exchange *leader)
{
	uint64_t hash = hash_keyed(key);
	pthread_mutex_lock(&makings->lock);
	struct making *making = *making_place(makings, key, hash);
	if (making != NULL && making->leader != leader)
		making = NULL; /* another's, who may end it at any time */
	/* Once alone: it outlives the leader's exchange, whose place another may get. */
	if (making != NULL)
		making->leader = NULL;
	pthread_mutex_unlock(&makings->lock);
	return making;
}

void waiters_swap(struct waiters *a, struct waiters *b)
{
	struct waiters old = *a;
	*a = *b;
	*b = old;
}

void making_take(struct makings *makings, struct making *making, struct waiters *out)
{
	out->count = 0;
	pthread_mutex_lock(&makings->lock);
	waiters_swap(&making->waiting, out);
	pthread_mutex_unlock(&makings->lock);
}

bool making_take_or_end(struct makings *makings, struct making *making, struct waiters *out)
{
	out->count = 0;
	pthread_mutex_lock(&makings->lock);
	bool is_over = making->waiting.count == 0;
	if (is_over)
		*making_place(makings, (Str){making->key, making->key_length}, making->hash) = making->next;
	else
		waiters_swap(&making->waiting, out);
	pthread_mutex_unlock(&makings->lock);
	if (!is_over)
		return true;
	waiters_done(&making->waiting);
	free(making);
	return false;
}
