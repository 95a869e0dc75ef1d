#include <errno.h>
#include <stdlib.h>

#include "db/postgres_private.h"

#define TYPE_BOOL 16 /* pg_type.dat */

struct postgres_rows {
	struct db_rows base;
	PGresult *result; /* all rows, or the one that streams by */
	int row;          /* -1 before the first */
	bool is_streaming;
};

/* ---- failures ---- */

/* PostgreSQL 15, appendix A; the first that the code begins with. */
static const struct {
	const char *begins;
	Err err;
	bool breaks; /* the connection, or this server's part in writing, is over */
} states[] = {
    {"23505", ERR_CONFLICT, false},    /* unique_violation */
    {"23P01", ERR_CONFLICT, false},    /* exclusion_violation */
    {"23", ERR_INVALID, false},        /* the other constraints */
    {"22021", ERR_INVALID, false},     /* character_not_in_repertoire */
    {"40001", ERR_UNAVAILABLE, false}, /* serialization_failure */
    {"40P01", ERR_UNAVAILABLE, false}, /* deadlock_detected */
    {"08P01", ERR_INTERNAL, false},    /* protocol_violation: a wrong number of values */
    {"08", ERR_UNAVAILABLE, true},     /* connection exceptions */
    {"53", ERR_UNAVAILABLE, false},    /* insufficient resources */
    {"54", ERR_TOO_LARGE, false},      /* program limits */
    {"55P03", ERR_UNAVAILABLE, false}, /* lock_not_available */
    {"57P", ERR_UNAVAILABLE, true},    /* shut down, starting up, terminated */
    {"57", ERR_UNAVAILABLE, false},    /* cancelled, by statement_timeout */
    {"58", ERR_IO, false},             /* system errors */
    {"XX001", ERR_IO, false},          /* data_corrupted */
    {"XX002", ERR_IO, false},          /* index_corrupted */
};

static bool state_begins(const char *state, const char *begins)
{
	return strncmp(state, begins, strlen(begins)) == 0;
}

/* The primary became a standby under us: another server takes writes now. */
static bool is_demoted(const struct postgres_connection *connection, const char *state)
{
	return connection->base.is_writing && state_begins(state, "25006");
}

Err postgres_fail(struct postgres_connection *connection, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	Err err = ERR_INTERNAL;
	if (state == NULL)
		state = "";
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		if (state_begins(state, states[i].begins)) {
			err = states[i].err;
			connection->is_broken |= states[i].breaks;
			break;
		}
	}
	connection->is_beaten |= state_begins(state, "40001") || state_begins(state, "40P01");
	if (PQstatus(connection->handle) == CONNECTION_BAD || is_demoted(connection, state)) {
		connection->is_broken = true;
		err = ERR_UNAVAILABLE;
	}
	Str words =
	    str_trim(str_from_c(message == NULL ? PQerrorMessage(connection->handle) : message));
	return fail(err, "the database says: %.*s", STR(words));
}

/* ---- connections ---- */

static void notice_drop(void *context, const char *message)
{
	(void)context;
	(void)message;
}

/* What stands before the URL can be changed in it, what stands after can't. Times are in seconds,
 * but the last in milliseconds: how long a server may leave what we sent unconfirmed. */
static PGconn *server_connect(const char *url, enum postgres_use use)
{
	static const char *const names[] = {
	    "application_name", "connect_timeout",      "keepalives_idle", "tcp_user_timeout",
	    "dbname",           "target_session_attrs", "client_encoding", NULL,
	};
	const char *values[] = {"courant", "5", "10", "10000", url, "read-write", "UTF8", NULL};
	/* Readers wait for the keeper to find out that nobody is there. */
	if (use == POSTGRES_KEEPS) {
		values[3] = "5000";
	}
	return PQconnectdbParams(names, values, 1);
}

/* A reader gives up after 5 s. A writer's COMMIT is never cut short; it waits 10 s at most for
 * another's lock. remote_apply waits for more than `on`, so it may stay. */
