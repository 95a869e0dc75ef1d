/* What can be seen of a running server from outside: its metrics, for Prometheus on a listener of
 * their own and for `courant metrics` and `courant top`, and the stories that are being read. Never
 * on the address that readers use. */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include "server/access_log.h"
#include "server/traffic.h"
#include "server/workers.h"
#include "web/web.h"

struct watch_settings {
	Str listen; /* metrics.listen; empty: nowhere */
};
extern const struct setting_table watch_settings_table;

/* The running parts that are counted. They stay as long as the watch has them. */
struct watched {
	struct db *db;
	struct cache *cache;
	struct net_server *net;
	struct remaking *remaking;
	struct workers *workers;
};

struct watch;
/* For the site of this settings and folder; `reactors` is how many threads will count. */
MUST_CHECK Err watch_new(const struct settings *settings, int folder, size_t reactors,
                         struct watch **out);
/* A request is over; `web` knows whose it was. On a reactor's thread. */
void watch_finished(struct watch *watch, const struct net_finished *finished,
                    const struct web *web);
/* From here on the parts can be looked at; opens the listener, if there is to be one. */
MUST_CHECK Err watch_open(struct watch *watch, const struct watched *parts,
                          const struct settings *settings, const struct clock *clock);
/* "127.0.0.1:9100"; empty without a listener. */
Str watch_address(const struct watch *watch);
/* Nobody can look any more: before the parts are closed. Requests may still end. NULL is fine. */
void watch_close(struct watch *watch);
void watch_free(struct watch *watch); /* NULL is fine */

/* All metrics of the server, see metrics_each and metrics_format; ERR_UNAVAILABLE once closed. Any
 * thread. */
MUST_CHECK Err watch_each_metric(struct watch *watch,
                                 void (*each)(const struct metric_value *value, void *context),
                                 void *context);
MUST_CHECK Err watch_format_metrics(struct watch *watch, struct buf *out);
/* See traffic_stories. */
MUST_CHECK Err watch_stories(const struct watch *watch, struct arena *mem, size_t max,
                             struct story_reads **out, size_t *count_out);

#endif
