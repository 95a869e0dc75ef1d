#include "base/utf8.h"

#include "base/test.h"

static void assert_str(Str actual, const char *expected)
{
	assert_int_equal(actual.length, strlen(expected));
	assert_true(str_equal(actual, str_from_c(expected)));
}

static void test_utf8_reads_back_every_code_point_that_it_writes(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10FFFF; point++) {
		char bytes[4];
		size_t place = 0;
		if (point >= 0xD800 && point <= 0xDFFF)
			continue;
		size_t length = utf8_encode(point, bytes);
		/* Not assert_int_equal: a million of them would take seconds. */
		if (utf8_next((Str){bytes, length}, &place) != point || place != length ||
		    length != (point < 0x80      ? 1
		               : point < 0x800   ? 2
		               : point < 0x10000 ? 3
		                                 : 4))
			fail_msg("U+%04X", (unsigned)point);
	}
}

static void test_utf8_is_valid_refuses_what_rfc_3629_refuses(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "\x80",             /* a follower alone */
	    "\xC0\x80",         /* over-long NUL */
	    "\xC1\xBF",         /* over-long U+007F */
	    "\xE0\x80\x80",     /* over-long */
	    "\xE0\x9F\xBF",     /* over-long U+07FF */
	    "\xF0\x8F\xBF\xBF", /* over-long U+FFFF */
	    "\xED\xA0\x80",     /* U+D800 */
	    "\xED\xBF\xBF",     /* U+DFFF */
	    "\xF4\x90\x80\x80", /* U+110000 */
	    "\xF5\x80\x80\x80",
	    "\xFF",
	    "\xFE",
	    "\xC3", /* cut off */
	    "\xE2\x82",
	    "\xF0\x9F\x98",
	    "\xE2\x28\xA1", /* no follower where one must be */
	    "a\xC3(",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(utf8_is_valid(str_from_c(wrong[i])));
	assert_true(utf8_is_valid(S("")));
	assert_true(utf8_is_valid(S("a\0\u07FF\uFFFF\U0010FFFF")));
}

static void test_utf8_next_goes_on_after_one_bad_byte(void **state)
{
	(void)state;
	Str text = S("\xE2\x82z");
	size_t place = 0;
	assert_true(utf8_next(text, &place) == UTF8_INVALID);
	assert_int_equal(place, 1);
	assert_true(utf8_next(text, &place) == UTF8_INVALID);
	assert_true(utf8_next(text, &place) == 'z');
	assert_int_equal(place, 3);
}

static void test_utf8_length_and_head_count_code_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(S("aé€😀")), 4);
	assert_int_equal(utf8_length(S("")), 0);
	assert_str(utf8_head(S("aé€😀"), 3), "aé€");
	assert_str(utf8_head(S("aé€😀"), 0), "");
	assert_str(utf8_head(S("aé€😀"), 9), "aé€😀");
}

static void test_utf8_has_control_finds_c0_c1_del_and_what_is_no_character(void **state)
{
	(void)state;
	static const char *const with[] = {
	    "\x01",      "a\rb",         "\x1b[0m",       "\x7F",         "\xC2\x80",
	    "é\xC2\x9F", "\xEF\xBF\xBE", "a\xEF\xBF\xBF", "\xEF\xB7\x90", "\xF4\x8F\xBF\xBF"};
	for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
		assert_true(utf8_has_control(str_from_c(with[i])));
	assert_true(utf8_has_control(S("a\0b")));
	assert_false(utf8_has_control(S("a\tb\nc \u00A0\u200Fé\uFDCF\uFDF0\uFFFD\U0001F5DE")));
}

static void test_utf8_is_bidi_control_knows_what_stays_open(void **state)
{
	(void)state;
	assert_true(utf8_is_bidi_control(0x202E));
	assert_true(utf8_is_bidi_control(0x2066));
	assert_false(utf8_is_bidi_control(0x200E));
	assert_false(utf8_is_bidi_control(0x061C));
	assert_false(utf8_is_bidi_control('a'));
}

static void test_utf8_trim_takes_all_white_space_off(void **state)
{
	(void)state;
	assert_str(utf8_trim(S("\uFEFF\u00A0 \u2003\u3000a\u00A0b\u2028\n\t")), "a\u00A0b");
	assert_str(utf8_trim(S("\u00A0\u202F")), "");
	assert_str(utf8_trim(S("")), "");
	assert_str(utf8_trim(S("é")), "é");
	assert_str(utf8_trim(S("a\xC2")), "a\xC2");
	assert_str(utf8_trim(S(" \x80\xA0 ")), "\x80\xA0");
	assert_str(utf8_trim(S("\xC2\xA0\xA0")), "\xA0");
}

/* Whatever stands eight bytes further on, or behind the last eight. */
static void test_utf8_is_valid_finds_a_bad_byte_wherever_it_is(void **state)
{
	(void)state;
	char text[40];
	for (size_t length = 1; length <= sizeof text; length++)
		for (size_t bad = 0; bad < length; bad++) {
			memset(text, 'a', sizeof text);
			assert_true(utf8_is_valid((Str){text, length}));
			text[bad] = (char)0x80;
			assert_false(utf8_is_valid((Str){text, length}));
			assert_int_equal(utf8_is_valid((Str){text, bad}), true);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8_reads_back_every_code_point_that_it_writes),
	    cmocka_unit_test(test_utf8_is_valid_refuses_what_rfc_3629_refuses),
	    cmocka_unit_test(test_utf8_is_valid_finds_a_bad_byte_wherever_it_is),
	    cmocka_unit_test(test_utf8_next_goes_on_after_one_bad_byte),
	    cmocka_unit_test(test_utf8_length_and_head_count_code_points),
	    cmocka_unit_test(test_utf8_has_control_finds_c0_c1_del_and_what_is_no_character),
	    cmocka_unit_test(test_utf8_is_bidi_control_knows_what_stays_open),
	    cmocka_unit_test(test_utf8_trim_takes_all_white_space_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