static Err session_start(struct postgres_connection *connection, enum postgres_use use)
{
	const char *encoding = PQparameterStatus(connection->handle, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return fail(ERR_INVALID,
		            "the PostgreSQL database does not keep its texts in UTF8: make one "
		            "that does (CREATE DATABASE … ENCODING 'UTF8')");
	TRY(postgres_script(connection, use == POSTGRES_READS
	                                    ? "SET statement_timeout = '5s'"
	                                    : "SET statement_timeout = 0; SET lock_timeout = '10s'"));
	TRY(postgres_script(connection,
	                    "SELECT set_config('synchronous_commit', 'on', false) "
	                    "WHERE current_setting('synchronous_commit') <> 'remote_apply'"));
	int64_t is_synchronous;
	TRY(db_query_int(&connection->base,
	                 SQL("SELECT CASE WHEN current_setting('synchronous_commit') "
	                     "IN ('on', 'remote_apply') THEN 1 ELSE 0 END"),
	                 DB_NO_ARGS, &is_synchronous));
	if (!is_synchronous)
		return fail(
		    ERR_UNAVAILABLE,
		    "this PostgreSQL answers before a change is on disk: set synchronous_commit to on");
	return OK;
}

Err postgres_connection_open(struct postgres_db *db, enum postgres_use use,
                             struct postgres_connection **out)
{
	struct postgres_connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL)
		return fail(ERR_MEMORY, "there is no memory for a connection to the database");
	connection->base.driver = &postgres_driver;
	connection->base.db = &db->base;
	connection->handle = server_connect(db->url, use);
	Err err;
	if (PQstatus(connection->handle) == CONNECTION_OK) {
		PQsetNoticeProcessor(connection->handle, notice_drop, NULL);
		err = session_start(connection, use);
	} else {
		Str words = str_trim(str_from_c(PQerrorMessage(connection->handle)));
		err = fail(ERR_UNAVAILABLE, "PostgreSQL can't be reached: %.*s", STR(words));
	}
	if (err != OK) {
		postgres_connection_close(connection);
		return err;
	}
	*out = connection;
	return OK;
}

void postgres_connection_close(struct postgres_connection *connection)
{
	PQfinish(connection->handle);
	free(connection);
}

Err postgres_script(struct postgres_connection *connection, const char *text)
{
	PGresult *result = PQexec(connection->handle, text);
	ExecStatusType status = PQresultStatus(result);
	Err err = OK;
	/* A migration may be nothing but the reason why there is nothing to do. */
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
		err = postgres_fail(connection, result);
	PQclear(result);
	return err;
}

/* ---- statements ---- */

#define STATEMENT_NAME_BYTES 24

/* Prepared under a name that counts; a full table is emptied, on the server too. */
static Err statement_name(struct postgres_connection *connection, Sql sql,
                          char name[STATEMENT_NAME_BYTES])
{
	size_t i = 0;
	while (i < connection->statement_count && connection->statements[i] != sql.literal)
		i++;
	if (i == POSTGRES_STATEMENTS_MAX) {
		TRY(postgres_script(connection, "DEALLOCATE ALL"));
		connection->statement_count = 0;
		i = 0;
	}
	snprintf(name, STATEMENT_NAME_BYTES, "s%zu", i);
	if (i < connection->statement_count)
		return OK;
	PGresult *result = PQprepare(connection->handle, name, sql.literal, 0, NULL);
	Err err = OK;
	if (PQresultStatus(result) == PGRES_COMMAND_OK)
		connection->statements[connection->statement_count++] = sql.literal;
	else
		err = postgres_fail(connection, result);
	PQclear(result);
	return err;
}

/* The values as libpq wants them: C strings, or NULL. */
struct parameters {
	char *bytes; /* all of them, one after the other */
	const char *values[DB_VALUES_MAX];
};

static void parameters_done(struct parameters *parameters)
{
	free(parameters->bytes);
}

#define INTEGER_BYTES 24

static Err parameters_make(struct parameters *parameters, const struct db_value *values,
                           size_t count)
{
	size_t size_bytes = 1;
	for (size_t i = 0; i < count; i++)
		size_bytes += values[i].type == DB_TEXT ? values[i].text.length + 1 : INTEGER_BYTES;
	char *place = malloc(size_bytes);
	if (place == NULL)
		return fail(ERR_MEMORY, "there is no memory to write to the database");
	parameters->bytes = place;
	for (size_t i = 0; i < count; i++) {
		parameters->values[i] = values[i].type == DB_NULL ? NULL : place;
		if (values[i].type == DB_INT) {
			snprintf(place, INTEGER_BYTES, "%lld", (long long)values[i].integer);
			place += INTEGER_BYTES;
		} else if (values[i].type == DB_TEXT) {
			if (values[i].text.length > 0)
				memcpy(place, values[i].text.bytes, values[i].text.length);
			place[values[i].text.length] = 0;
			place += values[i].text.length + 1;
		}
	}
	return OK;
}

/* Runs it, or with a streaming connection only begins; the result is the caller's to clear. */
static Err statement_begin(struct postgres_connection *connection, Sql sql,
                           const struct db_value *values, size_t count, PGresult **out)
{
	char name[STATEMENT_NAME_BYTES];
	TRY(statement_name(connection, sql, name));
	struct parameters parameters CLEANUP(parameters_done) = {0};
	TRY(parameters_make(&parameters, values, count));
	PGresult *result = NULL;
	if (!connection->is_streaming) {
		result =
		    PQexecPrepared(connection->handle, name, (int)count, parameters.values, NULL, NULL, 0);
	} else if (PQsendQueryPrepared(connection->handle, name, (int)count, parameters.values, NULL,
	                               NULL, 0) == 1) {
		CHECK(PQsetSingleRowMode(connection->handle) == 1);
		result = PQgetResult(connection->handle);
	}
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_SINGLE_TUPLE) {
		Err err = postgres_fail(connection, result);
		PQclear(result);
		return err;
	}
	*out = result;
	return OK;
}

