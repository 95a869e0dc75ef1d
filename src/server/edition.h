/* What a reload swaps as one: the operator's settings, and the routes, templates and assets that
 * are made with them. An edition never changes; who uses one holds it, and the last to let go of
 * an old one frees it. */
#ifndef SERVER_EDITION_H
#define SERVER_EDITION_H

#include "live/live.h"
#include "net/net.h"
#include "server/command.h"
#include "server/site_folder.h"

struct edition {
	const struct settings *settings;
	struct web *web;
};

struct editions_options {
	const struct site_folder *folder; /* opened; its settings are the first edition's */
	const Str *flags;                 /* name, value, …: they win over courant.conf again */
	size_t flag_count;
	struct net_server *net; /* whose handlers use editions */
	struct live *live;      /* what their streams ask */
};

struct editions;
/* Makes the first. A theme's faults are logged, and never keep it from being made. */
MUST_CHECK Err editions_open(const struct editions_options *options, struct editions **out);
/* Nobody may hold one any more. NULL is fine. */
void editions_close(struct editions *editions);

/* For a handler on a reactor, until it returns. */
const struct edition *edition_now(const struct editions *editions);
/* For every other thread: held until given back. */
const struct edition *edition_take(struct editions *editions);
void edition_give(struct editions *editions, const struct edition *edition);

/* Reads courant.conf and the theme anew and swaps, if nothing is wrong with them: otherwise nothing
 * changes, and the report's theme has what is wrong, if it is a theme. From then on no page of the
 * edition before is found. Any thread but a reactor; one after the other. The log tells how it
 * ended. The report is given back with reload_report_done, also on failure. */
MUST_CHECK Err editions_reload(struct editions *editions, struct reload_report *out);
void reload_report_done(struct reload_report *report);

#endif
