/* Several processes over one database, here several struct db: what one tells the others, how long
 * it waits for them, and what each knows of the worth of what it keeps. */
#include <pthread.h>
#include <stdlib.h>

#include "db/postgres_test_support.h"

/* ---- one that keeps pages ---- */

struct listener {
	pthread_mutex_t lock;
	char heard[256]; /* all words, each with a space after it */
	int forgot;
};

static void listener_hear(Str words, void *context)
{
	struct listener *listener = context;
	pthread_mutex_lock(&listener->lock);
	size_t length = strlen(listener->heard);
	snprintf(listener->heard + length, sizeof listener->heard - length, "%.*s ", STR(words));
	pthread_mutex_unlock(&listener->lock);
}

static void listener_forget(void *context)
{
	struct listener *listener = context;
	pthread_mutex_lock(&listener->lock);
	listener->forgot++;
	pthread_mutex_unlock(&listener->lock);
}

static int forgot(struct listener *listener)
{
	pthread_mutex_lock(&listener->lock);
	int count = listener->forgot;
	pthread_mutex_unlock(&listener->lock);
	return count;
}

static void heard_is(struct listener *listener, const char *words)
{
	pthread_mutex_lock(&listener->lock);
	assert_string_equal(listener->heard, words);
	pthread_mutex_unlock(&listener->lock);
}

static bool is_confirmed(struct db *db)
{
	return db_standing(db) == DB_CONFIRMED;
}

static bool is_cut_off(struct db *db)
{
	return db_standing(db) == DB_CUT_OFF;
}

static void join(struct db *db, struct listener *listener)
{
	*listener = (struct listener){.lock = PTHREAD_MUTEX_INITIALIZER};
	db_join(db, &(struct db_node){listener_hear, listener_forget, listener});
	await_db(is_confirmed, db);
}

static struct db *open_beside(void **state)
{
	struct db *other;
	assert_int_equal(db_open_with(db_test_options(state), &note_migrations, &other), OK);
	return other;
}

/* ---- one that acts ---- */

static void words_say(const void *what, struct buf *out)
{
	buf_add(out, str_from_c(what));
}

/* How long the others were waited for, in milliseconds. */
static int64_t tell(struct db *db, const char *words, Err end)
{
	struct note note = {.text = db_text(str_from_c(words)),
	                    .number = db_int(end == OK ? 0 : 100000)};
	struct db_act act = {"tell", note_insert, &note};
	struct db_telling telling = {.words = words_say, .what = words};
	assert_int_equal(db_commit_told(db, &act, false, &telling), end);
	int64_t before_ms = monotonic_ms();
	db_confirm(db, &telling);
	return monotonic_ms() - before_ms;
}

static void test_act_is_heard_by_others_before_it_is_confirmed(void **state)
{
	struct db *db = db_test_db(state);
	struct db *others[] = {open_beside(state), open_beside(state)};
	struct listener own;
	struct listener listeners[2];
	join(db, &own);
	join(others[0], &listeners[0]);
	join(others[1], &listeners[1]);
	tell(db, "it's", OK);
	heard_is(&listeners[0], "it's ");
	heard_is(&listeners[1], "it's ");
	tell(db, "refused", ERR_INVALID);
	tell(db, "", OK);
	tell(others[0], "b", OK);
	heard_is(&own, "b ");
	heard_is(&listeners[0], "it's ");
	heard_is(&listeners[1], "it's b ");
	db_leave(others[1]);
	tell(db, "c", OK);
	heard_is(&listeners[0], "it's c ");
	heard_is(&listeners[1], "it's b ");
	assert_int_equal(forgot(&own) + forgot(&listeners[0]) + forgot(&listeners[1]), 0);
	db_close(others[0]);
	db_close(others[1]);
	db_leave(db);
}

static void test_act_whose_commit_broke_is_told_once(void **state)
{
	struct far far;
	struct listener listener;
	far_open(&far, state);
	struct db *other = open_beside(state);
	join(other, &listener);
	proxy_cut_next(far.proxy, CUT_AFTER_COMMIT, 1);
	tell(far.db, "a", OK);
	proxy_cut_next(far.proxy, CUT_BEFORE_COMMIT, 1);
	tell(far.db, "b", OK);
	assert_int_equal(proxy_cuts(far.proxy), 2);
	heard_is(&listener, "a b ");
	db_leave(other);
	db_close(other);
	far_close(&far);
}

