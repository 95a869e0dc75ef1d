#include "search/search_private.h"

/* ---- putting in ---- */

/* What FTS5 has to be told again, to take a document out. */
struct former {
	bool is_there;
	int64_t place;
	Str terms;
};

static Err former_find(struct db_connection *connection, int64_t story_id, struct arena *mem,
                       struct former *out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(
	    connection,
	    SQL("SELECT place, language, section_id, tokens FROM search_document WHERE story_id = $1"),
	    DB_ARGS(db_int(story_id)), &rows));
	*out = (struct former){.is_there = db_rows_next(rows)};
	if (!out->is_there)
		return db_rows_check(rows);
	out->place = db_rows_int(rows, 0);
	Str words;
	TRY(words_terms(db_rows_text(rows, 3), mem, &words));
	TRY(document_terms(db_rows_text(rows, 1), db_rows_int(rows, 2), words, mem, &out->terms));
	return db_rows_check(rows);
}

static Err terms_delete(struct db_connection *connection, int64_t story_id)
{
	struct former former;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, SEARCH_PREPARE_BYTES);
	TRY(former_find(connection, story_id, &mem, &former));
	if (!former.is_there)
		return OK;
	return db_run(
	    connection,
	    SQL("INSERT INTO search_term (search_term, rowid, terms) VALUES ('delete', $1, $2)"),
	    DB_ARGS(db_int(former.place), db_text(former.terms)), NULL);
}

Err search_remove(struct db_connection *connection, int64_t story_id)
{
	if (!db_connection_is_postgres(connection))
		TRY(terms_delete(connection, story_id));
	TRY(db_run(connection,
	           SQL("DELETE FROM search_opening WHERE place = (SELECT place FROM search_document "
	               "WHERE story_id = $1)"),
	           DB_ARGS(db_int(story_id)), NULL));
	return db_run(connection, SQL("DELETE FROM search_document WHERE story_id = $1"),
	              DB_ARGS(db_int(story_id)), NULL);
}

/* The story's own place, or the next that no other story has. Two meet only when a million stories
 * lie between them and both are of one millisecond. */
#define PLACES_TRIED 1000
static Err place_find(struct db_connection *connection, int64_t wanted, int64_t *out)
{
	DB_ROWS rows = NULL;
	int64_t place = wanted;
	TRY(db_query(connection,
	             SQL("SELECT place FROM search_document WHERE place >= $1 AND place < $2 "
	                 "ORDER BY place"),
	             DB_ARGS(db_int(wanted), db_int(wanted + PLACES_TRIED)), &rows));
	while (db_rows_next(rows) && db_rows_int(rows, 0) == place)
		place++;
	*out = place;
	return db_rows_check(rows);
}

static Err entry_insert_postgres(struct db_connection *connection, const struct search_entry *entry,
                                 int64_t place, Str terms)
{
	return db_run(connection,
	              SQL("INSERT INTO search_document (place, story_id, language, section_id, "
	                  "tokens, terms) VALUES ($1, $2, $3, $4, $5, "
	                  "array_to_tsvector(string_to_array($6, ' ')))"),
	              DB_ARGS(db_int(place), db_int(entry->story_id), db_text(entry->language),
	                      db_int(entry->section_id), db_text(entry->tokens), db_text(terms)),
	              NULL);
}

static Err entry_insert_sqlite(struct db_connection *connection, const struct search_entry *entry,
                               int64_t place, Str terms)
{
	TRY(db_run(connection,
	           SQL("INSERT INTO search_document (place, story_id, language, section_id, tokens) "
	               "VALUES ($1, $2, $3, $4, $5)"),
	           DB_ARGS(db_int(place), db_int(entry->story_id), db_text(entry->language),
	                   db_int(entry->section_id), db_text(entry->tokens)),
	           NULL));
	return db_run(connection, SQL("INSERT INTO search_term (rowid, terms) VALUES ($1, $2)"),
	              DB_ARGS(db_int(place), db_text(terms)), NULL);
}

/* FTS5 keeps what an act has put in as a segment of its own, and every search looks through all
 * segments. Sixteen alike are merged into one, sixteen of those into one again: at a million
 * documents that is five times if each came alone, three pages a document. So it is done some pages
 * a document, and no act does much more of it than another. */
#define MERGE_PAGES 24        /* of one that comes alone */
#define MERGE_PAGES_OF_MANY 8 /* of each: their segments begin large */
static Err segments_merge(struct db_connection *connection, size_t documents)
{
	if (db_connection_is_postgres(connection))
		return OK;
	return db_run(
	    connection, SQL("INSERT INTO search_term (search_term, rank) VALUES ('merge', $1)"),
	    DB_ARGS(db_int(documents == 1 ? MERGE_PAGES : MERGE_PAGES_OF_MANY * (int64_t)documents)),
	    NULL);
}

