#include "base/utf8.h"
#include "cli/top_private.h"

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define RED "\x1b[1;31m"
#define PLAIN "\x1b[0m"

#define LINE_MAX_BYTES 2048
#define NUMBER_BYTES 32
#define MINUTES_A_DAY (INT64_C(24) * 60)
/* What the picture has above its stories, with their heading. */
#define LINES_ABOVE 20

/* In the order in which they matter to who looks. */
static const enum web_class shown[WEB_CLASSES] = {WEB_KEPT,   WEB_MADE,  WEB_SEARCH, WEB_WRITE,
                                                  WEB_STREAM, WEB_ASSET, WEB_OTHER};

struct picture {
	const struct top_counts *before, *now;
	const struct top_screen *screen;
	struct buf *out;
	double seconds; /* between the two */
	size_t line_count;
};

/* ---- numbers as people read them ---- */

struct number {
	char text[NUMBER_BYTES];
};

/* 1234567 as 1,234,567. */
static struct number whole(double value)
{
	struct number number;
	char digits[NUMBER_BYTES];
	int length = snprintf(digits, sizeof digits, "%.0f", value < 0 || value > 1e15 ? 0 : value);
	size_t place = 0;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			number.text[place++] = ',';
		number.text[place++] = digits[i];
	}
	number.text[place] = 0;
	return number;
}

/* Below ten a digit behind the point tells more. */
static struct number rate(double value)
{
	struct number number = whole(value);
	if (value > 0 && value < 9.95)
		snprintf(number.text, sizeof number.text, "%.1f", value);
	return number;
}

static struct number bytes(double value)
{
	static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
	struct number number;
	size_t unit = 0;
	while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		unit++;
	}
	snprintf(number.text, sizeof number.text, "%.*f %s", unit > 0 && value < 9.95 ? 1 : 0, value,
	         units[unit]);
	return number;
}

static struct number duration(double seconds)
{
	struct number number;
	if (seconds < 0.0009995)
		snprintf(number.text, sizeof number.text, "%.0f µs", seconds * 1e6);
	else if (seconds < 0.9995)
		snprintf(number.text, sizeof number.text, "%.*f ms", seconds < 0.00995 ? 1 : 0,
		         seconds * 1e3);
	else
		snprintf(number.text, sizeof number.text, "%.1f s", seconds);
	return number;
}

static struct number age(double seconds)
{
	struct number number;
	int64_t minutes = seconds < 0 ? 0 : (int64_t)seconds / 60;
	if (minutes >= MINUTES_A_DAY)
		snprintf(number.text, sizeof number.text, "%lldd %lldh",
		         (long long)(minutes / MINUTES_A_DAY), (long long)(minutes % MINUTES_A_DAY / 60));
	else
		snprintf(number.text, sizeof number.text, "%lldh %02lldm", (long long)(minutes / 60),
		         (long long)(minutes % 60));
	return number;
}

/* What so large a share of the times between two tellings did not pass, in seconds; below 0: there
 * were none. Within a bucket they are taken as evenly spread. */
static double quantile(const double *before, const double *now, double share)
{
	double total = 0;
	double below = 0;
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		total += now[i] - before[i];
	if (total <= 0)
		return -1;
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
		double count = now[i] - before[i];
		double from = i == 0 ? 0 : (double)histogram_bounds_us[i - 1];
		double until = (double)histogram_bounds_us[i];
		if (count > 0 && below + count >= share * total)
			return (from + (until - from) * (share * total - below) / count) / 1e6;
		below += count;
	}
	return (double)histogram_bounds_us[HISTOGRAM_BOUNDS - 1] / 1e6;
}

static struct number quantile_shown(const double *before, const double *now, double share)
{
	double seconds = quantile(before, now, share);
	return seconds < 0 ? (struct number){"–"} : duration(seconds);
}

/* ---- lines ---- */