/* A node that nobody is behind: its session is the test's own. */
static PGconn *silent_node_open(const char *schema)
{
	PGconn *server = server_open();
	PQclear(PQexec(server, "SELECT pg_advisory_lock(42)"));
	server_run("INSERT INTO @.db_node (id) VALUES (42)", schema);
	return server;
}

static bool knows_of_two(struct db *db)
{
	return postgres_count_nodes(db) == 2;
}

static bool knows_of_itself_alone(struct db *db)
{
	return postgres_count_nodes(db) == 1;
}

static void test_node_that_does_not_answer_is_waited_for_once(void **state)
{
	struct db *db = db_test_db(state);
	struct listener listener;
	join(db, &listener);
	tell(db, "alone", OK);
	PGconn *silent = silent_node_open(db_test_schema(state));
	await_db(knows_of_two, db);
	assert_true(tell(db, "a", OK) >= DB_CONFIRM_MS - 1);
	assert_true(tell(db, "b", OK) < DB_CONFIRM_MS);
	assert_int_equal(count_read(&db->confirms[DB_CONFIRM_LATE]), 1);
	assert_int_equal(postgres_count_nodes(db), 2);
	PQfinish(silent);
	await_db(knows_of_itself_alone, db);
	db_leave(db);
}

/* ---- what is kept ---- */

static void test_first_node_trusts_what_it_keeps_at_once_and_a_second_one_later(void **state)
{
	struct db *db = db_test_db(state);
	struct db *other = open_beside(state);
	struct listener listeners[2];
	assert_int_equal(db_standing(db), DB_UNCONFIRMED);
	listeners[0] = listeners[1] = (struct listener){.lock = PTHREAD_MUTEX_INITIALIZER};
	db_join(db, &(struct db_node){listener_hear, listener_forget, &listeners[0]});
	await_db(is_confirmed, db);
	int64_t before_ms = monotonic_ms();
	db_join(other, &(struct db_node){listener_hear, listener_forget, &listeners[1]});
	await_db(is_confirmed, other);
	assert_true(monotonic_ms() - before_ms >= INT64_C(2) * POSTGRES_TRUST_MS);
	db_leave(other);
	assert_int_equal(db_standing(other), DB_UNCONFIRMED);
	db_leave(db);
	db_close(other);
}

static void test_node_whose_connection_broke_forgets_and_trusts_again(void **state)
{
	struct db *db = db_test_db(state);
	struct listener listener;
	join(db, &listener);
	terminate(db_test_schema(state), "idle");
	int64_t deadline_ms = monotonic_ms() + 20 * SECOND_MS;
	while (forgot(&listener) == 0)
		assert_true(monotonic_ms() < deadline_ms);
	await_db(is_confirmed, db);
	db_leave(db);
}

static void test_node_that_is_cut_off_knows_it_and_forgets_when_it_is_back(void **state)
{
	struct far far;
	struct listener listener;
	DB_READ connection = NULL;
	far_open(&far, state);
	join(far.db, &listener);
	proxy_refuse(far.proxy, true);
	terminate(far.schema, "idle");
	await_db(is_cut_off, far.db);
	assert_int_equal(db_standing_wait(far.db), DB_CUT_OFF);
	assert_int_equal(db_read_begin(far.db, &connection), ERR_UNAVAILABLE);
	assert_int_equal(forgot(&listener), 0);
	proxy_refuse(far.proxy, false);
	await_db(is_confirmed, far.db);
	assert_true(forgot(&listener) > 0);
	db_leave(far.db);
	far_close(&far);
}

/* As a server that has as many connections as it takes: it refuses the keeper's, and reads on. */
static void test_node_that_can_read_is_not_cut_off(void **state)
{
	struct far far;
	struct listener listener;
	DB_READ connection = NULL;
	DB_READ another = NULL;
	far_open(&far, state);
	join(far.db, &listener);
	/* Two, so that one is left for whoever reads while the keeper tries the other. */
	assert_int_equal(db_read_begin(far.db, &connection), OK);
	assert_int_equal(db_read_begin(far.db, &another), OK);
	db_read_end(&connection);
	db_read_end(&another);
	proxy_refuse(far.proxy, true);
	server_run("DO $$ BEGIN PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
	           "WHERE application_name = '@' AND pid IN (SELECT pid FROM pg_locks WHERE "
	           "locktype = 'advisory'); END $$",
	           far.schema);
	int64_t until_ms = monotonic_ms() + SECOND_MS;
	while (monotonic_ms() < until_ms)
		assert_int_not_equal(db_standing_wait(far.db), DB_CUT_OFF);
	assert_int_equal(note_count_now(far.db), 0);
	db_leave(far.db);
	far_close(&far);
}

