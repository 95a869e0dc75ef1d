/* For store tests alone: every test on a fresh SQLite file, and again on PostgreSQL in a schema of
 * its own when COURANT_TEST_POSTGRES names a server (postgres://…); else that half is skipped. */
#ifndef DB_DB_TEST_SUPPORT_H
#define DB_DB_TEST_SUPPORT_H

#include "base/test.h"
#include "db/db_private.h"

/* Entries in a list of cmocka tests: `test` on both databases, with the program's own migrations,
 * or with `migrations` (struct db_migrations); or on one of them. */
#define DB_TEST(test) DB_TEST_WITH(test, NULL)
#define DB_TEST_WITH(test, migrations)                                                             \
	DB_TEST_ON_SQLITE(test, migrations), DB_TEST_ON_POSTGRES(test, migrations)
#define DB_TEST_ON_SQLITE(test, migrations)                                                        \
	{                                                                                              \
#test " (SQLite)", test, db_test_setup_sqlite, db_test_teardown, migrations                \
	}
#define DB_TEST_ON_POSTGRES(test, migrations)                                                      \
	{                                                                                              \
#test " (PostgreSQL)", test, db_test_setup_postgres, db_test_teardown, migrations          \
	}

/* The test's database; skips the test when it has none. Closed after the test. */
struct db *db_test_db(void **state);
/* Its options, for a test that opens the same database again: it must be closed first
 * (db_test_close). */
const struct db_options *db_test_options(void **state);
void db_test_close(void **state);
/* On PostgreSQL: the test's schema, after which its connections are named too
 * (pg_stat_activity.application_name). */
const char *db_test_schema(void **state);
/* A folder of the test's own, without "/" at its end; removed after the test with its files. */
const char *db_test_folder(void **state);

/* Calls `run(context, 0)` and `run(context, 1)` on two threads at the same moment, and waits for
 * both: every act must hold when it is done twice at once. */
void db_test_twice_at_once(void (*run)(void *context, int which), void *context);

/* What a statement has cost on this connection since it was last asked. Only SQLite counts it. */
struct db_test_cost {
	const char *literal; /* the statement, by address */
	int steps;           /* of the virtual machine */
	int scans;           /* rows that were walked past without an index */
	int sorts;
};
/* Fills at most `max`, leaves out what did not run, and begins to count anew; answers how many. */
size_t db_test_costs_take(struct db_connection *connection, struct db_test_cost *out, size_t max);

int db_test_setup_sqlite(void **state);
int db_test_setup_postgres(void **state);
int db_test_teardown(void **state);

/* A folder of the kind, for tests with a setup of their own. The name is freed by the removal. */
char *db_test_folder_make(void);
void db_test_folder_remove(char *folder);

#endif
