#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db/backup_private.h"
#include "db/sqlite_private.h"

#define PROGRESS_STEPS 100000 /* of SQLite: some milliseconds */

/* Tells a backup from a site, and a sound one from a damaged one. */
#define SUMS_TABLE                                                                                 \
	"CREATE TABLE db_backup (name TEXT PRIMARY KEY, row_count BIGINT NOT NULL, hash TEXT NOT "     \
	"NULL)"

/* SQLite's own check of the whole file, and that no row points nowhere. */
static Err file_is_sound(struct db_connection *connection)
{
	DB_ROWS rows = NULL;
	DB_ROWS broken = NULL;
	TRY(db_query(connection, SQL("PRAGMA integrity_check(1)"), DB_NO_ARGS, &rows));
	bool is_row = db_rows_next(rows);
	TRY(db_rows_check(rows));
	if (!is_row || !str_equal(db_rows_text(rows, 0), S("ok")))
		return fail(ERR_INVALID, "the file is damaged: %.*s",
		            STR(is_row ? db_rows_text(rows, 0) : S("it can't be checked")));
	TRY(db_query(connection, SQL("PRAGMA foreign_key_check"), DB_NO_ARGS, &broken));
	if (db_rows_next(broken))
		return fail(ERR_INVALID, "rows of the table %.*s point nowhere",
		            STR(db_rows_text(broken, 0)));
	return db_rows_check(broken);
}

/* ---- backup ---- */

/* A backup under way: what it is made of, and the file that becomes `path` when it is checked. */
struct backup {
	struct db *db;
	const struct db_table *tables;
	size_t count;
	char *path;
	char *part_path;
	char *folder;
};

static void backup_done(struct backup *backup)
{
	free(backup->path);
	free(backup->part_path);
	free(backup->folder);
}

static Err backup_paths(struct backup *backup, Str path)
{
	if (str_is_empty(path) || str_find_byte(path, 0) != STR_NOT_FOUND)
		return fail(ERR_INVALID, "a backup needs the name of a new file");
	size_t folder_length = path.length;
	while (folder_length > 0 && path.bytes[folder_length - 1] != '/')
		folder_length--;
	Str folder = folder_length == 0 ? S(".") : str_slice(path, 0, folder_length);
	if (asprintf(&backup->path, "%.*s", STR(path)) < 0 ||
	    asprintf(&backup->part_path, "%.*s.part-XXXXXX", STR(path)) < 0 ||
	    asprintf(&backup->folder, "%.*s", STR(folder)) < 0)
		return fail(ERR_MEMORY, "there is no memory for the name of the backup");
	return OK;
}

static Err taken(const struct backup *backup)
{
	return fail(ERR_CONFLICT, "%s is there already: give the backup another name", backup->path);
}

/* mkostemp makes it 0600. SQLite opens it after we have closed it. */
static Err part_make(struct backup *backup)
{
	if (access(backup->path, F_OK) == 0)
		return taken(backup);
	int descriptor = mkostemp(backup->part_path, O_CLOEXEC);
	if (descriptor < 0)
		return fail(ERR_IO, "the backup %s can't be made: %m", backup->path);
	close(descriptor);
	return OK;
}

static Err sum_insert(struct db_connection *part, const struct db_table *table,
                      const struct table_sum *sum)
{
	return db_run(part, SQL("INSERT INTO db_backup (name, row_count, hash) VALUES ($1, $2, $3)"),
	              DB_ARGS(db_text(str_from_c(table->name)), db_int(sum->rows),
	                      db_text(str_from_c(sum->hash))),
	              NULL);
}

static Err part_fill(const struct backup *backup, struct db_connection *source,
                     struct sqlite_connection *part)
{
	TRY(sqlite_do(part, SQL("BEGIN")));
	part->base.is_writing = true;
	for (size_t i = 0; i < backup->count; i++) {
		struct table_sum sum;
		TRY(table_copy(source, &part->base, &backup->tables[i], &sum));
		TRY(sum_insert(&part->base, &backup->tables[i], &sum));
	}
	part->base.is_writing = false;
	return sqlite_do(part, SQL("COMMIT"));
}

/* SQLite asks this every now and then, and gives up what it is at when it is told to. */
static int has_given_up(void *db)
{
	return atomic_load(&((const struct db *)db)->has_given_up);
}

