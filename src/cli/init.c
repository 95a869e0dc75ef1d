#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"name", "[LANG=]TEXT", true, "its name, in its own language or in LANG; Courant, unless told"},
    {"tagline", "[LANG=]TEXT", true, "what stands below the name"},
    {"lang", COMMAND_LANGUAGE, false, "its first language; en, unless told"},
    {"timezone", "ZONE", false, "where it is, such as Asia/Baghdad; UTC, unless told"},
    {"url", "URL", false, "its public address, such as https://news.example"},
    {"database", "URL", false, "a PostgreSQL database, postgres://…; otherwise SQLite in DIR"},
    {0},
};

static Str value_or(const struct command_context *context, const char *option, Str otherwise)
{
	return command_has(context, option) ? command_value(context, option) : otherwise;
}

static Err init_run(struct command_context *context)
{
	Str folder = context->call->operands[0];
	const struct name_input unnamed = {S(""), S("Courant")};
	struct site_new input = {
	    .site.language = value_or(context, "lang", S("en")),
	    .site.zone = value_or(context, "timezone", S("UTC")),
	    .url = command_value(context, "url"),
	    .database = command_value(context, "database"),
	};
	struct site_words_input *words = &input.site.words;
	const struct language *own = language_find(input.site.language);
	TRY(input_site_words(context, own != NULL ? own : language_at(0), words));
	if (words->name_count == 0) {
		words->names = &unnamed;
		words->name_count = 1;
	}
	TRY(site_folder_init(folder, &input));
	if (context->call->json)
		return print_json(context, json_pack("{s:o, s:o}", "site", json_text(folder), "name",
		                                     json_text(words->names[0].name)));
	print_line(context, "The site is made in %.*s. Start it with: courant --site %.*s serve",
	           STR(folder), STR(folder));
	return OK;
}

const struct command init_command = {
    .words = "init",
    .operands = "DIR",
    .summary = "Makes a site: a folder with its settings and its database",
    .details = "The folder may be absent or empty. A name is given once for each language, `--name "
               "\"The Two Rivers\" --name ar=الرافدان`; pages in a language without one take the "
               "name in the site's own. Language and time zone are for good: the addresses of "
               "stories and the days in them hang on them.",
    .options = options,
    .run = init_run,
};
