#include "stories/stories_private.h"

/* As many stories of one name as may be told apart by a number. */
#define SLUG_NUMBERS_MAX 1000

static CacheTag section_tag(int64_t id)
{
	return TAG_SECTION(id);
}

static CacheTag tag_tag(int64_t id)
{
	return TAG_TAG(id);
}

const struct taxonomy taxonomy_section = {
    .noun = "section",
    .its_name = "the section's name",
    .add_act = "section_add",
    .tag = section_tag,
    .slug_check = section_slug_check,
    .find_by_name = SQL("SELECT section_id FROM section_name WHERE folded = $1 "
                        "ORDER BY CASE WHEN language = $2 THEN 0 ELSE 1 END, section_id LIMIT 1"),
    .find_by_slug = SQL("SELECT id FROM section WHERE slug = $1 OR slug = $2 ORDER BY id LIMIT 1"),
    .insert = SQL("INSERT INTO section (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING "
                  "RETURNING id"),
    .set_name = SQL("INSERT INTO section_name (section_id, language, name, folded) "
                    "VALUES ($1, $2, $3, $4) ON CONFLICT (section_id, language) "
                    "DO UPDATE SET name = excluded.name, folded = excluded.folded"),
    .other_has_name = SQL("SELECT COUNT(*) FROM section_name "
                          "WHERE folded = $1 AND language = $2 AND section_id <> $3"),
};

const struct taxonomy taxonomy_tag = {
    .noun = "tag",
    .its_name = "the tag's name",
    .add_act = "tag_add",
    .tag = tag_tag,
    .find_by_name = SQL("SELECT tag_id FROM tag_name WHERE folded = $1 "
                        "ORDER BY CASE WHEN language = $2 THEN 0 ELSE 1 END, tag_id LIMIT 1"),
    .find_by_slug = SQL("SELECT id FROM tag WHERE slug = $1 OR slug = $2 ORDER BY id LIMIT 1"),
    .insert = SQL("INSERT INTO tag (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING RETURNING id"),
    .set_name = SQL("INSERT INTO tag_name (tag_id, language, name, folded) "
                    "VALUES ($1, $2, $3, $4) ON CONFLICT (tag_id, language) "
                    "DO UPDATE SET name = excluded.name, folded = excluded.folded"),
    .other_has_name = SQL("SELECT COUNT(*) FROM tag_name "
                          "WHERE folded = $1 AND language = $2 AND tag_id <> $3"),
};

/* The first number of the first row, or 0 when there is no row. */
static Err query_id(struct db_connection *connection, Sql sql, const struct db_value *values,
                    size_t count, int64_t *id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, sql, values, count, &rows));
	int64_t found = db_rows_next(rows) ? db_rows_int(rows, 0) : 0;
	TRY(db_rows_check(rows));
	*id = found;
	return OK;
}

/* ---- names that the desk typed ---- */

Err taxonomy_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                  const struct name *name, Str language, int64_t *id)
{
	int64_t found;
	TRY(query_id(connection, taxonomy->find_by_name,
	             DB_ARGS(db_text(name->folded), db_text(language)), &found));
	if (found == 0)
		TRY(query_id(connection, taxonomy->find_by_slug,
		             DB_ARGS(db_text(name->text), db_text(name->folded)), &found));
	*id = found;
	return OK;
}

Err taxonomy_insert(struct db_connection *connection, const struct taxonomy *taxonomy, Str slug,
                    int64_t *id, bool *inserted)
{
	int64_t found;
	TRY(query_id(connection, taxonomy->insert, DB_ARGS(db_text(slug)), &found));
	*inserted = found != 0;
	if (found == 0)
		TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(slug), db_text(slug)),
		             &found));
	*id = found;
	return OK;
}

Err taxonomy_set_name(struct db_connection *connection, const struct taxonomy *taxonomy, int64_t id,
                      Str language, const struct name *name)
{
	int64_t count;
	TRY(db_query_int(connection, taxonomy->other_has_name,
	                 DB_ARGS(db_text(name->folded), db_text(language), db_int(id)), &count));
	if (count > 0)
		return fail(ERR_CONFLICT, "there is another %s called \"%.*s\" already", taxonomy->noun,
		            STR(name->text));
	return db_run(
	    connection, taxonomy->set_name,
	    DB_ARGS(db_int(id), db_text(language), db_text(name->text), db_text(name->folded)), NULL);
}

