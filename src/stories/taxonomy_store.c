#include "stories/stories_private.h"

/* As many of one name as may be told apart by a number. */
#define SLUG_NUMBERS_MAX 1000

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

/* ---- finding ---- */

/* A name that somebody bears in the language is theirs. An alias goes before names in other
 * languages: it may be such a name of somebody who was merged, and leads to whoever that one is
 * now. */
static Err find_spelled(struct db_connection *connection, const struct taxonomy *taxonomy,
                        Str folded, Str language, int64_t *id)
{
	const struct db_value name = db_text(folded);
	TRY(query_id(connection, taxonomy->find_by_own_name, DB_ARGS(name, db_text(language)), id));
	if (*id == 0 && taxonomy_has_aliases(taxonomy))
		TRY(query_id(connection, taxonomy->find_by_alias, DB_ARGS(name), id));
	if (*id == 0)
		TRY(query_id(connection, taxonomy->find_by_name, DB_ARGS(name), id));
	return OK;
}

Err alias_find(struct db_connection *connection, const struct taxonomy *taxonomy, Str folded,
               struct arena *mem, int64_t *id)
{
	Str segment;
	TRY(query_id(connection, taxonomy->find_by_alias, DB_ARGS(db_text(folded)), id));
	if (*id != 0)
		return OK;
	TRY(words_as_segment(folded, mem, &segment));
	return query_id(connection, taxonomy->find_alias_segment, DB_ARGS(db_text(segment)), id);
}

Err taxonomy_find(struct db_connection *connection, const struct taxonomy *taxonomy,
                  const struct name *name, Str language, struct arena *mem, int64_t *id)
{
	int64_t found;
	TRY(find_spelled(connection, taxonomy, name->folded, language, &found));
	if (found == 0)
		TRY(query_id(connection, taxonomy->find_by_slug,
		             DB_ARGS(db_text(name->text), db_text(name->folded)), &found));
	if (found == 0 && taxonomy_has_aliases(taxonomy))
		TRY(alias_find(connection, taxonomy, name->folded, mem, &found));
	*id = found;
	return OK;
}

/* As find_spelled, of names that an address writes otherwise. */
static Err find_written(struct db_connection *connection, const struct taxonomy *taxonomy,
                        Str segment, Str language, int64_t *id)
{
	const struct db_value written = db_text(segment);
	*id = 0;
	if (!str_is_empty(language))
		TRY(query_id(connection, taxonomy->find_name_segment, DB_ARGS(written, db_text(language)),
		             id));
	if (*id == 0)
		TRY(query_id(connection, taxonomy->find_alias_segment, DB_ARGS(written), id));
	if (*id == 0)
		TRY(query_id(connection, taxonomy->find_name_segment, DB_ARGS(written, db_text(S(""))),
		             id));
	return OK;
}

Err taxonomy_find_segment(struct db_connection *connection, const struct taxonomy *taxonomy,
                          Str segment, Str language, struct arena *mem, int64_t *id)
{
	Str normal;
	Str folded;
	Str written;
	int64_t found;
	TRY(text_nfc(segment, mem, &normal));
	TRY(text_fold(normal, mem, &folded));
	TRY(words_as_segment(folded, mem, &written));
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(normal), db_text(normal)),
	             &found));
	/* An address that was somebody's leads to them, whoever else is called so. */
	if (found == 0)
		TRY(query_id(connection, taxonomy->find_former_slug, DB_ARGS(db_text(written)), &found));
	if (found == 0)
		TRY(find_spelled(connection, taxonomy, folded, language, &found));
	if (found == 0)
		TRY(find_written(connection, taxonomy, written, language, &found));
	*id = found;
	return OK;
}

Err taxonomy_named(struct db_connection *connection, const struct taxonomy *taxonomy, Str slug,
                   int64_t *id)
{
	int64_t found;
	TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(slug), db_text(slug)),
	             &found));
	if (found == 0)
		return fail(ERR_NOT_FOUND,
		            "there is no %s with the slug \"%.*s\": courant %s list shows them",
		            taxonomy->noun, STR(slug), taxonomy->noun);
	*id = found;
	return OK;
}

Err taxonomy_read(struct db_connection *connection, const struct taxonomy *taxonomy,
                  const struct site *site, const struct language *language, int64_t id,
                  struct arena *mem, Str *slug, Str *name)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, taxonomy->find,
	             DB_ARGS(db_text(site->language->code), db_text(language->code), db_int(id)),
	             &rows));
	CHECK(db_rows_next(rows));
	TRY(db_rows_copy(rows, 0, mem, slug));
	return db_rows_copy(rows, 1, mem, name);
}

