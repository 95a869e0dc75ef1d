/* For tests alone: what a room's statements cost, which must not grow with its tables. SQLite
 * counts its steps, so that two sizes can be compared; PostgreSQL, which chooses by what it
 * believes of its tables, is watched for how many rows each step of a plan has read. */
#ifndef DB_DB_PLANS_TEST_SUPPORT_H
#define DB_DB_PLANS_TEST_SUPPORT_H

#include "db/db_test_support.h"

/* ---- SQLite ---- */

#define DB_TEST_COSTS_MAX 128
struct db_test_costs {
	struct db_test_cost list[DB_TEST_COSTS_MAX];
	size_t count;
};
/* What every statement has cost since this was last called. */
void db_test_costs_note(struct db_connection *connection, struct db_test_costs *out);
/* Fails where a statement has cost more in `large` than in `small`, or when fewer than `least`
 * statements are in both. */
void db_test_costs_compare(const struct db_test_costs *small, const struct db_test_costs *large,
                           size_t least);

/* ---- PostgreSQL ---- */

enum db_test_plans {
	DB_TEST_CUSTOM_PLANS,  /* for the values of each call */
	DB_TEST_GENERIC_PLANS, /* for whatever values there may be */
};
struct db_test_watch {
	int64_t rows_max; /* that one step of a plan may read, with those that it passes over */
	/* Whether a statement may walk an index past rows that it does not want: NULL: none may. */
	bool (*may_filter)(const char *statement);
	size_t statements, refused; /* the results */
	struct db_connection *connection;
	void (*notices_before)(void *context, const char *message);
};
/* From here on, until _end or the end of the snapshot or act, every statement's plan is looked at
 * and printed when it is refused. Does nothing on SQLite. */
void db_test_watch_begin(struct db_connection *connection, enum db_test_plans plans,
                         struct db_test_watch *watch);
void db_test_watch_end(struct db_test_watch *watch);

#endif
