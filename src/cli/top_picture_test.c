#include "base/test.h"
#include "cli/top_private.h"

#define COLUMNS 80
#define LINES 24

static const struct top_screen screen = {
    .columns = COLUMNS, .lines = LINES, .now_s = 100000, .time = {"12:34:56", 8}};

static struct top_counts quiet(void)
{
	return (struct top_counts){.site = S("The Two Rivers"),
	                           .version = S("0.1.0"),
	                           .at_s = 10,
	                           .started_s = 90000,
	                           .can_write = 1,
	                           .workers = 4,
	                           .max_open = 16384};
}

/* NUL-ended. */
static void picture_of(const struct top_counts *before, const struct top_counts *now,
                       const struct top_screen *where, struct buf *out)
{
	buf_init(out, 65536);
	top_picture(before, now, where, out);
	assert_int_equal(buf_check(out), OK);
	buf_add_byte(out, 0);
}

static void assert_has(const struct buf *picture, const char *words)
{
	if (strstr(picture->bytes, words) == NULL)
		fail_msg("no \"%s\" in\n%s", words, picture->bytes);
}

static void assert_fits(const struct buf *picture, size_t columns, size_t lines)
{
	Str rest = str_slice(buf_str(picture), 0, picture->length - 1);
	Str line;
	size_t count = 0;
	while (str_next(&rest, '\n', &line)) {
		count++;
		assert_in_range(text_width(line), 0, columns);
	}
	assert_in_range(count, 1, lines);
}

static void test_top_shows_what_happened_between_two_tellings(void **state)
{
	(void)state;
	struct top_counts before = quiet();
	struct top_counts now = quiet();
	struct buf picture BUF_CLEANUP;
	before.classes[WEB_KEPT].requests = 5000;
	now.at_s = 12;
	now.classes[WEB_KEPT].requests = 7468;
	now.classes[WEB_KEPT].took[1] = 2468; /* 10 to 20 µs */
	now.classes[WEB_MADE] = (struct top_class){.requests = 5, .failed = 2, .took = {[11] = 5}};
	now.cpu_s = 0.5;
	picture_of(&before, &now, &screen, &picture);
	assert_has(&picture, "The Two Rivers – Courant 0.1.0, up 2h 46m");
	assert_has(&picture, " kept            1,234      15 µs      20 µs          0          0\n");
	assert_has(&picture, " made              2.5      35 ms      50 ms          0        1.0\n");
	assert_has(&picture, "99.8 % from memory");
	assert_has(&picture, "25 % CPU");
	assert_has(&picture, " search              0          –          –");
	assert_fits(&picture, COLUMNS, LINES);
}

static void test_top_fits_any_terminal(void **state)
{
	(void)state;
	struct top_counts now = quiet();
	now.site = S("A newspaper with a name that is longer than any terminal is wide, and that is "
	             "exactly as it should be – الرافدان");
	now.classes[WEB_KEPT] = (struct top_class){1e14, 1e14, 1e14, {1e14}};
	now.cache_bytes = now.cache_max_bytes = now.wal_bytes = now.sent_bytes = 1e18;
	now.can_write = 0;
	for (size_t i = 0; i < TOP_STORIES_MAX; i++)
		now.stories[now.story_count++] = (struct top_story){
		    S("日本語の見出しがここに長く長く続くので、切られることになる、本当に長い見出しです"),
		    (int64_t)i + 1, INT64_MAX / 2};
	struct top_counts before = quiet();
	before.at_s = 9;
	for (size_t columns = 1; columns < 200; columns += 7) {
		for (size_t lines = 1; lines < 60; lines += 3) {
			struct buf picture BUF_CLEANUP;
			struct top_screen where = screen;
			where.columns = columns;
			where.lines = lines;
			picture_of(&before, &now, &where, &picture);
			assert_fits(&picture, columns, lines);
		}
	}
}

