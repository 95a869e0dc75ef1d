#include "db/postgres_private.h"

#include <stdlib.h>
#include <time.h>

#include "db/note_test_support.h"
#include "db/postgres_test_support.h"

/* Notes in the test's database, whoever has it open. */
static int64_t notes_in(const char *schema)
{
	char statement[128];
	PGconn *server = server_open();
	snprintf(statement, sizeof statement, "SELECT COUNT(*) FROM %s.note", schema);
	PGresult *result = PQexec(server, statement);
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	int64_t count = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(server);
	return count;
}

/* ---- broken COMMITs ---- */

static void test_commit_that_never_arrived_is_done_again(void **state)
{
	struct far far;
	struct note note = {.slug = db_text(S("a"))};
	far_open(&far, state);
	proxy_cut_next(far.proxy, CUT_BEFORE_COMMIT, 1);
	assert_int_equal(note_add(far.db, &note), OK);
	assert_int_equal(proxy_cuts(far.proxy), 1);
	assert_int_equal(note.runs, 2);
	assert_int_equal(notes_in(far.schema), 1);
	far_close(&far);
}

static void test_commit_whose_answer_was_lost_is_not_done_again(void **state)
{
	struct far far;
	struct note note = {.text = db_text(S("no key of its own"))};
	far_open(&far, state);
	proxy_cut_next(far.proxy, CUT_AFTER_COMMIT, 1);
	assert_int_equal(note_add(far.db, &note), OK);
	assert_int_equal(proxy_cuts(far.proxy), 1);
	assert_int_equal(note.runs, 1);
	assert_int_equal(notes_in(far.schema), 1);
	far_close(&far);
}

/* The new connection may ask before the server is done with the COMMIT of the old one. */
static void test_commit_under_way_is_waited_for(void **state)
{
	struct far far;
	far_open(&far, state);
	for (int i = 1; i <= 20; i++) {
		struct note note = {.number = db_int(i)};
		proxy_cut_next(far.proxy, CUT_AT_COMMIT, 1);
		assert_int_equal(note_add(far.db, &note), OK);
		assert_int_equal(notes_in(far.schema), i);
	}
	assert_int_equal(proxy_cuts(far.proxy), 20);
	far_close(&far);
}

static void test_act_is_not_promised_when_the_server_stays_away(void **state)
{
	struct far far;
	far_open(&far, state);
	assert_int_equal(note_add_slug(far.db, "a"), OK);
	proxy_cut_next(far.proxy, CUT_AFTER_COMMIT, 1);
	proxy_refuse(far.proxy, true);
	int64_t before_ms = monotonic_ms();
	assert_int_equal(note_add_slug(far.db, "b"), ERR_UNAVAILABLE);
	int64_t took_ms = monotonic_ms() - before_ms;
	assert_in_range(took_ms, 9900, 15000);
	/* It was kept, so the sentence must not say that it was not. */
	assert_int_not_equal(str_find(err_text(), S("can't be confirmed as stored")), STR_NOT_FOUND);
	assert_int_equal(notes_in(far.schema), 2);
	/* The way back needs nothing. */
	proxy_refuse(far.proxy, false);
	assert_int_equal(note_add_slug(far.db, "c"), OK);
	assert_int_equal(note_count_now(far.db), 3);
	far_close(&far);
}

/* ---- broken connections ---- */

struct losing {
	struct note note;
	const char *schema;
};

static Err insert_and_lose_backend(struct db_connection *connection, void *context)
{
	struct losing *losing = context;
	TRY(note_insert(connection, &losing->note));
	if (losing->note.runs == 1)
		terminate(losing->schema, "idle in transaction");
	return OK;
}

static void test_backend_terminated_before_commit_is_replaced(void **state)
{
	struct db *db = db_test_db(state);
	struct losing losing = {{.slug = db_text(S("a"))}, db_test_schema(state)};
	struct db_act act = {"lose", insert_and_lose_backend, &losing};
	assert_int_equal(db_commit(db, &act), OK);
	assert_int_equal(losing.note.runs, 2);
	assert_int_equal(note_count_now(db), 1);
}

static void test_idle_connections_that_broke_are_replaced(void **state)
{
	struct db *db = db_test_db(state);
	/* Three readers at once, so that three lie idle. */
	DB_READ first = NULL;
	DB_READ second = NULL;
	DB_READ third = NULL;
	assert_int_equal(db_read_begin(db, &first), OK);
	assert_int_equal(db_read_begin(db, &second), OK);
	assert_int_equal(db_read_begin(db, &third), OK);
	assert_int_equal(note_add_slug(db, "a"), OK);
	db_read_end(&first);
	db_read_end(&second);
	db_read_end(&third);
	terminate(db_test_schema(state), "idle");
	assert_int_equal(note_count_now(db), 1);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(note_count_now(db), 2);
}

