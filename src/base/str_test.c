#include "base/str.h"

#include "base/test.h"

static void assert_str(Str actual, const char *expected)
{
	assert_int_equal(actual.length, strlen(expected));
	assert_true(str_equal(actual, str_from_c(expected)));
}

static void test_str_equal_compares_bytes_and_length(void **state)
{
	(void)state;
	assert_true(str_equal(S("news"), S("news")));
	assert_false(str_equal(S("news"), S("new")));
	assert_false(str_equal(S("news"), S("news\0")));
	assert_true(str_equal(S("a\0b"), S("a\0b")));
	assert_false(str_equal(S("a\0b"), S("a\0c")));
	assert_true(str_equal((Str){NULL, 0}, S("")));
	assert_true(str_equal(str_from_c(NULL), S("")));
}

static void test_str_slice_is_cut_to_what_is_there(void **state)
{
	(void)state;
	assert_str(str_slice(S("headline"), 4, 2), "li");
	assert_str(str_slice(S("headline"), 4, 100), "line");
	assert_str(str_slice(S("headline"), 8, 1), "");
	assert_str(str_slice(S("headline"), 100, SIZE_MAX), "");
	assert_str(str_from(S("headline"), 4), "line");
	assert_null(str_slice((Str){NULL, 0}, 3, 3).bytes);
}

static void test_str_starts_and_ends_with(void **state)
{
	(void)state;
	assert_true(str_starts_with(S("/politics/2021"), S("/politics")));
	assert_true(str_starts_with(S("a"), S("")));
	assert_false(str_starts_with(S("/pol"), S("/politics")));
	assert_true(str_ends_with(S("site.css"), S(".css")));
	assert_true(str_ends_with(S(""), S("")));
	assert_false(str_ends_with(S("css"), S(".css")));
}

static void test_str_equal_ignoring_case_knows_ascii_alone(void **state)
{
	(void)state;
	assert_true(str_equal_ignoring_case(S("Content-Type"), S("cONTENT-tYPE")));
	assert_false(str_equal_ignoring_case(S("Content-Type"), S("Content-Typ")));
	assert_false(str_equal_ignoring_case(S("É"), S("é")));
	/* These differ in the bit that makes a small letter of a capital. */
	assert_false(str_equal_ignoring_case(S("@[`{"), S("`{@[")));
}

static void test_str_find_finds_the_first(void **state)
{
	(void)state;
	assert_int_equal(str_find(S("abcabc"), S("bc")), 1);
	assert_int_equal(str_find(S("abcabc"), S("")), 0);
	assert_int_equal(str_find(S(""), S("")), 0);
	assert_int_equal(str_find(S("ab"), S("abc")), STR_NOT_FOUND);
	assert_int_equal(str_find(S("abcabc"), S("cb")), STR_NOT_FOUND);
	assert_int_equal(str_find(S("a\0b"), S("\0b")), 1);
	assert_int_equal(str_find_byte(S("abcabc"), 'c'), 2);
	assert_int_equal(str_find_byte(S("abc"), 'd'), STR_NOT_FOUND);
	assert_int_equal(str_find_byte((Str){NULL, 0}, 'a'), STR_NOT_FOUND);
}

static void test_str_next_gives_every_part(void **state)
{
	(void)state;
	Str rest = S("a,,b");
	Str part;
	assert_true(str_next(&rest, ',', &part));
	assert_str(part, "a");
	assert_true(str_next(&rest, ',', &part));
	assert_str(part, "");
	assert_true(str_next(&rest, ',', &part));
	assert_str(part, "b");
	assert_false(str_next(&rest, ',', &part));
	assert_false(str_next(&rest, ',', &part));
}

static void test_str_next_gives_the_empty_part_behind_a_last_separator(void **state)
{
	(void)state;
	Str rest = S("a,");
	Str part;
	assert_true(str_next(&rest, ',', &part));
	assert_true(str_next(&rest, ',', &part));
	assert_str(part, "");
	assert_false(str_next(&rest, ',', &part));
	rest = S("");
	assert_true(str_next(&rest, ',', &part));
	assert_str(part, "");
	assert_false(str_next(&rest, ',', &part));
}

static void test_str_trim_takes_ascii_white_space_off(void **state)
{
	(void)state;
	assert_str(str_trim(S(" \t\r\n a b \n")), "a b");
	assert_str(str_trim(S(" \t\r\n")), "");
	assert_str(str_trim(S("")), "");
	assert_str(str_trim(S("\v\u00A0a")), "\v\u00A0a");
}

