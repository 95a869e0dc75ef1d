/* The site's database behind one door: SQLite in the site's folder, or PostgreSQL. Reading happens
 * on snapshots, writing only in acts, whose commit halves run one after the other and are answered
 * when they are on disk. Knows no table of any room. */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/settings.h"

struct db_settings {
	int64_t readers;       /* connections for reading */
	int64_t queue_max;     /* acts that may wait for the writer */
	int64_t queue_wait_ms; /* and how long */
	int64_t group_max;     /* commit halves in one transaction */
};
extern const struct setting_table db_settings_table;

/* Statement text that stands in the source: nothing else can become one. */
typedef struct {
	const char *literal;
} Sql;
#define SQL(text) ((Sql){"" text ""})

/* What is bound to $1, $2, … */
struct db_value {
	enum { DB_NULL, DB_INT, DB_TEXT } type;
	int64_t integer;
	Str text;
};
static inline struct db_value db_int(int64_t integer)
{
	return (struct db_value){.type = DB_INT, .integer = integer};
}
static inline struct db_value db_text(Str text)
{
	return (struct db_value){.type = DB_TEXT, .text = text};
}
static inline struct db_value db_null(void)
{
	return (struct db_value){.type = DB_NULL};
}
#define DB_ARGS(...)                                                                               \
	(const struct db_value[]){__VA_ARGS__},                                                        \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)
#define DB_NO_ARGS NULL, 0
#define DB_VALUES_MAX 50 /* of one statement */

struct db;
struct db_connection; /* one thread at a time */

struct db_options {
	Str sqlite_path;  /* the file; made if absent (mode 0600) when `create` is set */
	Str postgres_url; /* postgres://…; wins when not empty */
	bool create;
	bool as_it_is; /* never migrates: ERR_UNAVAILABLE when an older Courant made it */
	const struct db_settings *settings; /* NULL: the defaults */
	const struct clock *clock;
};
/* Opens the database and brings its schema up to this program's (see db_migrate in
 * db_private.h). One sentence each for: locked by another program, not readable, not a
 * database, made by a newer Courant. */
MUST_CHECK Err db_open(const struct db_options *options, struct db **out);
/* For a program that has nobody behind it and gives up last, as a command does: from now on an act
 * waits half a minute for a slow disk, whatever the setting. Of PostgreSQL nothing changes. */
void db_wait_long(struct db *db);
/* Finishes accepted acts, checkpoints and closes. */
void db_close(struct db *db);
bool db_is_postgres(const struct db *db);
/* The same for one that reads or commits: where the engines need different statements. */
bool db_connection_is_postgres(const struct db_connection *connection);
/* False after an I/O error stopped writing; `db_commit` then answers ERR_UNAVAILABLE. On
 * PostgreSQL: while it can't be reached, the last act failed there, or another Courant has the
 * database. Never waits. */
bool db_can_write(struct db *db);

/* Of a struct db; any thread. */
extern const struct metric_table db_metrics;

/* ---- reading ---- */

/* A snapshot: everything read through it is as of one moment. Any thread; waits at most 2 s for a
 * free connection (then ERR_UNAVAILABLE). */
MUST_CHECK Err db_read_begin(struct db *db, struct db_connection **out);
void db_read_end(struct db_connection **connection); /* sets it to NULL; NULL is fine */
#define DB_READ CLEANUP(db_read_end) struct db_connection *

/* From here on this snapshot is for reading whole tables: no limit of time, rows that come one by
 * one instead of being held in memory. Each query must be closed before the next one. */
MUST_CHECK Err db_read_stream(struct db_connection *connection);
/* From then on such reading ends with ERR_UNAVAILABLE, a backup too, while short reading and acts
 * go on: for a server whose time to stop is over. Any thread. */
void db_give_up_streams(struct db *db);

struct db_rows;
MUST_CHECK Err db_query(struct db_connection *connection, Sql sql, const struct db_value *values,
                        size_t count, struct db_rows **out);
