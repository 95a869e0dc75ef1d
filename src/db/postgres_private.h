/* PostgreSQL: connections and statements (postgres.c), the pools of a site (postgres_site.c), acts
 * (postgres_act.c), and the keeper, which has the lock that lets us write (postgres_keeper.c) and
 * is this process's part among several. Parameters and results travel as text. */
#ifndef DB_POSTGRES_PRIVATE_H
#define DB_POSTGRES_PRIVATE_H

#include <libpq-fe.h>

#include "db/db_private.h"

extern const struct db_driver postgres_driver;

#define POSTGRES_STATEMENTS_MAX 512
#define READERS_WAITING_MAX 4096

struct postgres_connection {
	struct db_connection base;
	PGconn *handle;
	struct postgres_connection *next_reading; /* under db->reading_lock */
	bool is_broken;                           /* to be closed, never used again */
	bool is_beaten;                           /* by another transaction: the act can be run again */
	bool is_streaming;                        /* rows come one by one instead of all at once */
	size_t statement_count;
	const char *statements[POSTGRES_STATEMENTS_MAX]; /* literals, by address; "s0" is the first */
};
static inline struct postgres_connection *postgres_of(struct db_connection *connection)
{
	return (struct postgres_connection *)connection;
}

/* Another process that keeps what it makes of the database. */
struct postgres_peer {
	int64_t id;
	bool is_late; /* it let an act wait in vain: none waits for it until it is heard of */
};

/* Of one session of the keeper's, and its thread's alone. */
struct postgres_session {
	int64_t id;              /* names it in db_node; it holds a lock of that number */
	bool is_listed;          /* it is in db_node */
	int64_t trusted_ms;      /* what is kept counts from a poll on that begins then */
	char channel[64];        /* of NOTIFY */
	struct buf snapshot;     /* the acts up to which are known, NUL-ended; empty: none was taken */
	int64_t polled_ms;       /* when that was asked for */
	struct buf old_snapshot; /* one of a while ago: what comes before it was heard by all */
	int64_t old_ms;          /* when it was taken */
	int64_t cleaned_ms;      /* when nodes that have gone were last looked for */
	bool has_cleaned;
	bool is_look_wanted; /* somebody has something to tell */
};

/* A connection of its own and the thread that waits for it: holds the lock that lets this Courant
 * write, hears what other nodes tell, and tells them. */
struct postgres_keeper {
	struct postgres_connection *connection; /* the thread's, once that runs; NULL: it broke */
	struct postgres_session session;
	pthread_t thread;
	bool is_running;
	int wake;        /* an eventfd */
	int64_t origin;  /* names this process in db_told */
	int64_t left_id; /* of the last session that broke while it was in db_node; the thread's */
	/* Monotonic milliseconds: until when what is kept counts, and since when the database can't be
	 * asked; 0: it can. Stored by the thread, and at 0 by who leaves. */
	_Atomic int64_t trust_until_ms;
	_Atomic int64_t cut_off_ms;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under lock: */
	bool is_held;
	struct err_note lost; /* why it is not held */
	bool is_doubted;      /* an act failed: the thread tries whether anything can be written */
	bool is_stopping;
	bool is_found_out; /* pages do not count, and waiting does not change that soon */
	bool has_told;     /* an act waits for others to look */
	bool is_joined;    /* somebody keeps pages */
	int64_t polled_ms; /* as the session's */
	int64_t last_number;
	struct db_telling *tellings; /* whose db_confirm has not returned */
	struct postgres_peer peers[DB_NODES_MAX];
	size_t peer_count;
	/* Held while a hook runs; taken alone. */
	pthread_mutex_t node_lock;
	struct db_node node; /* `hear` is NULL when nobody keeps pages */
};

struct postgres_db {
	struct db base;
	struct postgres_keeper keeper;
	char *url;
	struct db_pool readers;
	struct db_pool writers;
	pthread_mutex_t reading_lock;
	struct postgres_connection *reading; /* snapshots, under reading_lock */
	_Atomic int64_t read_ms;             /* when the server last took a snapshot for us */
	pthread_rwlock_t turn;               /* held for writing by an act that was beaten too often */
	pthread_mutex_t long_turn;
};

enum postgres_use { POSTGRES_READS, POSTGRES_WRITES, POSTGRES_KEEPS };
/* Connects and sees to it that a COMMIT that is answered is on disk. */
MUST_CHECK Err postgres_connection_open(struct postgres_db *db, enum postgres_use use,
                                        struct postgres_connection **out);
void postgres_connection_close(struct postgres_connection *connection);
/* Statements without values and rows, in one message. */
MUST_CHECK Err postgres_script(struct postgres_connection *connection, const char *text);
/* Notes the failure that the result stands for, and what it means for the connection. */
MUST_CHECK Err postgres_fail(struct postgres_connection *connection, const PGresult *result);

