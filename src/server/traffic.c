#include "server/traffic.h"

#include <stdlib.h>

#include "server/reads_private.h"
#include "web/web.h"

#define CACHE_LINE_BYTES 64
#define STATUSES 25

static const int statuses[STATUSES] = {200, 206, 301, 303, 304, 400, 403, 404, 405,
                                       408, 410, 413, 414, 415, 417, 421, 422, 429,
                                       431, 499, 500, 501, 503, 505, 0};
static const char *const status_names[STATUSES] = {
    "200", "206", "301", "303", "304", "400", "403", "404", "405", "408", "410", "413",  "414",
    "415", "417", "421", "422", "429", "431", "499", "500", "501", "503", "505", "other"};

/* Of one reactor. */
struct share {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t requests[WEB_CLASSES][STATUSES];
	struct histogram durations[WEB_CLASSES];
	struct reads reads;
};

struct traffic {
	size_t share_count;
	struct share shares[];
};

Err traffic_new(size_t reactors, struct traffic **out)
{
	size_t size_bytes = sizeof(struct traffic) + reactors * sizeof(struct share);
	struct traffic *traffic = aligned_alloc(CACHE_LINE_BYTES, size_bytes);
	if (traffic == NULL)
		return fail(ERR_MEMORY, "there is no memory to count requests");
	memset(traffic, 0, size_bytes);
	traffic->share_count = reactors;
	*out = traffic;
	return OK;
}

void traffic_free(struct traffic *traffic)
{
	free(traffic);
}

static size_t status_index(int status)
{
	size_t i = 0;
	while (statuses[i] != status && i + 1 < STATUSES)
		i++;
	return i;
}

void traffic_count(struct traffic *traffic, const struct net_finished *finished)
{
	struct share *share = &traffic->shares[finished->reactor];
	size_t class = finished->class < WEB_CLASSES ? finished->class : WEB_OTHER;
	int status = finished->status == 0 ? NET_STATUS_LEFT : finished->status;
	count_own(&share->requests[class][status_index(status)], 1);
	if (status != NET_STATUS_LEFT)
		histogram_own(&share->durations[class], finished->took_us);
	if (finished->subject != 0)
		reads_count(&share->reads, finished->subject, finished->now_ms);
}

/* ---- for those who watch ---- */

struct traffic_values {
	int64_t requests[WEB_CLASSES][STATUSES];
	struct histogram_values durations[WEB_CLASSES];
};

static const struct metric rows[] = {
    {.name = "courant_http_requests_total",
     .type = METRIC_COUNTER,
     .help = "Requests by what answered them and by status; 499: the client left first.",
     .offset = offsetof(struct traffic_values, requests),
     .labels = {{"class", web_class_names, WEB_CLASSES}, {"status", status_names, STATUSES}},
     .is_sparse = true},
    {.name = "courant_http_request_duration_seconds",
     .type = METRIC_HISTOGRAM,
     .help = "From when the whole request was there until its answer was handed to the system.",
     .offset = offsetof(struct traffic_values, durations),
     .labels = {{"class", web_class_names, WEB_CLASSES}}},
};

static void values_read(void *source, void *out)
{
	const struct traffic *traffic = source;
	struct traffic_values *values = out;
	for (size_t i = 0; i < traffic->share_count; i++) {
		const struct share *share = &traffic->shares[i];
		for (size_t class = 0; class < WEB_CLASSES; class ++) {
			for (size_t j = 0; j < STATUSES; j++)
				values->requests[class][j] += count_read(&share->requests[class][j]);
			histogram_sum(&share->durations[class], &values->durations[class]);
		}
	}
}

const struct metric_table traffic_metrics = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct traffic_values),
    .read = values_read,
};

/* ---- stories ---- */

static int by_story(const void *a, const void *b)
{
	const struct story_reads *one = a;
	const struct story_reads *other = b;
	return (one->story > other->story) - (one->story < other->story);
}

/* Of two alike the newer one comes first. */
static int by_requests(const void *a, const void *b)
{
	const struct story_reads *one = a;
	const struct story_reads *other = b;
	if (one->requests != other->requests)
		return one->requests < other->requests ? 1 : -1;
	return by_story(b, a);
}

static size_t merge(struct story_reads *all, size_t count)
{
	size_t merged = 0;
	qsort(all, count, sizeof *all, by_story);
	for (size_t i = 0; i < count; i++) {
		if (merged > 0 && all[merged - 1].story == all[i].story)
			all[merged - 1].requests += all[i].requests;
		else
			all[merged++] = all[i];
	}
	return merged;
}

Err traffic_stories(const struct traffic *traffic, int64_t now_ms, struct arena *mem, size_t max,
                    struct story_reads **out, size_t *count_out)
{
	struct story_reads *all =
	    ARENA_ARRAY(mem, struct story_reads, traffic->share_count * READS_LISTED_MAX + 1);
	size_t count = 0;
	if (all == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < traffic->share_count; i++)
		count += reads_list(&traffic->shares[i].reads, now_ms, all + count);
	count = merge(all, count);
	qsort(all, count, sizeof *all, by_requests);
	*out = all;
	*count_out = count < max ? count : max;
	return OK;
}
