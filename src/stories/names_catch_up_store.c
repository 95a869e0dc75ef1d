#include "stories/stories_private.h"

/* A table whose rows are a name and its fold. A row is named by the id of what bears the name, and
 * by its language or, where several may bear one, by the fold itself. */
struct folded_statements {
	const char *noun;
	Sql list;   /* $1 id and $2 key that were last, $3 how many: id, key, name, folded, slug */
	Sql update; /* $1 id, $2 key, $3 its new fold, which must be free */
	Sql holder; /* $1 fold, $2 key: id, name and slug of who has it */
};

/* clang-format off */
#define NAMES(noun, of)                                                                            \
	{                                                                                              \
		noun,                                                                                      \
		SQL("SELECT n." of "_id, n.language, n.name, n.folded, "                                   \
		    "COALESCE((SELECT slug FROM " of " WHERE id = n." of "_id), '') FROM " of "_name n "   \
		    "WHERE n." of "_id >= $1 AND (n." of "_id > $1 OR n.language > $2) "                   \
		    "ORDER BY n." of "_id, n.language LIMIT $3"),                                          \
		SQL("UPDATE " of "_name SET folded = $3 WHERE " of "_id = $1 AND language = $2 "           \
		    "AND NOT EXISTS (SELECT 1 FROM " of "_name o WHERE o.folded = $3 AND o.language = $2)"), \
		SQL("SELECT n." of "_id, n.name, COALESCE(b.slug, '') "                                    \
		    "FROM " of "_name n JOIN " of " b ON b.id = n." of "_id "                              \
		    "WHERE n.folded = $1 AND n.language = $2"),                                            \
	}
#define ALIASES(noun, of)                                                                          \
	{                                                                                              \
		noun,                                                                                      \
		SQL("SELECT a." of "_id, a.folded, a.name, a.folded, "                                     \
		    "COALESCE((SELECT slug FROM " of " WHERE id = a." of "_id), '') FROM " of "_alias a "  \
		    "WHERE a." of "_id >= $1 AND (a." of "_id > $1 OR a.folded > $2) "                     \
		    "ORDER BY a." of "_id, a.folded LIMIT $3"),                                            \
		SQL("UPDATE " of "_alias SET folded = $3 WHERE " of "_id = $1 AND folded = $2 "            \
		    "AND NOT EXISTS (SELECT 1 FROM " of "_alias o WHERE o.folded = $3)"),                  \
		SQL("SELECT a." of "_id, a.name, COALESCE(b.slug, '') "                                    \
		    "FROM " of "_alias a JOIN " of " b ON b.id = a." of "_id "                             \
		    "WHERE a.folded = $1 AND $2 <> ''"),                                                   \
	}
/* clang-format on */

static const struct folded_statements statements[FOLDED_TABLES] = {
    [FOLDED_SECTIONS] = NAMES("sections", "section"),
    [FOLDED_TAGS] = NAMES("tags", "tag"),
    [FOLDED_BYLINES] = NAMES("bylines", "byline"),
    [FOLDED_SOURCES] = NAMES("sources", "source"),
    [FOLDED_TAG_ALIASES] = ALIASES("other names of tags", "tag"),
    [FOLDED_BYLINE_ALIASES] = ALIASES("other names of bylines", "byline"),
    [FOLDED_SOURCE_ALIASES] = ALIASES("other names of sources", "source"),
};

const char *folded_table_noun(enum folded_table table)
{
	return statements[table].noun;
}

Err folded_names_list(struct db_connection *connection, enum folded_table table,
                      const struct folded_key *after, size_t max, struct arena *mem,
                      struct folded_name **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	struct folded_name *names = ARENA_ARRAY(mem, struct folded_name, max);
	if (names == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection, statements[table].list,
	             DB_ARGS(db_int(after->id), db_text(after->key), db_int((int64_t)max)), &rows));
	for (; count < max && db_rows_next(rows); count++) {
		names[count].key.id = db_rows_int(rows, 0);
		TRY(db_rows_copy(rows, 1, mem, &names[count].key.key));
		TRY(db_rows_copy(rows, 2, mem, &names[count].name));
		TRY(db_rows_copy(rows, 3, mem, &names[count].folded));
		TRY(db_rows_copy(rows, 4, mem, &names[count].slug));
	}
	TRY(db_rows_check(rows));
	*out = names;
	*count_out = count;
	return OK;
}

Err folded_name_update(struct db_connection *connection, enum folded_table table,
                       const struct folded_name *name, Str folded, bool *is_taken)
{
	int64_t changed;
	TRY(db_run(connection, statements[table].update,
	           DB_ARGS(db_int(name->key.id), db_text(name->key.key), db_text(folded)), &changed));
	*is_taken = changed == 0;
	return OK;
}

Err folded_name_holder(struct db_connection *connection, enum folded_table table,
                       const struct folded_name *name, Str folded, struct arena *mem,
                       struct folded_name *out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, statements[table].holder,
	             DB_ARGS(db_text(folded), db_text(name->key.key)), &rows));
	CHECK(db_rows_next(rows));
	out->key.id = db_rows_int(rows, 0);
	TRY(db_rows_copy(rows, 1, mem, &out->name));
	return db_rows_copy(rows, 2, mem, &out->slug);
}

Err folding_rules_find(struct db_connection *connection, int64_t *out)
{
	return db_query_int(connection, SQL("SELECT COALESCE(MAX(rules), 0) FROM name_folding"),
	                    DB_NO_ARGS, out);
}

Err folding_rules_write(struct db_connection *connection, int64_t rules)
{
	TRY(db_run(connection, SQL("DELETE FROM name_folding"), DB_NO_ARGS, NULL));
	if (rules == 0)
		return OK;
	return db_run(connection, SQL("INSERT INTO name_folding (rules) VALUES ($1)"),
	              DB_ARGS(db_int(rules)), NULL);
}
