#include "db/postgres_test_support.h"

#include <stdlib.h>
#include <time.h>

/* ---- the server, as others see it ---- */

PGconn *server_open(void)
{
	PGconn *server = PQconnectdb(getenv("COURANT_TEST_POSTGRES"));
	assert_int_equal(PQstatus(server), CONNECTION_OK);
	return server;
}

/* Every @ in the statement is the schema. */
void server_run(const char *words, const char *schema)
{
	char statement[512];
	PGconn *server = server_open();
	size_t length = 0;
	for (const char *at = words; *at != 0; at++) {
		assert_true(length + strlen(schema) + 1 < sizeof statement);
		if (*at == '@')
			length += (size_t)snprintf(statement + length, sizeof statement - length, "%s", schema);
		else
			statement[length++] = *at;
	}
	statement[length] = 0;
	PGresult *result = PQexec(server, statement);
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	PQfinish(server);
}

/* The test's own in that state, from another connection. */
void terminate(const char *schema, const char *backend_state)
{
	char statement[256];
	snprintf(statement, sizeof statement,
	         "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
	         "WHERE application_name = '%s' AND state = '%s'",
	         schema, backend_state);
	PGconn *server = server_open();
	PGresult *result = PQexec(server, statement);
	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0)
		abort();
	PQclear(result);
	PQfinish(server);
}

void await_db(bool (*is_so)(struct db *db), struct db *db)
{
	int64_t deadline_ms = monotonic_ms() + 20 * SECOND_MS;
	while (!is_so(db)) {
		assert_true(monotonic_ms() < deadline_ms);
		struct timespec moment = {.tv_nsec = 5000000};
		nanosleep(&moment, NULL);
	}
}

/* ---- the test's database behind a proxy ---- */

static const char *part_of(PQconninfoOption *parts, const char *keyword)
{
	for (PQconninfoOption *part = parts; part->keyword != NULL; part++)
		if (strcmp(part->keyword, keyword) == 0)
			return part->val == NULL ? "" : part->val;
	return "";
}

void far_open(struct far *far, void **state)
{
	struct db_options options = *db_test_options(state);
	char *url;
	char *words = NULL;
	assert_non_null(db_test_db(state));
	db_test_close(state);
	far->schema = db_test_schema(state);
	assert_true(asprintf(&url, "%.*s", STR(options.postgres_url)) > 0);
	PQconninfoOption *parts = PQconninfoParse(url, &words);
	assert_non_null(parts);
	far->proxy = proxy_new(part_of(parts, "host"), part_of(parts, "port"));
	snprintf(far->url, sizeof far->url,
	         "postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable&options=-csearch_path%%3D%s"
	         "&application_name=%s",
	         part_of(parts, "user"), part_of(parts, "password"), proxy_port(far->proxy),
	         part_of(parts, "dbname"), far->schema, far->schema);
	PQconninfoFree(parts);
	free(url);
	options.postgres_url = str_from_c(far->url);
	assert_int_equal(db_open_with(&options, &note_migrations, &far->db), OK);
}

void far_close(struct far *far)
{
	db_close(far->db);
	proxy_free(far->proxy);
}
