/* Sections, tags, bylines and sources as readers and the desk see them. */
#include "stories/stories_private.h"

/* ---- lists ---- */

/* Rows of id, slug and name. */
static Err entries_read(struct db_rows *rows, struct arena *mem, struct taxonomy_entry **out,
                        size_t *count_out)
{
	struct taxonomy_entry *list = NULL;
	size_t count = 0;
	size_t room = 0;
	while (db_rows_next(rows)) {
		list = arena_list_grow(mem, list, count, sizeof *list, &room);
		if (list == NULL)
			return ERR_MEMORY;
		list[count] = (struct taxonomy_entry){.id = db_rows_int(rows, 0)};
		TRY(db_rows_copy(rows, 1, mem, &list[count].slug));
		TRY(db_rows_copy(rows, 2, mem, &list[count].name));
		count++;
	}
	TRY(db_rows_check(rows));
	*out = list;
	*count_out = count;
	return OK;
}

static Err names_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                      struct arena *mem, struct taxonomy_entry *entry)
{
	DB_ROWS rows = NULL;
	struct name_input names[NAMES_MAX];
	size_t count = 0;
	TRY(db_query(connection, taxonomy->list_names, DB_ARGS(db_int(entry->id)), &rows));
	for (; count < NAMES_MAX && db_rows_next(rows); count++) {
		TRY(db_rows_copy(rows, 0, mem, &names[count].language));
		TRY(db_rows_copy(rows, 1, mem, &names[count].name));
	}
	TRY(db_rows_check(rows));
	struct name_input *kept = ARENA_ARRAY(mem, struct name_input, count + 1);
	if (kept == NULL)
		return ERR_MEMORY;
	memcpy(kept, names, count * sizeof *kept);
	entry->names = kept;
	entry->name_count = count;
	return OK;
}

static Err aliases_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                        struct arena *mem, struct taxonomy_entry *entry)
{
	DB_ROWS rows = NULL;
	Str *list = NULL;
	size_t count = 0;
	size_t room = 0;
	TRY(db_query(connection, taxonomy->list_aliases, DB_ARGS(db_int(entry->id)), &rows));
	while (db_rows_next(rows)) {
		list = arena_list_grow(mem, list, count, sizeof *list, &room);
		if (list == NULL)
			return ERR_MEMORY;
		TRY(db_rows_copy(rows, 0, mem, &list[count++]));
	}
	TRY(db_rows_check(rows));
	entry->aliases = list;
	entry->alias_count = count;
	return OK;
}

Err taxonomy_list(struct db_connection *connection, const struct site *site,
                  const struct taxonomy *taxonomy, struct arena *mem, struct taxonomy_entry **out,
                  size_t *count_out)
{
	DB_ROWS rows = NULL;
	struct taxonomy_entry *entries;
	size_t count;
	Str code = site->language->code;
	TRY(db_query(connection, taxonomy->list, DB_ARGS(db_text(code), db_text(code)), &rows));
	TRY(entries_read(rows, mem, &entries, &count));
	db_rows_close(&rows);
	for (size_t i = 0; i < count; i++) {
		TRY(names_find(connection, taxonomy, mem, &entries[i]));
		if (taxonomy_has_aliases(taxonomy))
			TRY(aliases_find(connection, taxonomy, mem, &entries[i]));
	}
	*out = entries;
	*count_out = count;
	return OK;
}

/* ---- sections ---- */

static Err sections_read(struct db_rows *rows, struct arena *mem, struct section **out,
                         size_t *count_out)
{
	struct taxonomy_entry *entries;
	size_t count;
	TRY(entries_read(rows, mem, &entries, &count));
	struct section *sections = ARENA_ARRAY(mem, struct section, count + 1);
	if (sections == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		sections[i] = (struct section){entries[i].id, entries[i].slug, entries[i].name};
	*out = sections;
	*count_out = count;
	return OK;
}

Err section_list(struct db_connection *connection, const struct site *site,
                 const struct language *language, struct arena *mem, struct section **out,
                 size_t *count_out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, taxonomy_section.list,
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
	struct section found;
	Str normal;
	TRY(text_nfc(slug, mem, &normal));
	TRY(query_id(connection, taxonomy_section.find_by_slug,
	             DB_ARGS(db_text(normal), db_text(normal)), &found.id));
	if (found.id == 0)
		return fail(ERR_NOT_FOUND, "there is no section \"%.*s\"", STR(slug));
	TRY(taxonomy_read(connection, &taxonomy_section, site, language, found.id, mem, &found.slug,
	                  &found.name));
	*out = found;
	return OK;
}

/* ---- tags, bylines, sources ---- */

static Err named_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                      const struct site *site, const struct language *language, Str segment,
                      struct arena *mem, struct taxonomy_entry *out)
{
	TRY(taxonomy_find_segment(connection, taxonomy, segment, language->code, mem, &out->id));
	if (out->id == 0)
		return fail(ERR_NOT_FOUND, "there is no %s \"%.*s\"", taxonomy->noun, STR(segment));
	return taxonomy_read(connection, taxonomy, site, language, out->id, mem, &out->slug,
	                     &out->name);
}

Err tag_find(struct db_connection *connection, const struct site *site,
             const struct language *language, Str slug, struct arena *mem, struct tag *out)
{
	struct taxonomy_entry found;
	TRY(named_find(connection, &taxonomy_tag, site, language, slug, mem, &found));
	*out = (struct tag){found.id, found.slug, found.name};
	return OK;
}

Err byline_find(struct db_connection *connection, const struct site *site,
                const struct language *language, Str slug, struct arena *mem, struct byline *out)
{
	struct taxonomy_entry found;
	TRY(named_find(connection, &taxonomy_byline, site, language, slug, mem, &found));
	*out = (struct byline){found.id, found.slug, found.name};
	return OK;
}

Err source_find(struct db_connection *connection, const struct site *site,
                const struct language *language, Str slug, struct arena *mem, struct source *out)
{
	struct taxonomy_entry found;
	TRY(named_find(connection, &taxonomy_source, site, language, slug, mem, &found));
	*out = (struct source){.id = found.id, .slug = found.slug, .name = found.name};
	return OK;
}
