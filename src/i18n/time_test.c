#include "i18n/i18n.h"

#include "i18n/i18n_private.h"
#include "i18n/i18n_test_support.h"

#define BAGHDAD S("Asia/Baghdad")
#define LONDON S("Europe/London")
#define STORY_TIME ((Time)1627040340000) /* 2021-07-23T11:39:00Z */

static void assert_formats(Str zone, Time time, const char *expected)
{
	Str out;
	assert_int_equal(time_format(zone, time, &mem, &out), OK);
	assert_text(out, expected);
}

static void assert_parses(Str zone, const char *text, const char *expected_utc)
{
	Time time;
	assert_int_equal(time_parse(zone, str_from_c(text), &time), OK);
	assert_formats(S("UTC"), time, expected_utc);
}

static void assert_refuses(Str zone, const char *text)
{
	Time time = 42;
	assert_int_equal(time_parse(zone, str_from_c(text), &time), ERR_INVALID);
	assert_int_equal(time, 42);
}

static void test_zone_is_known_for_iana_names_of_places(void **state)
{
	(void)state;
	assert_true(zone_is_known(BAGHDAD));
	assert_true(zone_is_known(LONDON));
	assert_true(zone_is_known(S("America/Argentina/Buenos_Aires")));
	assert_true(zone_is_known(S("Etc/GMT+3")));
	assert_true(zone_is_known(S("UTC")));
}

static void test_zone_is_known_refuses_what_is_no_place(void **state)
{
	(void)state;
	static const char long_name[] =
	    "Asia/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	static const char *const unknown[] = {
	    "",        "/",       "Asia/Bagdad",   "asia/baghdad", "AST",          "GMT+03:00",
	    "+03:00",  "Baghdad", "Asia/Baghdad ", "Etc/Unknown",  "Asia/Bag\xFF", "../etc/passwd",
	    long_name, "Asia/",   "بغداد/آسيا",
	};
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
		assert_false(zone_is_known(str_from_c(unknown[i])));
	assert_false(zone_is_known(S("Asia/Baghdad\0")));
}

static void test_time_format_writes_the_zone_s_offset(void **state)
{
	(void)state;
	assert_formats(BAGHDAD, STORY_TIME, "2021-07-23T14:39:00+03:00");
	assert_formats(S("UTC"), STORY_TIME, "2021-07-23T11:39:00+00:00");
	assert_formats(LONDON, STORY_TIME, "2021-07-23T12:39:00+01:00");
	assert_formats(S("America/St_Johns"), STORY_TIME, "2021-07-23T09:09:00-02:30");
	assert_formats(S("UTC"), -1, "1969-12-31T23:59:59+00:00");
	assert_formats(S("UTC"), 951782400000, "2000-02-29T00:00:00+00:00");
}

static void test_baghdad_keeps_one_offset_all_year_since_2008(void **state)
{
	(void)state;
	assert_parses(BAGHDAD, "2021-01-01T12:00", "2021-01-01T09:00:00+00:00");
	assert_parses(BAGHDAD, "2021-07-01T12:00", "2021-07-01T09:00:00+00:00");
	assert_parses(BAGHDAD, "2007-07-01T12:00", "2007-07-01T08:00:00+00:00");
}

static void test_time_parse_takes_what_the_desk_types(void **state)
{
	(void)state;
	assert_parses(BAGHDAD, "2021-07-23T14:39", "2021-07-23T11:39:00+00:00");
	assert_parses(BAGHDAD, "2021-07-23 14:39", "2021-07-23T11:39:00+00:00");
	assert_parses(BAGHDAD, "2021-07-23T14:39:07", "2021-07-23T11:39:07+00:00");
	assert_parses(BAGHDAD, "2021-07-23T14:39Z", "2021-07-23T14:39:00+00:00");
	assert_parses(BAGHDAD, "2021-07-23 14:39:07Z", "2021-07-23T14:39:07+00:00");
	assert_parses(BAGHDAD, "2021-07-23T14:39+05:30", "2021-07-23T09:09:00+00:00");
	assert_parses(BAGHDAD, "2021-07-23T14:39:00-04:00", "2021-07-23T18:39:00+00:00");
	assert_parses(BAGHDAD, "2024-02-29T00:00", "2024-02-28T21:00:00+00:00");
	assert_parses(S("UTC"), "0001-01-01T00:00", "0001-01-01T00:00:00+00:00");
	assert_parses(S("UTC"), "9999-12-31T23:59:59", "9999-12-31T23:59:59+00:00");
}

