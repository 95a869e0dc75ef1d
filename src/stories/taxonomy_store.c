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

static CacheTag byline_tag(int64_t id)
{
	return TAG_BYLINE(id);
}

static Err section_slug_holder(struct db_connection *connection, Str slug, struct arena *mem,
                               const char **out)
{
	int64_t count;
	(void)mem;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM first_part WHERE slug = $1"),
	                 DB_ARGS(db_text(slug)), &count));
	*out = count > 0 ? "a page has it as its address" : NULL;
	return OK;
}

/* What was a tag's slug once leads to the tag that took its place. */
static Err tag_slug_holder(struct db_connection *connection, Str slug, struct arena *mem,
                           const char **out)
{
	Str folded;
	int64_t id;
	TRY(text_fold(slug, mem, &folded));
	TRY(query_id(connection, taxonomy_tag.find_by_alias, DB_ARGS(db_text(folded)), &id));
	*out = id != 0 ? "it leads to another tag" : NULL;
	return OK;
}

const struct taxonomy taxonomy_section = {
    .noun = "section",
    .its_name = "the section's name",
    .add_act = "section_add",
    .tag = section_tag,
    .slug_check = section_slug_check,
    .slug_holder = section_slug_holder,
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
    .slug_holder = tag_slug_holder,
    .find_by_name = SQL("SELECT tag_id FROM tag_name WHERE folded = $1 "
                        "ORDER BY CASE WHEN language = $2 THEN 0 ELSE 1 END, tag_id LIMIT 1"),
    .find_by_slug = SQL("SELECT id FROM tag WHERE slug = $1 OR slug = $2 ORDER BY id LIMIT 1"),
    .insert = SQL("INSERT INTO tag (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING RETURNING id"),
    .set_name = SQL("INSERT INTO tag_name (tag_id, language, name, folded) "
                    "VALUES ($1, $2, $3, $4) ON CONFLICT (tag_id, language) "
                    "DO UPDATE SET name = excluded.name, folded = excluded.folded"),
    .other_has_name = SQL("SELECT COUNT(*) FROM tag_name "
                          "WHERE folded = $1 AND language = $2 AND tag_id <> $3"),
    .find_by_alias = SQL("SELECT tag_id FROM tag_alias WHERE folded = $1"),
};

const struct taxonomy taxonomy_byline = {
    .noun = "byline",
    .its_name = "the byline's name",
    .add_act = "byline_add",
    .tag = byline_tag,
    .find_by_name = SQL("SELECT byline_id FROM byline_name WHERE folded = $1 "
                        "ORDER BY CASE WHEN language = $2 THEN 0 ELSE 1 END, byline_id LIMIT 1"),
    .find_by_slug = SQL("SELECT id FROM byline WHERE slug = $1 OR slug = $2 ORDER BY id LIMIT 1"),
    .insert = SQL("INSERT INTO byline (slug) VALUES ($1) ON CONFLICT (slug) DO NOTHING "
                  "RETURNING id"),
    .set_name = SQL("INSERT INTO byline_name (byline_id, language, name, folded) "
                    "VALUES ($1, $2, $3, $4) ON CONFLICT (byline_id, language) "
                    "DO UPDATE SET name = excluded.name, folded = excluded.folded"),
    .other_has_name = SQL("SELECT COUNT(*) FROM byline_name "
                          "WHERE folded = $1 AND language = $2 AND byline_id <> $3"),
    .begin_renaming = SQL("INSERT INTO byline_renaming (byline_id, after) VALUES ($1, 0) "
                          "ON CONFLICT (byline_id) DO UPDATE SET after = 0"),
};

Err query_id(struct db_connection *connection, Sql sql, const struct db_value *values, size_t count,
             int64_t *id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, sql, values, count, &rows));
	int64_t found = db_rows_next(rows) ? db_rows_int(rows, 0) : 0;
	TRY(db_rows_check(rows));
	*id = found;
	return OK;
}

Err query_ids(struct db_connection *connection, Sql sql, const struct db_value *values,
              size_t count, int64_t *out, size_t max, size_t *count_out)
{
	DB_ROWS rows = NULL;
	size_t found = 0;
	TRY(db_query(connection, sql, values, count, &rows));
	while (db_rows_next(rows)) {
		CHECK(found < max);
		out[found++] = db_rows_int(rows, 0);
	}
	TRY(db_rows_check(rows));
	*count_out = found;
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
	if (found == 0 && taxonomy->find_by_alias.literal != NULL)
		TRY(query_id(connection, taxonomy->find_by_alias, DB_ARGS(db_text(name->folded)), &found));
	*id = found;
	return OK;
}

Err taxonomy_find_segment(struct db_connection *connection, const struct taxonomy *taxonomy,
                          Str segment, Str language, struct arena *mem, int64_t *id)
{
	Str normal;
	Str words;
	int64_t found;
	Str folded[2]; /* as it is, and with spaces */
	TRY(text_nfc(segment, mem, &normal));
	TRY(slug_as_words(normal, mem, &words));
	TRY(text_fold(normal, mem, &folded[0]));
	TRY(text_fold(words, mem, &folded[1]));
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(normal), db_text(normal)),
	             &found));
	/* What was a slug goes before what is called so: an address that led somewhere still does. */
	for (size_t i = 0; i < 2 && found == 0 && taxonomy->find_by_alias.literal != NULL; i++)
		TRY(query_id(connection, taxonomy->find_by_alias, DB_ARGS(db_text(folded[i])), &found));
	for (size_t i = 0; i < 2 && found == 0; i++)
		TRY(query_id(connection, taxonomy->find_by_name,
		             DB_ARGS(db_text(folded[i]), db_text(language)), &found));
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
	if (taxonomy->find_by_alias.literal != NULL) {
		int64_t led_to;
		TRY(query_id(connection, taxonomy->find_by_alias, DB_ARGS(db_text(name->folded)), &led_to));
		if (led_to != 0 && led_to != id)
			return fail(ERR_CONFLICT,
			            "\"%.*s\" leads to another %s: choose another name, or merge them",
			            STR(name->text), taxonomy->noun);
	}
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
		const char *holder = NULL;
		if (number > SLUG_NUMBERS_MAX)
			return fail(ERR_CONFLICT, "there are too many %ss like \"%.*s\": choose another name",
			            taxonomy->noun, STR(name->text));
		TRY(slug_with_number(name->slug, number, mem, &slug));
		if (taxonomy->slug_holder != NULL)
			TRY(taxonomy->slug_holder(connection, slug, mem, &holder));
		if (holder == NULL)
			TRY(taxonomy_insert(connection, taxonomy, slug, id, &inserted));
	}
	return taxonomy_set_name(connection, taxonomy, *id, language, name);
}