static void test_snapshot_that_broke_says_so_and_is_replaced(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	terminate(db_test_schema(state), "idle in transaction");
	assert_int_equal(db_query_int(connection, SQL("SELECT 1"), DB_NO_ARGS, &number),
	                 ERR_UNAVAILABLE);
	db_read_end(&connection);
	assert_int_equal(note_count_now(db), 0);
}

/* ---- whether it can be written to ---- */

static bool can_write(struct db *db)
{
	return db_can_write(db);
}

static bool can_not_write(struct db *db)
{
	return !db_can_write(db);
}

/* Nobody writes meanwhile: it is seen by itself, both ways. */
static void test_database_can_not_be_written_to_while_the_server_is_away(void **state)
{
	struct far far;
	far_open(&far, state);
	assert_true(db_can_write(far.db));
	proxy_refuse(far.proxy, true);
	terminate(far.schema, "idle");
	await_db(can_not_write, far.db);
	proxy_refuse(far.proxy, false);
	await_db(can_write, far.db);
	far_close(&far);
}

/* The server is there, and answers every act as a full disk does. */
static void
test_database_can_not_be_written_to_from_a_failed_act_until_one_would_succeed(void **state)
{
	struct db *db = db_test_db(state);
	const char *schema = db_test_schema(state);
	server_run("CREATE FUNCTION @.full() RETURNS trigger LANGUAGE plpgsql AS "
	           "$$ BEGIN RAISE 'no space left' USING ERRCODE = '53100'; END $$;"
	           "CREATE TRIGGER full_disk BEFORE INSERT ON @.db_act_key "
	           "FOR EACH ROW EXECUTE FUNCTION @.full()",
	           schema);
	assert_true(db_can_write(db));
	assert_int_equal(note_add_slug(db, "a"), ERR_UNAVAILABLE);
	assert_false(db_can_write(db));
	server_run("DROP TRIGGER full_disk ON @.db_act_key", schema);
	await_db(can_write, db);
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_true(db_can_write(db));
}

/* ---- sessions ---- */

static void setting_is(struct db_connection *connection, Sql sql, const char *value)
{
	DB_ROWS rows = NULL;
	assert_int_equal(db_query(connection, sql, DB_NO_ARGS, &rows), OK);
	assert_true(db_rows_next(rows));
	assert_true(str_equal(db_rows_text(rows, 0), str_from_c(value)));
}

static Err look_at_session(struct db_connection *connection, void *context)
{
	(void)context;
	setting_is(connection, SQL("SHOW synchronous_commit"), "on");
	setting_is(connection, SQL("SHOW statement_timeout"), "0");
	setting_is(connection, SQL("SHOW lock_timeout"), "10s");
	setting_is(connection, SQL("SHOW transaction_isolation"), "serializable");
	return OK;
}

static void test_commits_are_synchronous_whatever_the_address_says(void **state)
{
	assert_non_null(db_test_db(state));
	db_test_close(state);
	struct db_options options = *db_test_options(state);
	char url[512];
	snprintf(url, sizeof url, "%s?options=-csynchronous_commit%%3Doff%%20-csearch_path%%3D%s",
	         getenv("COURANT_TEST_POSTGRES"), db_test_schema(state));
	options.postgres_url = str_from_c(url);
	struct db *again;
	struct db_act act = {"look", look_at_session, NULL};
	assert_int_equal(db_open_with(&options, &note_migrations, &again), OK);
	assert_int_equal(db_commit(again, &act), OK);
	DB_READ connection = NULL;
	assert_int_equal(db_read_begin(again, &connection), OK);
	setting_is(connection, SQL("SHOW statement_timeout"), "5s");
	setting_is(connection, SQL("SHOW transaction_isolation"), "repeatable read");
	setting_is(connection, SQL("SHOW transaction_read_only"), "on");
	db_read_end(&connection);
	db_close(again);
}

static void test_snapshot_that_streams_has_no_limit_of_time(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ connection = NULL;
	DB_READ next = NULL;
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_read_stream(connection), OK);
	setting_is(connection, SQL("SHOW statement_timeout"), "0");
	assert_int_equal(note_count(connection), 2);
	/* The rows that have come so far: libpq would hold both otherwise. */
	DB_ROWS rows = NULL;
	assert_int_equal(
	    db_query(connection, SQL("SELECT slug FROM note ORDER BY id"), DB_NO_ARGS, &rows), OK);
	assert_true(db_rows_next(rows));
	assert_int_equal(PQtransactionStatus(postgres_of(connection)->handle), PQTRANS_ACTIVE);
	db_rows_close(&rows);
	db_read_end(&connection);
	assert_int_equal(db_read_begin(db, &next), OK);
	setting_is(next, SQL("SHOW statement_timeout"), "5s");
}

