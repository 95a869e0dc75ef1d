/* First come, first served within a lane: under a flood whoever is served has waited for a short
 * time, since the lane is kept short then, and whoever is refused is told so at once. The last to
 * come first would be as quick for those it serves, but would leave others in a queue to grow old
 * only to be refused; and a burst, all of which can be made in time, would be turned round. */
#include "server/lanes_private.h"

#include <stdlib.h>

#include "base/clock.h"

#define MILLISECOND_US INT64_C(1000)
#define SECOND_US (1000 * MILLISECOND_US)

/* A lane in which somebody has waited all the time for so long has no burst but a flood. */
#define FLOOD_AFTER_US (2 * SECOND_US)
/* And one that is over when nobody has been refused for so long. */
#define FLOOD_OVER_US SECOND_US
/* Of a running mean, each new value is one part in so many. */
#define PACE_PARTS 8
/* Nobody waits longer. */
#define WAIT_MAX_US (2 * SECOND_US)
/* Of one reader (an address, or an IPv6 /64), in all lanes. */
#define READER_WAITING_MAX 64
/* Renders at once, however many workers there are. */
#define PAGES_RUNNING_MAX 32
/* How long reactors must be late for one more kind to be refused, and in time for one less. */
#define STRAIN_UP_US (100 * MILLISECOND_US)
#define STRAIN_DOWN_US (500 * MILLISECOND_US)

static const struct {
	int64_t share;         /* of the workers' time, beside the others' */
	int64_t flood_wait_us; /* in a flood nobody comes in who would have to wait longer */
} rules[WORK_KINDS] = {
    [WORK_STAFF] = {0, WAIT_MAX_US},
    [WORK_PAGE] = {12, 100 * MILLISECOND_US},
    [WORK_WRITE] = {3, 500 * MILLISECOND_US},
    [WORK_SEARCH] = {1, 50 * MILLISECOND_US},
};

static size_t at_least_one(size_t count)
{
	return count > 0 ? count : 1;
}

/* One worker is not for pages, one not for what is written, so that neither waits for the other to
 * come to an end; searches, the dearest, get a quarter. */
static size_t running_max(enum work_kind kind, size_t workers)
{
	switch (kind) {
	case WORK_PAGE:
		return at_least_one(workers - 1 < PAGES_RUNNING_MAX ? workers - 1 : PAGES_RUNNING_MAX);
	case WORK_WRITE:
		return at_least_one(workers - 1);
	case WORK_SEARCH:
		return at_least_one(workers / 4);
	case WORK_STAFF:
	case WORK_KINDS:
		break;
	}
	return workers;
}

Err lanes_init(struct lanes *lanes, size_t workers, size_t queue_max)
{
	*lanes = (struct lanes){0};
	for (size_t i = 0; i < WORK_KINDS; i++) {
		struct lane *lane = &lanes->of[i];
		lane->max = i == WORK_SEARCH ? at_least_one(queue_max / 4) : queue_max;
		lane->running_max = running_max((enum work_kind)i, workers);
		lane->queue = calloc(lane->max, sizeof(struct waiting));
		if (lane->queue == NULL)
			return fail(ERR_MEMORY, "there is no memory for the workers");
	}
	return OK;
}

void lanes_done(struct lanes *lanes)
{
	for (size_t i = 0; i < WORK_KINDS; i++)
		free(lanes->of[i].queue);
}

/* ---- in ---- */

static uint16_t *waiting_of(struct lanes *lanes, uint64_t reader)
{
	return &lanes->by_reader[reader & (LANE_READERS - 1)];
}

static int64_t oldest_us(const struct lane *lane, int64_t now_us)
{
	return lane->count == 0 ? 0 : now_us - lane->queue[lane->first].since_us;
}

/* Whether somebody who came now would wait too long. A burst comes to an end, and may take its
 * time; a flood does not, and the lane is kept short, until nobody has been refused for a while. */
static bool would_be_late(struct lane *lane, enum work_kind kind, int64_t now_us)
{
	bool is_flood = now_us < lane->flood_until_us ||
	                (lane->count > 0 && now_us - lane->empty_at_us > FLOOD_AFTER_US);
	bool is_late = (int64_t)lane->count * lane->pace_us > rules[kind].flood_wait_us;
	if (is_flood && is_late)
		lane->flood_until_us = now_us + FLOOD_OVER_US;
	return is_flood && is_late;
}

