/* The queue and its threads, with exchanges that are only told apart. */
#include "server/workers.h"

#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/test.h"

#define PATIENCE_MS 20000

struct fixture {
	struct workers *workers;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_open;     /* under lock: until then whoever answers waits */
	size_t answering; /* under lock: begun */
	size_t answered;  /* under lock */
	size_t refused;   /* under lock */
	int64_t deadline;
	pthread_t stopper;
};

static void answer(struct net_exchange *exchange, void *context)
{
	struct fixture *fixture = context;
	(void)exchange;
	pthread_mutex_lock(&fixture->lock);
	fixture->answering++;
	pthread_cond_broadcast(&fixture->changed);
	while (!fixture->is_open)
		pthread_cond_wait(&fixture->changed, &fixture->lock);
	fixture->answered++;
	pthread_mutex_unlock(&fixture->lock);
}

static void refuse(struct net_exchange *exchange, void *context)
{
	struct fixture *fixture = context;
	(void)exchange;
	pthread_mutex_lock(&fixture->lock);
	fixture->refused++;
	pthread_mutex_unlock(&fixture->lock);
}

static bool take(struct fixture *fixture, enum work work)
{
	return workers_take(fixture->workers, (struct net_exchange *)(void *)fixture, work);
}

/* One worker, which has a page in hand and waits. */
static void begin(struct fixture *fixture, size_t queue_max)
{
	struct workers_handler handler = {answer, refuse, fixture};
	*fixture = (struct fixture){0};
	pthread_mutex_init(&fixture->lock, NULL);
	pthread_cond_init(&fixture->changed, NULL);
	assert_int_equal(workers_start(&handler, 1, queue_max, &fixture->workers), OK);
	assert_true(take(fixture, WORK_READ));
	pthread_mutex_lock(&fixture->lock);
	while (fixture->answering == 0)
		pthread_cond_wait(&fixture->changed, &fixture->lock);
	pthread_mutex_unlock(&fixture->lock);
}

static void open_gate(struct fixture *fixture)
{
	pthread_mutex_lock(&fixture->lock);
	fixture->is_open = true;
	pthread_cond_broadcast(&fixture->changed);
	pthread_mutex_unlock(&fixture->lock);
}

static void *stopper_run(void *context)
{
	struct fixture *fixture = context;
	workers_stop(fixture->workers, fixture->deadline);
	return NULL;
}

static void stop_aside(struct fixture *fixture, int64_t deadline)
{
	fixture->deadline = deadline;
	assert_int_equal(pthread_create(&fixture->stopper, NULL, stopper_run, fixture), 0);
}

static void end(struct fixture *fixture)
{
	pthread_join(fixture->stopper, NULL);
	pthread_cond_destroy(&fixture->changed);
	pthread_mutex_destroy(&fixture->lock);
}

static void test_reads_leave_a_quarter_of_the_queue_to_what_is_written(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, 8);
	for (int i = 0; i < 6; i++)
		assert_true(take(&fixture, WORK_READ));
	assert_false(take(&fixture, WORK_READ));
	assert_true(take(&fixture, WORK_WRITE));
	assert_false(take(&fixture, WORK_READ));
	assert_true(take(&fixture, WORK_WRITE));
	assert_false(take(&fixture, WORK_WRITE));
	stop_aside(&fixture, monotonic_ms() + PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	assert_int_equal(fixture.answered, 9);
}

static void test_what_is_written_may_fill_the_queue(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, 8);
	for (int i = 0; i < 8; i++)
		assert_true(take(&fixture, WORK_WRITE));
	assert_false(take(&fixture, WORK_WRITE));
	assert_false(take(&fixture, WORK_READ));
	stop_aside(&fixture, monotonic_ms() + PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	assert_int_equal(fixture.answered, 9);
}

static void test_the_smallest_queue_takes_a_read(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, 1);
	assert_true(take(&fixture, WORK_READ));
	assert_false(take(&fixture, WORK_READ));
	stop_aside(&fixture, monotonic_ms() + PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	assert_int_equal(fixture.answered, 2);
	assert_int_equal(fixture.refused, 0);
}

static void test_workers_stop_refuses_what_is_queued_once_its_time_is_over(void **state)
{
	(void)state;
	struct fixture fixture;
	size_t queued = 0;
	begin(&fixture, 100000);
	stop_aside(&fixture, monotonic_ms());
	/* Nothing more is taken once it stops. */
	while (take(&fixture, WORK_READ) && ++queued < PATIENCE_MS)
		poll(NULL, 0, 1);
	assert_true(queued < PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	/* What was in hand is answered all the same. */
	assert_int_equal(fixture.answered, 1);
	assert_int_equal(fixture.refused, queued);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads_leave_a_quarter_of_the_queue_to_what_is_written),
	    cmocka_unit_test(test_what_is_written_may_fill_the_queue),
	    cmocka_unit_test(test_the_smallest_queue_takes_a_read),
	    cmocka_unit_test(test_workers_stop_refuses_what_is_queued_once_its_time_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