static void test_time_parse_refuses_other_forms(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "2021-07-23",
	    "2021-07-23T",
	    "2021-07-23T14",
	    "2021-07-23T14:3",
	    "2021-07-23T14:39:",
	    "2021-07-23T14:39:7",
	    "2021-07-23T14:39:07.5",
	    "2021-07-23t14:39",
	    "2021-07-23T14:39z",
	    "2021-07-23T14:39 Z",
	    "2021-07-23  14:39",
	    " 2021-07-23T14:39",
	    "2021-07-23T14:39\n",
	    "2021-07-23T14:39+3",
	    "2021-07-23T14:39+0300",
	    "2021-07-23T14:39+24:00",
	    "2021-07-23T14:39+03:60",
	    "2021-07-23T14:39+03:00Z",
	    "21-07-23T14:39",
	    "12021-07-23T14:39",
	    "-021-07-23T14:39",
	    "+021-07-23T14:39",
	    "2021/07/23T14:39",
	    "23-07-2021T14:39",
	    "2021-07-23T1439",
	    "٢٠٢١-٠٧-٢٣T١٤:٣٩",
	    "2021-07-23T14:39[Asia/Baghdad]",
	    "\xFF\xFF\xFF\xFF-07-23T14:39",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_refuses(BAGHDAD, wrong[i]);
		assert_text(err_text(),
		            "write the time as 2021-07-23T14:39 or 2021-07-23 14:39:00, with Z or an "
		            "offset such as +03:00 behind it where it is not local");
	}
	Time time;
	assert_int_equal(time_parse(BAGHDAD, S("2021-07-23T14:39\0"), &time), ERR_INVALID);
}

static void test_time_parse_refuses_times_that_no_calendar_has(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "2021-02-29T12:00", "2100-02-29T12:00",     "2021-04-31T12:00", "2021-00-10T12:00",
	    "2021-13-10T12:00", "2021-07-00T12:00",     "2021-07-32T12:00", "2021-07-23T24:00",
	    "2021-07-23T14:60", "2016-12-31T23:59:60Z", "0000-07-23T14:39",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_refuses(BAGHDAD, wrong[i]);
	assert_refuses(BAGHDAD, "2021-02-29T12:00");
	assert_text(err_text(), "there is no such time as 2021-02-29T12:00; write a day of the years 1 "
	                        "to 9999 and a time from 00:00 to 23:59:59");
	/* In the year 0 or 10000 by UTC. */
	assert_refuses(BAGHDAD, "0001-01-01T00:00+03:00");
	assert_refuses(BAGHDAD, "9999-12-31T23:59-03:00");
}

static void test_time_parse_refuses_what_a_change_of_clocks_skips(void **state)
{
	(void)state;
	assert_parses(LONDON, "2021-03-28T00:59:59", "2021-03-28T00:59:59+00:00");
	assert_refuses(LONDON, "2021-03-28T01:00");
	assert_text(err_text(),
	            "2021-03-28T01:00 does not exist in Europe/London: the clocks are put forward over "
	            "it; give a later time, or an offset such as +03:00");
	assert_refuses(LONDON, "2021-03-28T01:59:59");
	assert_parses(LONDON, "2021-03-28T02:00", "2021-03-28T01:00:00+00:00");
	assert_parses(LONDON, "2021-03-28T01:30Z", "2021-03-28T01:30:00+00:00");
	/* Samoa left out a whole day. */
	assert_refuses(S("Pacific/Apia"), "2011-12-30T12:00");
	assert_parses(S("Pacific/Apia"), "2011-12-29T12:00", "2011-12-29T22:00:00+00:00");
	assert_parses(S("Pacific/Apia"), "2011-12-31T12:00", "2011-12-30T22:00:00+00:00");
}

static void test_time_parse_takes_the_first_of_two(void **state)
{
	(void)state;
	assert_parses(LONDON, "2021-10-31T00:59:59", "2021-10-30T23:59:59+00:00");
	assert_parses(LONDON, "2021-10-31T01:00", "2021-10-31T00:00:00+00:00");
	assert_parses(LONDON, "2021-10-31T01:59", "2021-10-31T00:59:00+00:00");
	assert_parses(LONDON, "2021-10-31T02:00", "2021-10-31T02:00:00+00:00");
	assert_parses(S("America/New_York"), "2021-11-07T01:30", "2021-11-07T05:30:00+00:00");
}

static void test_time_format_and_time_parse_undo_each_other(void **state)
{
	(void)state;
	static const char *const zones[] = {"UTC",          "Asia/Baghdad",     "Europe/London",
	                                    "Asia/Kolkata", "America/New_York", "Pacific/Apia"};
	/* From the year 1 to 9999 in steps of about eleven years. */
	for (Time time = INT64_C(-62135500000000); time < INT64_C(253402200000000);
	     time += INT64_C(346896577000)) {
		for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
			Str text;
			Time again;
			arena_clear(&mem);
			assert_int_equal(time_format(str_from_c(zones[i]), time, &mem, &text), OK);
			assert_int_equal(time_parse(S("UTC"), text, &again), OK);
			assert_int_equal(again, time);
		}
	}
}

