#include "db/db_plans_test_support.h"

#include "base/buf.h"
#include "db/postgres_private.h"
#include "db/sqlite_private.h"

static const char *c_text(struct buf *text)
{
	buf_add(text, (Str){"", 1}); /* the NUL of a C string */
	assert_int_equal(buf_check(text), OK);
	return buf_str(text).bytes;
}

/* ---- SQLite ---- */

static void sqlite_plan(sqlite3 *handle, sqlite3_stmt *statement, struct buf *plan)
{
	char *expanded = sqlite3_expanded_sql(statement);
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", expanded);
	sqlite3_stmt *steps = NULL;
	assert_non_null(explain);
	assert_int_equal(sqlite3_prepare_v2(handle, explain, -1, &steps, NULL), SQLITE_OK);
	while (sqlite3_step(steps) == SQLITE_ROW)
		buf_format(plan, "%s\n", (const char *)sqlite3_column_text(steps, 3));
	sqlite3_finalize(steps);
	sqlite3_free(explain);
	sqlite3_free(expanded);
}

static void sqlite_plans(struct sqlite_connection *connection,
                         void (*each)(void *, const char *, const char *), void *context)
{
	for (size_t i = 0; i < connection->statement_count; i++) {
		struct buf plan BUF_CLEANUP;
		buf_init(&plan, DB_TEST_PLAN_BYTES);
		sqlite_plan(connection->handle, connection->statements[i].handle, &plan);
		each(context, connection->statements[i].literal, c_text(&plan));
	}
}

/* ---- PostgreSQL ---- */

/* The highest number that stands behind a $. */
static int parameter_count(const char *literal)
{
	int highest = 0;
	for (const char *place = strchr(literal, '$'); place != NULL; place = strchr(place + 1, '$')) {
		int number = 0;
		for (const char *digit = place + 1; *digit >= '0' && *digit <= '9'; digit++)
			number = 10 * number + (*digit - '0');
		highest = number > highest ? number : highest;
	}
	return highest;
}

static void postgres_plan(struct postgres_connection *connection, size_t index, struct buf *plan)
{
	struct buf explain BUF_CLEANUP;
	int parameters = parameter_count(connection->statements[index]);
	buf_init(&explain, 1024);
	buf_format(&explain, "EXPLAIN (COSTS OFF) EXECUTE s%zu", index);
	for (int i = 0; i < parameters; i++)
		buf_format(&explain, "%sNULL", i == 0 ? "(" : ", ");
	buf_format(&explain, "%s", parameters > 0 ? ")" : "");
	PGresult *result = PQexec(connection->handle, c_text(&explain));
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		print_error("%s: %s\n", connection->statements[index], PQresultErrorMessage(result));
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	for (int row = 0; row < PQntuples(result); row++)
		buf_format(plan, "%s\n", PQgetvalue(result, row, 0));
	PQclear(result);
}

static void postgres_plans(struct postgres_connection *connection,
                           void (*each)(void *, const char *, const char *), void *context)
{
	assert_int_equal(postgres_script(connection, "SET LOCAL plan_cache_mode = force_generic_plan"),
	                 OK);
	for (size_t i = 0; i < connection->statement_count; i++) {
		struct buf plan BUF_CLEANUP;
		buf_init(&plan, DB_TEST_PLAN_BYTES);
		postgres_plan(connection, i, &plan);
		each(context, connection->statements[i], c_text(&plan));
	}
}

void db_test_plans(struct db_connection *connection,
                   void (*each)(void *context, const char *literal, const char *plan),
                   void *context)
{
	if (connection->driver == &sqlite_driver)
		sqlite_plans(sqlite_of(connection), each, context);
	else
		postgres_plans(postgres_of(connection), each, context);
}
