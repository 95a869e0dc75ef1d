/* A server as one of several over one database: drops the pages that acts of the others touched,
 * and then tells its readers. On SQLite it has nothing to do. */
#ifndef SERVER_NODES_H
#define SERVER_NODES_H

#include "live/live.h"

struct nodes;

/* `world` has cache, listener and database, and must stay. From now on what is kept counts as
 * db_standing says. */
MUST_CHECK Err nodes_join(const struct world *world, struct live *live, struct nodes **out);
/* Before the database is closed, and before the cache goes. NULL is fine. */
void nodes_leave(struct nodes *nodes);

#endif
