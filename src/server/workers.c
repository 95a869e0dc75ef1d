#include "server/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/lanes_private.h"

#define THREADS_MAX 64
/* So much lower is a worker's priority than a reactor's: that has little to do for each reader, and
 * many readers. */
#define PRIORITY_STEPS 10
/* Of one arrival, so that nobody pays for many. */
#define LATE_ROUND 8

struct workers {
	struct workers_handler handler;
	pthread_t threads[THREADS_MAX];
	size_t thread_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct lanes lanes; /* under `lock`, as what follows */
	bool stopping;
	int64_t deadline; /* once stopping */
	int64_t busy;     /* threads that have one in hand */
};

/* ---- for those who watch ---- */

struct workers_values {
	int64_t threads, busy, oldest_us, strain;
	int64_t waiting[WORK_KINDS], waiting_max[WORK_KINDS], admitted[WORK_KINDS];
	int64_t refused[WORK_KINDS][REFUSED_REASONS];
	struct histogram_values waits[WORK_KINDS];
};

static const char *const work_names[WORK_KINDS] = {
    [WORK_STAFF] = "staff", [WORK_PAGE] = "page", [WORK_WRITE] = "write", [WORK_SEARCH] = "search"};
static const char *const reason_names[REFUSED_REASONS] = {[REFUSED_FULL] = "full",
                                                          [REFUSED_READER] = "reader",
                                                          [REFUSED_LATE] = "late",
                                                          [REFUSED_STRAIN] = "strain",
                                                          [REFUSED_END] = "end"};

#define ROW(metric_name, member, ...)                                                              \
	{                                                                                              \
		.name = "courant_" metric_name, .offset = offsetof(struct workers_values, member),         \
		__VA_ARGS__                                                                                \
	}
#define BY_WORK                                                                                    \
	{                                                                                              \
		"work", work_names, WORK_KINDS                                                             \
	}
static const struct metric rows[] = {
    ROW("workers", threads, .type = METRIC_GAUGE,
        .help = "Threads that make pages and take replies: server.workers."),
    ROW("workers_busy", busy, .type = METRIC_GAUGE, .help = "Those that have a request in hand."),
    ROW("queue_requests", waiting, .type = METRIC_GAUGE, .help = "Requests that wait for a worker.",
        .labels = {BY_WORK}),
    ROW("queue_requests_max", waiting_max, .type = METRIC_GAUGE,
        .help = "Requests that may wait: server.queue.", .labels = {BY_WORK}),
    ROW("queue_oldest_seconds", oldest_us, .type = METRIC_GAUGE, .decimals = 6,
        .help = "How long whoever waits for a worker longest has waited."),
    ROW("queue_admitted_total", admitted, .type = METRIC_COUNTER,
        .help = "Requests that a worker took or that wait for one.", .labels = {BY_WORK}),
    ROW("queue_refused_total", refused, .type = METRIC_COUNTER,
        .help = "Requests refused: the queue was full, one reader had too many in it, the wait was "
                "or would have been too long, reactors came too late (strain), the server ended.",
        .labels = {BY_WORK, {"reason", reason_names, REFUSED_REASONS}}, .is_sparse = true),
    ROW("queue_wait_seconds", waits, .type = METRIC_HISTOGRAM,
        .help = "How long requests waited for a worker.", .labels = {BY_WORK}),
    ROW("queue_strain", strain, .type = METRIC_GAUGE,
        .help =
            "How many kinds of requests are refused because reactors come too late: 1 searches, "
            "2 replies too, 3 pages that are not in memory too."),
};

