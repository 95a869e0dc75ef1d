/* What stories hang on: sections, tags and sources. */
#include "cli/cli_private.h"

/* Far more than 64 names take. */
#define PRINTED_NAMES_MAX_BYTES 65536

struct place {
	int64_t id;
	Str slug, name; /* a source has no slug */
};

static json_t *place_json(const struct place *place)
{
	json_t *object =
	    json_pack("{s:I, s:o}", "id", (json_int_t)place->id, "name", json_text(place->name));
	if (object != NULL && !str_is_empty(place->slug))
		json_object_set_new(object, "slug", json_text(place->slug));
	return object;
}

static Err places_json(const struct command_context *context, const struct place *places,
                       size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(array, place_json(&places[i])) != 0) {
			json_decref(array);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	return print_json(context, array);
}

static Err places_print(const struct command_context *context, const struct place *places,
                        size_t count, bool have_slugs)
{
	if (context->call->json)
		return places_json(context, places, count);
	const Str headings[] = {S("ID"), have_slugs ? S("SLUG") : S("NAME"), S("NAME")};
	struct table table;
	table_init(&table, context->mem, have_slugs ? 3 : 2);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str id;
		TRY(number_shown(context, places[i].id, &id));
		const Str cells[] = {id, have_slugs ? places[i].slug : places[i].name, places[i].name};
		TRY(table_add(&table, cells));
	}
	table_print(&table, context->io->out);
	return OK;
}

static Err added_print(const struct command_context *context, const char *what, int64_t id)
{
	if (context->call->json)
		return print_json(context, json_pack("{s:I}", "id", (json_int_t)id));
	print_line(context, "%s %lld is made.", what, (long long)id);
	return OK;
}

static Err named_print(const struct command_context *context, const char *what, int64_t id,
                       const struct name_input *names, size_t count)
{
	if (context->call->json)
		return print_json(context, json_pack("{s:I}", "id", (json_int_t)id));
	struct buf line BUF_CLEANUP;
	buf_init(&line, PRINTED_NAMES_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		buf_add(&line, i == 0 ? S("") : S(", "));
		if (!str_is_empty(names[i].language))
			buf_format(&line, "%.*s: ", STR(names[i].language));
		buf_add(&line, str_trim(names[i].name));
	}
	TRY(buf_check(&line));
	print_line(context, "%s %.*s is now called %.*s.", what, STR(context->call->operands[0]),
	           STR(buf_str(&line)));
	return OK;
}

static const struct command_option name_options[] = {
    {"name", "[LANG=]NAME", true, "its name, in the site's language or in LANG"},
    {0},
};

static Err names_read(struct command_context *context, const struct name_input **out,
                      size_t *count_out)
{
	if (!command_has(context, "name"))
		return command_misused(context, "--name is missing");
	return input_names(context, "name", context->world->site->language, out, count_out);
}

/* ---- sections ---- */

static Err section_list_run(struct command_context *context)
{
	const struct site *site = context->world->site;
	struct section *sections;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(section_list(connection, site, site->language, context->mem, &sections, &count));
	struct place *places = ARENA_ARRAY(context->mem, struct place, count + 1);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){sections[i].id, sections[i].slug, sections[i].name};
	return places_print(context, places, count, true);
}

const struct command section_list_command = {
    .words = "section list",
    .operands = "",
    .summary = "Lists the sections",
    .site = SITE_NEEDED,
    .run = section_list_run,
};

static Err section_add_run(struct command_context *context)
{
	const struct name_input *names;
	size_t count;
	int64_t id;
	TRY(names_read(context, &names, &count));
	TRY(section_add(context->world, context->call->operands[0], names, count, &id));
	return named_print(context, "Section", id, names, count);
}

const struct command section_add_command = {
    .words = "section add",
    .operands = "SLUG",
    .summary = "Makes or renames a section, with a name a language",
    .details = "The name is given once for each language: `--name Politics --name ar=سياسة`. One "
               "that has the slug already gets the names, and keeps those in other languages. A "
               "name with a = in it is written after its language: `en=a=b`.",
    .options = name_options,
    .site = SITE_NEEDED,
    .run = section_add_run,
};

/* ---- tags ---- */

static Err tag_list_run(struct command_context *context)
{
	const struct site *site = context->world->site;
	struct tag *tags;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(tag_list(connection, site, site->language, context->mem, &tags, &count));
	struct place *places = ARENA_ARRAY(context->mem, struct place, count + 1);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){tags[i].id, tags[i].slug, tags[i].name};
	return places_print(context, places, count, true);
}

const struct command tag_list_command = {
    .words = "tag list",
    .operands = "",
    .summary = "Lists the tags",
    .site = SITE_NEEDED,
    .run = tag_list_run,
};

static Err tag_add_run(struct command_context *context)
{
	const struct name_input *names;
	size_t count;
	int64_t id;
	TRY(names_read(context, &names, &count));
	TRY(tag_add(context->world, context->call->operands[0], names, count, &id));
	return named_print(context, "Tag", id, names, count);
}

const struct command tag_add_command = {
    .words = "tag add",
    .operands = "SLUG",
    .summary = "Makes or renames a tag, with a name a language",
    .details = "The name is given once for each language, as for a section.",
    .options = name_options,
    .site = SITE_NEEDED,
    .run = tag_add_run,
};

/* ---- sources ---- */

static Err source_list_run(struct command_context *context)
{
	struct source *sources;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(source_list(connection, context->mem, &sources, &count));
	struct place *places = ARENA_ARRAY(context->mem, struct place, count + 1);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){sources[i].id, S(""), sources[i].name};
	return places_print(context, places, count, false);
}

const struct command source_list_command = {
    .words = "source list",
    .operands = "",
    .summary = "Lists the agencies that stories are credited to",
    .site = SITE_NEEDED,
    .run = source_list_run,
};

static Err source_add_run(struct command_context *context)
{
	int64_t id;
	TRY(source_add(context->world, context->call->operands[0], &id));
	return added_print(context, "Source", id);
}

const struct command source_add_command = {
    .words = "source add",
    .operands = "NAME",
    .summary = "Makes a source",
    .site = SITE_NEEDED,
    .run = source_add_run,
};