/* Slug and name of the one with that id; `sql` has $1 the site's language, $2 the language that is
 * preferred, $3 the id. */
static Err slug_and_name(struct db_connection *connection, Sql sql, const struct site *site,
                         const struct language *language, int64_t id, struct arena *mem, Str *slug,
                         Str *name)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, sql,
	             DB_ARGS(db_text(site->language->code), db_text(language->code), db_int(id)),
	             &rows));
	CHECK(db_rows_next(rows));
	TRY(db_rows_copy(rows, 0, mem, slug));
	return db_rows_copy(rows, 1, mem, name);
}

Err section_find_or_insert(struct db_connection *connection, const struct site *site,
                           const struct name *name, const struct language *language,
                           struct arena *mem, struct section *out)
{
	struct section section = {0};
	TRY(taxonomy_find(connection, &taxonomy_section, name, language->code, &section.id));
	if (section.id == 0) {
		const char *holder;
		TRY(section_slug_check(name->slug));
		TRY(section_slug_holder(connection, name->slug, mem, &holder));
		if (holder != NULL)
			return fail(ERR_CONFLICT,
			            "a section can't have \"%.*s\" as its slug, %s: choose another with "
			            "section add",
			            STR(name->slug), holder);
		TRY(taxonomy_make(connection, &taxonomy_section, name, language->code, mem, &section.id));
	}
	TRY(slug_and_name(connection,
	                  SQL("SELECT section.slug, " SECTION_NAME("$2") " FROM section WHERE id = $3"),
	                  site, language, section.id, mem, &section.slug, &section.name));
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

Err tag_find_or_insert(struct db_connection *connection, const struct site *site,
                       const struct name *name, const struct language *language, struct arena *mem,
                       struct tag *out)
{
	struct tag tag = {0};
	TRY(taxonomy_find(connection, &taxonomy_tag, name, language->code, &tag.id));
	if (tag.id == 0)
		TRY(taxonomy_make(connection, &taxonomy_tag, name, language->code, mem, &tag.id));
	TRY(slug_and_name(connection, SQL("SELECT tag.slug, " TAG_NAME("$2") " FROM tag WHERE id = $3"),
	                  site, language, tag.id, mem, &tag.slug, &tag.name));
	*out = tag;
	return OK;
}

Err byline_find_or_insert(struct db_connection *connection, const struct site *site,
                          const struct name *name, const struct language *language,
                          struct arena *mem, struct byline *out)
{
	struct byline byline = {0};
	TRY(taxonomy_find(connection, &taxonomy_byline, name, language->code, &byline.id));
	if (byline.id == 0)
		TRY(taxonomy_make(connection, &taxonomy_byline, name, language->code, mem, &byline.id));
	TRY(slug_and_name(connection,
	                  SQL("SELECT byline.slug, " BYLINE_NAME("$2") " FROM byline WHERE id = $3"),
	                  site, language, byline.id, mem, &byline.slug, &byline.name));
	*out = byline;
	return OK;
}

Err source_slug_make(struct db_connection *connection, Str name, struct arena *mem, Str *out)
{
	Str slug;
	TRY(text_slug(name, mem, &slug));
	for (unsigned number = 1; number <= SLUG_NUMBERS_MAX; number++) {
		Str numbered;
		int64_t id;
		TRY(slug_with_number(slug, number, mem, &numbered));
		TRY(query_id(connection, SQL("SELECT id FROM source WHERE slug = $1"),
		             DB_ARGS(db_text(numbered)), &id));
		if (id == 0) {
			*out = numbered;
			return OK;
		}
	}
	return fail(ERR_CONFLICT, "there are too many sources like \"%.*s\": choose another name",
	            STR(name));
}

Err source_find_or_insert(struct db_connection *connection, const struct name *name,
                          struct arena *mem, struct source *out, bool *is_new)
{
	struct source source = {0};
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT id, slug, name FROM source WHERE folded = $1"),
	             DB_ARGS(db_text(name->folded)), &rows));
	if (db_rows_next(rows)) {
		source.id = db_rows_int(rows, 0);
		TRY(db_rows_copy(rows, 1, mem, &source.slug));
		TRY(db_rows_copy(rows, 2, mem, &source.name));
	}
	TRY(db_rows_check(rows));
	*is_new = source.id == 0;
	if (*is_new) {
		source.name = name->text;
		TRY(source_slug_make(connection, name->text, mem, &source.slug));
		TRY(db_query_int(connection,
		                 SQL("INSERT INTO source (name, folded, slug) VALUES ($1, $2, $3) "
		                     "RETURNING id"),
		                 DB_ARGS(db_text(name->text), db_text(name->folded), db_text(source.slug)),
		                 &source.id));
	}
	*out = source;
	return OK;
}
