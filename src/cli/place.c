/* What stories hang on: sections, tags, bylines and sources. The four are listed, named, made one
 * and taken away alike. */
#include "cli/cli_private.h"

/* Far more than 64 names take. */
#define PRINTED_NAMES_MAX_BYTES 65536

/* ---- list ---- */

static json_t *entry_json(const struct taxonomy_entry *entry, bool has_aliases)
{
	json_t *names = json_object();
	json_t *aliases = json_array();
	for (size_t i = 0; i < entry->name_count; i++) {
		Str code = entry->names[i].language;
		json_object_setn_new(names, code.bytes, code.length, json_text(entry->names[i].name));
	}
	for (size_t i = 0; i < entry->alias_count; i++)
		json_array_append_new(aliases, json_text(entry->aliases[i]));
	json_t *object =
	    json_pack("{s:I, s:o, s:o, s:o}", "id", (json_int_t)entry->id, "name",
	              json_text(entry->name), "slug", json_text(entry->slug), "names", names);
	if (object != NULL && has_aliases)
		json_object_set(object, "aliases", aliases);
	json_decref(aliases);
	return object;
}

static Err entries_json(const struct command_context *context, const struct taxonomy_entry *entries,
                        size_t count, bool has_aliases)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(array, entry_json(&entries[i], has_aliases)) != 0) {
			json_decref(array);
			return fail(ERR_MEMORY, "there is no memory for the answer");
		}
	return print_json(context, array);
}

static Err list_add(const struct command_context *context, Str code, Str name, Str *list)
{
	const char *colon = str_is_empty(code) ? "" : ": ";
	return arena_format(context->mem, list, "%.*s%s%.*s%s%.*s", STR(*list),
	                    str_is_empty(*list) ? "" : ", ", STR(code), colon, STR(name));
}

/* "en: Politics, ar: سياسة": the site's language first. */
static Err names_shown(const struct command_context *context, const struct taxonomy_entry *entry,
                       Str *out)
{
	Str own = context->world->site->language->code;
	*out = S("");
	for (int is_others = 0; is_others < 2; is_others++)
		for (size_t i = 0; i < entry->name_count; i++) {
			const struct name_input *name = &entry->names[i];
			if (str_equal(name->language, own) != is_others)
				TRY(list_add(context, name->language, name->name, out));
		}
	return OK;
}

static Err aliases_shown(const struct command_context *context, const struct taxonomy_entry *entry,
                         Str *out)
{
	*out = S("");
	for (size_t i = 0; i < entry->alias_count; i++)
		TRY(list_add(context, S(""), entry->aliases[i], out));
	return OK;
}

static Err list_run(struct command_context *context, const struct taxonomy *taxonomy)
{
	const Str headings[] = {S("ID"), S("SLUG"), S("NAMES"), S("ALSO")};
	bool has_aliases = taxonomy != &taxonomy_section;
	struct taxonomy_entry *entries;
	size_t count;
	struct table table;
	DB_READ connection = NULL;
	TRY(db_read_begin(context->world->db, &connection));
	TRY(taxonomy_list(connection, context->world->site, taxonomy, context->mem, &entries, &count));
	if (context->call->json)
		return entries_json(context, entries, count, has_aliases);
	table_init(&table, context->mem, has_aliases ? 4 : 3);
	TRY(table_add(&table, headings));
	for (size_t i = 0; i < count; i++) {
		Str id;
		Str names;
		Str aliases;
		TRY(number_shown(context, entries[i].id, &id));
		TRY(names_shown(context, &entries[i], &names));
		TRY(aliases_shown(context, &entries[i], &aliases));
		const Str cells[] = {id, entries[i].slug, names, aliases};
		TRY(table_add(&table, cells));
	}
	table_print(&table, context->io->out);
	return OK;
}

/* ---- add, remove, merge, other names ---- */

static const struct command_option name_options[] = {
    {"name", "[LANG=]NAME", true, "its name, in the site's language or in LANG"},
    {0},
};

static Err add_run(struct command_context *context, const char *what,
                   const struct taxonomy *taxonomy,
                   Err (*add)(const struct world *world, Str slug, const struct name_input *names,
                              size_t count, int64_t *id_out))
{
	const struct name_input *names = NULL;
	size_t count = 0;
	int64_t id;
	bool was_there;
	Str slug = context->call->operands[0];
	DB_READ connection = NULL;
	if (!command_has(context, "name"))
		return command_misused(context, "--name is missing");
	TRY(input_names(context, "name", context->world->site->language, &names, &count));
	TRY(db_read_begin(context->world->db, &connection));
	TRY(taxonomy_has_slug(connection, taxonomy, slug, &was_there));
	db_read_end(&connection);
	TRY(add(context->world, slug, names, count, &id));
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
	print_line(context, "%s %.*s is %s %.*s.", what, STR(slug),
	           was_there ? "now called" : "made, and called", STR(buf_str(&line)));
	return OK;
}

