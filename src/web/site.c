#include "web/site.h"

#include "base/utf8.h"

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
	TRY(setting_find(connection, S("name"), mem, &site.name));
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

static Err site_check(const struct site_input *input)
{
	Str name = utf8_trim(input->name);
	if (!utf8_is_valid(name) || name.length == 0 || utf8_length(name) > SITE_NAME_MAX ||
	    utf8_has_control(name) || str_find_byte(name, '\n') != STR_NOT_FOUND ||
	    str_find_byte(name, '\t') != STR_NOT_FOUND)
		return fail(ERR_INVALID, "a site's name has 1 to %d characters on one line", SITE_NAME_MAX);
	if (language_find(input->language) == NULL)
		return fail(ERR_INVALID, "%.*s is not a language that Courant speaks: take " LANGUAGE_CODES,
		            STR(input->language));
	if (!zone_is_known(input->zone))
		return fail(ERR_INVALID,
		            "%.*s is not a time zone: take a name such as Asia/Baghdad or Europe/London",
		            STR(input->zone));
	return OK;
}

struct site_create_state {
	Str name, language, zone, key;
};

static Err setting_insert(struct db_connection *connection, Str name, Str value)
{
	return db_run(connection, SQL("INSERT INTO site_setting (name, value) VALUES ($1, $2)"),
	              DB_ARGS(db_text(name), db_text(value)), NULL);
}

static Err site_create_commit(struct db_connection *connection, void *context)
{
	const struct site_create_state *state = context;
	int64_t count;
	TRY(db_query_int(connection, SQL("SELECT COUNT(*) FROM site_setting"), DB_NO_ARGS, &count));
	if (count > 0)
		return fail(ERR_CONFLICT, "there is a site in this database already");
	TRY(setting_insert(connection, S("name"), state->name));
	TRY(setting_insert(connection, S("language"), state->language));
	TRY(setting_insert(connection, S("zone"), state->zone));
	return setting_insert(connection, S("key"), state->key);
}

Err site_create(struct db *db, const struct site_input *input)
{
	TRY(site_check(input));
	struct mac_key key;
	random_bytes(key.bytes, sizeof key.bytes);
	struct arena mem CLEANUP(arena_done);
	arena_init(&mem, 4096);
	struct site_create_state state = {utf8_trim(input->name), input->language, input->zone, {0}};
	TRY(base64url_format(key.bytes, sizeof key.bytes, &mem, &state.key));
	struct db_act act = {"site_create", site_create_commit, &state};
	return db_commit(db, &act);
}

const struct db_table site_tables[] = {
    {"site_setting", SQL("SELECT name, value FROM site_setting ORDER BY name"),
     SQL("INSERT INTO site_setting (name, value) VALUES ($1, $2)"), 2},
};
const Sql site_clear = {"DELETE FROM site_setting"};
const size_t site_table_count = sizeof site_tables / sizeof site_tables[0];
