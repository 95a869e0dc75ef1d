#include <stdlib.h>

#include "db/sqlite_private.h"

#define BUSY_TIMEOUT_MS 2000

struct sqlite_rows {
	struct db_rows base;
	struct sqlite_statement *statement;
	int step; /* what the last sqlite3_step answered */
	bool is_first;
};

/* ---- failures ---- */

static bool is_trouble(int code)
{
	/* SQLITE_IOERR_NOMEM is a lack of memory, the disk is sound. */
	int kind = code & 0xff;
	return (kind == SQLITE_IOERR && code != SQLITE_IOERR_NOMEM) || kind == SQLITE_CORRUPT ||
	       kind == SQLITE_NOTADB || kind == SQLITE_FULL;
}

static Err err_from_code(int code)
{
	if (code == SQLITE_IOERR_NOMEM)
		return ERR_MEMORY;
	if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    code == SQLITE_CONSTRAINT_ROWID)
		return ERR_CONFLICT;
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_INVALID;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_INTERRUPT:
		return ERR_UNAVAILABLE;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CANTOPEN:
		return ERR_IO;
	default:
		return ERR_INTERNAL;
	}
}

Err sqlite_fail(struct sqlite_connection *connection, int code)
{
	/* A failed disk is worse than a full one. */
	if (is_trouble(code) && (connection->trouble == 0 || connection->trouble == SQLITE_FULL))
		connection->trouble = code;
	return fail(err_from_code(code), "the database says: %s", sqlite3_errmsg(connection->handle));
}

/* ---- connections ---- */

/* The values that SQLite's security page advises where the SQL is not trusted; ours is, so they are
 * a second net, wide enough for what the rooms write. */
static void limits_set(sqlite3 *handle)
{
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
	sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 100000);
	sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, 100);
	sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, 50);
	sqlite3_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, 5);
	sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, 25000);
	sqlite3_limit(handle, SQLITE_LIMIT_FUNCTION_ARG, 8);
	sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50);
	sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, DB_VALUES_MAX);
	sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
}

/* PostgreSQL's name for the order of bytes, so that a statement can ask both for it. */
static int compare_bytes(void *context, int a_length, const void *a, int b_length, const void *b)
{
	(void)context;
	return str_compare((Str){a, (size_t)a_length}, (Str){b, (size_t)b_length});
}

static int configure(sqlite3 *handle)
{
	int code = sqlite3_extended_result_codes(handle, 1);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	/* "x" in double quotes is a name and never text, as in PostgreSQL. */
	if (code == SQLITE_OK)
		code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_wal_autocheckpoint(handle, 0);
	if (code == SQLITE_OK)
		code = sqlite3_create_collation(handle, "C", SQLITE_UTF8, NULL, compare_bytes);
	limits_set(handle);
	return code;
}

Err sqlite_connection_open(const char *path, int flags, struct sqlite_connection **out)
{
	struct sqlite_connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL)
		return fail(ERR_MEMORY, "there is no memory for a connection to the database");
	connection->base.driver = &sqlite_driver;
	int code = sqlite3_open_v2(path, &connection->handle, flags | SQLITE_OPEN_NOMUTEX, SQLITE_VFS);
	if (code == SQLITE_OK)
		code = configure(connection->handle);
	Err err = code == SQLITE_OK ? OK : sqlite_fail(connection, code);
	/* Sorting in memory: a full or broken /tmp must not look like a broken database. LIKE tells
	 * capitals from small letters, as in PostgreSQL. None of these reads the file. */
	if (err == OK)
		err = sqlite_script(connection, "PRAGMA cell_size_check = ON;"
		                                "PRAGMA temp_store = MEMORY;"
		                                "PRAGMA case_sensitive_like = ON;");
	if (err != OK) {
		sqlite_connection_close(connection, false);
		return err;
	}
	*out = connection;
	return OK;
}

