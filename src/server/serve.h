/* The running server: reactors, workers, the page cache and the control socket around one site.
 * Starts in the order of what needs what, and stops in the opposite one. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/command.h"
#include "server/parent.h"
#include "server/site_folder.h"

struct server_settings {
	Str listen; /* server.listen, flag --listen */
	int64_t workers;
	int64_t queue_max; /* requests that may wait for a worker */
	int64_t drain_ms;
};
extern const struct setting_table server_settings_table;

struct serve_options {
	struct site_folder *folder; /* opened, or prepared for one that follows another server;
	                               serve does not close it */
	struct parent_gift parent;  /* its listening socket is taken over */
	const Str *flags;           /* that the folder was opened with: name, value, … */
	size_t flag_count;
	Str ready_file;                       /* gets the server's address once it answers; or empty */
	const struct command_table *commands; /* what the control socket may run */
	FILE *out;                            /* where it says where it listens */
};
/* Must be called before the process has a second thread, and so before the folder is opened: from
 * then on SIGTERM and SIGINT wait for serve. */
void serve_prepare(void);
/* Serves until SIGTERM or SIGINT comes or the parent has gone, then drains. */
MUST_CHECK Err serve(const struct serve_options *options);

#endif
