#include "base/random.h"
#include "stories/story_row.h"

/* ---- a story's row ---- */

static Err status_parse(Str word, enum story_status *out)
{
	for (enum story_status status = STORY_DRAFT; status <= STORY_WITHDRAWN; status++)
		if (str_equal(word, story_status_word(status))) {
			*out = status;
			return OK;
		}
	return fail(ERR_INTERNAL, "\"%.*s\" is not a status of a story", STR(word));
}

static Err language_parse(int64_t id, Str code, const struct language **out)
{
	const struct language *language = language_find(code);
	if (language == NULL)
		return fail(ERR_INTERNAL, "story %lld is in %.*s, which this Courant does not speak",
		            (long long)id, STR(code));
	*out = language;
	return OK;
}

bool story_row_is_published(struct db_rows *row)
{
	return str_equal(db_rows_text(row, 1), story_status_word(STORY_PUBLISHED));
}

Err story_row_read(struct db_rows *row, struct arena *mem, struct story_record *out)
{
	struct story_record record = {0};
	struct story *story = &record.story;
	story->id = db_rows_int(row, 0);
	TRY(status_parse(db_rows_text(row, 1), &story->status));
	TRY(language_parse(story->id, db_rows_text(row, 2), &story->language));
	TRY(db_rows_copy(row, 3, mem, &story->headline));
	TRY(db_rows_copy(row, 4, mem, &story->standfirst));
	TRY(db_rows_copy(row, 5, mem, &story->byline));
	TRY(db_rows_copy(row, 6, mem, &story->slug));
	record.slug_given = db_rows_int(row, 7) != 0;
	TRY(db_rows_copy(row, 8, mem, &story->path));
	story->created = db_rows_int(row, 9);
	story->published = db_rows_int(row, 10);
	story->updated = db_rows_int(row, 11);
	story->breaking_until = db_rows_int(row, 12);
	story->revision = db_rows_int(row, 13);
	story->section.id = db_rows_int(row, 14);
	TRY(db_rows_copy(row, 15, mem, &story->section.slug));
	TRY(db_rows_copy(row, 16, mem, &story->section.name));
	story->source.id = db_rows_int(row, 17);
	TRY(db_rows_copy(row, 18, mem, &story->source.slug));
	TRY(db_rows_copy(row, 19, mem, &story->source.name));
	TRY(db_rows_copy(row, 20, mem, &story->summary));
	story->translation_group = db_rows_int(row, 21);
	*out = record;
	return OK;
}

/* ---- revisions ---- */

/* What a revision's hash is over, and a key that only says what is hashed: it is against bytes
 * that turn on the disk, not against people. */
static const struct mac_key revision_key = {"courant story revision"};
enum { REVISION_FIELDS = 10, REVISION_HASH = 10, REVISION_BODY = 9 };
#define REVISION_COLUMNS                                                                           \
	"story_id, revision, created, headline, standfirst, byline, section, source, tags, body, hash"

static Err revision_hash(const Str fields[REVISION_FIELDS], struct arena *mem, Str *out)
{
	unsigned char hash[MAC_BYTES];
	mac_make(&revision_key, fields, REVISION_FIELDS, hash);
	return base64url_format(hash, sizeof hash, mem, out);
}

/* The columns of the row that `rows` stands on; ERR_IO when they are not those that were
 * written. */
static Err revision_row_read(struct db_rows *rows, struct arena *mem, Str fields[REVISION_FIELDS])
{
	Str hash;
	for (int i = 0; i < 3; i++)
		TRY(arena_format(mem, &fields[i], "%lld", (long long)db_rows_int(rows, i)));
	for (int i = 3; i < REVISION_FIELDS; i++)
		TRY(db_rows_copy(rows, i, mem, &fields[i]));
	TRY(revision_hash(fields, mem, &hash));
	if (!str_equal(hash, db_rows_text(rows, REVISION_HASH)))
		return fail(
		    ERR_IO,
		    "revision %.*s of story %.*s is damaged in the database: restore an earlier backup",
		    STR(fields[1]), STR(fields[0]));
	return OK;
}

