/* `courant top`: what a server tells once a second (top_counts.c), and the picture that is made of
 * two such tellings (top_picture.c), apart from the terminal that shows it (top.c). */
#ifndef CLI_TOP_PRIVATE_H
#define CLI_TOP_PRIVATE_H

#include "base/metrics.h"
#include "cli/cli_private.h"

#define TOP_STORIES_MAX 50

/* Counts since the server's start, and gauges as they are. */
struct top_counts {
	Str site, version;
	double at_s; /* of the server's clock */
	struct top_class {
		double requests, refused /* 4xx */, failed /* 5xx */;
		double took[HISTOGRAM_BOUNDS + 1];
	} classes[WEB_CLASSES];
	double cache_pages, cache_bytes, cache_max_bytes, cache_evicted;
	double waiting, oldest_s, workers, workers_busy, strain;
	double refused_pages, refused_writes, refused_searches, refused_staff;
	double open, max_open, connections_refused, sent_bytes;
	double commits, commits_failed, wal_bytes, can_write;
	double commit_took[HISTOGRAM_BOUNDS + 1];
	double cpu_s, resident_bytes, descriptors, max_descriptors, started_s;
	double rounds[HISTOGRAM_BOUNDS + 1];
	struct top_story {
		Str headline; /* empty: it could not be read */
		int64_t id, requests;
	} stories[TOP_STORIES_MAX];
	size_t story_count;
};
/* Reads what `courant metrics --json` printed; the Strs lie in `mem`. */
MUST_CHECK Err top_counts_parse(Str json, struct arena *mem, struct top_counts *out);

/* Where the picture is shown, and when. */
struct top_screen {
	size_t columns, lines;
	bool has_colour;
	double now_s; /* since 1970 UTC */
	Str time;     /* of day, "12:34:56" */
};
/* What happened between two tellings, in so many lines and columns at most. */
void top_picture(const struct top_counts *before, const struct top_counts *now,
                 const struct top_screen *screen, struct buf *out);
/* The same for programs. */
json_t *top_json(const struct top_counts *before, const struct top_counts *now);

#endif
