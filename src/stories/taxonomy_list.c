/* Sections, tags, bylines and sources as readers and the desk see them. */
#include "stories/stories_private.h"

/* A row of id, slug and name: they all have that shape. */
struct named {
	int64_t id;
	Str slug, name;
};

static Err named_list(struct db_rows *rows, struct arena *mem, struct named **out,
                      size_t *count_out)
{
	struct named *list = NULL;
	size_t count = 0;
	size_t room = 0;
	while (db_rows_next(rows)) {
		if (count == room) {
			room = room == 0 ? 16 : room * 2;
			struct named *longer = ARENA_ARRAY(mem, struct named, room);
			if (longer == NULL)
				return ERR_MEMORY;
			if (count > 0)
				memcpy(longer, list, count * sizeof *list);
			list = longer;
		}
		list[count].id = db_rows_int(rows, 0);
		TRY(db_rows_copy(rows, 1, mem, &list[count].slug));
		TRY(db_rows_copy(rows, 2, mem, &list[count].name));
		count++;
	}
	TRY(db_rows_check(rows));
	*out = list;
	*count_out = count;
	return OK;
}

/* `what` is the noun of the refusal, `slug` what was asked for. */
static Err named_find(struct db_rows *rows, const char *what, Str slug, struct arena *mem,
                      struct named *out)
{
	struct named *found;
	size_t count;
	TRY(named_list(rows, mem, &found, &count));
	if (count == 0)
		return fail(ERR_NOT_FOUND, "there is no %s \"%.*s\"", what, STR(slug));
	*out = *found;
	return OK;
}

/* ---- sections ---- */