static Err postgres_run(struct db_connection *base, Sql sql, const struct db_value *values,
                        size_t count, int64_t *changed)
{
	PGresult *result = NULL;
	uint64_t changed_rows;
	TRY(statement_begin(postgres_of(base), sql, values, count, &result));
	CHECK(PQresultStatus(result) == PGRES_COMMAND_OK);
	*changed = 0;
	if (str_parse_uint(str_from_c(PQcmdTuples(result)), INT64_MAX, &changed_rows))
		*changed = (int64_t)changed_rows;
	PQclear(result);
	return OK;
}

/* ---- rows ---- */

static struct postgres_rows *rows_of(struct db_rows *rows)
{
	return (struct postgres_rows *)rows;
}

static Err postgres_query(struct db_connection *base, Sql sql, const struct db_value *values,
                          size_t count, struct db_rows **out)
{
	struct postgres_connection *connection = postgres_of(base);
	/* Only one statement can stream at a time. */
	CHECK(!connection->is_streaming || base->open_rows == 0);
	struct postgres_rows *rows = calloc(1, sizeof *rows);
	if (rows == NULL)
		return fail(ERR_MEMORY, "there is no memory to read from the database");
	rows->base.connection = base;
	rows->row = -1;
	rows->is_streaming = connection->is_streaming;
	Err err = statement_begin(connection, sql, values, count, &rows->result);
	if (err != OK) {
		free(rows);
		return err;
	}
	*out = &rows->base;
	return OK;
}

static bool postgres_rows_next(struct db_rows *base)
{
	struct postgres_rows *rows = rows_of(base);
	struct postgres_connection *connection = postgres_of(base->connection);
	if (rows->is_streaming && rows->row == 0 && PQntuples(rows->result) > 0) {
		PQclear(rows->result);
		rows->result = PQgetResult(connection->handle);
		rows->row = -1;
		ExecStatusType status = PQresultStatus(rows->result);
		if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
			err_note_take(&base->failed, postgres_fail(connection, rows->result));
	}
	if (rows->row < PQntuples(rows->result))
		rows->row++;
	return rows->row < PQntuples(rows->result);
}

/* The row that is there now; reading before the first or past the last is our mistake. */
static PGresult *row_of(struct db_rows *base, int column)
{
	struct postgres_rows *rows = rows_of(base);
	CHECK(rows->row >= 0 && rows->row < PQntuples(rows->result));
	CHECK(column >= 0 && column < PQnfields(rows->result));
	return rows->result;
}

static int64_t postgres_rows_int(struct db_rows *base, int column)
{
	PGresult *result = row_of(base, column);
	int row = rows_of(base)->row;
	if (PQgetisnull(result, row, column))
		return 0;
	const char *text = PQgetvalue(result, row, column);
	if (PQftype(result, column) == TYPE_BOOL)
		return *text == 't';
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != 0) {
		err_note_take(&base->failed,
		              fail(ERR_INTERNAL,
		                   "the database holds something else than a whole number in column %s",
		                   PQfname(result, column)));
		return 0;
	}
	return number;
}

