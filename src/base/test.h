/* cmocka as unit tests include it, instead of <cmocka.h>: with the headers that it wants before
 * itself, and without its macro fail(), whose name is base/err.h's. Only *_test.c includes this. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail
#undef fail_msg
/* As cmocka's, which calls that macro. */
#define fail_msg(...)                                                                              \
	do {                                                                                           \
		print_error("ERROR: " __VA_ARGS__);                                                        \
		print_error("\n");                                                                         \
		_fail(__FILE__, __LINE__);                                                                 \
	} while (0)

#endif
