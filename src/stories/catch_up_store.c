#include "stories/stories_private.h"

Err sources_without_slug(struct db_connection *connection, int64_t after, int64_t *out, size_t max,
                         size_t *count_out)
{
	return query_ids(
	    connection,
	    SQL("SELECT id FROM source WHERE slug IS NULL AND id > $1 ORDER BY id LIMIT $2"),
	    DB_ARGS(db_int(after), db_int((int64_t)max)), out, max, count_out);
}

Err source_slug_give(struct db_connection *connection, const struct site *site, int64_t id,
                     struct arena *mem)
{
	struct name name;
	Str none;
	Str slug;
	TRY(taxonomy_read(connection, &taxonomy_source, site, site->language, id, mem, &none,
	                  &name.text));
	TRY(name_check("the source's name", name.text, mem, &name));
	TRY(taxonomy_slug_make(connection, &taxonomy_source, &name, mem, &slug));
	return db_run(connection, SQL("UPDATE source SET slug = $2 WHERE id = $1"),
	              DB_ARGS(db_int(id), db_text(slug)), NULL);
}

Err stories_without_bylines(struct db_connection *connection, int64_t after, int64_t *out,
                            size_t max, size_t *count_out)
{
	return query_ids(connection,
	                 SQL("SELECT story_id FROM byline_missing WHERE story_id > $1 "
	                     "ORDER BY story_id LIMIT $2"),
	                 DB_ARGS(db_int(after), db_int((int64_t)max)), out, max, count_out);
}

static Err byline_from_text(struct db_connection *connection, const struct site *site,
                            const struct story_head *head, struct arena *mem)
{
	struct name name;
	struct taxonomy_entry entry;
	Err err = name_check("the byline's name", head->byline, mem, &name);
	if (err == ERR_INVALID)
		return OK; /* "***": it has no page */
	TRY(err);
	TRY(taxonomy_find_or_insert(connection, &taxonomy_byline, site, &name, head->language, mem,
	                            &entry));
	const struct byline byline = {entry.id, entry.slug, entry.name};
	const struct story story = {.id = head->id,
	                            .status = head->status,
	                            .language = head->language,
	                            .published = head->published,
	                            .bylines = &byline,
	                            .byline_count = 1};
	return story_bylines_replace(connection, &story);
}

Err story_byline_give(struct db_connection *connection, const struct site *site, int64_t id,
                      struct arena *mem)
{
	struct story_head head;
	int64_t bylines;
	TRY(story_head_find(connection, id, mem, &head));
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM story_byline WHERE story_id = $1"),
	                 DB_ARGS(db_int(id)), &bylines));
	if (bylines == 0)
		TRY(byline_from_text(connection, site, &head, mem));
	return db_run(connection, SQL("DELETE FROM byline_missing WHERE story_id = $1"),
	              DB_ARGS(db_int(id)), NULL);
}
