#include "base/metrics.h"
#include "base/test.h"

/* A room as an example, whose values a test sets. */
struct example_values {
	int64_t pages;
	int64_t age_ms;
	int64_t requests[2][3];
	struct histogram_values times[2];
};

static const char *const kinds[] = {"kept", "made"};
static const char *const results[] = {"200", "404", "503"};

static const struct metric rows[] = {
    {.name = "example_pages",
     .type = METRIC_GAUGE,
     .help = "Pages.",
     .offset = offsetof(struct example_values, pages)},
    {.name = "example_age_seconds",
     .type = METRIC_GAUGE,
     .help = "Age.",
     .decimals = 3,
     .offset = offsetof(struct example_values, age_ms)},
    {.name = "example_requests_total",
     .type = METRIC_COUNTER,
     .help = "Requests.",
     .offset = offsetof(struct example_values, requests),
     .labels = {{"kind", kinds, 2}, {"result", results, 3}},
     .is_sparse = true},
    {.name = "example_seconds",
     .type = METRIC_HISTOGRAM,
     .help = "Times.",
     .offset = offsetof(struct example_values, times),
     .labels = {{"kind", kinds, 2}}},
};

static void values_read(void *source, void *out)
{
	memcpy(out, source, sizeof(struct example_values));
}

static const struct metric_table table = {
    .room = "example",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct example_values),
    .read = values_read,
};

static void text_of(struct example_values *values, struct buf *out)
{
	const struct metric_source source = {&table, values};
	buf_init(out, METRICS_MAX_BYTES);
	assert_int_equal(metrics_format(&source, 1, out), OK);
	buf_add_byte(out, 0);
}

static void assert_has(const struct buf *text, const char *line)
{
	if (strstr(text->bytes, line) == NULL)
		fail_msg("no line \"%s\" in\n%s", line, text->bytes);
}

static void test_metrics_have_help_type_labels_and_decimals(void **state)
{
	(void)state;
	struct example_values values = {.pages = 7, .age_ms = 1234, .requests = {[1] = {0, 3, 0}}};
	struct buf text BUF_CLEANUP;
	text_of(&values, &text);
	assert_has(&text, "# HELP example_pages Pages.\n# TYPE example_pages gauge\nexample_pages 7\n");
	assert_has(&text, "# TYPE example_age_seconds gauge\nexample_age_seconds 1.234\n");
	assert_has(&text, "# TYPE example_requests_total counter\n"
	                  "example_requests_total{kind=\"made\",result=\"404\"} 3\n"
	                  "# HELP example_seconds Times.\n# TYPE example_seconds histogram\n");
}

static void test_metrics_leave_out_what_is_not_known(void **state)
{
	(void)state;
	struct example_values values = {.pages = METRIC_UNKNOWN, .age_ms = -5};
	struct buf text BUF_CLEANUP;
	text_of(&values, &text);
	assert_null(strstr(text.bytes, "example_pages"));
	assert_null(strstr(text.bytes, "example_requests_total"));
	assert_has(&text, "example_age_seconds -0.005\n");
}

static void test_histogram_counts_up_to_each_bound_with_all_below(void **state)
{
	(void)state;
	struct histogram times = {0};
	struct example_values values = {0};
	struct buf text BUF_CLEANUP;
	histogram_own(&times, 0);
	histogram_own(&times, 10);
	histogram_shared(&times, 11);
	histogram_shared(&times, 10000000);
	histogram_own(&times, 10000001);
	histogram_sum(&times, &values.times[1]);
	text_of(&values, &text);
	assert_has(&text, "\nexample_seconds_bucket{kind=\"made\",le=\"1e-05\"} 2\n"
	                  "example_seconds_bucket{kind=\"made\",le=\"2e-05\"} 3\n");
	assert_has(&text, "example_seconds_bucket{kind=\"made\",le=\"5\"} 3\n"
	                  "example_seconds_bucket{kind=\"made\",le=\"10\"} 4\n"
	                  "example_seconds_bucket{kind=\"made\",le=\"+Inf\"} 5\n"
	                  "example_seconds_sum{kind=\"made\"} 20.000022\n"
	                  "example_seconds_count{kind=\"made\"} 5\n");
	assert_has(&text, "example_seconds_count{kind=\"kept\"} 0\n");
}

static void test_metrics_that_do_not_fit_are_a_failure(void **state)
{
	(void)state;
	struct example_values values = {0};
	const struct metric_source source = {&table, &values};
	struct buf text BUF_CLEANUP;
	buf_init(&text, 100);
	assert_int_equal(metrics_format(&source, 1, &text), ERR_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_metrics_have_help_type_labels_and_decimals),
	    cmocka_unit_test(test_metrics_leave_out_what_is_not_known),
	    cmocka_unit_test(test_histogram_counts_up_to_each_bound_with_all_below),
	    cmocka_unit_test(test_metrics_that_do_not_fit_are_a_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
