/* Copying and comparing tables, whatever engines they lie in (backup_table.c), for backup.c. */
#ifndef DB_BACKUP_PRIVATE_H
#define DB_BACKUP_PRIVATE_H

#include "base/random.h"
#include "db/db_private.h"

/* What a table holds, told by its rows: their number, and a hash over all of them in order. */
#define TABLE_HASH_TEXT_BYTES (2 * MAC_BYTES + 1)
struct table_sum {
	int64_t rows;
	char hash[TABLE_HASH_TEXT_BYTES];
};

/* Inserts every row of `from` into `to`. */
MUST_CHECK Err table_copy(struct db_connection *from, struct db_connection *to,
                          const struct db_table *table, struct table_sum *out);
/* ERR_INTERNAL unless both hold the same rows, column by column. */
MUST_CHECK Err table_compare(struct db_connection *a, struct db_connection *b,
                             const struct db_table *table);
MUST_CHECK Err table_is_empty(struct db_connection *connection, const struct db_table *table,
                              bool *out);

#endif