/* A crash leaves a part that nobody takes for a backup: no journal and no fsync until the end. */
static Err part_write(const struct backup *backup, struct db_connection *source)
{
	SQLITE_CONNECTION part = NULL;
	TRY(sqlite_connection_open(backup->part_path, SQLITE_OPEN_READWRITE, &part));
	sqlite3_progress_handler(part->handle, PROGRESS_STEPS, has_given_up, backup->db);
	TRY(sqlite_script(part, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
	                        "PRAGMA foreign_keys = OFF"));
	TRY(db_migrate(&part->base, &backup->db->migrations, clock_now(backup->db->clock)));
	TRY(sqlite_script(part, SUMS_TABLE));
	TRY(part_fill(backup, source, part));
	TRY(file_is_sound(&part->base));
	for (size_t i = 0; i < backup->count; i++)
		TRY(table_compare(source, &part->base, &backup->tables[i]));
	return OK;
}

static Err part_sync(const struct backup *backup)
{
	int descriptor = open(backup->part_path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return fail(ERR_IO, "the backup %s can't be opened: %m", backup->part_path);
	Err err = OK;
	if (fsync(descriptor) != 0)
		err = fail(ERR_IO, "the backup %s can't be written: %m", backup->part_path);
	close(descriptor);
	return err;
}

static Err part_finish(const struct backup *backup)
{
	TRY(part_sync(backup));
	if (renameat2(AT_FDCWD, backup->part_path, AT_FDCWD, backup->path, RENAME_NOREPLACE) != 0) {
		if (errno == EEXIST)
			return taken(backup);
		return fail(ERR_IO, "the backup can't be named %s: %m", backup->path);
	}
	return db_folder_sync(backup->folder);
}

static Err source_read(const struct backup *backup)
{
	DB_READ source = NULL;
	TRY(db_read_begin(backup->db, &source));
	TRY(db_read_stream(source));
	return part_write(backup, source);
}

Err db_backup(struct db *db, const struct db_table *tables, size_t count, Str path)
{
	struct backup backup CLEANUP(backup_done) = {.db = db, .tables = tables, .count = count};
	TRY(backup_paths(&backup, path));
	TRY(part_make(&backup));
	Err err = source_read(&backup);
	if (err == OK)
		err = part_finish(&backup);
	Err stopped = err == OK ? OK : db_stream_check(db);
	if (stopped != OK)
		err = stopped; /* whatever SQLite made of it */
	if (err != OK)
		unlink(backup.part_path); /* gone already when only the last fsync failed */
	return err;
}

/* ---- restore ---- */

struct restore {
	struct db *db;
	const struct db_table *tables;
	size_t count;
	Sql clear; /* may have no literal */
	struct sqlite_connection *source;
	bool is_older; /* its schema was brought up to ours: the hashes are of other columns */
};

/* A copy in a temporary file, which is SQLite's and nameless: it can be migrated, and the backup
 * itself is only read. */
static Err source_copy(const char *path, struct sqlite_connection *copy)
{
	SQLITE_CONNECTION original = NULL;
	TRY(sqlite_connection_open(path, SQLITE_OPEN_READONLY, &original));
	sqlite3_backup *copying = sqlite3_backup_init(copy->handle, "main", original->handle, "main");
	if (copying == NULL)
		return sqlite_fail(copy, sqlite3_errcode(copy->handle));
	sqlite3_backup_step(copying, -1);
	int code = sqlite3_backup_finish(copying);
	return code == SQLITE_OK ? OK : sqlite_fail(copy, code);
}

static Err source_migrate(struct restore *restore, Str path)
{
	struct sqlite_connection *source = restore->source;
	TRY(db_migrate_check(&source->base, &restore->db->migrations, path, false, &restore->is_older));
	if (!restore->is_older)
		return OK;
	TRY(sqlite_script(source, "PRAGMA foreign_keys = OFF"));
	return db_migrate(&source->base, &restore->db->migrations, clock_now(restore->db->clock));
}

static Err source_open(struct restore *restore, Str path)
{
	char *c_path;
	struct stat status;
	if (str_find_byte(path, 0) != STR_NOT_FOUND)
		return fail(ERR_INVALID, "the name of the backup holds a NUL character");
	if (asprintf(&c_path, "%.*s", STR(path)) < 0)
		return fail(ERR_MEMORY, "there is no memory for the name of the backup");
	Err err = OK;
	if (stat(c_path, &status) != 0 || access(c_path, R_OK) != 0)
		err = fail(ERR_NOT_FOUND, "the backup %s can't be read: %m", c_path);
	else if (!S_ISREG(status.st_mode))
		err = fail(ERR_INVALID, "%s is not a backup: it is not a file", c_path);
	if (err == OK)
		err = source_copy(c_path, restore->source);
	free(c_path);
	TRY(err);
	int64_t is_backup;
	TRY(db_query_int(&restore->source->base,
	                 SQL("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'db_backup'"), DB_NO_ARGS,
	                 &is_backup));
	if (!is_backup)
		return fail(ERR_INVALID, "it was not made by courant backup");
	TRY(file_is_sound(&restore->source->base));
	return source_migrate(restore, path);
}

static Err sum_check(const struct restore *restore, const struct db_table *table,
                     const struct table_sum *sum)
{
	int64_t is_equal;
	TRY(db_query_int(&restore->source->base,
	                 SQL("SELECT COUNT(*) FROM db_backup "
	                     "WHERE name = $1 AND row_count = $2 AND hash = $3"),
	                 DB_ARGS(db_text(str_from_c(table->name)), db_int(sum->rows),
	                         db_text(str_from_c(sum->hash))),
	                 &is_equal));
	if (!is_equal)
		return fail(ERR_INVALID, "the backup is damaged: its table %s is not what was written",
		            table->name);
	return OK;
}

static Err tables_are_empty(const struct restore *restore, struct db_connection *connection)
{
	for (size_t i = 0; i < restore->count; i++) {
		bool is_empty;
		TRY(table_is_empty(connection, &restore->tables[i], &is_empty));
		if (!is_empty)
			return fail(ERR_CONFLICT,
			            "there are records in the database already, and a backup takes the place "
			            "of none: restore into a folder that is not there yet, courant --site NEW "
			            "restore FILE (with --database an empty one), and serve that");
	}
	return OK;
}

/* May run again: the source is read from its beginning each time. */
static Err restore_commit(struct db_connection *connection, void *state)
{
	const struct restore *restore = state;
	struct db_connection *source = &restore->source->base;
	const struct db_driver *driver = connection->driver;
	int64_t servers;
	TRY(db_query_int(connection, driver->servers, DB_NO_ARGS, &servers));
	if (servers > 0)
		return fail(ERR_CONFLICT, "a server on another machine has the database open: stop it, and "
		                          "start it again when all is restored");
	if (restore->clear.literal != NULL)
		TRY(db_run(connection, restore->clear, DB_NO_ARGS, NULL));
	TRY(driver->stream(connection, true));
	TRY(tables_are_empty(restore, connection));
	TRY(driver->stream(connection, false));
	for (size_t i = 0; i < restore->count; i++) {
		struct table_sum sum;
		TRY(table_copy(source, connection, &restore->tables[i], &sum));
		if (!restore->is_older)
			TRY(sum_check(restore, &restore->tables[i], &sum));
	}
	TRY(driver->stream(connection, true));
	for (size_t i = 0; i < restore->count; i++)
		TRY(table_compare(source, connection, &restore->tables[i]));
	TRY(driver->stream(connection, false));
	return driver->rows_restored(connection);
}

Err db_restore(struct db *db, const struct db_table *tables, size_t count, Str path)
{
	return db_restore_over(db, tables, count, (Sql){NULL}, path);
}

Err db_restore_over(struct db *db, const struct db_table *tables, size_t count, Sql clear, Str path)
{
	SQLITE_CONNECTION source = NULL;
	TRY(sqlite_connection_open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &source));
	struct restore restore = {
	    .db = db, .tables = tables, .count = count, .clear = clear, .source = source};
	Err err = source_open(&restore, path);
	if (err != OK)
		return fail(err == ERR_IO ? ERR_INVALID : err, "%.*s can't be restored: %.*s", STR(path),
		            STR(err_text()));
	struct db_act act = {"restore", restore_commit, &restore};
	return db_commit(db, &act);
}
