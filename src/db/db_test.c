#include <stdlib.h>

#include "db/note_test_support.h"

static void test_values_come_back_as_they_went_in(void **state)
{
	struct db *db = db_test_db(state);
	static const char *const texts[] = {
	    "",
	    "plain",
	    "it's \"quoted\" \\ $1 %s",
	    "line\nline\r\n\ttab",
	    "\xD8\xB4\xD9\x81\xD9\x82 \xF0\x9F\x93\xB0 \xC2\xA0",
	    "'; DROP TABLE note; --",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct note note = {.text = db_text(str_from_c(texts[i])), .number = db_int(-7)};
		assert_int_equal(note_add(db, &note), OK);
		DB_READ connection = NULL;
		DB_ROWS rows = NULL;
		assert_int_equal(db_read_begin(db, &connection), OK);
		assert_int_equal(db_query(connection,
		                          SQL("SELECT text, number, slug FROM note WHERE id = $1"),
		                          DB_ARGS(db_int(note.id)), &rows),
		                 OK);
		assert_true(db_rows_next(rows));
		assert_true(str_equal(db_rows_text(rows, 0), str_from_c(texts[i])));
		assert_false(db_rows_is_null(rows, 0));
		assert_int_equal(db_rows_int(rows, 1), -7);
		assert_true(db_rows_is_null(rows, 2));
		assert_true(str_is_empty(db_rows_text(rows, 2)));
		assert_int_equal(db_rows_int(rows, 2), 0);
		assert_false(db_rows_next(rows));
		assert_int_equal(db_rows_check(rows), OK);
	}
}

static void test_numbers_keep_all_64_bits(void **state)
{
	struct db *db = db_test_db(state);
	struct note note = {.number = db_int(INT64_MIN)};
	assert_int_equal(note_add(db, &note), OK);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query_int(connection, SQL("SELECT number FROM note"), DB_NO_ARGS, &number),
	                 OK);
	assert_true(number == INT64_MIN);
	assert_int_equal(
	    db_query_int(connection,
	                 SQL("SELECT CAST($1 AS BIGINT) UNION ALL SELECT 3 ORDER BY 1 DESC"),
	                 DB_ARGS(db_int(INT64_MAX)), &number),
	    OK);
	assert_true(number == INT64_MAX);
}

static void test_text_with_nul_or_bad_utf8_is_refused(void **state)
{
	struct db *db = db_test_db(state);
	struct note nul = {.text = db_text(S("a\0b"))};
	struct note latin = {.text = db_text(S("caf\xE9"))};
	struct note surrogate = {.text = db_text(S("\xED\xA0\x80"))};
	assert_int_equal(note_add(db, &nul), ERR_INVALID);
	assert_int_equal(note_add(db, &latin), ERR_INVALID);
	assert_int_equal(note_add(db, &surrogate), ERR_INVALID);
	assert_int_equal(note_count_now(db), 0);
}

static void test_conditions_and_order_are_the_same_everywhere(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_equal(note_add_slug(db, "B"), OK);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(
	    db_query_int(connection, SQL("SELECT EXISTS (SELECT 1 FROM note)"), DB_NO_ARGS, &number),
	    OK);
	assert_int_equal(number, 1);
	assert_int_equal(db_query_int(connection, SQL("SELECT COUNT(*) FROM note WHERE slug LIKE 'b%'"),
	                              DB_NO_ARGS, &number),
	                 OK);
	assert_int_equal(number, 1);
	/* $2 stands first: values are bound by number, not by place. */
	DB_ROWS rows = NULL;
	assert_int_equal(db_query(connection,
	                          SQL("SELECT slug FROM note WHERE slug <> $2 AND slug <> $1 "
	                              "ORDER BY slug COLLATE \"C\" LIMIT $3"),
	                          DB_ARGS(db_text(S("a")), db_text(S("none")), db_int(2)), &rows),
	                 OK);
	assert_true(db_rows_next(rows));
	assert_true(str_equal(db_rows_text(rows, 0), S("B")));
	assert_true(db_rows_next(rows));
	assert_true(str_equal(db_rows_text(rows, 0), S("b")));
	assert_false(db_rows_next(rows));
}

static void test_one_statement_is_read_inside_itself(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_equal(note_add_slug(db, "b"), OK);
	DB_READ connection = NULL;
	int seen = 0;
	assert_int_equal(db_read_begin(db, &connection), OK);
	DB_ROWS outer = NULL;
	static const Sql all = {"SELECT slug FROM note ORDER BY id"};
	assert_int_equal(db_query(connection, all, DB_NO_ARGS, &outer), OK);
	while (db_rows_next(outer)) {
		DB_ROWS inner = NULL;
		assert_int_equal(db_query(connection, all, DB_NO_ARGS, &inner), OK);
		while (db_rows_next(inner))
			seen++;
		assert_int_equal(db_rows_check(inner), OK);
	}
	assert_int_equal(db_rows_check(outer), OK);
	assert_int_equal(seen, 4);
}

