/* What the programs of bench/ share. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Of the monotonic clock. */
static inline int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t now_us(void)
{
	return now_ns() / 1000;
}

#endif
