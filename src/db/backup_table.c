#include "db/backup_private.h"

/* ---- the hash ---- */

/* Each row's hash is keyed with that of the row before it. */
static void hash_add(struct mac_key *chain, const struct db_value *values, size_t count)
{
	Str parts[2 * DB_VALUES_MAX];
	for (size_t i = 0; i < count; i++) {
		parts[2 * i] = values[i].type == DB_NULL ? S("null") : S("text");
		parts[2 * i + 1] = values[i].text;
	}
	unsigned char hash[MAC_BYTES];
	mac_make(chain, parts, 2 * count, hash);
	memcpy(chain->bytes, hash, sizeof chain->bytes);
}

static void hash_format(const struct mac_key *chain, char out[TABLE_HASH_TEXT_BYTES])
{
	for (size_t i = 0; i < MAC_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", chain->bytes[i]);
}

/* ---- rows ---- */

/* Numbers are taken as text too: the column that they are inserted into makes numbers of them. */
static void row_values(struct db_rows *rows, size_t count, struct db_value *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = db_rows_is_null(rows, (int)i) ? db_null() : db_text(db_rows_text(rows, (int)i));
}

Err table_copy(struct db_connection *from, struct db_connection *to, const struct db_table *table,
               struct table_sum *out)
{
	struct db_value values[DB_VALUES_MAX];
	size_t count = (size_t)table->columns;
	struct mac_key chain = {{0}};
	int64_t copied = 0;
	DB_ROWS rows = NULL;
	CHECK(count <= DB_VALUES_MAX);
	TRY(db_query(from, table->select, DB_NO_ARGS, &rows));
	while (db_rows_next(rows)) {
		row_values(rows, count, values);
		hash_add(&chain, values, count);
		TRY(db_run(to, table->insert, values, count, NULL));
		copied++;
	}
	TRY(db_rows_check(rows));
	out->rows = copied;
	hash_format(&chain, out->hash);
	return OK;
}

static bool row_equal(struct db_rows *a, struct db_rows *b, const struct db_table *table)
{
	for (int i = 0; i < table->columns; i++)
		if (db_rows_is_null(a, i) != db_rows_is_null(b, i) ||
		    !str_equal(db_rows_text(a, i), db_rows_text(b, i)))
			return false;
	return true;
}

Err table_compare(struct db_connection *a, struct db_connection *b, const struct db_table *table)
{
	DB_ROWS a_rows = NULL;
	DB_ROWS b_rows = NULL;
	TRY(db_query(a, table->select, DB_NO_ARGS, &a_rows));
	TRY(db_query(b, table->select, DB_NO_ARGS, &b_rows));
	for (int64_t row = 1;; row++) {
		bool has_a = db_rows_next(a_rows);
		bool has_b = db_rows_next(b_rows);
		TRY(db_rows_check(a_rows));
		TRY(db_rows_check(b_rows));
		if (!has_a && !has_b)
			return OK;
		if (has_a != has_b || !row_equal(a_rows, b_rows, table))
			return fail(ERR_INTERNAL, "the copy differs in row %lld of the table %s",
			            (long long)row, table->name);
	}
}

Err table_is_empty(struct db_connection *connection, const struct db_table *table, bool *out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, table->select, DB_NO_ARGS, &rows));
	bool has_row = db_rows_next(rows);
	TRY(db_rows_check(rows));
	*out = !has_row;
	return OK;
}
