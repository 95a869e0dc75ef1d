#include "cli/cli_private.h"

static const struct command_option options[] = {
    {"name", "[LANG=]TEXT", true, "its name, in its own language or in LANG; Courant, unless told"},
    {"tagline", "[LANG=]TEXT", true, "what stands below the name"},
    {"lang", COMMAND_LANGUAGE, false, "its first language; en, unless told"},
    {"timezone", "ZONE", false, "where it is, such as Asia/Baghdad; UTC, unless told"},
    {"url", "URL", false, "its public address, such as https://news.example"},
    {"database", "URL", false, "a PostgreSQL database, postgres://…; otherwise SQLite in DIR"},
    {"demo", NULL, false, "the demo newspaper, with its own name, language and time zone"},
    {0},
};

static Str value_or(const struct command_context *context, const char *option, Str otherwise)
{
	return command_has(context, option) ? command_value(context, option) : otherwise;
}

/* The site as the options say it. */
static Err site_read(struct command_context *context, struct site_new *out)
{
	static const struct name_input unnamed = {{"", 0}, {"Courant", 7}};
	struct site_words_input *words = &out->site.words;
	out->site.language = value_or(context, "lang", S("en"));
	out->site.zone = value_or(context, "timezone", S("UTC"));
	const struct language *own = language_find(out->site.language);
	TRY(input_site_words(context, own != NULL ? own : language_at(0), words));
	if (words->name_count == 0) {
		words->names = &unnamed;
		words->name_count = 1;
	}
	return OK;
}

static Err demo_check(struct command_context *context)
{
	static const char *const own[] = {"name", "tagline", "lang", "timezone"};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (command_has(context, own[i]))
			return command_misused(context, "--demo has its own %s: leave out --%s", own[i],
			                       own[i]);
	return OK;
}

static Err init_run(struct command_context *context)
{
	Str folder = context->call->operands[0];
	Str name;
	struct site_new input = {.url = command_value(context, "url"),
	                         .database = command_value(context, "database")};
	if (command_has(context, "demo")) {
		TRY(demo_check(context));
		TRY(site_folder_init_demo(context->mem, folder, &input, &name));
	} else {
		TRY(site_read(context, &input));
		TRY(site_folder_init(folder, &input));
		name = input.site.words.names[0].name;
	}
	if (context->call->json)
		return print_json(
		    context, json_pack("{s:o, s:o}", "site", json_text(folder), "name", json_text(name)));
	print_line(context, "The site is made in %.*s. Start it with: courant --site %.*s serve",
	           STR(folder), STR(folder));
	if (!command_has(context, "demo"))
		print_line(context,
		           "Then, beside it, the first story: courant --site %.*s story add --headline … "
		           "--section … --body FILE --publish",
		           STR(folder));
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
