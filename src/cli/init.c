#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"name", "TEXT", false, "the newspaper's name; Courant, unless told"},
    {"lang", "LANG", false, "its first language, " LANGUAGE_CODES "; en, unless told"},
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
	struct site_new input = {
	    .name = value_or(context, "name", S("Courant")),
	    .language = value_or(context, "lang", S("en")),
	    .zone = value_or(context, "timezone", S("UTC")),
	    .url = command_value(context, "url"),
	    .database = command_value(context, "database"),
	};
	TRY(site_folder_init(folder, &input));
	if (context->call->json)
		return print_json(context, json_pack("{s:o, s:o}", "site", json_text(folder), "name",
		                                     json_text(input.name)));
	print_line(context, "The site is made in %.*s. Start it with: courant --site %.*s serve",
	           STR(folder), STR(folder));
	return OK;
}

const struct command init_command = {
    .words = "init",
    .operands = "DIR",
    .summary = "Makes a site: a folder with its settings and its database",
    .options = options,
    .run = init_run,
};
