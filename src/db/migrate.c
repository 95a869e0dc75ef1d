#include "db/db_private.h"

/* "0003_stories_index.sqlite.sql" */
struct migration {
	int64_t number;
	Str name; /* the file's */
	const struct embedded_file *file;
};

/* False for a file that is another engine's. */
static bool migration_from_file(const struct embedded_file *file, const struct db_driver *driver,
                                struct migration *out)
{
	Str name = str_from_c(file->name);
	uint64_t number;
	CHECK(str_parse_uint(str_slice(name, 0, 4), 9999, &number));
	CHECK(str_ends_with(name, S(".sql")));
	Str stem = str_slice(name, 0, name.length - S(".sql").length);
	size_t dot = str_find_byte(stem, '.');
	if (dot != STR_NOT_FOUND && !str_equal(str_from(stem, dot + 1), str_from_c(driver->name)))
		return false;
	*out = (struct migration){(int64_t)number, name, file};
	return true;
}

static bool migration_find(const struct db_migrations *migrations, const struct db_driver *driver,
                           int64_t number, struct migration *out)
{
	for (size_t i = 0; i < migrations->count; i++)
		if (migration_from_file(&migrations->files[i], driver, out) && out->number == number)
			return true;
	return false;
}

static Err is_true(struct db_connection *connection, Sql sql, bool *out)
{
	int64_t number;
	TRY(db_query_int(connection, sql, DB_NO_ARGS, &number));
	*out = number != 0;
	return OK;
}

/* Every migration that was run must be one that this program has, unchanged. */
static Err applied_check(struct db_connection *connection, const struct db_migrations *migrations,
                         Str name, size_t *applied)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT number, name, hash FROM db_migration ORDER BY number"),
	             DB_NO_ARGS, &rows));
	size_t count = 0;
	while (db_rows_next(rows)) {
		struct migration known;
		if (!migration_find(migrations, connection->driver, db_rows_int(rows, 0), &known))
			return fail(ERR_CONFLICT,
			            "the database %.*s was made by a newer Courant (it has %.*s): use that "
			            "version or a later one",
			            STR(name), STR(db_rows_text(rows, 1)));
		if (!str_equal(db_rows_text(rows, 2), str_from_c(known.file->hash)))
			return fail(ERR_CONFLICT,
			            "the database %.*s was made by another build of Courant: its %.*s is not "
			            "the one of this program",
			            STR(name), STR(known.name));
		count++;
	}
	*applied = count;
	return db_rows_check(rows);
}

Err db_migrate_check(struct db_connection *connection, const struct db_migrations *migrations,
                     Str name, bool create, bool *pending)
{
	bool has_migrations;
	bool has_tables;
	size_t applied = 0;
	TRY(is_true(connection, connection->driver->has_migrations, &has_migrations));
	if (has_migrations) {
		TRY(applied_check(connection, migrations, name, &applied));
	} else {
		TRY(is_true(connection, connection->driver->has_tables, &has_tables));
		if (has_tables)
			return fail(ERR_INVALID, "the database %.*s is not Courant's: it holds other tables",
			            STR(name));
		if (!create)
			return fail(ERR_NOT_FOUND,
			            "the database %.*s holds no site: make one with courant init", STR(name));
	}
	size_t known = 0;
	struct migration migration;
	for (size_t i = 0; i < migrations->count; i++)
		known += migration_from_file(&migrations->files[i], connection->driver, &migration);
	*pending = !has_migrations || applied < known;
	return OK;
}

/* Inside its transaction; another process may have run it since the check. */
static Err migration_run(struct db_connection *connection, const struct migration *migration,
                         Time now)
{
	int64_t count;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM db_migration WHERE number = $1"),
	                 DB_ARGS(db_int(migration->number)), &count));
	if (count > 0)
		return OK;
	Err err = connection->driver->script(connection, (const char *)migration->file->bytes);
	if (err != OK)
		return fail(err, "%.*s failed: %.*s", STR(migration->name), STR(err_text()));
	connection->is_writing = true;
	err = db_run(connection,
	             SQL("INSERT INTO db_migration (number, name, at_ms, hash) "
	                 "VALUES ($1, $2, $3, $4)"),
	             DB_ARGS(db_int(migration->number), db_text(migration->name), db_int(now),
	                     db_text(str_from_c(migration->file->hash))),
	             NULL);
	connection->is_writing = false;
	return err;
}

/* The room's own tables when `migration` is NULL. */
static Err in_transaction(struct db_connection *connection, const struct migration *migration,
                          Time now)
{
	const struct db_driver *driver = connection->driver;
	TRY(driver->migration_begin(connection));
	Err err = migration == NULL ? driver->script(connection, driver->tables)
	                            : migration_run(connection, migration, now);
	if (err == OK)
		err = driver->migration_end(connection);
	if (err != OK) {
		struct err_note note;
		err_note_take(&note, err);
		driver->migration_undo(connection);
		return err_note_give(&note);
	}
	return OK;
}

Err db_left_as_it_is(void)
{
	return fail(ERR_UNAVAILABLE, "the database was made by an older Courant: any other command "
	                             "brings it up to date");
}

Err db_migrate(struct db_connection *connection, const struct db_migrations *migrations, Time now)
{
	TRY(in_transaction(connection, NULL, now));
	for (size_t i = 0; i < migrations->count; i++) {
		struct migration migration;
		if (migration_from_file(&migrations->files[i], connection->driver, &migration))
			TRY(in_transaction(connection, &migration, now));
	}
	return OK;
}
