#include "server/nodes.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* As many as the ring of events has: who is further behind looks for itself anyway. */
#define NEWS_MAX EVENTS_KEPT

struct nodes {
	const struct world *world;
	struct live *live;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come;
	/* Under lock: what is to be told, oldest first, in a ring. */
	struct act_news news[NEWS_MAX];
	size_t first, count;
	bool is_missed;
	bool is_stopping;
};

/* ---- on db's thread, which other nodes wait for ---- */

static void news_add(struct nodes *nodes, const struct effects *effects)
{
	pthread_mutex_lock(&nodes->lock);
	for (size_t i = 0; i < effects->news_count; i++) {
		if (nodes->count == NEWS_MAX)
			nodes->is_missed = true;
		else
			nodes->news[(nodes->first + nodes->count++) % NEWS_MAX] = effects->news[i];
	}
	pthread_cond_signal(&nodes->come);
	pthread_mutex_unlock(&nodes->lock);
}

static void hear(Str words, void *context)
{
	struct nodes *nodes = context;
	struct effects effects;
	effects_parse(words, &effects);
	cache_drop(nodes->world->cache, effects.tags, effects.count);
	if (effects.news_count > 0)
		news_add(nodes, &effects);
}

static void forget(void *context)
{
	struct nodes *nodes = context;
	cache_drop(nodes->world->cache, (const CacheTag[]){TAG_SITE}, 1);
	pthread_mutex_lock(&nodes->lock);
	nodes->is_missed = true;
	pthread_cond_signal(&nodes->come);
	pthread_mutex_unlock(&nodes->lock);
}

/* ---- on a thread of its own: telling reads the database ---- */

/* False when it is time to stop. */
static bool news_await(struct nodes *nodes, struct act_news *out, bool *is_missed)
{
	pthread_mutex_lock(&nodes->lock);
	while (nodes->count == 0 && !nodes->is_missed && !nodes->is_stopping)
		pthread_cond_wait(&nodes->come, &nodes->lock);
	bool goes_on = !nodes->is_stopping;
	*is_missed = nodes->is_missed;
	nodes->is_missed = false;
	if (*is_missed)
		nodes->count = 0; /* looking shows these too */
	if (nodes->count > 0) {
		*out = nodes->news[nodes->first];
		nodes->first = (nodes->first + 1) % NEWS_MAX;
		nodes->count--;
	}
	pthread_mutex_unlock(&nodes->lock);
	return goes_on;
}

static void *nodes_main(void *context)
{
	struct nodes *nodes = context;
	const struct act_listener *listener = nodes->world->listener;
	struct act_news news;
	bool is_missed;
	while (news_await(nodes, &news, &is_missed)) {
		if (is_missed)
			live_missed(nodes->live);
		else
			listener->tell(&news, 1, listener->context);
	}
	return NULL;
}

/* ---- joining ---- */

Err nodes_join(const struct world *world, struct live *live, struct nodes **out)
{
	*out = NULL;
	if (!db_is_postgres(world->db))
		return OK;
	struct nodes *nodes = calloc(1, sizeof *nodes);
	if (nodes == NULL)
		return fail(ERR_MEMORY, "there is no memory to hear of other servers");
	nodes->world = world;
	nodes->live = live;
	nodes->db = world->db;
	CHECK(pthread_mutex_init(&nodes->lock, NULL) == 0);
	CHECK(pthread_cond_init(&nodes->come, NULL) == 0);
	int error = pthread_create(&nodes->thread, NULL, nodes_main, nodes);
	if (error != 0) {
		free(nodes);
		return fail(ERR_UNAVAILABLE, "a thread can't be started: %s", strerror(error));
	}
	db_join(nodes->db, &(struct db_node){hear, forget, nodes});
	*out = nodes;
	return OK;
}

void nodes_leave(struct nodes *nodes)
{
	if (nodes == NULL)
		return;
	db_leave(nodes->db);
	pthread_mutex_lock(&nodes->lock);
	nodes->is_stopping = true;
	pthread_cond_signal(&nodes->come);
	pthread_mutex_unlock(&nodes->lock);
	pthread_join(nodes->thread, NULL);
	pthread_cond_destroy(&nodes->come);
	pthread_mutex_destroy(&nodes->lock);
	free(nodes);
}
