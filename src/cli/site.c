#include "cli/cli_private.h"

/* What the site is called, in every language that has words of its own. */
struct shown_words {
	const struct command_context *context;
	json_t *names, *taglines; /* by language; NULL for people */
};

static void fact_print(const struct command_context *context, const char *what, Str fact)
{
	print_line(context, "%-11s  %.*s", what, STR(fact));
}

/* "name.ar      الرافدان" */
static void word_show(const struct shown_words *shown, json_t *object, const char *what,
                      const struct language *language, Str word)
{
	const struct command_context *context = shown->context;
	char label[32];
	if (object != NULL) {
		json_object_set_new(object, language->code.bytes, json_text(word));
		return;
	}
	snprintf(label, sizeof label, "%s.%.*s", what, STR(language->code));
	fact_print(context, language == context->world->site->language ? what : label, word);
}

static Err words_show(const struct shown_words *shown)
{
	const struct site *site = shown->context->world->site;
	struct arena *mem = shown->context->mem;
	struct site_words own;
	DB_READ connection = NULL;
	TRY(db_read_begin(shown->context->world->db, &connection));
	TRY(site_words_find(connection, site, site->language, mem, &own));
	word_show(shown, shown->names, "name", site->language, own.name);
	if (!str_is_empty(own.tagline))
		word_show(shown, shown->taglines, "tagline", site->language, own.tagline);
	const struct language *language;
	for (size_t i = 0; (language = language_at(i)) != NULL; i++) {
		struct site_words words;
		if (language == site->language)
			continue;
		TRY(site_words_find(connection, site, language, mem, &words));
		if (!str_equal(words.name, own.name))
			word_show(shown, shown->names, "name", language, words.name);
		if (!str_is_empty(words.tagline))
			word_show(shown, shown->taglines, "tagline", language, words.tagline);
	}
	return OK;
}

static Err site_json(const struct command_context *context, Str address, const char *database)
{
	const struct site *site = context->world->site;
	struct shown_words shown = {context, json_object(), json_object()};
	Err err = words_show(&shown);
	if (err != OK) {
		json_decref(shown.names);
		json_decref(shown.taglines);
		return err;
	}
	const char *own = site->language->code.bytes;
	return print_json(context,
	                  json_pack("{s:O?, s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "name",
	                            json_object_get(shown.names, own), "names", shown.names, "taglines",
	                            shown.taglines, "language", json_text(site->language->code),
	                            "timezone", json_text(site->zone), "url", json_text(address),
	                            "database", database, "server", context->in_a_server));
}

static Err site_show_run(struct command_context *context)
{
	const struct site *site = context->world->site;
	Str address;
	TRY(address_shown(context, S("/"), &address));
	const char *database = db_is_postgres(context->world->db) ? "PostgreSQL" : "SQLite";
	if (context->call->json)
		return site_json(context, address, database);
	TRY(words_show(&(struct shown_words){.context = context}));
	fact_print(context, "language", site->language->code);
	fact_print(context, "timezone", site->zone);
	fact_print(context, "url", address);
	fact_print(context, "database", str_from_c(database));
	fact_print(context, "server", context->in_a_server ? S("running") : S("not running"));
	return OK;
}

const struct command site_show_command = {
    .words = "site show",
    .operands = "",
    .summary = "Says what the site is called, where it is and whether its server runs",
    .site = SITE_NEEDED,
    .run = site_show_run,
};

/* ---- site set ---- */

static const struct command_option options[] = {
    {"name", "[LANG=]TEXT", true, "its name, in its own language or in LANG"},
    {"tagline", "[LANG=]TEXT", true, "what stands below the name; empty: nothing"},
    {0},
};

static Err site_set_run(struct command_context *context)
{
	struct site_words_input input;
	TRY(input_site_words(context, context->world->site->language, &input));
	if (input.name_count + input.tagline_count == 0)
		return command_misused(context, "it is not said what to change");
	TRY(site_set(context->world, &input));
	return site_show_run(context);
}

const struct command site_set_command = {
    .words = "site set",
    .operands = "",
    .summary = "Changes what the site is called; every page says so at once",
    .details =
        "Only what is given changes, and an empty name or tagline is taken away: `--name ar=`. The "
        "language and the time zone stay what they were at init, since the addresses of stories "
        "and the days in them hang on them; where the site is read is the setting `site.url`.",
    .options = options,
    .site = SITE_NEEDED,
    .run = site_set_run,
};
