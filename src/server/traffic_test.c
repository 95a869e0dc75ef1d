#include "server/traffic.h"

#include <stdlib.h>

#include "base/test.h"
#include "server/reads_private.h"
#include "web/web.h"

static void requests(struct traffic *traffic, size_t reactor, int64_t story, int64_t now_ms,
                     size_t count)
{
	const struct net_finished finished = {.reactor = reactor,
	                                      .status = 200,
	                                      .class = WEB_KEPT,
	                                      .subject = story,
	                                      .took_us = 15,
	                                      .now_ms = now_ms};
	for (size_t i = 0; i < count; i++)
		traffic_count(traffic, &finished);
}

static void test_traffic_counts_by_class_and_status_over_all_reactors(void **state)
{
	(void)state;
	struct traffic *traffic;
	struct buf text BUF_CLEANUP;
	assert_int_equal(traffic_new(2, &traffic), OK);
	requests(traffic, 0, 0, 0, 3);
	requests(traffic, 1, 0, 0, 4);
	traffic_count(traffic, &(struct net_finished){.status = 0, .class = WEB_WRITE});
	traffic_count(traffic,
	              &(struct net_finished){.status = 299, .class = 1000, .took_us = 20000000});
	const struct metric_source source = {&traffic_metrics, traffic};
	buf_init(&text, METRICS_MAX_BYTES);
	assert_int_equal(metrics_format(&source, 1, &text), OK);
	buf_add_byte(&text, 0);
	static const char *const lines[] = {
	    "courant_http_requests_total{class=\"other\",status=\"other\"} 1\n",
	    "courant_http_requests_total{class=\"kept\",status=\"200\"} 7\n",
	    "courant_http_requests_total{class=\"write\",status=\"499\"} 1\n",
	    "courant_http_request_duration_seconds_count{class=\"kept\"} 7\n",
	    "courant_http_request_duration_seconds_bucket{class=\"kept\",le=\"1e-05\"} 0\n",
	    "courant_http_request_duration_seconds_bucket{class=\"kept\",le=\"2e-05\"} 7\n",
	    "courant_http_request_duration_seconds_count{class=\"write\"} 0\n",
	    "courant_http_request_duration_seconds_bucket{class=\"other\",le=\"10\"} 0\n",
	    "courant_http_request_duration_seconds_bucket{class=\"other\",le=\"+Inf\"} 1\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (strstr(text.bytes, lines[i]) == NULL)
			fail_msg("no line %s in\n%s", lines[i], text.bytes);
	traffic_free(traffic);
}

static void test_traffic_lists_the_stories_of_the_last_minute(void **state)
{
	(void)state;
	struct traffic *traffic;
	struct story_reads *stories;
	size_t count;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 8 << 20);
	assert_int_equal(traffic_new(2, &traffic), OK);
	requests(traffic, 0, 7, 1000, 50);
	requests(traffic, 0, 8, 30000, 20);
	requests(traffic, 1, 8, 31000, 10);
	requests(traffic, 1, 9, 50000, 40);
	requests(traffic, 0, 0, 50000, 99);
	assert_int_equal(traffic_stories(traffic, 51000, &mem, 10, &stories, &count), OK);
	assert_int_equal(count, 3);
	assert_true(stories[0].story == 7 && stories[0].requests == 50);
	assert_true(stories[1].story == 9 && stories[1].requests == 40);
	assert_true(stories[2].story == 8 && stories[2].requests == 30);
	/* A minute later nobody reads the first one any more. */
	assert_int_equal(traffic_stories(traffic, 61000, &mem, 1, &stories, &count), OK);
	assert_int_equal(count, 1);
	assert_true(stories[0].story == 9);
	/* What is written where the first one was does not bring it back. */
	requests(traffic, 0, 10, 66000, 1);
	assert_int_equal(traffic_stories(traffic, 66000, &mem, 10, &stories, &count), OK);
	assert_int_equal(count, 3);
	assert_true(stories[2].story == 10 && stories[2].requests == 1);
	traffic_free(traffic);
}

#define CROWD 100000

/* A crawler reads every story of an archive once, in between many read a few. */
static void test_traffic_knows_what_many_read_beside_a_crawler(void **state)
{
	(void)state;
	struct traffic *traffic;
	struct story_reads *stories;
	size_t count;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 8 << 20);
	assert_int_equal(traffic_new(1, &traffic), OK);
	for (int64_t i = 1; i <= CROWD; i++) {
		requests(traffic, 0, 1000 + i, i / 4, 1);
		if (i % 10 == 0)
			requests(traffic, 0, 1 + i / 10 % 5, i / 4, 1); /* five stories, 2,000 times each */
	}
	assert_int_equal(traffic_stories(traffic, CROWD / 4, &mem, 5, &stories, &count), OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		assert_in_range(stories[i].story, 1, 5);
		assert_in_range(stories[i].requests, 500, 2000);
	}
	traffic_free(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_traffic_counts_by_class_and_status_over_all_reactors),
	    cmocka_unit_test(test_traffic_lists_the_stories_of_the_last_minute),
	    cmocka_unit_test(test_traffic_knows_what_many_read_beside_a_crawler),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
