/* How the databases find things: no search may read the whole table, or sort what an index has in
 * order. With fresh statistics and with none, and however PostgreSQL plans a prepared statement. */
#include "db/db_test_support.h"
#include "search/search_test_support.h"

#define DOCUMENTS 10000 /* of fewer, reading all would be right */

static struct arena mem;

static Err fill(struct db_connection *connection, void *state)
{
	static const char *const languages[] = {"en", "ar", "ckb"};
	(void)state;
	for (int64_t id = 1; id <= DOCUMENTS; id++) {
		struct search_entry entry;
		Str text;
		TRY(arena_format(&mem, &text, "the river %d and the rain of %d and %d", (int)(id % 7),
		                 (int)(id % 500), (int)(id % 30)));
		struct search_document document = {.story_id = id,
		                                   .published = id * DAY_MS,
		                                   .language = str_from_c(languages[id % 3]),
		                                   .section_id = 1 + id % 9,
		                                   .headline = S("The rain"),
		                                   .text = text};
		TRY(search_prepare(&document, &mem, &entry));
		TRY(search_put(connection, &entry));
	}
	return OK;
}

static Err analyze(struct db_connection *connection, void *state)
{
	(void)state;
	return db_run(connection, SQL("ANALYZE search_document"), DB_NO_ARGS, NULL);
}

/* The last column has the words. */
static const char *plan_of(struct db_connection *connection, Sql sql, const struct db_value *values,
                           size_t count)
{
	DB_ROWS rows = NULL;
	struct buf text;
	buf_init(&text, 65536);
	int column = db_connection_is_postgres(connection) ? 0 : 3;
	assert_int_equal(db_query(connection, sql, values, count, &rows), OK);
	while (db_rows_next(rows))
		buf_format(&text, "%.*s\n", STR(db_rows_text(rows, column)));
	assert_int_equal(db_rows_check(rows), OK);
	return test_c_string(&mem, &text);
}

static void assert_plan(const char *plan, const char *has, const char *has_not)
{
	bool is_right = strstr(plan, has) != NULL && strstr(plan, has_not) == NULL;
	if (!is_right)
		print_error("expected %s and no %s in:\n%s", has, has_not, plan);
	assert_true(is_right);
}

static struct index_query index_query_of(struct db_connection *connection, const char *text)
{
	struct search_query query = test_query(&mem, str_from_c(text));
	struct index_query index = {
	    .language = S("en"), .from = -INT64_C(1000000), .below = INT64_C(1) << 60};
	query.language = index.language;
	query.section_id = 2;
	assert_int_equal(
	    index_expression(&query, db_connection_is_postgres(connection), &mem, &index.expression),
	    OK);
	return index;
}

static const char *const questions[] = {"rain", "the river of rain", "\"of the\"", "rain -the"};

static void assert_reads(struct db_connection *connection, Sql sql, const char *has,
                         const char *has_not)
{
	const int64_t places[] = {7, -5, INT64_MIN};
	struct db_value list;
	assert_int_equal(db_list(connection, places, 3, &mem, &list), OK);
	assert_plan(plan_of(connection, sql, DB_ARGS(list)), has, has_not);
}

static void test_sqlite_finds_by_the_index_in_its_order(void **state)
{
	struct db *db = db_test_db(state);
	DB_READ connection = NULL;
	assert_int_equal(db_commit(db, &(struct db_act){"fill", fill, NULL}), OK);
	assert_int_equal(db_read_begin(db, &connection), OK);
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		struct index_query query = index_query_of(connection, questions[i]);
		const char *plan = plan_of(connection, SQL("EXPLAIN QUERY PLAN " SQL_FIND_SQLITE),
		                           DB_ARGS(db_text(query.expression), db_int(query.below),
		                                   db_int(query.from), db_int(21)));
		/* By the words and between two places, in their order and backwards. */
		assert_plan(plan, "SCAN search_term VIRTUAL TABLE INDEX 192:M1<>", "B-TREE");
		assert_plan(plan, "SCAN search_term", "search_document");
	}
	assert_reads(connection, SQL("EXPLAIN QUERY PLAN " SQL_TOKENS SQL_IN_SQLITE(1)),
	             "SEARCH search_document USING INTEGER PRIMARY KEY", "SCAN search");
	assert_reads(connection, SQL("EXPLAIN QUERY PLAN " SQL_OPENINGS SQL_IN_SQLITE(1)),
	             "SEARCH search_opening USING INTEGER PRIMARY KEY", "SCAN search");
	assert_reads(connection, SQL("EXPLAIN QUERY PLAN " SQL_STORIES SQL_IN_SQLITE(1)),
	             "SEARCH search_document USING INTEGER PRIMARY KEY", "SCAN search");
}

/* The language's own index, or the places' where most documents are in that language. */
#define WALKS "Index Scan Backward using search_document_"

static void assert_postgres_plans(struct db *db, Sql mode)
{
	DB_READ connection = NULL;
	DB_ROWS rows = NULL;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query(connection, mode, DB_NO_ARGS, &rows), OK);
	db_rows_close(&rows);
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		struct index_query query = index_query_of(connection, questions[i]);
		assert_plan(plan_of(connection, SQL("EXPLAIN " SQL_WALK_POSTGRES),
		                    DB_ARGS(db_text(query.expression), db_text(query.language),
		                            db_int(query.below), db_int(query.from), db_int(448))),
		            WALKS, "Sort");
		assert_plan(plan_of(connection, SQL("EXPLAIN " SQL_FIND_POSTGRES),
		                    DB_ARGS(db_text(query.expression), db_int(query.below),
		                            db_int(query.from), db_int(21))),
		            "Bitmap Index Scan on search_document_terms", "Seq Scan");
	}
	assert_reads(connection, SQL("EXPLAIN " SQL_TOKENS SQL_IN_POSTGRES(1)), "search_document_pkey",
	             "Seq Scan");
	assert_reads(connection, SQL("EXPLAIN " SQL_OPENINGS SQL_IN_POSTGRES(1)), "search_opening_pkey",
	             "Seq Scan");
	assert_reads(connection, SQL("EXPLAIN " SQL_STORIES SQL_IN_POSTGRES(1)), "search_document_pkey",
	             "Seq Scan");
}

static void test_postgres_walks_and_finds_by_its_indexes(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(db_commit(db, &(struct db_act){"fill", fill, NULL}), OK);
	for (int has_statistics = 0; has_statistics < 2; has_statistics++) {
		assert_postgres_plans(
		    db, SQL("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"));
		assert_postgres_plans(
		    db, SQL("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"));
		assert_int_equal(db_commit(db, &(struct db_act){"analyze", analyze, NULL}), OK);
	}
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)1024 * 1024 * 1024);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_ON_SQLITE(test_sqlite_finds_by_the_index_in_its_order, NULL),
	    DB_TEST_ON_POSTGRES(test_postgres_walks_and_finds_by_its_indexes, NULL),
	};
	return cmocka_run_group_tests_name("search_plan", tests, setup, teardown);
}
