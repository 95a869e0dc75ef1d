#include "base/metrics.h"

#include <stdlib.h>

const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {
    10,    20,    50,     100,    200,    500,     1000,    2000,    5000,     10000,
    20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000,
};
/* The same in seconds, as Prometheus has them. */
static const char *const bounds_text[HISTOGRAM_BOUNDS + 1] = {
    "1e-05", "2e-05", "5e-05", "0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01",
    "0.02",  "0.05",  "0.1",   "0.2",    "0.5",    "1",      "2",     "5",     "10",    "+Inf",
};

/* ---- counting ---- */

/* Most of what is counted on a reactor is among the first. */
static size_t bucket_of(int64_t took_us)
{
	size_t i = 0;
	while (i < HISTOGRAM_BOUNDS && took_us > histogram_bounds_us[i])
		i++;
	return i;
}

void histogram_own(struct histogram *histogram, int64_t took_us)
{
	count_own(&histogram->counts[bucket_of(took_us)], 1);
	count_own(&histogram->sum_us, (uint64_t)took_us);
}

void histogram_shared(struct histogram *histogram, int64_t took_us)
{
	count_shared(&histogram->counts[bucket_of(took_us)], 1);
	count_shared(&histogram->sum_us, (uint64_t)took_us);
}

void histogram_sum(const struct histogram *histogram, struct histogram_values *out)
{
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		out->counts[i] += count_read(&histogram->counts[i]);
	out->sum_us += count_read(&histogram->sum_us);
}

/* ---- telling ---- */

struct teller {
	void (*each)(const struct metric_value *value, void *context);
	void *context;
};

static size_t label_values(const struct metric_label *label)
{
	return label->name == NULL ? 1 : label->count;
}

static void value_tell(const struct teller *teller, struct metric_value *value, const char *lies_at,
                       size_t index)
{
	if (value->metric->type == METRIC_HISTOGRAM) {
		struct histogram_values histogram;
		memcpy(&histogram, lies_at + index * sizeof histogram, sizeof histogram);
		value->histogram = &histogram;
		teller->each(value, teller->context);
		value->histogram = NULL;
		return;
	}
	memcpy(&value->number, lies_at + index * sizeof value->number, sizeof value->number);
	if (value->number != METRIC_UNKNOWN && !(value->metric->is_sparse && value->number == 0))
		teller->each(value, teller->context);
}

static void row_tell(const struct teller *teller, const struct metric *metric, const char *values)
{
	const struct metric_label *first = &metric->labels[0];
	const struct metric_label *second = &metric->labels[1];
	struct metric_value value = {.metric = metric};
	for (size_t i = 0; i < label_values(first); i++) {
		for (size_t j = 0; j < label_values(second); j++) {
			value.labels[0] = first->name == NULL ? NULL : first->values[i];
			value.labels[1] = second->name == NULL ? NULL : second->values[j];
			value_tell(teller, &value, values + metric->offset, i * label_values(second) + j);
		}
	}
}

Err metrics_each(const struct metric_source *sources, size_t count,
                 void (*each)(const struct metric_value *value, void *context), void *context)
{
	struct teller teller = {each, context};
	for (size_t i = 0; i < count; i++) {
		const struct metric_table *table = sources[i].table;
		char *values = calloc(1, table->struct_bytes);
		if (values == NULL)
			return fail(ERR_MEMORY, "there is no memory for the metrics");
		table->read(sources[i].source, values);
		for (size_t j = 0; j < table->count; j++)
			row_tell(&teller, &table->rows[j], values);
		free(values);
	}
	return OK;
}

/* ---- for Prometheus ---- */

struct text {
	struct buf *out;
	const struct metric *last; /* whose HELP and TYPE stand there */
};

static void row_begin(struct text *text, const struct metric *metric)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};
	if (text->last == metric)
		return;
	text->last = metric;
	buf_format(text->out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
	           types[metric->type]);
}

/* `{class="made",le="0.1"} `; the values stand in our source and hold nothing to be escaped. */
static void labels_add(struct buf *out, const struct metric_value *value, const char *bound)
{
	const char *between = "{";
	for (size_t i = 0; i < METRIC_LABELS_MAX; i++) {
		if (value->labels[i] == NULL)
			continue;
		buf_format(out, "%s%s=\"%s\"", between, value->metric->labels[i].name, value->labels[i]);
		between = ",";
	}
	if (bound != NULL)
		buf_format(out, "%sle=\"%s\"", between, bound);
	buf_format(out, "%s ", value->labels[0] == NULL && bound == NULL ? "" : "}");
}

/* 1234 with three decimals is 1.234. */
static void number_add(struct buf *out, int64_t number, unsigned decimals)
{
	uint64_t unit = 1;
	uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
	for (unsigned i = 0; i < decimals; i++)
		unit *= 10;
	buf_format(out, "%s%llu", number < 0 ? "-" : "", (unsigned long long)(size / unit));
	if (decimals > 0)
		buf_format(out, ".%0*llu", (int)decimals, (unsigned long long)(size % unit));
	buf_add_byte(out, '\n');
}

static void histogram_add(struct buf *out, const struct metric_value *value)
{
	int64_t total = 0;
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		total += value->histogram->counts[i];
		buf_format(out, "%s_bucket", value->metric->name);
		labels_add(out, value, bounds_text[i]);
		number_add(out, total, 0);
	}
	buf_format(out, "%s_sum", value->metric->name);
	labels_add(out, value, NULL);
	number_add(out, value->histogram->sum_us, 6);
	buf_format(out, "%s_count", value->metric->name);
	labels_add(out, value, NULL);
	number_add(out, total, 0);
}

static void value_add(const struct metric_value *value, void *context)
{
	struct text *text = context;
	row_begin(text, value->metric);
	if (value->metric->type == METRIC_HISTOGRAM) {
		histogram_add(text->out, value);
		return;
	}
	buf_format(text->out, "%s", value->metric->name);
	labels_add(text->out, value, NULL);
	number_add(text->out, value->number, value->metric->decimals);
}

Err metrics_format(const struct metric_source *sources, size_t count, struct buf *out)
{
	struct text text = {.out = out};
	TRY(metrics_each(sources, count, value_add, &text));
	return buf_check(out);
}