static Err tag_names_join(const struct story *story, struct arena *mem, Str *out)
{
	Str names = S("");
	for (size_t i = 0; i < story->tag_count; i++)
		TRY(arena_format(mem, &names, "%.*s%s%.*s", STR(names), i == 0 ? "" : "\n",
		                 STR(story->tags[i].name)));
	*out = names;
	return OK;
}

Err story_revision_insert(struct db_connection *connection, const struct story *story, Time created,
                          struct arena *mem)
{
	Str hash;
	Str fields[REVISION_FIELDS] = {
	    [3] = story->headline,     [4] = story->standfirst,  [5] = story->byline,
	    [6] = story->section.slug, [7] = story->source.name, [REVISION_BODY] = story->body.markup,
	};
	TRY(arena_format(mem, &fields[0], "%lld", (long long)story->id));
	TRY(arena_format(mem, &fields[1], "%lld", (long long)story->revision));
	TRY(arena_format(mem, &fields[2], "%lld", (long long)created));
	TRY(tag_names_join(story, mem, &fields[8]));
	TRY(revision_hash(fields, mem, &hash));
	return db_run(connection,
	              SQL("INSERT INTO story_revision (" REVISION_COLUMNS ") "
	                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
	              DB_ARGS(db_int(story->id), db_int(story->revision), db_int(created),
	                      db_text(fields[3]), db_text(fields[4]), db_text(fields[5]),
	                      db_text(fields[6]), db_text(fields[7]), db_text(fields[8]),
	                      db_text(fields[REVISION_BODY]), db_text(hash)),
	              NULL);
}

static Err text_lost(int64_t id)
{
	return fail(ERR_IO, "story %lld has lost its text in the database: restore an earlier backup",
	            (long long)id);
}

static Err story_body_find(struct db_connection *connection, struct arena *mem, struct story *story)
{
	DB_ROWS rows = NULL;
	Str fields[REVISION_FIELDS];
	TRY(db_query(connection,
	             SQL("SELECT " REVISION_COLUMNS " FROM story_revision "
	                 "WHERE story_id = $1 AND revision = $2"),
	             DB_ARGS(db_int(story->id), db_int(story->revision)), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return text_lost(story->id);
	}
	TRY(revision_row_read(rows, mem, fields));
	story->body = html_from_store(fields[REVISION_BODY]);
	return OK;
}

/* What one revision may take while it is checked. */
#define REVISION_MEMORY_MAX (4 * (size_t)HTML_MAX_BYTES)

Err stories_verify(struct db_connection *connection)
{
	DB_ROWS rows = NULL;
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, REVISION_MEMORY_MAX);
	TRY(db_query(connection,
	             SQL("SELECT " REVISION_COLUMNS " FROM story_revision ORDER BY story_id, revision"),
	             DB_NO_ARGS, &rows));
	while (db_rows_next(rows)) {
		Str fields[REVISION_FIELDS];
		TRY(revision_row_read(rows, &mem, fields));
		arena_clear(&mem);
	}
	return db_rows_check(rows);
}

/* ---- what belongs to a story ---- */

static Err story_tags_find(struct db_connection *connection, const struct site *site,
                           struct arena *mem, struct story *story)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	struct tag *tags = ARENA_ARRAY(mem, struct tag, STORY_TAGS_MAX);
	if (tags == NULL)
		return ERR_MEMORY;
	TRY(db_query(
	    connection,
	    SQL("SELECT tag.id, tag.slug, " TAG_NAME(
	        "$2") " FROM story_tag t "
	              "JOIN tag ON tag.id = t.tag_id WHERE t.story_id = $3 ORDER BY t.position"),
	    DB_ARGS(db_text(site->language->code), db_text(story->language->code), db_int(story->id)),
	    &rows));
	while (db_rows_next(rows)) {
		CHECK(count < STORY_TAGS_MAX);
		tags[count].id = db_rows_int(rows, 0);
		TRY(db_rows_copy(rows, 1, mem, &tags[count].slug));
		TRY(db_rows_copy(rows, 2, mem, &tags[count].name));
		count++;
	}
	TRY(db_rows_check(rows));
	story->tags = tags;
	story->tag_count = count;
	return OK;
}