static Err remove_run(struct command_context *context, const char *what,
                      Err (*remove)(const struct world *world, Str slug))
{
	Str slug = context->call->operands[0];
	TRY(remove(context->world, slug));
	if (context->call->json)
		return print_json(context, json_pack("{s:o}", "removed", json_text(slug)));
	print_line(context, "%s %.*s is removed.", what, STR(slug));
	return OK;
}

static Err merge_run(struct command_context *context, const char *what,
                     Err (*merge)(const struct world *world, Str slug, Str into_slug))
{
	const struct command_call *call = context->call;
	TRY(merge(context->world, call->operands[0], call->operands[1]));
	if (call->json)
		return print_json(context, json_pack("{s:o}", "slug", json_text(call->operands[1])));
	print_line(context,
	           "The stories and names of %s %.*s are now %s %.*s's, and its address leads there.",
	           what, STR(call->operands[0]), what, STR(call->operands[1]));
	return OK;
}

static Err alias_run(struct command_context *context, const char *sentence, const char *what,
                     Err (*act)(const struct world *world, Str slug, const Str *aliases,
                                size_t count))
{
	const struct command_call *call = context->call;
	TRY(act(context->world, call->operands[0], call->operands + 1, call->operand_count - 1));
	if (call->json)
		return print_json(context, json_pack("{s:o}", "slug", json_text(call->operands[0])));
	for (size_t i = 1; i < call->operand_count; i++)
		print_line(context, "%.*s %s %s %.*s.", STR(str_trim(call->operands[i])), sentence, what,
		           STR(call->operands[0]));
	return OK;
}

/* ---- sections ---- */

static Err section_list_run(struct command_context *context)
{
	return list_run(context, &taxonomy_section);
}

const struct command section_list_command = {
    .words = "section list",
    .operands = "",
    .summary = "Lists the sections, with their names in each language",
    .site = SITE_NEEDED,
    .run = section_list_run,
};