static void test_time_civil_is_the_zone_s_own_day(void **state)
{
	(void)state;
	struct civil_date date;
	Time late = STORY_TIME + 11 * HOUR_MS; /* 22:39 UTC */
	assert_int_equal(time_civil(BAGHDAD, late, &date), OK);
	assert_int_equal(date.year, 2021);
	assert_int_equal(date.month, 7);
	assert_int_equal(date.day, 24);
	assert_int_equal(time_civil(S("UTC"), late, &date), OK);
	assert_int_equal(date.day, 23);
}

static void test_times_refuse_an_unknown_zone(void **state)
{
	(void)state;
	struct civil_date date;
	Str out;
	assert_refuses(S("Nowhere/City"), "2021-07-23T14:39");
	assert_int_equal(time_civil(S("Nowhere/City"), STORY_TIME, &date), ERR_INVALID);
	assert_int_equal(time_format(S(""), STORY_TIME, &mem, &out), ERR_INVALID);
}

static void test_times_refuse_years_outside_1_to_9999(void **state)
{
	(void)state;
	static const Time outside[] = {INT64_MIN, INT64_MAX, INT64_C(253402300800000),
	                               INT64_C(-62135596800001)};
	struct civil_date date;
	Str out;
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
		assert_int_equal(time_civil(BAGHDAD, outside[i], &date), ERR_INVALID);
		assert_int_equal(time_format(BAGHDAD, outside[i], &mem, &out), ERR_INVALID);
		assert_int_equal(time_format_http(outside[i], &mem, &out), ERR_INVALID);
	}
}

static void assert_http(Time time, const char *expected)
{
	Str out;
	assert_int_equal(time_format_http(time, &mem, &out), OK);
	assert_text(out, expected);
}

static void test_time_format_http_writes_the_preferred_form(void **state)
{
	(void)state;
	assert_http(STORY_TIME, "Fri, 23 Jul 2021 11:39:00 GMT");
	assert_http(784111777000, "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 §5.6.7 */
	assert_http(0, "Thu, 01 Jan 1970 00:00:00 GMT");
	assert_http(-1000, "Wed, 31 Dec 1969 23:59:59 GMT");
	assert_http(951782400000, "Tue, 29 Feb 2000 00:00:00 GMT");
}

static void assert_http_date(const char *text, Time expected)
{
	Time time = 42;
	assert_true(time_parse_http(str_from_c(text), STORY_TIME, &time));
	assert_int_equal(time, expected);
}

static void test_time_parse_http_takes_all_three_forms(void **state)
{
	(void)state;
	assert_http_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777000); /* RFC 9110 §5.6.7 */
	assert_http_date("Sunday, 06-Nov-94 08:49:37 GMT", 784111777000);
	assert_http_date("Sun Nov  6 08:49:37 1994", 784111777000);
	assert_http_date("Wed Nov 16 08:49:37 1994", 784975777000);
	assert_http_date("Friday, 23-Jul-21 11:39:00 GMT", STORY_TIME);
	assert_http_date("Friday, 23-Jul-71 11:39:00 GMT", 3204877140000); /* 2071 is 50 years off */
	assert_http_date("Sunday, 23-Jul-72 11:39:00 GMT", 80739540000);   /* 2072 would be 51 */
}

static void test_time_parse_http_refuses_what_is_no_date(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "0",
	    "Sun, 06 Nov 1994 08:49:37 UTC",
	    "Sun, 06 Nov 1994 08:49:37 +0000",
	    "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Sun, 06 nov 1994 08:49:37 GMT",
	    "Sun, 31 Feb 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 24:49:37 GMT",
	    "Sun, 06 Nov 1994 08-49-37 GMT",
	    "Sun, 06 Nov 0000 08:49:37 GMT",
	    "Sunday, 06-Nov-1994 08:49:37 GMT",
	    "Sun Nov  6 08:49:37 1994 ",
	    "Sun Nov 66 08:49:37 1994",
	    "1994-11-06T08:49:37Z",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		Time time = 42;
		assert_false(time_parse_http(str_from_c(wrong[i]), STORY_TIME, &time));
		assert_int_equal(time, 42);
	}
}