static Str postgres_rows_text(struct db_rows *base, int column)
{
	PGresult *result = row_of(base, column);
	int row = rows_of(base)->row;
	return (Str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

static bool postgres_rows_is_null(struct db_rows *base, int column)
{
	return PQgetisnull(row_of(base, column), rows_of(base)->row, column);
}

/* So that what is left of the rows need not be read. */
static void query_cancel(PGconn *handle)
{
	char reason[256];
	PGcancel *cancel = PQgetCancel(handle);
	if (cancel != NULL)
		(void)PQcancel(cancel, reason, sizeof reason);
	PQfreeCancel(cancel);
}

static void postgres_rows_close(struct db_rows *base)
{
	struct postgres_rows *rows = rows_of(base);
	PQclear(rows->result);
	if (rows->is_streaming && atomic_load(&base->connection->db->has_given_up))
		query_cancel(postgres_of(base->connection)->handle);
	if (rows->is_streaming)
		for (PGresult *rest; (rest = PQgetResult(postgres_of(base->connection)->handle)) != NULL;)
			PQclear(rest);
	free(rows);
}

/* ---- migrations, backup ---- */

/* The lock, "cour" and the schema, is let go at the end of the transaction. */
static Err postgres_migration_begin(struct db_connection *base)
{
	return postgres_script(postgres_of(base),
	                       "BEGIN; SET LOCAL lock_timeout = 0; "
	                       "SELECT pg_advisory_xact_lock(1668248946, hashtext(current_schema()))");
}

static Err postgres_migration_end(struct db_connection *base)
{
	struct postgres_connection *connection = postgres_of(base);
	if (PQtransactionStatus(connection->handle) != PQTRANS_INTRANS)
		return fail(ERR_INTERNAL, "a migration ended the transaction that it runs in");
	return postgres_script(connection, "COMMIT");
}

static void postgres_migration_undo(struct db_connection *base)
{
	Err ignored = postgres_script(postgres_of(base), "ROLLBACK");
	(void)ignored;
	base->failed.code = OK;
}

static Err postgres_migration_script(struct db_connection *base, const char *text)
{
	return postgres_script(postgres_of(base), text);
}

static Err postgres_stream(struct db_connection *base, bool is_on)
{
	struct postgres_connection *connection = postgres_of(base);
	connection->is_streaming = is_on;
	return is_on ? postgres_script(connection, "SET LOCAL statement_timeout = 0") : OK;
}

/* Identity columns go on after the highest id; and what PostgreSQL knows of its tables it learns
 * now: by itself it would do so a minute later, and until then sort what it could walk along. */
static Err postgres_rows_restored(struct db_connection *base)
{
	TRY(postgres_script(
	    postgres_of(base),
	    "DO $$ DECLARE c RECORD; BEGIN "
	    "FOR c IN SELECT table_name AS t, column_name AS n, "
	    "pg_get_serial_sequence(format('%I.%I', table_schema, table_name), column_name) AS s "
	    "FROM information_schema.columns "
	    "WHERE table_schema = current_schema() AND is_identity = 'YES' "
	    "LOOP EXECUTE format('SELECT setval(%L, (SELECT COALESCE(MAX(%I), 0) + 1 FROM %I), "
	    "false)', "
	    "c.s, c.n, c.t); END LOOP; END $$"));
	return postgres_script(postgres_of(base),
	                       "DO $$ DECLARE t RECORD; BEGIN "
	                       "FOR t IN SELECT tablename AS n FROM pg_tables "
	                       "WHERE schemaname = current_schema() AND tableowner = current_user "
	                       "LOOP EXECUTE format('ANALYZE %I', t.n); END LOOP; END $$");
}

const struct db_driver postgres_driver = {
    .name = "postgres",
    .has_migrations = SQL("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() "
                          "AND tablename = 'db_migration'"),
    .has_tables = SQL("SELECT 0"), /* others may share the schema */
    .servers = SQL("SELECT COUNT(*) FROM db_node WHERE NOT pg_try_advisory_xact_lock(id)"),
    .tables = "CREATE TABLE IF NOT EXISTS db_migration ("
              "number BIGINT PRIMARY KEY, name TEXT NOT NULL, at_ms BIGINT NOT NULL, "
              "hash TEXT NOT NULL);"
              "CREATE TABLE IF NOT EXISTS db_act_key ("
              "key TEXT PRIMARY KEY, at_ms BIGINT NOT NULL);"
              /* Whoever has something to hear of these has a session, and after a crash of the
               * server nobody has. */
              "CREATE UNLOGGED TABLE IF NOT EXISTS db_node (id BIGINT PRIMARY KEY);"
              "CREATE UNLOGGED TABLE IF NOT EXISTS db_told ("
              "xid XID8 NOT NULL DEFAULT pg_current_xact_id(), node BIGINT NOT NULL, "
              "number BIGINT NOT NULL, words TEXT NOT NULL);"
              "CREATE INDEX IF NOT EXISTS db_told_xid ON db_told (xid)",
    .close = postgres_close,
    .can_write = postgres_can_write,
    .count_nodes = postgres_count_nodes,
    .commit = postgres_commit,
    .confirm = postgres_confirm,
    .join = postgres_join,
    .standing = postgres_standing,
    .standing_wait = postgres_standing_wait,
    .read_begin = postgres_read_begin,
    .read_end = postgres_read_end,
    .query = postgres_query,
    .run = postgres_run,
    .rows_next = postgres_rows_next,
    .rows_int = postgres_rows_int,
    .rows_text = postgres_rows_text,
    .rows_is_null = postgres_rows_is_null,
    .rows_close = postgres_rows_close,
    .migration_begin = postgres_migration_begin,
    .migration_end = postgres_migration_end,
    .migration_undo = postgres_migration_undo,
    .script = postgres_migration_script,
    .stream = postgres_stream,
    .rows_restored = postgres_rows_restored,
};
