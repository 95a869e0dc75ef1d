/* The access log: a line a request, written by a thread of its own. Reactors put what they know
 * into rings of a fixed size and never wait; what has no room there, comes too fast or finds no
 * room on the disk is left out, counted, and said in the server's own log. */
#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H

#include "base/settings.h"
#include "net/net.h"

struct access_log_settings {
	Str path; /* log.path, seen from the site's folder; empty: no log */
	int64_t format, addresses;
	int64_t lines_per_second;
	int64_t file_bytes; /* a file that would grow past it is put aside */
	int64_t files;      /* of those, so many are kept; 0: somebody else sees to it */
};
extern const struct setting_table access_log_settings_table;

struct access_log;
/* Opens the file and starts the thread; `folder` is the site's and must stay open. `*out` is NULL
 * where there is to be no log. */
MUST_CHECK Err access_log_open(const struct access_log_settings *settings, int folder,
                               size_t reactors, struct access_log **out);
/* On the reactor's own thread. `address` is the reader's, `class` what the request is counted as.
 */
void access_log_add(struct access_log *log, const struct net_finished *finished, Str address,
                    const char *class);
/* Writes what is there and ends. NULL is fine. Nobody may add any more. */
void access_log_close(struct access_log *log);
/* Of a struct access_log, or NULL; any thread. */
extern const struct metric_table access_log_metrics;

#endif
