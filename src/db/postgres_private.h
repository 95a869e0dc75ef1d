/* PostgreSQL: connections and statements (postgres.c), the pools of a site (postgres_site.c), acts
 * (postgres_act.c), and the lock that keeps others out (postgres_keeper.c). Parameters and results
 * travel as text. */
#ifndef DB_POSTGRES_PRIVATE_H
#define DB_POSTGRES_PRIVATE_H

#include <libpq-fe.h>

#include "db/db_private.h"

extern const struct db_driver postgres_driver;

#define POSTGRES_STATEMENTS_MAX 512

struct postgres_connection {
	struct db_connection base;
	PGconn *handle;
	bool is_broken;    /* to be closed, never used again */
	bool is_beaten;    /* by another transaction: the act can be run again */
	bool is_streaming; /* rows come one by one instead of all at once */
	size_t statement_count;
	const char *statements[POSTGRES_STATEMENTS_MAX]; /* literals, by address; "s0" is the first */
};
static inline struct postgres_connection *postgres_of(struct db_connection *connection)
{
	return (struct postgres_connection *)connection;
}

/* Holds the lock that one Courant alone can have on a database. */
struct postgres_keeper {
	struct postgres_connection *connection; /* the thread's, once that runs; NULL: it broke */
	pthread_t thread;
	bool is_running;
	int wake; /* an eventfd */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under lock: */
	bool is_held;
	struct err_note lost; /* why it is not held */
	bool is_doubted;      /* an act failed: the thread tries whether anything can be written */
	bool is_stopping;
};

struct postgres_db {
	struct db base;
	struct postgres_keeper keeper;
	char *url;
	struct db_pool readers;
	struct db_pool writers;
	pthread_rwlock_t turn; /* held for writing by an act that was beaten too often */
	pthread_mutex_t long_turn;
};

/* Connects and sees to it that a COMMIT that is answered is on disk. */
MUST_CHECK Err postgres_connection_open(struct postgres_db *db, bool is_reader,
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

void postgres_keeper_init(struct postgres_keeper *keeper);
/* Connects and takes the lock; ERR_CONFLICT when another Courant has it. Then sees to it that it
 * stays ours. */
MUST_CHECK Err postgres_keeper_take(struct postgres_db *db);
MUST_CHECK Err postgres_keeper_start(struct postgres_db *db);
/* Lets go of the lock and of what postgres_keeper_init made. */
void postgres_keeper_stop(struct postgres_keeper *keeper);
/* ERR_UNAVAILABLE when the lock was lost and is not ours again by `deadline_ms`. */
MUST_CHECK Err postgres_keeper_wait(struct postgres_keeper *keeper, int64_t deadline_ms);
/* How an act ended with the server. After a failure the thread tries once a second whether writing
 * works again. */
void postgres_keeper_tell(struct postgres_keeper *keeper, bool is_stored);

MUST_CHECK Err postgres_commit(struct db *base, const struct db_act *act, bool is_long);
bool postgres_can_write(struct db *db);
void postgres_close(struct db *base);
MUST_CHECK Err postgres_read_begin(struct db *base, struct db_connection **out);
void postgres_read_end(struct db_connection *base);

#endif
