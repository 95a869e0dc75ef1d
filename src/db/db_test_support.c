#include "db/db_test_support.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/random.h"
#include "db/sqlite_private.h"

struct db_test {
	struct db *db; /* NULL: skipped, or closed by the test */
	bool is_skipped;
	char *folder;
	char *sqlite_path;
	char *postgres_url;
	char *schema;
	struct db_options options;
};

static struct db_test *test_of(void **state)
{
	return *state;
}

char *db_test_folder_make(void)
{
	const char *parent = getenv("TMPDIR");
	char *folder;
	assert_true(asprintf(&folder, "%s/courant-db-XXXXXX", parent == NULL ? "/tmp" : parent) > 0);
	assert_non_null(mkdtemp(folder));
	return folder;
}

void db_test_folder_remove(char *folder)
{
	DIR *entries = opendir(folder);
	assert_non_null(entries);
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
		unlinkat(dirfd(entries), entry->d_name, 0);
	closedir(entries);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

static struct db_test *test_new(void)
{
	assert_true(random_start());
	struct db_test *test = calloc(1, sizeof *test);
	assert_non_null(test);
	test->folder = db_test_folder_make();
	assert_true(asprintf(&test->sqlite_path, "%s/courant.db", test->folder) > 0);
	test->options = (struct db_options){.create = true, .clock = &clock_system};
	return test;
}

static int test_open(struct db_test *test, void **state)
{
	const struct db_migrations *migrations = *state;
	*state = test;
	Err err = migrations == NULL ? db_open(&test->options, &test->db)
	                             : db_open_with(&test->options, migrations, &test->db);
	if (err != OK)
		print_error("the database can't be opened: %.*s\n", STR(err_text()));
	return err == OK ? 0 : -1;
}

int db_test_setup_sqlite(void **state)
{
	struct db_test *test = test_new();
	test->options.sqlite_path = str_from_c(test->sqlite_path);
	return test_open(test, state);
}

/* On the server itself, outside the test's schema. */
static void server_run(const char *format, const char *name)
{
	char statement[128];
	snprintf(statement, sizeof statement, "%s%s", format, name);
	PGconn *server = PQconnectdb(getenv("COURANT_TEST_POSTGRES"));
	assert_int_equal(PQstatus(server), CONNECTION_OK);
	PGresult *result = PQexec(server, "SET client_min_messages = warning");
	PQclear(result);
	result = PQexec(server, statement);
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	PQfinish(server);
}

int db_test_setup_postgres(void **state)
{
	struct db_test *test = test_new();
	const char *server = getenv("COURANT_TEST_POSTGRES");
	if (server == NULL || *server == 0) {
		test->is_skipped = true;
		*state = test;
		return 0;
	}
	uint64_t number;
	random_bytes(&number, sizeof number);
	assert_true(asprintf(&test->schema, "test_%016llx", (unsigned long long)number) > 0);
	server_run("CREATE SCHEMA ", test->schema);
	assert_true(asprintf(&test->postgres_url, "%s%coptions=-csearch_path%%3D%s&application_name=%s",
	                     server, strchr(server, '?') == NULL ? '?' : '&', test->schema,
	                     test->schema) > 0);
	test->options.postgres_url = str_from_c(test->postgres_url);
	return test_open(test, state);
}

int db_test_teardown(void **state)
{
	struct db_test *test = test_of(state);
	db_close(test->db);
	if (test->schema != NULL) {
		char words[96];
		snprintf(words, sizeof words, "%s CASCADE", test->schema);
		server_run("DROP SCHEMA ", words);
	}
	db_test_folder_remove(test->folder);
	free(test->sqlite_path);
	free(test->postgres_url);
	free(test->schema);
	free(test);
	return 0;
}

struct db *db_test_db(void **state)
{
	if (test_of(state)->is_skipped)
		skip();
	return test_of(state)->db;
}

const struct db_options *db_test_options(void **state)
{
	return &test_of(state)->options;
}

void db_test_close(void **state)
{
	db_close(test_of(state)->db);
	test_of(state)->db = NULL;
}

const char *db_test_schema(void **state)
{
	return test_of(state)->schema;
}

const char *db_test_folder(void **state)
{
	return test_of(state)->folder;
}

size_t db_test_costs_take(struct db_connection *connection, struct db_test_cost *out, size_t max)
{
	assert_ptr_equal(connection->driver, &sqlite_driver);
	struct sqlite_connection *sqlite = sqlite_of(connection);
	size_t count = 0;
	for (size_t i = 0; i < sqlite->statement_count; i++) {
		sqlite3_stmt *handle = sqlite->statements[i].handle;
		struct db_test_cost cost = {
		    .literal = sqlite->statements[i].literal,
		    .steps = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1),
		    .scans = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1),
		    .sorts = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_SORT, 1),
		};
		if (cost.steps == 0)
			continue;
		assert_true(count < max);
		out[count++] = cost;
	}
	return count;
}

struct pair {
	void (*run)(void *context, int which);
	void *context;
	pthread_barrier_t both;
};

static void *second_main(void *context)
{
	struct pair *pair = context;
	pthread_barrier_wait(&pair->both);
	pair->run(pair->context, 1);
	return NULL;
}

void db_test_twice_at_once(void (*run)(void *context, int which), void *context)
{
	struct pair pair = {.run = run, .context = context};
	pthread_t second;
	assert_int_equal(pthread_barrier_init(&pair.both, NULL, 2), 0);
	assert_int_equal(pthread_create(&second, NULL, second_main, &pair), 0);
	pthread_barrier_wait(&pair.both);
	run(context, 0);
	pthread_join(second, NULL);
	pthread_barrier_destroy(&pair.both);
}