/* From the pool, or opened. Given back with postgres_give, which closes broken ones. */
MUST_CHECK Err postgres_take(struct postgres_db *db, struct db_pool *pool, int64_t wait_ms,
                             bool *is_new, struct postgres_connection **out);
void postgres_give(struct db_pool *pool, struct postgres_connection *connection);

/* ---- postgres_keeper.c ---- */

void postgres_keeper_init(struct postgres_keeper *keeper);
/* Connects and takes the lock beside others of this version; ERR_CONFLICT when one has it alone
 * for longer than `wait_ms`. */
MUST_CHECK Err postgres_keeper_take(struct postgres_db *db, int64_t wait_ms);
/* Has the lock alone, to change tables, and beside others again. ERR_CONFLICT: others have it. */
MUST_CHECK Err postgres_keeper_alone(struct postgres_db *db);
MUST_CHECK Err postgres_keeper_beside(struct postgres_db *db);
/* Once the tables are there: listens, and sees to it that the lock stays ours. */
MUST_CHECK Err postgres_keeper_start(struct postgres_db *db);
/* Lets go of the lock and of what postgres_keeper_init made. */
void postgres_keeper_stop(struct postgres_db *db);
/* ERR_UNAVAILABLE when the lock was lost and is not ours again by `deadline_ms`. */
MUST_CHECK Err postgres_keeper_wait(struct postgres_keeper *keeper, int64_t deadline_ms);
/* How an act ended with the server. After a failure the thread tries once a second whether writing
 * works again. */
void postgres_keeper_tell(struct postgres_keeper *keeper, bool is_stored);
bool postgres_can_write(struct db *db);

/* ---- postgres_standing.c: what this node's pages are worth ---- */

enum db_standing postgres_standing(const struct db *base);
enum db_standing postgres_standing_wait(struct db *base);
/* The thread's: it has found out that the database answers but pages do not count (yet), or that
 * it can't be asked; `trust_until_ms` is stored by itself. */
void postgres_standing_found(struct postgres_keeper *keeper, bool is_found_out);
/* Whether one of the connections for reading is answered: for when no other can be had. */
bool postgres_readers_answer(struct postgres_db *db);
/* Nobody will answer them: whoever waits for that fails now instead of in ten seconds. */
void postgres_readers_cut(struct postgres_db *db);
void postgres_join(struct db *base, const struct db_node *node);

/* ---- postgres_session.c: the keeper's thread, on its connection ---- */

/* One statement, whose answer is waited for two seconds, or so long, at most: a network may swallow
 * what is sent. What is not answered breaks the connection. `*out` (may be NULL) is the caller's to
 * clear. */
#define POSTGRES_ANSWER_MS 2000
MUST_CHECK Err postgres_ask(struct postgres_connection *connection, const char *statement,
                            const char *const *values, int count, PGresult **out);
MUST_CHECK Err postgres_ask_within(struct postgres_connection *connection, const char *statement,
                                   int64_t wait_ms);
/* The tables must be there. Nothing that was kept before counts any more. */
MUST_CHECK Err postgres_session_begin(struct postgres_db *db);
/* Forgets the session of a connection that broke. */
void postgres_session_end(struct postgres_keeper *keeper);
/* Says goodbye, on a connection that is sound. */
void postgres_session_leave(struct postgres_keeper *keeper);
/* Does what is due; `*wait_ms` is how long there is nothing to be done unless something comes. */
MUST_CHECK Err postgres_session_turn(struct postgres_db *db, int64_t *wait_ms);

/* ---- postgres_confirm.c: acts that wait for other nodes ---- */

/* Before the act: so that no confirmation comes too early. */
void postgres_telling_begin(struct postgres_keeper *keeper, struct db_telling *telling);
void postgres_confirm(struct db *base, struct db_telling *telling);
/* The thread's: who else keeps pages, as of a moment; what one of them has confirmed. */
void postgres_peers_set(struct postgres_keeper *keeper, const int64_t *ids, size_t count,
                        int64_t polled_ms);
void postgres_peer_heard(struct postgres_keeper *keeper, int64_t peer, int64_t number);
int64_t postgres_count_nodes(struct db *base);

/* How old a poll may be. An act that was answered later than DB_CONFIRM_MS ago is known to every
 * node that trusts what it keeps: who was not heard of does not trust it for so long. */
#define POSTGRES_TRUST_MS 200

MUST_CHECK Err postgres_commit(struct db *base, const struct db_act *act, bool is_long,
                               struct db_telling *telling);
void postgres_close(struct db *base);
MUST_CHECK Err postgres_read_begin(struct db *base, struct db_connection **out);
void postgres_read_end(struct db_connection *base);

#endif
