#include "replies/replies_private.h"

#define REPLY_ALL_COLUMNS                                                                          \
	"id, story_id, status, name, email, website, format, text, created, submission_key, hash, "    \
	"language"

const struct db_table replies_tables[] = {
    {"reply", SQL("SELECT " REPLY_ALL_COLUMNS " FROM reply ORDER BY id"),
     SQL("INSERT INTO reply (" REPLY_ALL_COLUMNS ") VALUES "
         "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
     12},
};
const size_t replies_table_count = sizeof replies_tables / sizeof replies_tables[0];
