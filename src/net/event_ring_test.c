/* The ring of events: what it keeps, and where a stream can begin. */
#include "net/streams_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail /* cmocka's; ours is meant */

#define TOPIC 7
#define OTHER_TOPIC 8

static const uint64_t topics[STREAM_TOPICS] = {TOPIC, 0};

static int ring_setup(void **state)
{
	return event_ring_new((struct event_ring **)state) == OK ? 0 : -1;
}

static int ring_teardown(void **state)
{
	event_ring_free(*state);
	return 0;
}

static void add(struct event_ring *ring, uint64_t topic, int64_t now)
{
	char data[32];
	snprintf(data, sizeof data, "%llu", (unsigned long long)event_ring_newest(ring) + 1);
	assert_int_equal(event_ring_add(ring, topic, S("x"), str_from_c(data), now), OK);
}

/* Counts what a stream on TOPIC gets from a position on, each once and in order. */
static size_t take_all(struct event_ring *ring, uint64_t position)
{
	size_t total = 0;
	for (;;) {
		struct event *events[EVENTS_TAKEN_MAX];
		size_t count;
		uint64_t last = position;
		assert_true(event_ring_take(ring, topics, &position, events, &count));
		for (size_t i = 0; i < count; i++) {
			assert_true(events[i]->number > last && events[i]->topic == TOPIC);
			last = events[i]->number;
			event_release(events[i]);
		}
		total += count;
		if (count == 0)
			break;
	}
	assert_int_equal(position, event_ring_newest(ring));
	return total;
}

static void test_event_is_written_out_with_its_id(void **state)
{
	struct event_ring *ring = *state;
	struct event *events[EVENTS_TAKEN_MAX];
	size_t count;
	uint64_t position = 0;
	char id[EVENT_ID_BYTES];
	char expected[256];
	assert_int_equal(event_ring_add(ring, TOPIC, S("story"), S("{\"a\":1}"), 0), OK);
	assert_true(event_ring_take(ring, topics, &position, events, &count));
	assert_int_equal(count, 1);
	int length = snprintf(expected, sizeof expected, "id: %.*s\nevent: story\ndata: {\"a\":1}\n\n",
	                      STR(event_ring_id(ring, 1, id)));
	assert_int_equal(events[0]->length, length);
	assert_memory_equal(events[0]->bytes, expected, (size_t)length);
	event_release(events[0]);
}

static void test_stream_gets_its_topics_alone(void **state)
{
	struct event_ring *ring = *state;
	for (int i = 0; i < 100; i++)
		add(ring, i % 3 == 0 ? TOPIC : OTHER_TOPIC, 0);
	assert_int_equal(take_all(ring, 0), 34);
	assert_int_equal(take_all(ring, 90), 4); /* 91, 94, 97 and 100 */
}

static void test_ring_keeps_the_last_and_says_when_a_stream_is_overtaken(void **state)
{
	struct event_ring *ring = *state;
	struct event *events[EVENTS_TAKEN_MAX];
	size_t count;
	for (int i = 0; i < EVENTS_KEPT; i++)
		add(ring, TOPIC, 0);
	assert_int_equal(take_all(ring, 0), EVENTS_KEPT);
	for (int i = 0; i < 3 * EVENTS_KEPT / 2; i++)
		add(ring, TOPIC, 0);
	uint64_t newest = event_ring_newest(ring);
	assert_int_equal(take_all(ring, newest - EVENTS_KEPT), EVENTS_KEPT);
	uint64_t position = newest - EVENTS_KEPT - 1;
	assert_false(event_ring_take(ring, topics, &position, events, &count));
	assert_int_equal(count, 0);
}

static void test_event_stays_for_who_is_sending_it(void **state)
{
	struct event_ring *ring = *state;
	struct event *events[EVENTS_TAKEN_MAX];
	size_t count;
	uint64_t position = 0;
	add(ring, TOPIC, 0);
	assert_true(event_ring_take(ring, topics, &position, events, &count));
	for (int i = 0; i < 2 * EVENTS_KEPT; i++)
		add(ring, TOPIC, 0);
	assert_int_equal(events[0]->number, 1);
	assert_true(str_find((Str){events[0]->bytes, events[0]->length}, S("data: 1\n\n")) !=
	            STR_NOT_FOUND);
	event_release(events[0]);
}

