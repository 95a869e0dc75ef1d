/* The site's SQLite file: how it is opened, its readers, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db/sqlite_private.h"

#define READ_WAIT_MS 2000
#define READ_WAITING_MAX 4096

/* ---- opening ---- */

static Err paths_make(struct sqlite_db *db, Str path)
{
	if (str_is_empty(path) || str_find_byte(path, 0) != STR_NOT_FOUND)
		return fail(ERR_INVALID, "the path of the database is empty or holds a NUL character");
	if (asprintf(&db->path, "%.*s", STR(path)) < 0 ||
	    asprintf(&db->wal_path, "%.*s-wal", STR(path)) < 0)
		return fail(ERR_MEMORY, "there is no memory for the path of the database");
	const char *slash = strrchr(db->path, '/');
	int made;
	if (slash == NULL)
		made = asprintf(&db->folder, ".");
	else
		made = asprintf(&db->folder, "%.*s", (int)(slash - db->path + 1), db->path);
	if (made < 0)
		return fail(ERR_MEMORY, "there is no memory for the path of the database");
	return OK;
}

Err db_folder_sync(const char *folder)
{
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return fail(ERR_IO, "the folder %s can't be opened: %m", folder);
	Err err = OK;
	if (fsync(descriptor) != 0)
		err = fail(ERR_IO, "the folder %s can't be written: %m", folder);
	close(descriptor);
	return err;
}

static Err file_make(struct sqlite_db *db)
{
	int descriptor = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return fail(ERR_IO, "the database %s can't be made: %m", db->path);
	close(descriptor);
	return db_folder_sync(db->folder);
}

/* Looks at the file by its name alone: an open descriptor of ours could cost SQLite its locks. */
static Err file_check(struct sqlite_db *db, bool create)
{
	struct stat status;
	if (stat(db->path, &status) != 0) {
		if (errno == ENOENT && create)
			return file_make(db);
		if (errno == ENOENT)
			return fail(ERR_NOT_FOUND, "there is no database %s: make one with courant init",
			            db->path);
		return fail(ERR_IO, "the database %s can't be reached: %m", db->path);
	}
	if (!S_ISREG(status.st_mode))
		return fail(ERR_INVALID, "%s is not a database: it is not a file", db->path);
	if (access(db->path, R_OK | W_OK) != 0)
		return fail(ERR_DENIED, "the database %s can't be read and written by this user: %m",
		            db->path);
	return OK;
}

/* SQLite's own words on a first contact, as a sentence that says what to do. */
static Err opening_failed(struct sqlite_db *db, Err err)
{
	int code = db->writer == NULL ? SQLITE_OK : sqlite3_errcode(db->writer->handle);
	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return fail(ERR_INVALID, "%s is not a database", db->path);
	case SQLITE_BUSY:
		return fail(ERR_CONFLICT, "the database %s is locked by another program: close that first",
		            db->path);
	case SQLITE_CORRUPT:
		return fail(ERR_IO, "the database %s is damaged (%s): restore a backup", db->path,
		            sqlite3_errmsg(db->writer->handle));
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_IOERR:
		errno = sqlite3_system_errno(db->writer->handle);
		return fail(ERR_IO, "the database %s can't be opened: %s (%m)", db->path,
		            sqlite3_errmsg(db->writer->handle));
	default:
		return err;
	}
}

static Err wal_start(struct sqlite_connection *writer)
{
	DB_ROWS rows = NULL;
	TRY(db_query(&writer->base, SQL("PRAGMA journal_mode = WAL"), DB_NO_ARGS, &rows));
	bool is_row = db_rows_next(rows);
	TRY(db_rows_check(rows));
	if (!is_row || !str_equal(db_rows_text(rows, 0), S("wal")))
		return fail(ERR_IO, "the database's disk can't hold a write-ahead log: it must be a local "
		                    "one, not a network share");
	return OK;
}

/* That the log's name is on disk. SQLite syncs the folder behind the log's first sync, once, and
 * ignores what comes of it: so that first sync is made now, and the folder's is made by us. */