static void test_str_parse_uint_takes_digits_alone(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "١"};
	uint64_t number = 42;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(str_parse_uint(str_from_c(wrong[i]), UINT64_MAX, &number));
	assert_int_equal(number, 42);
	assert_true(str_parse_uint(S("007"), 7, &number));
	assert_int_equal(number, 7);
}

static void test_str_parse_uint_keeps_to_the_maximum(void **state)
{
	(void)state;
	uint64_t number = 42;
	assert_false(str_parse_uint(S("65536"), 65535, &number));
	assert_true(str_parse_uint(S("65535"), 65535, &number));
	assert_true(str_parse_uint(S("18446744073709551615"), UINT64_MAX, &number));
	assert_true(number == UINT64_MAX);
	assert_false(str_parse_uint(S("18446744073709551616"), UINT64_MAX, &number));
	assert_false(str_parse_uint(S("99999999999999999999999"), UINT64_MAX, &number));
}

static void test_str_compare_orders_by_bytes(void **state)
{
	(void)state;
	assert_true(str_compare(S("a"), S("b")) < 0);
	assert_true(str_compare(S("ab"), S("a")) > 0);
	assert_true(str_compare(S(""), S("a")) < 0);
	assert_int_equal(str_compare(S("a"), S("a")), 0);
	assert_int_equal(str_compare((Str){NULL, 0}, S("")), 0);
	assert_true(str_compare(S("\x7F"), S("\x80")) < 0);
}

static void test_str_hex_digit_knows_both_cases_and_nothing_else(void **state)
{
	(void)state;
	static const char digits[] = "0123456789abcdefABCDEF";
	for (int byte = 0; byte < 256; byte++) {
		const char *place = byte == 0 ? NULL : strchr(digits, byte);
		int expected = -1;
		if (place != NULL)
			expected = (int)(place - digits) - (place - digits < 16 ? 0 : 6);
		assert_int_equal(str_hex_digit((char)byte), expected);
	}
}

static void test_str_distance_counts_what_was_mistyped(void **state)
{
	(void)state;
	char large[STR_DISTANCE_MAX + 1] = {0};
	assert_int_equal(str_distance(S("story"), S("story")), 0);
	assert_int_equal(str_distance(S("stroy"), S("story")), 1);
	assert_int_equal(str_distance(S("yrots"), S("story")), 4);
	assert_int_equal(str_distance(S("بغداد"), S("بعداد")), 1);
	assert_int_equal(str_distance(S("\xff\xfe"), S("\xff")), 1);
	assert_int_equal(str_distance(S("stor"), S("story")), 1);
	assert_int_equal(str_distance(S(""), S("story")), 5);
	assert_int_equal(str_distance(S("kitten"), S("sitting")), 3);
	assert_int_equal(str_distance((Str){large, sizeof large - 1}, S("")), STR_DISTANCE_MAX);
	assert_true(str_distance((Str){large, sizeof large}, S("")) == SIZE_MAX);
}

static void test_str_distance_near_is_of_what_may_be_meant(void **state)
{
	(void)state;
	assert_int_equal(str_distance_near(S("Brigdes"), S("Bridges")), 1);
	assert_int_equal(str_distance_near(S("Layla Hasan"), S("Layla Hassan")), 1);
	assert_int_equal(str_distance_near(S("باقداد"), S("بغداد")), SIZE_MAX);
	assert_int_equal(str_distance_near(S("Erbil"), S("Basra")), SIZE_MAX);
	assert_int_equal(str_distance_near(S("Kirkuk"), S("Kirkuk")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_str_equal_compares_bytes_and_length),
	    cmocka_unit_test(test_str_slice_is_cut_to_what_is_there),
	    cmocka_unit_test(test_str_starts_and_ends_with),
	    cmocka_unit_test(test_str_equal_ignoring_case_knows_ascii_alone),
	    cmocka_unit_test(test_str_find_finds_the_first),
	    cmocka_unit_test(test_str_next_gives_every_part),
	    cmocka_unit_test(test_str_next_gives_the_empty_part_behind_a_last_separator),
	    cmocka_unit_test(test_str_trim_takes_ascii_white_space_off),
	    cmocka_unit_test(test_str_parse_uint_takes_digits_alone),
	    cmocka_unit_test(test_str_parse_uint_keeps_to_the_maximum),
	    cmocka_unit_test(test_str_hex_digit_knows_both_cases_and_nothing_else),
	    cmocka_unit_test(test_str_compare_orders_by_bytes),
	    cmocka_unit_test(test_str_distance_counts_what_was_mistyped),
	    cmocka_unit_test(test_str_distance_near_is_of_what_may_be_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
