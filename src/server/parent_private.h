/* What the files of the parent share. One thread, one loop: nothing here is locked. */
#ifndef SERVER_PARENT_PRIVATE_H
#define SERVER_PARENT_PRIVATE_H

#include <sys/types.h>

#include "server/channel.h"
#include "server/parent.h"

/* A server that was started. */
struct child {
	pid_t pid;                         /* 0: there is none */
	int channel;                       /* -1: there is none */
	int executable;                    /* of its version */
	bool is_ready;                     /* it has answered readers */
	int64_t born_ms;                   /* monotonic */
	char schema[CHANNEL_TEXT_MAX + 1]; /* what it says of its database and version; "" at first */
};

/* How far a new version has come in the place of the one that serves. */
enum upgrade_stage {
	UPGRADE_NONE,
	UPGRADE_PREPARES, /* the new server reads its templates */
	UPGRADE_CLOSES,   /* the old one closes the database */
	UPGRADE_OPENS,    /* the new one opens it */
};

struct upgrade {
	enum upgrade_stage stage;
	struct child next;
	int64_t deadline_ms;     /* of the stage */
	int64_t paused_since_ms; /* no request was begun since then */
	int lock;                /* the site's, while nobody has the database open */
	int given;               /* the end that connections are given over, for the old server */
	bool is_late;            /* the new server was ended for it */
	/* Who asked for it: the command's connection, output and errors; -1. */
	int caller, caller_out, caller_err;
	bool caller_wants_json;
};

#define LEAVING_MAX 8 /* servers that still answer their last requests */

struct parent {
	char **words;     /* how this process was called, and each server is */
	char *executable; /* where this program lies, and a new version of it will */
	int listener;     /* -1 once it stops */
	int signals;      /* signalfd */
	struct child server;
	struct upgrade upgrade;
	struct child leaving[LEAVING_MAX];
	bool has_served;     /* some server has: from now on one that dies is started again */
	bool is_stopping;    /* nothing is started any more */
	int64_t pause_ms;    /* before the next start, should it die at once again */
	int64_t start_at_ms; /* monotonic; 0: no start is due */
	enum exit_code code;
};

/* In a process that is to become a server: puts the descriptors where it looks for them. */
void gift_place(const int *given, size_t count);

/* Starts `executable` as a server, which then is the child's own. `given` is a socket for one that
 * is to follow another, else -1. */
MUST_CHECK Err child_start(struct parent *parent, int executable, int given, struct child *out);
void child_signal(const struct child *child, int number);
void child_done(struct child *child);
/* Starts a server in the place of one that died; `how` it died is told. */
void parent_start_later(struct parent *parent, int64_t born_ms, const char *how);
MUST_CHECK Err descriptor_move_up(int descriptor, int *out);
const char *end_describe(int status, char *room, size_t room_bytes);

/* ---- upgrade.c ---- */

void upgrade_init(struct upgrade *upgrade);
/* Somebody wants one: `asked` is the command's message, or NULL for a signal. */
void upgrade_begin(struct parent *parent, struct channel_message *asked);
/* The new server has said something, or has ended. */
void upgrade_next_said(struct parent *parent, struct channel_message *message);
void upgrade_next_ended(struct parent *parent, int status);
/* So has the old one. */
void upgrade_server_said(struct parent *parent, struct channel_message *message);
void upgrade_server_ended(struct parent *parent);
/* The time of a stage may be over. */
void upgrade_look(struct parent *parent);

#endif