static Err entry_insert(struct db_connection *connection, const struct search_entry *entry)
{
	int64_t place;
	Str terms;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, SEARCH_PREPARE_BYTES);
	TRY(document_terms(entry->language, entry->section_id, entry->terms, &mem, &terms));
	TRY(place_find(connection, place_of(entry->published, entry->story_id), &place));
	TRY(db_run(connection, SQL("INSERT INTO search_opening (place, tokens) VALUES ($1, $2)"),
	           DB_ARGS(db_int(place), db_text(opening_of(entry->tokens))), NULL));
	return db_connection_is_postgres(connection)
	           ? entry_insert_postgres(connection, entry, place, terms)
	           : entry_insert_sqlite(connection, entry, place, terms);
}

Err search_put_new(struct db_connection *connection, const struct search_entry *entries,
                   size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(entry_insert(connection, &entries[i]));
	return segments_merge(connection, count);
}

Err search_put(struct db_connection *connection, const struct search_entry *entry)
{
	TRY(search_remove(connection, entry->story_id));
	return search_put_new(connection, entry, 1);
}

/* ---- what the index is asked ---- */

#define EXPRESSION_BYTES                                                                           \
	((SEARCH_QUERY_WORDS + 2) * (TOKEN_MAX_BYTES + PAIR_BYTES + sizeof " AND \"\"" * 2))

struct expression {
	struct buf text;
	Str sign; /* around a term */
	Str and_sign, not_sign;
};

static void operand_add(struct expression *expression, Str operator, Str term)
{
	buf_add(&expression->text, expression->text.length > 1 ? operator: S(""));
	buf_add(&expression->text, expression->sign);
	buf_add(&expression->text, term);
	buf_add(&expression->text, expression->sign);
}

static void term_add(struct expression *expression, const struct search_term *term)
{
	for (size_t i = 0; i < term->count; i++) {
		char pair[PAIR_BYTES];
		operand_add(expression, expression->and_sign, term->tokens[i]);
		if (i == 0)
			continue;
		pair_term(term->tokens[i - 1], term->tokens[i], pair);
		operand_add(expression, expression->and_sign, (Str){pair, sizeof pair});
	}
}

Err index_expression(const struct search_query *query, bool is_postgres, struct arena *mem,
                     Str *out)
{
	struct expression expression = {.sign = is_postgres ? S("'") : S("\""),
	                                .and_sign = is_postgres ? S(" & ") : S(" AND "),
	                                .not_sign = is_postgres ? S(" & !") : S(" NOT ")};
	Str name;
	struct buf *text = &expression.text;
	buf_init(text, EXPRESSION_BYTES + query->language.length);
	buf_add_byte(text, '(');
	for (size_t i = 0; i < query->term_count; i++)
		if (!query->terms[i].is_excluded)
			term_add(&expression, &query->terms[i]);
	Err err = arena_format(mem, &name, TERM_LANGUAGE "%.*s", STR(query->language));
	if (err == OK)
		operand_add(&expression, expression.and_sign, name);
	if (err == OK && query->section_id != 0)
		err = arena_format(mem, &name, TERM_SECTION "%lld", (long long)query->section_id);
	if (err == OK && query->section_id != 0)
		operand_add(&expression, expression.and_sign, name);
	buf_add_byte(text, ')');
	for (size_t i = 0; i < query->term_count; i++)
		if (query->terms[i].is_excluded && query->terms[i].count == 1)
			operand_add(&expression, expression.not_sign, query->terms[i].tokens[0]);
	if (err == OK)
		err = buf_check(text);
	if (err == OK)
		err = arena_copy(mem, buf_str(text), out);
	buf_done(text);
	return err;
}

/* ---- candidates ---- */

struct candidates {
	struct candidate *list;
	size_t count;
	size_t limit;
};

static Err rows_take(struct db_rows *rows, struct candidates *candidates)
{
	while (candidates->count < candidates->limit && db_rows_next(rows))
		candidates->list[candidates->count++] = (struct candidate){.place = db_rows_int(rows, 0)};
	return db_rows_check(rows);
}

static Err find_sqlite(struct db_connection *connection, const struct index_query *query,
                       struct candidates *candidates)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL(SQL_FIND_SQLITE),
	             DB_ARGS(db_text(query->expression), db_int(query->below), db_int(query->from),
	                     db_int((int64_t)candidates->limit)),
	             &rows));
	return rows_take(rows, candidates);
}