static void test_top_shows_no_control_characters_of_a_headline(void **state)
{
	(void)state;
	struct top_counts now = quiet();
	struct buf picture BUF_CLEANUP;
	now.stories[0] = (struct top_story){S("Red \x1b[31m alert\r\n\xC2\x9B"
	                                      "2J"),
	                                    1, 7};
	now.story_count = 1;
	picture_of(&now, &now, &screen, &picture);
	assert_null(strchr(picture.bytes, 0x1b));
	assert_null(strchr(picture.bytes, '\r'));
	assert_null(strstr(picture.bytes, "\xC2\x9B"));
	assert_has(&picture, "          7  Red ");
}

static void test_top_shows_in_red_what_is_refused(void **state)
{
	(void)state;
	struct top_counts before = quiet();
	struct top_counts now = quiet();
	struct top_screen coloured = screen;
	struct buf picture BUF_CLEANUP;
	coloured.has_colour = true;
	now.at_s = 12;
	now.strain = 1;
	now.refused_searches = 84;
	now.refused_writes = 3;
	picture_of(&before, &now, &coloured, &picture);
	assert_has(&picture,
	           "\x1b[1;31m refused/s   42 searches, 1.5 replies, 0 pages; reactors come too late");
}

static void test_top_begins_anew_after_a_restart(void **state)
{
	(void)state;
	struct top_counts before = quiet();
	struct top_counts now = quiet();
	struct buf picture BUF_CLEANUP;
	before.classes[WEB_KEPT].requests = 1000000;
	now.started_s = 99999;
	now.at_s = 11;
	now.classes[WEB_KEPT].requests = 3;
	picture_of(&before, &now, &screen, &picture);
	assert_has(&picture, " kept                0 ");
}

static void test_top_says_that_nothing_can_be_stored(void **state)
{
	(void)state;
	struct top_counts now = quiet();
	struct top_screen coloured = screen;
	struct buf picture BUF_CLEANUP;
	now.can_write = 0;
	coloured.has_colour = true;
	picture_of(&now, &now, &coloured, &picture);
	assert_has(&picture, "\x1b[1;31m database    NOTHING CAN BE STORED");
}

static void test_top_reads_what_metrics_tells(void **state)
{
	(void)state;
	struct arena mem CLEANUP(arena_done);
	struct top_counts counts;
	arena_init(&mem, 1 << 20);
	Str told =
	    S("{\"site\":\"A\",\"at_ms\":1500,\"metrics\":["
	      "{\"name\":\"courant_http_requests_total\","
	      "\"labels\":{\"class\":\"made\",\"status\":\"503\"},\"value\":2},"
	      "{\"name\":\"courant_http_requests_total\","
	      "\"labels\":{\"class\":\"made\",\"status\":\"200\"},\"value\":3},"
	      "{\"name\":\"courant_queue_refused_total\",\"labels\":{\"work\":\"page\"},\"value\":4},"
	      "{\"name\":\"courant_queue_refused_total\",\"labels\":{\"work\":\"write\"},\"value\":5},"
	      "{\"name\":\"courant_db_commits_total\",\"labels\":{\"result\":\"failed\"},\"value\":6}],"
	      "\"stories\":[{\"id\":42,\"headline\":null,\"requests\":9}]}");
	assert_int_equal(top_counts_parse(told, &mem, &counts), OK);
	assert_true(counts.at_s == 1.5);
	assert_true(counts.classes[WEB_MADE].requests == 5 && counts.classes[WEB_MADE].failed == 2);
	assert_true(counts.refused_pages == 4 && counts.refused_writes == 5);
	assert_true(counts.commits == 0 && counts.commits_failed == 6);
	assert_int_equal(counts.story_count, 1);
	assert_int_equal(counts.stories[0].id, 42);
	assert_true(str_is_empty(counts.stories[0].headline));
	assert_int_equal(top_counts_parse(S("{}"), &mem, &counts), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_top_shows_what_happened_between_two_tellings),
	    cmocka_unit_test(test_top_fits_any_terminal),
	    cmocka_unit_test(test_top_shows_no_control_characters_of_a_headline),
	    cmocka_unit_test(test_top_shows_in_red_what_is_refused),
	    cmocka_unit_test(test_top_begins_anew_after_a_restart),
	    cmocka_unit_test(test_top_says_that_nothing_can_be_stored),
	    cmocka_unit_test(test_top_reads_what_metrics_tells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