static Err leaf_insert(struct db_connection *connection, void *context)
{
	const int64_t *note_id = context;
	return db_run(connection, SQL("INSERT INTO leaf (note_id) VALUES ($1)"),
	              DB_ARGS(db_int(*note_id)), NULL);
}

static void test_violated_constraints_have_their_own_codes(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "taken"), OK);
	assert_int_equal(note_add_slug(db, "taken"), ERR_CONFLICT);
	struct note large = {.number = db_int(1000)};
	assert_int_equal(note_add(db, &large), ERR_INVALID);
	int64_t nowhere = 4711;
	struct db_act act = {"leaf_add", leaf_insert, &nowhere};
	assert_int_equal(db_commit(db, &act), ERR_INVALID);
	assert_int_equal(note_count_now(db), 1);
}

static Err insert_then_refuse(struct db_connection *connection, void *context)
{
	TRY(note_insert(connection, context));
	return fail(ERR_DENIED, "the act says no");
}

static void test_refusing_act_leaves_nothing_and_its_sentence(void **state)
{
	struct db *db = db_test_db(state);
	struct note note = {.slug = db_text(S("a"))};
	struct db_act act = {"refuse", insert_then_refuse, &note};
	assert_int_equal(db_commit(db, &act), ERR_DENIED);
	assert_true(str_equal(err_text(), S("the act says no")));
	assert_int_equal(note_count_now(db), 0);
}

/* PostgreSQL can't go on after a failed statement, so no act may. */
static Err insert_and_overlook(struct db_connection *connection, void *context)
{
	struct note *note = context;
	if (note_insert(connection, note) == ERR_CONFLICT)
		note->slug = db_text(S("another"));
	Err overlooked = note_insert(connection, note);
	(void)overlooked;
	return OK;
}

static void test_act_that_overlooks_a_failed_statement_fails(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "taken"), OK);
	struct note note = {.slug = db_text(S("taken"))};
	struct db_act act = {"overlook", insert_and_overlook, &note};
	assert_int_equal(db_commit(db, &act), ERR_CONFLICT);
	assert_int_equal(note_count_now(db), 1);
}

static Err text_update(struct db_connection *connection, void *context)
{
	int64_t *changed = context;
	return db_run(connection, SQL("UPDATE note SET text = $1 WHERE slug <> $2"),
	              DB_ARGS(db_text(S("new")), db_text(S("c"))), changed);
}

static void test_run_counts_changed_rows(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "a"), OK);
	assert_int_equal(note_add_slug(db, "b"), OK);
	assert_int_equal(note_add_slug(db, "c"), OK);
	int64_t changed = -1;
	struct db_act act = {"update", text_update, &changed};
	assert_int_equal(db_commit(db, &act), OK);
	assert_int_equal(changed, 2);
}

static void test_snapshot_does_not_see_later_commits(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "before"), OK);
	DB_READ snapshot = NULL;
	assert_int_equal(db_read_begin(db, &snapshot), OK);
	assert_int_equal(note_add_slug(db, "after"), OK);
	/* The first look through it is after the commit. */
	assert_int_equal(note_count(snapshot), 1);
	assert_int_equal(note_count_now(db), 2);
	assert_int_equal(note_count(snapshot), 1);
}

static void test_snapshot_can_not_write(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ snapshot = NULL;
	int64_t id;
	assert_int_equal(db_read_begin(db, &snapshot), OK);
	assert_int_equal(db_query_int(snapshot,
	                              SQL("INSERT INTO note (slug) VALUES ('x') RETURNING id"),
	                              DB_NO_ARGS, &id),
	                 ERR_INTERNAL);
	db_read_end(&snapshot);
	assert_int_equal(note_count_now(db), 0);
	assert_true(db_can_write(db));
}

static void test_missing_row_is_not_found(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query_int(connection, SQL("SELECT id FROM note WHERE id = $1"),
	                              DB_ARGS(db_int(1)), &number),
	                 ERR_NOT_FOUND);
}

static void test_text_read_as_number_is_a_failure(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "12a"), OK);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query_int(connection, SQL("SELECT slug FROM note"), DB_NO_ARGS, &number),
	                 ERR_INTERNAL);
}

struct twice {
	struct db *db;
	Err result[2];
};

static void add_the_same(void *context, int which)
{
	struct twice *twice = context;
	twice->result[which] = note_add_slug(twice->db, "the same");
}

static void test_same_key_twice_at_once_is_kept_once(void **state)
{
	struct twice twice = {.db = db_test_db(state)};
	db_test_twice_at_once(add_the_same, &twice);
	assert_true((twice.result[0] == OK) != (twice.result[1] == OK));
	assert_int_equal(twice.result[0] == OK ? twice.result[1] : twice.result[0], ERR_CONFLICT);
	assert_int_equal(note_count_now(twice.db), 1);
}

