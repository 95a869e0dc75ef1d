/* What search knows of a story: a document while it is published, none otherwise. */
#include "stories/stories_private.h"
#include "stories/story_row.h"

/* More characters of a body than words are looked at. */
#define TEXT_CHARACTERS ((size_t)HTML_MAX_BYTES)

/* What taking the words out of a story may need. */
#define WORDS_BYTES (SEARCH_PREPARE_BYTES + 4 * (size_t)HTML_MAX_BYTES)

static Err words_take(const struct story *story, struct arena *mem, struct search_entry *out)
{
	struct search_document document = {
	    .language = story->language->code,
	    .headline = story->headline,
	    .standfirst = story->standfirst,
	};
	TRY(html_to_text(story->body, TEXT_CHARACTERS, mem, &document.text));
	return search_prepare(&document, mem, out);
}

Err story_search_prepare(const struct story *story, struct arena *mem, struct search_entry *out)
{
	struct search_entry entry;
	struct arena work CLEANUP(arena_done);
	arena_init(&work, WORDS_BYTES);
	TRY(words_take(story, &work, &entry));
	TRY(arena_copy(mem, entry.tokens, &entry.tokens));
	TRY(arena_copy(mem, entry.terms, &entry.terms));
	entry.language = story->language->code;
	*out = entry;
	return OK;
}

static Err document_put(struct db_connection *connection, const struct story *story,
                        struct arena *mem)
{
	struct search_entry entry;
	TRY(words_take(story, mem, &entry));
	entry.story_id = story->id;
	entry.published = story->published;
	entry.section_id = story->section.id;
	return search_put(connection, &entry);
}

static Err searchable_set(struct db_connection *connection, int64_t id, bool is_searchable)
{
	return db_run(connection, SQL("UPDATE story SET is_searchable = $2 WHERE id = $1"),
	              DB_ARGS(db_int(id), db_int(is_searchable)), NULL);
}

/* The words are taken here, in the commit half, because an edit knows the whole story only there;
 * for a story of a thousand words it takes about a millisecond. */
Err story_search_write(struct db_connection *connection, const struct story *before,
                       const struct story *after)
{
	bool was = before != NULL && before->status == STORY_PUBLISHED;
	bool is = after->status == STORY_PUBLISHED;
	if (!was && !is)
		return OK;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, WORDS_BYTES);
	if (is)
		TRY(document_put(connection, after, &mem));
	else
		TRY(search_remove(connection, after->id));
	return searchable_set(connection, after->id, is);
}

Err stories_not_searchable(struct db_connection *connection, int64_t after, int64_t *out,
                           size_t max, size_t *count_out)
{
	return query_ids(connection,
	                 SQL("SELECT id FROM story WHERE status = 'published' AND is_searchable = 0 "
	                     "AND id > $1 ORDER BY id LIMIT $2"),
	                 DB_ARGS(db_int(after), db_int((int64_t)max)), out, max, count_out);
}

Err story_make_searchable(struct db_connection *connection, const struct site *site, int64_t id,
                          struct arena *mem)
{
	struct story_record record;
	Err err = story_record_find(connection, site, id, mem, &record);
	if (err != OK) {
		/* What an older Courant put in would lead readers to a page that can't be shown. */
		struct err_note note;
		err_note_take(&note, err);
		TRY(search_remove(connection, id));
		return err_note_give(&note);
	}
	return story_search_write(connection, NULL, &record.story);
}

/* ---- what a page of results shows ---- */

#define SQL_TEXTS                                                                                  \
	"SELECT " STORY_COLUMNS ", r.body FROM story s" STORY_JOINS                                    \
	" JOIN story_revision r ON r.story_id = s.id AND r.revision = s.revision WHERE s.id"

Err story_find_texts(struct db_connection *connection, const struct site *site, const int64_t *ids,
                     size_t count, struct arena *mem, struct story *out)
{
	DB_ROWS rows = NULL;
	struct db_value list;
	TRY(db_list(connection, ids, count, mem, &list));
	TRY(db_query(connection,
	             db_connection_is_postgres(connection) ? SQL(SQL_TEXTS SQL_IN_POSTGRES(2))
	                                                   : SQL(SQL_TEXTS SQL_IN_SQLITE(2)),
	             DB_ARGS(db_text(site->language->code), list), &rows));
	for (size_t i = 0; i < count; i++)
		out[i].id = 0;
	while (db_rows_next(rows)) {
		struct story_record record;
		Str body;
		size_t i = 0;
		TRY(story_row_read(rows, mem, &record));
		TRY(db_rows_copy(rows, STORY_COLUMN_COUNT, mem, &body));
		record.story.body = html_from_store(body);
		while (ids[i] != record.story.id)
			CHECK(++i < count);
		out[i] = record.story;
	}
	TRY(db_rows_check(rows));
	for (size_t i = 0; i < count; i++)
		if (out[i].id == 0)
			return story_text_lost(ids[i]);
	return OK;
}