Err story_bylines_find(struct db_connection *connection, const struct site *site, struct arena *mem,
                       struct story *story)
{
	DB_ROWS rows = NULL;
	size_t count = 0;
	struct byline *bylines = ARENA_ARRAY(mem, struct byline, STORY_BYLINES_MAX);
	if (bylines == NULL)
		return ERR_MEMORY;
	TRY(db_query(
	    connection,
	    SQL("SELECT byline.id, byline.slug, " BYLINE_NAME(
	        "$2") " FROM story_byline b JOIN byline ON byline.id = b.byline_id "
	              "WHERE b.story_id = $3 ORDER BY b.position"),
	    DB_ARGS(db_text(site->language->code), db_text(story->language->code), db_int(story->id)),
	    &rows));
	while (db_rows_next(rows)) {
		CHECK(count < STORY_BYLINES_MAX);
		bylines[count].id = db_rows_int(rows, 0);
		TRY(db_rows_copy(rows, 1, mem, &bylines[count].slug));
		TRY(db_rows_copy(rows, 2, mem, &bylines[count].name));
		count++;
	}
	TRY(db_rows_check(rows));
	story->bylines = bylines;
	story->byline_count = count;
	return OK;
}

static Err story_corrections_find(struct db_connection *connection, struct arena *mem,
                                  struct story *story)
{
	DB_ROWS rows = NULL;
	int64_t count;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM correction WHERE story_id = $1"),
	                 DB_ARGS(db_int(story->id)), &count));
	struct correction *corrections = ARENA_ARRAY(mem, struct correction, (size_t)count + 1);
	if (corrections == NULL)
		return ERR_MEMORY;
	TRY(db_query(connection,
	             SQL("SELECT id, kind, text, created FROM correction WHERE story_id = $1 "
	                 "ORDER BY id"),
	             DB_ARGS(db_int(story->id)), &rows));
	size_t read = 0;
	for (; read < (size_t)count && db_rows_next(rows); read++) {
		corrections[read].id = db_rows_int(rows, 0);
		TRY(correction_kind_read(db_rows_text(rows, 1), &corrections[read].kind));
		TRY(db_rows_copy(rows, 2, mem, &corrections[read].text));
		corrections[read].at = db_rows_int(rows, 3);
	}
	TRY(db_rows_check(rows));
	story->corrections = corrections;
	story->correction_count = read;
	return OK;
}

Err correction_kind_read(Str word, enum correction_kind *out)
{
	if (correction_kind_parse(word, out))
		return OK;
	return fail(ERR_INTERNAL, "\"%.*s\" is not a kind of correction", STR(word));
}

Err correction_insert(struct db_connection *connection, const struct story *story,
                      enum correction_kind kind, Str text, Time created)
{
	return db_run(connection,
	              SQL("INSERT INTO correction (story_id, kind, text, created, language) "
	                  "VALUES ($1, $2, $3, $4, $5)"),
	              DB_ARGS(db_int(story->id), db_text(correction_kind_word(kind)), db_text(text),
	                      db_int(created), db_text(story->language->code)),
	              NULL);
}

/* ---- finding ---- */

static Err no_story(struct db_connection *connection, int64_t id)
{
	int64_t discarded;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM story_discarded WHERE id = $1"),
	                 DB_ARGS(db_int(id)), &discarded));
	if (discarded > 0)
		return fail(ERR_NOT_FOUND, "there is no story %lld: it was a draft, and was discarded",
		            (long long)id);
	return fail(ERR_NOT_FOUND, "there is no story %lld", (long long)id);
}