void sqlite_connection_close(struct sqlite_connection *connection, bool checkpoint)
{
	if (connection == NULL)
		return;
	for (size_t i = 0; i < connection->statement_count; i++)
		sqlite3_finalize(connection->statements[i].handle);
	if (!checkpoint)
		sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	CHECK(sqlite3_close(connection->handle) == SQLITE_OK);
	free(connection);
}

void sqlite_connection_cleanup(struct sqlite_connection **connection)
{
	sqlite_connection_close(*connection, false);
	*connection = NULL;
}

Err sqlite_script(struct sqlite_connection *connection, const char *text)
{
	int code = sqlite3_exec(connection->handle, text, NULL, NULL, NULL);
	return code == SQLITE_OK ? OK : sqlite_fail(connection, code);
}

/* ---- statements ---- */

/* A free place for a new statement: the next one, or that of the one not used for longest. */
static struct sqlite_statement *statement_place(struct sqlite_connection *connection)
{
	if (connection->statement_count < SQLITE_STATEMENTS_MAX)
		return &connection->statements[connection->statement_count++];
	struct sqlite_statement *oldest = NULL;
	for (size_t i = 0; i < SQLITE_STATEMENTS_MAX; i++) {
		struct sqlite_statement *statement = &connection->statements[i];
		if (!statement->is_busy && (oldest == NULL || statement->used < oldest->used))
			oldest = statement;
	}
	CHECK(oldest != NULL);
	sqlite3_finalize(oldest->handle);
	*oldest = (struct sqlite_statement){0};
	return oldest;
}

/* To SQLite `$1` is a name, and its number whatever comes first in the text. */
static void parameters_find(struct sqlite_statement *statement)
{
	size_t count = (size_t)sqlite3_bind_parameter_count(statement->handle);
	CHECK(count <= DB_VALUES_MAX);
	for (size_t i = 0; i < count; i++) {
		char name[24];
		snprintf(name, sizeof name, "$%zu", i + 1);
		int number = sqlite3_bind_parameter_index(statement->handle, name);
		CHECK(number > 0);
		statement->parameters[i] = (unsigned char)number;
	}
}

/* The same literal may be read twice at a time, one inside the other: then it is prepared twice. */
static Err statement_find(struct sqlite_connection *connection, Sql sql,
                          struct sqlite_statement **out)
{
	struct sqlite_statement *statement = NULL;
	for (size_t i = 0; i < connection->statement_count && statement == NULL; i++)
		if (connection->statements[i].literal == sql.literal && !connection->statements[i].is_busy)
			statement = &connection->statements[i];
	if (statement == NULL) {
		sqlite3_stmt *handle;
		const char *tail;
		int code = sqlite3_prepare_v3(connection->handle, sql.literal, -1,
		                              SQLITE_PREPARE_PERSISTENT, &handle, &tail);
		if (code != SQLITE_OK)
			return sqlite_fail(connection, code);
		CHECK(handle != NULL && *tail == 0);
		statement = statement_place(connection);
		statement->literal = sql.literal;
		statement->handle = handle;
		parameters_find(statement);
	}
	statement->used = ++connection->uses;
	*out = statement;
	return OK;
}