void db_rows_close(struct db_rows **rows);
#define DB_ROWS CLEANUP(db_rows_close) struct db_rows *
/* Moves to the next row; false at the end and on failure: ask db_rows_check afterwards. */
bool db_rows_next(struct db_rows *rows);
MUST_CHECK Err db_rows_check(const struct db_rows *rows);
/* Columns from 0. NULL reads as 0 and as empty text. Text is valid until the next row. */
int64_t db_rows_int(struct db_rows *rows, int column);
Str db_rows_text(struct db_rows *rows, int column);
bool db_rows_is_null(struct db_rows *rows, int column);
MUST_CHECK Err db_rows_copy(struct db_rows *rows, int column, struct arena *mem, Str *out);
/* One row with one number; ERR_NOT_FOUND when there is none. */
MUST_CHECK Err db_query_int(struct db_connection *connection, Sql sql,
                            const struct db_value *values, size_t count, int64_t *out);

/* Many numbers as one value, for the rows that have one of them: `… WHERE id` and then what the
 * engine has for it, with the value's number. It lies in `mem`. */
#define SQL_IN_SQLITE(number) " IN (SELECT value FROM json_each($" #number "))"
#define SQL_IN_POSTGRES(number) " = ANY(CAST($" #number " AS BIGINT[]))"
MUST_CHECK Err db_list(const struct db_connection *connection, const int64_t *numbers, size_t count,
                       struct arena *mem, struct db_value *out);

/* ---- writing ---- */

/* The commit half of an act: re-checks and writes, SQL only. May be run more than once (another
 * act of its group failed, a serialization conflict): what it leaves in `state` must be whole each
 * time. An Err undoes this act alone. */
struct db_act {
	const char *name; /* "reply_create", for the log */
	Err (*commit)(struct db_connection *connection, void *state);
	void *state;
};
/* Runs it on the writer and returns when the transaction is durable (fdatasync of the WAL, or
 * PostgreSQL's COMMIT). ERR_UNAVAILABLE: it can't be stored now. Nothing was, except when the disk
 * or the connection failed in the COMMIT itself: then it may have been, and the sentence does not
 * deny it. What must not be done twice therefore carries a key that is UNIQUE. */
MUST_CHECK Err db_commit(struct db *db, const struct db_act *act);
/* The same for an act of hundreds of rows: it has SQLite's transaction to itself. */
MUST_CHECK Err db_commit_long(struct db *db, const struct db_act *act);
/* A statement without rows, inside a commit half. `changed` (may be NULL) gets the row count. A
 * violated UNIQUE is ERR_CONFLICT, a violated foreign key, CHECK or NOT NULL ERR_INVALID. A failed
 * statement ends its act, whatever that makes of it: to go on where a row is there already, write
 * ON CONFLICT DO NOTHING. `INSERT … RETURNING id` goes through db_query_int. */
MUST_CHECK Err db_run(struct db_connection *connection, Sql sql, const struct db_value *values,
                      size_t count, int64_t *changed);

/* ---- backup ---- */

/* One table as backup and restore know it: every column, in the same order in both statements. */
struct db_table {
	const char *name;
	Sql select; /* ORDER BY its key; a text as COLLATE "C", so that all engines agree */
	Sql insert;
	int columns; /* at most DB_VALUES_MAX */
};
/* Writes every row, from one snapshot, into a new SQLite file (ERR_CONFLICT if `path` is there)
 * with this program's schema, whatever engine it comes from; checks it (integrity_check, record by
 * record) and syncs file and folder before it returns. `tables` names a table before those that
 * point to it. */
MUST_CHECK Err db_backup(struct db *db, const struct db_table *tables, size_t count, Str path);
/* Fills this database, which must have no rows in these tables (ERR_CONFLICT), from such a file, of
 * this or an older schema, in one transaction, and compares record by record. ERR_INVALID: not a
 * backup, or a damaged one. */
MUST_CHECK Err db_restore(struct db *db, const struct db_table *tables, size_t count, Str path);
/* The same where the tables have the rows that a new site begins with: `clear` takes them away in
 * the same transaction. */
MUST_CHECK Err db_restore_over(struct db *db, const struct db_table *tables, size_t count,
                               Sql clear, Str path);

#endif