Err story_head_find(struct db_connection *connection, int64_t id, struct arena *mem,
                    struct story_head *out)
{
	DB_ROWS rows = NULL;
	struct story_head head = {.id = id};
	TRY(db_query(connection,
	             SQL("SELECT status, language, translation_group, published, byline FROM story "
	                 "WHERE id = $1"),
	             DB_ARGS(db_int(id)), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return no_story(connection, id);
	}
	TRY(status_parse(db_rows_text(rows, 0), &head.status));
	TRY(language_parse(id, db_rows_text(rows, 1), &head.language));
	head.translation_group = db_rows_int(rows, 2);
	head.published = db_rows_int(rows, 3);
	TRY(db_rows_copy(rows, 4, mem, &head.byline));
	*out = head;
	return OK;
}

Err story_row_find(struct db_connection *connection, const struct site *site, int64_t id,
                   struct arena *mem, struct story_record *out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT " STORY_COLUMNS " FROM story s" STORY_JOINS " WHERE s.id = $2"),
	             DB_ARGS(db_text(site->language->code), db_int(id)), &rows));
	if (!db_rows_next(rows)) {
		TRY(db_rows_check(rows));
		return no_story(connection, id);
	}
	return story_row_read(rows, mem, out);
}

Err story_record_find(struct db_connection *connection, const struct site *site, int64_t id,
                      struct arena *mem, struct story_record *out)
{
	struct story_record record;
	TRY(story_row_find(connection, site, id, mem, &record));
	TRY(story_body_find(connection, mem, &record.story));
	TRY(source_names_find(connection, mem, &record.story.source));
	TRY(story_bylines_find(connection, site, mem, &record.story));
	TRY(story_tags_find(connection, site, mem, &record.story));
	TRY(story_corrections_find(connection, mem, &record.story));
	*out = record;
	return OK;
}

Err story_find(struct db_connection *connection, const struct site *site, int64_t id,
               struct arena *mem, struct story *out)
{
	struct story_record record;
	TRY(story_record_find(connection, site, id, mem, &record));
	*out = record.story;
	return OK;
}

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
			return text_lost(ids[i]);
	return OK;
}

Err story_find_by_path(struct db_connection *connection, const struct site *site, Str path,
                       struct arena *mem, struct story *out)
{
	Str normal;
	int64_t id;
	TRY(text_nfc(path, mem, &normal));
	TRY(story_address_find(connection, normal, &id));
	if (id == 0)
		return fail(ERR_NOT_FOUND, "there is no story at %.*s", STR(path));
	return story_find(connection, site, id, mem, out);
}

Err story_address_find(struct db_connection *connection, Str path, int64_t *story_id)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT story_id FROM story_address WHERE path = $1"),
	             DB_ARGS(db_text(path)), &rows));
	int64_t found = db_rows_next(rows) ? db_rows_int(rows, 0) : 0;
	TRY(db_rows_check(rows));
	*story_id = found;
	return OK;
}

Err section_has_other(struct db_connection *connection, int64_t section_id,
                      const struct language *language, int64_t story_id, bool *out)
{
	int64_t others;
	TRY(db_query_int(connection,
	                 SQL("SELECT COUNT(*) FROM (SELECT 1 FROM story WHERE section_id = $1 "
	                     "AND language = $2 AND status = 'published' AND id <> $3 "
	                     "ORDER BY published DESC NULLS LAST LIMIT 1) other"),
	                 DB_ARGS(db_int(section_id), db_text(language->code), db_int(story_id)),
	                 &others));
	*out = others > 0;
	return OK;
}

/* ---- writing ---- */

Err story_record_discard(struct db_connection *connection, int64_t id, Time now)
{
	const struct db_value story[] = {db_int(id)};
	TRY(db_run(connection, SQL("DELETE FROM story_tag WHERE story_id = $1"), story, 1, NULL));
	TRY(db_run(connection, SQL("DELETE FROM story_byline WHERE story_id = $1"), story, 1, NULL));
	TRY(db_run(connection, SQL("DELETE FROM byline_missing WHERE story_id = $1"), story, 1, NULL));
	TRY(db_run(connection, SQL("DELETE FROM story_revision WHERE story_id = $1"), story, 1, NULL));
	TRY(db_run(connection, SQL("DELETE FROM story WHERE id = $1"), story, 1, NULL));
	return db_run(connection, SQL("INSERT INTO story_discarded (id, discarded) VALUES ($1, $2)"),
	              DB_ARGS(db_int(id), db_int(now)), NULL);
}

static struct db_value int_or_null(int64_t number)
{
	return number == 0 ? db_null() : db_int(number);
}

