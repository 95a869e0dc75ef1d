/* A small schema for the db room's own tests: notes, and leaves that point to them. */
#ifndef DB_NOTE_TEST_SUPPORT_H
#define DB_NOTE_TEST_SUPPORT_H

#include "db/db_test_support.h"

/* A migration in a test's own list. */
#define MIGRATION(file_name, text)                                                                 \
	{                                                                                              \
		.name = (file_name), .bytes = (const unsigned char *)(text),                               \
		.size_bytes = sizeof(text) - 1, .hash = "of " text                                         \
	}
extern struct db_migrations note_migrations;
extern const struct db_table note_tables[];
#define NOTE_TABLE_COUNT 2

/* A note to be, its id once it is, and how often its commit half ran. */
struct note {
	struct db_value slug, number, text;
	int64_t id;
	int runs;
};
/* The commit half; its state is a struct note. */
MUST_CHECK Err note_insert(struct db_connection *connection, void *context);
MUST_CHECK Err note_add(struct db *db, struct note *note);
MUST_CHECK Err note_add_slug(struct db *db, const char *slug);
int64_t note_count(struct db_connection *connection);
int64_t note_count_now(struct db *db);
bool note_is_there(struct db *db, const char *slug);

#endif
