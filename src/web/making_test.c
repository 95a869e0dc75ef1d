#include "base/random.h"
#include "web/test_support.h"

#include <sched.h>
#include <stdlib.h>

/* A making only hands exchanges on, so any address will do. */
static char places[4096];

static struct net_exchange *exchange_at(size_t number)
{
	return (struct net_exchange *)&places[number];
}

static int setup(void **state)
{
	struct makings *makings;
	if (makings_new(&makings) != OK)
		return -1;
	*state = makings;
	return 0;
}

static int teardown(void **state)
{
	makings_release(*state);
	return 0;
}

static void test_making_is_led_by_the_first_and_others_wait(void **state)
{
	struct waiters waiters = {0};
	assert_int_equal(making_join(*state, S("/a"), exchange_at(0)), MAKING_LEADS);
	assert_int_equal(making_join(*state, S("/a"), exchange_at(1)), MAKING_WAITS);
	assert_int_equal(making_join(*state, S("/b"), exchange_at(2)), MAKING_LEADS);
	assert_null(making_led_by(*state, S("/a"), exchange_at(1)));
	assert_null(making_led_by(*state, S("/c"), exchange_at(0)));
	struct making *a = making_led_by(*state, S("/a"), exchange_at(0));
	struct making *b = making_led_by(*state, S("/b"), exchange_at(2));
	assert_non_null(a);
	assert_true(making_take_or_end(*state, a, &waiters));
	assert_int_equal(waiters.count, 2);
	assert_ptr_equal(waiters.exchanges[0], exchange_at(0));
	assert_ptr_equal(waiters.exchanges[1], exchange_at(1));
	/* Who comes while it is made waits for what is next. */
	assert_int_equal(making_join(*state, S("/a"), exchange_at(3)), MAKING_WAITS);
	making_take(*state, a, &waiters);
	assert_int_equal(waiters.count, 1);
	assert_ptr_equal(waiters.exchanges[0], exchange_at(3));
	making_take(*state, a, &waiters);
	assert_int_equal(waiters.count, 0);
	assert_false(making_take_or_end(*state, a, &waiters));
	/* It is over: the next one leads again. */
	assert_int_equal(making_join(*state, S("/a"), exchange_at(4)), MAKING_LEADS);
	a = making_led_by(*state, S("/a"), exchange_at(4));
	assert_true(making_take_or_end(*state, a, &waiters));
	assert_false(making_take_or_end(*state, a, &waiters));
	assert_true(making_take_or_end(*state, b, &waiters));
	assert_false(making_take_or_end(*state, b, &waiters));
	waiters_done(&waiters);
}

static void test_making_leaves_out_who_comes_past_the_most(void **state)
{
	struct waiters waiters = {0};
	size_t count = 0;
	assert_int_equal(making_join(*state, S("/"), exchange_at(0)), MAKING_LEADS);
	while (making_join(*state, S("/"), exchange_at(1)) == MAKING_WAITS)
		count++;
	assert_int_equal(count, 65535);
	struct making *making = making_led_by(*state, S("/"), exchange_at(0));
	assert_true(making_take_or_end(*state, making, &waiters));
	assert_int_equal(waiters.count, 65536);
	assert_false(making_take_or_end(*state, making, &waiters));
	waiters_done(&waiters);
}

/* --- Many threads --- */

#define ASKERS 4
#define ASKED 20000
#define KEYS 7

/* Each asker asks for pages in turn, and makes those whose making it leads, as a worker would. */
struct crowd {
	struct makings *makings;
	_Atomic int makers[KEYS]; /* at this moment */
	_Atomic uint64_t answered, makings_done, made_twice;
};

static void lead(struct crowd *crowd, int key_number, Str key, struct net_exchange *leader)
{
	struct waiters waiters = {0};
	struct making *making = making_led_by(crowd->makings, key, leader);
	if (making == NULL)
		abort();
	while (making_take_or_end(crowd->makings, making, &waiters)) {
		if (atomic_fetch_add(&crowd->makers[key_number], 1) > 0)
			atomic_fetch_add(&crowd->made_twice, 1);
		sched_yield();
		atomic_fetch_add(&crowd->answered, waiters.count);
		atomic_fetch_add(&crowd->makings_done, 1);
		atomic_fetch_sub(&crowd->makers[key_number], 1);
	}
	waiters_done(&waiters);
}

static void *ask(void *context)
{
	struct crowd *crowd = context;
	static _Atomic size_t number;
	for (int i = 0; i < ASKED; i++) {
		/* An address is another asker's again only long after it was answered. */
		struct net_exchange *exchange = exchange_at(atomic_fetch_add(&number, 1) % sizeof places);
		char text[] = {'/', (char)('a' + i % KEYS)};
		Str key = {text, sizeof text};
		if (making_join(crowd->makings, key, exchange) == MAKING_LEADS)
			lead(crowd, i % KEYS, key, exchange);
	}
	return NULL;
}

static void test_making_answers_all_and_is_done_by_one_at_a_time(void **state)
{
	static struct crowd crowd;
	pthread_t threads[ASKERS];
	crowd.makings = *state;
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowd), 0);
	for (int i = 0; i < ASKERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.answered, ASKERS * ASKED);
	assert_int_equal(crowd.made_twice, 0);
	assert_true(crowd.makings_done <= crowd.answered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_making_is_led_by_the_first_and_others_wait, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_making_leaves_out_who_comes_past_the_most, setup,
	                                    teardown),
	    cmocka_unit_test_setup_teardown(test_making_answers_all_and_is_done_by_one_at_a_time, setup,
	                                    teardown),
	};
	if (!random_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
