#include "web/site.h"

#include "base/utf8.h"
#include "web/act.h"

#define SITE_ROWS 3 /* language, zone, key: written once */
/* What the rows of one change take, beside the words themselves. */
#define CHANGE_MAX_BYTES 65536

static Err setting_find(struct db_connection *connection, Str name, struct arena *mem, Str *out)
{
	DB_ROWS rows = NULL;
	TRY(db_query(connection, SQL("SELECT value FROM site_setting WHERE name = $1"),
	             DB_ARGS(db_text(name)), &rows));
	if (db_rows_next(rows))
		return db_rows_copy(rows, 0, mem, out);
	TRY(db_rows_check(rows));
	return fail(ERR_NOT_FOUND,
	            "this database holds no site (%.*s is missing): make one with courant init",
	            STR(name));
}

Err site_find(struct db_connection *connection, struct arena *mem, struct site *out)
{
	struct site site = {0};
	Str language;
	Str key;
	TRY(setting_find(connection, S("name"), mem, &site.name_at_start));
	TRY(setting_find(connection, S("zone"), mem, &site.zone));
	TRY(setting_find(connection, S("language"), mem, &language));
	TRY(setting_find(connection, S("key"), mem, &key));
	site.language = language_find(language);
	if (site.language == NULL)
		return fail(ERR_INVALID, "the site's language is %.*s, which this Courant does not speak",
		            STR(language));
	if (!base64url_parse(key, site.key.bytes, sizeof site.key.bytes))
		return fail(ERR_INVALID, "the site's own key in the database is damaged: restore a backup");
	*out = site;
	return OK;
}

/* NULL for a code that Courant does not speak. */
static const struct language *language_or_own(Str code, const struct language *own)
{
	return str_is_empty(code) ? own : language_find(code);
}

Err site_language_find(const struct site *site, Str code, const struct language **out)
{
	const struct language *language = language_or_own(code, site->language);
	if (language == NULL)
		return language_unknown(code);
	*out = language;
	return OK;
}

/* ---- what it is called ---- */

/* The setting that holds a word in a language: "name.ar", and "name" in the site's own. */
static Err setting_name(Str word, const struct language *own, const struct language *language,
                        struct arena *mem, Str *out)
{
	if (language != own)
		return arena_format(mem, out, "%.*s.%.*s", STR(word), STR(language->code));
	*out = word;
	return OK;
}

Err site_words_find(struct db_connection *connection, const struct site *site,
                    const struct language *language, struct arena *mem, struct site_words *out)
{
	struct site_words words = {0};
	Str name;
	Str tagline;
	TRY(setting_name(S("name"), site->language, language, mem, &name));
	TRY(setting_name(S("tagline"), site->language, language, mem, &tagline));
	DB_ROWS rows = NULL;
	TRY(db_query(connection,
	             SQL("SELECT name, value FROM site_setting WHERE name IN ('name', $1, $2)"),
	             DB_ARGS(db_text(name), db_text(tagline)), &rows));
	while (db_rows_next(rows)) {
		Str found = db_rows_text(rows, 0);
		if (str_equal(found, tagline))
			TRY(db_rows_copy(rows, 1, mem, &words.tagline));
		else if (str_equal(found, name) || str_is_empty(words.name))
			TRY(db_rows_copy(rows, 1, mem, &words.name));
	}
	TRY(db_rows_check(rows));
	*out = words;
	return OK;
}

/* One row to write; `value` is empty for one to take away. */
struct setting_change {
	Str name, value;
};
struct site_change {
	struct setting_change *rows;
	size_t count;
	bool has_name; /* in the site's own language */
	struct effects effects;
};

static Err word_check(const struct name_input *input, Str word, size_t max_characters,
                      const struct language *own, struct arena *mem, struct site_change *change)
{
	const struct language *language = language_or_own(input->language, own);
	bool is_name = str_equal(word, S("name"));
	if (language == NULL)
		return language_unknown(input->language);
	struct setting_change *row = &change->rows[change->count++];
	TRY(line_check(is_name ? "the site's name" : "the site's tagline", input->name, max_characters,
	               mem, &row->value));
	if (is_name && language == own) {
		if (str_is_empty(row->value))
			return fail(ERR_INVALID, "the site's name is empty: give it one");
		change->has_name = true;
	}
	return setting_name(word, own, language, mem, &row->name);
}

