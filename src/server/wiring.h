/* All tables of all rooms that something further left walks through, named in one place. */
#ifndef SERVER_WIRING_H
#define SERVER_WIRING_H

#include "live/live.h"
#include "server/command.h"
#include "server/watch.h"

extern const struct setting_table *const all_settings[];
extern const size_t all_settings_count;

/* Every table of the database, for backup and restore. Filled at the first call. */
MUST_CHECK Err all_db_tables(struct arena *mem, struct db_table **out, size_t *count_out);

/* Compares what the database holds with the hashes that were stored with it; ERR_IO names the first
 * record that is damaged. */
MUST_CHECK Err all_verify(struct db *db);

/* Fills the room-dependent fields of web_new's options: routes, templates, frame. */
void wire_web(struct web_options *options);
/* The same for live_new. */
void wire_live(struct live_options *options);

/* Every table of metrics, with what it is read from. */
#define METRIC_SOURCES_MAX 9
size_t wire_metrics(const struct watched *parts, struct traffic *traffic, struct access_log *log,
                    struct metric_source out[METRIC_SOURCES_MAX]);
/* Which database (site.database) is opened and what this program makes of it, as one word: of two
 * servers with the same word one can follow the other and change nothing. Never more than
 * SCHEMA_MAX bytes, NUL-ended. */
#define SCHEMA_MAX 65
void all_schema(Str database, char out[SCHEMA_MAX]);

/* Neither a reload nor an upgrade takes it: the parent has the socket, and no server follows one
 * with another database. */
bool setting_needs_restart(const struct setting *row);

#endif
