#include <time.h>

#include "db/db_private.h"

void db_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(condition, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
}

bool db_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms)
{
	struct timespec deadline = {
	    .tv_sec = deadline_ms / SECOND_MS,
	    .tv_nsec = deadline_ms % SECOND_MS * 1000000,
	};
	return pthread_cond_timedwait(condition, lock, &deadline) == 0;
}

void db_pool_init(struct db_pool *pool, int64_t max)
{
	*pool = (struct db_pool){.max = max};
	CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
	db_condition_init(&pool->given);
}

void db_pool_done(struct db_pool *pool)
{
	CHECK(pool->count == 0);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->lock);
}

Err db_pool_take(struct db_pool *pool, int64_t wait_ms, int64_t waiting_max,
                 struct db_connection **out)
{
	int64_t deadline_ms = monotonic_ms() + wait_ms;
	bool in_time = true;
	pthread_mutex_lock(&pool->lock);
	if (pool->idle == NULL && pool->count >= pool->max && pool->waiting >= waiting_max)
		in_time = false;
	pool->waiting++;
	while (in_time && pool->idle == NULL && pool->count >= pool->max)
		in_time = db_condition_wait(&pool->given, &pool->lock, deadline_ms);
	pool->waiting--;
	bool got = pool->idle != NULL || pool->count < pool->max;
	struct db_connection *taken = pool->idle;
	if (taken != NULL)
		pool->idle = taken->next;
	else if (got)
		pool->count++;
	pthread_mutex_unlock(&pool->lock);
	if (!got)
		return fail(ERR_UNAVAILABLE, "the database is busy: try again in a moment");
	*out = taken;
	return OK;
}

void db_pool_give(struct db_pool *pool, struct db_connection *connection)
{
	pthread_mutex_lock(&pool->lock);
	connection->next = pool->idle;
	pool->idle = connection;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}

void db_pool_lost(struct db_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->count--;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}

struct db_connection *db_pool_drain(struct db_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	struct db_connection *connection = pool->idle;
	if (connection == NULL)
		CHECK(pool->count == 0);
	else {
		pool->idle = connection->next;
		pool->count--;
	}
	pthread_mutex_unlock(&pool->lock);
	return connection;
}
