/* SQLite: connections and statements (sqlite.c), the site's database with its one writer
 * (sqlite_writer.c), and how both are opened. */
#ifndef DB_SQLITE_PRIVATE_H
#define DB_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "db/db_private.h"

extern const struct db_driver sqlite_driver;

/* ---- one connection ---- */

#define SQLITE_STATEMENTS_MAX 256

/* Found by the literal's address: a literal never changes. */
struct sqlite_statement {
	const char *literal;
	sqlite3_stmt *handle;
	bool is_busy; /* rows are being read */
	/* SQLite's own number of each parameter, from $1 on. */
	unsigned char parameters[DB_VALUES_MAX];
	uint64_t used;
};

struct sqlite_connection {
	struct db_connection base;
	sqlite3 *handle;
	/* The first code since this was cleared that says that the disk or the file is not sound. */
	int trouble;
	uint64_t uses;
	size_t statement_count;
	struct sqlite_statement statements[SQLITE_STATEMENTS_MAX];
};
static inline struct sqlite_connection *sqlite_of(struct db_connection *connection)
{
	return (struct sqlite_connection *)connection;
}

/* SQLite's own for files of one process, which is what a site's database is. The log's index then
 * lies in memory of ours and not in a mapped file, whose first touch on a full disk may end the
 * process with SIGBUS (on ext4 with blocks of 1 KB it does). */
#define SQLITE_VFS "unix-excl"

/* Opens a file with all that makes it safe, foreign keys on; `flags` are SQLite's. Nothing of the
 * file has been read yet. */
MUST_CHECK Err sqlite_connection_open(const char *path, int flags, struct sqlite_connection **out);
/* Closes what never checkpoints on the way out when `checkpoint` is false. NULL is fine. */
void sqlite_connection_close(struct sqlite_connection *connection, bool checkpoint);
/* A connection of its own, used as a snapshot is: closed without a checkpoint. */
void sqlite_connection_cleanup(struct sqlite_connection **connection);
#define SQLITE_CONNECTION CLEANUP(sqlite_connection_cleanup) struct sqlite_connection *

/* Runs one cached statement without values and rows; several that are not kept. */
MUST_CHECK Err sqlite_do(struct sqlite_connection *connection, Sql sql);
MUST_CHECK Err sqlite_script(struct sqlite_connection *connection, const char *text);
/* Notes the failure that `code` stands for, with SQLite's words, and the trouble it may mean. */
MUST_CHECK Err sqlite_fail(struct sqlite_connection *connection, int code);

/* ---- the site's database ---- */

struct waiting_act;

enum sqlite_writing {
	SQLITE_WRITING,
	SQLITE_WAITS_FOR_ROOM, /* the disk is full */
	SQLITE_STOPPED,        /* an I/O error, for the life of the process */
};

struct sqlite_db {
	struct db base;
	char *path;
	char *wal_path;
	char *folder;
	struct db_pool readers;
	struct sqlite_connection *writer; /* the writer thread's, once that runs */

	pthread_t thread;
	bool is_running;
	struct waiting_act **group; /* the writer thread's, as what follows */
	bool has_wal;               /* there may be something to checkpoint */
	int log_frames;             /* pages in the log, by the last commit or checkpoint */
	int done_frames;            /* and those of them that the last checkpoint brought over */

	pthread_mutex_t lock;
	pthread_cond_t work;
	/* Under lock: */
	struct waiting_act *first;
	struct waiting_act *last;
	int64_t waiting;
	bool is_closing;
	enum sqlite_writing writing;
};

MUST_CHECK Err sqlite_writer_start(struct sqlite_db *db);
/* Finishes what is queued, then checkpoints. */
void sqlite_writer_stop(struct sqlite_db *db);
MUST_CHECK Err sqlite_commit(struct db *base, const struct db_act *act, bool is_long,
                             struct db_telling *telling);
bool sqlite_can_write(struct db *db);
void sqlite_count(struct db *base, int64_t *waiting, int64_t *log_bytes);
/* What a code of `connection.trouble` means for writing: the latch. Any thread. */
void sqlite_trouble(struct sqlite_db *db, int code);

/* sqlite_site.c */
void sqlite_close(struct db *base);
MUST_CHECK Err sqlite_read_begin(struct db *base, struct db_connection **out);
void sqlite_read_end(struct db_connection *base);

#endif
