/* What the program counts of itself and how it is told. Every room declares a table of rows, as for
 * settings; from these tables alone the text for Prometheus and the values for `courant top` are
 * made. Counting never waits: a thread raises counts of its own, which others only read. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>

#include "base/buf.h"

/* ---- counting ---- */

/* Raises a count that this thread alone raises: a load and a store, no locked instruction. */
static inline void count_own(_Atomic uint64_t *count, uint64_t more)
{
	uint64_t before = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, before + more, memory_order_relaxed);
}
/* One that several threads raise. */
static inline void count_shared(_Atomic uint64_t *count, uint64_t more)
{
	atomic_fetch_add_explicit(count, more, memory_order_relaxed);
}
static inline int64_t count_read(const _Atomic uint64_t *count)
{
	return (int64_t)atomic_load_explicit(count, memory_order_relaxed);
}

/* How long things took, from 10 µs to 10 s in steps of 1, 2, 5; above that they are one. */
#define HISTOGRAM_BOUNDS 19
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];
struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BOUNDS + 1];
	_Atomic uint64_t sum_us;
};
void histogram_own(struct histogram *histogram, int64_t took_us);
void histogram_shared(struct histogram *histogram, int64_t took_us);

struct histogram_values {
	int64_t counts[HISTOGRAM_BOUNDS + 1]; /* each bucket's alone */
	int64_t sum_us;
};
/* Adds what `histogram` has to `out`. */
void histogram_sum(const struct histogram *histogram, struct histogram_values *out);

/* ---- telling ---- */

enum metric_type {
	METRIC_COUNTER,   /* int64_t; never sinks but at a start */
	METRIC_GAUGE,     /* int64_t */
	METRIC_HISTOGRAM, /* struct histogram_values */
};

/* A value of a gauge or counter that is not known: its line is left out. */
#define METRIC_UNKNOWN INT64_MIN

#define METRIC_LABELS_MAX 2
struct metric_label {
	const char *name;
	const char *const *values;
	size_t count;
};

struct metric {
	const char *name; /* "courant_http_requests_total" */
	enum metric_type type;
	const char *help; /* one sentence, without backslash and line end */
	/* Of its value in the room's struct; with labels of an array of values, one dimension for each
	 * label. */
	size_t offset;
	unsigned decimals; /* digits of the integer that stand behind the point: 3 for milliseconds */
	struct metric_label labels[METRIC_LABELS_MAX];
	bool is_sparse; /* of a counter with many labels: what is 0 is left out */
};

/* A room's rows and the struct that they lie in, which `read` fills from `source`. */
struct metric_table {
	const char *room;
	const struct metric *rows;
	size_t count;
	size_t struct_bytes;
	void (*read)(void *source, void *out);
};
struct metric_source {
	const struct metric_table *table;
	void *source;
};

/* One value of one row. */
struct metric_value {
	const struct metric *metric;
	const char *labels[METRIC_LABELS_MAX]; /* the labels' values; NULL: there is none */
	int64_t number;
	const struct histogram_values *histogram; /* of a METRIC_HISTOGRAM */
};
/* Reads every source and calls `each` for every value, in the order of the rows. */
MUST_CHECK Err metrics_each(const struct metric_source *sources, size_t count,
                            void (*each)(const struct metric_value *value, void *context),
                            void *context);
/* The same as text for Prometheus (text exposition format, version 0.0.4). */
MUST_CHECK Err metrics_format(const struct metric_source *sources, size_t count, struct buf *out);
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_MAX_BYTES ((size_t)1 << 20)

#endif