static Err section_add_run(struct command_context *context)
{
	return add_run(context, "Section", &taxonomy_section, section_add);
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

static Err section_remove_run(struct command_context *context)
{
	return remove_run(context, "Section", section_remove);
}

const struct command section_remove_command = {
    .words = "section remove",
    .operands = "SLUG",
    .summary = "Removes a section that has no story",
    .details = "Drafts and withdrawn stories count: move them first, with `courant story edit ID "
               "--section OTHER`. Addresses of stories that were in it lead to them still.",
    .site = SITE_NEEDED,
    .run = section_remove_run,
};

/* ---- tags ---- */

static Err tag_list_run(struct command_context *context)
{
	return list_run(context, &taxonomy_tag);
}

const struct command tag_list_command = {
    .words = "tag list",
    .operands = "",
    .summary = "Lists the tags, with their names and the other names that lead to them",
    .site = SITE_NEEDED,
    .run = tag_list_run,
};

static Err tag_add_run(struct command_context *context)
{
	return add_run(context, "Tag", &taxonomy_tag, tag_add);
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
	return alias_run(context, "leads to", "tag", tag_alias_add);
}

const struct command tag_alias_add_command = {
    .words = "tag alias add",
    .operands = "SLUG NAME…",
    .summary = "Gives a tag other names that lead to it, in addresses and where stories are tagged",
    .details =
        "`/tag/kazemi` then redirects to the tag's own address, and `--tag Kazemi` finds it. "
        "A name that is another tag's is refused, and none of them is added: merge the two.",
    .site = SITE_NEEDED,
    .run = tag_alias_add_run,
};

static Err tag_alias_remove_run(struct command_context *context)
{
	return alias_run(context, "no longer leads to", "tag", tag_alias_remove);
}

const struct command tag_alias_remove_command = {
    .words = "tag alias remove",
    .operands = "SLUG NAME…",
    .summary = "Takes other names from a tag; its address by them then leads nowhere",
    .site = SITE_NEEDED,
    .run = tag_alias_remove_run,
};

static Err tag_merge_run(struct command_context *context)
{
	return merge_run(context, "tag", tag_merge);
}

const struct command tag_merge_command = {
    .words = "tag merge",
    .operands = "FROM INTO",
    .summary = "Makes one tag of two: the first one's stories and names become the second's",
    .details = "The first tag's address redirects to the second's for good.",
    .site = SITE_NEEDED,
    .run = tag_merge_run,
};

static Err tag_remove_run(struct command_context *context)
{
	return remove_run(context, "Tag", tag_remove);
}

const struct command tag_remove_command = {
    .words = "tag remove",
    .operands = "SLUG",
    .summary = "Removes a tag that no story has, and the other names that lead to it",
    .details = "Drafts and withdrawn stories count: `courant tag merge` gives them another tag.",
    .site = SITE_NEEDED,
    .run = tag_remove_run,
};

/* ---- bylines ---- */

static Err byline_list_run(struct command_context *context)
{
	return list_run(context, &taxonomy_byline);
}

const struct command byline_list_command = {
    .words = "byline list",
    .operands = "",
    .summary = "Lists the people who write, with their names in each language",
    .site = SITE_NEEDED,
    .run = byline_list_run,
};

static Err byline_add_run(struct command_context *context)
{
	return add_run(context, "Byline", &taxonomy_byline, byline_add);
}

const struct command byline_add_command = {
    .words = "byline add",
    .operands = "SLUG",
    .summary = "Makes or renames somebody who writes, with a name a language",
    .details = "The name is given once for each language, as for a section. A byline that a story "
               "names and that is not there is made by itself, with that name alone.",
    .options = name_options,
    .site = SITE_NEEDED,
    .run = byline_add_run,
};

static Err byline_alias_add_run(struct command_context *context)
{
	return alias_run(context, "leads to", "byline", byline_alias_add);
}

const struct command byline_alias_add_command = {
    .words = "byline alias add",
    .operands = "SLUG NAME…",
    .summary = "Gives a byline other names that lead to it, in addresses and where stories name it",
    .details = "A story that is given such a name has the byline's own. A name that is another "
               "byline's is refused, and none of them is added: merge the two.",
    .site = SITE_NEEDED,
    .run = byline_alias_add_run,
};

static Err byline_alias_remove_run(struct command_context *context)
{
	return alias_run(context, "no longer leads to", "byline", byline_alias_remove);
}

const struct command byline_alias_remove_command = {
    .words = "byline alias remove",
    .operands = "SLUG NAME…",
    .summary = "Takes other names from a byline; its address by them then leads nowhere",
    .details = "Names that a merge left are such names too: who was merged by mistake can be made "
               "anew once they are removed.",
    .site = SITE_NEEDED,
    .run = byline_alias_remove_run,
};

static Err byline_merge_run(struct command_context *context)
{
	return merge_run(context, "byline", byline_merge);
}

const struct command byline_merge_command = {
    .words = "byline merge",
    .operands = "FROM INTO",
    .summary = "Makes one byline of two: the first one's stories and names become the second's",
    .details = "For somebody who was made twice, once in each of two languages, say. The first "
               "one's address redirects to the second's for good, and its names lead there.",
    .site = SITE_NEEDED,
    .run = byline_merge_run,
};

static Err byline_remove_run(struct command_context *context)
{
	return remove_run(context, "Byline", byline_remove);
}

const struct command byline_remove_command = {
    .words = "byline remove",
    .operands = "SLUG",
    .summary = "Removes a byline that no story has, and the other names that lead to it",
    .details = "Drafts and withdrawn stories count: `courant byline merge` gives them another.",
    .site = SITE_NEEDED,
    .run = byline_remove_run,
};

/* ---- sources ---- */

static Err source_list_run(struct command_context *context)
{
	return list_run(context, &taxonomy_source);
}

const struct command source_list_command = {
    .words = "source list",
    .operands = "",
    .summary = "Lists the agencies that stories are credited to, with their names in each language",
    .site = SITE_NEEDED,
    .run = source_list_run,
};

static Err source_add_run(struct command_context *context)
{
	return add_run(context, "Source", &taxonomy_source, source_add);
}

const struct command source_add_command = {
    .words = "source add",
    .operands = "SLUG",
    .summary = "Makes or renames a source, with a name a language",
    .details = "The name is given once for each language, as for a section. A story shows the one "
               "in its own language, and a text that begins with any of them and a slash has its "
               "credit there.",
    .options = name_options,
    .site = SITE_NEEDED,
    .run = source_add_run,
};

static Err source_alias_add_run(struct command_context *context)
{
	return alias_run(context, "leads to", "source", source_alias_add);
}

const struct command source_alias_add_command = {
    .words = "source alias add",
    .operands = "SLUG NAME…",
    .summary = "Gives a source other names that lead to it, in addresses and where stories name it",
    .details = "A story that is given such a name has the source's own, and a text that begins "
               "with it and a slash has its credit there. A name that is another source's is "
               "refused, and none of them is added: merge the two.",
    .site = SITE_NEEDED,
    .run = source_alias_add_run,
};

static Err source_alias_remove_run(struct command_context *context)
{
	return alias_run(context, "no longer leads to", "source", source_alias_remove);
}

const struct command source_alias_remove_command = {
    .words = "source alias remove",
    .operands = "SLUG NAME…",
    .summary = "Takes other names from a source; its address by them then leads nowhere",
    .details = "Names that a merge left are such names too: who was merged by mistake can be made "
               "anew once they are removed.",
    .site = SITE_NEEDED,
    .run = source_alias_remove_run,
};

static Err source_merge_run(struct command_context *context)
{
	return merge_run(context, "source", source_merge);
}

const struct command source_merge_command = {
    .words = "source merge",
    .operands = "FROM INTO",
    .summary = "Makes one source of two: the first one's stories and names become the second's",
    .details = "The first one's address redirects to the second's for good, and its names lead "
               "there.",
    .site = SITE_NEEDED,
    .run = source_merge_run,
};

static Err source_remove_run(struct command_context *context)
{
	return remove_run(context, "Source", source_remove);
}

const struct command source_remove_command = {
    .words = "source remove",
    .operands = "SLUG",
    .summary = "Removes a source that no story has, and the other names that lead to it",
    .details = "Drafts and withdrawn stories count: `courant source merge` gives them another.",
    .site = SITE_NEEDED,
    .run = source_remove_run,
};