static Err sections_read(struct db_rows *rows, struct arena *mem, struct section **out,
                         size_t *count_out)
{
	struct named *list;
	size_t count;
	TRY(named_list(rows, mem, &list, &count));
	struct section *sections = ARENA_ARRAY(mem, struct section, count + 1);
	if (sections == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		sections[i] = (struct section){list[i].id, list[i].slug, list[i].name};
	*out = sections;
	*count_out = count;
	return OK;
}

Err section_list(struct db_connection *connection, const struct site *site,
                 const struct language *language, struct arena *mem, struct section **out,
                 size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT id, slug, " SECTION_NAME("$2") " FROM section ORDER BY id"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	return sections_read(rows, mem, out, count_out);
}

Err section_list_used(struct db_connection *connection, const struct site *site,
                      const struct language *language, struct arena *mem, struct section **out,
                      size_t *count_out)
{
	DB_ROWS rows = NULL;
	/* Not EXISTS: PostgreSQL may look for all stories first, and for their sections then. */
	TRY(db_query(
	    connection,
	    SQL("SELECT id, slug, " SECTION_NAME(
	        "$2") " FROM section WHERE (SELECT story.id FROM story WHERE story.section_id = "
	              "section.id AND story.language = $2 AND story.status = 'published' "
	              "ORDER BY published DESC NULLS LAST LIMIT 1) IS NOT NULL ORDER BY id"),
	    DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	return sections_read(rows, mem, out, count_out);
}

Err section_find(struct db_connection *connection, const struct site *site,
                 const struct language *language, Str slug, struct arena *mem, struct section *out)
{
	DB_ROWS rows = NULL;
	Str normal;
	struct named found;
	TRY(text_nfc(slug, mem, &normal));
	TRY(db_query(
	    connection, SQL("SELECT id, slug, " SECTION_NAME("$2") " FROM section WHERE slug = $3"),
	    DB_ARGS(db_text(site->language->code), db_text(language->code), db_text(normal)), &rows));
	TRY(named_find(rows, "section", slug, mem, &found));
	*out = (struct section){found.id, found.slug, found.name};
	return OK;
}

/* ---- tags ---- */

static Err tags_read(struct db_rows *rows, struct arena *mem, struct tag **out, size_t *count_out)
{
	struct named *list;
	size_t count;
	TRY(named_list(rows, mem, &list, &count));
	struct tag *tags = ARENA_ARRAY(mem, struct tag, count + 1);
	if (tags == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		tags[i] = (struct tag){list[i].id, list[i].slug, list[i].name};
	*out = tags;
	*count_out = count;
	return OK;
}

Err tag_list(struct db_connection *connection, const struct site *site,
             const struct language *language, struct arena *mem, struct tag **out,
             size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT id, slug, " TAG_NAME("$2") " FROM tag ORDER BY id"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	return tags_read(rows, mem, out, count_out);
}

Err tag_find(struct db_connection *connection, const struct site *site,
             const struct language *language, Str slug, struct arena *mem, struct tag *out)
{
	DB_ROWS rows = NULL;
	struct named found;
	int64_t id;
	TRY(taxonomy_find_segment(connection, &taxonomy_tag, slug, language->code, mem, &id));
	TRY(db_query(connection, SQL("SELECT id, slug, " TAG_NAME("$2") " FROM tag WHERE id = $3"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code), db_int(id)),
	             &rows));
	TRY(named_find(rows, "tag", slug, mem, &found));
	*out = (struct tag){found.id, found.slug, found.name};
	return OK;
}

/* ---- bylines ---- */

static Err bylines_read(struct db_rows *rows, struct arena *mem, struct byline **out,
                        size_t *count_out)
{
	struct named *list;
	size_t count;
	TRY(named_list(rows, mem, &list, &count));
	struct byline *bylines = ARENA_ARRAY(mem, struct byline, count + 1);
	if (bylines == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		bylines[i] = (struct byline){list[i].id, list[i].slug, list[i].name};
	*out = bylines;
	*count_out = count;
	return OK;
}

Err byline_list(struct db_connection *connection, const struct site *site,
                const struct language *language, struct arena *mem, struct byline **out,
                size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT id, slug, " BYLINE_NAME("$2") " FROM byline ORDER BY id"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	return bylines_read(rows, mem, out, count_out);
}

Err byline_find(struct db_connection *connection, const struct site *site,
                const struct language *language, Str slug, struct arena *mem, struct byline *out)
{
	DB_ROWS rows = NULL;
	struct named found;
	int64_t id;
	TRY(taxonomy_find_segment(connection, &taxonomy_byline, slug, language->code, mem, &id));
	TRY(db_query(
	    connection, SQL("SELECT id, slug, " BYLINE_NAME("$2") " FROM byline WHERE id = $3"),
	    DB_ARGS(db_text(site->language->code), db_text(language->code), db_int(id)), &rows));
	TRY(named_find(rows, "byline", slug, mem, &found));
	*out = (struct byline){found.id, found.slug, found.name};
	return OK;
}

/* ---- sources ---- */

static Err sources_read(struct db_rows *rows, struct arena *mem, struct source **out,
                        size_t *count_out)
{
	struct named *list;
	size_t count;
	TRY(named_list(rows, mem, &list, &count));
	struct source *sources = ARENA_ARRAY(mem, struct source, count + 1);
	if (sources == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		sources[i] = (struct source){list[i].id, list[i].slug, list[i].name};
	*out = sources;
	*count_out = count;
	return OK;
}

Err source_list(struct db_connection *connection, struct arena *mem, struct source **out,
                size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT id, slug, name FROM source ORDER BY id"), DB_NO_ARGS,
	             &rows));
	return sources_read(rows, mem, out, count_out);
}

Err source_find(struct db_connection *connection, Str slug, struct arena *mem, struct source *out)
{
	DB_ROWS rows = NULL;
	Str normal;
	struct named found;
	TRY(text_nfc(slug, mem, &normal));
	TRY(db_query(connection, SQL("SELECT id, slug, name FROM source WHERE slug = $1"),
	             DB_ARGS(db_text(normal)), &rows));
	TRY(named_find(rows, "source", slug, mem, &found));
	*out = (struct source){found.id, found.slug, found.name};
	return OK;
}
