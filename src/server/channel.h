/* The socket between the parent and its server: one packet a message, a word and maybe a sentence
 * and descriptors. Both ends are Courant, but maybe of two versions: words never change their
 * meaning, and one that is not known is passed over. */
#ifndef SERVER_CHANNEL_H
#define SERVER_CHANNEL_H

#include "base/descriptor.h"

#define CHANNEL_TEXT_MAX ERR_TEXT_MAX

/* What is said, by whom. */
enum channel_word {
	CHANNEL_READY = 'r',    /* server: readers are answered; its schema and version, a line each */
	CHANNEL_RELOAD = 'g',   /* parent: read settings and theme anew */
	CHANNEL_RELOADED = 'd', /* server: that is over, however it went */
	/* An upgrade: the parent asks the old server to hand over once the new one is prepared. */
	CHANNEL_UPGRADE = 'u',  /* server: a command wants it; "json" or "", its connection, out, err */
	CHANNEL_PREPARED = 'p', /* new server: it only lacks the site; the text is that of READY */
	CHANNEL_HAND_OVER = 'h', /* parent to the old server; the socket that connections go over */
	CHANNEL_REFUSED = 'x',   /* old server: not now, and why; it goes on */
	CHANNEL_CLOSED = 'c',    /* old server: the database is closed; since when (monotonic, ms) no
	                            request was begun; the site's lock */
	CHANNEL_TAKE = 't',      /* parent to the new server, or back to the old one: the lock */
	CHANNEL_LEAVE = 'l',     /* parent to the old server: the new one answers */
};

struct channel_message {
	enum channel_word word;
	char text[CHANNEL_TEXT_MAX + 1]; /* NUL-ended */
	struct descriptors descriptors;
};

MUST_CHECK Err channel_open(int ends[2]);
/* The descriptors stay the caller's. False when the other end has gone. */
bool channel_send(int channel, enum channel_word word, const char *text, const int *descriptors,
                  size_t count);
/* The next message; waits for it unless one is there. False when the other end has gone. */
bool channel_receive(int channel, struct channel_message *out);

#endif
