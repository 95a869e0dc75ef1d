#include "db/db.h"

#include "base/utf8.h"
#include "db/db_private.h"

#define INITIAL_READERS 8
#define INITIAL_QUEUE_MAX 1024
#define INITIAL_QUEUE_WAIT_MS (2 * SECOND_MS)
#define INITIAL_GROUP_MAX 64

static const struct setting setting_rows[] = {
    {
        .name = "db.readers",
        .type = SETTING_COUNT,
        .initial = "8",
        .min = 1,
        .max = 128,
        .unit = "connections",
        .sentence = "Connections for reading; over PostgreSQL as many again for writing.",
        .offset = offsetof(struct db_settings, readers),
    },
    {
        .name = "db.queue_max",
        .type = SETTING_COUNT,
        .initial = "1024",
        .min = 1,
        .max = 65536,
        .unit = "changes",
        .sentence = "Changes that may wait to be written; more are refused.",
        .offset = offsetof(struct db_settings, queue_max),
    },
    {
        .name = "db.queue_wait",
        .type = SETTING_DURATION,
        .initial = "2s",
        .min = 10,
        .max = MINUTE_MS,
        .unit = "",
        .sentence = "How long a change may wait for its turn to be written before it is refused.",
        .offset = offsetof(struct db_settings, queue_wait_ms),
    },
    {
        .name = "db.group_max",
        .type = SETTING_COUNT,
        .initial = "64",
        .min = 1,
        .max = 1024,
        .unit = "changes",
        .sentence = "Changes that SQLite writes in one transaction, with one wait for the disk.",
        .offset = offsetof(struct db_settings, group_max),
    },
};
const struct setting_table db_settings_table = {
    .room = "db",
    .rows = setting_rows,
    .count = sizeof setting_rows / sizeof setting_rows[0],
    .struct_bytes = sizeof(struct db_settings),
};
static const struct db_settings initial_settings = {
    .readers = INITIAL_READERS,
    .queue_max = INITIAL_QUEUE_MAX,
    .queue_wait_ms = INITIAL_QUEUE_WAIT_MS,
    .group_max = INITIAL_GROUP_MAX,
};

Err db_open(const struct db_options *options, struct db **out)
{
	struct db_migrations migrations = {embedded_migrations, embedded_migration_count};
	return db_open_with(options, &migrations, out);
}

Err db_open_with(const struct db_options *options, const struct db_migrations *migrations,
                 struct db **out)
{
	if (!str_is_empty(options->postgres_url))
		return postgres_open(options, migrations, out);
	return sqlite_open(options, migrations, out);
}

void db_init(struct db *db, const struct db_driver *driver, const struct db_options *options,
             const struct db_migrations *migrations)
{
	db->driver = driver;
	db->migrations = *migrations;
	db->settings = options->settings == NULL ? initial_settings : *options->settings;
	db->clock = options->clock;
}

#define LONG_WAIT_MS (30 * SECOND_MS)
void db_wait_long(struct db *db)
{
	if (!db_is_postgres(db))
		db->settings.queue_wait_ms = LONG_WAIT_MS;
}

void db_close(struct db *db)
{
	if (db != NULL)
		db->driver->close(db);
}

bool db_is_postgres(const struct db *db)
{
	return strcmp(db->driver->name, "postgres") == 0;
}

bool db_connection_is_postgres(const struct db_connection *connection)
{
	return strcmp(connection->driver->name, "postgres") == 0;
}

bool db_can_write(struct db *db)
{
	return db->driver->can_write(db);
}

Err db_read_begin(struct db *db, struct db_connection **out)
{
	return db->driver->read_begin(db, out);
}

void db_read_end(struct db_connection **connection)
{
	if (*connection == NULL)
		return;
	(*connection)->is_stream = false;
	CHECK((*connection)->open_rows == 0);
	(*connection)->driver->read_end(*connection);
	*connection = NULL;
}

void db_give_up_streams(struct db *db)
{
	atomic_store(&db->has_given_up, true);
}

Err db_stream_check(const struct db *db)
{
	if (atomic_load(&db->has_given_up))
		return fail(ERR_UNAVAILABLE, "the server is stopping: try again when it runs");
	return OK;
}

Err db_read_stream(struct db_connection *connection)
{
	CHECK(!connection->is_writing && connection->open_rows == 0);
	TRY(db_stream_check(connection->db));
	connection->is_stream = true;
	return connection->driver->stream(connection, true);
}

/* What an act itself refuses is no failure of the database's. */
static enum db_commit_end commit_end(Err err)
{
	if (err == OK)
		return DB_COMMIT_STORED;
	bool failed =
	    err == ERR_UNAVAILABLE || err == ERR_IO || err == ERR_MEMORY || err == ERR_INTERNAL;
	return failed ? DB_COMMIT_FAILED : DB_COMMIT_REFUSED;
}

static Err commit(struct db *db, const struct db_act *act, bool is_long)
{
	int64_t begun_us = monotonic_us();
	Err err = db->driver->commit(db, act, is_long);
	count_shared(&db->commits[commit_end(err)], 1);
	if (err == OK)
		histogram_shared(&db->commit_times, monotonic_us() - begun_us);
	return err;
}

