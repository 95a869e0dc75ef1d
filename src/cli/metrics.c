#include "cli/cli_private.h"
#include "server/watch.h"

#define STORIES_TOLD 50

/* ---- as JSON ---- */

static double in_units(const struct metric_value *value)
{
	double number = (double)value->number;
	for (unsigned i = 0; i < value->metric->decimals; i++)
		number /= 10;
	return number;
}

static void value_json(const struct metric_value *value, void *context)
{
	json_t *list = context;
	json_t *object = json_pack("{s:s, s:o}", "name", value->metric->name, "labels", json_object());
	for (size_t i = 0; i < METRIC_LABELS_MAX; i++)
		if (value->labels[i] != NULL)
			json_object_set_new(json_object_get(object, "labels"), value->metric->labels[i].name,
			                    json_string(value->labels[i]));
	if (value->histogram == NULL) {
		json_object_set_new(object, "value",
		                    value->metric->decimals == 0 ? json_integer(value->number)
		                                                 : json_real(in_units(value)));
	} else {
		json_t *counts = json_array();
		for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
			json_array_append_new(counts, json_integer(value->histogram->counts[i]));
		json_object_set_new(object, "counts", counts);
		json_object_set_new(object, "sum", json_real((double)value->histogram->sum_us / 1e6));
	}
	json_array_append_new(list, object);
}

static json_t *bounds_json(void)
{
	json_t *bounds = json_array();
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++)
		json_array_append_new(bounds, json_real((double)histogram_bounds_us[i] / 1e6));
	return bounds;
}

/* A story that can't be read just now is told by its number. */
static json_t *story_json(const struct command_context *context, const struct story_reads *reads)
{
	struct story story;
	Str address = S("");
	Str headline = S("");
	if (story_look_up(context, reads->story, &story, &address) == OK)
		headline = story.headline;
	return json_pack("{s:I, s:o, s:o, s:I}", "id", (json_int_t)reads->story, "headline",
	                 json_text_or_null(headline), "url", json_text_or_null(address), "requests",
	                 (json_int_t)reads->requests);
}

static Err print_as_json(const struct command_context *context)
{
	struct story_reads *reads;
	size_t count;
	TRY(watch_stories(context->watch, context->mem, STORIES_TOLD, &reads, &count));
	json_t *metrics = json_array();
	json_t *stories = json_array();
	Err err = watch_each_metric(context->watch, value_json, metrics);
	for (size_t i = 0; err == OK && i < count; i++)
		json_array_append_new(stories, story_json(context, &reads[i]));
	if (err != OK) {
		json_decref(metrics);
		json_decref(stories);
		return err;
	}
	return print_json(context, json_pack("{s:o, s:I, s:o, s:o, s:o}", "site",
	                                     json_text(context->world->site->name_at_start), "at_ms",
	                                     (json_int_t)monotonic_ms(), "bounds", bounds_json(),
	                                     "metrics", metrics, "stories", stories));
}

/* ---- the command ---- */

static Err metrics_run(struct command_context *context)
{
	if (context->watch == NULL)
		return fail(ERR_UNAVAILABLE, "no server runs on this site: courant serve starts one");
	if (context->call->json)
		return print_as_json(context);
	struct buf text BUF_CLEANUP;
	buf_init(&text, METRICS_MAX_BYTES);
	TRY(watch_format_metrics(context->watch, &text));
	if (fwrite(text.bytes, 1, text.length, context->io->out) != text.length)
		return fail(ERR_IO, "the answer could not be written");
	return OK;
}

const struct command metrics_command = {
    .words = "metrics",
    .operands = "",
    .summary = "Prints what the running server counts, as Prometheus reads it",
    .details =
        "The same as `/metrics` of the listener `metrics.listen`, which need not be open for "
        "it. With `--json` also the stories that were asked for most in the last minute.",
    .site = SITE_NEEDED,
    .run = metrics_run,
};
