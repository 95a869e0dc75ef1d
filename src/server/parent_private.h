/* What the files of the parent share. One thread, one loop: nothing here is locked. */
#ifndef SERVER_PARENT_PRIVATE_H
#define SERVER_PARENT_PRIVATE_H

#include <sys/types.h>

#include "server/channel.h"
#include "server/parent.h"

/* A server that was started. */
struct child {
	pid_t pid;       /* 0: there is none */
	int channel;     /* -1: there is none */
	bool is_ready;   /* it has answered readers */
	int64_t born_ms; /* monotonic */
};

struct parent {
	char **words;   /* how this process was called, and each server is */
	int executable; /* of the version that serves */
	int listener;   /* -1 once it stops */
	int signals;    /* signalfd */
	struct child server;
	bool has_served;     /* some server has: from now on one that dies is started again */
	bool is_stopping;    /* nothing is started any more */
	int64_t pause_ms;    /* before the next start, should it die at once again */
	int64_t start_at_ms; /* monotonic; 0: no start is due */
	enum exit_code code;
};

/* In a process that is to become a server: puts the descriptors where it looks for them. */
void gift_place(const int *given, size_t count);

/* Starts `executable` as a server. */
MUST_CHECK Err child_start(struct parent *parent, int executable, struct child *out);
void child_signal(const struct child *child, int number);
void child_done(struct child *child);

#endif
