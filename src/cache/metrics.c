#include "cache/cache_private.h"

struct cache_values {
	int64_t hits, misses, refused, evicted, pages, size_bytes, max_bytes;
};

#define ROW(metric_name, member, metric_type, sentence)                                            \
	{                                                                                              \
		.name = "courant_cache_" metric_name, .type = (metric_type), .help = (sentence),           \
		.offset = offsetof(struct cache_values, member)                                            \
	}
static const struct metric rows[] = {
    ROW("hits_total", hits, METRIC_COUNTER, "Pages found in memory."),
    ROW("misses_total", misses, METRIC_COUNTER, "Pages looked for that had to be made."),
    ROW("refused_total", refused, METRIC_COUNTER,
        "Pages not kept because an act overtook their making."),
    ROW("evicted_total", evicted, METRIC_COUNTER, "Pages that made room for others."),
    ROW("pages", pages, METRIC_GAUGE, "Pages in memory."),
    ROW("bytes", size_bytes, METRIC_GAUGE, "What pages take in memory."),
    ROW("max_bytes", max_bytes, METRIC_GAUGE, "What pages may take: cache.size."),
};

static void values_read(void *source, void *out)
{
	struct cache_counts counts;
	cache_count(source, &counts);
	*(struct cache_values *)out = (struct cache_values){
	    .hits = (int64_t)counts.hits,
	    .misses = (int64_t)counts.misses,
	    .refused = (int64_t)counts.refused,
	    .evicted = (int64_t)counts.evicted,
	    .pages = (int64_t)counts.pages,
	    .size_bytes = (int64_t)counts.size_bytes,
	    .max_bytes = (int64_t)counts.max_bytes,
	};
}

const struct metric_table cache_metrics = {
    .room = "cache",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct cache_values),
    .read = values_read,
};