/* One step of the walk: sets `below` to the last place seen, and `seen` to how many there were. */
static Err walk(struct db_connection *connection, const struct index_query *query, int64_t step,
                int64_t *below, int64_t *seen, struct candidates *candidates)
{
	DB_ROWS rows = NULL;
	*seen = 0;
	TRY(db_query(connection, SQL(SQL_WALK_POSTGRES),
	             DB_ARGS(db_text(query->expression), db_text(query->language), db_int(*below),
	                     db_int(query->from), db_int(step)),
	             &rows));
	while (candidates->count < candidates->limit && db_rows_next(rows)) {
		*below = db_rows_int(rows, 0);
		++*seen;
		if (db_rows_int(rows, 1) != 0)
			candidates->list[candidates->count++] = (struct candidate){.place = *below};
	}
	return db_rows_check(rows);
}

/* GIN finds everything there is before it can tell what is newest. So the newest documents are
 * walked along first, and further as long as one in WALK_DENSE matches; what is left to find then
 * is rare enough to be found whole. */
#define WALK_FIRST 64
#define WALK_STEP 448
#define WALK_DENSE 2
static Err find_postgres(struct db_connection *connection, const struct index_query *query,
                         struct candidates *candidates)
{
	int64_t below = query->below;
	int64_t walked = 0;
	for (int64_t step = WALK_FIRST;; step = WALK_STEP) {
		int64_t seen;
		TRY(walk(connection, query, step, &below, &seen, candidates));
		if (candidates->count == candidates->limit || seen < step)
			return OK;
		walked += seen;
		if (step == WALK_STEP && (int64_t)candidates->count * WALK_DENSE < walked)
			break;
	}
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL(SQL_FIND_POSTGRES),
	             DB_ARGS(db_text(query->expression), db_int(below), db_int(query->from),
	                     db_int((int64_t)(candidates->limit - candidates->count))),
	             &rows));
	return rows_take(rows, candidates);
}

Err candidates_find(struct db_connection *connection, const struct index_query *query, size_t limit,
                    struct arena *mem, struct candidate **out, size_t *count_out)
{
	struct candidates candidates = {.list = ARENA_ARRAY(mem, struct candidate, limit),
	                                .limit = limit};
	if (candidates.list == NULL)
		return ERR_MEMORY;
	if (db_connection_is_postgres(connection))
		TRY(find_postgres(connection, query, &candidates));
	else
		TRY(find_sqlite(connection, query, &candidates));
	*out = candidates.list;
	*count_out = candidates.count;
	return OK;
}

/* ---- what is kept of them ---- */

Err hits_find_stories(struct db_connection *connection, struct search_hit *hits, size_t count,
                      struct arena *mem)
{
	DB_ROWS rows = NULL;
	struct db_value list;
	int64_t *places = ARENA_ARRAY(mem, int64_t, count);
	if (count == 0)
		return OK;
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		places[i] = hits[i].place;
	TRY(db_list(connection, places, count, mem, &list));
	TRY(db_query(connection,
	             db_connection_is_postgres(connection) ? SQL(SQL_STORIES SQL_IN_POSTGRES(1))
	                                                   : SQL(SQL_STORIES SQL_IN_SQLITE(1)),
	             DB_ARGS(list), &rows));
	while (db_rows_next(rows)) {
		size_t i = 0;
		int64_t place = db_rows_int(rows, 0);
		while (hits[i].place != place)
			CHECK(++i < count);
		hits[i].story_id = db_rows_int(rows, 1);
	}
	return db_rows_check(rows);
}

static Sql part_sql(enum candidate_part part, bool is_postgres)
{
	if (part == CANDIDATE_OPENING)
		return is_postgres ? SQL(SQL_OPENINGS SQL_IN_POSTGRES(1))
		                   : SQL(SQL_OPENINGS SQL_IN_SQLITE(1));
	return is_postgres ? SQL(SQL_TOKENS SQL_IN_POSTGRES(1)) : SQL(SQL_TOKENS SQL_IN_SQLITE(1));
}

Err candidates_read(struct db_connection *connection, struct candidate *candidates, size_t count,
                    enum candidate_part part, struct arena *mem)
{
	DB_ROWS rows = NULL;
	struct db_value list;
	int64_t places[OPENINGS_READ_MAX];
	CHECK(count > 0 && count <= OPENINGS_READ_MAX);
	for (size_t i = 0; i < count; i++) {
		places[i] = candidates[i].place;
		candidates[i].tokens = S("");
	}
	TRY(db_list(connection, places, count, mem, &list));
	TRY(db_query(connection, part_sql(part, db_connection_is_postgres(connection)), DB_ARGS(list),
	             &rows));
	while (db_rows_next(rows)) {
		size_t i = 0;
		int64_t place = db_rows_int(rows, 0);
		while (candidates[i].place != place)
			CHECK(++i < count);
		TRY(db_rows_copy(rows, 1, mem, &candidates[i].tokens));
	}
	return db_rows_check(rows);
}
