#include "i18n/i18n_private.h"

#include <pthread.h>

struct pool {
	pthread_mutex_t lock;
	/* Under lock. */
	size_t count;
	struct {
		char name[POOL_NAME_MAX];
		size_t name_length;
		void *tool;
	} idle[POOL_MAX];
};

struct pool calendar_pool = {.lock = PTHREAD_MUTEX_INITIALIZER};
struct pool date_pool = {.lock = PTHREAD_MUTEX_INITIALIZER};
struct pool word_pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

void *pool_take(struct pool *pool, Str name)
{
	void *tool = NULL;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; i < pool->count && tool == NULL; i++)
		if (str_equal(name, (Str){pool->idle[i].name, pool->idle[i].name_length})) {
			tool = pool->idle[i].tool;
			pool->idle[i] = pool->idle[--pool->count];
		}
	pthread_mutex_unlock(&pool->lock);
	return tool;
}

bool pool_give(struct pool *pool, Str name, void *tool)
{
	CHECK(name.length <= POOL_NAME_MAX);
	pthread_mutex_lock(&pool->lock);
	bool has_room = pool->count < POOL_MAX;
	if (has_room) {
		memcpy(pool->idle[pool->count].name, name.bytes, name.length);
		pool->idle[pool->count].name_length = name.length;
		pool->idle[pool->count++].tool = tool;
	}
	pthread_mutex_unlock(&pool->lock);
	return has_room;
}