static void test_ids_are_found_as_long_as_nothing_after_them_is_lost(void **state)
{
	struct event_ring *ring = *state;
	struct event_ring *other;
	char id[EVENT_ID_BYTES];
	uint64_t position = 99;
	assert_int_equal(event_ring_new(&other), OK);
	assert_true(event_ring_find(ring, event_ring_id(ring, 0, id), &position));
	assert_int_equal(position, 0);
	for (int i = 0; i < EVENTS_KEPT + 1; i++)
		add(ring, TOPIC, 0);
	assert_false(event_ring_find(ring, event_ring_id(ring, 0, id), &position));
	assert_true(event_ring_find(ring, event_ring_id(ring, 1, id), &position));
	assert_int_equal(position, 1);
	assert_false(event_ring_find(ring, event_ring_id(ring, EVENTS_KEPT + 2, id), &position));
	/* After a restart ids are another process's. */
	assert_false(event_ring_find(ring, event_ring_id(other, 1, id), &position));
	Str whole = event_ring_id(ring, EVENTS_KEPT, id);
	assert_true(event_ring_find(ring, whole, &position));
	for (size_t length = 0; length < 18; length++)
		assert_false(event_ring_find(ring, str_slice(whole, 0, length), &position));
	assert_false(event_ring_find(ring, S("x"), &position));
	assert_int_equal(position, EVENTS_KEPT);
	event_ring_free(other);
}

static void test_what_happened_since_a_moment_is_found(void **state)
{
	struct event_ring *ring = *state;
	int64_t start = monotonic_ms();
	uint64_t position = 99;
	assert_true(event_ring_since(ring, start + 5, &position));
	assert_int_equal(position, 0);
	for (int i = 0; i < EVENTS_KEPT; i++)
		add(ring, TOPIC, start + i);
	/* What happened in that very millisecond too. */
	assert_true(event_ring_since(ring, start + 5, &position));
	assert_int_equal(position, 5);
	assert_true(event_ring_since(ring, start, &position));
	assert_int_equal(position, 0);
	assert_true(event_ring_since(ring, start + EVENTS_KEPT, &position));
	assert_int_equal(position, EVENTS_KEPT);
	/* The first is lost, and may have been of that time. */
	add(ring, TOPIC, start + EVENTS_KEPT);
	assert_false(event_ring_since(ring, start, &position));
	assert_false(event_ring_since(ring, start + 1, &position));
	assert_true(event_ring_since(ring, start + 2, &position));
	assert_int_equal(position, 2);
	/* Nobody here knows what was before the ring. */
	assert_false(event_ring_since(ring, start - HOUR_MS, &position));
}

static void test_event_that_is_too_long_is_refused(void **state)
{
	struct event_ring *ring = *state;
	static char data[EVENT_MAX_BYTES];
	memset(data, 'x', sizeof data);
	assert_int_equal(event_ring_add(ring, TOPIC, S("x"), (Str){data, sizeof data}, 0),
	                 ERR_TOO_LARGE);
	assert_int_equal(event_ring_newest(ring), 0);
	assert_int_equal(event_ring_add(ring, TOPIC, S("x"), (Str){data, sizeof data - 100}, 0), OK);
}

#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, ring_setup, ring_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RING_TEST(test_event_is_written_out_with_its_id),
	    RING_TEST(test_stream_gets_its_topics_alone),
	    RING_TEST(test_ring_keeps_the_last_and_says_when_a_stream_is_overtaken),
	    RING_TEST(test_event_stays_for_who_is_sending_it),
	    RING_TEST(test_ids_are_found_as_long_as_nothing_after_them_is_lost),
	    RING_TEST(test_what_happened_since_a_moment_is_found),
	    RING_TEST(test_event_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
