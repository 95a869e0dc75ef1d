#include "db/note_test_support.h"

#include "base/random.h"

#define LIST(files)                                                                                \
	{                                                                                              \
		files, sizeof(files) / sizeof(files)[0]                                                    \
	}

static const struct embedded_file one_file[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
};
static struct db_migrations one = LIST(one_file);

static struct db_migrations none = {one_file, 0};

static const struct embedded_file three_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
    MIGRATION("0002_test_b.postgres.sql", "INSERT INTO a VALUES (200)"),
    MIGRATION("0002_test_b.sqlite.sql", "INSERT INTO a VALUES (100)"),
    MIGRATION("0003_test_c.sql", "UPDATE a SET x = x + 1; CREATE TABLE c (x BIGINT);"),
};
static struct db_migrations three = LIST(three_files);

/* Its first half is sound. */
static const struct embedded_file broken_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
    MIGRATION("0002_test_b.sql", "CREATE TABLE half (x BIGINT); INSERT INTO missing VALUES (1);"),
};
static const struct db_migrations broken = LIST(broken_files);

static const struct embedded_file repaired_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
    MIGRATION("0002_test_b.sql", "CREATE TABLE half (x BIGINT)"),
};
static const struct db_migrations repaired = LIST(repaired_files);

static const struct embedded_file ending_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x BIGINT)"),
    MIGRATION("0002_test_b.sql", "CREATE TABLE b (x BIGINT); COMMIT;"),
};
static const struct db_migrations ending = LIST(ending_files);

/* A table that others point to is made anew, which foreign keys would not let happen. */
static const struct embedded_file anew_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x INTEGER PRIMARY KEY);"
                                 "CREATE TABLE b (a_x BIGINT REFERENCES a (x));"
                                 "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)"),
    MIGRATION("0002_test_a.postgres.sql", "ALTER TABLE a ADD COLUMN y TEXT"),
    MIGRATION("0002_test_a.sqlite.sql", "CREATE TABLE a_new (x INTEGER PRIMARY KEY, y TEXT);"
                                        "INSERT INTO a_new SELECT x, NULL FROM a;"
                                        "DROP TABLE a; ALTER TABLE a_new RENAME TO a"),
};
static struct db_migrations anew = LIST(anew_files);

static const struct embedded_file dangling_files[] = {
    MIGRATION("0001_test_a.sql", "CREATE TABLE a (x INTEGER PRIMARY KEY);"
                                 "CREATE TABLE b (a_x BIGINT REFERENCES a (x));"
                                 "INSERT INTO b VALUES (1)"),
};
static const struct db_migrations dangling = LIST(dangling_files);

static int64_t number_of(struct db *db, Sql sql)
{
	DB_READ connection = NULL;
	int64_t number;
	assert_int_equal(db_read_begin(db, &connection), OK);
	assert_int_equal(db_query_int(connection, sql, DB_NO_ARGS, &number), OK);
	return number;
}

static void opening_says(void **state, const struct db_migrations *list, Err code,
                         const char *words)
{
	struct db *db = NULL;
	assert_int_equal(db_open_with(db_test_options(state), list, &db), code);
	assert_null(db);
	if (str_find(err_text(), str_from_c(words)) == STR_NOT_FOUND)
		print_error("%.*s\n", STR(err_text()));
	assert_int_not_equal(str_find(err_text(), str_from_c(words)), STR_NOT_FOUND);
}

static void test_migrations_run_in_order_and_once(void **state)
{
	struct db *db = db_test_db(state);
	int64_t expected = db_is_postgres(db) ? 201 : 101;
	assert_int_equal(number_of(db, SQL("SELECT x FROM a")), expected);
	assert_int_equal(number_of(db, SQL("SELECT SUM(number) FROM db_migration")), 6);
	db_test_close(state);
	struct db *again;
	assert_int_equal(db_open_with(db_test_options(state), &three, &again), OK);
	assert_int_equal(number_of(again, SQL("SELECT x FROM a")), expected);
	db_close(again);
}

static void test_pending_migrations_run_on_an_older_database(void **state)
{
	db_test_db(state);
	db_test_close(state);
	struct db *db;
	assert_int_equal(db_open_with(db_test_options(state), &three, &db), OK);
	assert_int_equal(number_of(db, SQL("SELECT x FROM a")), db_is_postgres(db) ? 201 : 101);
	db_close(db);
}

