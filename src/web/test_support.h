/* What the tests of this room share. */
#ifndef WEB_TEST_SUPPORT_H
#define WEB_TEST_SUPPORT_H

#include "base/test.h"
#include "web/web_private.h"

#define assert_str(have, want)                                                                     \
	do {                                                                                           \
		Str assert_have = (have);                                                                  \
		Str assert_want = (want);                                                                  \
		if (!str_equal(assert_have, assert_want))                                                  \
			fail_msg("got \"%.*s\", not \"%.*s\"", STR(assert_have), STR(assert_want));            \
	} while (0)

#endif
