/* What stories hang on: sections, tags, bylines and sources. */
#include "cli/cli_private.h"

/* Far more than 64 names take. */
#define PRINTED_NAMES_MAX_BYTES 65536

struct place {
	int64_t id;
	Str slug, name;
	const Str *aliases; /* a tag's; NULL for others */
	size_t alias_count;
};

static json_t *place_json(const struct place *place)
{
	json_t *object = json_pack("{s:I, s:o, s:o}", "id", (json_int_t)place->id, "name",
	                           json_text(place->name), "slug", json_text(place->slug));
	if (object == NULL || place->aliases == NULL)
		return object;
	json_t *aliases = json_array();
	for (size_t i = 0; i < place->alias_count; i++)
		json_array_append_new(aliases, json_text(place->aliases[i]));
	json_object_set_new(object, "aliases", aliases);
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

static Err aliases_shown(const struct command_context *context, const struct place *place, Str *out)
{
	*out = S("");
	for (size_t i = 0; i < place->alias_count; i++)
		TRY(arena_format(context->mem, out, "%.*s%s%.*s", STR(*out), i == 0 ? "" : ", ",
		                 STR(place->aliases[i])));
	return OK;
}

static Err places_print(const struct command_context *context, const struct place *places,
                        size_t count, bool have_aliases)
{
	if (context->call->json)
		return places_json(context, places, count);
	const Str headings[] = {S("ID"), S("SLUG"), S("NAME"), S("ALSO")};
	struct table table;
	table_init(&table, context->mem, have_aliases ? 4 : 3);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str id;
		Str aliases;
		TRY(number_shown(context, places[i].id, &id));
		TRY(aliases_shown(context, &places[i], &aliases));
		const Str cells[] = {id, places[i].slug, places[i].name, aliases};
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
		places[i] = (struct place){
		    .id = sections[i].id, .slug = sections[i].slug, .name = sections[i].name};
	return places_print(context, places, count, false);
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
	const struct name_input *names = NULL;
	size_t count = 0;
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
	for (size_t i = 0; i < count; i++) {
		Str *aliases;
		places[i] = (struct place){.id = tags[i].id, .slug = tags[i].slug, .name = tags[i].name};
		TRY(tag_alias_list(connection, tags[i].id, context->mem, &aliases, &places[i].alias_count));
		places[i].aliases = aliases;
	}
	return places_print(context, places, count, true);
}

const struct command tag_list_command = {
    .words = "tag list",
    .operands = "",
    .summary = "Lists the tags, with the other names that lead to them",
    .site = SITE_NEEDED,
    .run = tag_list_run,
};

static Err tag_add_run(struct command_context *context)
{
	const struct name_input *names = NULL;
	size_t count = 0;
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

static Err tag_alias_add_run(struct command_context *context)
{
	const struct command_call *call = context->call;
	for (size_t i = 1; i < call->operand_count; i++)
		TRY(tag_alias_add(context->world, call->operands[0], call->operands[i]));
	if (call->json)
		return print_json(context, json_pack("{s:o}", "slug", json_text(call->operands[0])));
	for (size_t i = 1; i < call->operand_count; i++)
		print_line(context, "%.*s leads to tag %.*s.", STR(str_trim(call->operands[i])),
		           STR(call->operands[0]));
	return OK;
}

const struct command tag_alias_add_command = {
    .words = "tag alias add",
    .operands = "SLUG NAME…",
    .summary = "Gives a tag other names that lead to it, in addresses and where stories are tagged",
    .details =
        "`/tag/kazemi` then redirects to the tag's own address, and `--tag Kazemi` finds it. "
        "A name that is another tag's is refused: merge the two.",
    .site = SITE_NEEDED,
    .run = tag_alias_add_run,
};

static Err tag_merge_run(struct command_context *context)
{
	const struct command_call *call = context->call;
	TRY(tag_merge(context->world, call->operands[0], call->operands[1]));
	if (call->json)
		return print_json(context, json_pack("{s:o}", "slug", json_text(call->operands[1])));
	print_line(context,
	           "The stories and names of tag %.*s are now tag %.*s's, and its address leads there.",
	           STR(call->operands[0]), STR(call->operands[1]));
	return OK;
}

const struct command tag_merge_command = {
    .words = "tag merge",
    .operands = "FROM INTO",
    .summary = "Makes one tag of two: the first one's stories and names become the second's",
    .details = "The first tag's address redirects to the second's for good.",
    .site = SITE_NEEDED,
    .run = tag_merge_run,
};

/* ---- bylines ---- */

static Err byline_list_run(struct command_context *context)
{
	const struct site *site = context->world->site;
	struct byline *bylines;
	size_t count;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(byline_list(connection, site, site->language, context->mem, &bylines, &count));
	struct place *places = ARENA_ARRAY(context->mem, struct place, count + 1);
	if (places == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++)
		places[i] =
		    (struct place){.id = bylines[i].id, .slug = bylines[i].slug, .name = bylines[i].name};
	return places_print(context, places, count, false);
}

const struct command byline_list_command = {
    .words = "byline list",
    .operands = "",
    .summary = "Lists the people who write",
    .site = SITE_NEEDED,
    .run = byline_list_run,
};

static Err byline_add_run(struct command_context *context)
{
	const struct name_input *names = NULL;
	size_t count = 0;
	int64_t id;
	TRY(names_read(context, &names, &count));
	TRY(byline_add(context->world, context->call->operands[0], names, count, &id));
	return named_print(context, "Byline", id, names, count);
}

const struct command byline_add_command = {
    .words = "byline add",
    .operands = "SLUG",
    .summary = "Makes or renames somebody who writes, with a name a language",
    .details = "The name is given once for each language, as for a section. A byline that a story "
               "names and that is not there is made by itself.",
    .options = name_options,
    .site = SITE_NEEDED,
    .run = byline_add_run,
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
		places[i] =
		    (struct place){.id = sources[i].id, .slug = sources[i].slug, .name = sources[i].name};
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
