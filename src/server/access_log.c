#include "server/access_log.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/log.h"
#include "server/access_file_private.h"
#include "server/access_line.h"
#include "server/access_ring_private.h"

/* The thread lets so much time pass, so that it writes many lines at once. */
#define GATHER_MS 100
#define IDLE_MS 1000
#define WRITE_BYTES ((size_t)64 << 10)
#define REFERRER_SENT_MAX                                                                          \
	((size_t)2048) /* one that is longer is left out, as it can't be judged                        \
	                */
#define TELL_EVERY_MS MINUTE_MS

/* ---- settings ---- */

#define ROW(member) offsetof(struct access_log_settings, member)

static const struct setting rows[] = {
    {"log.path", NULL, SETTING_TEXT, "", 0, 1000, "",
     "The access log's file, seen from the site's folder, such as access.log; empty: there is "
     "none.",
     ROW(path)},
    {"log.format", NULL, SETTING_WORD, "combined", 0, 0, ACCESS_FORMAT_WORDS,
     "How its lines are written: as Apache and nginx do by default (combined), the same without "
     "referrer and browser (common), or as an object of JSON.",
     ROW(format)},
    {"log.addresses", NULL, SETTING_WORD, "block", 0, 0, ACCESS_ADDRESSES_WORDS,
     "What is kept of readers' addresses: nothing, the block (an IPv4 /24, an IPv6 /48), or all.",
     ROW(addresses)},
    {"log.lines_per_second", NULL, SETTING_COUNT, "5000", 1, 1000000, "lines",
     "How many lines are written in a second; more are left out, counted, and said in the server's "
     "own log.",
     ROW(lines_per_second)},
    {"log.size", NULL, SETTING_SIZE, "64MB", 1 << 20, INT64_C(1) << 40, "bytes",
     "How large its file may become before it is put aside as access.log.1.", ROW(file_bytes)},
    {"log.files", NULL, SETTING_COUNT, "8", 0, 1000, "files",
     "How many that were put aside are kept; 0: Courant puts none aside and its file has no limit, "
     "for who uses logrotate.",
     ROW(files)},
};
const struct setting_table access_log_settings_table = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct access_log_settings),
};

/* ---- what is counted ---- */

enum { LINES_WRITTEN, LINES_CAPPED, LINES_OVERRUN, LINES_FAILED, LINES_ENDS };
static const char *const ends[LINES_ENDS] = {"written", "capped", "overrun", "failed"};

struct access_log {
	const struct access_log_settings *settings;
	struct access_file file; /* the thread's */
	struct buf lines;        /* the thread's, as what follows: they are not written yet */
	int64_t line_count;
	Time second; /* of which the last lines are, */
	int64_t second_lines;
	int64_t told[LINES_ENDS];
	int64_t tell_at;
	_Atomic uint64_t counts[LINES_ENDS];
	int wake; /* eventfd */
	_Atomic bool is_asleep, is_hurried, is_closing;
	pthread_t thread;
	bool is_running;
	size_t ring_count;
	struct access_ring rings[];
};

struct access_log_values {
	int64_t lines[LINES_ENDS];
};

static const struct metric metric_rows[] = {
    {.name = "courant_access_log_lines_total",
     .type = METRIC_COUNTER,
     .help = "Lines of the access log: written, left out because of log.lines_per_second, because "
             "they came faster than they could be taken, or because the disk is full or failed.",
     .offset = offsetof(struct access_log_values, lines),
     .labels = {{"result", ends, LINES_ENDS}}},
};

static int64_t lines_count(const struct access_log *log, size_t end)
{
	int64_t count = count_read(&log->counts[end]);
	for (size_t i = 0; end == LINES_OVERRUN && i < log->ring_count; i++)
		count += count_read(&log->rings[i].overrun);
	return count;
}

static void values_read(void *source, void *out)
{
	struct access_log_values *values = out;
	for (size_t i = 0; i < LINES_ENDS; i++)
		values->lines[i] = source == NULL ? METRIC_UNKNOWN : lines_count(source, i);
}

const struct metric_table access_log_metrics = {
    .room = "server",
    .rows = metric_rows,
    .count = sizeof metric_rows / sizeof metric_rows[0],
    .struct_bytes = sizeof(struct access_log_values),
    .read = values_read,
};

/* ---- a reactor's side ---- */

