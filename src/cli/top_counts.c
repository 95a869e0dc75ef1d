#include "cli/top_private.h"

/* Where a metric goes; those with the same place are added up. */
static const struct {
	const char *name;
	const char *label, *value; /* only with this one; NULL: whatever the labels */
	size_t offset;
} places[] = {
#define PLACE(name, member)                                                                        \
	{                                                                                              \
		name, NULL, NULL, offsetof(struct top_counts, member)                                      \
	}
    PLACE("courant_cache_pages", cache_pages),
    PLACE("courant_cache_bytes", cache_bytes),
    PLACE("courant_cache_max_bytes", cache_max_bytes),
    PLACE("courant_cache_evicted_total", cache_evicted),
    PLACE("courant_queue_requests", waiting),
    PLACE("courant_queue_oldest_seconds", oldest_s),
    PLACE("courant_queue_strain", strain),
    {"courant_queue_refused_total", "work", "staff", offsetof(struct top_counts, refused_staff)},
    {"courant_queue_refused_total", "work", "page", offsetof(struct top_counts, refused_pages)},
    {"courant_queue_refused_total", "work", "write", offsetof(struct top_counts, refused_writes)},
    {"courant_queue_refused_total", "work", "search",
     offsetof(struct top_counts, refused_searches)},
    PLACE("courant_workers", workers),
    PLACE("courant_workers_busy", workers_busy),
    PLACE("courant_connections_open", open),
    PLACE("courant_connections_max", max_open),
    PLACE("courant_connections_refused_total", connections_refused),
    PLACE("courant_sent_bytes_total", sent_bytes),
    {"courant_db_commits_total", "result", "stored", offsetof(struct top_counts, commits)},
    {"courant_db_commits_total", "result", "failed", offsetof(struct top_counts, commits_failed)},
    PLACE("courant_db_wal_bytes", wal_bytes),
    PLACE("courant_db_writable", can_write),
    PLACE("process_cpu_seconds_total", cpu_s),
    PLACE("process_resident_memory_bytes", resident_bytes),
    PLACE("process_open_fds", descriptors),
    PLACE("process_max_fds", max_descriptors),
    PLACE("process_start_time_seconds", started_s),
#undef PLACE
};

static const char *label_of(const json_t *metric, const char *name)
{
	const char *value = json_string_value(json_object_get(json_object_get(metric, "labels"), name));
	return value == NULL ? "" : value;
}

static struct top_class *class_of(struct top_counts *counts, const json_t *metric)
{
	const char *name = label_of(metric, "class");
	for (size_t i = 0; i < WEB_CLASSES; i++)
		if (strcmp(web_class_names[i], name) == 0)
			return &counts->classes[i];
	return &counts->classes[WEB_OTHER];
}

static void histogram_take(const json_t *metric, double out[HISTOGRAM_BOUNDS + 1])
{
	const json_t *counts = json_object_get(metric, "counts");
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		out[i] += json_number_value(json_array_get(counts, i));
}

static void requests_take(struct top_counts *counts, const json_t *metric)
{
	struct top_class *class = class_of(counts, metric);
	const char *status = label_of(metric, "status");
	double requests = json_number_value(json_object_get(metric, "value"));
	class->requests += requests;
	if (status[0] == '4')
		class->refused += requests;
	if (status[0] == '5')
		class->failed += requests;
}

static void number_take(struct top_counts *counts, const json_t *metric, const char *name)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (strcmp(places[i].name, name) != 0)
			continue;
		if (places[i].label != NULL &&
		    strcmp(label_of(metric, places[i].label), places[i].value) != 0)
			continue;
		double *place = (double *)(void *)((char *)counts + places[i].offset);
		*place += json_number_value(json_object_get(metric, "value"));
	}
}

static void metric_take(struct top_counts *counts, const json_t *metric, struct arena *mem)
{
	const char *name = json_string_value(json_object_get(metric, "name"));
	if (name == NULL)
		return;
	if (strcmp(name, "courant_http_requests_total") == 0)
		requests_take(counts, metric);
	else if (strcmp(name, "courant_http_request_duration_seconds") == 0)
		histogram_take(metric, class_of(counts, metric)->took);
	else if (strcmp(name, "courant_db_commit_seconds") == 0)
		histogram_take(metric, counts->commit_took);
	else if (strcmp(name, "courant_reactor_round_seconds") == 0)
		histogram_take(metric, counts->rounds);
	else if (strcmp(name, "courant_build_info") == 0)
		(void)!arena_copy(mem, str_from_c(label_of(metric, "version")), &counts->version);
	else
		number_take(counts, metric, name);
}

static Err stories_take(struct top_counts *counts, const json_t *stories, struct arena *mem)
{
	for (size_t i = 0; i < json_array_size(stories) && i < TOP_STORIES_MAX; i++) {
		const json_t *told = json_array_get(stories, i);
		struct top_story *story = &counts->stories[counts->story_count++];
		story->id = json_integer_value(json_object_get(told, "id"));
		story->requests = json_integer_value(json_object_get(told, "requests"));
		TRY(arena_copy(mem, str_from_c(json_string_value(json_object_get(told, "headline"))),
		               &story->headline));
	}
	return OK;
}

Err top_counts_parse(Str json, struct arena *mem, struct top_counts *out)
{
	json_t *told = json_loadb(json.bytes, json.length, 0, NULL);
	const json_t *metrics = json_object_get(told, "metrics");
	*out = (struct top_counts){.at_s = json_number_value(json_object_get(told, "at_ms")) / 1000};
	if (!json_is_array(metrics)) {
		json_decref(told);
		return fail(ERR_INVALID, "the server's answer can't be read");
	}
	for (size_t i = 0; i < json_array_size(metrics); i++)
		metric_take(out, json_array_get(metrics, i), mem);
	Err err =
	    arena_copy(mem, str_from_c(json_string_value(json_object_get(told, "site"))), &out->site);
	if (err == OK)
		err = stories_take(out, json_object_get(told, "stories"), mem);
	json_decref(told);
	return err;
}