static Err wal_sync(struct sqlite_db *db)
{
	sqlite3_file *wal = NULL;
	/* A database that is new opens its log when it is first read. */
	TRY(sqlite_script(db->writer, "SELECT 1 FROM sqlite_schema LIMIT 1"));
	int code = sqlite3_file_control(db->writer->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
	CHECK(code == SQLITE_OK && wal != NULL && wal->pMethods != NULL);
	code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
	if (code != SQLITE_OK)
		return fail(ERR_IO, "the log %s can't be written: %s", db->wal_path, sqlite3_errstr(code));
	return db_folder_sync(db->folder);
}

/* A file that is not ours, or too new, is left as it is. */
static Err writer_open(struct sqlite_db *db, const struct db_options *options,
                       const struct db_migrations *migrations)
{
	bool pending;
	TRY(sqlite_connection_open(db->path, SQLITE_OPEN_READWRITE, &db->writer));
	db->writer->base.db = &db->base;
	/* What a long act changes lies in memory until its COMMIT: what does not fit is written to the
	 * log before, read again, and written once more. */
	TRY(sqlite_script(db->writer, "PRAGMA mmap_size = 0; PRAGMA cache_size = -16384")); /* KB */
	TRY(db_migrate_check(&db->writer->base, migrations, str_from_c(db->path), options->create,
	                     &pending));
	if (pending && options->as_it_is)
		return db_left_as_it_is();
	TRY(wal_start(db->writer));
	db->has_wal = true;
	TRY(wal_sync(db));
	TRY(sqlite_script(db->writer, "PRAGMA synchronous = FULL"));
	if (!pending)
		return OK;
	TRY(sqlite_script(db->writer, "PRAGMA foreign_keys = OFF"));
	TRY(db_migrate(&db->writer->base, migrations, clock_now(db->base.clock)));
	return sqlite_script(db->writer, "PRAGMA foreign_keys = ON");
}

static void sqlite_db_free(struct sqlite_db *db)
{
	db_pool_done(&db->readers);
	pthread_cond_destroy(&db->work);
	pthread_mutex_destroy(&db->lock);
	free(db->group);
	free(db->folder);
	free(db->wal_path);
	free(db->path);
	free(db);
}

static Err opening(struct sqlite_db *db, const struct db_options *options,
                   const struct db_migrations *migrations)
{
	TRY(paths_make(db, options->sqlite_path));
	TRY(file_check(db, options->create));
	Err err = writer_open(db, options, migrations);
	if (err != OK)
		return opening_failed(db, err);
	return sqlite_writer_start(db);
}

Err sqlite_open(const struct db_options *options, const struct db_migrations *migrations,
                struct db **out)
{
	struct sqlite_db *db = calloc(1, sizeof *db);
	if (db == NULL)
		return fail(ERR_MEMORY, "there is no memory to open the database");
	db_init(&db->base, &sqlite_driver, options, migrations);
	db_pool_init(&db->readers, db->base.settings.readers);
	CHECK(pthread_mutex_init(&db->lock, NULL) == 0);
	db_condition_init(&db->work);
	Err err = opening(db, options, migrations);
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		sqlite_connection_close(db->writer, true);
		sqlite_db_free(db);
		return err_note_give(&note);
	}
	*out = &db->base;
	return OK;
}

/* Readers first: whoever closes last checkpoints, and that must be the writer. */
void sqlite_close(struct db *base)
{
	struct sqlite_db *db = (struct sqlite_db *)base;
	sqlite_writer_stop(db);
	for (struct db_connection *reader; (reader = db_pool_drain(&db->readers)) != NULL;)
		sqlite_connection_close(sqlite_of(reader), false);
	bool is_sound = sqlite_can_write(base);
	sqlite_connection_close(db->writer, is_sound);
	sqlite_db_free(db);
}

/* ---- readers ---- */

static Err reader_open(struct sqlite_db *db, struct db_connection **out)
{
	struct sqlite_connection *reader;
	TRY(sqlite_connection_open(db->path, SQLITE_OPEN_READONLY, &reader));
	reader->base.db = &db->base;
	Err err = sqlite_script(reader, "PRAGMA mmap_size = 0; PRAGMA query_only = ON");
	if (err != OK) {
		sqlite_connection_close(reader, false);
		return err;
	}
	*out = &reader->base;
	return OK;
}

/* BEGIN alone takes no snapshot: the first look at the file does. */
static Err snapshot_open(struct sqlite_connection *reader)
{
	DB_ROWS rows = NULL;
	TRY(sqlite_do(reader, SQL("BEGIN")));
	TRY(db_query(&reader->base, SQL("SELECT 1 FROM sqlite_schema LIMIT 1"), DB_NO_ARGS, &rows));
	return OK;
}

Err sqlite_read_begin(struct db *base, struct db_connection **out)
{
	struct sqlite_db *db = (struct sqlite_db *)base;
	struct db_connection *reader;
	TRY(db_pool_take(&db->readers, READ_WAIT_MS, READ_WAITING_MAX, &reader));
	if (reader == NULL) {
		Err err = reader_open(db, &reader);
		if (err != OK) {
			db_pool_lost(&db->readers);
			return err;
		}
	}
	Err err = snapshot_open(sqlite_of(reader));
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		sqlite_read_end(reader);
		return err_note_give(&note);
	}
	*out = reader;
	return OK;
}

void sqlite_read_end(struct db_connection *base)
{
	struct sqlite_connection *reader = sqlite_of(base);
	struct sqlite_db *db = (struct sqlite_db *)base->db;
	Err err = OK;
	if (!sqlite3_get_autocommit(reader->handle))
		err = sqlite_do(reader, SQL("ROLLBACK"));
	if (reader->trouble != 0)
		sqlite_trouble(db, reader->trouble);
	bool is_sound = err == OK && reader->trouble == 0;
	base->failed.code = OK;
	if (is_sound) {
		db_pool_give(&db->readers, base);
		return;
	}
	sqlite_connection_close(reader, false);
	db_pool_lost(&db->readers);
}
