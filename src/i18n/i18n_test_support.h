/* What the tests of this room share: memory for one test, text compared as it
 * reads, and long texts. */
#ifndef I18N_I18N_TEST_SUPPORT_H
#define I18N_I18N_TEST_SUPPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/test.h"

static struct arena mem;

static inline int setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)16 * 1024 * 1024);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static inline void assert_text(Str actual, const char *expected)
{
	char *text;
	assert_int_equal(arena_c_string(&mem, actual, &text), OK);
	assert_string_equal(text, expected);
}

static inline Str repeated(const char *piece, int count)
{
	struct buf buf;
	Str out;
	buf_init(&buf, (size_t)8 * 1024 * 1024);
	for (int i = 0; i < count; i++)
		buf_add(&buf, str_from_c(piece));
	assert_int_equal(buf_check(&buf), OK);
	assert_int_equal(arena_copy(&mem, buf_str(&buf), &out), OK);
	buf_done(&buf);
	return out;
}

#endif
