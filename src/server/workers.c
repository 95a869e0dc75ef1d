#include "server/workers.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS_MAX 64

struct workers {
	struct web *web;
	pthread_t threads[THREADS_MAX];
	size_t thread_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under `lock`: a ring of those that wait. */
	struct net_exchange **queue;
	size_t first, count, queue_max;
	bool stopping;
};

/* The next exchange; NULL when there will be none. */
static struct net_exchange *workers_next(struct workers *workers)
{
	struct net_exchange *exchange = NULL;
	pthread_mutex_lock(&workers->lock);
	while (workers->count == 0 && !workers->stopping)
		pthread_cond_wait(&workers->changed, &workers->lock);
	if (workers->count > 0) {
		exchange = workers->queue[workers->first];
		workers->first = (workers->first + 1) % workers->queue_max;
		workers->count--;
	}
	pthread_mutex_unlock(&workers->lock);
	return exchange;
}

static void *worker_run(void *context)
{
	struct workers *workers = context;
	struct net_exchange *exchange;
	while ((exchange = workers_next(workers)) != NULL)
		web_answer(workers->web, exchange);
	return NULL;
}

static Err threads_start(struct workers *workers, size_t threads)
{
	for (size_t i = 0; i < threads && i < THREADS_MAX; i++) {
		if (pthread_create(&workers->threads[i], NULL, worker_run, workers) != 0)
			return fail(ERR_MEMORY, "no more threads can be started");
		workers->thread_count++;
	}
	return OK;
}

Err workers_start(struct web *web, size_t threads, size_t queue_max, struct workers **out)
{
	struct workers *workers = calloc(1, sizeof *workers);
	if (workers == NULL)
		return fail(ERR_MEMORY, "there is no memory for the workers");
	workers->web = web;
	workers->queue_max = queue_max;
	workers->queue = calloc(queue_max, sizeof(struct net_exchange *));
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->changed, NULL);
	Err err = workers->queue == NULL ? fail(ERR_MEMORY, "there is no memory for the workers")
	                                 : threads_start(workers, threads);
	if (err == OK)
		*out = workers;
	else
		workers_stop(workers);
	return err;
}

bool workers_take(struct workers *workers, struct net_exchange *exchange)
{
	pthread_mutex_lock(&workers->lock);
	bool room = workers->count < workers->queue_max && !workers->stopping;
	if (room) {
		workers->queue[(workers->first + workers->count++) % workers->queue_max] = exchange;
		pthread_cond_signal(&workers->changed);
	}
	pthread_mutex_unlock(&workers->lock);
	return room;
}

void workers_stop(struct workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->changed);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->changed);
	pthread_mutex_destroy(&workers->lock);
	free(workers->queue);
	free(workers);
}