enum { PART_ADDRESS, PART_METHOD, PART_PATH, PART_REFERRER, PART_AGENT, PARTS };
static const size_t part_max[PARTS] = {INET6_ADDRSTRLEN, ACCESS_METHOD_MAX, ACCESS_PATH_MAX,
                                       REFERRER_SENT_MAX, ACCESS_AGENT_MAX};
#define PARTS_MAX_BYTES                                                                            \
	(INET6_ADDRSTRLEN + ACCESS_METHOD_MAX + ACCESS_PATH_MAX + REFERRER_SENT_MAX + ACCESS_AGENT_MAX)

struct entry {
	Time at;
	int64_t took_us;
	uint64_t body_bytes;
	const char *class; /* stands in the source */
	int status;
	uint16_t lengths[PARTS];
	char parts[PARTS_MAX_BYTES];
};
#define ENTRY_HEAD_BYTES offsetof(struct entry, parts)

static void wake(struct access_log *log, _Atomic bool *flag, bool from)
{
	if (atomic_load_explicit(flag, memory_order_relaxed) == from &&
	    atomic_exchange(flag, !from) == from)
		(void)eventfd_write(log->wake, 1);
}

/* A few milliseconds more or less don't matter, and the coarse clock costs next to nothing. */
static Time time_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (Time)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

void access_log_add(struct access_log *log, const struct net_finished *finished, Str address,
                    const char *class)
{
	const struct http_request *request = finished->request;
	struct access_ring *ring = &log->rings[finished->reactor];
	Str parts[PARTS] = {[PART_ADDRESS] = address};
	struct entry entry; /* not cleared: no more of it is read than was written */
	size_t length = 0;
	entry.at = time_now();
	entry.took_us = finished->took_us;
	entry.body_bytes = finished->body_bytes;
	entry.class = class;
	entry.status = finished->status == 0 ? NET_STATUS_LEFT : finished->status;
	if (request != NULL) {
		parts[PART_METHOD] = request->method_text;
		parts[PART_PATH] = request->path;
		parts[PART_REFERRER] = http_request_field(request, S("Referer"));
		parts[PART_AGENT] = http_request_field(request, S("User-Agent"));
		if (parts[PART_REFERRER].length > REFERRER_SENT_MAX)
			parts[PART_REFERRER].length = 0;
	}
	for (size_t i = 0; i < PARTS; i++) {
		Str part = str_slice(parts[i], 0, part_max[i]);
		entry.lengths[i] = (uint16_t)part.length;
		if (part.length > 0)
			memcpy(entry.parts + length, part.bytes, part.length);
		length += part.length;
	}
	(void)access_ring_put(ring, &entry, (uint32_t)(ENTRY_HEAD_BYTES + length));
	wake(log, &log->is_asleep, true);
	if (access_ring_is_filling(ring))
		wake(log, &log->is_hurried, false);
}

/* ---- the thread ---- */

static void lines_write(struct access_log *log)
{
	if (log->line_count == 0)
		return;
	bool is_written = access_file_write(&log->file, buf_str(&log->lines));
	count_own(&log->counts[is_written ? LINES_WRITTEN : LINES_FAILED], (uint64_t)log->line_count);
	buf_clear(&log->lines);
	log->line_count = 0;
}

static bool is_over_the_cap(struct access_log *log, Time at)
{
	if (at / SECOND_MS != log->second) {
		log->second = at / SECOND_MS;
		log->second_lines = 0;
	}
	return ++log->second_lines > log->settings->lines_per_second;
}

static void entry_write(struct access_log *log, const struct entry *entry)
{
	Str parts[PARTS];
	const char *place = entry->parts;
	if (is_over_the_cap(log, entry->at)) {
		count_own(&log->counts[LINES_CAPPED], 1);
		return;
	}
	for (size_t i = 0; i < PARTS; i++) {
		parts[i] = (Str){place, entry->lengths[i]};
		place += entry->lengths[i];
	}
	const struct access access = {
	    .at = entry->at,
	    .took_us = entry->took_us,
	    .body_bytes = entry->body_bytes,
	    .status = entry->status,
	    .class = entry->class,
	    .address = parts[PART_ADDRESS],
	    .method = parts[PART_METHOD],
	    .path = parts[PART_PATH],
	    .referrer = parts[PART_REFERRER],
	    .agent = parts[PART_AGENT],
	};
	access_line_add(&log->lines, &access, (enum access_format)log->settings->format,
	                (enum access_addresses)log->settings->addresses);
	log->line_count++;
	if (log->lines.length >= WRITE_BYTES)
		lines_write(log);
}