static void test_who_is_cut_off_for_a_day_has_nothing_to_show(void **state)
{
	struct db *db = db_test_db(state);
	struct postgres_keeper *keeper = &((struct postgres_db *)db)->keeper;
	atomic_store(&keeper->cut_off_ms, monotonic_ms() - DAY_MS + MINUTE_MS);
	assert_int_equal(db_standing(db), DB_CUT_OFF);
	atomic_store(&keeper->cut_off_ms, monotonic_ms() - DAY_MS);
	assert_int_equal(db_standing(db), DB_UNCONFIRMED);
	atomic_store(&keeper->cut_off_ms, 0);
}

/* ---- changing the tables ---- */

static struct db_migrations with_one_more(struct embedded_file *files)
{
	memcpy(files, note_migrations.files, note_migrations.count * sizeof *files);
	files[note_migrations.count] =
	    (struct embedded_file)MIGRATION("0003_test_more.sql", "CREATE TABLE more (id BIGINT);");
	return (struct db_migrations){files, note_migrations.count + 1};
}

static void test_tables_are_changed_by_who_is_alone(void **state)
{
	struct embedded_file files[8];
	struct db *db = db_test_db(state);
	struct db *newer = NULL;
	struct db_migrations more = with_one_more(files);
	assert_int_equal(db_open_with(db_test_options(state), &more, &newer), ERR_CONFLICT);
	assert_int_not_equal(str_find(err_text(), S("stop all of them")), STR_NOT_FOUND);
	assert_int_equal(note_add_slug(db, "a"), OK);
	db_test_close(state);
	assert_int_equal(db_open_with(db_test_options(state), &more, &newer), OK);
	assert_int_equal(note_count_now(newer), 1);
	struct db *older = NULL;
	assert_int_equal(db_open_with(db_test_options(state), &note_migrations, &older), ERR_CONFLICT);
	assert_int_not_equal(str_find(err_text(), S("newer Courant")), STR_NOT_FOUND);
	db_close(newer);
}

static bool is_refused(struct db *db)
{
	struct note note = {.number = db_int(0)};
	return note_add(db, &note) == ERR_UNAVAILABLE &&
	       str_find(err_text(), S("has the database")) != STR_NOT_FOUND;
}

static bool is_stored(struct db *db)
{
	struct note note = {.number = db_int(0)};
	return note_add(db, &note) == OK;
}

static void test_writing_stops_while_another_has_the_database_to_itself(void **state)
{
	struct far far;
	far_open(&far, state);
	proxy_refuse(far.proxy, true);
	terminate(far.schema, "idle");
	char statement[128];
	PGconn *other = server_open();
	snprintf(statement, sizeof statement, "SELECT pg_advisory_lock(1668248947, hashtext('%s'))",
	         far.schema);
	PQclear(PQexec(other, statement));
	proxy_refuse(far.proxy, false);
	await_db(is_refused, far.db);
	PQfinish(other);
	await_db(is_stored, far.db);
	far_close(&far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_POSTGRES(test_act_is_heard_by_others_before_it_is_confirmed, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_act_whose_commit_broke_is_told_once, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_node_that_does_not_answer_is_waited_for_once, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_first_node_trusts_what_it_keeps_at_once_and_a_second_one_later,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_node_whose_connection_broke_forgets_and_trusts_again,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_node_that_is_cut_off_knows_it_and_forgets_when_it_is_back,
	                        &note_migrations),
	    DB_TEST_ON_POSTGRES(test_node_that_can_read_is_not_cut_off, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_who_is_cut_off_for_a_day_has_nothing_to_show, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_tables_are_changed_by_who_is_alone, &note_migrations),
	    DB_TEST_ON_POSTGRES(test_writing_stops_while_another_has_the_database_to_itself,
	                        &note_migrations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
