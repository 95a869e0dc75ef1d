#include "cli/cli_private.h"
#include "server/wiring.h"

static const struct command_option options[] = {
    {"markdown", NULL, false, "the defaults as a page of the manual"},
    {0},
};

struct listing {
	const struct command_context *context;
	json_t *array;
	struct table table;
	FILE *out;
};

/* Whether a query may be seen: it names no password, and nothing in it is written so that this
 * can't be told. */
static bool query_is_plain(Str query)
{
	for (; query.length > 0; query = str_from(query, 1))
		if (query.bytes[0] == '%' || str_equal_ignoring_case(str_slice(query, 0, 8), S("password")))
			return false;
	return true;
}

/* What may be seen of "name:secret@host/path": all but the secret, and nothing where it can't be
 * told where that begins and ends. */
static Err place_masked(struct arena *mem, Str place, Str *out)
{
	size_t at = str_find_byte(place, '@');
	if (at == STR_NOT_FOUND)
		return arena_copy(mem, place, out);
	Str user = str_slice(place, 0, at);
	Str host = str_from(place, at);
	size_t colon = str_find_byte(user, ':');
	Str name = str_slice(user, 0, colon);
	if (str_find_byte(str_from(host, 1), '@') != STR_NOT_FOUND ||
	    str_find_byte(user, '/') != STR_NOT_FOUND || str_find_byte(name, '%') != STR_NOT_FOUND)
		return arena_copy(mem, S("…"), out);
	return arena_format(mem, out, "%.*s%s%.*s", STR(name), colon == STR_NOT_FOUND ? "" : ":…",
	                    STR(host));
}

Err setting_shown(struct arena *mem, Str value, Str *out)
{
	size_t scheme = str_find(value, S("://"));
	if (scheme == STR_NOT_FOUND)
		return arena_copy(mem, value, out);
	Str begin = str_slice(value, 0, scheme + 3);
	Str rest = str_from(value, scheme + 3);
	size_t mark = str_find_byte(rest, '?');
	Str query = mark == STR_NOT_FOUND ? S("") : str_from(rest, mark);
	/* Behind a password with a ? in it, what looks like the query has the @. */
	if (str_find_byte(query, '@') != STR_NOT_FOUND)
		return arena_format(mem, out, "%.*s…", STR(begin));
	Str place;
	TRY(place_masked(mem, str_slice(rest, 0, mark), &place));
	return arena_format(mem, out, "%.*s%.*s%.*s", STR(begin), STR(place),
	                    STR(query_is_plain(query) ? query : S("?…")));
}

static Err json_each(const struct setting *row, Str value, void *context)
{
	struct listing *listing = context;
	struct arena *mem = listing->context->mem;
	Str allowed;
	Str shown;
	TRY(setting_allowed(row, mem, &allowed));
	TRY(setting_shown(mem, value, &shown));
	json_t *object = json_pack(
	    "{s:s, s:o, s:s, s:o, s:s, s:s?, s:s}", "name", row->name, "value", json_text(shown),
	    "default", row->initial, "allowed", json_text(allowed), "unit",
	    row->type == SETTING_WORD ? "" : row->unit, "flag", row->flag, "sentence", row->sentence);
	if (json_array_append_new(listing->array, object) != 0)
		return fail(ERR_MEMORY, "there is no memory for the answer");
	return OK;
}

static Str or_dash(Str text)
{
	return str_is_empty(text) ? S("-") : text;
}

static Err table_each(const struct setting *row, Str value, void *context)
{
	struct listing *listing = context;
	struct arena *mem = listing->context->mem;
	Str allowed;
	Str shown;
	TRY(setting_allowed(row, mem, &allowed));
	TRY(setting_shown(mem, value, &shown));
	Str cells[] = {str_from_c(row->name), or_dash(shown), or_dash(str_from_c(row->initial)),
	               allowed, str_from_c(row->sentence)};
	return table_add(&listing->table, cells);
}

static const char *change_words(const struct settings *settings, const struct setting *row)
{
	if (setting_reloads(settings, row))
		return "with `courant reload`";
	if (setting_needs_restart(row))
		return "never, it must be restarted";
	return "with `courant upgrade`";
}

static Err markdown_each(const struct setting *row, Str value, void *context)
{
	struct listing *listing = context;
	(void)value;
	Str allowed;
	TRY(setting_allowed(row, listing->context->mem, &allowed));
	fprintf(listing->out, "\n## %s\n\n%s\n\n", row->name, row->sentence);
	fprintf(listing->out, "- Allowed: %.*s\n", STR(allowed));
	if (row->initial[0] == 0)
		fputs("- Default: empty\n", listing->out);
	else
		fprintf(listing->out, "- Default: `%s`\n", row->initial);
	fprintf(listing->out, "- Flag of `courant serve`: `--%s`\n",
	        row->flag != NULL ? row->flag : row->name);
	fprintf(listing->out, "- A running server takes a new value: %s\n",
	        change_words(listing->context->settings, row));
	return OK;
}

static Err markdown_print(struct listing *listing)
{
	fputs("# Settings\n\n"
	      "What the operator of a site sets, in `courant.conf` in the site's folder: one `name = "
	      "value`\n"
	      "a line; `#` begins a comment. They are read when the server starts and by `courant "
	      "reload`; a flag of `courant serve`\n"
	      "wins over the file. `courant settings` shows the values of a site. This page is written "
	      "by\n"
	      "`courant settings --markdown`.\n",
	      listing->out);
	struct settings *defaults;
	TRY(settings_new(all_settings, all_settings_count, &defaults));
	Err err = settings_each(defaults, markdown_each, listing);
	settings_free(defaults);
	return err;
}

static Err settings_run(struct command_context *context)
{
	struct listing listing = {.context = context, .out = context->io->out};
	if (command_has(context, "markdown"))
		return markdown_print(&listing);
	if (context->call->json) {
		listing.array = json_array();
		Err err = settings_each(context->settings, json_each, &listing);
		if (err == OK)
			return print_json(context, listing.array);
		json_decref(listing.array);
		return err;
	}
	const Str headings[] = {S("NAME"), S("VALUE"), S("DEFAULT"), S("ALLOWED"), S("WHAT IT DOES")};
	table_init(&listing.table, context->mem, sizeof headings / sizeof headings[0]);
	TRY(table_add(&listing.table, headings));
	TRY(settings_each(context->settings, table_each, &listing));
	table_print(&listing.table, context->io->out);
	return OK;
}

const struct command settings_command = {
    .words = "settings",
    .operands = "",
    .summary = "Lists every setting with its value, default and limits",
    .details = "With a site those of its server if it runs, else of its `courant.conf`; without "
               "one the defaults.",
    .options = options,
    .site = SITE_IF_NAMED,
    .run = settings_run,
};
