/* The queue and its threads, with exchanges that are only told apart. */
#include "server/workers.h"

#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/test.h"
#include "server/lanes_private.h"

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

static bool take_for(struct fixture *fixture, enum work_kind kind, uint64_t reader)
{
	return workers_take(fixture->workers,
	                    &(struct work){.exchange = (struct net_exchange *)(void *)fixture,
	                                   .kind = kind,
	                                   .reader = reader});
}

static bool take(struct fixture *fixture, enum work_kind kind)
{
	return take_for(fixture, kind, 0);
}

/* One worker, which has a page in hand and waits. */
static void begin(struct fixture *fixture, size_t queue_max)
{
	struct workers_handler handler = {answer, refuse, fixture};
	*fixture = (struct fixture){0};
	pthread_mutex_init(&fixture->lock, NULL);
	pthread_cond_init(&fixture->changed, NULL);
	assert_int_equal(workers_start(&handler, 1, queue_max, &fixture->workers), OK);
	assert_true(take(fixture, WORK_PAGE));
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

static void test_each_kind_has_places_that_no_other_takes(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, 8);
	for (int i = 0; i < 8; i++)
		assert_true(take(&fixture, WORK_PAGE));
	assert_false(take(&fixture, WORK_PAGE));
	for (int i = 0; i < 8; i++)
		assert_true(take(&fixture, WORK_WRITE));
	assert_false(take(&fixture, WORK_WRITE));
	for (int i = 0; i < 2; i++)
		assert_true(take(&fixture, WORK_SEARCH));
	assert_false(take(&fixture, WORK_SEARCH));
	assert_true(take(&fixture, WORK_STAFF));
	stop_aside(&fixture, monotonic_ms() + PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	assert_int_equal(fixture.answered + fixture.refused, 20);
}

static void test_the_smallest_queue_takes_a_page(void **state)
{
	(void)state;
	struct fixture fixture;
	begin(&fixture, 1);
	assert_true(take(&fixture, WORK_PAGE));
	assert_false(take(&fixture, WORK_PAGE));
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
	while (take(&fixture, WORK_PAGE) && ++queued < PATIENCE_MS)
		poll(NULL, 0, 1);
	assert_true(queued < PATIENCE_MS);
	open_gate(&fixture);
	end(&fixture);
	/* What was in hand is answered all the same. */
	assert_int_equal(fixture.answered, 1);
	assert_int_equal(fixture.refused, queued);
}

/* ---- lanes: whose turn it is, at times that are set ---- */

#define MS INT64_C(1000)
#define S_US (1000 * MS)
#define NOBODY 0

static char somebody;
static struct net_exchange *const exchange = (struct net_exchange *)(void *)&somebody;

static bool add(struct lanes *lanes, enum work_kind kind, uint64_t reader, int64_t now_us)
{
	return lanes_add(lanes, &(struct work){.exchange = exchange, .kind = kind, .reader = reader},
	                 now_us);
}

static bool add_late(struct lanes *lanes, enum work_kind kind, int64_t now_us)
{
	return lanes_add(
	    lanes, &(struct work){.exchange = exchange, .kind = kind, .reactor_lags = true}, now_us);
}

/* So many turns of one worker, of which each takes a millisecond, and a reply `write_us`. */
static void turns_take(struct lanes *lanes, int count, int64_t write_us, int turns[WORK_KINDS])
{
	struct waiting waiting;
	enum work_kind kind;
	for (int i = 0; i < count; i++) {
		assert_true(lanes_take(lanes, 0, &waiting, &kind));
		turns[kind]++;
		lanes_ended(lanes, kind, kind == WORK_WRITE ? write_us : MS);
	}
}

static void test_lanes_share_the_workers_time_as_they_are_kept(void **state)
{
	(void)state;
	struct lanes lanes;
	int turns[WORK_KINDS] = {0};
	assert_int_equal(lanes_init(&lanes, 1, 4096), OK);
	for (int i = 0; i < 1600; i++) {
		assert_true(add(&lanes, WORK_PAGE, NOBODY, 0) && add(&lanes, WORK_WRITE, NOBODY, 0));
		assert_true(i >= 1000 || add(&lanes, WORK_SEARCH, NOBODY, 0));
	}
	turns_take(&lanes, 1600, MS, turns);
	assert_in_range(turns[WORK_PAGE], 1190, 1210);
	assert_in_range(turns[WORK_WRITE], 295, 305);
	assert_in_range(turns[WORK_SEARCH], 95, 105);
	lanes_done(&lanes);
}

static void test_lanes_count_time_and_save_up_none(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	enum work_kind kind;
	int turns[WORK_KINDS] = {0};
	assert_int_equal(lanes_init(&lanes, 1, 4096), OK);
	/* Pages had the worker alone for long: replies that come then do not have it as long. */
	for (int i = 0; i < 100; i++) {
		assert_true(add(&lanes, WORK_PAGE, NOBODY, 0));
		assert_true(lanes_take(&lanes, 0, &waiting, &kind));
		assert_true(i < 99 || add(&lanes, WORK_PAGE, NOBODY, 0));
		lanes_ended(&lanes, kind, S_US);
	}
	for (int i = 0; i < 600; i++)
		assert_true(add(&lanes, WORK_PAGE, NOBODY, 0) && add(&lanes, WORK_WRITE, NOBODY, 0));
	/* A reply takes twelve times what a page does. */
	turns_take(&lanes, 490, 12 * MS, turns);
	assert_in_range(turns[WORK_WRITE], 9, 11);
	lanes_done(&lanes);
}

static void test_staff_goes_first_and_is_never_late(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	enum work_kind kind;
	assert_int_equal(lanes_init(&lanes, 4, 16), OK);
	assert_true(add(&lanes, WORK_PAGE, NOBODY, 0) && add(&lanes, WORK_STAFF, NOBODY, 0));
	assert_true(add(&lanes, WORK_STAFF, NOBODY, 60 * S_US));
	for (int i = 0; i < 20; i++)
		assert_int_equal(add_late(&lanes, WORK_STAFF, (60 + i) * S_US), i < 14);
	assert_true(lanes_take_late(&lanes, 60 * S_US, &waiting));
	assert_false(lanes_take_late(&lanes, 60 * S_US, &waiting));
	for (int i = 0; i < 4; i++) {
		assert_true(lanes_take(&lanes, 60 * S_US, &waiting, &kind));
		assert_int_equal(kind, WORK_STAFF);
	}
	lanes_done(&lanes);
}

static void test_no_kind_takes_every_worker(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	enum work_kind kind;
	int running[WORK_KINDS] = {0};
	assert_int_equal(lanes_init(&lanes, 64, 1024), OK);
	for (int i = 0; i < 100; i++)
		assert_true(add(&lanes, WORK_PAGE, NOBODY, 0) && add(&lanes, WORK_SEARCH, NOBODY, 0));
	while (lanes_take(&lanes, 0, &waiting, &kind))
		running[kind]++;
	assert_int_equal(running[WORK_PAGE], 32);
	assert_int_equal(running[WORK_SEARCH], 16);
	for (int i = 0; i < 100; i++)
		assert_true(add(&lanes, WORK_WRITE, NOBODY, 0));
	while (lanes_take(&lanes, 0, &waiting, &kind))
		running[kind]++;
	assert_int_equal(running[WORK_WRITE], 63);
	lanes_ended(&lanes, WORK_PAGE, MS);
	assert_true(lanes_take(&lanes, 0, &waiting, &kind));
	assert_int_equal(kind, WORK_PAGE);
	lanes_done(&lanes);
}

static void test_a_burst_waits_and_a_flood_is_refused_at_once(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	enum work_kind kind;
	int64_t now_us = 0;
	assert_int_equal(lanes_init(&lanes, 1, 1024), OK);
	/* Each millisecond one comes, each second millisecond one is taken. */
	size_t longest_us = 0;
	size_t refused = 0;
	for (int i = 0; i < 8000; i++, now_us += MS) {
		refused += !add(&lanes, WORK_PAGE, NOBODY, now_us);
		while (lanes_take_late(&lanes, now_us, &waiting))
			refused++;
		if (i == 1000)
			assert_int_equal(refused, 0);
		if (i % 2 == 1 && lanes_take(&lanes, now_us, &waiting, &kind)) {
			lanes_ended(&lanes, kind, 2 * MS);
			if (i > 6000 && (size_t)(now_us - waiting.since_us) > longest_us)
				longest_us = (size_t)(now_us - waiting.since_us);
		}
	}
	assert_in_range(longest_us, 50 * MS, 150 * MS);
	assert_in_range(refused, 3000, 4100);
	/* When it is over nobody is refused any more, however many come at once. */
	while (lanes_take(&lanes, now_us, &waiting, &kind))
		lanes_ended(&lanes, kind, MS);
	for (int i = 0; i < 1000; i++)
		assert_true(add(&lanes, WORK_PAGE, NOBODY, now_us + S_US));
	lanes_done(&lanes);
}

static void test_nobody_waits_longer_than_two_seconds(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	assert_int_equal(lanes_init(&lanes, 1, 1024), OK);
	assert_true(add(&lanes, WORK_WRITE, NOBODY, 0) && add(&lanes, WORK_WRITE, NOBODY, S_US));
	assert_false(lanes_take_late(&lanes, 2 * S_US, &waiting));
	assert_true(lanes_take_late(&lanes, 2 * S_US + 1, &waiting));
	assert_false(lanes_take_late(&lanes, 2 * S_US + 1, &waiting));
	assert_int_equal(lanes.of[WORK_WRITE].refused[REFUSED_LATE], 1);
	lanes_done(&lanes);
}

static void test_one_reader_does_not_fill_the_queue(void **state)
{
	(void)state;
	struct lanes lanes;
	struct waiting waiting;
	enum work_kind kind;
	assert_int_equal(lanes_init(&lanes, 1, 1024), OK);
	for (int i = 0; i < 64; i++)
		assert_true(add(&lanes, i % 2 == 0 ? WORK_PAGE : WORK_WRITE, 7, 0));
	assert_false(add(&lanes, WORK_PAGE, 7, 0));
	assert_false(add(&lanes, WORK_SEARCH, 7, 0));
	assert_true(add(&lanes, WORK_PAGE, 8, 0) && add(&lanes, WORK_STAFF, 7, 0));
	assert_true(lanes_take(&lanes, 0, &waiting, &kind) && lanes_take(&lanes, 0, &waiting, &kind));
	assert_true(add(&lanes, WORK_PAGE, 7, 0));
	assert_int_equal(lanes.of[WORK_PAGE].refused[REFUSED_READER], 1);
	lanes_done(&lanes);
}

static void test_late_reactors_refuse_one_kind_after_the_other(void **state)
{
	(void)state;
	struct lanes lanes;
	assert_int_equal(lanes_init(&lanes, 1, 1024), OK);
	assert_false(add_late(&lanes, WORK_SEARCH, S_US));
	assert_true(add_late(&lanes, WORK_WRITE, S_US + MS));
	assert_false(add_late(&lanes, WORK_WRITE, S_US + 100 * MS));
	assert_true(add_late(&lanes, WORK_PAGE, S_US + 150 * MS));
	assert_false(add_late(&lanes, WORK_PAGE, S_US + 200 * MS));
	assert_true(add_late(&lanes, WORK_STAFF, S_US + 300 * MS));
	/* And back, half a second each. */
	assert_false(add(&lanes, WORK_PAGE, NOBODY, S_US + 400 * MS));
	assert_true(add(&lanes, WORK_PAGE, NOBODY, S_US + 800 * MS));
	assert_false(add(&lanes, WORK_WRITE, NOBODY, S_US + 900 * MS));
	assert_true(add(&lanes, WORK_WRITE, NOBODY, S_US + 1300 * MS));
	assert_false(add(&lanes, WORK_SEARCH, NOBODY, S_US + 1400 * MS));
	assert_true(add(&lanes, WORK_SEARCH, NOBODY, S_US + 1800 * MS));
	lanes_done(&lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_kind_has_places_that_no_other_takes),
	    cmocka_unit_test(test_the_smallest_queue_takes_a_page),
	    cmocka_unit_test(test_workers_stop_refuses_what_is_queued_once_its_time_is_over),
	    cmocka_unit_test(test_lanes_share_the_workers_time_as_they_are_kept),
	    cmocka_unit_test(test_lanes_count_time_and_save_up_none),
	    cmocka_unit_test(test_staff_goes_first_and_is_never_late),
	    cmocka_unit_test(test_no_kind_takes_every_worker),
	    cmocka_unit_test(test_a_burst_waits_and_a_flood_is_refused_at_once),
	    cmocka_unit_test(test_nobody_waits_longer_than_two_seconds),
	    cmocka_unit_test(test_one_reader_does_not_fill_the_queue),
	    cmocka_unit_test(test_late_reactors_refuse_one_kind_after_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