Err source_names_find(struct db_connection *connection, struct arena *mem, struct source *source)
{
	DB_ROWS rows = NULL;
	int64_t room;
	size_t count = 0;
	if (source->id == 0)
		return OK;
	TRY(db_query_int(connection,
	                 SQL("SELECT (SELECT COUNT(*) FROM source_name WHERE source_id = $1) + "
	                     "(SELECT COUNT(*) FROM source_alias WHERE source_id = $1)"),
	                 DB_ARGS(db_int(source->id)), &room));
	Str *names = ARENA_ARRAY(mem, Str, (size_t)room + 1);
	if (names == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection,
	             SQL("SELECT name FROM source_name WHERE source_id = $1 UNION ALL "
	                 "SELECT name FROM source_alias WHERE source_id = $1"),
	             DB_ARGS(db_int(source->id)), &rows));
	for (; count < (size_t)room && db_rows_next(rows); count++)
		TRY(db_rows_copy(rows, 0, mem, &names[count]));
	TRY(db_rows_check(rows));
	source->names = names;
	source->name_count = count;
	return OK;
}

/* ---- making ---- */

Err taxonomy_slug_holder(struct db_connection *connection, const struct taxonomy *taxonomy,
                         Str slug, struct arena *mem, const char **out)
{
	Str folded;
	int64_t count;
	*out = NULL;
	if (taxonomy_has_aliases(taxonomy)) {
		TRY(text_fold(slug, mem, &folded));
		TRY(query_id(connection, taxonomy->find_alias_segment, DB_ARGS(db_text(folded)), &count));
		*out = count != 0 ? "it leads to another" : NULL;
		return OK;
	}
	/* A section's is the first part of addresses. */
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM first_part WHERE slug = $1"),
	                 DB_ARGS(db_text(slug)), &count));
	*out = count > 0 ? "a page has it as its address" : NULL;
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
	return db_run(
	    connection, taxonomy->set_name,
	    DB_ARGS(db_int(id), db_text(language), db_text(name->text), db_text(name->folded)), NULL);
}

Err taxonomy_slug_make(struct db_connection *connection, const struct taxonomy *taxonomy,
                       const struct name *name, struct arena *mem, Str *out)
{
	for (unsigned number = 1; number <= SLUG_NUMBERS_MAX; number++) {
		Str slug;
		const char *holder;
		int64_t id;
		TRY(slug_with_number(name->slug, number, mem, &slug));
		TRY(taxonomy_slug_holder(connection, taxonomy, slug, mem, &holder));
		TRY(query_id(connection, taxonomy->find_by_slug, DB_ARGS(db_text(slug), db_text(slug)),
		             &id));
		if (id == 0 && holder == NULL) {
			*out = slug;
			return OK;
		}
	}
	return fail(ERR_CONFLICT, "there are too many %ss like \"%.*s\": choose another name",
	            taxonomy->noun, STR(name->text));
}

/* Made with the name, which nothing has in any language. No other can have it then. */
static Err named_insert(struct db_connection *connection, const struct taxonomy *taxonomy,
                        const struct name *name, const struct language *language, struct arena *mem,
                        int64_t *id)
{
	Str slug;
	bool inserted;
	TRY(taxonomy_slug_make(connection, taxonomy, name, mem, &slug));
	TRY(taxonomy_insert(connection, taxonomy, slug, id, &inserted));
	CHECK(inserted); /* acts see the database as if they were alone */
	return taxonomy_set_name(connection, taxonomy, *id, language->code, name);
}

/* A new section's slug is seen by everybody: it gets no number in silence. */
static Err section_slug_free(struct db_connection *connection, const struct site *site,
                             const struct name *name, const struct language *language,
                             struct arena *mem)
{
	const struct db_value slug = db_text(name->slug);
	const char *holder;
	int64_t id;
	TRY(section_slug_check(name->slug));
	TRY(query_id(connection, taxonomy_section.find_by_slug, DB_ARGS(slug, slug), &id));
	if (id != 0) {
		Str taken;
		Str called;
		TRY(taxonomy_read(connection, &taxonomy_section, site, language, id, mem, &taken, &called));
		return fail(ERR_CONFLICT,
		            "\"%.*s\" would be a second section beside \"%.*s\", which has the slug "
		            "\"%.*s\": name that one, or make another with courant section add SLUG "
		            "--name",
		            STR(name->text), STR(called), STR(taken));
	}
	TRY(taxonomy_slug_holder(connection, &taxonomy_section, name->slug, mem, &holder));
	if (holder != NULL)
		return fail(ERR_CONFLICT,
		            "a section can't have \"%.*s\" as its slug, %s: choose another with section "
		            "add",
		            STR(name->slug), holder);
	return OK;
}

Err taxonomy_find_or_insert(struct db_connection *connection, const struct taxonomy *taxonomy,
                            const struct site *site, const struct name *name,
                            const struct language *language, struct arena *mem,
                            struct taxonomy_entry *out)
{
	struct taxonomy_entry entry = {0};
	TRY(taxonomy_find(connection, taxonomy, name, language->code, mem, &entry.id));
	if (entry.id == 0 && taxonomy == &taxonomy_section)
		TRY(section_slug_free(connection, site, name, language, mem));
	if (entry.id == 0)
		TRY(named_insert(connection, taxonomy, name, language, mem, &entry.id));
	TRY(taxonomy_read(connection, taxonomy, site, language, entry.id, mem, &entry.slug,
	                  &entry.name));
	*out = entry;
	return OK;
}
