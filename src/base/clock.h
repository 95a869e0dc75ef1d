/* The time, passed in so that tests can set it. Wall time is a Time: milliseconds since 1970 UTC;
 * deadlines use the monotonic clock, which no operator can move. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

typedef int64_t Time;

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct clock {
	Time (*now)(const struct clock *clock);
	Time fixed; /* what a set clock answers */
};

extern const struct clock clock_system;
/* A clock that stands still at `fixed` until it is given another. */
struct clock clock_set_to(Time fixed);

static inline Time clock_now(const struct clock *clock)
{
	return clock->now(clock);
}

/* Milliseconds since some moment in the past; never goes back. */
int64_t monotonic_ms(void);
int64_t monotonic_us(void);

#endif
