/* For the tests of SQLite alone: a database in a folder of its own, with settings of its own. */
#ifndef DB_SQLITE_TEST_SUPPORT_H
#define DB_SQLITE_TEST_SUPPORT_H

#include "db/note_test_support.h"
#include "db/sqlite_private.h"

struct site {
	char *folder;
	char *path;
	struct db_settings settings;
	struct db_options options;
};

#define SITE_TEST(test) cmocka_unit_test_setup_teardown(test, site_setup, site_teardown)
int site_setup(void **state);
int site_teardown(void **state);
struct db *site_open(struct site *site);

/* Looks every 5 ms, for 20 s at most: generous for a loaded machine. */
void wait_until(bool (*is_so)(void *context), void *context);

#endif