static void rings_empty(struct access_log *log)
{
	struct entry entry;
	for (size_t i = 0; i < log->ring_count; i++)
		while (access_ring_take(&log->rings[i], &entry, sizeof entry) > 0)
			entry_write(log, &entry);
	lines_write(log);
}

static bool rings_are_empty(const struct access_log *log)
{
	size_t i = 0;
	while (i < log->ring_count && access_ring_is_empty(&log->rings[i]))
		i++;
	return i == log->ring_count;
}

/* What was left out since it was last said. */
static void left_out_tell(struct access_log *log)
{
	long long news[LINES_ENDS];
	bool is_news = false;
	if (monotonic_ms() < log->tell_at)
		return;
	for (size_t i = LINES_CAPPED; i < LINES_ENDS; i++) {
		news[i] = lines_count(log, i) - log->told[i];
		log->told[i] += news[i];
		is_news |= news[i] > 0;
	}
	if (!is_news)
		return;
	log->tell_at = monotonic_ms() + TELL_EVERY_MS;
	log_warning("the access log left lines out: %lld above log.lines_per_second, %lld that came "
	            "faster than they could be taken, %lld that the disk did not take",
	            news[LINES_CAPPED], news[LINES_OVERRUN], news[LINES_FAILED]);
}

static void wake_wait(struct access_log *log, int wait_ms)
{
	struct pollfd waited = {log->wake, POLLIN, 0};
	eventfd_t count;
	if (!atomic_load(&log->is_closing) && poll(&waited, 1, wait_ms) > 0)
		(void)eventfd_read(log->wake, &count);
}

/* Should a reactor not see in time that this fell asleep, its line waits a second: that is cheaper
 * than a fence for every request. */
static void *log_run(void *context)
{
	struct access_log *log = context;
	while (!atomic_load(&log->is_closing)) {
		atomic_store(&log->is_asleep, true);
		if (rings_are_empty(log))
			wake_wait(log, IDLE_MS);
		atomic_store(&log->is_asleep, false);
		atomic_store(&log->is_hurried, false);
		wake_wait(log, GATHER_MS);
		access_file_look(&log->file);
		rings_empty(log);
		left_out_tell(log);
	}
	rings_empty(log);
	log->tell_at = 0;
	left_out_tell(log);
	return NULL;
}

/* ---- its life ---- */

static Err log_start(struct access_log *log, int folder, size_t reactors)
{
	buf_init(&log->lines, WRITE_BYTES + ACCESS_LINE_MAX_BYTES);
	log->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (log->wake < 0)
		return fail(ERR_IO, "the access log's thread can't be woken: %m");
	while (log->ring_count < reactors)
		TRY(access_ring_init(&log->rings[log->ring_count++]));
	TRY(access_file_open(&log->file, folder, log->settings->path, log->settings->file_bytes,
	                     log->settings->files));
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&log->thread, NULL, log_run, log);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	log->is_running = failure == 0;
	return failure == 0 ? OK : fail(ERR_IO, "the access log's thread can't be started");
}

Err access_log_open(const struct access_log_settings *settings, int folder, size_t reactors,
                    struct access_log **out)
{
	*out = NULL;
	if (str_is_empty(settings->path))
		return OK;
	size_t size_bytes = sizeof(struct access_log) + reactors * sizeof(struct access_ring);
	struct access_log *log = aligned_alloc(ACCESS_CACHE_LINE_BYTES, size_bytes);
	if (log == NULL)
		return fail(ERR_MEMORY, "there is no memory for the access log");
	memset(log, 0, size_bytes);
	log->settings = settings;
	access_file_init(&log->file);
	Err err = log_start(log, folder, reactors);
	if (err != OK) {
		access_log_close(log);
		return err;
	}
	*out = log;
	return OK;
}

void access_log_close(struct access_log *log)
{
	if (log == NULL)
		return;
	if (log->is_running) {
		atomic_store(&log->is_closing, true);
		(void)eventfd_write(log->wake, 1);
		pthread_join(log->thread, NULL);
	}
	access_file_close(&log->file);
	for (size_t i = 0; i < log->ring_count; i++)
		access_ring_done(&log->rings[i]);
	if (log->wake >= 0)
		close(log->wake);
	buf_done(&log->lines);
	free(log);
}
