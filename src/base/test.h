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

#endif