/* Reads, then writes what follows from it: lost updates would show. */
static Err number_increase(struct db_connection *connection, void *context)
{
	(void)context;
	int64_t number;
	TRY(db_query_int(connection, SQL("SELECT number FROM note WHERE slug = 'sum'"), DB_NO_ARGS,
	                 &number));
	return db_run(connection, SQL("UPDATE note SET number = $1 WHERE slug = 'sum'"),
	              DB_ARGS(db_int(number + 1)), NULL);
}

static void increase_often(void *context, int which)
{
	struct twice *twice = context;
	struct db_act act = {"increase", number_increase, NULL};
	twice->result[which] = OK;
	for (int i = 0; i < 20 && twice->result[which] == OK; i++)
		twice->result[which] = db_commit(twice->db, &act);
}

static void test_acts_at_once_are_as_if_one_after_the_other(void **state)
{
	struct twice twice = {.db = db_test_db(state)};
	struct note sum = {.slug = db_text(S("sum")), .number = db_int(0)};
	assert_int_equal(note_add(twice.db, &sum), OK);
	db_test_twice_at_once(increase_often, &twice);
	assert_int_equal(twice.result[0], OK);
	assert_int_equal(twice.result[1], OK);
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(twice.db, &connection), OK);
	assert_int_equal(db_query_int(connection, SQL("SELECT number FROM note"), DB_NO_ARGS, &number),
	                 OK);
	assert_int_equal(number, 40);
}

static void test_what_was_committed_is_there_when_opened_again(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(note_add_slug(db, "a"), OK);
	db_test_close(state);
	struct db *again;
	assert_int_equal(db_open_with(db_test_options(state), &note_migrations, &again), OK);
	assert_int_equal(note_count_now(again), 1);
	db_close(again);
}

static void test_more_statements_than_are_kept_work(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ connection = NULL;
	assert_int_equal(db_read_begin(db, &connection), OK);
	/* Literals are told apart by address, so copies of one text are as good as many. */
	enum { COUNT = 600, ROOM = 24 };
	char *literals = calloc(COUNT, ROOM);
	assert_non_null(literals);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			char *literal = literals + (ptrdiff_t)i * ROOM;
			int64_t number = -1;
			snprintf(literal, ROOM, "SELECT %d", i);
			assert_int_equal(db_query_int(connection, (Sql){literal}, DB_NO_ARGS, &number), OK);
			assert_int_equal(number, i);
		}
	}
	db_read_end(&connection);
	free(literals);
}

/* NULL settings and a courant.conf without a line must mean the same. */
static void test_settings_are_at_first_what_their_table_says(void **state)
{
	(void)state;
	const struct setting_table *tables[] = {&db_settings_table};
	struct settings *settings;
	struct db db;
	assert_int_equal(settings_new(tables, 1, &settings), OK);
	db_init(&db, NULL, &(struct db_options){0}, &note_migrations);
	assert_memory_equal(settings_of(settings, &db_settings_table), &db.settings,
	                    sizeof db.settings);
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings_are_at_first_what_their_table_says),
	    DB_TEST_WITH(test_values_come_back_as_they_went_in, &note_migrations),
	    DB_TEST_WITH(test_numbers_keep_all_64_bits, &note_migrations),
	    DB_TEST_WITH(test_text_with_nul_or_bad_utf8_is_refused, &note_migrations),
	    DB_TEST_WITH(test_conditions_and_order_are_the_same_everywhere, &note_migrations),
	    DB_TEST_WITH(test_one_statement_is_read_inside_itself, &note_migrations),
	    DB_TEST_WITH(test_violated_constraints_have_their_own_codes, &note_migrations),
	    DB_TEST_WITH(test_refusing_act_leaves_nothing_and_its_sentence, &note_migrations),
	    DB_TEST_WITH(test_act_that_overlooks_a_failed_statement_fails, &note_migrations),
	    DB_TEST_WITH(test_run_counts_changed_rows, &note_migrations),
	    DB_TEST_WITH(test_snapshot_does_not_see_later_commits, &note_migrations),
	    DB_TEST_WITH(test_snapshot_can_not_write, &note_migrations),
	    DB_TEST_WITH(test_missing_row_is_not_found, &note_migrations),
	    DB_TEST_WITH(test_text_read_as_number_is_a_failure, &note_migrations),
	    DB_TEST_WITH(test_same_key_twice_at_once_is_kept_once, &note_migrations),
	    DB_TEST_WITH(test_acts_at_once_are_as_if_one_after_the_other, &note_migrations),
	    DB_TEST_WITH(test_what_was_committed_is_there_when_opened_again, &note_migrations),
	    DB_TEST_WITH(test_more_statements_than_are_kept_work, &note_migrations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
