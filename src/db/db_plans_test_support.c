#include "db/db_plans_test_support.h"

#include <stdlib.h>

#include "db/postgres_private.h"

/* ---- SQLite ---- */

void db_test_costs_note(struct db_connection *connection, struct db_test_costs *out)
{
	out->count = db_test_costs_take(connection, out->list, DB_TEST_COSTS_MAX);
}

static const struct db_test_cost *cost_of(const struct db_test_costs *costs, const char *literal)
{
	for (size_t i = 0; i < costs->count; i++)
		if (costs->list[i].literal == literal)
			return &costs->list[i];
	return NULL;
}

void db_test_costs_compare(const struct db_test_costs *small, const struct db_test_costs *large,
                           size_t least)
{
	size_t compared = 0;
	size_t refused = 0;
	for (size_t i = 0; i < large->count; i++) {
		const struct db_test_cost *after = &large->list[i];
		const struct db_test_cost *before = cost_of(small, after->literal);
		if (before == NULL)
			continue;
		compared++;
		if (after->steps <= before->steps + before->steps / 4 + 20)
			continue;
		print_error("%d steps, then %d: %s\n", before->steps, after->steps, after->literal);
		refused++;
	}
	assert_int_equal(refused, 0);
	assert_true(compared >= least);
}

/* ---- PostgreSQL ---- */

/* The number behind `label`, or 0. */
static int64_t number_behind(Str line, Str label)
{
	size_t place = str_find(line, label);
	return place == STR_NOT_FOUND ? 0 : strtoll(line.bytes + place + label.length, NULL, 10);
}

/* A line of a plan that begins with what a step is; the lines below say more of it. */
static bool is_step(Str line)
{
	return str_find(line, S("(actual rows=")) != STR_NOT_FOUND;
}

static bool reads_index(Str step)
{
	return str_find(step, S("Index Scan")) != STR_NOT_FOUND ||
	       str_find(step, S("Index Only Scan")) != STR_NOT_FOUND;
}

/* "… plan:\nQuery Text: SELECT …\nLimit  (actual rows=20 loops=1)\n  ->  Index Scan …" */
static bool plan_is_fine(const struct db_test_watch *watch, Str plan, const char *statement)
{
	Str line;
	Str step = S("");
	bool is_fine = true;
	while (str_next(&plan, '\n', &line)) {
		if (is_step(line))
			step = line;
		if (str_is_empty(step))
			continue;
		int64_t loops = number_behind(step, S("loops="));
		int64_t rows = number_behind(line, S("actual rows=")) +
		               number_behind(line, S("Rows Removed by Filter: ")) +
		               number_behind(line, S("Rows Removed by Join Filter: "));
		bool filters = str_find(line, S("  Filter: ")) != STR_NOT_FOUND && reads_index(step);
		is_fine = is_fine && rows * loops <= watch->rows_max &&
		          (!filters || (watch->may_filter != NULL && watch->may_filter(statement)));
	}
	return is_fine;
}

static void plan_look(void *context, const char *message)
{
	struct db_test_watch *watch = context;
	if (strstr(message, "Query Text: ") == NULL)
		return;
	watch->statements++;
	if (plan_is_fine(watch, str_from_c(message), message))
		return;
	/* cmocka prints no more than a thousand bytes at once. */
	Str rest = str_from_c(message);
	Str line;
	while (str_next(&rest, '\n', &line))
		print_error("%.*s\n", STR(str_slice(line, 0, 900)));
	watch->refused++;
}

/* PostgreSQL's own auto_explain tells of each statement how it was carried out. */
void db_test_watch_begin(struct db_connection *connection, enum db_test_plans plans,
                         struct db_test_watch *watch)
{
	watch->connection = connection;
	if (!db_connection_is_postgres(connection))
		return;
	struct postgres_connection *postgres = postgres_of(connection);
	assert_int_equal(postgres_script(postgres, "LOAD 'auto_explain';"
	                                           "SET LOCAL auto_explain.log_analyze = on;"
	                                           "SET LOCAL auto_explain.log_timing = off;"
	                                           "SET LOCAL auto_explain.log_level = notice;"
	                                           "SET LOCAL auto_explain.log_min_duration = 0"),
	                 OK);
	assert_int_equal(
	    postgres_script(postgres, plans == DB_TEST_GENERIC_PLANS
	                                  ? "SET LOCAL plan_cache_mode = force_generic_plan"
	                                  : "SET LOCAL plan_cache_mode = force_custom_plan"),
	    OK);
	watch->notices_before = PQsetNoticeProcessor(postgres->handle, plan_look, watch);
}

void db_test_watch_end(struct db_test_watch *watch)
{
	if (!db_connection_is_postgres(watch->connection))
		return;
	struct postgres_connection *postgres = postgres_of(watch->connection);
	assert_int_equal(postgres_script(postgres, "SET LOCAL auto_explain.log_min_duration = -1"), OK);
	PQsetNoticeProcessor(postgres->handle, watch->notices_before, NULL);
}
