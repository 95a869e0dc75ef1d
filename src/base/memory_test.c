#include "base/arena.h"
#include "base/buf.h"

#include "base/test.h"

#include <stdlib.h>

static void assert_str(Str actual, const char *expected)
{
	assert_int_equal(actual.length, strlen(expected));
	assert_true(str_equal(actual, str_from_c(expected)));
}

/* --- Arena --- */

static void test_arena_alloc_gives_zeroed_pieces_for_any_type(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, (size_t)1024 * 1024);
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *piece = arena_alloc(&arena, size);
		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xAA, size);
	}
	arena_done(&arena);
	assert_int_equal(arena.used_bytes, 0);
}

static void test_arena_alloc_stops_at_its_ceiling(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, 10000);
	assert_non_null(arena_alloc(&arena, 9000));
	assert_null(arena_alloc(&arena, 9000));
	assert_str(err_text(), "this needs more memory than the 10000 bytes it may have");
	assert_non_null(arena_alloc(&arena, 900));
	assert_true(arena.used_bytes <= 10000);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	arena_clear(&arena);
	assert_non_null(arena_alloc(&arena, 9000));
	arena_done(&arena);
}

static void test_arena_alloc_refuses_sizes_that_overflow(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, SIZE_MAX);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 16));
	assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
	assert_non_null(arena_alloc_array(&arena, 3, 2));
	arena_done(&arena);
}

static void test_arena_copies_live_as_long_as_the_arena(void **state)
{
	(void)state;
	struct arena arena;
	Str copy;
	char *c_string;
	char text[] = "text";
	arena_init(&arena, 10000);
	assert_int_equal(arena_copy(&arena, str_from_c(text), &copy), OK);
	assert_int_equal(arena_c_string(&arena, str_from_c(text), &c_string), OK);
	memset(text, 'x', 4);
	assert_str(copy, "text");
	assert_string_equal(c_string, "text");
	assert_int_equal(arena_copy(&arena, (Str){NULL, 0}, &copy), OK);
	assert_str(copy, "");
	assert_int_equal(arena_c_string(&arena, (Str){NULL, 0}, &c_string), OK);
	assert_string_equal(c_string, "");
	arena_done(&arena);
}

static void test_arena_c_string_refuses_a_nul_inside(void **state)
{
	(void)state;
	struct arena arena;
	char *c_string = NULL;
	arena_init(&arena, 10000);
	assert_int_equal(arena_c_string(&arena, S("news\0.db"), &c_string), ERR_INVALID);
	assert_null(c_string);
	arena_done(&arena);
}

static void test_arena_format_leaves_the_result_untouched_on_failure(void **state)
{
	(void)state;
	struct arena arena;
	Str out = S("untouched");
	arena_init(&arena, 64);
	assert_int_equal(arena_format(&arena, &out, "%0100d", 7), ERR_MEMORY);
	assert_str(out, "untouched");
	assert_int_equal(arena_format(&arena, &out, "%s-%d", "story", 42), OK);
	assert_str(out, "story-42");
	arena_done(&arena);
}

/* --- Buf --- */

static void test_buf_grows_and_keeps_what_was_added(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	buf_init(&buf, 100000);
	for (uint64_t i = 0; i < 10000; i++)
		buf_add_uint(&buf, i % 10);
	assert_int_equal(buf_check(&buf), OK);
	assert_int_equal(buf.length, 10000);
	for (size_t i = 0; i < buf.length; i++)
		assert_int_equal(buf.bytes[i], '0' + (int)(i % 10));
}

static void test_buf_writes_numbers_exactly(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	buf_init(&buf, 100);
	buf_add_uint(&buf, 0);
	buf_add_byte(&buf, ' ');
	buf_add_uint(&buf, UINT64_MAX);
	assert_str(buf_str(&buf), "0 18446744073709551615");
}

static void test_buf_keeps_what_it_had_when_something_does_not_fit(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	buf_init(&buf, 8);
	buf_add(&buf, S("12345"));
	buf_add(&buf, S("6789"));
	buf_add(&buf, S("6"));
	assert_int_equal(buf_check(&buf), ERR_MEMORY);
	assert_str(err_text(), "this is longer than the 8 bytes it may have");
	assert_str(buf_str(&buf), "12345");
	buf_clear(&buf);
	buf_add(&buf, S("12345678"));
	assert_int_equal(buf_check(&buf), OK);
	assert_str(buf_str(&buf), "12345678");
}

static void test_buf_format_fills_the_buf_to_its_last_byte(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	for (int length = 250; length <= 600; length += 35) {
		buf_init(&buf, (size_t)length);
		buf_format(&buf, "%0*d", length, 7);
		assert_int_equal(buf_check(&buf), OK);
		assert_int_equal(buf.length, length);
		assert_int_equal(buf.bytes[length - 1], '7');
		buf_format(&buf, "%d", 1);
		assert_int_equal(buf_check(&buf), ERR_MEMORY);
		assert_int_equal(buf.length, length);
		buf_done(&buf);
	}
	buf_init(&buf, 0);
	buf_format(&buf, "%s", "");
	assert_int_equal(buf_check(&buf), OK);
}

static void assert_lines(const char *text, const char *expected)
{
	BUF_CLEANUP struct buf buf;
	buf_init(&buf, 100);
	buf_add_lines(&buf, str_from_c(text));
	assert_str(buf_str(&buf), expected);
}

static void test_buf_add_lines_knows_three_line_ends(void **state)
{
	(void)state;
	assert_lines("a\r\nb\rc\nd", "a\nb\nc\nd");
	assert_lines("\r\r\n\n\r", "\n\n\n\n");
	assert_lines("a\r", "a\n");
	assert_lines("a\r\n", "a\n");
	assert_lines("", "");
}

static void test_buf_take_hands_the_bytes_over(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf buf;
	size_t length;
	buf_init(&buf, 100);
	buf_add(&buf, S("page"));
	char *bytes = buf_take(&buf, &length);
	assert_int_equal(length, 4);
	assert_memory_equal(bytes, "page", 4);
	assert_int_equal(buf.length, 0);
	buf_add(&buf, S("next"));
	assert_memory_equal(bytes, "page", 4);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_alloc_gives_zeroed_pieces_for_any_type),
	    cmocka_unit_test(test_arena_alloc_stops_at_its_ceiling),
	    cmocka_unit_test(test_arena_alloc_refuses_sizes_that_overflow),
	    cmocka_unit_test(test_arena_copies_live_as_long_as_the_arena),
	    cmocka_unit_test(test_arena_c_string_refuses_a_nul_inside),
	    cmocka_unit_test(test_arena_format_leaves_the_result_untouched_on_failure),
	    cmocka_unit_test(test_buf_grows_and_keeps_what_was_added),
	    cmocka_unit_test(test_buf_writes_numbers_exactly),
	    cmocka_unit_test(test_buf_keeps_what_it_had_when_something_does_not_fit),
	    cmocka_unit_test(test_buf_format_fills_the_buf_to_its_last_byte),
	    cmocka_unit_test(test_buf_add_lines_knows_three_line_ends),
	    cmocka_unit_test(test_buf_take_hands_the_bytes_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