static void test_migration_stopped_halfway_leaves_nothing_and_runs_again(void **state)
{
	db_test_db(state);
	db_test_close(state);
	opening_says(state, &broken, ERR_INTERNAL, "0002_test_b.sql failed");
	opening_says(state, &broken, ERR_INTERNAL, "0002_test_b.sql failed");
	struct db *db;
	assert_int_equal(db_open_with(db_test_options(state), &repaired, &db), OK);
	assert_int_equal(number_of(db, SQL("SELECT COUNT(*) FROM half")), 0);
	assert_int_equal(number_of(db, SQL("SELECT COUNT(*) FROM db_migration")), 2);
	db_close(db);
}

static void test_schema_of_a_newer_program_is_refused(void **state)
{
	db_test_db(state);
	db_test_close(state);
	opening_says(state, &one, ERR_CONFLICT, "made by a newer Courant");
	opening_says(state, &one, ERR_CONFLICT, "0002_test_b");
	struct db *db;
	assert_int_equal(db_open_with(db_test_options(state), &three, &db), OK);
	db_close(db);
}

static void test_changed_migration_is_refused(void **state)
{
	db_test_db(state);
	db_test_close(state);
	struct embedded_file changed_file = one_file[0];
	changed_file.hash = "of another text";
	struct db_migrations changed = {&changed_file, 1};
	opening_says(state, &changed, ERR_CONFLICT, "0001_test_a.sql is not the one of this program");
}

static void test_migration_must_not_end_its_transaction(void **state)
{
	db_test_db(state);
	db_test_close(state);
	opening_says(state, &ending, ERR_INTERNAL, "ended the transaction");
}

static void test_table_that_others_point_to_can_be_made_anew(void **state)
{
	struct db *db = db_test_db(state);
	assert_int_equal(number_of(db, SQL("SELECT COUNT(*) FROM a WHERE y IS NULL")), 1);
	assert_int_equal(number_of(db, SQL("SELECT a_x FROM b")), 1);
}

static void test_migration_can_not_leave_rows_that_point_nowhere(void **state)
{
	db_test_db(state);
	db_test_close(state);
	opening_says(state, &dangling, ERR_INTERNAL, "point nowhere");
}

struct openings {
	const struct db_options *options;
	struct db *db[2];
	Err result[2];
};

static void open_one(void *context, int which)
{
	struct openings *openings = context;
	openings->result[which] = db_open_with(openings->options, &three, &openings->db[which]);
}

static void test_two_that_start_at_once_migrate_once(void **state)
{
	struct db *db = db_test_db(state);
	assert_true(db_is_postgres(db));
	db_test_close(state);
	struct openings openings = {.options = db_test_options(state)};
	db_test_twice_at_once(open_one, &openings);
	int first = openings.result[0] == OK ? 0 : 1;
	assert_int_equal(openings.result[first], OK);
	/* Whoever comes while the tables are changed is refused; a moment later there are two servers.
	 */
	if (openings.result[!first] == OK)
		db_close(openings.db[!first]);
	else
		assert_int_equal(openings.result[!first], ERR_CONFLICT);
	assert_int_equal(number_of(openings.db[first], SQL("SELECT x FROM a")), 201);
	assert_int_equal(number_of(openings.db[first], SQL("SELECT COUNT(*) FROM db_migration")), 3);
	db_close(openings.db[first]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST_WITH(test_migrations_run_in_order_and_once, &three),
	    DB_TEST_WITH(test_pending_migrations_run_on_an_older_database, &one),
	    DB_TEST_WITH(test_migration_stopped_halfway_leaves_nothing_and_runs_again, &one),
	    DB_TEST_WITH(test_schema_of_a_newer_program_is_refused, &three),
	    DB_TEST_WITH(test_changed_migration_is_refused, &one),
	    DB_TEST_WITH(test_migration_must_not_end_its_transaction, &one),
	    DB_TEST_WITH(test_table_that_others_point_to_can_be_made_anew, &anew),
	    DB_TEST_ON_SQLITE(test_migration_can_not_leave_rows_that_point_nowhere, &none),
	    DB_TEST_ON_POSTGRES(test_two_that_start_at_once_migrate_once, &none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
