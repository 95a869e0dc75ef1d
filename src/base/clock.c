#include "base/clock.h"

#include <time.h>

static int64_t milliseconds(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

static Time system_now(const struct clock *clock)
{
	(void)clock;
	return milliseconds(CLOCK_REALTIME);
}

static Time fixed_now(const struct clock *clock)
{
	return clock->fixed;
}

const struct clock clock_system = {.now = system_now};

struct clock clock_set_to(Time fixed)
{
	return (struct clock){.now = fixed_now, .fixed = fixed};
}

int64_t monotonic_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

int64_t monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
