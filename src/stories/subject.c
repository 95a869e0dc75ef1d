#include "base/utf8.h"
#include "stories/stories_private.h"

/* What has a name per language; all but the agencies. */
static const struct {
	enum subject_kind kind;
	const struct taxonomy *taxonomy;
	Sql find; /* $1 the site's language, $2 the one that is preferred, $3 the id */
} named[] = {
    {SUBJECT_TAG, &taxonomy_tag, SQL("SELECT slug, " TAG_NAME("$2") " FROM tag WHERE id = $3")},
    {SUBJECT_BYLINE, &taxonomy_byline,
     SQL("SELECT slug, " BYLINE_NAME("$2") " FROM byline WHERE id = $3")},
    {SUBJECT_SECTION, &taxonomy_section,
     SQL("SELECT slug, " SECTION_NAME("$2") " FROM section WHERE id = $3")},
};

/* As a reader types it: in quotation marks perhaps, and with spaces where the name has hyphens,
 * which its slug has no other sign for. False for what can be no name. */
static Err name_typed(Str text, struct arena *mem, struct name *out, bool *is_name)
{
	struct name name;
	*is_name = false;
	if (utf8_length(text) > NAME_MAX_CHARACTERS)
		return OK;
	TRY(text_slug(text, mem, &name.slug));
	TRY(text_fold(text, mem, &name.folded));
	Str folded = name.folded;
	if (folded.length > 2 && str_starts_with(folded, S("\"")) && str_ends_with(folded, S("\"")))
		name.folded = utf8_trim(str_slice(folded, 1, folded.length - 2));
	name.text = name.slug;
	*is_name = !str_is_empty(name.slug) && name.folded.length <= FOLDED_MAX_BYTES;
	*out = name;
	return OK;
}

static Err named_add(struct db_connection *connection, const struct site *site,
                     const struct language *language, size_t i, int64_t id, struct arena *mem,
                     struct subject *out)
{
	DB_ROWS rows = NULL;
	struct subject subject = {.kind = named[i].kind, .id = id};
	TRY(db_query(connection, named[i].find,
	             DB_ARGS(db_text(site->language->code), db_text(language->code), db_int(id)),
	             &rows));
	CHECK(db_rows_next(rows));
	TRY(db_rows_copy(rows, 0, mem, &subject.slug));
	TRY(db_rows_copy(rows, 1, mem, &subject.name));
	*out = subject;
	return OK;
}

static Err source_add_found(struct db_connection *connection, const struct name *name,
                            struct arena *mem, struct subject *out, size_t *count)
{
	DB_ROWS rows = NULL;
	struct subject subject = {.kind = SUBJECT_SOURCE};
	TRY(db_query(connection,
	             SQL("SELECT id, slug, name FROM source WHERE folded = $1 OR slug = $2 "
	                 "ORDER BY CASE WHEN folded = $1 THEN 0 ELSE 1 END LIMIT 1"),
	             DB_ARGS(db_text(name->folded), db_text(name->slug)), &rows));
	if (!db_rows_next(rows))
		return db_rows_check(rows);
	subject.id = db_rows_int(rows, 0);
	TRY(db_rows_copy(rows, 1, mem, &subject.slug));
	TRY(db_rows_copy(rows, 2, mem, &subject.name));
	out[(*count)++] = subject;
	return OK;
}

Err subject_list(struct db_connection *connection, const struct site *site,
                 const struct language *language, Str text, struct arena *mem,
                 struct subject out[SUBJECTS_MAX], size_t *count_out)
{
	struct name name;
	bool is_name;
	size_t count = 0;
	TRY(name_typed(text, mem, &name, &is_name));
	for (size_t i = 0; is_name && i < sizeof named / sizeof named[0]; i++) {
		int64_t id;
		TRY(taxonomy_find(connection, named[i].taxonomy, &name, language->code, &id));
		if (id != 0)
			TRY(named_add(connection, site, language, i, id, mem, &out[count++]));
	}
	if (is_name)
		TRY(source_add_found(connection, &name, mem, out, &count));
	*count_out = count;
	return OK;
}