static void assert_day_start(const char *zone, struct civil_date date, const char *expected)
{
	Time time;
	Str text;
	assert_int_equal(time_day_start(str_from_c(zone), date, &time), OK);
	assert_int_equal(time_format(str_from_c(zone), time, &mem, &text), OK);
	assert_text(text, expected);
	struct civil_date before;
	assert_int_equal(time_civil(str_from_c(zone), time - 1, &before), OK);
	assert_false(before.day == date.day);
}

static void test_time_day_start_is_the_first_moment_of_the_day(void **state)
{
	(void)state;
	assert_day_start("Asia/Baghdad", (struct civil_date){2021, 7, 23}, "2021-07-23T00:00:00+03:00");
	assert_day_start("UTC", (struct civil_date){2024, 2, 29}, "2024-02-29T00:00:00+00:00");
	/* Clocks go from 00:00 to 01:00, and once went from 23:30 to 00:30. */
	assert_day_start("Asia/Beirut", (struct civil_date){2021, 3, 28}, "2021-03-28T01:00:00+03:00");
	assert_day_start("America/Toronto", (struct civil_date){1919, 3, 31},
	                 "1919-03-31T00:30:00-04:00");
	/* Here they go back over midnight to the day before. */
	assert_day_start("America/Havana", (struct civil_date){2021, 11, 7},
	                 "2021-11-07T00:00:00-04:00");
}

static void test_time_day_start_refuses_days_that_no_calendar_has(void **state)
{
	(void)state;
	Time time;
	assert_int_equal(time_day_start(S("UTC"), (struct civil_date){2021, 2, 29}, &time),
	                 ERR_INVALID);
	assert_int_equal(time_day_start(S("UTC"), (struct civil_date){0, 1, 1}, &time), ERR_INVALID);
	assert_int_equal(time_day_start(S("Mars/Base"), (struct civil_date){2021, 1, 1}, &time),
	                 ERR_INVALID);
}

static void test_civil_date_parse_takes_a_day_and_nothing_else(void **state)
{
	(void)state;
	struct civil_date date;
	assert_true(civil_date_parse(S("2024-02-29"), &date));
	assert_true(date.year == 2024 && date.month == 2 && date.day == 29);
	assert_false(civil_date_parse(S("2023-02-29"), &date));
	assert_false(civil_date_parse(S("2024-2-29"), &date));
	assert_false(civil_date_parse(S("2024-02-29T"), &date));
	assert_false(civil_date_parse(S("-024-02-29"), &date));
	assert_false(civil_date_parse(S(""), &date));
}

static void test_civil_date_add_goes_over_months_and_years(void **state)
{
	(void)state;
	struct civil_date date;
	assert_int_equal(civil_date_add((struct civil_date){2023, 12, 31}, 1, &date), OK);
	assert_true(date.year == 2024 && date.month == 1 && date.day == 1);
	assert_int_equal(civil_date_add((struct civil_date){2024, 3, 1}, -1, &date), OK);
	assert_true(date.year == 2024 && date.month == 2 && date.day == 29);
	assert_int_equal(civil_date_add((struct civil_date){9999, 12, 31}, 1, &date), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zone_is_known_for_iana_names_of_places),
	    cmocka_unit_test(test_zone_is_known_refuses_what_is_no_place),
	    cmocka_unit_test(test_time_format_writes_the_zone_s_offset),
	    cmocka_unit_test(test_baghdad_keeps_one_offset_all_year_since_2008),
	    cmocka_unit_test(test_time_parse_takes_what_the_desk_types),
	    cmocka_unit_test(test_time_parse_refuses_other_forms),
	    cmocka_unit_test(test_time_parse_refuses_times_that_no_calendar_has),
	    cmocka_unit_test(test_time_parse_refuses_what_a_change_of_clocks_skips),
	    cmocka_unit_test(test_time_parse_takes_the_first_of_two),
	    cmocka_unit_test(test_time_format_and_time_parse_undo_each_other),
	    cmocka_unit_test(test_time_civil_is_the_zone_s_own_day),
	    cmocka_unit_test(test_times_refuse_an_unknown_zone),
	    cmocka_unit_test(test_times_refuse_years_outside_1_to_9999),
	    cmocka_unit_test(test_time_format_http_writes_the_preferred_form),
	    cmocka_unit_test(test_time_parse_http_takes_all_three_forms),
	    cmocka_unit_test(test_time_parse_http_refuses_what_is_no_date),
	    cmocka_unit_test(test_time_day_start_is_the_first_moment_of_the_day),
	    cmocka_unit_test(test_time_day_start_refuses_days_that_no_calendar_has),
	    cmocka_unit_test(test_civil_date_parse_takes_a_day_and_nothing_else),
	    cmocka_unit_test(test_civil_date_add_goes_over_months_and_years),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
