#include "pages/pages_private.h"

#define PAGE_ALL_COLUMNS "slug, language, position, title, body, updated"

const struct db_table pages_tables[] = {
    {"static_page", SQL("SELECT " PAGE_ALL_COLUMNS " FROM static_page ORDER BY position, language"),
     SQL("INSERT INTO static_page (" PAGE_ALL_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6)"), 6},
};
const size_t pages_table_count = sizeof pages_tables / sizeof pages_tables[0];

static Err page_read(struct db_rows *row, struct arena *mem, struct static_page *out)
{
	out->language = language_find(db_rows_text(row, 1));
	if (out->language == NULL)
		return fail(ERR_INTERNAL, "a page is in %.*s, which this Courant does not speak",
		            STR(db_rows_text(row, 1)));
	TRY(db_rows_copy(row, 0, mem, &out->slug));
	TRY(db_rows_copy(row, 2, mem, &out->title));
	out->updated = db_rows_int(row, 3);
	return OK;
}

Err static_page_find(struct db_connection *connection, const struct language *language, Str slug,
                     struct arena *mem, struct static_page *out)
{
	DB_ROWS rows = NULL;
	struct static_page page;
	Str body;
	Str normal;
	TRY(text_nfc(slug, mem, &normal));
	TRY(db_query(connection,
	             SQL("SELECT slug, language, title, updated, body FROM static_page "
	                 "WHERE slug = $1 AND language = $2"),
	             DB_ARGS(db_text(normal), db_text(language->code)), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return fail(ERR_NOT_FOUND, "there is no page \"%.*s\" in %.*s", STR(slug),
		            STR(language->code));
	}
	TRY(page_read(rows, mem, &page));
	TRY(db_rows_copy(rows, 4, mem, &body));
	page.body = html_from_store(body);
	*out = page;
	return OK;
}

Err static_page_list(struct db_connection *connection, const struct language *language,
                     struct arena *mem, struct static_page **out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	size_t room = language_count() * STATIC_PAGES_MAX;
	struct static_page *pages = ARENA_ARRAY(mem, struct static_page, room);
	if (pages == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection,
	             SQL("SELECT slug, language, title, updated FROM static_page "
	                 "WHERE $1 = '' OR language = $1 ORDER BY position, language"),
	             DB_ARGS(db_text(language != NULL ? language->code : S(""))), &rows));
	while (db_rows_next(rows)) {
		CHECK(count < room);
		TRY(page_read(rows, mem, &pages[count]));
		pages[count++].body = HTML_LITERAL("");
	}
	TRY(db_rows_check(rows));
	*out = pages;
	*count_out = count;
	return OK;
}

Err static_page_languages(struct db_connection *connection, Str slug, struct arena *mem,
                          const struct language ***out, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	const struct language **languages = ARENA_ARRAY(mem, const struct language *, language_count());
	if (languages == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection,
	             SQL("SELECT language FROM static_page WHERE slug = $1 ORDER BY language"),
	             DB_ARGS(db_text(slug)), &rows));
	while (count < language_count() && db_rows_next(rows)) {
		languages[count] = language_find(db_rows_text(rows, 0));
		if (languages[count] != NULL)
			count++;
	}
	TRY(db_rows_check(rows));
	*out = languages;
	*count_out = count;
	return OK;
}

Err static_page_position(struct db_connection *connection, Str slug, int64_t *out)
{
	return db_query_int(connection,
	                    SQL("SELECT COALESCE(MAX(position), -1) FROM static_page WHERE slug = $1"),
	                    DB_ARGS(db_text(slug)), out);
}

Err static_page_count(struct db_connection *connection, int64_t *count, int64_t *next)
{
	TRY(db_query_int(connection, SQL("SELECT COUNT(DISTINCT slug) FROM static_page"), DB_NO_ARGS,
	                 count));
	return db_query_int(connection, SQL("SELECT COALESCE(MAX(position), 0) + 1 FROM static_page"),
	                    DB_NO_ARGS, next);
}

Err static_page_write(struct db_connection *connection, const struct static_page *page,
                      int64_t position)
{
	return db_run(connection,
	              SQL("INSERT INTO static_page (" PAGE_ALL_COLUMNS ") "
	                  "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slug, language) DO UPDATE "
	                  "SET title = excluded.title, body = excluded.body, "
	                  "updated = excluded.updated"),
	              DB_ARGS(db_text(page->slug), db_text(page->language->code), db_int(position),
	                      db_text(page->title), db_text(page->body.markup), db_int(page->updated)),
	              NULL);
}

Err static_page_delete(struct db_connection *connection, Str slug, const struct language *language,
                       bool *found)
{
	int64_t changed;
	TRY(db_run(connection, SQL("DELETE FROM static_page WHERE slug = $1 AND language = $2"),
	           DB_ARGS(db_text(slug), db_text(language->code)), &changed));
	*found = changed > 0;
	return OK;
}