static struct db_value text_or_null(Str text)
{
	return str_is_empty(text) ? db_null() : db_text(text);
}

#define SQL_STORY_INSERT(id_column, id)                                                            \
	"INSERT INTO story (" id_column "status, language, headline, standfirst, byline, slug, "       \
	"slug_given, path, section_id, source_id, created, published, updated, breaking_until, "       \
	"revision, summary, is_searchable) VALUES (" id "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "    \
	"$11, $12, $13, $14, $15, $16, $17) RETURNING id"
/* PostgreSQL counts on; SQLite takes the number after the highest there is, unless it is told. */
#define SQL_NEXT_ID                                                                                \
	"(SELECT 1 + MAX(COALESCE((SELECT MAX(id) FROM story), 0), "                                   \
	"COALESCE((SELECT MAX(id) FROM story_discarded), 0))), "

Err story_record_insert(struct db_connection *connection, struct story_record *record)
{
	const struct story *story = &record->story;
	return db_query_int(
	    connection,
	    db_connection_is_postgres(connection) ? SQL(SQL_STORY_INSERT("", ""))
	                                          : SQL(SQL_STORY_INSERT("id, ", SQL_NEXT_ID)),
	    DB_ARGS(db_text(story_status_word(story->status)), db_text(story->language->code),
	            db_text(story->headline), db_text(story->standfirst), db_text(story->byline),
	            db_text(story->slug), db_int(record->slug_given), text_or_null(story->path),
	            db_int(story->section.id), int_or_null(story->source.id), db_int(story->created),
	            int_or_null(story->published), db_int(story->updated),
	            db_int(story->breaking_until), db_int(story->revision), db_text(story->summary),
	            db_int(story->status == STORY_PUBLISHED)),
	    &record->story.id);
}

Err story_record_update(struct db_connection *connection, const struct story_record *record)
{
	const struct story *story = &record->story;
	return db_run(connection,
	              SQL("UPDATE story SET status = $2, headline = $3, standfirst = $4, byline = $5, "
	                  "slug = $6, slug_given = $7, path = $8, section_id = $9, source_id = $10, "
	                  "published = $11, updated = $12, breaking_until = $13, revision = $14, "
	                  "summary = $15, translation_group = $16 "
	                  "WHERE id = $1"),
	              DB_ARGS(db_int(story->id), db_text(story_status_word(story->status)),
	                      db_text(story->headline), db_text(story->standfirst),
	                      db_text(story->byline), db_text(story->slug), db_int(record->slug_given),
	                      text_or_null(story->path), db_int(story->section.id),
	                      int_or_null(story->source.id), int_or_null(story->published),
	                      db_int(story->updated), db_int(story->breaking_until),
	                      db_int(story->revision), db_text(story->summary),
	                      int_or_null(story->translation_group)),
	              NULL);
}

Err story_tags_insert(struct db_connection *connection, const struct story *story)
{
	for (size_t i = 0; i < story->tag_count; i++)
		TRY(db_run(connection,
		           SQL("INSERT INTO story_tag (story_id, position, tag_id, language, status, "
		               "published) VALUES ($1, $2, $3, $4, $5, $6)"),
		           DB_ARGS(db_int(story->id), db_int((int64_t)i), db_int(story->tags[i].id),
		                   db_text(story->language->code),
		                   db_text(story_status_word(story->status)),
		                   int_or_null(story->published)),
		           NULL));
	return OK;
}

Err story_tags_replace(struct db_connection *connection, const struct story *story)
{
	TRY(db_run(connection, SQL("DELETE FROM story_tag WHERE story_id = $1"),
	           DB_ARGS(db_int(story->id)), NULL));
	return story_tags_insert(connection, story);
}

Err story_bylines_replace(struct db_connection *connection, const struct story *story)
{
	TRY(db_run(connection, SQL("DELETE FROM story_byline WHERE story_id = $1"),
	           DB_ARGS(db_int(story->id)), NULL));
	return story_bylines_insert(connection, story);
}