static void test_unreachable_server_is_named_but_not_its_password(void **state)
{
	assert_non_null(db_test_db(state));
	struct proxy *proxy = proxy_new("127.0.0.1", "1");
	struct db_options options = *db_test_options(state);
	char url[128];
	proxy_refuse(proxy, true);
	snprintf(url, sizeof url, "postgres://user:secret@127.0.0.1:%d/none", proxy_port(proxy));
	options.postgres_url = str_from_c(url);
	struct db *db = NULL;
	assert_int_equal(db_open_with(&options, &note_migrations, &db), ERR_UNAVAILABLE);
	assert_int_not_equal(str_find(err_text(), S("can't be reached")), STR_NOT_FOUND);
	assert_int_equal(str_find(err_text(), S("secret")), STR_NOT_FOUND);
	options.postgres_url = S("host=127.0.0.1 password=secret");
	assert_int_equal(db_open_with(&options, &note_migrations, &db), ERR_INVALID);
	assert_int_equal(str_find(err_text(), S("secret")), STR_NOT_FOUND);
	assert_null(db);
	proxy_free(proxy);
}

static void test_database_that_is_not_utf8_is_refused(void **state)
{
	assert_non_null(db_test_db(state));
	PGconn *server = server_open();
	char statement[256];
	snprintf(statement, sizeof statement,
	         "CREATE DATABASE %s ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' "
	         "TEMPLATE template0",
	         db_test_schema(state));
	PGresult *made = PQexec(server, statement);
	assert_int_equal(PQresultStatus(made), PGRES_COMMAND_OK);
	PQclear(made);
	char url[512];
	snprintf(url, sizeof url, "postgres://%s@%s:%s/%s", PQuser(server), PQhost(server),
	         PQport(server), db_test_schema(state));
	struct db_options options = *db_test_options(state);
	options.postgres_url = str_from_c(url);
	struct db *db = NULL;
	assert_int_equal(db_open_with(&options, &note_migrations, &db), ERR_INVALID);
	assert_int_not_equal(str_find(err_text(), S("UTF8")), STR_NOT_FOUND);
	snprintf(statement, sizeof statement, "DROP DATABASE %s", db_test_schema(state));
	PQclear(PQexec(server, statement));
	PQfinish(server);
}

/* ---- keys of acts ---- */

static Err nothing(struct db_connection *connection, void *context)
{
	(void)connection;
	(void)context;
	return OK;
}

static Err old_key_insert(struct db_connection *connection, void *context)
{
	(void)context;
	return db_run(connection, SQL("INSERT INTO db_act_key (key, at_ms) VALUES ('old', 0)"),
	              DB_NO_ARGS, NULL);
}

/* By chance, one act in 1,024: that 30,000 would not is as good as impossible (e^-29). */
static void test_old_keys_of_acts_are_deleted(void **state)
{
	struct db *db = db_test_db(state);
	struct db_act insert = {"old_key", old_key_insert, NULL};
	struct db_act act = {"nothing", nothing, NULL};
	assert_int_equal(db_commit(db, &insert), OK);
	int64_t old = 1;
	for (int i = 0; i < 30000 && old == 1; i++) {
		assert_int_equal(db_commit(db, &act), OK);
		DB_READ connection = NULL;
		if (i % 16 != 0)
			continue;
		assert_int_equal(db_read_begin(db, &connection), OK);
		assert_int_equal(db_query_int(connection,
		                              SQL("SELECT COUNT(*) FROM db_act_key WHERE key = 'old'"),
		                              DB_NO_ARGS, &old),
		                 OK);
	}
	assert_int_equal(old, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_POSTGRES(test_commit_that_never_arrived_is_done_again, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_commit_whose_answer_was_lost_is_not_done_again, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_commit_under_way_is_waited_for, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_act_is_not_promised_when_the_server_stays_away, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_backend_terminated_before_commit_is_replaced, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_idle_connections_that_broke_are_replaced, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_snapshot_that_broke_says_so_and_is_replaced, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_database_can_not_be_written_to_while_the_server_is_away,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(
	        test_database_can_not_be_written_to_from_a_failed_act_until_one_would_succeed,
	        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_commits_are_synchronous_whatever_the_address_says,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_snapshot_that_streams_has_no_limit_of_time, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_unreachable_server_is_named_but_not_its_password,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_database_that_is_not_utf8_is_refused, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_old_keys_of_acts_are_deleted, &note_migrations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
