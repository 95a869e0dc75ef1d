#include "server/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

#define THREADS_MAX 64

struct waiting {
	struct net_exchange *exchange;
	enum work work;
	int64_t since_us;
};

struct workers {
	struct workers_handler handler;
	pthread_t threads[THREADS_MAX];
	size_t thread_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under `lock`: a ring of those that wait. */
	struct waiting *queue;
	size_t first, count, queue_max;
	size_t read_count; /* of those that wait */
	bool stopping;
	int64_t deadline; /* once stopping */
	int64_t busy;     /* threads that have one in hand */
	int64_t refused[WORK_KINDS];
	struct histogram waits; /* how long those waited that were taken in hand */
};

/* ---- for those who watch ---- */

struct workers_values {
	int64_t threads, busy, waiting, waiting_max, oldest_us;
	int64_t refused[WORK_KINDS];
	struct histogram_values waits;
};

static const char *const work_names[WORK_KINDS] = {"read", "write"};

#define ROW(metric_name, member, ...)                                                              \
	{                                                                                              \
		.name = "courant_" metric_name, .offset = offsetof(struct workers_values, member),         \
		__VA_ARGS__                                                                                \
	}
static const struct metric rows[] = {
    ROW("workers", threads, .type = METRIC_GAUGE,
        .help = "Threads that make pages and take replies: server.workers."),
    ROW("workers_busy", busy, .type = METRIC_GAUGE, .help = "Those that have a request in hand."),
    ROW("queue_requests", waiting, .type = METRIC_GAUGE,
        .help = "Requests that wait for a worker."),
    ROW("queue_requests_max", waiting_max, .type = METRIC_GAUGE,
        .help = "Requests that may wait: server.queue."),
    ROW("queue_oldest_seconds", oldest_us, .type = METRIC_GAUGE, .decimals = 6,
        .help = "How long the first in the queue has waited."),
    ROW("queue_refused_total", refused, .type = METRIC_COUNTER,
        .help = "Requests answered 503 because the queue was full.",
        .labels = {{"work", work_names, WORK_KINDS}}),
    ROW("queue_wait_seconds", waits, .type = METRIC_HISTOGRAM,
        .help = "How long requests waited for a worker."),
};

static void values_read(void *source, void *out)
{
	struct workers *workers = source;
	struct workers_values *values = out;
	pthread_mutex_lock(&workers->lock);
	values->threads = (int64_t)workers->thread_count;
	values->busy = workers->busy;
	values->waiting = (int64_t)workers->count;
	values->waiting_max = (int64_t)workers->queue_max;
	if (workers->count > 0)
		values->oldest_us = monotonic_us() - workers->queue[workers->first].since_us;
	memcpy(values->refused, workers->refused, sizeof values->refused);
	histogram_sum(&workers->waits, &values->waits);
	pthread_mutex_unlock(&workers->lock);
}

const struct metric_table workers_metrics = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct workers_values),
    .read = values_read,
};

/* ---- the threads ---- */

/* The next exchange and what becomes of it; false when there will be none. */
static bool workers_next(struct workers *workers, struct net_exchange **exchange, bool *is_late)
{
	pthread_mutex_lock(&workers->lock);
	workers->busy--;
	while (workers->count == 0 && !workers->stopping)
		pthread_cond_wait(&workers->changed, &workers->lock);
	bool is_there = workers->count > 0;
	if (is_there) {
		const struct waiting *next = &workers->queue[workers->first];
		*exchange = next->exchange;
		*is_late = workers->stopping && monotonic_ms() >= workers->deadline;
		workers->read_count -= next->work == WORK_READ;
		workers->busy++;
		histogram_own(&workers->waits, monotonic_us() - next->since_us);
		workers->first = (workers->first + 1) % workers->queue_max;
		workers->count--;
	}
	pthread_mutex_unlock(&workers->lock);
	return is_there;
}

static void *worker_run(void *context)
{
	struct workers *workers = context;
	const struct workers_handler *handler = &workers->handler;
	struct net_exchange *exchange;
	bool is_late;
	pthread_mutex_lock(&workers->lock);
	workers->busy++; /* until it asks for the first */
	pthread_mutex_unlock(&workers->lock);
	while (workers_next(workers, &exchange, &is_late))
		(is_late ? handler->refuse : handler->answer)(exchange, handler->context);
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

Err workers_start(const struct workers_handler *handler, size_t threads, size_t queue_max,
                  struct workers **out)
{
	struct workers *workers = calloc(1, sizeof *workers);
	if (workers == NULL)
		return fail(ERR_MEMORY, "there is no memory for the workers");
	workers->handler = *handler;
	workers->queue_max = queue_max;
	workers->queue = calloc(queue_max, sizeof(struct waiting));
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->changed, NULL);
	Err err = workers->queue == NULL ? fail(ERR_MEMORY, "there is no memory for the workers")
	                                 : threads_start(workers, threads);
	if (err == OK)
		*out = workers;
	else
		workers_stop(workers, 0);
	return err;
}

bool workers_take(struct workers *workers, struct net_exchange *exchange, enum work work)
{
	pthread_mutex_lock(&workers->lock);
	size_t reads_max = workers->queue_max - workers->queue_max / 4;
	bool room = workers->count < workers->queue_max && !workers->stopping &&
	            (work == WORK_WRITE || workers->read_count < reads_max);
	if (room) {
		size_t place = (workers->first + workers->count++) % workers->queue_max;
		workers->queue[place] = (struct waiting){exchange, work, monotonic_us()};
		workers->read_count += work == WORK_READ;
		pthread_cond_signal(&workers->changed);
	} else {
		workers->refused[work]++;
	}
	pthread_mutex_unlock(&workers->lock);
	return room;
}

void workers_stop(struct workers *workers, int64_t deadline)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	workers->deadline = deadline;
	pthread_cond_broadcast(&workers->changed);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->changed);
	pthread_mutex_destroy(&workers->lock);
	free(workers->queue);
	free(workers);
}
