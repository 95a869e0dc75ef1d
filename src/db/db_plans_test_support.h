/* For tests alone: how the database means to carry out the statements that a connection has run. */
#ifndef DB_DB_PLANS_TEST_SUPPORT_H
#define DB_DB_PLANS_TEST_SUPPORT_H

#include "db/db_test_support.h"

#define DB_TEST_PLAN_BYTES 16384

/* Calls `each` with every statement that the connection has prepared, and with its plan, a step a
 * line: of SQLite's EXPLAIN QUERY PLAN, or of PostgreSQL's EXPLAIN for whatever values there may be
 * (its generic plan). */
void db_test_plans(struct db_connection *connection,
                   void (*each)(void *context, const char *literal, const char *plan),
                   void *context);

#endif