/* Made under the first slug that is free: "C++" and "C#" are both "c". */
static Err taxonomy_make(struct db_connection *connection, const struct taxonomy *taxonomy,
                         const struct name *name, Str language, struct arena *mem, int64_t *id)
{
	bool inserted = false;
	for (unsigned number = 1; !inserted; number++) {
		Str slug;
		if (number > SLUG_NUMBERS_MAX)
			return fail(ERR_CONFLICT, "there are too many %ss like \"%.*s\": choose another name",
			            taxonomy->noun, STR(name->text));
		TRY(slug_with_number(name->slug, number, mem, &slug));
		TRY(taxonomy_insert(connection, taxonomy, slug, id, &inserted));
	}
	return taxonomy_set_name(connection, taxonomy, *id, language, name);
}

Err section_find_or_insert(struct db_connection *connection, const struct name *name, Str language,
                           struct arena *mem, struct section *out)
{
	int64_t id;
	TRY(taxonomy_find(connection, &taxonomy_section, name, language, &id));
	if (id == 0) {
		TRY(section_slug_check(name->slug));
		TRY(taxonomy_make(connection, &taxonomy_section, name, language, mem, &id));
	}
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT section.slug, " SECTION_NAME("$1") " FROM section WHERE id = $2"),
	             DB_ARGS(db_text(language), db_int(id)), &rows));
	CHECK(db_rows_next(rows));
	struct section section = {.id = id};
	TRY(db_rows_copy(rows, 0, mem, &section.slug));
	TRY(db_rows_copy(rows, 1, mem, &section.name));
	*out = section;
	return OK;
}

Err section_is_there(struct db_connection *connection, Str section, struct arena *mem, bool *out)
{
	struct name name;
	int64_t id;
	TRY(name_check("the section's name", section, mem, &name));
	TRY(taxonomy_find(connection, &taxonomy_section, &name, S(""), &id));
	*out = id != 0;
	return OK;
}

Err tag_find_or_insert(struct db_connection *connection, const struct name *name, Str language,
                       struct arena *mem, struct tag *out)
{
	int64_t id;
	TRY(taxonomy_find(connection, &taxonomy_tag, name, language, &id));
	if (id == 0)
		TRY(taxonomy_make(connection, &taxonomy_tag, name, language, mem, &id));
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT tag.slug, " TAG_NAME("$1") " FROM tag WHERE id = $2"),
	             DB_ARGS(db_text(language), db_int(id)), &rows));
	CHECK(db_rows_next(rows));
	struct tag tag = {.id = id};
	TRY(db_rows_copy(rows, 0, mem, &tag.slug));
	TRY(db_rows_copy(rows, 1, mem, &tag.name));
	*out = tag;
	return OK;
}

Err source_find_or_insert(struct db_connection *connection, const struct name *name, int64_t *id,
                          bool *is_new)
{
	int64_t found;
	TRY(query_id(connection,
	             SQL("INSERT INTO source (name, folded) VALUES ($1, $2) "
	                 "ON CONFLICT (folded) DO NOTHING RETURNING id"),
	             DB_ARGS(db_text(name->text), db_text(name->folded)), &found));
	*is_new = found != 0;
	if (found == 0)
		TRY(db_query_int(connection, SQL("SELECT id FROM source WHERE folded = $1"),
		                 DB_ARGS(db_text(name->folded)), &found));
	*id = found;
	return OK;
}

/* ---- reading ---- */

/* Rows of id, slug and name; sections and tags have the same shape, and sources no slug. */
struct named_row {
	int64_t id;
	Str slug, name;
};

