/* For tests of what is PostgreSQL's alone: the server as others see it, and the test's database
 * behind a network that fails. */
#ifndef DB_POSTGRES_TEST_SUPPORT_H
#define DB_POSTGRES_TEST_SUPPORT_H

#include "db/note_test_support.h"
#include "db/postgres_private.h"
#include "db/postgres_test_proxy.h"

/* A connection of the test's own, outside of its schema. */
PGconn *server_open(void);
/* Every @ in the statement is the schema. */
void server_run(const char *words, const char *schema);
/* Ends the connections of the test's databases that are in this state ("idle"), of which there must
 * be one. */
void terminate(const char *schema, const char *backend_state);
void await_db(bool (*is_so)(struct db *db), struct db *db);

/* The test's database behind a proxy, opened in place of the test's own, which is closed. */
struct far {
	struct proxy *proxy;
	const char *schema;
	char url[512];
	struct db *db;
};
void far_open(struct far *far, void **state);
void far_close(struct far *far);

#endif