static int value_bind(sqlite3_stmt *handle, int index, const struct db_value *value,
                      sqlite3_destructor_type lifetime)
{
	switch (value->type) {
	case DB_INT:
		return sqlite3_bind_int64(handle, index, value->integer);
	case DB_TEXT:
		return sqlite3_bind_text64(handle, index, value->text.length == 0 ? "" : value->text.bytes,
		                           value->text.length, lifetime, SQLITE_UTF8);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(handle, index);
}

/* SQLITE_STATIC: the texts stay where they are until the statement has ended; SQLITE_TRANSIENT:
 * they are copied. */
static Err statement_bind(struct sqlite_connection *connection,
                          const struct sqlite_statement *statement, const struct db_value *values,
                          size_t count, sqlite3_destructor_type lifetime)
{
	CHECK((size_t)sqlite3_bind_parameter_count(statement->handle) == count);
	for (size_t i = 0; i < count; i++) {
		int code = value_bind(statement->handle, statement->parameters[i], &values[i], lifetime);
		if (code != SQLITE_OK)
			return sqlite_fail(connection, code);
	}
	return OK;
}

/* Ready for its next use; the copies of the bound texts are given back. */
static void statement_end(struct sqlite_statement *statement)
{
	sqlite3_reset(statement->handle);
	sqlite3_clear_bindings(statement->handle);
	statement->is_busy = false;
}

/* Binds and steps once: to the first row, or to the end. */
static Err statement_begin(struct sqlite_connection *connection, Sql sql,
                           const struct db_value *values, size_t count,
                           sqlite3_destructor_type lifetime, struct sqlite_statement **out,
                           int *step)
{
	struct sqlite_statement *statement = NULL;
	TRY(statement_find(connection, sql, &statement));
	CHECK(statement != NULL);
	Err err = statement_bind(connection, statement, values, count, lifetime);
	if (err == OK) {
		int code = sqlite3_step(statement->handle);
		*step = code;
		if (code != SQLITE_ROW && code != SQLITE_DONE)
			err = sqlite_fail(connection, code);
	}
	if (err != OK) {
		statement_end(statement);
		return err;
	}
	statement->is_busy = true;
	*out = statement;
	return OK;
}

static Err sqlite_run(struct db_connection *base, Sql sql, const struct db_value *values,
                      size_t count, int64_t *changed)
{
	struct sqlite_connection *connection = sqlite_of(base);
	struct sqlite_statement *statement = NULL;
	int step = SQLITE_DONE;
	TRY(statement_begin(connection, sql, values, count, SQLITE_STATIC, &statement, &step));
	CHECK(statement != NULL && step == SQLITE_DONE);
	*changed = sqlite3_changes64(connection->handle);
	statement_end(statement);
	return OK;
}

Err sqlite_do(struct sqlite_connection *connection, Sql sql)
{
	int64_t changed;
	return sqlite_run(&connection->base, sql, DB_NO_ARGS, &changed);
}

/* ---- rows ---- */

static struct sqlite_rows *rows_of(struct db_rows *rows)
{
	return (struct sqlite_rows *)rows;
}

static Err sqlite_query(struct db_connection *base, Sql sql, const struct db_value *values,
                        size_t count, struct db_rows **out)
{
	struct sqlite_rows *rows = calloc(1, sizeof *rows);
	if (rows == NULL)
		return fail(ERR_MEMORY, "there is no memory to read from the database");
	rows->base.connection = base;
	rows->is_first = true;
	Err err = statement_begin(sqlite_of(base), sql, values, count, SQLITE_TRANSIENT,
	                          &rows->statement, &rows->step);
	if (err != OK) {
		free(rows);
		return err;
	}
	*out = &rows->base;
	return OK;
}

static bool sqlite_rows_next(struct db_rows *base)
{
	struct sqlite_rows *rows = rows_of(base);
	if (!rows->is_first && rows->step == SQLITE_ROW)
		rows->step = sqlite3_step(rows->statement->handle);
	rows->is_first = false;
	if (rows->step != SQLITE_ROW && rows->step != SQLITE_DONE)
		err_note_take(&base->failed, sqlite_fail(sqlite_of(base->connection), rows->step));
	return rows->step == SQLITE_ROW;
}

/* The row that is there now; reading before the first or past the last is our mistake. */
static sqlite3_stmt *row_of(struct db_rows *base, int column)
{
	struct sqlite_rows *rows = rows_of(base);
	CHECK(rows->step == SQLITE_ROW && !rows->is_first);
	CHECK(column >= 0 && column < sqlite3_column_count(rows->statement->handle));
	return rows->statement->handle;
}

static int64_t sqlite_rows_int(struct db_rows *rows, int column)
{
	sqlite3_stmt *handle = row_of(rows, column);
	int type = sqlite3_column_type(handle, column);
	if (type != SQLITE_INTEGER && type != SQLITE_NULL)
		err_note_take(&rows->failed,
		              fail(ERR_INTERNAL,
		                   "the database holds something else than a whole number in "
		                   "column %d of: %s",
		                   column, sqlite3_sql(handle)));
	return type == SQLITE_INTEGER ? sqlite3_column_int64(handle, column) : 0;
}

static Str sqlite_rows_text(struct db_rows *rows, int column)
{
	sqlite3_stmt *handle = row_of(rows, column);
	const unsigned char *bytes = sqlite3_column_text(handle, column);
	if (bytes == NULL) {
		if (sqlite3_column_type(handle, column) != SQLITE_NULL)
			err_note_take(&rows->failed, fail(ERR_MEMORY, "there is no memory to read from the "
			                                              "database"));
		return S("");
	}
	return (Str){(const char *)bytes, (size_t)sqlite3_column_bytes(handle, column)};
}

static bool sqlite_rows_is_null(struct db_rows *rows, int column)
{
	return sqlite3_column_type(row_of(rows, column), column) == SQLITE_NULL;
}

static void sqlite_rows_close(struct db_rows *base)
{
	struct sqlite_rows *rows = rows_of(base);
	statement_end(rows->statement);
	free(rows);
}

/* ---- migrations ---- */

static Err sqlite_migration_begin(struct db_connection *base)
{
	return sqlite_do(sqlite_of(base), SQL("BEGIN IMMEDIATE"));
}

static Err sqlite_migration_end(struct db_connection *base)
{
	struct sqlite_connection *connection = sqlite_of(base);
	if (sqlite3_get_autocommit(connection->handle))
		return fail(ERR_INTERNAL, "a migration ended the transaction that it runs in");
	/* Foreign keys are off while a migration runs, so that it can make a table anew. */
	DB_ROWS broken = NULL;
	TRY(db_query(base, SQL("PRAGMA foreign_key_check"), DB_NO_ARGS, &broken));
	if (db_rows_next(broken))
		return fail(ERR_INTERNAL, "a migration left rows of %.*s that point nowhere",
		            STR(db_rows_text(broken, 0)));
	TRY(db_rows_check(broken));
	db_rows_close(&broken);
	return sqlite_do(connection, SQL("COMMIT"));
}

static void sqlite_migration_undo(struct db_connection *base)
{
	struct sqlite_connection *connection = sqlite_of(base);
	if (!sqlite3_get_autocommit(connection->handle))
		(void)!sqlite_do(connection, SQL("ROLLBACK"));
	base->failed.code = OK;
}

static Err sqlite_migration_script(struct db_connection *base, const char *text)
{
	return sqlite_script(sqlite_of(base), text);
}

static Err sqlite_stream(struct db_connection *base, bool is_on)
{
	(void)base;
	(void)is_on;
	return OK;
}

static Err sqlite_rows_restored(struct db_connection *base)
{
	(void)base;
	return OK;
}

const struct db_driver sqlite_driver = {
    .name = "sqlite",
    .has_migrations = SQL("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'db_migration'"),
    .has_tables = SQL("SELECT COUNT(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)"),
    .tables = "CREATE TABLE IF NOT EXISTS db_migration ("
              "number INTEGER PRIMARY KEY, name TEXT NOT NULL, at_ms BIGINT NOT NULL, "
              "hash TEXT NOT NULL)",
    .close = sqlite_close,
    .can_write = sqlite_can_write,
    .count = sqlite_count,
    .commit = sqlite_commit,
    .read_begin = sqlite_read_begin,
    .read_end = sqlite_read_end,
    .query = sqlite_query,
    .run = sqlite_run,
    .rows_next = sqlite_rows_next,
    .rows_int = sqlite_rows_int,
    .rows_text = sqlite_rows_text,
    .rows_is_null = sqlite_rows_is_null,
    .rows_close = sqlite_rows_close,
    .migration_begin = sqlite_migration_begin,
    .migration_end = sqlite_migration_end,
    .migration_undo = sqlite_migration_undo,
    .script = sqlite_migration_script,
    .stream = sqlite_stream,
    .rows_restored = sqlite_rows_restored,
};
