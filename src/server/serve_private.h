/* What the files of the running server share. The main thread alone changes it once it runs. */
#ifndef SERVER_SERVE_PRIVATE_H
#define SERVER_SERVE_PRIVATE_H

#include "server/channel.h"
#include "server/control.h"
#include "server/edition.h"
#include "server/nodes.h"
#include "server/remaking.h"
#include "server/serve.h"
#include "server/watch.h"
#include "server/workers.h"

/* Everything that runs, in the order in which it starts. */
struct running {
	const struct serve_options *options;
	struct site_folder *folder;
	const struct server_settings *settings;
	struct net_server *net;
	struct cache *cache;
	struct live *live;
	struct nodes *nodes; /* NULL while the database is closed, and on SQLite */
	struct editions *editions;
	struct remaking *remaking;
	struct workers *workers;
	struct control *control;
	struct watch *watch;
	int take_socket; /* where connections come from; -1: from clients alone */
	int give_socket; /* where they will go; -1 */
	/* Another server has the site: what still comes is refused. Set while the reactors pause. */
	bool has_left;
};

/* ---- serve.c ---- */

MUST_CHECK Err serve_control_open(struct running *running);
/* From here on the server can be watched; closed by watch_close, before the database is. */
MUST_CHECK Err serve_watch_open(struct running *running);
/* Says READY or PREPARED to the parent, with what it is to know of this version. */
void serve_tell(const struct running *running, enum channel_word word);

/* ---- succession.c ---- */

/* Does what the parent says. An Err ends the server. */
MUST_CHECK Err serve_hear(struct running *running, struct channel_message *message);
/* In a server that is to follow another: is prepared, waits until that one has closed the database,
 * and opens it. `*is_over`: it was told to stop. `told` is readable when it is. */
MUST_CHECK Err serve_follow(struct running *running, int told, bool *is_over);

#endif
