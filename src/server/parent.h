/* The parent of the server: opens the listening socket, starts the server with it, starts it again
 * when it dies, so that nobody is refused, and ends with it when it was told to. It has no threads
 * and no database, and knows nothing of the site but where it listens. */
#ifndef SERVER_PARENT_H
#define SERVER_PARENT_H

#include "base/str.h"
#include "server/command.h"

/* Runs until it is told to stop (SIGTERM, SIGINT) or the server can't be started at all. The server
 * is this same program with the same words; it says itself why it can't start, and `*out` is its
 * exit code. An Err is the parent's own: it could not begin. */
MUST_CHECK Err parent_run(Str listen, enum exit_code *out);

/* What a server gets from its parent. */
struct parent_gift {
	int channel;
	int listener;
	int given; /* -1, or for one that follows another: the socket its connections come over */
};
/* `*is_given` is true in a process that a parent has started as its server; false in one that
 * somebody has called. */
MUST_CHECK Err parent_gift_take(struct parent_gift *out, bool *is_given);

#endif
