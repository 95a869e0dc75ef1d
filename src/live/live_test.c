/* What a stream asks for, and where it begins. */
#include "base/random.h"
#include "live/live_private.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#undef fail /* cmocka's; ours is meant */

static bool read_query(const char *text, const char *last_event_id, struct stream_query *out)
{
	static struct http_request http;
	http = (struct http_request){.query = str_from_c(text)};
	if (last_event_id != NULL) {
		http.fields[0] = (struct http_field){S("Last-Event-ID"), str_from_c(last_event_id)};
		http.field_count = 1;
	}
	return stream_query_read(&http, language_find(S("en")), out);
}

static void test_stream_query_has_the_site_language_and_no_story_of_itself(void **state)
{
	(void)state;
	struct stream_query query;
	assert_true(read_query("", NULL, &query));
	assert_ptr_equal(query.language, language_find(S("en")));
	assert_int_equal(query.story, 0);
	assert_int_equal(query.age_ms, -1);
	assert_int_equal(query.since.length, 0);
}

static void test_stream_query_names_language_story_and_place(void **state)
{
	(void)state;
	struct stream_query query;
	assert_true(read_query("lang=ckb&story=42&age=1500&since=abc-7&utm_source=x", NULL, &query));
	assert_ptr_equal(query.language, language_find(S("ckb")));
	assert_int_equal(query.story, 42);
	assert_int_equal(query.age_ms, 1500);
	assert_true(str_equal(query.since, S("abc-7")));
	/* A browser that comes back by itself asks for the same address. */
	assert_true(read_query("since=abc-7", "abc-9", &query));
	assert_true(str_equal(query.since, S("abc-9")));
}

static void test_stream_query_refuses_what_is_not_one(void **state)
{
	(void)state;
	struct stream_query query;
	static const char *const wrong[] = {
	    "lang=xx",  "story=x",       "story=-1", "story=9223372036854775808", "story=1&story=2",
	    "age=late", "age=864000000", "age=-1",   "lang=en&lang=ar",           "since=a&since=b",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(read_query(wrong[i], NULL, &query));
}

static void test_topics_are_all_different(void **state)
{
	(void)state;
	for (size_t i = 0; i < language_count(); i++) {
		uint64_t topic = topic_of_bar(language_at(i));
		assert_true(topic != topic_of_story(INT64_MAX) && topic != topic_of_story((int64_t)i));
		for (size_t j = 0; j < i; j++)
			assert_true(topic != topic_of_bar(language_at(j)));
	}
}

static void add(struct event_ring *ring, int64_t now)
{
	assert_int_equal(event_ring_add(ring, 1, S("x"), S("1"), now), OK);
}

static void test_stream_begins_where_its_page_left_off(void **state)
{
	(void)state;
	struct event_ring *ring;
	struct event_ring *other;
	char id[EVENT_ID_BYTES];
	uint64_t position;
	assert_int_equal(event_ring_new(&ring), OK);
	assert_int_equal(event_ring_new(&other), OK);
	int64_t start = monotonic_ms() + 10000;
	for (int i = 1; i <= 5; i++)
		add(ring, start + (int64_t)i * 1000);
	int64_t now = start + 6000;
	struct stream_query query = {.age_ms = -1};
	/* A stream that says nothing hears what comes. */
	assert_true(stream_position(ring, &query, now, &position));
	assert_int_equal(position, 5);
	/* A page that was asked for 2,500 ms ago may lack the last two. */
	query.age_ms = 2500;
	assert_true(stream_position(ring, &query, now, &position));
	assert_int_equal(position, 3);
	/* An id goes before the age, which only grows. */
	query.since = event_ring_id(ring, 2, id);
	assert_true(stream_position(ring, &query, now, &position));
	assert_int_equal(position, 2);
	/* Another process's id is none here, nor is one that is not there yet. */
	query.since = event_ring_id(other, 2, id);
	assert_false(stream_position(ring, &query, now, &position));
	assert_int_equal(position, 5);
	query.since = event_ring_id(ring, 6, id);
	assert_false(stream_position(ring, &query, now, &position));
	/* A page from before this process looks for itself. */
	query = (struct stream_query){.age_ms = HOUR_MS};
	assert_false(stream_position(ring, &query, now, &position));
	assert_int_equal(position, 5);
	event_ring_free(other);
	event_ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stream_query_has_the_site_language_and_no_story_of_itself),
	    cmocka_unit_test(test_stream_query_names_language_story_and_place),
	    cmocka_unit_test(test_stream_query_refuses_what_is_not_one),
	    cmocka_unit_test(test_topics_are_all_different),
	    cmocka_unit_test(test_stream_begins_where_its_page_left_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