static Err named_row_list(struct db_rows *rows, struct arena *mem, struct named_row **out,
                          size_t *count_out)
{
	struct named_row *list = NULL;
	size_t count = 0;
	size_t room = 0;
	while (db_rows_next(rows)) {
		if (count == room) {
			room = room == 0 ? 16 : room * 2;
			struct named_row *longer = ARENA_ARRAY(mem, struct named_row, room);
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

static Err section_rows(struct db_connection *connection, Sql sql, const struct site *site,
                        const struct language *language, struct arena *mem, struct section **out,
                        size_t *count_out)
{
	DB_ROWS rows = NULL;
	struct named_row *list;
	size_t count;
	TRY(db_query(connection, sql, DB_ARGS(db_text(site->language->code), db_text(language->code)),
	             &rows));
	TRY(named_row_list(rows, mem, &list, &count));
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
	return section_rows(connection,
	                    SQL("SELECT id, slug, " SECTION_NAME("$2") " FROM section ORDER BY id"),
	                    site, language, mem, out, count_out);
}

Err section_list_used(struct db_connection *connection, const struct site *site,
                      const struct language *language, struct arena *mem, struct section **out,
                      size_t *count_out)
{
	return section_rows(
	    connection,
	    SQL("SELECT id, slug, " SECTION_NAME("$2") " FROM section WHERE EXISTS "
	                                               "(SELECT 1 FROM story WHERE story.section_id = "
	                                               "section.id AND story.language = $2 "
	                                               "AND story.status = 'published') ORDER BY id"),
	    site, language, mem, out, count_out);
}

Err section_find(struct db_connection *connection, const struct site *site,
                 const struct language *language, Str slug, struct arena *mem, struct section *out)
{
	DB_ROWS rows = NULL;
	Str normal;
	TRY(text_nfc(slug, mem, &normal));
	TRY(db_query(
	    connection, SQL("SELECT id, slug, " SECTION_NAME("$2") " FROM section WHERE slug = $3"),
	    DB_ARGS(db_text(site->language->code), db_text(language->code), db_text(normal)), &rows));
	struct named_row *found;
	size_t count;
	TRY(named_row_list(rows, mem, &found, &count));
	if (count == 0)
		return fail(ERR_NOT_FOUND, "there is no section \"%.*s\"", STR(slug));
	*out = (struct section){found->id, found->slug, found->name};
	return OK;
}

Err tag_list(struct db_connection *connection, const struct site *site,
             const struct language *language, struct arena *mem, struct tag **out,
             size_t *count_out)
{
	DB_ROWS rows = NULL;
	struct named_row *list;
	size_t count;
	TRY(db_query(connection, SQL("SELECT id, slug, " TAG_NAME("$2") " FROM tag ORDER BY id"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code)), &rows));
	TRY(named_row_list(rows, mem, &list, &count));
	struct tag *tags = ARENA_ARRAY(mem, struct tag, count + 1);
	if (tags == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		tags[i] = (struct tag){list[i].id, list[i].slug, list[i].name};
	*out = tags;
	*count_out = count;
	return OK;
}

Err tag_find(struct db_connection *connection, const struct site *site,
             const struct language *language, Str slug, struct arena *mem, struct tag *out)
{
	DB_ROWS rows = NULL;
	Str normal;
	TRY(text_nfc(slug, mem, &normal));
	TRY(db_query(connection, SQL("SELECT id, slug, " TAG_NAME("$2") " FROM tag WHERE slug = $3"),
	             DB_ARGS(db_text(site->language->code), db_text(language->code), db_text(normal)),
	             &rows));
	struct named_row *found;
	size_t count;
	TRY(named_row_list(rows, mem, &found, &count));
	if (count == 0)
		return fail(ERR_NOT_FOUND, "there is no tag \"%.*s\"", STR(slug));
	*out = (struct tag){found->id, found->slug, found->name};
	return OK;
}

Err source_list(struct db_connection *connection, struct arena *mem, struct source **out,
                size_t *count_out)
{
	DB_ROWS rows = NULL;
	struct named_row *list;
	size_t count;
	TRY(db_query(connection, SQL("SELECT id, '', name FROM source ORDER BY id"), DB_NO_ARGS,
	             &rows));
	TRY(named_row_list(rows, mem, &list, &count));
	struct source *sources = ARENA_ARRAY(mem, struct source, count + 1);
	if (sources == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		sources[i] = (struct source){list[i].id, list[i].name};
	*out = sources;
	*count_out = count;
	return OK;
}