Err db_commit(struct db *db, const struct db_act *act)
{
	return commit(db, act, false);
}

Err db_commit_long(struct db *db, const struct db_act *act)
{
	return commit(db, act, true);
}

Err db_act_run(struct db_connection *connection, const struct db_act *act)
{
	connection->failed.code = OK;
	connection->is_writing = true;
	Err err = act->commit(connection, act->state);
	connection->is_writing = false;
	CHECK(connection->open_rows == 0);
	if (err == OK)
		err = err_note_give(&connection->failed);
	return err;
}

Err db_connection_failed(struct db_connection *connection, Err err)
{
	if (err != OK && connection->failed.code == OK)
		err_note_take(&connection->failed, err);
	return err;
}

/* PostgreSQL can't hold a NUL and refuses what is not UTF-8; SQLite would take both. */
static Err values_check(const struct db_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (values[i].type != DB_TEXT)
			continue;
		if (str_find_byte(values[i].text, 0) != STR_NOT_FOUND)
			return fail(ERR_INVALID, "a text with a NUL character can't be stored");
		if (!utf8_is_valid(values[i].text))
			return fail(ERR_INVALID, "a text that is not UTF-8 can't be stored");
	}
	return OK;
}

Err db_query(struct db_connection *connection, Sql sql, const struct db_value *values, size_t count,
             struct db_rows **out)
{
	CHECK(count <= DB_VALUES_MAX);
	TRY(err_note_give(&connection->failed));
	TRY(values_check(values, count));
	struct db_rows *opened;
	Err err = connection->driver->query(connection, sql, values, count, &opened);
	if (err != OK)
		return db_connection_failed(connection, err);
	connection->open_rows++;
	*out = opened;
	return OK;
}

Err db_run(struct db_connection *connection, Sql sql, const struct db_value *values, size_t count,
           int64_t *changed)
{
	CHECK(connection->is_writing);
	CHECK(count <= DB_VALUES_MAX);
	TRY(err_note_give(&connection->failed));
	TRY(values_check(values, count));
	int64_t changed_rows;
	Err err = connection->driver->run(connection, sql, values, count, &changed_rows);
	if (err != OK)
		return db_connection_failed(connection, err);
	if (changed != NULL)
		*changed = changed_rows;
	return OK;
}

void db_rows_close(struct db_rows **rows)
{
	struct db_rows *closing = *rows;
	if (closing == NULL)
		return;
	closing->connection->open_rows--;
	closing->connection->driver->rows_close(closing);
	*rows = NULL;
}

bool db_rows_next(struct db_rows *rows)
{
	const struct db_connection *connection = rows->connection;
	if (rows->failed.code != OK)
		return false;
	bool is_row = false;
	Err err = OK;
	if (connection->is_stream)
		err = db_stream_check(connection->db);
	if (err == OK)
		is_row = connection->driver->rows_next(rows);
	else
		err_note_take(&rows->failed, err);
	if (!is_row && rows->failed.code != OK && rows->connection->failed.code == OK)
		rows->connection->failed = rows->failed;
	return is_row;
}

Err db_rows_check(const struct db_rows *rows)
{
	return err_note_give(&rows->failed);
}

int64_t db_rows_int(struct db_rows *rows, int column)
{
	return rows->connection->driver->rows_int(rows, column);
}

Str db_rows_text(struct db_rows *rows, int column)
{
	return rows->connection->driver->rows_text(rows, column);
}

bool db_rows_is_null(struct db_rows *rows, int column)
{
	return rows->connection->driver->rows_is_null(rows, column);
}

Err db_rows_copy(struct db_rows *rows, int column, struct arena *mem, Str *out)
{
	return arena_copy(mem, db_rows_text(rows, column), out);
}

#define NUMBER_BYTES 21 /* -9223372036854775808, and what parts it from the next */

/* [1,2] for SQLite's json_each, {1,2} for PostgreSQL's arrays. */
Err db_list(const struct db_connection *connection, const int64_t *numbers, size_t count,
            struct arena *mem, struct db_value *out)
{
	struct buf text CLEANUP(buf_done);
	bool is_postgres = db_connection_is_postgres(connection);
	Str kept;
	buf_init(&text, count * NUMBER_BYTES + 2);
	buf_add_byte(&text, is_postgres ? '{' : '[');
	for (size_t i = 0; i < count; i++)
		buf_format(&text, i == 0 ? "%lld" : ",%lld", (long long)numbers[i]);
	buf_add_byte(&text, is_postgres ? '}' : ']');
	TRY(buf_check(&text));
	TRY(arena_copy(mem, buf_str(&text), &kept));
	*out = db_text(kept);
	return OK;
}

Err db_query_int(struct db_connection *connection, Sql sql, const struct db_value *values,
                 size_t count, int64_t *out)
{
	DB_ROWS found = NULL;
	TRY(db_query(connection, sql, values, count, &found));
	bool is_row = db_rows_next(found);
	TRY(db_rows_check(found));
	if (!is_row)
		return fail(ERR_NOT_FOUND, "there is no such thing");
	int64_t number = db_rows_int(found, 0);
	TRY(db_rows_check(found));
	*out = number;
	return OK;
}