static void values_read(void *source, void *out)
{
	struct workers *workers = source;
	struct workers_values *values = out;
	int64_t now_us = monotonic_us();
	pthread_mutex_lock(&workers->lock);
	values->threads = (int64_t)workers->thread_count;
	values->busy = workers->busy;
	values->strain = (int64_t)workers->lanes.strain;
	for (size_t i = 0; i < WORK_KINDS; i++) {
		const struct lane *lane = &workers->lanes.of[i];
		values->waiting[i] = (int64_t)lane->count;
		values->waiting_max[i] = (int64_t)lane->max;
		values->admitted[i] = lane->admitted;
		memcpy(values->refused[i], lane->refused, sizeof lane->refused);
		histogram_sum(&lane->waits, &values->waits[i]);
		if (lane->count > 0 && now_us - lane->queue[lane->first].since_us > values->oldest_us)
			values->oldest_us = now_us - lane->queue[lane->first].since_us;
	}
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

/* What a worker has in hand. */
struct hand {
	struct net_exchange *exchange; /* NULL: there will be none any more */
	enum work_kind kind;
	bool is_refused;
	int64_t since_us; /* of the thread's own time */
};

/* What this thread has had of a processor: who waits for the disk takes nothing from anybody. */
static int64_t thread_us(void)
{
	struct timespec used;
	CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0);
	return used.tv_sec * INT64_C(1000000) + used.tv_nsec / 1000;
}

/* Under the lock. */
static bool hand_fill(struct workers *workers, int64_t now_us, struct hand *hand)
{
	struct lanes *lanes = &workers->lanes;
	struct waiting waiting;
	hand->since_us = thread_us();
	hand->is_refused = lanes_take_late(lanes, now_us, &waiting);
	if (!hand->is_refused && workers->stopping && now_us / 1000 >= workers->deadline)
		hand->is_refused = lanes_take_any(lanes, &waiting);
	if (!hand->is_refused && !lanes_take(lanes, now_us, &waiting, &hand->kind))
		return false;
	hand->exchange = waiting.exchange;
	return true;
}

static void hand_empty(struct workers *workers, struct hand *hand)
{
	if (hand->exchange != NULL && !hand->is_refused)
		lanes_ended(&workers->lanes, hand->kind, thread_us() - hand->since_us);
	hand->exchange = NULL;
}

/* Gives back what was in hand and takes the next; false when there will be none. */
static bool hand_next(struct workers *workers, struct hand *hand)
{
	pthread_mutex_lock(&workers->lock);
	hand_empty(workers, hand);
	while (!hand_fill(workers, monotonic_us(), hand) &&
	       !(workers->stopping && workers->lanes.count == 0)) {
		workers->busy--;
		pthread_cond_wait(&workers->changed, &workers->lock);
		workers->busy++;
	}
	if (hand->exchange == NULL) {
		workers->busy--;
		pthread_cond_broadcast(&workers->changed); /* nor for those who wait for their lane */
	}
	pthread_mutex_unlock(&workers->lock);
	return hand->exchange != NULL;
}

static void *worker_run(void *context)
{
	struct workers *workers = context;
	const struct workers_handler *handler = &workers->handler;
	struct hand hand = {0};
	/* On Linux a priority is a thread's own. If it is not granted, the work is done all the same.
	 */
	id_t thread = (id_t)syscall(SYS_gettid);
	(void)setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + PRIORITY_STEPS);
	pthread_mutex_lock(&workers->lock);
	workers->busy++; /* until it waits for the first */
	pthread_mutex_unlock(&workers->lock);
	while (hand_next(workers, &hand))
		(hand.is_refused ? handler->refuse : handler->answer)(hand.exchange, handler->context);
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
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->changed, NULL);
	Err err = lanes_init(&workers->lanes, threads, queue_max);
	if (err == OK)
		err = threads_start(workers, threads);
	if (err == OK)
		*out = workers;
	else
		workers_stop(workers, 0);
	return err;
}

bool workers_take(struct workers *workers, const struct work *work)
{
	struct waiting late[LATE_ROUND];
	size_t late_count = 0;
	int64_t now_us = monotonic_us();
	pthread_mutex_lock(&workers->lock);
	while (late_count < LATE_ROUND && lanes_take_late(&workers->lanes, now_us, &late[late_count]))
		late_count++;
	bool is_taken = false;
	if (workers->stopping)
		workers->lanes.of[work->kind].refused[REFUSED_END]++;
	else
		is_taken = lanes_add(&workers->lanes, work, now_us);
	if (is_taken)
		pthread_cond_signal(&workers->changed);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < late_count; i++)
		workers->handler.refuse(late[i].exchange, workers->handler.context);
	return is_taken;
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
	lanes_done(&workers->lanes);
	free(workers);
}