/* A step at a time, so that the first that is refused may be enough. */
static void strain_note(struct lanes *lanes, bool reactor_lags, int64_t now_us)
{
	int64_t since_us = now_us - lanes->strain_at_us;
	if (reactor_lags && lanes->strain < STRAIN_MAX &&
	    (lanes->strain == 0 || since_us >= STRAIN_UP_US)) {
		lanes->strain++;
		lanes->strain_at_us = now_us;
	} else if (reactor_lags && lanes->strain == STRAIN_MAX) {
		lanes->strain_at_us = now_us;
	} else if (!reactor_lags && lanes->strain > 0 && since_us >= STRAIN_DOWN_US) {
		lanes->strain--;
		lanes->strain_at_us = now_us;
	}
}

static enum work_refused refusal_of(struct lanes *lanes, const struct work *work, int64_t now_us)
{
	struct lane *lane = &lanes->of[work->kind];
	if (lane->count == lane->max)
		return REFUSED_FULL;
	if (work->kind == WORK_STAFF)
		return REFUSED_REASONS;
	if (work->kind + lanes->strain >= WORK_KINDS)
		return REFUSED_STRAIN;
	if (would_be_late(lane, work->kind, now_us))
		return REFUSED_LATE;
	if (work->reader != 0 && *waiting_of(lanes, work->reader) >= READER_WAITING_MAX)
		return REFUSED_READER;
	return REFUSED_REASONS;
}

/* What a lane did not use while nothing was in it is not saved up. */
static void turn_catch_up(struct lanes *lanes, struct lane *lane)
{
	int64_t least = INT64_MAX;
	for (size_t i = WORK_PAGE; i < WORK_KINDS; i++) {
		const struct lane *other = &lanes->of[i];
		if (other != lane && other->count + other->running > 0 && other->used < least)
			least = other->used;
	}
	if (least != INT64_MAX && lane->used < least)
		lane->used = least;
}

bool lanes_add(struct lanes *lanes, const struct work *work, int64_t now_us)
{
	struct lane *lane = &lanes->of[work->kind];
	strain_note(lanes, work->reactor_lags, now_us);
	enum work_refused reason = refusal_of(lanes, work, now_us);
	if (reason != REFUSED_REASONS) {
		lane->refused[reason]++;
		return false;
	}
	if (lane->count == 0) {
		lane->empty_at_us = now_us;
		lane->taken_at_us = now_us;
		if (lane->running == 0)
			turn_catch_up(lanes, lane);
	}
	size_t place = (lane->first + lane->count++) % lane->max;
	lane->queue[place] = (struct waiting){work->exchange, now_us, work->reader};
	if (work->reader != 0)
		++*waiting_of(lanes, work->reader);
	lane->admitted++;
	lanes->count++;
	return true;
}

/* ---- out ---- */

static struct waiting first_out(struct lanes *lanes, struct lane *lane)
{
	struct waiting waiting = lane->queue[lane->first];
	lane->first = (lane->first + 1) % lane->max;
	lane->count--;
	lanes->count--;
	if (waiting.reader != 0)
		--*waiting_of(lanes, waiting.reader);
	return waiting;
}

bool lanes_take_late(struct lanes *lanes, int64_t now_us, struct waiting *out)
{
	for (size_t i = WORK_PAGE; i < WORK_KINDS; i++) {
		struct lane *lane = &lanes->of[i];
		if (oldest_us(lane, now_us) <= WAIT_MAX_US)
			continue;
		*out = first_out(lanes, lane);
		lane->refused[REFUSED_LATE]++;
		return true;
	}
	return false;
}

/* Staff goes before all others; of these the one that has used least of its share. */
bool lanes_take(struct lanes *lanes, int64_t now_us, struct waiting *out, enum work_kind *kind)
{
	struct lane *next = NULL;
	for (size_t i = 0; i < WORK_KINDS; i++) {
		struct lane *lane = &lanes->of[i];
		if (lane->count == 0 || lane->running == lane->running_max)
			continue;
		if (next == NULL || lane->used < next->used)
			next = lane;
		if (i == WORK_STAFF)
			break;
	}
	if (next == NULL)
		return false;
	next->pace_us += (now_us - next->taken_at_us - next->pace_us) / PACE_PARTS;
	next->taken_at_us = now_us;
	*out = first_out(lanes, next);
	*kind = (enum work_kind)(next - lanes->of);
	next->running++;
	histogram_own(&next->waits, now_us - out->since_us);
	return true;
}

void lanes_ended(struct lanes *lanes, enum work_kind kind, int64_t took_us)
{
	struct lane *lane = &lanes->of[kind];
	lane->running--;
	if (kind != WORK_STAFF)
		lane->used += took_us * SECOND_MS / rules[kind].share;
}

bool lanes_take_any(struct lanes *lanes, struct waiting *out)
{
	for (size_t i = 0; i < WORK_KINDS; i++) {
		struct lane *lane = &lanes->of[i];
		if (lane->count == 0)
			continue;
		*out = first_out(lanes, lane);
		lane->refused[REFUSED_END]++;
		return true;
	}
	return false;
}