/* The rows that the words make; each language once, the last word counts. */
static Err words_check(const struct site_words_input *input, const struct language *own,
                       struct arena *mem, struct site_change *change)
{
	change->rows = ARENA_ARRAY(mem, struct setting_change,
	                           input->name_count + input->tagline_count + SITE_ROWS);
	if (change->rows == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < input->name_count; i++)
		TRY(word_check(&input->names[i], S("name"), SITE_NAME_MAX, own, mem, change));
	for (size_t i = 0; i < input->tagline_count; i++)
		TRY(word_check(&input->taglines[i], S("tagline"), SITE_TAGLINE_MAX, own, mem, change));
	return OK;
}

static Err settings_write(struct db_connection *connection, const struct site_change *change)
{
	for (size_t i = 0; i < change->count; i++) {
		const struct setting_change *row = &change->rows[i];
		if (str_is_empty(row->value))
			TRY(db_run(connection, SQL("DELETE FROM site_setting WHERE name = $1"),
			           DB_ARGS(db_text(row->name)), NULL));
		else
			TRY(db_run(connection,
			           SQL("INSERT INTO site_setting (name, value) VALUES ($1, $2) "
			               "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
			           DB_ARGS(db_text(row->name), db_text(row->value)), NULL));
	}
	return OK;
}

/* ---- the acts ---- */

static Err site_create_commit(struct db_connection *connection, void *state)
{
	int64_t count;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM site_setting"), DB_NO_ARGS, &count));
	if (count > 0)
		return fail(ERR_CONFLICT, "there is a site in this database already");
	return settings_write(connection, state);
}

Err site_create(struct db *db, const struct site_input *input)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, CHANGE_MAX_BYTES);
	struct site_change change = {0};
	const struct language *language = language_find(input->language);
	if (language == NULL)
		return language_unknown(input->language);
	if (!zone_is_known(input->zone))
		return fail(ERR_INVALID,
		            "%.*s is not a time zone: take a name such as Asia/Baghdad or Europe/London",
		            STR(input->zone));
	TRY(words_check(&input->words, language, &mem, &change));
	if (!change.has_name)
		return fail(ERR_INVALID, "a site needs a name in its own language, %.*s",
		            STR(language->code));
	struct mac_key key;
	Str key_text;
	random_bytes(key.bytes, sizeof key.bytes);
	TRY(base64url_format(key.bytes, sizeof key.bytes, &mem, &key_text));
	change.rows[change.count++] = (struct setting_change){S("language"), language->code};
	change.rows[change.count++] = (struct setting_change){S("zone"), input->zone};
	change.rows[change.count++] = (struct setting_change){S("key"), key_text};
	struct db_act act = {"site_create", site_create_commit, &change};
	return db_commit(db, &act);
}

static Err site_set_commit(struct db_connection *connection, void *state)
{
	struct site_change *change = state;
	effects_clear(&change->effects);
	effects_add(&change->effects, TAG_SITE);
	return settings_write(connection, change);
}

Err site_set(const struct world *world, const struct site_words_input *input)
{
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, CHANGE_MAX_BYTES);
	struct site_change change = {0};
	TRY(words_check(input, world->site->language, &mem, &change));
	if (change.count == 0)
		return fail(ERR_INVALID, "say what is to change");
	struct db_act act = {"site_set", site_set_commit, &change};
	return act_commit(world, &act, &change.effects);
}

const struct db_table site_tables[] = {
    {"site_setting", SQL("SELECT name, value FROM site_setting ORDER BY name"),
     SQL("INSERT INTO site_setting (name, value) VALUES ($1, $2)"), 2},
};
const Sql site_clear = {"DELETE FROM site_setting"};
const size_t site_table_count = sizeof site_tables / sizeof site_tables[0];