Err story_bylines_insert(struct db_connection *connection, const struct story *story)
{
	for (size_t i = 0; i < story->byline_count; i++)
		TRY(db_run(connection,
		           SQL("INSERT INTO story_byline (story_id, position, byline_id, language, "
		               "status, published) VALUES ($1, $2, $3, $4, $5, $6)"),
		           DB_ARGS(db_int(story->id), db_int((int64_t)i), db_int(story->bylines[i].id),
		                   db_text(story->language->code),
		                   db_text(story_status_word(story->status)),
		                   int_or_null(story->published)),
		           NULL));
	return OK;
}

Err story_byline_renew(struct db_connection *connection, const struct site *site, int64_t id,
                       struct arena *mem, bool *changed)
{
	struct story_head head;
	TRY(story_head_find(connection, id, mem, &head));
	struct story story = {.id = id, .language = head.language};
	TRY(story_bylines_find(connection, site, mem, &story));
	TRY(bylines_join(story.language, story.bylines, story.byline_count, mem, &story.byline));
	int64_t rows_changed;
	TRY(db_run(connection, SQL("UPDATE story SET byline = $2 WHERE id = $1 AND byline <> $2"),
	           DB_ARGS(db_int(id), db_text(story.byline)), &rows_changed));
	*changed = rows_changed > 0;
	return OK;
}

Err byline_stories_find(struct db_connection *connection, int64_t byline_id, int64_t after,
                        int64_t *out, size_t max, size_t *count_out)
{
	return query_ids(connection,
	                 SQL("SELECT story_id FROM story_byline WHERE byline_id = $1 AND story_id > $2 "
	                     "ORDER BY story_id NULLS FIRST LIMIT $3"),
	                 DB_ARGS(db_int(byline_id), db_int(after), db_int((int64_t)max)), out, max,
	                 count_out);
}

Err byline_renaming_find(struct db_connection *connection, int64_t byline_id, int64_t *after)
{
	return db_query_int(connection,
	                    SQL("SELECT COALESCE(MAX(after), -1) FROM byline_renaming "
	                        "WHERE byline_id = $1"),
	                    DB_ARGS(db_int(byline_id)), after);
}

Err byline_renaming_update(struct db_connection *connection, int64_t byline_id, int64_t after)
{
	return db_run(connection, SQL("UPDATE byline_renaming SET after = $2 WHERE byline_id = $1"),
	              DB_ARGS(db_int(byline_id), db_int(after)), NULL);
}

Err byline_renaming_list(struct db_connection *connection, int64_t *out, size_t max,
                         size_t *count_out)
{
	return query_ids(connection,
	                 SQL("SELECT byline_id FROM byline_renaming ORDER BY byline_id LIMIT $1"),
	                 DB_ARGS(db_int((int64_t)max)), out, max, count_out);
}

Err group_members_find(struct db_connection *connection, int64_t group, int64_t id,
                       struct group_member out[GROUP_MAX], size_t *count_out)
{
	size_t count = 0;
	if (group != 0) {
		DB_ROWS rows = NULL;
		TRY(db_query(connection,
		             SQL("SELECT id, status, language FROM story "
		                 "WHERE translation_group = $1 AND id <> $2 ORDER BY language"),
		             DB_ARGS(db_int(group), db_int(id)), &rows));
		while (db_rows_next(rows)) {
			CHECK(count < GROUP_MAX);
			out[count].id = db_rows_int(rows, 0);
			TRY(status_parse(db_rows_text(rows, 1), &out[count].status));
			out[count++].language = language_find(db_rows_text(rows, 2));
		}
		TRY(db_rows_check(rows));
	}
	*count_out = count;
	return OK;
}

Err story_group_set(struct db_connection *connection, int64_t id, int64_t group)
{
	return db_run(connection, SQL("UPDATE story SET translation_group = $2 WHERE id = $1"),
	              DB_ARGS(db_int(id), int_or_null(group)), NULL);
}

Err story_address_insert(struct db_connection *connection, Str path, int64_t story_id, Time created)
{
	return db_run(connection,
	              SQL("INSERT INTO story_address (path, story_id, created) VALUES ($1, $2, $3)"),
	              DB_ARGS(db_text(path), db_int(story_id), db_int(created)), NULL);
}
