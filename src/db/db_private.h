/* What the drivers and the common half of the db room share. Tests include it too, to bring their
 * own migrations; no other room does. */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/embedded.h"
#include "db/db.h"

struct db_migrations {
	const struct embedded_file *files; /* sorted by name */
	size_t count;
};

/* db_open with other migrations than the program's own. */
MUST_CHECK Err db_open_with(const struct db_options *options,
                            const struct db_migrations *migrations, struct db **out);

/* One engine. Nothing here checks its arguments: db.c has done that. */
struct db_driver {
	const char *name;   /* as in the end of a migration's name: "sqlite", "postgres" */
	Sql has_migrations; /* 1 when the table db_migration is there */
	Sql has_tables;     /* 1 when tables of another program may be what is there */
	Sql servers;        /* counts those that have the database open for readers */
	const char *tables; /* makes the room's own tables, unless they are there */

	void (*close)(struct db *db);
	bool (*can_write)(struct db *db);
	/* Acts that wait for the writer, and the bytes of the write-ahead log; NULL where the engine
	 * keeps that to itself. */
	void (*count)(struct db *db, int64_t *waiting, int64_t *log_bytes);
	/* Nodes that keep pages, with this one; NULL as above. */
	int64_t (*count_nodes)(struct db *db);
	/* `telling` may be NULL. */
	Err (*commit)(struct db *db, const struct db_act *act, bool is_long,
	              struct db_telling *telling);
	/* Of nodes; all NULL where a database has one server. */
	void (*confirm)(struct db *db, struct db_telling *telling);
	void (*join)(struct db *db, const struct db_node *node); /* NULL: leave */
	enum db_standing (*standing)(const struct db *db);
	enum db_standing (*standing_wait)(struct db *db);
	Err (*read_begin)(struct db *db, struct db_connection **out);
	void (*read_end)(struct db_connection *connection);

	/* The statement has begun, and met what can go wrong at its first row, when this returns. */
	Err (*query)(struct db_connection *connection, Sql sql, const struct db_value *values,
	             size_t count, struct db_rows **out);
	Err (*run)(struct db_connection *connection, Sql sql, const struct db_value *values,
	           size_t count, int64_t *changed);
	bool (*rows_next)(struct db_rows *rows);
	int64_t (*rows_int)(struct db_rows *rows, int column);
	Str (*rows_text)(struct db_rows *rows, int column);
	bool (*rows_is_null)(struct db_rows *rows, int column);
	void (*rows_close)(struct db_rows *rows);

	/* A transaction that no other migration can run beside, and its end. */
	Err (*migration_begin)(struct db_connection *connection);
	Err (*migration_end)(struct db_connection *connection);
	void (*migration_undo)(struct db_connection *connection);
	/* Runs a text of several statements. */
	Err (*script)(struct db_connection *connection, const char *text);

	/* From here on whole tables are read: no limit of time, rows come one by one, and one query
	 * must be closed before the next; or no longer. */
	Err (*stream)(struct db_connection *connection, bool is_on);
	/* After rows were inserted with the ids that they had, more at once than ever else. */
	Err (*rows_restored)(struct db_connection *connection);
};

/* How a call of db_commit ended. */
enum db_commit_end { DB_COMMIT_STORED, DB_COMMIT_REFUSED, DB_COMMIT_FAILED, DB_COMMIT_ENDS };

/* How an act's wait for other nodes ended. */
enum db_confirm_end { DB_CONFIRM_ALL, DB_CONFIRM_LATE, DB_CONFIRM_ENDS };

struct db {
	const struct db_driver *driver;
	struct db_migrations migrations;
	struct db_settings settings;
	const struct clock *clock;
	_Atomic bool has_given_up; /* reading of whole tables */
	_Atomic uint64_t commits[DB_COMMIT_ENDS];
	struct histogram commit_times; /* of those that were stored */
	_Atomic uint64_t confirms[DB_CONFIRM_ENDS];
	struct histogram confirm_times; /* of those that others were told of */
};

/* Used by one thread at a time: the one that took it. */
struct db_connection {
	const struct db_driver *driver;
	struct db *db;              /* NULL: a backup's file */
	struct db_connection *next; /* in the pool, while idle */
	bool is_writing;            /* inside a commit half */
	bool is_stream;             /* see db_read_stream */
	int open_rows;
	/* The first statement that failed in this snapshot or act. PostgreSQL runs nothing after it, so
	 * SQLite does not either. */
	struct err_note failed;
};

struct db_rows {
	struct db_connection *connection;
	struct err_note failed;
};

/* ERR_UNAVAILABLE after db_give_up_streams. */
MUST_CHECK Err db_stream_check(const struct db *db);
/* Notes a statement's failure for the connection and returns it. */
Err db_connection_failed(struct db_connection *connection, Err err);
/* The commit half itself, without the transaction around it. */
MUST_CHECK Err db_act_run(struct db_connection *connection, const struct db_act *act);

/* ---- connections that are kept open (pool.c) ---- */

struct db_pool {
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct db_connection *idle; /* under lock, as what follows */
	int64_t count;              /* open ones, idle or in use */
	int64_t max;
	int64_t waiting;
};
void db_pool_init(struct db_pool *pool, int64_t max);
void db_pool_done(struct db_pool *pool);
/* An idle connection, or NULL in `out` for leave to open one. ERR_UNAVAILABLE when `waiting_max`
 * threads wait already, or none is given back within `wait_ms`. */
MUST_CHECK Err db_pool_take(struct db_pool *pool, int64_t wait_ms, int64_t waiting_max,
                            struct db_connection **out);
void db_pool_give(struct db_pool *pool, struct db_connection *connection);
/* A connection that was taken is closed, or was never opened. */
void db_pool_lost(struct db_pool *pool);
/* One idle connection after the other, until NULL: to close them. All must have been given back. */
struct db_connection *db_pool_drain(struct db_pool *pool);

/* A condition whose waits end by the monotonic clock, and such a wait; false at `deadline_ms`. */
void db_condition_init(pthread_cond_t *condition);
bool db_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms);

/* ---- migrations (migrate.c) ---- */

/* Compares what the database holds with `migrations`, and changes nothing. `name` is what sentences
 * call the database. `*pending` is true when something has to be run. */
MUST_CHECK Err db_migrate_check(struct db_connection *connection,
                                const struct db_migrations *migrations, Str name, bool create,
                                bool *pending);
/* ERR_UNAVAILABLE, for one that has something pending and must not be changed. */
MUST_CHECK Err db_left_as_it_is(void);
/* Runs what is pending, in order, each in one transaction. */
MUST_CHECK Err db_migrate(struct db_connection *connection, const struct db_migrations *migrations,
                          Time now);

/* ---- drivers ---- */

MUST_CHECK Err sqlite_open(const struct db_options *options, const struct db_migrations *migrations,
                           struct db **out);
MUST_CHECK Err postgres_open(const struct db_options *options,
                             const struct db_migrations *migrations, struct db **out);
/* Fills what all drivers have. */
void db_init(struct db *db, const struct db_driver *driver, const struct db_options *options,
             const struct db_migrations *migrations);
/* Waits until the names in the folder are on disk. */
MUST_CHECK Err db_folder_sync(const char *folder);

#endif