/* As much of the text as has room; returns the columns that it takes. What would move the cursor
 * is no part of it. */
static size_t add_cut(struct buf *out, Str text, size_t columns)
{
	size_t used = 0;
	size_t place = 0;
	while (place < text.length) {
		size_t start = place;
		uint32_t point = utf8_next(text, &place);
		bool is_control = point == UTF8_INVALID || point < 0x20 || (point >= 0x7f && point < 0xa0);
		Str letter = is_control ? S("\xEF\xBF\xBD") : str_slice(text, start, place - start);
		size_t width = text_width(letter);
		if (used + width > columns)
			break;
		buf_add(out, letter);
		used += width;
	}
	return used;
}

/* A style is a sequence of the terminal's, or NULL. */
static void line_add(struct picture *picture, const char *style, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void line_add(struct picture *picture, const char *style, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list arguments;
	if (picture->line_count == picture->screen->lines)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	bool is_styled = style != NULL && picture->screen->has_colour;
	if (picture->line_count++ > 0)
		buf_add_byte(picture->out, '\n');
	if (is_styled)
		buf_add(picture->out, str_from_c(style));
	(void)add_cut(picture->out, str_from_c(line), picture->screen->columns);
	if (is_styled)
		buf_add(picture->out, S(PLAIN));
}

/* To the right of a column, by what the terminal shows: "µ" is two bytes. */
static void cell_add(struct buf *line, struct number number, size_t columns)
{
	size_t width = text_width(str_from_c(number.text));
	buf_format(line, "%*s%s", (int)(width < columns ? columns - width : 0), "", number.text);
}

static double per_second(const struct picture *picture, double before, double now)
{
	return now > before ? (now - before) / picture->seconds : 0;
}
/* Of a count that is a member of both. */
#define PER_SECOND(picture, member)                                                                \
	per_second((picture), (picture)->before->member, (picture)->now->member)

/* ---- the picture ---- */

static void head_add(struct picture *picture)
{
	const struct top_counts *now = picture->now;
	char left[LINE_MAX_BYTES];
	struct buf line BUF_CLEANUP;
	buf_init(&line, LINE_MAX_BYTES);
	size_t columns = picture->screen->columns;
	int length = snprintf(left, sizeof left, "%.*s – Courant %.*s, up %s", STR(now->site),
	                      STR(now->version), age(picture->screen->now_s - now->started_s).text);
	size_t room = columns > picture->screen->time.length + 2
	                  ? columns - picture->screen->time.length - 2
	                  : columns;
	size_t used = add_cut(&line, (Str){left, (size_t)length}, room);
	if (room < columns)
		buf_format(&line, "%*s%.*s", (int)(room - used + 2), "", STR(picture->screen->time));
	line_add(picture, BOLD, "%.*s", STR(buf_str(&line)));
	line_add(picture, NULL, "%s", "");
}

static void class_add(struct picture *picture, const char *name, const struct top_class *before,
                      const struct top_class *now)
{
	struct buf line BUF_CLEANUP;
	buf_init(&line, LINE_MAX_BYTES);
	double requests = per_second(picture, before->requests, now->requests);
	double refused = per_second(picture, before->refused, now->refused);
	double failed = per_second(picture, before->failed, now->failed);
	buf_format(&line, " %-9s", name);
	cell_add(&line, rate(requests), 12);
	cell_add(&line, quantile_shown(before->took, now->took, 0.5), 11);
	cell_add(&line, quantile_shown(before->took, now->took, 0.99), 11);
	cell_add(&line, rate(refused), 11);
	cell_add(&line, rate(failed), 11);
	line_add(picture, failed > 0 ? RED : requests > 0 ? NULL : DIM, "%.*s", STR(buf_str(&line)));
}

static struct top_class all_of(const struct top_counts *counts)
{
	struct top_class all = {0};
	for (size_t i = 0; i < WEB_CLASSES; i++) {
		all.requests += counts->classes[i].requests;
		all.refused += counts->classes[i].refused;
		all.failed += counts->classes[i].failed;
		for (size_t j = 0; j <= HISTOGRAM_BOUNDS; j++)
			all.took[j] += counts->classes[i].took[j];
	}
	return all;
}

static void classes_add(struct picture *picture)
{
	struct top_class before = all_of(picture->before);
	struct top_class now = all_of(picture->now);
	line_add(picture, BOLD, " requests    per second        p50        p99        4xx        5xx");
	class_add(picture, "all", &before, &now);
	for (size_t i = 0; i < WEB_CLASSES; i++)
		class_add(picture, web_class_names[shown[i]], &picture->before->classes[shown[i]],
		          &picture->now->classes[shown[i]]);
	line_add(picture, NULL, "%s", "");
}

/* Of the pages that were asked for. */
static double hit_share(const struct picture *picture)
{
	double kept = PER_SECOND(picture, classes[WEB_KEPT].requests);
	double made = PER_SECOND(picture, classes[WEB_MADE].requests) +
	              PER_SECOND(picture, classes[WEB_SEARCH].requests);
	return kept + made > 0 ? kept / (kept + made) : -1;
}

static void parts_add(struct picture *picture)
{
	const struct top_counts *now = picture->now;
	double hits = hit_share(picture);
	char share[NUMBER_BYTES] = "–";
	if (hits >= 0)
		snprintf(share, sizeof share, "%.1f %%", hits * 100);
	line_add(picture, NULL, " cache       %s from memory, %s pages in %s of %s, %s evicted/s",
	         share, whole(now->cache_pages).text, bytes(now->cache_bytes).text,
	         bytes(now->cache_max_bytes).text, rate(PER_SECOND(picture, cache_evicted)).text);
	line_add(picture, NULL, " queue       %s waiting, the first for %s, %s of %s workers busy",
	         whole(now->waiting).text, duration(now->oldest_s).text, whole(now->workers_busy).text,
	         whole(now->workers).text);
	double searches = PER_SECOND(picture, refused_searches);
	double writes = PER_SECOND(picture, refused_writes);
	double pages = PER_SECOND(picture, refused_pages);
	double staff = PER_SECOND(picture, refused_staff);
	line_add(picture, searches + writes + pages + staff > 0 ? RED : NULL,
	         " refused/s   %s searches, %s replies, %s pages%s", rate(searches).text,
	         rate(writes).text, rate(pages).text,
	         now->strain > 0 ? "; reactors come too late" : "");
	double refused = PER_SECOND(picture, connections_refused);
	line_add(picture, refused > 0 ? RED : NULL,
	         " connections %s of %s open, %s refused/s, %s/s sent", whole(now->open).text,
	         whole(now->max_open).text, rate(refused).text,
	         bytes(PER_SECOND(picture, sent_bytes)).text);
	double failed = PER_SECOND(picture, commits_failed);
	line_add(picture, now->can_write == 0 || failed > 0 ? RED : NULL,
	         " database    %s, %s changes/s, p99 %s, %s failed/s, log %s",
	         now->can_write == 0 ? "NOTHING CAN BE STORED" : "writable",
	         rate(PER_SECOND(picture, commits)).text,
	         quantile_shown(picture->before->commit_took, now->commit_took, 0.99).text,
	         rate(failed).text, bytes(now->wal_bytes).text);
	line_add(picture, NULL, " process     %.0f %% CPU, %s of memory, %s of %s files, busy p99 %s",
	         PER_SECOND(picture, cpu_s) * 100, bytes(now->resident_bytes).text,
	         whole(now->descriptors).text, whole(now->max_descriptors).text,
	         quantile_shown(picture->before->rounds, now->rounds, 0.99).text);
	line_add(picture, NULL, "%s", "");
}

static void stories_add(struct picture *picture, size_t count)
{
	const struct top_counts *now = picture->now;
	line_add(picture, BOLD, " stories     requests in the last minute");
	if (now->story_count == 0)
		line_add(picture, DIM, "          –  none");
	for (size_t i = 0; i < now->story_count && i < count; i++) {
		const struct top_story *story = &now->stories[i];
		if (str_is_empty(story->headline))
			line_add(picture, NULL, "%11s  story %lld", whole((double)story->requests).text,
			         (long long)story->id);
		else
			line_add(picture, NULL, "%11s  %.*s", whole((double)story->requests).text,
			         STR(story->headline));
	}
}

void top_picture(const struct top_counts *before, const struct top_counts *now,
                 const struct top_screen *screen, struct buf *out)
{
	/* After a restart the counts begin anew. */
	bool is_anew = now->at_s <= before->at_s || now->started_s != before->started_s;
	struct picture picture = {.before = is_anew ? now : before,
	                          .now = now,
	                          .screen = screen,
	                          .out = out,
	                          .seconds = is_anew ? 1 : now->at_s - before->at_s};
	head_add(&picture);
	classes_add(&picture);
	parts_add(&picture);
	stories_add(&picture, screen->lines > LINES_ABOVE ? screen->lines - LINES_ABOVE : 0);
}

/* ---- for programs ---- */

static json_t *seconds_json(double seconds)
{
	return seconds < 0 ? json_null() : json_real(seconds);
}

static json_t *class_json(const struct picture *picture, const struct top_class *before,
                          const struct top_class *now)
{
	return json_pack("{s:f, s:f, s:f, s:o, s:o}", "per_second",
	                 per_second(picture, before->requests, now->requests), "4xx_per_second",
	                 per_second(picture, before->refused, now->refused), "5xx_per_second",
	                 per_second(picture, before->failed, now->failed), "p50_seconds",
	                 seconds_json(quantile(before->took, now->took, 0.5)), "p99_seconds",
	                 seconds_json(quantile(before->took, now->took, 0.99)));
}

json_t *top_json(const struct top_counts *before, const struct top_counts *now)
{
	struct picture picture = {.before = before, .now = now, .seconds = now->at_s - before->at_s};
	json_t *classes = json_object();
	json_t *stories = json_array();
	struct top_class all_before = all_of(before);
	struct top_class all_now = all_of(now);
	json_object_set_new(classes, "all", class_json(&picture, &all_before, &all_now));
	for (size_t i = 0; i < WEB_CLASSES; i++)
		json_object_set_new(classes, web_class_names[i],
		                    class_json(&picture, &before->classes[i], &now->classes[i]));
	for (size_t i = 0; i < now->story_count; i++)
		json_array_append_new(stories,
		                      json_pack("{s:I, s:o, s:I}", "id", (json_int_t)now->stories[i].id,
		                                "headline", json_text_or_null(now->stories[i].headline),
		                                "requests", (json_int_t)now->stories[i].requests));
	double hits = hit_share(&picture);
	json_t *refused = json_pack("{s:f, s:f, s:f}", "search", PER_SECOND(&picture, refused_searches),
	                            "write", PER_SECOND(&picture, refused_writes), "page",
	                            PER_SECOND(&picture, refused_pages));
	return json_pack("{s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:o, s:f, s:f, s:b, s:f, s:f, s:o}",
	                 "site", json_text(now->site), "requests", classes, "from_memory",
	                 seconds_json(hits), "cache_bytes", now->cache_bytes, "cache_pages",
	                 now->cache_pages, "queue_requests", now->waiting, "queue_oldest_seconds",
	                 now->oldest_s, "refused_per_second", refused, "connections_open", now->open,
	                 "changes_per_second", PER_SECOND(&picture, commits), "writable",
	                 now->can_write != 0, "cpu", PER_SECOND(&picture, cpu_s), "resident_bytes",
	                 now->resident_bytes, "stories", stories);
}
