#include "web/web_private.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 65536

struct rate_limits {
	pthread_mutex_t lock;
	size_t holders; /* under `lock` */
	/* Under `lock`. The moment at which the block will have its whole allowance again: one number
	 * is a bucket that refills steadily (the generic cell rate algorithm). */
	Time full_at[PLACES];
};

Err rate_limits_new(struct rate_limits **out)
{
	struct rate_limits *limits = calloc(1, sizeof *limits);
	if (limits == NULL)
		return fail(ERR_MEMORY, "there is no memory for the rate limits");
	pthread_mutex_init(&limits->lock, NULL);
	limits->holders = 1;
	*out = limits;
	return OK;
}

struct rate_limits *rate_limits_keep(struct rate_limits *limits)
{
	pthread_mutex_lock(&limits->lock);
	limits->holders++;
	pthread_mutex_unlock(&limits->lock);
	return limits;
}

void rate_limits_release(struct rate_limits *limits)
{
	if (limits == NULL)
		return;
	pthread_mutex_lock(&limits->lock);
	bool is_last = --limits->holders == 0;
	pthread_mutex_unlock(&limits->lock);
	if (!is_last)
		return;
	pthread_mutex_destroy(&limits->lock);
	free(limits);
}

bool rate_limit_take(struct rate_limits *limits, Str block, int64_t per_hour, Time now)
{
	Time cost = HOUR_MS / per_hour;
	Time *full_at = &limits->full_at[hash_keyed(block) % PLACES];
	pthread_mutex_lock(&limits->lock);
	Time from = *full_at > now ? *full_at : now;
	bool granted = from + cost - now <= HOUR_MS;
	if (granted)
		*full_at = from + cost;
	pthread_mutex_unlock(&limits->lock);
	return granted;
}
