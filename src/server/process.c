#include "server/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "db/db.h"

enum { ENGINE_SQLITE, ENGINE_POSTGRES, ENGINES };

struct process_values {
	int64_t resident_bytes, virtual_bytes, cpu_us, threads;
	int64_t open_descriptors, max_descriptors;
	int64_t started_ms;
	int64_t build[1][ENGINES];
};

static const char *const versions[] = {COURANT_VERSION};
static const char *const engines[ENGINES] = {"sqlite", "postgres"};

#define ROW(metric_name, member, ...)                                                              \
	{                                                                                              \
		.name = (metric_name), .offset = offsetof(struct process_values, member), __VA_ARGS__      \
	}
static const struct metric rows[] = {
    ROW("process_resident_memory_bytes", resident_bytes, .type = METRIC_GAUGE,
        .help = "Memory that the process has in RAM."),
    ROW("process_virtual_memory_bytes", virtual_bytes, .type = METRIC_GAUGE,
        .help = "Address space of the process."),
    ROW("process_cpu_seconds_total", cpu_us, .type = METRIC_COUNTER, .decimals = 6,
        .help = "Processor time of the process, its own and the system's for it."),
    ROW("process_threads", threads, .type = METRIC_GAUGE, .help = "Threads of the process."),
    ROW("process_open_fds", open_descriptors, .type = METRIC_GAUGE, .help = "Open descriptors."),
    ROW("process_max_fds", max_descriptors, .type = METRIC_GAUGE,
        .help = "Descriptors that may be open."),
    ROW("process_start_time_seconds", started_ms, .type = METRIC_GAUGE, .decimals = 3,
        .help = "When the process began, since 1970 UTC."),
    ROW("courant_build_info", build, .type = METRIC_GAUGE,
        .help = "Always 1: which Courant this is, on which database.",
        .labels = {{"version", versions, 1}, {"database", engines, ENGINES}}, .is_sparse = true),
};

/* Whole, or empty; such files are short. NUL-ended. */
static void file_read(const char *path, char *out, size_t room)
{
	DESCRIPTOR file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, out, room - 1);
	out[length < 0 ? 0 : length] = 0;
}

/* The numbers of a line, from the `skip`th word on. */
static size_t numbers_read(Str line, size_t skip, int64_t *out, size_t max)
{
	Str word;
	size_t count = 0;
	while (count < max && str_next(&line, ' ', &word)) {
		uint64_t number;
		if (skip > 0) {
			skip--;
			continue;
		}
		out[count++] = str_parse_uint(str_trim(word), INT64_MAX, &number) ? (int64_t)number : 0;
	}
	return count;
}

static void memory_read(struct process_values *values)
{
	char text[256];
	int64_t pages[2];
	int64_t page_bytes = sysconf(_SC_PAGESIZE);
	values->virtual_bytes = values->resident_bytes = METRIC_UNKNOWN;
	file_read("/proc/self/statm", text, sizeof text);
	if (numbers_read(str_from_c(text), 0, pages, 2) < 2)
		return;
	values->virtual_bytes = pages[0] * page_bytes;
	values->resident_bytes = pages[1] * page_bytes;
}

/* /proc/self/stat, proc(5): behind the name, which may hold anything, field 3 is the first; threads
 * are field 20, the start, in ticks since the machine's, is field 22. */
static void stat_read(struct process_values *values)
{
	char text[1024];
	int64_t fields[3];
	struct timespec since_boot;
	struct timespec now;
	values->threads = values->started_ms = METRIC_UNKNOWN;
	file_read("/proc/self/stat", text, sizeof text);
	const char *name_end = strrchr(text, ')');
	if (name_end == NULL || numbers_read(str_from_c(name_end + 2), 17, fields, 3) < 3)
		return;
	values->threads = fields[0];
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t booted_ms =
	    (now.tv_sec - since_boot.tv_sec) * SECOND_MS + (now.tv_nsec - since_boot.tv_nsec) / 1000000;
	values->started_ms = booted_ms + fields[2] * SECOND_MS / sysconf(_SC_CLK_TCK);
}

static int64_t descriptors_count(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int64_t count = -3; /* itself, "." and ".." */
	if (folder == NULL)
		return METRIC_UNKNOWN;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static int64_t microseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static void values_read(void *source, void *out)
{
	struct process_values *values = out;
	struct rusage usage;
	struct rlimit limit;
	memory_read(values);
	stat_read(values);
	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	values->cpu_us = microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
	values->open_descriptors = descriptors_count();
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	values->max_descriptors = limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
	values->build[0][db_is_postgres(source) ? ENGINE_POSTGRES : ENGINE_SQLITE] = 1;
}

const struct metric_table process_metrics = {
    .room = "server",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_bytes = sizeof(struct process_values),
    .read = values_read,
};
